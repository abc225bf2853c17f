"""Twenty students as one batch, against the same twenty one after another. Run with nothing else running: make benchmark

784-128-128-10, 30 epochs of 3,500 images, soft targets and labels. Three figures, all from this one run, for two batch sizes, which both
sides use: the tutorial's 128, and 500, where less time goes into what is not arithmetic (Adam, the loss, fetching images).

- against the style of PyTorch's own distillation tutorial: nn.Module, DataLoader, and the teacher run on every batch;
- against the same loop with the teacher's logits computed once;
- the rate of arithmetic, as a share of what this machine's own matrix product reaches.

The two loops train a few students and are multiplied up to twenty: they do the same work for each.
"""
import statistics
import time

import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

from course_utils.files.digits import mnist
from course_utils.student import models, training
from course_utils.teacher import classifier

SIZES, STUDENTS, EPOCHS, BATCHES, T, ALPHA = (784, 128, 128, 10), 20, 30, (128, 500), 4.0, 0.9
# the two labelled and unlabelled splits together: 3,500 images; the teacher's top class stands in for the hidden labels
TEACHER = classifier.load_teacher()
X = torch.cat([mnist().train.x, mnist().transfer.x])
LOGITS = TEACHER(X)
Y = LOGITS.argmax(-1)


def seconds(work):
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def together(batch_size, epochs=EPOCHS):
    training.fit(models.Students(SIZES, range(STUDENTS)), X, Y, LOGITS, temperature=T, alpha=ALPHA, epochs=epochs,
                 batch_size=batch_size)


def one(seed, batch_size, epochs=EPOCHS, cached=False):
    """One student in the tutorial's style; cached: with the teacher's logits in the data set."""
    torch.manual_seed(seed)
    student = nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 128), nn.ReLU(), nn.Linear(128, 10))
    optimiser = torch.optim.Adam(student.parameters(), lr=5e-3)
    loader = DataLoader(TensorDataset(X, Y, LOGITS), batch_size=batch_size, shuffle=True)
    for _ in range(epochs):
        for x, y, logits in loader:
            optimiser.zero_grad()
            if not cached:
                with torch.no_grad():
                    logits = TEACHER(x)
            soft = F.softmax(logits / T, dim=-1)
            student_logits = student(x)
            soft_loss = -(soft * F.log_softmax(student_logits / T, dim=-1)).sum(-1).mean() * T**2
            loss = ALPHA * soft_loss + (1 - ALPHA) * F.cross_entropy(student_logits, y)
            loss.backward()
            optimiser.step()


def matrix_rate(n=2048, repeats=8):
    """This machine's own rate for a matrix product, in operations a second."""
    a, b = torch.randn(n, n), torch.randn(n, n)
    a @ b
    return 2 * n**3 * repeats / seconds(lambda: [a @ b for _ in range(repeats)])


def operations():
    """Multiplications and additions of the matrix products of all students: forward, gradient of weights, gradient of inputs.

    The first layer's inputs are images, whose gradient nobody computes.
    """
    products = [i * o for i, o in zip(SIZES, SIZES[1:])]
    return 2 * (3 * sum(products) - products[0]) * len(X) * EPOCHS * STUDENTS


def measure(batch_size):
    together(batch_size, 1), one(0, batch_size, 1), one(0, batch_size, 1, cached=True)        # wake everything up
    rates, batch, tutorial, cached = [], [], [], []
    for seed in range(3):                                             # in turns, so that a slower minute is slower for all
        rates.append(matrix_rate())
        batch.append(seconds(lambda: together(batch_size)))
        tutorial.append(STUDENTS * seconds(lambda: one(seed, batch_size)))
        cached.append(STUDENTS * seconds(lambda: one(seed, batch_size, cached=True)))
    batch, tutorial, cached, rate = map(statistics.median, (batch, tutorial, cached, rates))
    print(f"batches of {batch_size}")
    print(f"  twenty students as one batch:                     {batch:6.1f} s")
    print(f"  one by one, teacher on every batch (tutorial):    {tutorial:6.1f} s   {tutorial / batch:5.1f} times as long")
    print(f"  one by one, teacher's logits computed once:       {cached:6.1f} s   {cached / batch:5.1f} times as long")
    print(f"  matrix products: {operations() / batch / 1e9:.0f} of {rate / 1e9:.0f} GFLOP/s, "
          f"{operations() / batch / rate:.0%} of this machine's own rate")


if __name__ == "__main__":
    for batch_size in BATCHES:
        measure(batch_size)
