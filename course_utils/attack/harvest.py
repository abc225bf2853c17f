"""The box "harvest": ask a list of questions through the API, within a budget, and lose no answer that was paid for.

One line of the file is one answer, in the chat form that fine-tuning tools read:
    {"messages": [{"role": "user", "content": question}, {"role": "assistant", "content": answer}], "meta": {...}}
"""
import asyncio
import json
import math
import os
import threading
import time
from pathlib import Path
from typing import NamedTuple

from tqdm.auto import tqdm

from ..api import client
from ..teacher.skills import TOKENIZER

# ---------------------------------------------------------------- planning

# ---------------------------------------------------------------- doing it

class HarvestStopped(RuntimeError):
    """The harvest could not go on. Says why; what was answered is in the file, and the same call goes on from there."""


class Report(NamedTuple):
    answered: int             # answers in the file now
    asked: int                # of those, asked by this call
    refused: dict             # question -> why the API would not answer it; nothing was paid for these
    left: int                 # questions still without an answer: over the budget
    waits: int                # how often the API said "too fast" and was waited for
    seconds: float


class _File:
    """The file of answers: read once, then only appended to, and every append is on the disk when it returns."""

    def __init__(self, path, settings):
        self.path, self.settings, self.done = Path(path), settings, set()
        content = self.path.read_bytes() if self.path.exists() else b""
        whole = content.rfind(b"\n") + 1                      # a last line without its end was cut off by a kill: it does not count
        for number, line in enumerate(content[:whole].splitlines(), start=1):
            self.done.add(self._identity(number, line))
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.file = os.open(self.path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0))
        os.ftruncate(self.file, whole)
        os.lseek(self.file, whole, os.SEEK_SET)

    def _identity(self, number, line):
        try:
            row = json.loads(line)
            question, meta = row["messages"][0]["content"], row["meta"]
            found = {name: meta[name] for name in self.settings}
            sample = meta["sample"]
        except (ValueError, KeyError, IndexError, TypeError):
            raise HarvestStopped(f"Line {number} of {self.path} is not an answer of a harvest. Was the file edited? Give another path, "
                                 "or mend or delete that line.") from None
        if found != self.settings:
            raise HarvestStopped(f"{self.path} holds a harvest with other settings: {found}, and now {self.settings}. One file is one "
                                 "harvest: give another path, or delete the file.")
        return question, sample

    def append(self, rows):
        text = "".join(json.dumps(row) + "\n" for row in rows).encode()
        while text:
            text = text[os.write(self.file, text):]
        os.fsync(self.file)
        self.done.update((row["messages"][0]["content"], row["meta"]["sample"]) for row in rows)

    def close(self):
        os.close(self.file)


def wait_after(error, longest=60.0):
    """Seconds that a RateLimitError asks to wait; None when no waiting helps, since the quota is spent."""
    if error.code == "insufficient_quota":
        return None
    headers = error.response.headers
    if "retry-after-ms" in headers:
        return min(longest, float(headers["retry-after-ms"]) / 1000)
    return min(longest, float(headers.get("retry-after", 1)))


class _Asker:
    """Sends groups of questions, a few groups at once, and waits when it is told to."""

    def __init__(self, asking, file, settings, at_once):
        self.client, self.file, self.settings = asking, file, settings
        self.gate, self.places = asyncio.Lock(), asyncio.Semaphore(at_once)
        self.refused, self.asked, self.waits, self.logprobs, self.stop, self.trouble = {}, 0, 0, 0, False, None

    async def _create(self, questions, sample):
        # the body as it came: thousands of answers need no objects
        reply = await self.client.completions.with_raw_response.create(
            model=self.settings["model"], prompt=questions, temperature=self.settings["temperature"],
            max_tokens=self.settings["max_tokens"], seed=self.settings["seed"] + sample,
            **({} if self.logprobs is None else {"logprobs": 0}))
        return reply.http_response.json()["choices"]

    async def _patiently(self, questions, sample):
        """Ask; after a "too fast" wait as long as the API says, and from then on one at a time."""
        import openai  # a second of import: for those who do harvest

        if not self.waits:
            try:
                return await self._create(questions, sample)
            except openai.RateLimitError as error:
                await self._wait(error)
        async with self.gate:
            while True:
                try:
                    return await self._create(questions, sample)
                except openai.RateLimitError as error:
                    await self._wait(error)

    async def _wait(self, error):
        wait = wait_after(error)
        if wait is None:
            raise error
        self.waits += 1
        await asyncio.sleep(wait)

    async def group(self, questions, sample):
        """Ask one group and write its answers down; a group with a question that is refused is asked one by one."""
        import openai

        async with self.places:
            if self.stop or self.trouble:
                return
            try:
                await self._group(questions, sample)
            except (openai.OpenAIError, OSError, HarvestStopped) as error:
                self.trouble = self.trouble or error

    async def _group(self, questions, sample):
        import openai

        for attempt in range(4):
            started = time.time()
            try:
                choices = await self._patiently(questions, sample)
                break
            except openai.APIConnectionError:
                if attempt == 3:
                    raise
                await asyncio.sleep(0.2 * 2 ** attempt)       # a server that is just starting, or a lost connection
            except openai.BadRequestError as error:
                if error.code == "not_offered" and error.param == "logprobs" and self.logprobs is not None:
                    self.logprobs = None                      # the endpoint shows no log-probs: then without a confidence
                    continue
                if error.code == "too_many_at_once":
                    raise HarvestStopped(f"{error.body['message']} Use per_request=... of at most that.") from None
                if len(questions) == 1:
                    self.refused[questions[0]] = error.body["message"]
                    return
                for question in questions:
                    await self._group([question], sample)
                return
        latency = time.time() - started
        rows = []
        for question, choice in zip(questions, choices):
            values = choice["logprobs"]["token_logprobs"] if choice["logprobs"] else []
            rows.append({"messages": [{"role": "user", "content": question}, {"role": "assistant", "content": choice["text"]}],
                         "meta": {**self.settings, "sample": sample, "finish": choice["finish_reason"],
                                  "confidence": math.exp(sum(values) / len(values)) if values else None,
                                  "answer_tokens": len(values) if values else None, "latency": round(latency, 4)}})
        self.file.append(rows)
        self.asked += len(rows)

    async def run(self, groups):
        await asyncio.gather(*(self.group(questions, sample) for questions, sample in groups))
        await self.client.close()


