"""The arena as a command: any defences against any attackers on any seeds, on this machine's cores or on a Dask cluster.

    make arena SEEDS="0-4" DEFENCES="none; noise" ATTACKERS="naive; label only" SAVE=work/arena.jsonl [DASK=tcp://127.0.0.1:8786]

A cell that is finished is a line of the file at once, and is not run again: arena.run reads the same file. A cell that fails is named, and
the others go on. --match: lesson 12's matches, in which legitimate users ask the same copy of the defence.
"""
import argparse
import json
import sys
from pathlib import Path

import pandas as pd
import torch
import workers
from tqdm.auto import tqdm

from course_utils.score import arena


def _cell(defence, attacker, seed, budget, keys, match):
    torch.set_num_threads(1)
    return (arena.match if match else arena.cell)(defence, attacker, seed, budget, keys)


class Cells:
    """What a worker does with a cell's name. It carries the defences and the attackers."""

    def __init__(self, defences, attackers, budget, match):
        self.defences, self.attackers, self.budget, self.match = defences, attackers, budget, match

    def __call__(self, defence, attacker, seed):
        return _cell(self.defences[defence], self.attackers[attacker], seed, self.budget, arena.KEYS.get(attacker, 1), self.match)


def stored(path):
    """{(defence, attacker, seed, budget, made by, is it a match?): row} of a file of JSON lines; half a line is left out."""
    rows = {}
    for line in Path(path).read_text().splitlines() if Path(path).exists() else ():
        try:
            row = json.loads(line)
        except json.JSONDecodeError:                        # the process was killed while it wrote
            continue
        rows[(*(row[key] for key in ("defence", "attacker", "seed", "budget", "made by")), "class lost" in row)] = row
    return rows


def run(defences, attackers, seeds, path, budget=arena.BUDGET, match=False, jobs=2, cluster=None, progress="arena"):
    """Returns (a DataFrame of the finished cells, {"defence, attacker, seed 3": why that cell failed}).

    defences: {name: serving.Defence}; attackers: {name: function}; seeds: numbers. cluster: what workers.on yields. Each finished cell is
    added to the file `path`.
    """
    stamp = {name: arena.made_by(thing) for name, thing in {**defences, **attackers}.items()}
    key = {(d, a, s): (d, a, s, budget, f"{stamp[d]}-{stamp[a]}", match) for d in defences for a in attackers for s in seeds}
    done, failed, threads = stored(path), {}, torch.get_num_threads()
    left = [name for name in key if key[name] not in done]
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    for name, found, why in tqdm(workers.each(Cells(defences, attackers, budget, match), left, jobs, cluster), desc=progress,
                                 total=len(left), disable=progress is None):
        if why:
            failed["{}, {}, seed {}".format(*name)] = why
            continue
        done[key[name]] = dict(zip(("defence", "attacker", "seed", "budget", "made by"), key[name])) | found
        arena._append(path, done[key[name]])
    torch.set_num_threads(threads)
    return pd.DataFrame([done[key[name]] for name in key if key[name] in done]), failed


def chosen(text, offered, of):
    """{name: thing} for "name; name", or all of them. Ends the command where there is no such name."""
    names = [name.strip() for name in text.split(";")] if text else list(offered)
    for name in names:
        if name not in offered:
            sys.exit(f"There is no {of} {name!r}. The arena has, with semicolons between: {'; '.join(offered)}.")
    return {name: offered[name] for name in names}


def numbers(text):
    """[0, 1, 2, 7] for "0-2 7"."""
    try:
        ends = [[int(end) for end in part.split("-")] for part in text.split()]
        return list(dict.fromkeys(seed for first, *last in ends for seed in range(first, (last or [first])[0] + 1)))
    except ValueError:
        sys.exit(f"SEEDS={text!r} is not readable. It is numbers and ranges with spaces between, such as \"0-49\" or \"31 32 33\".")


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--defences", help="names with semicolons between; all when not given")
    parser.add_argument("--attackers", help="names with semicolons between; all when not given")
    parser.add_argument("--seeds", default="0-4", help='such as "0-4" or "31 32 33"')
    parser.add_argument("--budget", type=int, default=arena.BUDGET)
    parser.add_argument("--match", action="store_true", help="lesson 12's matches in place of cells")
    parser.add_argument("--save", default="work/arena.jsonl", help="the file of finished cells")
    parser.add_argument("--jobs", type=int, default=2, help="cells at a time on this machine")
    parser.add_argument("--dask", help="a scheduler's address: docs/dask.md")
    asked = parser.parse_args(arguments)
    defences = chosen(asked.defences, arena.ALL_DEFENCES, "defence")
    attackers, seeds = chosen(asked.attackers, arena.ATTACKERS, "attacker"), numbers(asked.seeds)
    try:
        with workers.on(asked.dask) as cluster:
            table, failed = run(defences, attackers, seeds, asked.save, asked.budget, asked.match, asked.jobs, cluster)
    except workers.NoCluster as error:
        sys.exit(str(error))
    if len(table):
        print(f"the clone's accuracy in points, mean of up to {len(seeds)} seeds; {len(table)} cells in {asked.save}\n")
        print((100 * table.pivot_table("accuracy", "defence", "attacker", sort=False)).round(1).to_string())
    for name, why in failed.items():
        print(f"FAILED: {name}: {why}")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
