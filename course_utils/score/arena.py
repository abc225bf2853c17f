"""Any defence against any attacker: what the honest user lost, what the attacker got, and who was accused.

A defence is a serving.Defence. An attacker is a function (api, seed) -> models.Students with one student in it: it asks an Api within a
budget and with as many keys as it was given, and it may know the defence. Both may be written in a notebook cell.
"""
import hashlib
import inspect
import json
import os
from functools import lru_cache
from pathlib import Path

import torch
from torch.nn import functional as F
from tqdm.auto import tqdm

from ..api.customers import Account
from ..api.serving import Defence, Question
from ..attack import extraction
from ..defence import perturb
from ..detection import prada
from ..files.digits import mnist
from ..student import models, training
from ..teacher import classifier
from . import measures

SMALL = (784, 128, 128, 10)          # every attacker's student
BUDGET = 1500


class Spent(Exception):
    """An attacker asked for more than its budget."""


# ---------------------------------------------------------------- what both sides meet

@lru_cache(maxsize=1)
def _victim():
    return classifier.load_teacher()


class Api:
    """The defended classifier as a customer meets it. budget: answers over all keys together; keys: how many accounts there are."""

    def __init__(self, defence, budget=BUDGET, keys=1, name="attacker"):
        self.defence, self.budget = defence, budget
        self.accounts = [Account(f"{name} {i}", f"dk-{name}-{i}") for i in range(keys)]
        self.asked = 0

    @property
    def suspended(self):
        """How many of the accounts are."""
        return sum(account.role == "suspended" for account in self.accounts)

    def known(self, secret):
        """The defence as an attacker knows it who has read everything about it: a copy with a secret of the attacker's choice."""
        return with_secret(self.defence, secret)

    def ask(self, images, key=0, group=50):
        """(n, 784) to what is served, (m, 10), `group` at a time: m is below n when the account is suspended in between. Raises Spent."""
        if self.asked + len(images) > self.budget:
            raise Spent(f"{len(images)} questions more than the {self.budget - self.asked} that are left of {self.budget}.")
        served = []
        for part in images.split(group):
            if self.accounts[key].role == "suspended":
                break
            self.asked += len(part)
            served.append(serve(self.defence, part, self.accounts[key]))
        return torch.cat(served) if served else torch.zeros(0, SMALL[-1])


def serve(defence, images, account, model=None):
    """What a defence makes of the victim's (or another model's) answers to images (n, 784): (n, 10), float64."""
    with torch.no_grad():
        said = (model or _victim())(images).double().softmax(-1)
    return defence.scores(said, [Question(account, image) for image in images])


