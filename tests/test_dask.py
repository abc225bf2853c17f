"""The arena, a row of the board and a tournament on a Dask cluster: a scheduler and two workers, processes on 127.0.0.1. make dask."""
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
import torch

pytest.importorskip("distributed", reason="Dask is not installed for this Python: `make dask` installs it and runs this test.")

import cells  # noqa: E402
import classroom  # noqa: E402
import distributed  # noqa: E402
import joblib  # noqa: E402
import replicate  # noqa: E402
import workers  # noqa: E402

from course_utils.score import arena, tournament  # noqa: E402

COURSE, ENTRIES = Path(__file__).resolve().parents[1], Path(__file__).parent / "entries"
DASK = {"OMP_NUM_THREADS": "1", "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1"}       # two ends of a worker, and a task is given up


def start(*words, course=True, **more):
    """A process of Dask's, with the course within reach or without."""
    environment = os.environ | DASK | {"PYTHONPATH": os.pathsep.join(map(str, (COURSE, COURSE / "benchmarks"))) if course else ""}
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.Popen([sys.executable, "-m", "dask", *words], env=environment, **quiet, **more)


def end(*processes):
    for process in processes:
        process.terminate()
    for process in processes:
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()


def worker(address, *more, **settings):
    return start("worker", address, "--nthreads", "1", "--no-dashboard", "--death-timeout", "30", *more, **settings)


def started_scheduler(tmp_path_factory):
    """(its process, its address)"""
    path = tmp_path_factory.mktemp("dask") / "scheduler.json"
    process = start("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--idle-timeout", "300",
                    "--scheduler-file", str(path))
    for _ in range(600):
        if path.exists() and path.read_text().endswith("}"):
            break
        time.sleep(0.1)
    return process, json.loads(path.read_text())["address"]


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory):
    """The address of a scheduler that has no worker yet."""
    process, where = started_scheduler(tmp_path_factory)
    yield where
    end(process)


@pytest.fixture(scope="module")
def address(scheduler):
    """The same, with two workers, each a process that Dask starts again when it ends."""
    process = worker(scheduler, "--nworkers", "2")
    with distributed.Client(scheduler) as client:
        client.wait_for_workers(2, timeout=60)
    yield scheduler
    end(process)


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def quick_here():
    """An attacker that takes no time; made here, so that it is sent and not imported: a worker has no tests."""
    def quick(api, seed):
        asked = arena.questions(50, seed)
        return arena.learn(asked, api.ask(asked), seed, steps=10)
    return quick


TWO = {name: arena.DEFENCES[name] for name in ("none", "noise")}


# ---------------------------------------------------------------- what a user meets first: sentences

def test_nothing_that_answers_is_said_in_a_sentence(monkeypatch, capsys):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        nobody = f"tcp://127.0.0.1:{closed.getsockname()[1]}"
    monkeypatch.setattr(workers, "SECONDS", 1)
    for wrong in (nobody, "tcp:/127.0.0.1", "nonsense"):
        with pytest.raises(workers.NoCluster, match=f"No Dask scheduler answers at '{wrong}'"), workers.on(wrong):
            pass
    for words, says in ((["--defences", "noise, remembered; nois"], "no defence 'nois'. The arena has, with semicolons"),
                        (["--seeds", "0..4"], "SEEDS='0..4' is not readable")):
        with pytest.raises(SystemExit, match=says):
            cells.main(words)
    assert cells.numbers("0-2 7 1") == [0, 1, 2, 7]
    for command in (cells.main, replicate.main, lambda words: classroom.main([str(ENTRIES), *words])):
        with pytest.raises(SystemExit, match="No Dask scheduler answers"):
            command(["--dask", nobody])
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(workers.NoCluster, match=r"not installed in this Python.*requirements-dask.txt"), workers.on(nobody):
        pass


