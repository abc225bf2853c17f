"""Plays by the rules: an attack that asks with all its keys, and smooths the top class a little."""
import torch
from torch.nn import functional as F

from course_utils.score import arena


def attack(api, seed):
    asked = arena.questions(api.budget, seed)
    parts = [api.ask(part, key) for key, part in enumerate(asked.chunk(len(api.accounts)))]
    kept = torch.cat([part[:len(served)] for part, served in zip(asked.chunk(len(api.accounts)), parts)])
    return arena.learn(kept, 0.9 * F.one_hot(torch.cat(parts).argmax(-1), 10).double() + 0.01, seed)