def questions(n, seed):
    """n unlabelled digits (n, 784): the 1,500 of the transfer set in an order of their own, then copies moved by up to a pixel."""
    digits = mnist().transfer.x
    order = torch.randperm(len(digits), generator=torch.Generator().manual_seed(seed))
    rounds = [digits[order]] + [extraction.shifted(digits[order], 100 * seed + i) for i in range(1, -(-n // len(digits)))]
    return torch.cat(rounds)[:n]


def learn(images, answers, seed, steps=360):
    """A student (in a models.Students of one) that imitates answers (n, 10) to images; without any answers it is returned untaught."""
    student = models.Students(SMALL, [seed])
    if not len(images):
        return student
    logits = extraction.complete(answers).clamp_min(1e-9).log().float()
    return training.fit(student, images, None, logits, alpha=1.0, epochs=max(1, steps // -(-len(images) // 128)), order_seed=seed)


# ---------------------------------------------------------------- attackers

def naive(api, seed):
    """Ask once, believe everything."""
    asked = questions(api.budget, seed)
    answers = api.ask(asked)
    return learn(asked[:len(answers)], answers, seed)


def label_only(api, seed):
    """Keep the top class of each answer and forget the rest: whatever was done to the scores is gone, if the top class is still right."""
    asked = questions(api.budget, seed)
    answers = api.ask(asked)
    return learn(asked[:len(answers)], F.one_hot(answers.argmax(-1), SMALL[-1]).double(), seed)


def averaged(api, seed, times=5):
    """Ask each question several times and take the mean: noise drawn anew each time averages out. A fifth of the questions."""
    asked = questions(api.budget // times, seed)
    return learn(*_mean(asked, [api.ask(asked) for _ in range(times)]), seed)


def spread(api, seed, times=5):
    """As `averaged`, each time with another key: a defence that remembers whom it told what does not know that they are one."""
    asked = questions(api.budget // times, seed)
    return learn(*_mean(asked, [api.ask(asked, key) for key in range(times)]), seed)


def _mean(asked, rounds):
    """Questions, and the mean of their answers over the rounds that went furthest: who is suspended on the way keeps what he has."""
    n = max(map(len, rounds))
    return asked[:n], torch.stack([answers for answers in rounds if len(answers) == n]).mean(0)


def made(api, seed, real=100):
    """Has `real` digits only, and makes the other questions out of them: Jacobian augmentation, prada.augmented."""
    asked, answers = prada.augmented(api.ask, questions(real, seed), api.budget, seed=seed)
    return learn(asked[:len(answers)], answers, seed)


def among_others(api, seed, real=100, share=0.3):
    """As `made`, but hidden in honest traffic: of the questions `share` are made; the others are company, whose answers are not used."""
    real = min(real, round(share * api.budget / 2))
    company = questions(api.budget + real, seed)[real:]
    ask = prada.hidden_among(api.ask, company, (1 - share) / share, seed)
    asked, answers = prada.augmented(ask, questions(real, seed), round(share * api.budget), seed=seed)
    return learn(asked[:len(answers)], answers, seed)


def denoised(api, seed, shadows=6):
    """Learn to undo the defence: D-DAE, Chen et al. 2023. Needs to know the defence, not its secret.

    Shadow models, trained on top classes, are defended by our own copy of the defence, and a small network learns the way back.
    """
    asked = questions(api.budget, seed)
    served = api.ask(asked)
    asked = asked[:len(served)]
    tops = F.one_hot(served.argmax(-1), SMALL[-1]).double()
    said, seen = [], []
    for i in range(shadows):
        half = torch.randperm(len(asked), generator=torch.Generator().manual_seed(10 * seed + i))[:len(asked) // 2]
        shadow = learn(asked[half], tops[half], 1000 + 10 * seed + i, steps=120)
        said.append(shadow(asked)[0].detach().double().softmax(-1))
        seen.append(serve(api.known(100 * seed + i), asked, Account("me", "dk-me"), lambda x, model=shadow: model(x)[0]))
    undo = models.Students((SMALL[-1], 64, SMALL[-1]), [seed])
    training.fit(undo, _readable(torch.cat(seen)), None, torch.cat(said).clamp_min(1e-9).log().float(), alpha=1.0, epochs=12, lr=1e-2)
    with torch.no_grad():
        clean = undo(_readable(served))[0].double().softmax(-1)
    return learn(asked, clean, seed)


def _readable(scores):
    """What the undoing network reads: logarithms, of a size that it can work with."""
    return (scores.clamp_min(1e-4).log() / 4 + 1).float()


COPIERS = {"naive": naive, "label only": label_only, "averaged": averaged, "spread over keys": spread, "denoised": denoised}
ATTACKERS = COPIERS | {"made": made, "among others": among_others}
KEYS = {"spread over keys": 5}
PERTURBED = {
    "none": Defence(),
    "1 decimal": perturb.Rounded(1),
    "top 3": perturb.Top(3),
    "label": perturb.Label(),
    "noise": perturb.Noise(0.2),
    "noise, remembered": perturb.Noise(0.2, remember=True),
    "reverse sigmoid": perturb.ReverseSigmoid(),
    "poisoned": perturb.Poisoned(),
    "poisoned, top kept": perturb.Poisoned(keep=True),
    "randomised response": perturb.RandomisedResponse(),
}
DEFENCES = PERTURBED | {
    "anti-distillation": perturb.Antidistillation(2.0, keep=False),
    "anti-distillation, top kept": perturb.Antidistillation(),
    "PRADA": prada.Prada(),
}
ALL_DEFENCES = DEFENCES | {"MAD-argmax": perturb.MadArgmax()}

# ---------------------------------------------------------------- one cell

def honest(defence):
    """What legitimate users get, apart from any attacker: for defences without a memory of accounts. A match asks more of the others.

    Five ask two hundred test digits each: what they get is compared (perturb.usable_lost; distance: the mean sum of |served - said|). Five
    more test a scanner, with two hundred pictures of the same eight digits, a little shifted: they count for who is accused.
    """
    test, people = mnist().test, [Account(f"honest {i}", f"dk-{i}") for i in range(10)]
    served = torch.cat([serve(defence, part, person) for part, person in zip(test.x.split(200), people)])
    for i, person in enumerate(people[5:]):
        few = mnist().validation.x[8 * i:8 * i + 8]
        serve(defence, extraction.shifted(few.repeat(25, 1), i, reach=2), person)
    with torch.no_grad():
        said = _victim()(test.x).double().softmax(-1)
    return {"honest accuracy": (served.argmax(-1) == test.y).double().mean().item(),
            "usable answers lost": perturb.usable_lost(said, served),
            "distance": (served - said).abs().sum(-1).mean().item(),
            "innocents accused": sum(person.role == "suspended" for person in people) / len(people)}


def cell(defence, attacker, seed, budget=BUDGET, keys=1):
    """One attacker against one defence: a dict of what both sides and the honest user got. The same whenever it is run."""
    torch.manual_seed(seed)
    api = Api(with_secret(defence, 1000 + seed), budget, keys)
    student = attacker(api, seed)
    test = mnist().test
    with torch.no_grad():
        agreement = measures.agreement(student(test.x)[0], _victim()(test.x))
    return {"accuracy": measures.accuracy(student, test).item(), "agreement": agreement, "asked": api.asked,
            "keys suspended": api.suspended, **honest(with_secret(defence, 1000 + seed))}


# ---------------------------------------------------------------- a match: legitimate users and an attacker at one copy of a defence

LOSSES = "class lost", "usable answers lost", "users suspended"            # of legitimate users, shares


def _groups(n, draw):
    """The numbers 0 to n - 1 as the server happens to take them together, whoever asks: mostly fifty, else any smaller number."""
    full, some = torch.rand(n, generator=draw) < 0.8, torch.randint(1, 51, (n,), generator=draw)
    ends = torch.where(full, 50, some).cumsum(0)
    return [rows for rows in torch.arange(n).tensor_split(ends[ends < n]) if len(rows)]


@lru_cache(maxsize=5)
def _visits(budget, seed):
    """What seventeen legitimate users ask, in one random order: [(number of the user, images, the teacher's probabilities)].

    They draw their digits as attackers do, from the transfer set, and ask as much and as often the same: one asks `budget` digits, as
    `naive` does. One asks a fifth of that five times, as `averaged`. Five ask a fifth each, one user after another, as the tournament's
    five keys, and five the same fifth, as `spread`. Five test a scanner: a fifth each, of eight digits, a little shifted.
    """
    draw, digits, fifth = torch.Generator().manual_seed(1_000_000 + seed), mnist().transfer.x, budget // 5
    one, few, other, same, scans = (digits[torch.randperm(len(digits), generator=draw)] for _ in range(5))
    asked = [[one[:budget]], [few[:fifth]] * 5, *[[part] for part in other[:5 * fifth].split(fifth)], *[[same[:fifth]]] * 5]
    asked += [[extraction.shifted(scans[i:i + 8].repeat(fifth // 8 + 1, 1)[:fifth], i, reach=2)] for i in range(0, 40, 8)]
    parts = [[images[rows] for images in own for rows in _groups(len(images), draw)] for own in asked]
    turns = torch.tensor([i for i, own in enumerate(parts) for _ in own])
    turns = turns[torch.randperm(len(turns), generator=draw)]
    for first in (2, 7):                                             # one after another, as an attacker's keys
        five = (turns >= first) & (turns < first + 5)
        turns[five] = turns[five].sort().values
    with torch.no_grad():
        return [(i, images, _victim()(images).double().softmax(-1)) for i in turns.tolist() for images in [parts[i].pop(0)]]


class SharedApi(Api):
    """The attacker's Api in a match: legitimate users ask the same copy of the defence, in one random order with the attacker."""

    def __init__(self, defence, budget, keys, seed):
        super().__init__(defence, budget, keys)
        self.draw, self.waiting, self.answers = torch.Generator().manual_seed(seed), list(_visits(budget, seed)), []
        self.users = [Account(f"user {i}", f"dk-{i}") for i in range(17)]

    def others_ask(self, left=0.0):
        """Legitimate users ask until it is the attacker's turn, who has about `left` groups of questions left. 0: all who wait."""
        while self.waiting and torch.rand((), generator=self.draw) * (left + len(self.waiting)) >= left:
            i, images, said = self.waiting.pop(0)
            if self.users[i].role != "suspended":
                asked = [Question(self.users[i], image) for image in images.clone()]
                self.answers.append((said, self.defence.scores(said.clone(), asked)))

    def ask(self, images, key=0, group=50):
        if self.asked + len(images) > self.budget:
            super().ask(images, key)                                 # says so
        served = [torch.zeros(0, SMALL[-1], dtype=torch.float64)]
        for rows in _groups(len(images), self.draw):
            self.others_ask(max(1.0, (self.budget - self.asked) / 45))
            served.append(super().ask(images[rows], key))
        return torch.cat(served)

    def lost(self):
        """What the legitimate users lost once all have asked, shares: answers with another top class, usable answers, accounts."""
        self.others_ask()
        said, served = map(torch.cat, zip(*self.answers))
        return dict(zip(LOSSES, ((served.argmax(-1) != said.argmax(-1)).double().mean().item(), perturb.usable_lost(said, served),
                                 sum(user.role == "suspended" for user in self.users) / len(self.users))))


def match(defence, attacker, seed, budget=BUDGET, keys=1):
    """One attacker and the legitimate users at one copy of a defence, which cannot tell them by what, how much, how often, in which groups
    or when they ask: a dict of what both got. The same whenever it is run."""
    torch.manual_seed(seed)
    api = SharedApi(with_secret(defence, 1000 + seed), budget, keys, seed)
    student = attacker(api, seed)
    return {"accuracy": measures.accuracy(student, mnist().test).item(), "asked": api.asked, "keys suspended": api.suspended, **api.lost()}


def _settings(thing):
    """The constructor's arguments of an object that keeps them under their names."""
    return {name: getattr(thing, name) for name in inspect.signature(type(thing)).parameters}


def with_secret(defence, secret):
    """A copy of a defence as it was before anybody asked, with another secret if it has one."""
    changed = {"secret": secret} if hasattr(defence, "secret") else {}
    return type(defence)(**{**_settings(defence), **changed})


# ---------------------------------------------------------------- many cells

def made_by(thing):
    """A few letters that change when the code or the settings of a defence or an attacker change."""
    if inspect.isfunction(thing):
        code, settings = [thing], {}
    else:
        code = [f for kind in type(thing).__mro__[:-1] for f in vars(kind).values() if inspect.isfunction(f)]
        settings = {k: v for k, v in vars(thing).items() if not isinstance(v, torch.Generator)}
    text = "".join(map(inspect.getsource, code))
    return hashlib.sha256(f"{text} {sorted(settings.items())}".encode()).hexdigest()[:8]


def _alone(names, *args):
    torch.set_num_threads(1)                  # two cells side by side, and the same digits on any number of cores
    return names, cell(*args)


def run(defences=None, attackers=None, seeds=range(5), path=None, budget=BUDGET, jobs=2, progress="arena"):
    """Every defence against every attacker, for every seed: a tidy DataFrame, one row a cell.

    defences, attackers: {name: object or function}. path: a file of JSON lines that each finished cell is added to at once; cells that it
    holds already, made by the same code, are not run again. jobs: cells at a time, in processes of one thread; 1 stays in this process.
    """
    import joblib
    import pandas as pd

    defences, attackers = defences or DEFENCES, attackers or ATTACKERS
    stamp = {name: made_by(thing) for name, thing in {**defences, **attackers}.items()}
    wanted = [(d, a, seed, budget, f"{stamp[d]}-{stamp[a]}") for d in defences for a in attackers for seed in seeds]
    done = {}
    if path and Path(path).exists():
        for line in Path(path).read_text().splitlines():
            try:
                row = json.loads(line)
            except json.JSONDecodeError:      # half a line: the process was killed while it wrote
                continue
            done[tuple(row[key] for key in ("defence", "attacker", "seed", "budget", "made by"))] = row
    left = [names for names in wanted if names not in done]
    calls = (joblib.delayed(_alone)(names, defences[names[0]], attackers[names[1]], names[2], budget, KEYS.get(names[1], 1))
             for names in left)
    threads = torch.get_num_threads()
    for names, found in tqdm(joblib.Parallel(jobs, return_as="generator_unordered")(calls), desc=progress, total=len(left),
                             disable=progress is None, leave=False):
        done[names] = dict(zip(("defence", "attacker", "seed", "budget", "made by"), names)) | found
        if path:
            _append(path, done[names])
    torch.set_num_threads(threads)
    return pd.DataFrame([done[names] for names in wanted])


def contest(defences=None, attackers=None, seeds=range(5), budget=BUDGET, jobs=2, progress="arena"):
    """As `run`, with a `match` for each cell: what lesson 12 and its tournament compare."""
    import joblib
    import pandas as pd

    defences, attackers = defences or ALL_DEFENCES, attackers or ATTACKERS

    def one(defence, attacker, seed):
        torch.set_num_threads(1)
        found = match(defences[defence], attackers[attacker], seed, budget, KEYS.get(attacker, 1))
        return {"defence": defence, "attacker": attacker, "seed": seed, "budget": budget} | found

    names, threads = [(d, a, seed) for d in defences for a in attackers for seed in seeds], torch.get_num_threads()
    rows = joblib.Parallel(jobs, return_as="generator")(joblib.delayed(one)(*name) for name in names)
    table = pd.DataFrame(tqdm(rows, desc=progress, total=len(names), disable=progress is None, leave=False))
    torch.set_num_threads(threads)
    return table


def _append(path, row):
    """A line at the end of a file, on the disk before this returns; first the end of a line that was cut off."""
    with open(path, "a+b") as file:
        if file.tell():
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                file.write(b"\n")
        file.write(json.dumps(row).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