def test_a_worker_that_does_not_fit_is_said_in_a_sentence(monkeypatch, scheduler):
    monkeypatch.setattr(workers, "SECONDS", 1)
    with pytest.raises(workers.NoCluster, match="has no worker after 1 seconds. On each machine.*make worker DASK="), workers.on(scheduler):
        pass
    monkeypatch.undo()
    bare = worker(scheduler, "--no-nanny", course=False, cwd="/")
    says = "The worker at .* has no copy of the course.s code: get the same commit"
    with pytest.raises(workers.NoCluster, match=says), workers.on(scheduler):
        pass
    end(bare)


@pytest.mark.parametrize("python, torch, threads, code, bare, says", [
    ("3.11.9.final.0", "2.13.0", 1, None, "nothing", "The scheduler at tcp://s has no copy of the.*make scheduler"),
    ("3.13.1.final.0", "2.13.0+cpu", 1, None, None, r"has Python 3.13 \(here: 3.11\)\. Results could differ"),
    ("3.11.9.final.0", "2.14.0", 1, None, None, r"has torch 2.14.0 \(here: 2.13.0\)"),
    ("3.11.9.final.0", None, 1, None, None, "has torch None"),
    ("3.11.9.final.0", "2.13.0", 2, None, None, "has 2 threads, and torch's random numbers"),
    ("3.11.9.final.0", "2.13.0", 1, "other", None, "another state of the course's code")])
def test_another_python_torch_or_commit_is_said(python, torch, threads, code, bare, says):
    def told(python, torch):
        return {"host": [("python", python)], "packages": {"torch": torch, "distributed": "2026.8.0"}}

    versions = {"client": told("3.11.2", "2.13.0+cpu"), "workers": {"tcp://w": told(python, torch)}}
    client = SimpleNamespace(wait_for_workers=lambda *_, **__: None, nthreads=lambda: {"tcp://w": threads}, run=lambda f: {"tcp://w": code},
                             run_on_scheduler=lambda f: bare or workers.digest(), get_versions=lambda packages: versions)
    with pytest.raises(workers.NoCluster, match=says):
        workers._check(client, "tcp://s")


# ---------------------------------------------------------------- the same results

def test_the_arena_is_equal_cell_for_cell(address, tmp_path):
    attackers = {"quick": quick_here()}
    here = arena.run(TWO, attackers, [0, 1], budget=100, jobs=1, progress=None)
    with workers.on(address) as cluster:
        there, failed = cells.run(TWO, attackers, [0, 1], tmp_path / "a.jsonl", 100, cluster=cluster, progress=None)
        through_run = arena.run(TWO, attackers, [0, 1], budget=100, progress=None)
        match = arena.contest(TWO, attackers, [0], budget=100, progress=None)
    pd.testing.assert_frame_equal(here, there, check_exact=True)
    pd.testing.assert_frame_equal(here, through_run, check_exact=True)
    pd.testing.assert_frame_equal(match, arena.contest(TWO, attackers, [0], budget=100, jobs=1, progress=None), check_exact=True)
    assert not failed and len((tmp_path / "a.jsonl").read_text().splitlines()) == 4


def test_a_row_is_equal_and_one_that_fails_does_not_stop_it(address, monkeypatch, capsys):
    saved = []
    monkeypatch.setattr(replicate, "save", lambda *result: saved.append(result))
    monkeypatch.setitem(replicate.ROWS, "R99", None)                       # a row that no worker has
    with pytest.raises(SystemExit, match="1 of 2 rows failed and keep the results that they had: R99."):
        replicate.main(["R99", "R02", "--dask", address])
    (row, curves), (here, curves_here) = saved[0], replicate.run("R02")
    assert row | {"seconds": 0} == here | {"seconds": 0} and curves == curves_here and len(saved) == 1
    assert "R99 | FAILED | KeyError: 'R99'" in capsys.readouterr().out


def test_a_tournament_is_equal(address, tmp_path, monkeypatch):
    for name in ("fair_label", "fair_rounded"):
        shutil.copy(ENTRIES / f"{name}.py", tmp_path)
    monkeypatch.setattr(tournament, "JUDGES", {"quick": quick_here()})
    monkeypatch.setattr(tournament, "RIVALS", {})
    with workers.on(address):
        there = classroom.play(tmp_path, [1], budget=100, progress=None)
    here = classroom.play(tmp_path, [1], budget=100, jobs=1, progress=None)
    for a, b in zip(here[:2], there[:2]):
        pd.testing.assert_frame_equal(a, b, check_exact=True)
    assert len(here[0]) == 3 and here[2] == there[2] == {}


