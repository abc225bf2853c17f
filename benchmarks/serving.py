"""What HTTP costs, and whether 64 clients get fair shares. Prints ratios: machines differ. Nothing else may run meanwhile.

    python benchmarks/serving.py
"""
import statistics
import tempfile
import threading
import time
from pathlib import Path

from course_utils import api
from course_utils.api import client, http
from course_utils.attack import harvest
from course_utils.teacher import decoding, language, skills

PROMPTS, CLIENTS, EACH, ROUNDS = 2000, 64, 32, 5


def questions(n, seed):
    each = -(-n // 3)
    return [p.prompt for trio in zip(*(skills.problems(d, each, seed) for d in skills.DOMAINS[:3])) for p in trio][:n]


def seconds(work):
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def http_against_in_process(teacher, folder):
    """Median over rounds, in turns, of the time to harvest PROMPTS answers through the API over that of decoding them here."""
    asked = questions(PROMPTS, seed=3)
    order = sorted(asked, key=hash)                 # both sides meet the questions mixed

    def here():
        for start in range(0, PROMPTS, http.BATCH):
            decoding.answers(teacher, order[start:start + http.BATCH])

    inside, outside = [], []
    with api.serve({"teacher": teacher}) as server:
        for turn in range(ROUNDS + 1):              # the first is to warm up
            a = seconds(here)
            b = seconds(lambda: harvest.harvest(server, order, folder / f"{turn}.jsonl", at_once=16, progress=None))  # noqa: B023
            inside, outside = inside + [a], outside + [b]
        rows = len(server.ledger())
    assert rows == PROMPTS * (ROUNDS + 1)
    ratios = [b / a for a, b in zip(inside[1:], outside[1:])]
    print(f"{PROMPTS:,} prompts: in process {statistics.median(inside[1:]):.2f} s, through the API {statistics.median(outside[1:]):.2f} s; "
          f"ratio {statistics.median(ratios):.2f} (median of {ROUNDS} rounds, {min(ratios):.2f} to {max(ratios):.2f}); wanted: 1.5 or less")


def many_clients(teacher):
    """CLIENTS threads with a key each, one of them asking ten times as much as the others; when is each through?"""
    accounts = [api.Account(f"client {i}", f"k{i}") for i in range(CLIENTS)]
    asked, done, started = questions(EACH * CLIENTS, seed=5), {}, threading.Barrier(CLIENTS)

    def ask(i, server):
        text, own = client.text(server, f"k{i}"), asked[EACH * i:EACH * (i + 1)] * (10 if i == 0 else 1)
        started.wait()
        begun = time.perf_counter()
        text.completions.create(model="teacher", prompt=own)
        done[i] = time.perf_counter() - begun

    with api.serve({"teacher": teacher}, accounts=accounts) as server:
        client.text(server, "k0").completions.create(model="teacher", prompt=asked[:256])
        threads = [threading.Thread(target=ask, args=(i, server)) for i in range(CLIENTS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    small = [done[i] for i in range(1, CLIENTS)]
    fairness = sum(1 / s for s in small) ** 2 / (len(small) * sum(1 / s ** 2 for s in small))
    print(f"{CLIENTS} clients at once: all {len(done)} finished; those with {EACH} questions after {min(small):.2f} to {max(small):.2f} s, "
          f"the one with {10 * EACH} after {done[0]:.2f} s; Jain's index of the equal ones' speeds: {fairness:.3f} (1: equal)")


if __name__ == "__main__":
    model = language.load_language_teacher()
    with tempfile.TemporaryDirectory() as scratch:
        http_against_in_process(model, Path(scratch))
    many_clients(model)
