"""Defences and attacks that students wrote, scored: the open exercises of lesson 12, and a class's tournament.

    make tournament FROM=entries        or        python benchmarks/classroom.py entries --seeds 3 4

What a notebook defines runs in the notebook. A class's entries, files, each run in a process of their own: benchmarks/classroom.py.
"""
import dataclasses
import inspect
import re
import traceback
from functools import lru_cache
from pathlib import Path

import torch
from torch.nn import functional as F
from tqdm.auto import tqdm

from ..api.customers import Account
from ..api.serving import Defence
from ..files.digits import mnist
from . import arena

PACKAGE = Path(__file__).resolve().parents[1]
KEYS = 5                                                         # accounts of every attacker here
READ_SCORES = 0.25                                               # of legitimate users; the others read the class


def five_keys(api, seed):
    """Label only, a fifth of the questions with each key: a limit for each account is not one for a crowd."""
    asked = arena.questions(api.budget, seed).chunk(len(api.accounts))
    answers = [api.ask(part, key) for key, part in enumerate(asked)]
    asked = torch.cat([part[:len(served)] for part, served in zip(asked, answers)])
    return arena.learn(asked, F.one_hot(torch.cat(answers).argmax(-1), 10).double(), seed)


JUDGES = {name: arena.ATTACKERS[name] for name in ("naive", "label only", "averaged")} | {"five keys": five_keys}     # a defence meets them
RIVALS = {name: arena.DEFENCES[name] for name in ("noise", "reverse sigmoid", "poisoned", "anti-distillation, top kept", "PRADA")}


class Unfair(ValueError):
    """An entry that breaks a rule: says which, and what to do. of: "defence" or "attack"."""

    def __init__(self, says, of="defence"):
        super().__init__(says)
        self.of = of


# ---------------------------------------------------------------- the rules

BOUNDS = {"attack": (r"load_teacher|_victim|api\.defence|api\.asked|mnist\(|\bserve\((?!.*\bmodel\b)",
                     "An attack has what it asks for, and nothing else of the course's: pictures by arena.questions(n, seed), answers by "
                     "api.ask, the method by api.known(secret), and arena.serve only with model=, a model of its own."),
          "defence": (r"\.(transfer|test|validation)\b", "These are the digits that the arena asks about. A provider may use "
                      "mnist().train.")}


def _in_bounds(thing, of):
    """Raises Unfair when the source of an entry names what is out of bounds."""
    try:
        parts = [thing] if of == "attack" else [f for f in vars(type(thing)).values() if inspect.isfunction(f)]
        source = "".join(map(inspect.getsource, parts))              # of the methods: a notebook's class has none to show
    except (OSError, TypeError):              # typed at a prompt: nothing to read
        return
    found = re.search(BOUNDS[of][0], source)
    if found:
        raise Unfair(f"The {of} has {found[0]!r} in it, which is out of bounds. {BOUNDS[of][1]}", of)


class Judged(Defence):
    """A defence as it is judged: it sees numbers in place of account names, which would say who attacks, and what it serves is checked."""

    def __init__(self, entry, secret=0):
        self.entry, self.secret = entry, secret
        self.copy, self.accounts = arena.with_secret(entry, secret), {}

    def scores(self, probabilities, asked):
        kind = type(self.entry).__name__
        asked_by = [self.accounts.setdefault(q.account.name, Account(f"account {len(self.accounts)}", "dk")) for q in asked]
        try:
            served = self.copy.scores(probabilities, [dataclasses.replace(q, account=a) for q, a in zip(asked, asked_by)])
        except Unfair:                        # an entry's own process has said why
            raise
        except Exception as error:
            raise Unfair(f"{kind}.scores stopped with {said(error)}") from error
        if not isinstance(served, torch.Tensor) or served.shape != probabilities.shape:
            what = f"shape {tuple(served.shape)}" if isinstance(served, torch.Tensor) else type(served).__name__
            raise Unfair(f"{kind} was asked {len(asked)} questions and served {what}: return a tensor of shape "
                         f"{tuple(probabilities.shape)}, a row for each question.")
        low, high, total = served.min().item(), served.max().item(), served.sum(-1).max().item()
        if not (low >= 0 and high <= 1 + 1e-6 and total <= 1.5):              # a row of one-decimal scores may sum to 1.4
            raise Unfair(f"{kind} served scores from {low:.2g} to {high:.2g}, rows that sum to at most {total:.2g}: every score must "
                         "lie between 0 and 1, and a row must not sum to more than 1 (but for rounding): perturb.normalised(scores).")
        for question, account in zip(asked, asked_by):
            question.account.role = account.role
        return served.detach().double()


def fair(defence, secret=1, tried=True):
    """A defence, checked, as it is judged. tried: on twenty images, too. Raises Unfair."""
    if isinstance(defence, type):
        raise Unfair(f"{defence.__name__} is the class. Hand in an object of it: {defence.__name__}().")
    if not isinstance(defence, Defence):
        raise Unfair(f"This is a {type(defence).__name__}. A defence is an object of a class that derives from serving.Defence.")
    kind = type(defence)
    if kind is not Defence and kind.scores is Defence.scores:
        raise Unfair(f"{kind.__name__} has no method `scores(self, probabilities, asked)`, so it serves what the teacher says. Is the name "
                     "misspelt?")
    _in_bounds(defence, "defence")
    try:
        judged = Judged(defence, secret)
    except AttributeError as error:
        raise Unfair(f"{kind.__name__} does not keep its setting {error.name!r}, and the arena makes a fresh copy for each cell. "
                     f"Write `self.{error.name} = {error.name}` in __init__.") from None
    if tried:
        arena.serve(judged, mnist().validation.x[:20], Account("ada", "dk-ada"))
    return judged


