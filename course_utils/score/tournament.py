"""Defences and attacks that students wrote, scored: the open exercises of lesson 12, and a class's tournament.

    make tournament FROM=entries        or        python -m course_utils.score.tournament entries --seeds 3 4

An entry is a file of Python with a class that derives from serving.Defence, or a function attack(api, seed), or both. It is RUN, with all
the rights of whoever runs it, and the rules below are checked against carelessness, not against malice: take entries from people you know.
"""
import argparse
import dataclasses
import importlib.util
import inspect
import re
import sys
import traceback
from functools import lru_cache
from pathlib import Path

import torch
from torch.nn import functional as F
from tqdm.auto import tqdm

from ..api.customers import Account
from ..api.serving import Defence
from ..files.digits import mnist
from ..limited import StillRunning, limited
from . import arena

PACKAGE = Path(__file__).resolve().parents[1]
KEYS = 5                                                         # accounts of every attacker here
SECONDS = 90.0                                                   # for one attack on one defence; ours need two or three
READ_SCORES = 0.25                                               # of the honest customers; the others read the class


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

BOUNDS = {"attack": (r"load_teacher|_victim|api\.defence|api\.asked|mnist\(", "An attack has what it asks for, and nothing else of the "
                     "course's: pictures by arena.questions(n, seed), answers by api.ask, the method by api.known(secret)."),
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
        except Exception as error:
            raise Unfair(f"{kind}.scores stopped with {_said(error)}") from error
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


def fair(defence):
    """A defence, checked, as it is judged. Raises Unfair."""
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
        judged = Judged(defence, 1)
    except AttributeError as error:
        raise Unfair(f"{kind.__name__} does not keep its setting {error.name!r}, and the arena makes a fresh copy for each cell. "
                     f"Write `self.{error.name} = {error.name}` in __init__.") from None
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
            shape = tuple(student(mnist().validation.x[:5]).shape)
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
    return arena.cell(Defence(), JUDGES[attacker], seed, keys=KEYS)


def defence_score(taken, class_lost, usable_lost, accused, read_scores=READ_SCORES):
    """Points, all arguments shares: what the best copier lost, minus what the honest lost, minus the innocents suspended."""
    return 100 * (taken - read_scores * usable_lost - (1 - read_scores) * class_lost - accused)


def _listed(seeds):
    seeds = [seeds] if isinstance(seeds, int) else list(seeds)
    if not seeds:
        raise ValueError("There is no seed to play with: seeds=[20], or range(20, 25) for a result that one may believe.")
    return seeds


def judge_defence(defence, seeds, attackers=tuple(JUDGES), progress="your defence"):
    """One defence, live. Raises Unfair.

    Returns {"score": points, "scores": one for each seed, "copies": {attacker: accuracy}, "honest": what they lost, shares}. The best
    copier is the one that has most on average over the seeds.
    """
    judged, seeds, rows = fair(defence), _listed(seeds), {}
    for name, seed in tqdm([(name, seed) for name in attackers for seed in seeds], desc=progress, disable=progress is None, leave=False):
        rows.setdefault(name, []).append((_undefended(name, seed), arena.cell(judged, JUDGES[name], seed, keys=KEYS)))

    def mean(cells, what="accuracy"):
        return sum(cell[what] for cell in cells) / len(cells)

    before, after = ({name: [pair[side] for pair in pairs] for name, pairs in rows.items()} for side in (0, 1))
    best = [max(kind.values(), key=mean) for kind in (before, after)]
    honest = [(was["honest accuracy"] - is_["honest accuracy"], is_["usable answers lost"], is_["innocents accused"])
              for was, is_ in rows[attackers[0]]]
    scores = [defence_score(was["accuracy"] - is_["accuracy"], *lost) for was, is_, lost in zip(*best, honest)]
    lost = [sum(column) / len(seeds) for column in zip(*honest)]
    return {"score": sum(scores) / len(scores), "scores": scores, "copies": {name: mean(cells) for name, cells in after.items()},
            "honest": dict(zip(("class lost", "usable answers lost", "innocents accused"), lost))}


def judge_attack(attack, seeds, rivals=tuple(RIVALS), progress="your attack"):
    """One attack, live, on our defences: {"score": mean accuracy in points, "scores": one for each seed, "copies": {defence: accuracy}}.

    Raises Unfair.
    """
    judged, seeds, got = fair_attack(attack), _listed(seeds), {}
    for name, seed in tqdm([(name, seed) for name in rivals for seed in seeds], desc=progress, disable=progress is None, leave=False):
        got.setdefault(name, []).append(arena.cell(RIVALS[name], judged, seed, keys=KEYS)["accuracy"])
    scores = [100 * sum(column) / len(column) for column in zip(*got.values())]
    return {"score": sum(scores) / len(scores), "scores": scores, "copies": {name: sum(v) / len(v) for name, v in got.items()}}


# ---------------------------------------------------------------- a class

def _said(error):
    """An error in one line: its kind, its words, its notes, and the last line of somebody's own code that it passed."""
    own = [frame for frame in traceback.extract_tb(error.__traceback__) if PACKAGE not in Path(frame.filename).parents
           and "site-packages" not in frame.filename]
    where = f" (line {own[-1].lineno}: {own[-1].line})" if own and own[-1].line else ""
    return " ".join([f"{type(error).__name__}: {error}{where}", *getattr(error, "__notes__", ())])


def _limited(work):
    """(what work() returns, None) or (None, what went wrong); an endless loop is stopped."""
    try:
        return limited(work, SECONDS), None
    except StillRunning as late:
        return None, str(late)
    except Unfair as error:
        return None, error
    except KeyboardInterrupt:                 # whoever runs the tournament
        raise
    except BaseException as error:            # whatever a student wrote, also exit(): the others play on
        return None, _said(error)


def entries(folder):
    """What is in a folder: ({name: defence}, {name: attack}, {name: why it, or a half of it, was left out})."""
    import cloudpickle

    defences, attacks, out = {}, {}, {}

    def load(path):
        spec = importlib.util.spec_from_file_location(f"entry_{path.stem}", path)
        module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        cloudpickle.register_pickle_by_value(module)          # the arena's other processes cannot import it
        return module

    for path in sorted(Path(folder).glob("*.py")):
        module, why = _limited(lambda path=path: load(path))
        mine = [kind for kind in vars(module).values() if isinstance(kind, type) and issubclass(kind, Defence)
                and kind.__module__ == module.__name__] if module else []
        attack = getattr(module, "attack", None)
        if mine:
            made, why = _limited(lambda kind=mine[-1]: (kind(), fair(kind()))[0])
            defences |= {path.stem: made} if made else {}
        if attack:
            student, wrong = _limited(lambda attack=attack: arena.cell(Defence(), fair_attack(attack), 0, budget=50, keys=KEYS))
            attacks |= {path.stem: attack} if student else {}
            why = " ".join(str(reason) for reason in (why, wrong) if reason)
        if module and not mine and not attack:
            why = "In it is neither a class that derives from serving.Defence nor a function attack(api, seed)."
        if why:
            out[path.stem] = str(why)
    return defences, attacks, out


def _cell(defence, attack, seed, budget):
    """(a cell, None, None), or (None, who is to blame, why)."""
    torch.set_num_threads(1)
    found, wrong = _limited(lambda: arena.cell(Judged(defence), fair_attack(attack), seed, budget, KEYS))
    return found, wrong and getattr(wrong, "of", "attack"), wrong and str(wrong)


def play(folder, seeds, budget=arena.BUDGET, jobs=2, progress="tournament"):
    """Every attack against every defence, ours among them. Returns (defences, attacks, left out): two rankings, DataFrames, and a dict.

    An attack that stops in a cell has 0 there; a defence that stops is left out.
    """
    import joblib
    import pandas as pd

    defences, attacks, out = entries(folder)
    ours = {"none": Defence()} | RIVALS
    doubled = (set(defences) & set(ours)) | (set(attacks) & set(JUDGES))
    if doubled:
        raise ValueError(f"The file {min(doubled)}.py has the name of one of ours: give it another.")
    defences, attacks = ours | defences, JUDGES | attacks
    cells = [(d, a, seed) for d in defences for a in attacks for seed in seeds]
    calls = (joblib.delayed(_cell)(defences[d], attacks[a], seed, budget) for d, a, seed in cells)
    threads, rows, stopped = torch.get_num_threads(), [], set()
    for names, (found, blame, why) in tqdm(zip(cells, joblib.Parallel(jobs, return_as="generator")(calls)), desc=progress, total=len(cells),
                                           disable=progress is None, leave=False):
        if blame:
            out.setdefault(names[0] if blame == "defence" else names[1], f"against {names[1 if blame == 'defence' else 0]}: {why}")
        if blame == "defence":
            stopped.add(names[0])
        rows.append(dict(zip(("defence", "attacker", "seed"), names)) | (found or {"accuracy": 0.0}))
    torch.set_num_threads(threads)
    table = pd.DataFrame(rows)
    table = table[~table.defence.isin(list(stopped))]
    copies = table.pivot_table("accuracy", "defence", "attacker")
    honest = table.groupby("defence")[["honest accuracy", "usable answers lost", "innocents accused"]].mean()
    ranks = pd.DataFrame({"best copy": copies.max(axis=1), "by": copies.idxmax(axis=1),
                          "class lost": honest.loc["none", "honest accuracy"] - honest["honest accuracy"],
                          "usable lost": honest["usable answers lost"], "accused": honest["innocents accused"]})
    ranks.insert(0, "score", defence_score(ranks.loc["none", "best copy"] - ranks["best copy"], ranks["class lost"], ranks["usable lost"],
                                           ranks["accused"]))
    met = copies.drop(index="none")
    best = (100 * met.mean()).rename("score").to_frame().assign(hardest=met.idxmin())
    return ranks.sort_values("score", ascending=False), best.sort_values("score", ascending=False), out


def main(arguments=None):
    parser = argparse.ArgumentParser(description="Let every attack in a folder meet every defence in it.")
    parser.add_argument("folder")
    parser.add_argument("--seeds", type=int, nargs="+", default=[31, 32, 33], help="draw them after the deadline")
    parser.add_argument("--check", action="store_true", help="only say which entries can play")
    asked = parser.parse_args(arguments)
    if not list(Path(asked.folder).glob("*.py")):
        sys.exit(f"There is no .py file in {asked.folder!r}. Put one file for each entry there; lesson 12 says what is in it.")
    if asked.check:
        defences, attacks, out = entries(asked.folder)
        print(f"defences that can play: {', '.join(defences) or 'none'}\nattacks that can play: {', '.join(attacks) or 'none'}")
    else:
        defences, attacks, out = play(asked.folder, asked.seeds)
        print(f"DEFENCES: points taken from the best copier, minus what the honest lost (of whom {READ_SCORES:.0%} read scores)\n")
        print(defences.round(2).to_string(), "\n\nATTACKS: the copy's accuracy, mean over all defences, in points\n")
        print(attacks.round(1).to_string())
    for name, why in out.items():
        print(f"\nleft out or stopped: {name}\n    {why}")


if __name__ == "__main__":
    main()
