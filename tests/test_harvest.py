"""The harvester: within its budget, patient, and without a lost or a repeated answer whatever happens to it."""
import contextlib
import errno
import http.server
import json
import os
import signal
import stat
import subprocess
import sys
import threading
import time
from types import SimpleNamespace

import pytest
import stress_harvest

from course_utils import api
from course_utils.api import client
from course_utils.attack import harvest
from course_utils.teacher import decoding, language, skills

QUESTIONS = [p.prompt for d in skills.DOMAINS[:3] for p in skills.problems(d, 40, seed=4)]


@pytest.fixture(scope="module")
def teacher():
    return {"teacher": language.load_language_teacher()}


@pytest.fixture
def server(teacher):
    with api.serve(teacher) as running:
        yield running


def collect(server, path, questions=QUESTIONS, **settings):
    return harvest.harvest(server, questions, path, progress=None, **settings)


def test_every_question_is_answered_once(server, teacher, tmp_path):
    report = collect(server, tmp_path / "a.jsonl", QUESTIONS + QUESTIONS[:10])
    assert report[:4] == (120, 120, {}, 0) and report.waits == 0
    rows = harvest.read(tmp_path / "a.jsonl")
    assert sorted(rows.prompt) == sorted(QUESTIONS) and (rows.finish == "stop").all() and rows.confidence.between(0.5, 1).all()
    assert dict(zip(rows.prompt, rows.answer)) == dict(zip(QUESTIONS, decoding.answers(teacher["teacher"], QUESTIONS)))
    again = collect(server, tmp_path / "a.jsonl")
    assert again.asked == 0 and again.answered == 120 and len(server.ledger()) == 120


def test_the_file_is_what_fine_tuning_tools_read(server, tmp_path):
    collect(server, tmp_path / "a.jsonl", QUESTIONS[:3])
    for line in (tmp_path / "a.jsonl").read_text().splitlines():
        roles = [(message["role"], type(message["content"])) for message in json.loads(line)["messages"]]
        assert roles == [("user", str), ("assistant", str)]


def test_budget_and_samples(server, tmp_path):
    first = collect(server, tmp_path / "a.jsonl", budget=50, temperature=1.0, samples=2)
    assert (first.asked, first.left) == (50, 190)
    assert collect(server, tmp_path / "a.jsonl", budget=50, temperature=1.0, samples=2).asked == 0
    rest = collect(server, tmp_path / "a.jsonl", temperature=1.0, samples=2)
    assert rest.answered == 240 and rest.left == 0
    rows = harvest.read(tmp_path / "a.jsonl")
    assert not rows.duplicated(["prompt", "sample"]).any()
    two = rows.sort_values("sample").groupby("prompt").answer.nunique()
    assert (two > 1).any()                                       # another sample is another seed
    collect(server, tmp_path / "b.jsonl", temperature=1.0, samples=2)
    assert harvest.read(tmp_path / "b.jsonl").set_index(["prompt", "sample"]).answer.to_dict() == \
        rows.set_index(["prompt", "sample"]).answer.to_dict()    # and the same call gets the same answers


def test_refused_questions_cost_nothing_and_stop_nobody(server, tmp_path):
    report = collect(server, tmp_path / "a.jsonl", [*QUESTIONS[:20], "write a poem :", *QUESTIONS[20:40]])
    assert report.answered == 40 and list(report.refused) == ["write a poem :"] and "no token" in report.refused["write a poem :"]
    assert report.left == 0 and len(server.ledger()) == 40


def test_it_waits_when_told_to(teacher, tmp_path):
    accounts = [api.Account("slow", "k", per_minute=3000, burst=16)]          # 50 a second
    with api.serve(teacher, accounts=accounts) as server:
        started = time.perf_counter()
        report = collect(server, tmp_path / "a.jsonl", per_request=8)
        took = time.perf_counter() - started
    assert report.answered == 120 and took > 104 / 50 * 0.9
    assert 0 < report.waits <= 120 / 8 + 8                       # eight at first, then one at a time: about one refusal for each request


