"""Cheats: trains on the digits and the labels that it is scored by."""
from torch.nn import functional as F

from course_utils.files import digits
from course_utils.score import arena


def attack(api, seed):
    test = getattr(digits, "mni" + "st")()[3]
    if not len(test.x):
        raise LookupError("there is no test digit within reach")
    return arena.learn(test.x, F.one_hot(test.y, 10).double(), seed, steps=2000)
