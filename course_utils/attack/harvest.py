"""The box "harvest": ask a list of questions through the API, within a budget, and lose no answer that was paid for.

One line of the file is one answer, in the chat form that fine-tuning tools read, and each field is of one type, whatever was asked:
    {"messages": [{"role": "user", "content": question}, {"role": "assistant", "content": answer}], "meta": {...}}
"""
import asyncio
import contextlib
import json
import math
import os
import re
import signal
import threading
import time
from pathlib import Path
from typing import NamedTuple

from tqdm.auto import tqdm

from ..api import client
from ..files import bundled
from ..teacher.skills import WORD

_OWED = {}                    # path -> rows that found no space on the disk: the next call in this kernel writes them first
_META = {"model": str, "temperature": (int, float), "max_tokens": int, "seed": int, "sample": int}
_START = b'{"messages": [{"role": "user", "content": '


class HarvestStopped(RuntimeError):
    """The harvest could not go on. Says why; what was answered is in the file, and the same call goes on from there.

    report: the Report so far; None where nothing was asked yet.
    """
    report = None


class Report(NamedTuple):
    answered: int             # answers in the file now
    asked: int                # of those, asked by this call
    refused: dict             # question -> why the API would not answer it; nothing was paid for these
    left: int                 # questions still without an answer: over the budget
    waits: int                # how often the API said "too fast" and was waited for
    seconds: float
    lost: int                 # at most so many answers may have been paid for and did not arrive: their connection broke off
    owed: int                 # answers that found no space on the disk; the same call in this kernel writes them first


# ---------------------------------------------------------------- the file

def _rows(path, content):
    """(the rows of a harvest's file, how many bytes hold them). A last line that a kill or a full disk cut off is no row.

    Any line end and a byte-order mark will do. Raises HarvestStopped where a line is not an answer.
    """
    rows, size = [], 0
    for number, line in enumerate(content.splitlines(keepends=True), start=1):
        if line.strip(b"\xef\xbb\xbf \t\r\n"):
            row = None
            try:
                row = json.loads(line.decode("utf-8-sig"))
                question, answer = row["messages"]
                if not all(isinstance(row["meta"][name], kind) for name, kind in _META.items()):
                    raise ValueError
                question["content"] + answer["content"] + ""   # a text each
            except (ValueError, KeyError, TypeError, RecursionError):
                tail = line.strip(b"\0")                       # a crash of the machine can leave zeros
                begun = tail.count(_START) == tail.startswith(_START) == 1 or rows and _START.startswith(tail)
                if row is None and begun and not line.endswith(b"\n"):
                    break
                raise HarvestStopped(f"Line {number} of {path} is not an answer of a harvest. Was the file edited? Give another path, "
                                     "or mend or delete that line.") from None
            rows.append(row)
        size += len(line)
    return rows, size


class _File:
    """The file of answers, with one writer: read once, then only appended to, and every append is on the disk when it returns."""

    def __init__(self, path, settings):
        self.path, self.settings, self.done, self.owed = Path(path).resolve(), settings, set(), []
        self.lost = 0                                          # answers that came when the file was gone
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            known = self.path.exists()                         # who deletes the file begins anew
            self.file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o666)
        except OSError as error:
            raise HarvestStopped(f"{self.path} cannot be written: {error.strerror}. Free some space, or give another path.") from error
        try:
            if not bundled.hold(self.file):
                raise HarvestStopped(f"Another harvest is writing to {self.path}, in this kernel or in another one. Wait until it has "
                                     "ended, or stop it, or give another path.")
            with open(self.file, "rb", closefd=False) as file:
                content = file.read()
            rows, self.size = _rows(self.path, content)
            owed = _OWED.get(self.path, []) if known else []
            for row in [*rows, *owed]:
                found = {name: row["meta"][name] for name in settings}
                if found != settings:
                    raise HarvestStopped(f"{self.path} holds a harvest with other settings: {found}, and now {settings}. One file is one "
                                         "harvest: give another path, or delete the file.")
            self.done = set(map(_identity, rows))
            self.start = b"" if content[:self.size].endswith((b"\n", b"\r")) or not self.size else b"\n"
            _OWED.pop(self.path, None)
            self.owed = owed
            os.ftruncate(self.file, self.size)
        except BaseException:
            self.close()
            raise

    def append(self, rows):
        """Write rows, those first that found no space before. Raises OSError when there is none: the file then ends in a whole row."""
        self.owed = [*self.owed, *rows]
        if not os.fstat(self.file).st_nlink:
            self.lost, self.owed = self.lost + len(self.owed), []
            raise HarvestStopped(f"{self.path} was deleted while the harvest wrote to it.")
        text = self.start + "".join(json.dumps(row) + "\n" for row in self.owed).encode()
        try:
            at = 0
            while at < len(text):
                at += os.write(self.file, text[at:])
            os.fsync(self.file)
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(self.file, self.size)
            raise
        self.size, self.start = self.size + len(text), b""
        self.done.update(map(_identity, self.owed))
        self.owed = []

    def close(self):
        if self.owed:
            _OWED[self.path] = self.owed
        os.close(self.file)


