"""Cheats: brings along a student that was trained at home. (Here its weights are dots: what counts is their number.)"""
import torch

from course_utils.score import arena

BROUGHT = "FILLED BY THE TEST"


def attack(api, seed):
    student = arena.models.Students((784, 10), [seed])
    student.weights[0].data = torch.tensor([float(ord(c)) for c in BROUGHT]).view(1, 784, 10)
    return student