# ---------------------------------------------------------------- when something ends

def test_a_cell_that_fails_is_named_and_one_that_ends_its_worker_too(address, tmp_path):
    def bad(api, seed):
        if seed == 1:
            raise RuntimeError("enough")
        if seed == 2:
            os._exit(1)                                                   # a crash: it takes its worker along, each time
        asked = arena.questions(50, seed)
        return arena.learn(asked, api.ask(asked), seed, steps=10)

    with workers.on(address) as cluster:
        table, failed = cells.run({"none": TWO["none"]}, {"bad": bad}, [0, 1, 2, 3], tmp_path / "a.jsonl", 100, cluster=cluster,
                                  progress=None)
        assert table.seed.tolist() == [0, 3]
        assert failed == {"none, bad, seed 1": "RuntimeError: enough",
                          "none, bad, seed 2": "its worker ended 2 times; does it need more memory?"}
        with pytest.raises(workers.NoCluster, match="A task stopped: its worker ended 2 times"):          # joblib alone waits for ever
            arena.run({"none": TWO["none"]}, {"bad": bad}, [2], budget=100, progress=None)
        cluster.wait_for_workers(2, timeout=60)


def test_a_worker_killed_in_the_middle_loses_nothing(address, tmp_path):
    attackers, seeds, path = {"quick": quick_here()}, range(5), tmp_path / "a.jsonl"
    killed = []

    def kill(pids):
        while not killed:
            if path.exists() and path.read_text().count("\n") >= 2:       # in the middle
                killed.append(min(pids))
                os.kill(killed[0], signal.SIGKILL)
            time.sleep(0.01)

    with workers.on(address) as cluster:
        thread = threading.Thread(target=kill, args=(list(cluster.run(os.getpid).values()),), daemon=True)
        thread.start()
        there, failed = cells.run(TWO, attackers, seeds, path, 100, cluster=cluster, progress=None)
    thread.join(5)
    assert killed and not failed
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert len(rows) == 10 == len({(row["defence"], row["seed"]) for row in rows})                     # each once
    pd.testing.assert_frame_equal(there, arena.run(TWO, attackers, seeds, budget=100, jobs=1, progress=None), check_exact=True)


def test_a_command_that_was_stopped_goes_on(tmp_path, address, capsys):
    path, words = tmp_path / "a.jsonl", ["--defences", "none", "--attackers", "naive", "--seeds", "0-1", "--budget", "100"]
    with pytest.raises(SystemExit) as ended:
        cells.main([*words, "--save", str(path), "--dask", address])
    assert ended.value.code == 0 and "the clone's accuracy" in capsys.readouterr().out
    whole, (first, second) = cells.stored(path), path.read_text().splitlines()
    path.write_text(f"{first}\n{second[:20]}")                                                        # killed while it wrote the second
    with pytest.raises(SystemExit) as ended:
        cells.main([*words, "--save", str(path), "--jobs", "1"])                                      # this machine's cores
    assert ended.value.code == 0 and cells.stored(path) == whole and path.read_text().count("\n") == 3


def test_a_scheduler_that_ends_is_said_in_a_sentence(tmp_path_factory, tmp_path):
    process, where = started_scheduler(tmp_path_factory)
    other, path = worker(where, "--no-nanny"), tmp_path / "a.jsonl"

    def kill():
        while not path.exists():
            time.sleep(0.01)
        process.kill()

    threading.Thread(target=kill, daemon=True).start()
    with pytest.raises(workers.NoCluster, match="The scheduler ended.*the same command goes on"), workers.on(where) as cluster:
        assert joblib.Parallel(1)([joblib.delayed(os.getpid)()]) == list(cluster.run(os.getpid).values())     # the only worker, not us
        cells.run(TWO, {"quick": quick_here()}, range(20), path, 100, cluster=cluster, progress=None)
    end(other, process)
    assert 1 <= len(cells.stored(path)) < 40