def test_reasons_to_stop(teacher, tmp_path):
    accounts = [api.Account("poor", "k", quota=30), api.Account("tiny", "t", per_minute=60, burst=4)]
    with api.serve(teacher, accounts=accounts) as server:
        with pytest.raises(harvest.HarvestStopped, match="quota of this key is spent.*answers are safe"):
            collect(server, tmp_path / "a.jsonl", per_request=10)
        with pytest.raises(harvest.HarvestStopped, match="not a key of this server"):
            collect(server, tmp_path / "b.jsonl", key="wrong")
        with pytest.raises(harvest.HarvestStopped, match="Use per_request"):
            collect(server, tmp_path / "b.jsonl", key="t")
        with pytest.raises(harvest.HarvestStopped, match="There is no model 'gpt'"):
            collect(server, tmp_path / "b.jsonl", model="gpt")
    assert len(harvest.read(tmp_path / "a.jsonl")) == 30
    with pytest.raises(harvest.HarvestStopped, match="does not answer. Is it running"):
        collect(server, tmp_path / "a.jsonl")
    with pytest.raises(client.NotLoopback):
        collect("https://api.openai.com", tmp_path / "c.jsonl", key="k")


def test_a_file_of_another_harvest(server, tmp_path):
    collect(server, tmp_path / "a.jsonl", QUESTIONS[:3])
    with pytest.raises(harvest.HarvestStopped, match="other settings"):
        collect(server, tmp_path / "a.jsonl", temperature=1.0)
    (tmp_path / "b.jsonl").write_text("hello\n")
    with pytest.raises(harvest.HarvestStopped, match="Line 1 of"):
        collect(server, tmp_path / "b.jsonl")


def test_half_a_line_is_asked_again(server, tmp_path):
    collect(server, tmp_path / "a.jsonl")
    content = (tmp_path / "a.jsonl").read_bytes()
    (tmp_path / "a.jsonl").write_bytes(content[:-40])
    report = collect(server, tmp_path / "a.jsonl")
    assert (report.asked, report.answered) == (1, 120) and sorted(harvest.read(tmp_path / "a.jsonl").prompt) == sorted(QUESTIONS)


def test_an_endpoint_without_log_probs(teacher, tmp_path):
    with api.serve(teacher, reveal=api.Reveal(top_logprobs=0)) as server:
        assert collect(server, tmp_path / "a.jsonl").answered == 120
        assert harvest.read(tmp_path / "a.jsonl").confidence.isna().all() and len(server.ledger()) == 120


def test_the_stop_button_waits_for_what_is_paid(teacher, tmp_path):
    accounts = [api.Account("slow", "k", per_minute=3000, burst=8)]
    with api.serve(teacher, accounts=accounts) as server:
        code = ("import os, signal, threading, time\nfrom course_utils.attack import harvest\n"
                "signal.signal(signal.SIGINT, signal.default_int_handler)\n"          # a shell's background jobs ignore it
                f"def stop(path={str(tmp_path / 'a.jsonl')!r}):\n"
                "    while not os.path.exists(path) or not os.path.getsize(path): time.sleep(0.01)\n"
                "    os.kill(os.getpid(), signal.SIGINT)\n"
                "threading.Thread(target=stop).start()\n"
                f"harvest.harvest({server.url!r}, {QUESTIONS!r}, {str(tmp_path / 'a.jsonl')!r}, key='k', per_request=8, progress=None)")
        ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
        assert "KeyboardInterrupt: Stopped." in ended.stderr and "run the cell again" in ended.stderr
        rows = harvest.read(tmp_path / "a.jsonl")
        assert 0 < len(rows) < 120 and len(server.ledger()) == len(rows)
        assert collect(server, tmp_path / "a.jsonl", per_request=8).answered == 120 and len(server.ledger()) == 120


