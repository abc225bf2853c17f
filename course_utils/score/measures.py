"""The last box of the picture: how good the student is, how close to the teacher, and how sure we are."""
import math
from typing import NamedTuple

import torch

from ..files import bundled
from ..teacher import decoding, skills


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


def exact_match(model, problems):
    """Share of skills.Problems whose final answer a language model gets right under greedy decoding: a float from 0 to 1."""
    said = decoding.answers(model, [problem.prompt for problem in problems])
    return sum(skills.is_right(problem.prompt, text) for problem, text in zip(problems, said)) / len(problems)


def agreement(student_logits, teacher_logits):
    """Share of inputs on which student and teacher name the same class, right or wrong.

    Two tensors (batch, classes). Returns a float from 0 to 1.
    """
    return (student_logits.argmax(-1) == teacher_logits.argmax(-1)).float().mean().item()


def paired_interval(a, b):
    """Mean of a - b with its 95 % interval, where a[i] and b[i] share seed i.

    Two (seeds,) tensors, at least two seeds. Returns Interval. Pairing removes what
    both share, such as their initial weights, which is most of the spread.
    """
    from scipy import special

    a, b = (torch.as_tensor(values, dtype=torch.float64) for values in (a, b))
    difference, n = a - b, len(a)
    t = special.stdtrit(n - 1, 0.975)        # Student's t: stats.t.ppf(0.975, n - 1), without a second of import
    mean, reach = difference.mean().item(), t * difference.std().item() / math.sqrt(n)
    return Interval(mean, mean - reach, mean + reach)


def mean_interval(values):
    """Mean of several seeds with its 95 % interval, by Student's t. values: (seeds,). Returns Interval."""
    return paired_interval(values, torch.zeros(len(values)))


def stored(row):
    """The stored runs behind a row of the replication board, such as "R08": a DataFrame of series, x, seed and value.

    `make replicate` makes them; a lesson draws its own live run on top. Raises bundled.DataFileError when they are missing.
    """
    import pandas as pd

    path = bundled.DATA.parent / "benchmarks" / "curves.csv"
    if not path.exists():
        raise bundled.DataFileError("The file benchmarks/curves.csv is missing: the board's stored runs. To make it again, run in the "
                                    "course folder:\n    git checkout -- benchmarks/curves.csv\nor, in some minutes:\n    make replicate")
    runs = pd.read_csv(path)
    runs = runs[runs["id"] == row].drop(columns="id").reset_index(drop=True)
    if runs["x"].astype(str).str.isdecimal().all():
        runs["x"] = runs["x"].astype(int)
    return runs


def best_of(values):
    """The best of several, judged fairly: for each seed the one with the highest mean over the OTHER seeds, and its value on this one.

    values: (candidates, seeds), at least two seeds. Returns (seeds,). The highest mean over the same seeds would be flattered by luck.
    """
    values = torch.as_tensor(values, dtype=torch.float64)
    elsewhere = values.sum(-1, keepdim=True) - values
    return values.gather(0, elsewhere.argmax(0, keepdim=True))[0]
