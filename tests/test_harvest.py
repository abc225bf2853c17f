"""The harvester: within its budget, patient, and without a lost or a repeated answer whatever happens to it."""
import json
import os
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

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
def test_killed_at_fifty_moments(teacher, tmp_path, capsys):
    """Every question is answered once in the file; the ledger has no more than that, and what was under way when a kill came."""
    questions, kills = [p.prompt for d in skills.DOMAINS[:3] for p in skills.problems(d, 800, seed=6)], 50
    (tmp_path / "questions").write_text("\n".join(questions))
    accounts = [api.Account("slow", "k", per_minute=4_800, burst=64)]         # so that fifty kills find it at work
    with api.serve(teacher, accounts=accounts) as server:
        child = subprocess.Popen([sys.executable, str(Path(__file__).with_name("kill_me.py")), server.url, "k", str(tmp_path / "a.jsonl"),
                                  str(tmp_path / "questions"), str(kills)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        lost, ended, grown, book = [], [], [0], sqlite3.connect(server.path)
        for _ in range(kills):
            ended.append(child.stdout.readline().strip())
            quiet = 0
            while quiet < 3:                      # what is under way is still answered, and paid for
                rows, = book.execute("SELECT count(*) FROM queries").fetchone()
                quiet = quiet + 1 if rows == accounts[0].spent else 0
                time.sleep(0.02)
            path = tmp_path / "a.jsonl"
            whole = path.read_bytes().count(b"\n") if path.exists() else 0
            lost.append(rows - sum(lost) - whole)
            grown.append(whole)
            child.stdin.write("\n")
            child.stdin.flush()
        child.wait(30)
        book.close()
        assert ended == ["killed"] * kills and len(set(grown)) > kills / 2          # most kills found it at work
        accounts[0].per_minute = accounts[0].burst = None
        report = collect(server, tmp_path / "a.jsonl", questions, key="k", at_once=4, per_request=3)
        answers, paid = harvest.read(tmp_path / "a.jsonl"), server.ledger()
    assert report.answered == len(questions) and sorted(answers.prompt) == sorted(questions)
    assert len(paid) == len(questions) + sum(lost) and 0 <= min(lost) and max(lost) <= 4 * 3
    with capsys.disabled():
        print(f"\n    {kills} kills: {sum(lost)} answers paid for twice, at most {max(lost)} by one kill (12 were under way), none lost")


@pytest.mark.parametrize("headers,seconds", [
    ({"retry-after-ms": "250", "retry-after": "1"}, 0.25), ({"retry-after": "3"}, 3), ({}, 1), ({"retry-after": "9999"}, 60)])
def test_how_long_it_waits(headers, seconds):
    for code, waits in (("rate_limit_exceeded", seconds), ("insufficient_quota", None)):
        assert harvest.wait_after(SimpleNamespace(code=code, response=SimpleNamespace(headers=headers))) == waits