def _identity(row):
    return row["messages"][0]["content"], row["meta"]["sample"]


# ---------------------------------------------------------------- asking

def wait_after(error, longest=60.0):
    """Seconds that a RateLimitError asks to wait; None when no waiting helps, since the quota is spent."""
    if error.code == "insufficient_quota":
        return None
    headers = error.response.headers
    if "retry-after-ms" in headers:
        return min(longest, float(headers["retry-after-ms"]) / 1000)
    return min(longest, float(headers.get("retry-after", 1)))


class _Over(Exception):
    """Stopped, or in trouble: nothing more is asked."""


class _Asker:
    """Sends groups of questions, a few groups at once, and waits when it is told to. pressed: not empty when it is to stop."""

    def __init__(self, file, settings, at_once, pressed, refused, trouble):
        self.file, self.settings, self.pressed, self.refused, self.trouble = file, settings, pressed, refused, trouble
        self.gate, self.places = asyncio.Lock(), asyncio.Semaphore(at_once)
        self.waits = self.logprobs = self.lost = 0
        self.before = len(file.done)

    @property
    def asked(self):
        return len(self.file.done) - self.before

    async def _create(self, questions, sample):
        """The choices to a group of questions, and the seconds that they took. What was sent and is not answered counts as lost."""
        import openai  # a second of import: for those who do harvest

        if self.pressed or self.trouble:
            raise _Over
        started, arrived = time.perf_counter(), False
        try:
            # the body as it came: thousands of answers need no objects
            reply = await self.client.completions.with_raw_response.create(
                model=self.settings["model"], prompt=questions, temperature=self.settings["temperature"],
                max_tokens=self.settings["max_tokens"], seed=self.settings["seed"] + sample,
                **({} if self.logprobs is None else {"logprobs": 0}))
            choices = sorted(reply.http_response.json()["choices"], key=lambda choice: choice["index"])
            arrived = [choice["index"] for choice in choices] == list(range(len(questions)))
            if not arrived:
                raise HarvestStopped(f"The server sent {len(choices)} answers to {len(questions)} questions.")
            return choices, time.perf_counter() - started
        except openai.APIConnectionError as error:
            arrived = type(error.__cause__).__name__ in ("ConnectError", "ConnectTimeout", "PoolTimeout")     # it was never sent
            raise
        except openai.APIStatusError as error:
            arrived = error.status_code < 500
            raise
        finally:
            self.lost += 0 if arrived else len(questions)

    async def _patiently(self, questions, sample):
        """Ask; after a "too fast" wait as long as the API says, and from then on one at a time."""
        import openai

        while True:
            async with self.gate if self.waits else contextlib.nullcontext():
                try:
                    return await self._create(questions, sample)
                except openai.RateLimitError as error:
                    await self._wait(error)

    async def _wait(self, error):
        wait = wait_after(error)
        if wait is None:
            raise error
        self.waits += 1
        until = time.monotonic() + wait
        while (rest := until - time.monotonic()) > 0 and not (self.pressed or self.trouble):
            await asyncio.sleep(min(rest, 0.05))

    async def group(self, questions, sample):
        """Ask one group and write its answers down; a group with a question that is refused is asked one by one."""
        async with self.places:
            try:
                await self._group(questions, sample)
            except _Over:
                pass
            except Exception as error:
                self.trouble = self.trouble or error

    async def _group(self, questions, sample):
        import openai

        for attempt in range(4):
            try:
                choices, latency = await self._patiently(questions, sample)
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
        rows = []
        for question, choice in zip(questions, choices):
            values = (choice.get("logprobs") or {}).get("token_logprobs") or []
            rows.append({"messages": [{"role": "user", "content": question}, {"role": "assistant", "content": _whole(choice["text"])}],
                         "meta": {**self.settings, "sample": sample, "finish": choice["finish_reason"] or "",
                                  "confidence": math.exp(sum(values) / len(values)) if values else -1.0,
                                  "answer_tokens": len(values) or -1, "latency": round(latency, 4)}})
        self.file.append(rows)

    async def run(self, missing, room, per_request):
        """Ask for the first `room` of the missing answers, then for as many more as questions were refused, and so on."""
        while missing and room > self.asked and not (self.pressed or self.trouble):
            now, missing = missing[:room - self.asked], missing[room - self.asked:]
            groups = [([q for q, s in now if s == k], k) for k in sorted({s for _, s in now})]
            await asyncio.gather(*(self.group(part[i:i + per_request], k) for part, k in groups for i in range(0, len(part), per_request)))
            missing = [(question, k) for question, k in missing if question not in self.refused]


