"""Cheats: makes every student right in the scorer's own functions, and returns one that knows nothing."""
import gc

import torch

from course_utils.score import arena, measures


def attack(api, seed):
    measures.accuracy = lambda student, split: torch.tensor(1.0)
    for thing in [o for o in gc.get_objects() if isinstance(o, dict) and "accuracy" in o]:
        thing["accuracy"] = lambda *a, **k: torch.tensor(1.0)
    return arena.models.Students(arena.SMALL, [seed])