def harvest(server, questions, path, *, model="teacher", key=None, temperature=0.0, max_tokens=64, samples=1, seed=0, budget=None,
            at_once=8, per_request=32, progress="harvest"):
    """Ask each question once, or `samples` times, and append every answer to the file `path`. Returns a Report.

    server: a Server, or an address on this machine with key=.... seed: sample k of a question is asked with seed + k, so that the same
    call gets the same answers. budget: at most so many answers in the file, those of earlier calls included. at_once, per_request: so
    many requests of so many questions are under way at a time.
    Stopped at any moment, by the stop button, by an error, by a kill: the same call goes on. What is in the file is not asked again; what
    was under way when the process was killed, at most at_once x per_request questions, may have been paid for and is asked again. (The stop
    button waits for it.) A question that occurs twice is asked once.
    Raises HarvestStopped: a spent quota, a wrong key, a server that is gone, a file of another harvest.
    """
    settings = {"model": model, "temperature": temperature, "max_tokens": max_tokens, "seed": seed}
    started, file = time.time(), _File(path, settings)
    try:
        wanted = [(question, k) for k in range(samples) for question in dict.fromkeys(questions)]
        room = len(wanted) if budget is None else max(0, budget - len(file.done))
        missing = [item for item in wanted if item not in file.done]
        before, now = len(wanted) - len(missing), missing[:room]
        groups = [([q for q, s in now if s == k][i:i + per_request], k) for k in range(samples)
                  for i in range(0, sum(s == k for _, s in now), per_request)]
        asker = _run(server, key, file, settings, at_once, groups, (before, before + len(now)), progress)
    finally:
        file.close()
    report = Report(len(file.done), asker.asked, asker.refused, len(missing) - asker.asked - len(asker.refused), asker.waits,
                    time.time() - started)
    if asker.stop:
        raise KeyboardInterrupt(f"Stopped. {report.answered:,} answers are in {file.path}; run the cell again to go on.")
    if asker.trouble:
        raise HarvestStopped(f"{_why(asker.trouble)} {report.answered:,} answers are safe in {file.path}; the same call goes on from "
                             "there.") from asker.trouble
    return report


def _why(error):
    import openai

    if isinstance(error, openai.APIConnectionError):
        return "The server does not answer. Is it running? (A restarted kernel has stopped it: run the cell with api.serve again.)"
    return getattr(error, "body", None) and error.body.get("message") or str(error)


def _run(server, key, file, settings, at_once, groups, span, progress):
    """Run the asker in a thread with a loop of its own, since a notebook's loop is busy; keep the bar and the stop button here."""
    asker = None

    async def main():
        nonlocal asker
        # we do the waiting ourselves, for all requests together
        asker = _Asker(client.text_async(server, key, max_retries=0), file, settings, at_once)
        await asker.run(groups)

    client.loopback(server)
    failure, finished = [], threading.Event()

    def work():
        try:
            asyncio.run(main())
        except BaseException as error:            # to be raised where the reader sees it
            failure.append(error)
        finished.set()

    thread = threading.Thread(target=work, daemon=True, name="harvest")
    with tqdm(total=span[1], initial=span[0], desc=progress, disable=progress is None, leave=False) as bar:
        thread.start()
        while not finished.is_set():              # not thread.join: an interrupted join takes its thread for ended
            try:
                finished.wait(0.05)
                if asker:
                    bar.update(span[0] + asker.asked - bar.n)
            except KeyboardInterrupt:
                if asker:
                    asker.stop = True             # what is under way is paid for: wait until it is written
    if failure:
        raise failure[0]
    return asker


def read(path):
    """A harvest's file as a DataFrame: prompt, answer, sample, confidence (geometric mean probability of a token; None where the endpoint
    showed no log-probs), prompt_tokens, answer_tokens, finish ("stop" or "length"), latency (seconds, of the request it was in).
    """
    import pandas as pd

    rows = [json.loads(line) for line in Path(path).read_text().splitlines()]
    columns = ("prompt", "answer", "sample", "confidence", "prompt_tokens", "answer_tokens", "finish", "latency")
    return pd.DataFrame([{"prompt": question["content"], "answer": answer["content"], **row["meta"],
                          "prompt_tokens": len(TOKENIZER.encode(question["content"]))}
                         for row in rows for question, answer in [row["messages"]]], columns=columns)