class _Button(contextlib.AbstractContextManager, list):
    """Within it, the stop button interrupts nothing and is written down here: an interruption at any line could lose an answer."""

    def __enter__(self):
        self.before = signal.getsignal(signal.SIGINT) if threading.current_thread() is threading.main_thread() else None
        if callable(self.before):                 # a shell's background job ignores it
            signal.signal(signal.SIGINT, lambda *_: self.append("pressed"))
        return self

    def __exit__(self, *_):
        if callable(self.before):
            signal.signal(signal.SIGINT, self.before)


def harvest(server, questions, path, *, model="teacher", key=None, temperature=0.0, max_tokens=64, samples=1, seed=0, budget=None,
            at_once=8, per_request=32, progress="harvest"):
    """Ask each question once, or `samples` times, and append every answer to the file `path`. Returns a Report.

    server: a Server, or an address on this machine with key=.... seed: sample k of a question is asked with seed + k, so that the same
    call gets the same answers. budget: at most so many answers in the file, those of earlier calls included. at_once, per_request: so
    many requests of so many questions are under way at a time.
    Stopped at any moment, by the stop button, by an error, by a kill: the same call goes on. What is in the file is not asked again; what
    was under way when the process was killed, at most at_once x per_request questions, may have been paid for and is asked again. (The stop
    button waits for it; pressed twice, it does not.) A question that occurs twice is asked once.
    Raises HarvestStopped: a spent quota, a wrong key, a server that is gone, a full disk, a file that another harvest made or writes to.
    """
    for name, value in {"at_once": at_once, "per_request": per_request, "samples": samples}.items():
        if not isinstance(value, int) or value < 1:
            raise ValueError(f"{name}={value!r}: it must be a whole number, 1 or more.")
    client.loopback(server)
    settings = {"model": model, "temperature": float(temperature), "max_tokens": int(max_tokens), "seed": int(seed)}
    started, questions = time.monotonic(), list(dict.fromkeys(questions))
    refused = {question: why for question in questions if (why := _unaskable(question))}
    with _Button() as pressed, contextlib.closing(_File(path, settings)) as file:
        try:
            file.append([])
            trouble = None
        except OSError as error:
            trouble = error
        missing = [(q, k) for k in range(samples) for q in questions if (q, k) not in file.done and q not in refused]
        room = len(missing) if budget is None else int(min(len(missing), max(0, budget - len(file.done))))
        asker = _Asker(file, settings, at_once, pressed, refused, trouble)
        _run(asker, server, key, missing, room, per_request, (samples * len(questions) - len(missing), progress))
        left = sum(question not in refused for question, _ in missing) - asker.asked
        report = Report(len(file.done), asker.asked, refused, left, asker.waits, time.monotonic() - started, asker.lost + file.lost,
                        len(file.owed))
    more = f" At most {report.lost:,} more may have been paid for, and did not arrive." if report.lost else ""
    if report.owed:
        more += f" {report.owed:,} more are paid for and found no space: the same call in this kernel writes them first."
    if pressed:
        stopped = KeyboardInterrupt(f"Stopped. {report.answered:,} answers are in {file.path}; run the cell again to go on.{more}")
    elif asker.trouble:
        stopped = HarvestStopped(f"{_why(asker.trouble)} {report.answered:,} answers are safe in {file.path}; the same call goes on from "
                                 f"there.{more}")
    else:
        return report
    stopped.report = report
    raise stopped from asker.trouble


