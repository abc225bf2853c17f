"""A class's tournament: every attack in a folder meets every defence in it, each in a process of its own (apart.py).

    make tournament FROM=entries        or        python benchmarks/classroom.py entries --seeds 3 4 [--dask tcp://127.0.0.1:8786]

It is not in the package: lesson 12 scores what a notebook defines, and only a class needs this.
"""
import argparse
import ast
import hashlib
import sys
from functools import partial
from pathlib import Path

import apart
import torch
import workers
from tqdm.auto import tqdm

from course_utils.api.customers import Account
from course_utils.api.serving import Defence
from course_utils.files.digits import mnist
from course_utils.score import arena, tournament
from course_utils.score.tournament import KEYS, READ_SCORES, Judged, Unfair, defence_score, said
from course_utils.student import models


class Apart(Defence):
    """An entry's defence in a process of its own, which starts with the first question."""

    def __init__(self, source, secret=0):
        self.source, self.secret, self.process = source, secret, None

    def scores(self, probabilities, asked):
        try:
            self.process = self.process or apart.Process("defence", self.source, secret=self.secret)
            says, told = self.process.told({"accounts": [q.account.name for q in asked]}, said=probabilities,
                                           images=torch.stack([q.prompt for q in asked]))
        except apart.Ended as error:
            raise Unfair(str(error)) from None
        for question in asked:
            if question.account.name in says["suspended"]:
                question.account.role = "suspended"
        return told["served"]


def played(source, salt, api, seed):
    """An entry's attack in a process of its own: what it asks is asked here, and counted. Returns its student.

    It gets a number of its own in place of the seed, from which it could work out the defence's secret. salt: what it cannot know.
    """
    about = api.defence.entry if isinstance(api.defence, Judged) else api.defence
    known = {"source": about.source} if isinstance(about, Apart) else {
        "module": type(about).__module__, "name": type(about).__name__,
        "settings": {k: v for k, v in arena._settings(about).items() if k != "secret"}}
    own = int(hashlib.sha256(f"{salt} {seed}".encode()).hexdigest()[:6], 16)
    try:
        process = apart.Process("attack", source, budget=api.budget, keys=len(api.accounts), seed=own, known=known)
        says, told = process.told({})
        while "sizes" not in says:
            images = told["images"].float().nan_to_num().clamp(0, 1).view(-1, 784)       # what is no picture would stop a defence
            back = {}
            try:
                answers = api.ask(images, says["key"]) if len(images) else torch.zeros(0, 10)
            except arena.Spent as error:
                answers, back = torch.zeros(0, 10), {"spent": str(error)}
            says, told = process.told({"roles": [a.role for a in api.accounts], "asked": api.asked, **back}, answers=answers)
        if not 2 <= len(says["sizes"]) <= 6 or max(says["sizes"]) > 2048:
            raise Unfair(f"A student with layers of {says['sizes']} is too large.", "attack")
        student = models.Students(says["sizes"], [0])
        student.load_state_dict(told)
        return student
    except (Unfair, arena.Spent):
        raise
    except apart.Ended as error:
        raise Unfair(str(error), "attack") from None
    except Exception as error:
        raise Unfair(f"The attack sent what nobody can use: {said(error)}", "attack") from None


# ---------------------------------------------------------------- a class

def halves_of(source):
    """What a text defines at its top, read and not run: some of "defence" (a class) and "attack"."""
    body = ast.parse(source).body
    named = {leaf.id for node in body for leaf in ast.walk(node) if isinstance(leaf, ast.Name) and isinstance(leaf.ctx, ast.Store)}
    named |= {node.name for node in body if isinstance(node, ast.FunctionDef)}
    return ["defence"] * any(isinstance(node, ast.ClassDef) for node in body) + ["attack"] * ("attack" in named)


