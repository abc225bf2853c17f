"""The API under load: latency and throughput against the number of clients that ask at once, 1 to 256. Nothing else may run meanwhile.

    OMP_NUM_THREADS=1 python benchmarks/load.py [SECONDS ROUNDS]

Writes load.csv, which lesson 05 draws: one row for each level and round. The server is a process of its own, with clocks put around its
model and its ledger. Each client sends one question, waits for the answer, and sends the next (a closed loop). Times are means of a
request in milliseconds:

    queue     from its arrival until its batch starts          model     while its batch is decoded
    ledger    until its row is on the disk                     http      what is left: parsing, sending, and the client's own work
"""
import asyncio
import csv
import json
import os
import platform
import ssl
import statistics
import subprocess
import sys
import time
from pathlib import Path

import httpx2

from course_utils.teacher import skills

CSV = Path(__file__).with_name("load.csv")
LEVELS = tuple(2 ** i for i in range(9))
COLUMNS = ("round", "clients", "requests", "per second", "p50", "p95", "queue", "model", "ledger", "http", "batch", "ledger busy",
           "server cpu", "client cpu", "machine")
TLS = ssl.create_default_context()        # one for all, never used: to make one takes 30 ms
SERVER = """
import json, sys, time
from course_utils import api
from course_utils.api import http, ledger
from course_utils.teacher import language
clocks = {"queue": [], "model": [], "keep": [], "commit": [], "batch": []}
run, keep, write = http.Desk.run, http.Desk.keep, ledger.Ledger.write

def timed_run(self, name, questions):
    begun = time.time()
    answers = run(self, name, questions)
    clocks["queue"] += [begun - q.arrived for q in questions]
    clocks["model"] += [time.time() - begun] * len(questions)
    clocks["batch"].append(len(questions))
    return answers

async def timed_keep(self, rows):
    begun = time.perf_counter()
    await keep(self, rows)
    clocks["keep"].append(time.perf_counter() - begun)

def timed_write(self, rows):
    begun = time.perf_counter()
    write(self, rows)
    clocks["commit"].append(time.perf_counter() - begun)

http.Desk.run, http.Desk.keep, ledger.Ledger.write = timed_run, timed_keep, timed_write
server = api.serve({"teacher": language.load_language_teacher()}, accounts=[api.Account(f"client {i}", f"k{i}") for i in range(256)])
print(server.url, flush=True)
for line in sys.stdin:
    print(json.dumps({**{name: [sum(times), len(times)] for name, times in clocks.items()}, "cpu": time.process_time()}), flush=True)
    for times in clocks.values():
        times.clear()
server.stop()
"""


def machine():
    """The processor, the cores that this process may use, the system and Python, in a few words."""
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    model = next((line.split(": ", 1)[1] for line in lines if line.startswith("model name")), platform.processor())
    return f"{model}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"


async def level(url, clients, seconds, prompts):
    """The latencies in seconds of all requests that `clients` send one after another until the time is over, and the seconds it took."""
    latencies, end = [], time.perf_counter() + seconds

    async def one(i):
        async with httpx2.AsyncClient(base_url=url, headers={"Authorization": f"Bearer k{i}"}, trust_env=False, timeout=60,
                                      verify=TLS) as client:
            while (begun := time.perf_counter()) < end:
                prompt = prompts[len(latencies) * 7 % len(prompts)]
                body = {"model": "teacher", "messages": [{"role": "user", "content": prompt}]}
                (await client.post("/v1/chat/completions", json=body)).raise_for_status()
                latencies.append(time.perf_counter() - begun)

    begun = time.perf_counter()
    await asyncio.gather(*map(one, range(clients)))
    return latencies, time.perf_counter() - begun


def measured(seconds, rounds):
    """The rows of load.csv."""
    prompts = [p.prompt for domain in skills.DOMAINS[:3] for p in skills.problems(domain, 400, seed=7)]
    with subprocess.Popen([sys.executable, "-c", SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                          env=os.environ | {"OMP_NUM_THREADS": "1"}) as process:
        url = process.stdout.readline().strip()

        def clocks():
            process.stdin.write("\n")
            process.stdin.flush()
            return json.loads(process.stdout.readline())

        asyncio.run(level(url, 64, 2, prompts))                       # to warm up
        for turn in range(rounds):
            for clients in LEVELS if turn % 2 == 0 else LEVELS[::-1]:
                before, cpu = clocks()["cpu"], time.process_time()
                latencies, took = asyncio.run(level(url, clients, seconds, prompts))
                cpu, told = time.process_time() - cpu, clocks()
                parts = {part: 1000 * told[name][0] / told[name][1] for part, name in
                         (("queue", "queue"), ("model", "model"), ("ledger", "keep"))}
                cuts = statistics.quantiles([1000 * latency for latency in latencies], n=20)
                row = {"round": turn, "clients": clients, "requests": len(latencies), "per second": len(latencies) / took,
                       "p50": cuts[9], "p95": cuts[18], **parts,
                       "http": 1000 * statistics.mean(latencies) - sum(parts.values()), "batch": told["batch"][0] / told["batch"][1],
                       "ledger busy": told["commit"][0] / took, "server cpu": (told["cpu"] - before) / took, "client cpu": cpu / took}
                yield {name: f"{value:.3f}" if isinstance(value, float) else value for name, value in row.items()} | {"machine": machine()}
        process.stdin.close()


def main(seconds=2.5, rounds=5):
    with CSV.open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        for row in measured(float(seconds), int(rounds)):
            writer.writerow(row)
            print(*(f"{name} {value}" for name, value in row.items() if name != "machine"), sep=", ", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
