"""How much faster are two Dask workers of one thread than one process? Writes speedup.csv. Nothing else may run meanwhile.

    OMP_NUM_THREADS=1 python benchmarks/speedup.py

Six cells of the arena at the lesson's budget, in turns: here one after another, then on a scheduler and two workers, processes on
127.0.0.1. One round more comes first, in which all of them load what they need. The time to start the workers does not count.
"""
import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch
import workers
from load import machine

from course_utils.score import arena

CSV, ROUNDS, WORKERS = Path(__file__).with_name("speedup.csv"), 5, 2
DEFENCES, ATTACKERS = {name: arena.DEFENCES[name] for name in ("none", "noise")}, {"naive": arena.naive}
COURSE = Path(__file__).resolve().parents[1]


def dask(*words):
    return subprocess.Popen([sys.executable, "-m", "dask", *words, "--no-dashboard"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                            env=os.environ | {"PYTHONPATH": os.pathsep.join(map(str, (COURSE, COURSE / "benchmarks")))})


def seconds():
    started = time.perf_counter()
    table = arena.run(DEFENCES, ATTACKERS, seeds=range(3), jobs=1, progress=None)
    return time.perf_counter() - started, table


def measured(folder):
    """(round, seconds in one process, seconds on the workers), round after round."""
    place = Path(folder) / "scheduler.json"
    started = [dask("scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(place), "--idle-timeout", "300")]
    while not place.exists() or not place.read_text().endswith("}"):
        time.sleep(0.1)
    address = json.loads(place.read_text())["address"]
    started += [dask("worker", address, "--nthreads", "1", "--nworkers", str(WORKERS), "--death-timeout", "30")]
    try:
        with workers.on(address) as cluster:
            cluster.wait_for_workers(WORKERS, timeout=60)
        for turn in range(ROUNDS + 1):
            alone, here = seconds()
            with workers.on(address):
                shared, there = seconds()
            assert here.equals(there)
            if turn:
                yield turn, alone, shared
    finally:
        for process in started[::-1]:
            process.terminate()
            process.wait()


if __name__ == "__main__":
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder, CSV.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("round", "cells", "one process", f"{WORKERS} workers", "speed-up", "machine", "command"))
        for turn, alone, shared in measured(folder):
            writer.writerow((turn, 6, f"{alone:.2f}", f"{shared:.2f}", f"{alone / shared:.3f}", machine(), "python benchmarks/speedup.py"))
            file.flush()
            print(f"round {turn}: one process {alone:.2f} s, {WORKERS} workers {shared:.2f} s, ratio {alone / shared:.2f}", flush=True)