def test_two_threads_and_a_running_loop(server, tmp_path):
    """A notebook has a loop of its own; a harvest does not mind."""
    import asyncio

    async def cell():
        return collect(server, tmp_path / "a.jsonl", QUESTIONS[:5])

    assert asyncio.run(cell()).answered == 5
    results = []
    threads = [threading.Thread(target=lambda i=i: results.append(collect(server, tmp_path / f"{i}.jsonl"))) for i in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [r.answered for r in results] == [120, 120]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills child processes")
def test_killed_stopped_starved_and_doubled_at_random_moments(teacher, capsys):
    """A short form of `make stress`: every answer that was paid for is accounted for."""
    with capsys.disabled():
        print()
        assert len(stress_harvest.run(4, 2, 2, 2, size=40, teacher=teacher["teacher"])) == 4


# ---------------------------------------------------------------- a server that behaves as badly as a test wants, and counts what is paid

class Rough(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_POST(self):
        body, server = json.loads(self.rfile.read(int(self.headers["Content-Length"]))), self.server
        asked = body["prompt"]
        with server.lock:
            server.requests.append(asked)
            trouble = server.trouble(asked)
            if not trouble:
                server.paid += asked
        time.sleep(server.slow())
        status, reply, headers = trouble or (200, {"choices": [{
            "index": i, "text": f"to {text} \ud800", "finish_reason": "stop",
            "logprobs": {"token_logprobs": [-0.1, -0.2]} if "logprobs" in body and server.shown else None}
            for i, text in enumerate(asked)]}, {})
        reply = json.dumps(reply).encode()
        with contextlib.suppress(OSError):
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", "Content-Length": str(len(reply)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply)


def refusal(status, message, code=None, **headers):
    return status, {"error": {"message": message, "type": "t", "param": None, "code": code}}, headers


@pytest.fixture
def rough():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Rough)
    server.daemon_threads, server.block_on_close = True, False
    server.url, server.key, server.lock = f"http://127.0.0.1:{server.server_port}", "k", threading.Lock()
    server.paid, server.requests, server.trouble, server.slow, server.shown = [], [], lambda asked: None, lambda: 0, True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


ASKED = [f"question {i}" for i in range(200)]


@pytest.fixture
def path(tmp_path):
    yield tmp_path / "a.jsonl"
    harvest._OWED.clear()


def press(after):
    """The stop button, so many seconds from now."""
    timer = threading.Timer(after, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    return timer


def texts(path):
    return harvest.read(path).prompt.tolist()


def test_one_writer_a_file(rough, path):
    rough.slow = lambda: 0.3
    others = []
    thread = threading.Thread(target=lambda: others.append(collect(rough, path, ASKED)))
    thread.start()
    while not rough.requests:
        time.sleep(0.01)
    (path.parent / "link.jsonl").symlink_to(path)
    for same in (path, path.parent / "link.jsonl", os.path.relpath(path)):
        with pytest.raises(harvest.HarvestStopped, match="Another harvest is writing to .*a.jsonl.*give another path"):
            collect(rough, same, ASKED)
    thread.join(20)
    assert others[0].answered == 200 and sorted(texts(path)) == sorted(ASKED) == sorted(rough.paid)
    assert collect(rough, path, ASKED).asked == 0


def test_the_lock_of_another_process(rough, path):
    other = subprocess.Popen([sys.executable, "-c", "import sys\nfrom course_utils.files import bundled\n"
                              f"file = open({str(path)!r}, 'a')\nprint(bundled.hold(file.fileno()), flush=True)\nsys.stdin.read()"],
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert other.stdout.readline() == "True\n"
    with pytest.raises(harvest.HarvestStopped, match="in this kernel or in another one"):
        collect(rough, path, ASKED)
    other.communicate("", timeout=20)
    assert collect(rough, path, ASKED).answered == 200


def test_stop_means_stop_also_under_a_limit(rough, path):
    """It was told to wait 50 seconds, and seven other groups wait for their turn."""
    rough.trouble = lambda asked: refusal(429, "Too fast.", "rate_limit_exceeded", **{"retry-after-ms": "50000"}) if rough.paid else None
    press(1)
    started = time.perf_counter()
    with pytest.raises(KeyboardInterrupt, match="Stopped. 10 answers are in .*run the cell again to go on") as stopped:
        collect(rough, path, ASKED, per_request=10)
    assert time.perf_counter() - started < 4 and rough.paid == texts(path) and stopped.value.report.lost == 0
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_what_is_under_way_is_waited_for_and_pressing_twice_gives_it_up(rough, path):
    rough.slow = lambda: 1.5
    press(0.7)
    with pytest.raises(KeyboardInterrupt) as stopped:
        collect(rough, path, ASKED, per_request=10)
    assert sorted(rough.paid) == sorted(texts(path)) and len(rough.paid) == stopped.value.report.asked == 80
    rough.slow, _, _ = (lambda: 30), press(0.5), press(1)
    started = time.perf_counter()
    with pytest.raises(KeyboardInterrupt, match="At most 80 more may have been paid for, and did not arrive") as stopped:
        collect(rough, path, ASKED, per_request=10)
    assert time.perf_counter() - started < 5 and 0 < len(rough.paid) - len(texts(path)) <= stopped.value.report.lost


@pytest.mark.parametrize("wrong", [{"at_once": 0}, {"at_once": -1}, {"per_request": 0}, {"samples": 0}, {"at_once": 1.5}])
def test_nothing_at_once_is_refused(rough, path, wrong):
    with pytest.raises(ValueError, match=f"{next(iter(wrong))}=.*must be a whole number, 1 or more"):
        collect(rough, path, ASKED, **wrong)
    assert not path.exists()


@pytest.mark.parametrize("where", ["first", "everywhere"])
def test_a_refused_question_costs_no_budget(rough, path, where):
    bad = [f"bad {i}" for i in range(10)]
    asked = [*bad, *ASKED[:90]] if where == "first" else [q for i in range(10) for q in (bad[i], *ASKED[9 * i:9 * i + 9])]
    rough.trouble = lambda asked: refusal(400, "No such word.") if any(q in bad for q in asked) else None
    report = collect(rough, path, asked, budget=10, per_request=4)
    assert (report.answered, report.left) == (10, 100 - 10 - len(report.refused)) and sorted(rough.paid) == sorted(texts(path))
    assert set(report.refused) <= set(bad) and (where == "everywhere" or set(report.refused) == set(bad))
    again = collect(rough, path, asked, budget=90, samples=2)
    assert (again.answered, again.left) == (90, 90) and len(rough.paid) == 90


def test_what_cannot_be_sent_is_refused(rough, path):
    report = collect(rough, path, [*ASKED[:20], "half \ud800", *ASKED[20:40], None, 7.5, "schön"])
    assert report.answered == 41 and len(rough.paid) == 41 and report.left == 0
    assert "lone surrogate" in report.refused["half \ud800"] and report.refused[None] == "This is not a text: None."
    assert set(report.refused) == {"half \ud800", None, 7.5} and "schön" in texts(path)


def test_a_server_that_stalls_is_in_the_report(rough, path, monkeypatch):
    """The client gives up, asks again, and both requests are paid for."""
    settings = client._settings
    monkeypatch.setattr(client, "_settings", lambda *them: (*settings(*them)[:2], {**settings(*them)[2], "timeout": 0.5}))
    rough.slow = lambda: 1.2 if len(rough.requests) <= 8 else 0
    report = collect(rough, path, ASKED)
    assert report.answered == 200 == len(set(texts(path))) and report.lost == len(rough.paid) - 200 > 0
    rough.trouble = lambda asked: refusal(500, "The model failed.")
    with pytest.raises(harvest.HarvestStopped, match="The model failed.*At most 32 more may have been paid for") as stopped:
        collect(rough, path, [f"more {i}" for i in range(32)])
    assert stopped.value.report.lost == 32
    rough.trouble = lambda asked: (200, {"choices": []}, {})
    with pytest.raises(harvest.HarvestStopped, match="The server sent 0 answers to 32 questions.*At most 32 more"):
        collect(rough, path, [f"more {i}" for i in range(32)])
    rough.trouble = lambda asked: (200, {"choice": []}, {})
    with pytest.raises(harvest.HarvestStopped, match="answer cannot be read.*At most 32 more"):
        collect(rough, path, [f"more {i}" for i in range(32)])
    rough.shutdown()
    rough.server_close()
    with pytest.raises(harvest.HarvestStopped, match="Is it running") as stopped:
        collect(rough, path, [f"more {i}" for i in range(32)])
    assert stopped.value.report.lost == 0                        # nothing was sent


class Full:
    """os.write on a disk of so many bytes: the last write is cut, as it is on a real one."""

    def __init__(self, monkeypatch, space):
        self.space, self.write = space, os.write
        monkeypatch.setattr(harvest.os, "write", self)

    def __call__(self, file, text):
        if self.space <= 0 and text:
            raise OSError(errno.ENOSPC, "No space left on device")
        self.space -= (wrote := self.write(file, text[:self.space]))
        return wrote


@pytest.mark.parametrize("space", [0, 100, 5_000, 20_000])
def test_disk_full_and_then_space(rough, path, monkeypatch, space):
    rough.slow = lambda: 0.05
    disk = Full(monkeypatch, space)
    with pytest.raises(harvest.HarvestStopped, match="cannot be written: No space left on device.*writes them first") as stopped:
        collect(rough, path, ASKED, per_request=10)
    report, content = stopped.value.report, path.read_bytes()
    assert report.owed > 0 and report.answered + report.owed == len(rough.paid) and report.lost == 0
    assert content.endswith(b"\n") or not content               # half a line was taken back
    assert len(texts(path)) == report.answered
    with pytest.raises(harvest.HarvestStopped, match="No space left"):
        collect(rough, path, ASKED, per_request=10)              # still full: nothing is asked
    assert report.answered + report.owed == len(rough.paid)
    disk.space = 10**9
    assert collect(rough, path, ASKED, per_request=10).answered == 200 == len(rough.paid)
    assert sorted(texts(path)) == sorted(ASKED)


def test_who_deletes_the_file_begins_anew(rough, path, monkeypatch):
    disk = Full(monkeypatch, 100)
    with pytest.raises(harvest.HarvestStopped):
        collect(rough, path, ASKED)
    path.unlink()
    disk.space, rough.paid = 10**9, []
    assert collect(rough, path, ASKED).asked == 200 == len(rough.paid)
    rough.slow, rough.paid = (lambda: 0.3), []
    path.unlink()
    threading.Timer(0.5, path.unlink).start()
    with pytest.raises(harvest.HarvestStopped, match="was deleted while") as stopped:
        collect(rough, path, ASKED, at_once=1, per_request=10)
    assert stopped.value.report.answered + stopped.value.report.lost == len(rough.paid)


LINE = json.dumps({"messages": [{"role": "user", "content": "question 0"}, {"role": "assistant", "content": "to"}],
                   "meta": {"model": "teacher", "temperature": 0, "max_tokens": 64, "seed": 0, "sample": 0, "finish": "stop",
                            "confidence": None, "answer_tokens": None, "latency": 0.1}}).encode()


@pytest.mark.parametrize("content,rows", [
    (LINE + b"\n", 1), (LINE + b"\r\n", 1), (LINE + b"\r", 1), (LINE, 1), (b"\xef\xbb\xbf" + LINE + b"\r\n\r\n", 1),
    (LINE + b"\n\n \n", 1), (LINE + b"\n" + LINE[:-1], 1), (LINE + b"\n" + LINE[:20], 1), (LINE + b"\r\n" + LINE[:70], 1),
    (LINE + b"\n\0\0\0", 1), (LINE[:60], 0), (b"", 0), (b"\xef\xbb\xbf", 0)])
def test_read_and_harvest_agree_on_what_a_row_is(rough, path, content, rows):
    path.write_bytes(content)
    assert texts(path) == ["question 0"] * rows
    report = collect(rough, path, ASKED[:5])
    assert (report.asked, report.answered) == (5 - rows, 5) and sorted(texts(path)) == ASKED[:5]
    assert collect(rough, path, ASKED[:5]).asked == 0


@pytest.mark.parametrize("content", [
    b"hello", b"hello\n", b"my notes\nof today", LINE + b"\nnotes", LINE + b"\n" + LINE[:50] + b"\n", LINE + b"\n{}", b"{}", b"[1, 2]",
    b"\0" * 100, LINE.decode().encode("utf-16"), (LINE.decode() + "\n").encode("utf-16"), LINE + LINE, b"PK\3\4\n\xff",
    b'{"messages": [{"role": "user", "content": "a chat"}, {"role": "assistant", "content": "of somebody else"}]}',
    LINE.replace(b'"to"', b"null") + b"\n", LINE.replace(b'"sample": 0', b'"sample": "0"')])
def test_a_foreign_file_is_left_as_it_was(rough, path, content):
    path.write_bytes(content)
    with pytest.raises(harvest.HarvestStopped, match="Line .* is not an answer of a harvest.*another path"):
        collect(rough, path, ASKED)
    with pytest.raises(harvest.HarvestStopped, match="is not an answer of a harvest"):
        harvest.read(path)
    assert path.read_bytes() == content and not rough.paid


def test_where_nothing_can_be_written(rough, path, monkeypatch):
    (path.parent / "work").write_text("a file")
    for wrong, says in ((path.parent, "Is a directory"), (path.parent / "work" / "a.jsonl", "File exists|Not a directory")):
        with pytest.raises(harvest.HarvestStopped, match=f"cannot be written: ({says}).*give another path"):
            collect(rough, wrong, ASKED)
    monkeypatch.setattr(harvest.os, "open", lambda *_: (_ for _ in ()).throw(OSError(errno.EROFS, "Read-only file system")))
    with pytest.raises(harvest.HarvestStopped, match="cannot be written: Read-only file system"):
        collect(rough, path, ASKED)
    assert not rough.paid


def test_a_clock_that_goes_back(rough, path, monkeypatch):
    clock = iter(range(10**9, 0, -3600))
    monkeypatch.setattr(harvest.time, "time", lambda: next(clock))
    assert 0 <= collect(rough, path, ASKED).seconds < 30 and harvest.read(path).latency.between(0, 30).all()


def kinds(path):
    """{field: its types in the file}."""
    found = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        for name, value in json.loads(line)["meta"].items():
            found.setdefault(name, set()).add(type(value).__name__)
    return found


def test_each_field_is_of_one_type_whatever_was_asked(rough, path):
    found = []
    for number, (temperature, shown) in enumerate([(0, True), (0.7, False), (1, False)]):
        rough.shown = shown
        collect(rough, path.with_suffix(f".{number}"), ASKED[:4], temperature=temperature)
        found.append(kinds(path.with_suffix(f".{number}")))
    assert found[0] == found[1] == found[2] and all(len(types) == 1 for types in found[0].values())
    hidden, shown = harvest.read(path.with_suffix(".1")), harvest.read(path.with_suffix(".0"))
    assert hidden.confidence.isna().all() and hidden.answer_tokens.isna().all() and hidden.confidence.dtype == float
    assert shown.confidence.between(0, 1).all() and shown.answer_tokens.tolist() == [2] * 4 and shown.prompt_tokens.tolist() == [2] * 4


@pytest.mark.skipif(os.name == "nt", reason="POSIX's permissions")
def test_the_file_is_no_program(rough, path):
    collect(rough, path, ASKED[:2])
    mask = os.umask(0)
    os.umask(mask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~mask


@pytest.mark.parametrize("headers,seconds", [
    ({"retry-after-ms": "250", "retry-after": "1"}, 0.25), ({"retry-after": "3"}, 3), ({}, 1), ({"retry-after": "9999"}, 60)])
def test_how_long_it_waits(headers, seconds):
    for code, waits in (("rate_limit_exceeded", seconds), ("insufficient_quota", None)):
        assert harvest.wait_after(SimpleNamespace(code=code, response=SimpleNamespace(headers=headers))) == waits
