"""Plays by the rules: an attack that copies the method of the defence (api.known) and looks at what it does to a model of its own."""
import torch
from torch.nn import functional as F

from course_utils.api.customers import Account
from course_utils.score import arena


def attack(api, seed):
    asked = arena.questions(api.budget, seed)
    served = api.ask(asked)
    asked, top = asked[:len(served)], F.one_hot(served.argmax(-1), 10).double()
    shadow = arena.learn(asked, top, seed + 1, steps=60)
    seen = arena.serve(api.known(seed), asked[:100], Account("me", "dk-me"), model=lambda x: shadow(x)[0])
    keeps = (seen.argmax(-1) == shadow(asked[:100])[0].argmax(-1)).double().mean()
    return arena.learn(asked, top if keeps > 0.5 else torch.nan_to_num(served), seed)
