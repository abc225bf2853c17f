"""The student's box: fit many small students at once, as one batched model.

Five seeds, eight temperatures and a baseline are forty-five students. One after another they would take minutes, mostly spent
waiting for small matrix products to start; side by side they are a few large products that keep every core busy.
"""
import torch
from torch.nn import functional as F
from tqdm.auto import tqdm

from . import losses


def fit(students, x, labels=None, teacher_logits=None, *, loss=losses.kd_loss, temperature=1.0, alpha=0.0, rows=None,
        epochs=30, batch_size=128, lr=5e-3, progress=None):
    """Train every student of a models.Students, in place, with Adam and a learning rate that falls linearly to zero.

    x: (n, features). labels: (n,) or None. teacher_logits: (n, classes), or (students, n, classes) for a teacher each, or None.
    loss: a function like losses.kd_loss(student_logits, teacher_logits, labels, temperature, alpha) that averages over its
        batch. It is called on plain (batch, classes) tensors, so the one you wrote in an exercise works here.
    temperature, alpha: a number for all, or one for each student. alpha=0 learns from labels only, alpha=1 from the teacher only.
    rows: (students, m) indices into x, the images that each student may learn from; None for all of them.
    progress: a label for the progress bar, or None for no bar.

    A student's images come in an order drawn from its own seed, so each one ends as it would have ended alone, and two students
    of one seed see the same images at the same time: their difference is the difference of what was asked of them.
    Returns the students. Raises ValueError when a student is asked to learn from something that was not given.
    """
    count, n = len(students), len(x) if rows is None else rows.shape[1]
    temperature, alpha = (torch.as_tensor(v, dtype=torch.float64).expand(count).tolist() for v in (temperature, alpha))
    if teacher_logits is None and any(alpha):
        raise ValueError(f"alpha={max(alpha)} asks for a teacher's soft targets, but teacher_logits is None.")
    if labels is None and any(a != 1 for a in alpha):
        raise ValueError(f"alpha={min(alpha)} asks for labels, but labels is None: with hidden labels use alpha=1.")
    labels = torch.zeros(len(x), dtype=torch.long) if labels is None else labels          # never looked at: alpha is 1
    x, everyone = x.to(students.weights[0].dtype), torch.arange(count)[:, None]
    if teacher_logits is not None:
        teacher_logits = teacher_logits.to(x.dtype).expand(count, *teacher_logits.shape[-2:])
    # students asked the same thing share one call of the loss
    groups = {}
    for i, asked in enumerate(zip(temperature, alpha)):
        groups.setdefault(asked, []).append(i)

    def total_loss(logits, picked):
        """The sum of every student's own mean loss: its gradient for one student's weights is that student's alone."""
        total, y = 0, labels[picked]
        v = None if teacher_logits is None else teacher_logits[everyone, picked]
        for (t, a), members in groups.items():
            z, y_members = logits[members].flatten(0, 1), y[members].flatten()
            one = F.cross_entropy(z, y_members) if v is None else loss(z, v[members].flatten(0, 1), y_members, t, a)
            total = total + len(members) * one
        return total

    optimiser = torch.optim.Adam(students.parameters(), lr=lr, fused=True)
    steps = epochs * -(-n // batch_size)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: 1 - step / steps)
    draws = {seed: torch.Generator().manual_seed(int(seed)) for seed in students.seeds}
    for _ in tqdm(range(epochs), desc=progress, disable=progress is None, leave=False):
        orders = {seed: torch.randperm(n, generator=draw) for seed, draw in draws.items()}
        order = torch.stack([orders[seed] for seed in students.seeds])                     # (students, n)
        order = order if rows is None else rows.gather(1, order)
        for picked in order.split(batch_size, dim=1):
            optimiser.zero_grad()
            total_loss(students(x[picked]), picked).backward()
            optimiser.step()
            schedule.step()
    return students
