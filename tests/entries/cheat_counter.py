"""Cheats: turns its own counter back, raises its own budget, and asks ten times as much."""
import torch
from torch.nn import functional as F

from course_utils.score import arena


def attack(api, seed):
    vars(api)["budget"] = 10 ** 9
    answers, asked = [], arena.questions(15_000, seed)
    for part in asked.split(500):
        vars(api)["ask" + "ed"] = 0
        answers.append(api.ask(part))
    return arena.learn(asked, F.one_hot(torch.cat(answers).argmax(-1), 10).double(), seed, steps=3000)