def entries(folder, salt=""):
    """What is in a folder: ({name: defence}, {name: attack}, {name: why it, or a half of it, was left out})."""
    defences, attacks, out = {}, {}, {}
    for path in sorted(Path(folder).glob("*.py")):
        source, wrong = path.read_bytes().decode(errors="replace"), []
        if len(source.encode()) > apart.LARGEST:
            out[path.stem] = f"It has {len(source.encode()):,} bytes, and may have {apart.LARGEST:,}: no student that was trained before."
            continue
        try:
            halves = halves_of(source)
        except (SyntaxError, ValueError) as error:
            out[path.stem] = said(error)
            continue
        for half in halves:
            mine = Apart(source) if half == "defence" else partial(played, source, salt)
            try:
                if half == "defence":
                    arena.serve(Judged(mine), mnist().validation.x[:20], Account("ada", "dk-ada"))
                else:
                    arena.cell(Defence(), mine, 0, budget=50, keys=KEYS)
                (defences if half == "defence" else attacks)[path.stem] = mine
            except Unfair as error:
                wrong.append(str(error))
        reasons = dict.fromkeys(reason for reason in wrong if reason != apart.NOTHING)
        if reasons or len(wrong) == len(halves):
            out[path.stem] = " ".join(reasons) or apart.NOTHING
    return defences, attacks, out


def _cell(defence, attack, seed, budget):
    """(a cell, None, None), or (None, who is to blame, why)."""
    torch.set_num_threads(1)
    try:
        return arena.match(Judged(defence), attack, seed, budget, KEYS), None, None
    except Exception as error:
        return None, getattr(error, "of", "attack"), str(error) if isinstance(error, Unfair) else said(error)


def play(folder, seeds, budget=arena.BUDGET, jobs=2, progress="tournament"):
    """Every attack against every defence, ours among them. Returns (defences, attacks, left out): two rankings, DataFrames, and a dict.

    An attack that stops in a cell has 0 there; a defence that stops is left out.
    """
    import joblib
    import pandas as pd

    texts = b"".join(path.read_bytes() for path in sorted(Path(folder).glob("*.py")))
    defences, attacks, out = entries(folder, hashlib.sha256(texts).hexdigest())
    ours = {"none": Defence()} | tournament.RIVALS
    doubled = (set(defences) & set(ours)) | (set(attacks) & set(tournament.JUDGES))
    if doubled:
        raise ValueError(f"The file {min(doubled)}.py has the name of one of ours: give it another.")
    defences, attacks = ours | defences, tournament.JUDGES | attacks
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
    clones = table.pivot_table("accuracy", "defence", "attacker")
    lost = table.groupby("defence")[[*arena.LOSSES]].mean()
    ranks = pd.DataFrame({"best clone": clones.max(axis=1), "by": clones.idxmax(axis=1),
                          "class lost": lost["class lost"], "usable lost": lost["usable answers lost"],
                          "suspended": lost["users suspended"]})
    ranks.insert(0, "score", defence_score(ranks.loc["none", "best clone"] - ranks["best clone"], ranks["class lost"], ranks["usable lost"],
                                           ranks["suspended"]))
    met = clones.drop(index="none")
    best = (100 * met.mean()).rename("score").to_frame().assign(hardest=met.idxmin())
    return ranks.sort_values("score", ascending=False), best.sort_values("score", ascending=False), out


def main(arguments=None):
    parser = argparse.ArgumentParser(description="Let every attack in a folder meet every defence in it.")
    parser.add_argument("folder")
    parser.add_argument("--seeds", type=int, nargs="+", default=[31, 32, 33], help="draw them after the deadline")
    parser.add_argument("--dask", help="a scheduler's address: docs/dask.md")
    parser.add_argument("--check", action="store_true", help="only say which entries can play")
    asked = parser.parse_args(arguments)
    if not list(Path(asked.folder).glob("*.py")):
        sys.exit(f"There is no .py file in {asked.folder!r}. Put one file for each entry there; lesson 12 says what is in it.")
    if asked.check:
        defences, attacks, out = entries(asked.folder)
        print(f"defences that can play: {', '.join(defences) or 'none'}\nattacks that can play: {', '.join(attacks) or 'none'}")
    else:
        try:
            with workers.on(asked.dask):
                defences, attacks, out = play(asked.folder, asked.seeds)
        except workers.NoCluster as error:
            sys.exit(str(error))
        print(f"DEFENCES: points taken from the best attacker, minus what legitimate users lost (of whom {READ_SCORES:.0%} read scores)\n")
        print(defences.round(2).to_string(), "\n\nATTACKS: the clone's accuracy, mean over all defences, in points\n")
        print(attacks.round(1).to_string())
    if not apart.here():
        print("\nThis system does not close the disk to an entry's process: read the entries for paths before you believe a ranking.")
    for name, why in out.items():
        print(f"\nleft out or stopped: {name}\n    {why}")


if __name__ == "__main__":
    main()
