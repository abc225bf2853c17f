"""Defences and attacks that students wrote, scored: the open exercises of lesson 12, and a class's tournament.

    make tournament FROM=entries        or        python -m course_utils.tournament entries --seeds 3 4

An entry is a file of Python with a class that derives from serving.Defence, or a function attack(api, seed), or both. It is RUN, with all
the rights of whoever runs it: take entries from people you know.
"""
import argparse
import importlib.util
import sys
from functools import lru_cache
from pathlib import Path

import cloudpickle
import pandas as pd
import torch

from . import arena, data
from .serving import Account, Defence

JUDGES = ("naive", "label only", "averaged")                     # whom a defence meets
RIVALS = ("noise", "reverse sigmoid", "poisoned", "anti-distillation, top kept", "PRADA")        # whom an attack meets
READ_SCORES = 0.25                                               # of the honest customers; the others read the class


class Unfair(ValueError):
    """An entry that breaks a rule. Says which, and what to do."""


def fair(defence):
    """Checks a defence before it is scored; returns it. Raises Unfair."""
    try:
        copy = arena.with_secret(defence, 1)
    except AttributeError as error:
        raise Unfair(f"{type(defence).__name__} does not keep its setting {error.name!r}, and the arena makes a fresh copy for each cell. "
                     f"Write `self.{error.name} = {error.name}` in __init__.") from None
    x = data.mnist().validation.x[:20]
    served = arena.serve(copy, x, Account("ada", "dk-ada"))
    if not isinstance(served, torch.Tensor) or served.shape != (len(x), 10):
        what = getattr(served, "shape", type(served).__name__)
        raise Unfair(f"{type(defence).__name__} was asked about {len(x)} images and served {what}: return a tensor of as many rows as "
                     "questions, ten scores each.")
    if not torch.isfinite(served).all() or (served < 0).any() or (served > 1).any():
        raise Unfair(f"{type(defence).__name__} served {served.min():.2g} to {served.max():.2g}: every score must lie between 0 and 1.")
    return defence


@lru_cache(maxsize=64)
def _undefended(attacker, seed):
    return arena.cell(Defence(), arena.ATTACKERS[attacker], seed)


def defence_score(taken, class_lost, usable_lost, accused, read_scores=READ_SCORES):
    """Points, all arguments shares: what the best copier lost, minus what the honest lost, minus the innocents suspended."""
    return 100 * (taken - read_scores * usable_lost - (1 - read_scores) * class_lost - accused)


def judge_defence(defence, seeds, attackers=JUDGES):
    """{"score", "copies": {attacker: accuracy}, "honest": {...}} of one defence, live. Raises Unfair."""
    rows = {name: [arena.cell(fair(defence), arena.ATTACKERS[name], seed) for seed in seeds] for name in attackers}
    before = {name: [_undefended(name, seed) for seed in seeds] for name in attackers}

    def mean(cells, what="accuracy"):
        return sum(cell[what] for cell in cells) / len(cells)

    best, undefended = max(map(mean, rows.values())), max(map(mean, before.values()))
    cells = rows[attackers[0]]
    lost = (mean(before[attackers[0]], "honest accuracy") - mean(cells, "honest accuracy"), mean(cells, "usable answers lost"),
            mean(cells, "innocents accused"))
    return {"score": defence_score(undefended - best, *lost), "copies": {name: mean(cells) for name, cells in rows.items()},
            "honest": dict(zip(("class lost", "usable answers lost", "innocents accused"), lost))}


def judge_attack(attack, seeds, rivals=RIVALS):
    """{"score": mean accuracy in points, "copies": {defence: accuracy}} of one attack, live."""
    copies = {name: sum(arena.cell(arena.DEFENCES[name], attack, seed)["accuracy"] for seed in seeds) / len(seeds) for name in rivals}
    return {"score": 100 * sum(copies.values()) / len(copies), "copies": copies}


# ---------------------------------------------------------------- a class

def entries(folder):
    """What is in a folder: ({name: defence}, {name: attack}, {name: why it was left out})."""
    defences, attacks, out = {}, {}, {}
    for path in sorted(Path(folder).glob("*.py")):
        try:
            spec = importlib.util.spec_from_file_location(f"entry_{path.stem}", path)
            module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            cloudpickle.register_pickle_by_value(module)          # the arena's other processes cannot import it
            classes = [kind for kind in vars(module).values()
                       if isinstance(kind, type) and issubclass(kind, Defence) and kind.__module__ == spec.name]
            if classes:
                defences[path.stem] = fair(classes[-1]())
            if hasattr(module, "attack"):
                arena.cell(Defence(), module.attack, 0, budget=50)
                attacks[path.stem] = module.attack
            if not classes and not hasattr(module, "attack"):
                raise Unfair("neither a class that derives from serving.Defence nor a function attack(api, seed) is in it.")
        except Exception as error:                                # whatever a student wrote: the others play on
            out[path.stem] = f"{type(error).__name__}: {error}"
    return defences, attacks, out


def play(folder, seeds, budget=arena.BUDGET, jobs=2, progress="tournament"):
    """Every attack against every defence, ours among them. Returns (defences, attacks, left out): two rankings, DataFrames, and a dict."""
    defences, attacks, out = entries(folder)
    defences = {"none": Defence()} | {name: arena.DEFENCES[name] for name in RIVALS} | defences
    attacks = {name: arena.ATTACKERS[name] for name in JUDGES} | attacks
    table = arena.run(defences, attacks, seeds, budget=budget, jobs=jobs, progress=progress)
    copies = table.pivot_table("accuracy", "defence", "attacker")
    honest = table.groupby("defence")[["honest accuracy", "usable answers lost", "innocents accused"]].mean()
    ranks = pd.DataFrame({"best copy": copies.max(axis=1), "by": copies.idxmax(axis=1),
                          "class lost": honest.loc["none", "honest accuracy"] - honest["honest accuracy"],
                          "usable lost": honest["usable answers lost"], "accused": honest["innocents accused"]})
    ranks.insert(0, "score", defence_score(ranks.loc["none", "best copy"] - ranks["best copy"], ranks["class lost"], ranks["usable lost"],
                                           ranks["accused"]))
    best = (100 * copies.drop(index="none").mean()).rename("score").to_frame().assign(
        hardest=copies.drop(index="none").idxmin())
    return ranks.sort_values("score", ascending=False), best.sort_values("score", ascending=False), out


def main(arguments=None):
    parser = argparse.ArgumentParser(description="Let every attack in a folder meet every defence in it.")
    parser.add_argument("folder")
    parser.add_argument("--seeds", type=int, nargs="+", default=[31, 32, 33], help="draw them after the deadline")
    asked = parser.parse_args(arguments)
    if not list(Path(asked.folder).glob("*.py")):
        sys.exit(f"There is no .py file in {asked.folder!r}. Put one file for each entry there; lesson 12 says what is in it.")
    defences, attacks, out = play(asked.folder, asked.seeds)
    print(f"DEFENCES: points taken from the best copier, minus what the honest lost (a {READ_SCORES:.0%} of them reads scores)\n")
    print(defences.round(2).to_string(), "\n\nATTACKS: the copy's accuracy, mean over all defences, in points\n")
    print(attacks.round(1).to_string())
    for name, why in out.items():
        print(f"\nleft out: {name}\n    {why}")


if __name__ == "__main__":
    main()
