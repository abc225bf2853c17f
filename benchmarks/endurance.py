"""Does the API last? 200 clients for a minute, then 20,000 requests; no error, and memory that does not grow: make endurance.

    python benchmarks/endurance.py [SECONDS REQUESTS]

The server is a process of its own, so that its memory is not mixed with the clients'. Kept connections, three kinds of requests.
"""
import asyncio
import collections
import json
import os
import ssl
import subprocess
import sys
import time

import httpx2
import psutil

from course_utils.files.digits import mnist
from course_utils.teacher import skills

CLIENTS, GROWTH = 200, 0.05
TLS = ssl.create_default_context()        # one for all, never used: to make one takes 30 ms
SERVER = """
import sys
from course_utils import api
from course_utils.teacher import classifier, language
server = api.serve({"teacher": language.load_language_teacher(), "digits": classifier.load_teacher()},
                   accounts=[api.Account(f"client {i}", f"k{i}") for i in range(%d)])
print(server.url, flush=True)
sys.stdin.readline()
print(len(server.ledger()), sum(a.spent for a in server.accounts), flush=True)
server.stop()
"""


def requests():
    """Bodies without end: a chat, a completion with log-probs, a tensor; each with the path it goes to."""
    prompts = [p.prompt for domain in skills.DOMAINS[:3] for p in skills.problems(domain, 200, seed=7)]
    images = (mnist().test.x[:100] * 255).round().int().tolist()
    for i in range(10 ** 9):
        yield "/v1/chat/completions", {"model": "teacher", "messages": [{"role": "user", "content": prompts[i % len(prompts)]}]}
        yield "/v1/completions", {"model": "teacher", "prompt": prompts[(7 * i) % len(prompts)], "logprobs": 2}
        yield "/v2/models/digits/infer", {"inputs": [{"name": "x", "shape": [1, 784], "datatype": "UINT8", "data": images[i % 100]}]}


async def load(url, most, until):
    """Status -> how often, of up to `most` requests by CLIENTS clients until a time."""
    tally, todo, asked = collections.Counter(), requests(), iter(range(most))

    async def one(i):
        async with httpx2.AsyncClient(base_url=url, headers={"Authorization": f"Bearer k{i}"}, trust_env=False, timeout=60,
                                      verify=TLS) as client:
            for _ in asked:
                if time.monotonic() > until:
                    return
                path, body = next(todo)
                try:
                    tally[(await client.post(path, json=body)).status_code] += 1
                except httpx2.HTTPError as error:
                    tally[type(error).__name__] += 1

    await asyncio.gather(*map(one, range(CLIENTS)))
    return tally


def main(seconds=60, most=20_000):
    with subprocess.Popen([sys.executable, "-c", SERVER % CLIENTS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                          env=os.environ | {"OMP_NUM_THREADS": "1"}) as process:
        url, memory = process.stdout.readline().strip(), psutil.Process(process.pid).memory_info
        phases, sizes = [("warming up", 10 ** 9, 10)] + [(f"{CLIENTS} clients for {seconds} s", 10 ** 9, seconds)] + [
            (f"requests {i * most // 4 + 1:,} to {(i + 1) * most // 4:,}", most // 4, 10 ** 6) for i in range(4)], []
        tally = collections.Counter()
        for words, few, limit in phases:
            started = time.monotonic()
            got = asyncio.run(load(url, few, started + limit))
            sizes.append(memory().rss / 1e6)
            tally += got
            speed = sum(got.values()) / (time.monotonic() - started)
            print(f"{words:28} answers by status {dict(got)}, {speed:.0f} a second; memory of the server {sizes[-1]:.0f} MB", flush=True)
        process.stdin.write("\n")
        process.stdin.flush()
        rows, spent = map(int, process.stdout.readline().split())
    growth, highest = (round(size / sizes[1] - 1, 4) for size in (sizes[-1], max(sizes)))
    bad = {status: n for status, n in tally.items() if status != 200}
    print(json.dumps({"errors": bad, "growth": growth, "highest": highest, "answers": tally[200], "rows": rows, "charged": spent}))
    sys.exit(bool(bad) or highest > GROWTH or not rows == spent == tally[200])


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