def _hints(api, error):
    """What may be behind an error in an attack."""
    passed = {frame.name for frame in traceback.extract_tb(error.__traceback__)}
    if api.suspended:
        yield "An account was suspended on the way, so api.ask returned fewer answers than questions: go on with asked[:len(answers)]."
    elif "learn" in passed:
        yield "arena.learn wants images (n, 784), as many answers (n, 10) of type float, each a distribution, and a seed."
    elif "ask" in passed:
        yield f"api.ask wants images (n, 784) and a key from 0 to {len(api.accounts) - 1}."


def fair_attack(attack):
    """An attack that says Unfair, and why, where it breaks a rule: names what is out of bounds, overspends, returns no student."""
    try:
        inspect.signature(attack).bind("api", "seed")
    except TypeError as error:
        raise Unfair(f"This is a {type(attack).__name__} ({error}). An attack is a function (api, seed) that returns a student.",
                     "attack") from None
    _in_bounds(attack, "attack")

    def judged(api, seed):
        try:
            student = attack(api, seed)
        except arena.Spent as error:
            raise Unfair(f"The attack asked for too much: {error} Every row of every api.ask counts, with whatever key: ask for api.budget "
                         "in all.", "attack") from None
        except Unfair:
            raise
        except Exception as error:
            for note in _hints(api, error):
                error.add_note(note)
            raise
        try:
            shape = tuple(student(torch.zeros(5, 784)).shape)
        except Exception:
            shape = None
        if shape != (1, 5, 10):
            what = type(student).__name__ + (f", which makes {shape} of 5 images and not (1, 5, 10)" if shape else "")
            raise Unfair(f"The attack returned {what}. Return one student: what arena.learn(images, answers, seed) returns.", "attack")
        return student

    return judged


# ---------------------------------------------------------------- points

@lru_cache(maxsize=64)
def _undefended(attacker, seed):
    return arena.match(Defence(), JUDGES[attacker], seed, keys=KEYS)


def defence_score(taken, class_lost, usable_lost, suspended, read_scores=READ_SCORES):
    """Points, all arguments shares: what the best attacker lost, minus what legitimate users lost, minus those suspended."""
    return 100 * (taken - read_scores * usable_lost - (1 - read_scores) * class_lost - suspended)


def _listed(seeds):
    seeds = [seeds] if isinstance(seeds, int) else list(seeds)
    if not seeds:
        raise ValueError("There is no seed to play with: seeds=[20], or range(20, 25) for a result that one may believe.")
    return seeds


def judge_defence(defence, seeds, attackers=tuple(JUDGES), progress="your defence"):
    """One defence, live. Raises Unfair.

    Returns {"score": points, "scores": one for each seed, "clones": {attacker: accuracy}, "lost": by legitimate users, shares}.
    The best attacker is the one with the best clones on average over the seeds.
    """
    judged, seeds, rows = fair(defence), _listed(seeds), {}
    for name, seed in tqdm([(name, seed) for name in attackers for seed in seeds], desc=progress, disable=progress is None, leave=False):
        rows.setdefault(name, []).append((_undefended(name, seed), arena.match(judged, JUDGES[name], seed, keys=KEYS)))

    def mean(cells, what="accuracy"):
        return sum(cell[what] for cell in cells) / len(cells)

    before, after = ({name: [pair[side] for pair in pairs] for name, pairs in rows.items()} for side in (0, 1))
    best = [max(kind.values(), key=mean) for kind in (before, after)]
    costs = [[mean([rows[name][i][1] for name in attackers], what) for what in arena.LOSSES] for i in range(len(seeds))]
    scores = [defence_score(was["accuracy"] - is_["accuracy"], *lost) for was, is_, lost in zip(*best, costs)]
    lost = [sum(column) / len(seeds) for column in zip(*costs)]
    return {"score": sum(scores) / len(scores), "scores": scores, "clones": {name: mean(cells) for name, cells in after.items()},
            "lost": dict(zip(arena.LOSSES, lost))}


def judge_attack(attack, seeds, rivals=tuple(RIVALS), progress="your attack"):
    """One attack, live, on our defences: {"score": mean accuracy in points, "scores": one for each seed, "clones": {defence: accuracy}}.

    Raises Unfair.
    """
    judged, seeds, got = fair_attack(attack), _listed(seeds), {}
    for name, seed in tqdm([(name, seed) for name in rivals for seed in seeds], desc=progress, disable=progress is None, leave=False):
        got.setdefault(name, []).append(arena.match(RIVALS[name], judged, seed, keys=KEYS)["accuracy"])
    scores = [100 * sum(column) / len(column) for column in zip(*got.values())]
    return {"score": sum(scores) / len(scores), "scores": scores, "clones": {name: sum(v) / len(v) for name, v in got.items()}}


def said(error):
    """An error in one line: its kind, its words, its notes, and the last line of somebody's own code that it passed."""
    own = [frame for frame in traceback.extract_tb(error.__traceback__) if PACKAGE not in Path(frame.filename).parents
           and "site-packages" not in frame.filename and not frame.filename.startswith("<")]
    where = f" (line {own[-1].lineno}: {own[-1].line})" if own and own[-1].line else ""
    return " ".join([f"{type(error).__name__}: {error}{where}", *getattr(error, "__notes__", ())])
