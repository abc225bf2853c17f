"""Batched students: each one ends as it would have ended alone."""
import math

import pytest
import torch
from torch.nn import functional as F

from course_utils.lesson import exercises
from course_utils.score import measures
from course_utils.student import losses, models, training

SIZES = (20, 16, 5)


@pytest.fixture(scope="module")
def task():
    g = torch.Generator().manual_seed(0)
    return torch.randn(300, 20, generator=g), torch.randint(0, 5, (300,), generator=g), torch.randn(300, 5, generator=g) * 3


MIXED = {"temperature": [1.0, 4.0, 4.0, 20.0], "alpha": [0.0, 0.9, 1.0, 0.3]}
SEEDS = [7, 7, 8, 9]
SUBSETS = torch.stack([torch.randperm(300, generator=torch.Generator().manual_seed(s))[:90] for s in range(4)])


@pytest.mark.parametrize("rows", [None, SUBSETS], ids=["all rows", "a subset each"])
def test_a_batch_equals_one_at_a_time(task, rows):
    """Different seeds, temperatures, weights and label subsets; in double precision, to 1e-9 after 60 epochs."""
    x, y, v = task
    together = training.fit(models.Students(SIZES, SEEDS).double(), x, y, v, rows=rows, epochs=60, batch_size=32, **MIXED)
    for i, seed in enumerate(SEEDS):
        alone = training.fit(models.Students(SIZES, [seed]).double(), x, y, v, rows=None if rows is None else rows[i:i + 1],
                             epochs=60, batch_size=32, **{k: values[i] for k, values in MIXED.items()})
        assert torch.allclose(together(x.double())[i], alone(x.double())[0], atol=1e-9)


def test_single_precision_agrees_to_float_tolerance(task):
    x, y, v = task
    together = training.fit(models.Students(SIZES, SEEDS), x, y, v, epochs=5, **MIXED)
    for i, seed in enumerate(SEEDS):
        alone = training.fit(models.Students(SIZES, [seed]), x, y, v, epochs=5, **{k: values[i] for k, values in MIXED.items()})
        assert torch.allclose(together(x)[i], alone(x)[0], atol=1e-4)


def test_a_student_equals_a_plain_torch_loop(task):
    """Against torch.nn and torch.optim as a tutorial would write it: nothing of ours but the initial weights and the order."""
    x, y, v = (t.double() if t.is_floating_point() else t for t in task)
    students = models.Students(SIZES, [3, 4]).double()
    plain = students.one(1).double()
    training.fit(students, x, y, v, temperature=3.0, alpha=0.5, epochs=10, batch_size=50, lr=1e-3)
    optimiser = torch.optim.Adam(plain.parameters(), lr=1e-3)
    order, step = torch.Generator().manual_seed(0), 0
    for _ in range(10):
        for rows in torch.randperm(300, generator=order).split(50):
            optimiser.param_groups[0]["lr"] = 1e-3 * (1 - step / 60)
            z = plain(x[rows])
            loss = 0.5 * 9 * F.cross_entropy(z / 3, (v[rows] / 3).softmax(-1)) + 0.5 * F.cross_entropy(z, y[rows])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            step += 1
    assert torch.allclose(students(x)[1], plain(x), atol=1e-9)
    assert torch.allclose(students.one(1)(x), plain(x), atol=1e-9)


def test_a_teacher_for_each_student(task):
    x, y, v = task
    shared = training.fit(models.Students(SIZES, [1, 2]), x, None, v, alpha=1.0, epochs=2)
    each = training.fit(models.Students(SIZES, [1, 2]), x, None, torch.stack([v, -v]), alpha=1.0, epochs=2)
    assert torch.allclose(shared(x)[0], each(x)[0]) and not torch.allclose(shared(x)[1], each(x)[1])