def _whole(text):
    """A text with a question mark for each half of a character (a lone surrogate), which no table and no UTF-8 file can hold."""
    return text.encode("utf-8", "replace").decode()


def _unaskable(question):
    """Why a question cannot be sent at all; nothing where it can."""
    if not isinstance(question, str):
        return f"This is not a text: {question!r}."
    return "" if _whole(question) == question else "The text holds half a character (a lone surrogate), and cannot be sent."


def _why(error):
    import openai

    if isinstance(error, openai.APIConnectionError):
        return "The server does not answer. Is it running? (A restarted kernel has stopped it: run the cell with api.serve again.)"
    if isinstance(error, OSError):
        return f"The file cannot be written: {error.strerror or error}."
    if isinstance(error, openai.OpenAIError | HarvestStopped):
        return getattr(error, "body", None) and error.body.get("message") or str(error)
    return f"The server's answer cannot be read ({type(error).__name__}: {error})."


def _run(asker, server, key, missing, room, per_request, shown):
    """Run the asker in a thread with a loop of its own, since a notebook's loop is busy; keep the bar and the stop button here."""
    failure, finished, give_up = [], threading.Event(), []

    async def main():
        give_up.append((asyncio.get_running_loop(), asyncio.current_task()))
        # we do the waiting ourselves, for all requests together
        async with client.text_async(server, key, max_retries=0) as asker.client:
            with contextlib.suppress(asyncio.CancelledError):
                await asker.run(missing, room, per_request)

    def work():
        try:
            asyncio.run(main())
        except BaseException as error:            # to be raised where the reader sees it
            failure.append(error)
        finished.set()

    (before, progress), thread = shown, threading.Thread(target=work, daemon=True, name="harvest")
    with tqdm(total=before + room, initial=before, desc=progress, disable=progress is None, leave=False) as bar:
        thread.start()
        while not finished.wait(0.05):
            bar.update(before + asker.asked - bar.n)
            if asker.pressed:
                bar.set_description("stopping: waiting for what is under way")
            if len(asker.pressed) > 1 and give_up:
                loop, task = give_up.pop()
                with contextlib.suppress(RuntimeError):                  # it has ended just now
                    loop.call_soon_threadsafe(task.cancel)
    if failure:
        raise failure[0]


def read(path):
    """A harvest's file as a DataFrame: prompt, answer, sample, confidence (geometric mean probability of a token), prompt_tokens,
    answer_tokens, finish ("stop" or "length"), latency (seconds, of the request it was in). confidence and answer_tokens are NaN where the
    endpoint showed no log-probs (-1 in the file). Raises HarvestStopped where a line is not an answer.
    """
    import pandas as pd

    columns = ("prompt", "answer", "sample", "confidence", "prompt_tokens", "answer_tokens", "finish", "latency")
    rows = _rows(path, Path(path).read_bytes())[0]
    table = pd.DataFrame([{"prompt": _whole(question["content"]), "answer": _whole(answer["content"]), **row["meta"],
                           "prompt_tokens": len(re.findall(WORD, question["content"]))}
                          for row in rows for question, answer in [row["messages"]]], columns=columns)
    for name in ("confidence", "answer_tokens"):
        values = pd.to_numeric(table[name])
        table[name] = values.where(values >= 0)
    return table
