"""The last box of the picture: how good the student is, how close to the teacher, and how sure we are."""
import math
from typing import NamedTuple

import torch
from scipy import stats


class Interval(NamedTuple):
    """A mean with its 95 % interval."""
    mean: float
    low: float
    high: float

    def points(self):
        """The interval of a difference of shares, in words: '+2.5 points (95 % interval +0.8 to +4.2)'."""
        mean, low, high = (100 * value for value in self)
        return f"{mean:+.1f} points (95 % interval {low:+.1f} to {high:+.1f})"


def accuracy(model, split):
    """Share of a data.Split's images whose top class is the label: a float for one model, (students,) for models.Students."""
    with torch.no_grad():
        right = model(split.x).argmax(-1) == split.y
    return right.float().mean(-1)


def agreement(student_logits, teacher_logits):
    """Share of inputs on which student and teacher name the same class, right or wrong. Two tensors (batch, classes); a float."""
    return (student_logits.argmax(-1) == teacher_logits.argmax(-1)).float().mean().item()


def mean_interval(values):
    """Mean of several seeds with its 95 % interval, by Student's t. values: (seeds,), at least two. Returns Interval."""
    values = torch.as_tensor(values, dtype=torch.float64)
    n = len(values)
    reach = stats.t.ppf(0.975, n - 1) * values.std().item() / math.sqrt(n)
    mean = values.mean().item()
    return Interval(mean, mean - reach, mean + reach)


def paired_interval(a, b):
    """Mean of a - b with its 95 % interval, where a[i] and b[i] share seed i. Two (seeds,) tensors. Returns Interval.

    Pairing removes what both share (the seed's initial weights, its order of images), which is most of the spread.
    """
    return mean_interval(torch.as_tensor(a, dtype=torch.float64) - torch.as_tensor(b, dtype=torch.float64))