def test_any_loss_of_the_exercises_shape_is_used(task):
    x, y, v = task
    calls = []

    def loss(student_logits, teacher_logits, labels, temperature, alpha):
        calls.append(student_logits.shape)
        return losses.kd_loss(student_logits, teacher_logits, labels, temperature, alpha)

    training.fit(models.Students(SIZES, [1, 2, 3]), x, y, v, loss=loss, temperature=[1.0, 1.0, 2.0], alpha=1.0, epochs=1, batch_size=100)
    assert calls == [(200, 5), (100, 5)] * 3          # students who were asked the same share a call


@pytest.mark.parametrize("given,message", [({"labels": None, "alpha": 0.5}, "labels is None"), ({"teacher_logits": None, "alpha": 0.5},
                                                                                         "teacher_logits is None")])
def test_asking_for_what_was_not_given(task, given, message):
    x, y, v = task
    with pytest.raises(ValueError, match=message):
        training.fit(models.Students(SIZES, [1]), x, **({"labels": y, "teacher_logits": v} | given))


def test_the_global_random_state_is_left_alone(task):
    x, y, v = task
    before = torch.get_rng_state()
    training.fit(models.Students(SIZES, [1]), x, y, v, epochs=1)
    assert torch.equal(before, torch.get_rng_state())


def test_interval():
    mean, low, high = measures.mean_interval([1.0, 2.0, 3.0])
    assert (mean, round(low, 3), round(high, 3)) == (2.0, -0.484, 4.484)
    assert measures.paired_interval([2.0, 3.0, 5.0], [1.0, 2.0, 3.0]).mean == pytest.approx(4 / 3)
    assert measures.Interval(0.025, 0.008, 0.042).points() == "+2.5 points (95 % interval +0.8 to +4.2)"


def test_hintons_gradient_and_its_limit():
    z, v = torch.randn(6, 10, dtype=torch.float64, requires_grad=True), torch.randn(6, 10, dtype=torch.float64)
    for t in (1.0, 4.0, 1e5):
        gradient, = torch.autograd.grad(losses.kd_loss(z, v, torch.zeros(6, dtype=torch.long), t, alpha=1.0) * 6, z)
        assert torch.allclose(gradient, exercises.material("01").soft_gradient(z, v, t), atol=1e-8)
    limit = (z - z.mean(-1, keepdim=True) - v + v.mean(-1, keepdim=True)) / 10
    assert torch.allclose(gradient, limit, atol=1e-3)


def test_class_bias_reaches_the_frequency():
    z = torch.randn(500, 10)
    z[:, 3] -= 6
    bias = losses.class_bias(z, 3, 0.1)
    shifted = z + bias * torch.eye(10)[3]
    assert bias > 0 and shifted.softmax(-1)[:, 3].mean().item() == pytest.approx(0.1, abs=1e-5)


def test_divergences_by_hand():
    """Two outcomes, worked out with Python's own logarithm; the teacher says 0.5 and 0.5, the student 0.9 and 0.1."""
    teacher, student, beta = (0.5, 0.5), (0.9, 0.1), 0.25
    middle = [beta * p + (1 - beta) * q for p, q in zip(teacher, student)]

    def kl(one, other):
        return sum(a * math.log(a / b) for a, b in zip(one, other))

    logits = torch.tensor(student).log() + 3, torch.tensor(teacher).log() - 1
    assert losses.jsd(*logits, beta).item() == pytest.approx(beta * kl(teacher, middle) + (1 - beta) * kl(student, middle), rel=1e-4)
    assert losses.forward_kl(*logits).item() == pytest.approx(kl(teacher, student), rel=1e-4)
    assert losses.reverse_kl(*logits).item() == pytest.approx(kl(student, teacher), rel=1e-4)


def test_a_student_starts_with_he_s_variance():
    for weight, inputs in zip(models.Students((400, 300, 10), [0, 1]).weights, (400, 300)):
        assert weight.var().item() == pytest.approx(2 / inputs, rel=0.1)
