"""The API as the official client sees it; accounts, quotas, the ledger, what an endpoint reveals."""
import collections
import json
import os
import socket
import sqlite3
import statistics
import subprocess
import sys
import threading
import time

import httpx2
import openai
import pytest
import torch

from course_utils import api
from course_utils.api import client, customers, http, ledger, serving
from course_utils.files.digits import mnist
from course_utils.teacher import classifier, decoding, language, skills

QUESTIONS = [skills.problems(d, 3, seed=8)[i].prompt for i in range(3) for d in skills.DOMAINS[:3]]


@pytest.fixture(scope="module")
def teachers():
    return {"teacher": language.load_language_teacher(), "digits": classifier.load_teacher()}


@pytest.fixture(scope="module")
def server(teachers):
    with api.serve(teachers) as running:
        yield running


@pytest.fixture(scope="module")
def text(server):
    return client.text(server, max_retries=0)


def say(text, prompt=QUESTIONS[0], **settings):
    return text.chat.completions.create(model="teacher", messages=[{"role": "user", "content": prompt}], **settings)


# ---------------------------------------------------------------- text

def test_completes_as_the_model_does(text, teachers):
    reply = text.completions.create(model="teacher", prompt=QUESTIONS)
    wanted = decoding.answers(teachers["teacher"], QUESTIONS)
    assert [choice.text for choice in reply.choices] == wanted and [choice.index for choice in reply.choices] == list(range(9))
    assert {choice.finish_reason for choice in reply.choices} == {"stop"}
    asked, said = (sum(len(skills.TOKENIZER.encode(t)) for t in texts) for texts in (QUESTIONS, wanted))
    assert (reply.usage.prompt_tokens, reply.usage.completion_tokens, reply.usage.total_tokens) == (asked, said, asked + said)
    assert say(text).choices[0].message.content == wanted[0]
    parts = [{"role": "system", "content": "Be right."}, {"role": "user", "content": [{"type": "text", "text": QUESTIONS[0]}]}]
    assert text.chat.completions.create(model="teacher", messages=parts).choices[0].message.content == wanted[0]


def test_streams(text, teachers):
    wanted, = decoding.answers(teachers["teacher"], QUESTIONS[:1])
    chunks = list(say(text, stream=True, stream_options={"include_usage": True}))
    assert "".join(c.choices[0].delta.content or "" for c in chunks[:-1]) == wanted and len(chunks) > 10
    assert chunks[-2].choices[0].finish_reason == "stop" and chunks[-1].usage.completion_tokens > 10
    pieces = list(text.completions.create(model="teacher", prompt=QUESTIONS[:2], stream=True))
    assert "".join(p.choices[0].text for p in pieces if p.choices[0].index == 0) == wanted


def test_log_probs_are_the_models(text, teachers):
    choice = say(text, logprobs=True, top_logprobs=20).choices[0]
    ids = [skills.TOKENIZER.ids[entry.token] for entry in choice.logprobs.content]
    assert skills.TOKENIZER.decode(ids) == choice.message.content
    prompt = skills.TOKENIZER.encode(QUESTIONS[0])
    table = teachers["teacher"](torch.tensor([prompt + ids]))[0, len(prompt) - 1:-1].log_softmax(-1)
    for row, chosen, entry in zip(table, ids, choice.logprobs.content):
        assert entry.logprob == pytest.approx(row[chosen].item(), abs=1e-4) and len(entry.top_logprobs) == 20
        assert [skills.TOKENIZER.ids[t.token] for t in entry.top_logprobs][:2] == row.topk(2).indices.tolist()
    legacy = text.completions.create(model="teacher", prompt=QUESTIONS[0], logprobs=5).choices[0].logprobs
    assert legacy.tokens == [entry.token for entry in choice.logprobs.content] and len(legacy.top_logprobs[0]) == 5
    assert legacy.token_logprobs == pytest.approx([entry.logprob for entry in choice.logprobs.content], abs=1e-4)
    for name, at in zip(legacy.tokens[:-1], legacy.text_offset):
        assert choice.message.content[at:].startswith(name)


def test_logit_bias_and_limits(text):
    token = skills.TOKENIZER.ids["wolf"]
    assert say(text, logit_bias={str(token): 100}, max_tokens=3).choices[0].message.content == "wolf wolf wolf"
    short = say(text, max_tokens=4)
    assert short.choices[0].finish_reason == "length" and short.usage.completion_tokens == 4
    assert say(text, max_completion_tokens=4).choices[0].message.content == short.choices[0].message.content
    cut = say(text, stop=["carry", "borrow"]).choices[0]
    assert cut.finish_reason == "stop" and "carry" not in cut.message.content and cut.message.content.rstrip()[-1].isdigit()


def test_a_seed_decides_whatever_else_is_in_the_batch(text):
    asked = [p.prompt for p in skills.problems("explain", 20, seed=1)]
    together = [c.text for c in text.completions.create(model="teacher", prompt=asked, temperature=1, seed=7).choices]
    alone = [text.completions.create(model="teacher", prompt=q, temperature=1, seed=7).choices[0].text for q in asked[:5]]
    assert together[:5] == alone
    assert together != [c.text for c in text.completions.create(model="teacher", prompt=asked, temperature=1, seed=8).choices]
    loose = {text.completions.create(model="teacher", prompt=asked[0], temperature=1).choices[0].text for _ in range(5)}
    assert len(loose) > 1


@pytest.mark.parametrize("expected, settings", [
    (openai.NotFoundError, {"model": "gpt-5"}),
    (openai.BadRequestError, {"prompt": "write a poem :"}),
    (openai.BadRequestError, {"prompt": ""}),
    (openai.BadRequestError, {"prompt": "reason " * 65}),
    (openai.BadRequestError, {"logit_bias": {"195": 1}}),
    (openai.BadRequestError, {"logit_bias": {"٣": 1}}),
    (openai.BadRequestError, {"stream_options": {"include_usage": True}}),
    (openai.UnprocessableEntityError, {"temperature": 3}),
    (openai.UnprocessableEntityError, {"max_tokens": 0}),
    (openai.UnprocessableEntityError, {"logprobs": 6}),
    (openai.UnprocessableEntityError, {"prompt": []}),
])
def test_the_right_exception(text, expected, settings):
    with pytest.raises(expected) as caught:
        text.completions.create(**{"model": "teacher", "prompt": QUESTIONS[0]} | settings)
    assert caught.value.body["message"] and caught.value.body["type"] == "invalid_request_error"


def test_malformed_bodies(server):
    def post(content, key=server.key):
        return httpx2.post(f"{server.url}/v1/completions", content=content, trust_env=False,
                           headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json"})
    assert post("{not json").status_code == 400 and post("[]").status_code == 422
    assert post(json.dumps({"model": "teacher"})).json()["error"]["param"] == "prompt"
    assert httpx2.get(f"{server.url}/nowhere", trust_env=False).json()["error"]["message"] == "Not Found"
    assert httpx2.get(f"{server.url}/v1/completions", trust_env=False).status_code == 405


def test_wrong_and_missing_key(server):
    with pytest.raises(openai.AuthenticationError, match="not a key of this server"):
        say(client.text(server, key="dk-wrong"))
    assert httpx2.get(f"{server.url}/v1/models", trust_env=False).json()["error"]["code"] == "invalid_api_key"


def test_models_are_listed(text):
    assert [m.id for m in text.models.list()] == ["teacher"] and text.models.retrieve("teacher").id == "teacher"
    with pytest.raises(openai.NotFoundError):
        text.models.retrieve("digits")


# ---------------------------------------------------------------- accounts

def test_quota_rate_and_roles(teachers, tmp_path):
    accounts = [api.Account("small", "k1", quota=3), api.Account("slow", "k2", per_minute=30, burst=2),
                api.Account("out", "k3", role="suspended"), api.Account("friend", "k4", role="trusted")]
    with api.serve(teachers, accounts=accounts, reveal=api.Reveal(top_logprobs=0, trace=False), ledger=tmp_path / "book.sqlite") as server:
        small = client.text(server)
        small.completions.create(model="teacher", prompt=QUESTIONS[:2])
        with pytest.raises(openai.RateLimitError, match="2 of 3 queries") as caught:
            small.completions.create(model="teacher", prompt=QUESTIONS[:2])
        assert caught.value.code == "insufficient_quota"          # raised at once: the header says that a retry is of no use
        assert say(small).choices[0].message.content.startswith("=>")
        slow = client.text(server, "k2", max_retries=0)
        with pytest.raises(openai.RateLimitError) as caught:
            for _ in range(4):
                say(slow)
        assert caught.value.code == "rate_limit_exceeded" and int(caught.value.response.headers["Retry-After"]) in (1, 2)
        assert say(client.text(server, "k2", max_retries=3)).choices         # the official client waits and asks again
        with pytest.raises(openai.BadRequestError, match="this key may send 2 at once"):
            slow.completions.create(model="teacher", prompt=QUESTIONS[:3])
        with pytest.raises(openai.PermissionDeniedError, match="suspended"):
            say(client.text(server, "k3"))
        with pytest.raises(openai.BadRequestError, match="shows no log-probs"):
            say(small, logprobs=True)
        friend = say(client.text(server, "k4"), logprobs=True, top_logprobs=2).choices[0]
        assert ";" in friend.message.content and friend.logprobs.content
    again = [api.Account("small", "k1", quota=3)]
    with api.serve(teachers, accounts=again, ledger=tmp_path / "book.sqlite") as server:
        with pytest.raises(openai.RateLimitError, match="3 of 3"):           # a restart forgets nothing
            say(client.text(server))


def test_a_bucket():
    assert customers.refill(1, 2, 10, 3) == 7 and customers.refill(9, 2, 10, 3) == 10
    account = api.Account("a", "k", per_minute=60, burst=2)
    account.charge(2, now=100.0)
    with pytest.raises(customers.TooFast) as caught:
        account.charge(1, now=100.25)
    assert caught.value.seconds == pytest.approx(0.75)
    account.charge(1, now=101.0)
    assert account.spent == 3
    with pytest.raises(ValueError, match="role="):
        api.Account("a", "k", role="king")


def test_many_clients_share_fairly(teachers):
    accounts = [api.Account(f"c{i}", f"k{i}") for i in range(8)]
    asked = [p.prompt for p in skills.problems("reason", 600, seed=2)]
    with api.serve(teachers, accounts=accounts) as server:
        greedy = threading.Thread(target=lambda: client.text(server, "k0").completions.create(model="teacher", prompt=asked * 3))
        greedy.start()
        others = [threading.Thread(target=lambda i=i: say(client.text(server, f"k{i}"))) for i in range(1, 8)]
        for thread in others:
            thread.start()
        for thread in [greedy, *others]:
            thread.join(60)
            assert not thread.is_alive()
        rows = server.ledger()
    assert len(rows) == 1807 and rows[rows.key != "c0"].id.max() < 1300          # nobody waited for the 1,800 to be through


def test_a_kept_connection_answers_at_once(server):
    """Without TCP_NODELAY every answer on it waits for a delayed acknowledgement, 40 ms."""
    seconds = []
    with httpx2.Client(base_url=server.url, headers={"Authorization": f"Bearer {server.key}"}) as kept:
        for _ in range(20):
            started = time.perf_counter()
            assert kept.get("/v1/models").status_code == 200
            seconds.append(time.perf_counter() - started)
    assert statistics.median(seconds) < 0.03


def test_a_batch_takes_from_everybody_in_turn():
    queue = serving.Queue(run=None, most=3, thread=None)
    queue.waiting |= {name: collections.deque(f"{name}{i}" for i in range(n)) for name, n in (("a", 4), ("b", 2), ("c", 2))}
    assert [queue.take() for _ in range(4)] == [["a0", "b0", "c0"], ["a1", "b1", "c1"], ["a2", "a3"], []]


def test_those_who_come_together_are_answered_together(teachers, monkeypatch):
    batches = []
    monkeypatch.setattr(http, "answer_texts", lambda model, questions, *rest: batches.append(len(questions)) or serving.answer_texts(
        model, questions, *rest))
    with api.serve(teachers) as server:
        together, text = threading.Barrier(24), client.text(server)

        def ask(i):
            together.wait()
            text.completions.create(model="teacher", prompt=QUESTIONS[i % 9])

        threads = [threading.Thread(target=ask, args=(i,)) for i in range(24)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    assert sum(batches) == 24 and len(batches) <= 12 and max(batches) > 3


# ---------------------------------------------------------------- the ledger

def test_one_query_one_row(teachers, tmp_path):
    with api.serve(teachers, ledger=tmp_path / "book.sqlite") as server:
        text, digits = client.text(server), mnist().test.x[:5]
        text.completions.create(model="teacher", prompt=QUESTIONS[:4])
        client.tensors(server, "digits")(digits)
        with pytest.raises(openai.BadRequestError):
            text.completions.create(model="teacher", prompt="what ?")
        rows = server.ledger()                                               # while it runs
        assert len(rows) == 9 and list(rows.columns) == list(ledger.COLUMNS) and not rows.isna().any().any()
        assert rows.prompt[:4].tolist() == QUESTIONS[:4] and rows.key.unique().tolist() == ["student"]
        assert (rows.confidence > 0).all() and (rows.confidence <= 1).all() and (rows.latency >= 0).all() and (rows.cost > 0).all()
        assert torch.equal(torch.from_numpy(ledger.pixels(rows.prompt[4:])), digits)
        assert rows.answer[4:].astype(int).tolist() == classifier.load_teacher()(digits).argmax(-1).tolist()
    server.stop()                                                            # a second time: nothing
    assert len(ledger.read(tmp_path / "book.sqlite")) == 9
    with pytest.raises(FileNotFoundError, match="There is no ledger"):
        ledger.read(tmp_path / "none")


# ---------------------------------------------------------------- tensors

def test_scores_are_the_teachers(server, teachers):
    x = mnist().test.x[:700]
    served = client.tensors(server, "digits")(x)
    assert torch.allclose(served, teachers["digits"](x).double().softmax(-1), atol=1e-6)
    assert torch.allclose(client.tensors(server, "digits")(x[:3].double()), served[:3], atol=1e-6)
    assert torch.allclose(client.tensors(server, "digits")(x[:3] * 0.7), teachers["digits"](x[:3] * 0.7).double().softmax(-1), atol=1e-6)


def test_what_is_revealed(teachers):
    x = mnist().test.x[:20]
    true = teachers["digits"](x).double()
    for reveal, wanted in [(api.Reveal(logits=True), true),
                           (api.Reveal(decimals=1), true.softmax(-1).round(decimals=1)),
            (api.Reveal(scores=3), true.softmax(-1) * (true >= true.topk(3).values[:, -1:])),
            (api.Reveal(scores="label"), torch.nn.functional.one_hot(true.argmax(-1), 10).double())]:
        with api.serve(teachers, reveal=reveal) as server:
            assert torch.allclose(client.tensors(server, "digits")(x), wanted, atol=1e-5), reveal
    with pytest.raises(ValueError, match="scores="):
        api.Reveal(scores="some")


def test_double_precision_goes_through():
    weight = torch.randn(5, 3, dtype=torch.float64)
    with api.serve({"linear": lambda x: x @ weight}, reveal=api.Reveal(logits=True)) as server:
        x = torch.randn(4, 5, dtype=torch.float64)
        assert torch.equal(client.tensors(server, "linear")(x), x @ weight)


@pytest.mark.parametrize("change, says", [
    ({"shape": [1, 783]}, "784 numbers"), ({"data": ["a"] * 784}, "numbers only"), ({"data": [float("nan")] * 784}, "NaN"),
    ({"data": [256] * 784, "datatype": "UINT8"}, "outside 0 to 255"), ({"shape": [2, 392]}, "cannot read this input"),
    ({"data": [1e300] * 784, "datatype": "FP64"}, "cannot read this input"), ({"data": [1e38] * 784}, "not finite")])
def test_bad_tensors(server, change, says):
    body = {"name": "x", "shape": [1, 784], "datatype": "FP32", "data": [0] * 784} | change
    reply = httpx2.post(f"{server.url}/v2/models/digits/infer", content=json.dumps({"inputs": [body]}), trust_env=False,
                        headers={"Authorization": f"Bearer {server.key}", "Content-Type": "application/json"})
    assert reply.status_code == 400 and says in reply.json()["error"]


def test_one_customers_nonsense_harms_nobody_else(teachers):
    accounts = [api.Account("good", "k0"), api.Account("bad", "k1")]
    with api.serve(teachers, accounts=accounts) as server:
        results = []

        def ask(key, width):
            try:
                results.append(client.tensors(server, "digits", key)(torch.zeros(40, width)).shape)
            except openai.BadRequestError:
                results.append("refused")

        threads = [threading.Thread(target=ask, args=(f"k{i % 2}", (784, 783)[i % 2])) for i in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert sorted(map(str, results)) == ["refused"] * 4 + ["torch.Size([40, 10])"] * 4
        assert len(server.ledger()) == 160


def test_tensor_errors_are_openais(server):
    with pytest.raises(openai.AuthenticationError):
        client.tensors(server, "digits", key="no")(torch.zeros(1, 784))
    with pytest.raises(openai.NotFoundError, match="There is: digits"):
        client.tensors(server, "teacher")(torch.zeros(1, 784))


# ---------------------------------------------------------------- a defence is one object

def test_a_defence_is_plugged_in(teachers):
    class Shout(serving.Defence):
        seen = []

        def scores(self, probabilities, asked):
            self.seen += asked
            return torch.full_like(probabilities, 0.1)

        def logits(self, logits, tokens, asked):
            assert len(logits) == len(tokens) == len(asked)
            logits[:, skills.TOKENIZER.ids["wolf"]] += 100
            return logits

    with api.serve(teachers, defence=Shout()) as server:
        assert say(client.text(server), max_tokens=2).choices[0].message.content == "wolf wolf"
        assert torch.equal(client.tensors(server, "digits")(torch.zeros(2, 784)), torch.full((2, 10), 0.1, dtype=torch.float64))
    assert [q.account.name for q in Shout.seen] == ["student"] * 2


def test_a_question_whose_answer_failed_is_not_charged(teachers):
    class Broken(serving.Defence):
        def logits(self, logits, tokens, asked):
            raise RuntimeError("broken on purpose")

    with api.serve(teachers, defence=Broken()) as server:
        with pytest.raises(openai.InternalServerError, match="broken on purpose"):
            say(client.text(server, max_retries=0))
        assert server.accounts[0].spent == 0 and len(server.ledger()) == 0


# ---------------------------------------------------------------- every parameter is served, neutral, or refused by name

def post(server, path, body, **headers):
    content = body if isinstance(body, bytes) else json.dumps(body)
    return httpx2.post(server.url + path, content=content, trust_env=False, timeout=60,
                       headers={"Authorization": f"Bearer {server.key}", "Content-Type": "application/json"} | headers)


CHANGES = {"top_p": 0.9, "n": 2, "presence_penalty": 1, "tool_choice": "required", "reasoning_effort": "high",
           "tools": [{"type": "function", "function": {"name": "f"}}],
           "response_format": {"type": "json_schema", "json_schema": {"name": "j", "strict": True, "schema": {}}}}
NEUTRAL = {"top_p": 1, "n": 1, "presence_penalty": 0.0, "tools": [], "response_format": {"type": "text"}, "user": "me", "store": False,
           "temperature": None, "max_tokens": None, "seed": None, "stop": None, "logit_bias": None, "service_tier": "auto"}


@pytest.mark.parametrize("chat", [True, False])
def test_no_parameter_that_changes_the_answer_is_ignored(server, chat):
    path, asked = ("/v1/chat/completions", {"messages": [{"role": "user", "content": QUESTIONS[0]}]}) if chat else \
        ("/v1/completions", {"prompt": QUESTIONS[0]})
    rows = len(server.ledger())
    for name, value in (CHANGES | ({"echo": True, "suffix": "x"} if chat else {"best_of": 3, "max_completion_tokens": 3})).items():
        error = post(server, path, {"model": "teacher", name: value} | asked).json()["error"]
        assert (error["code"], error["param"]) == ("not_offered", name) and name in error["message"]
    assert len(server.ledger()) == rows                                              # and nothing was paid for
    plain, neutral, typo = (post(server, path, {"model": "teacher"} | asked | more).json() for more in ({}, NEUTRAL, {"temprature": 1}))
    assert plain["choices"] == neutral["choices"] == typo["choices"] and "warning" not in plain and "warning" not in neutral
    assert "temprature" in typo["warning"]


def test_echo_scores_the_prompt(server, text, teachers):
    wrong, right = f"{QUESTIONS[0]} => 1", f"{QUESTIONS[0]} {decoding.answers(teachers['teacher'], QUESTIONS[:1])[0]}"
    echoed = text.completions.create(model="teacher", prompt=[right, wrong], echo=True, logprobs=1, max_tokens=1)
    for choice, prompt in zip(echoed.choices, (right, wrong)):
        ids, shown = skills.TOKENIZER.encode(prompt), choice.logprobs
        table = teachers["teacher"](torch.tensor([ids]))[0].log_softmax(-1)
        assert shown.tokens[:len(ids)] == [skills.TOKENIZER.tokens[i] for i in ids] and len(shown.tokens) == len(ids) + 1
        assert shown.token_logprobs[0] is None and shown.top_logprobs[0] is None and choice.text.startswith(prompt)
        assert shown.token_logprobs[1:-1] == pytest.approx(table[:-1].gather(1, torch.tensor(ids[1:])[:, None])[:, 0].tolist(), abs=1e-4)
        assert all(choice.text[at:].startswith(name) for name, at in zip(shown.tokens[:-1], shown.text_offset))
    good, bad = (sum(c.logprobs.token_logprobs[len(skills.TOKENIZER.encode(QUESTIONS[0])):-1]) for c in echoed.choices)
    assert good > -5 > bad
    by_numbers = text.completions.create(model="teacher", prompt=[skills.TOKENIZER.encode(right)], echo=True, logprobs=1, max_tokens=0)
    assert by_numbers.choices[0].text == right and by_numbers.choices[0].logprobs.token_logprobs == pytest.approx(
        echoed.choices[0].logprobs.token_logprobs[:-1], abs=1e-4, nan_ok=True) and by_numbers.usage.completion_tokens == 0
    with api.serve(teachers, reveal=api.Reveal(trace=False)) as hidden, pytest.raises(openai.BadRequestError, match="hides its working"):
        client.text(hidden).completions.create(model="teacher", prompt=right, echo=True)


def test_usual_token_limits_and_token_numbers(server, text, teachers):
    wanted = say(text).choices[0].message.content
    assert say(text, max_tokens=256).choices[0].message.content == wanted
    assert say(text, max_completion_tokens=4096).choices[0].message.content == wanted
    endless = text.completions.create(model="teacher", prompt=QUESTIONS[0], logit_bias={str(skills.TOKENIZER.ids["wolf"]): 100},
                                      max_tokens=100_000)
    assert endless.choices[0].finish_reason == "length" and endless.usage.completion_tokens == decoding.MAX_TOKENS
    assert text.completions.create(model="teacher", prompt=skills.TOKENIZER.encode(QUESTIONS[0])).choices[0].text == wanted
    for prompt in ([], 7, [[]], [1.5], {"a": 1}):
        reply = post(server, "/v1/completions", {"model": "teacher", "prompt": prompt})
        assert reply.status_code == 422 and "a text, its token numbers (0 to 194), or a list" in reply.json()["error"]["message"]
    assert post(server, "/v1/completions", {"model": "teacher", "prompt": [5, 195]}).status_code == 400


def test_errors_are_bounded_and_say_what_to_do(server):
    huge = "x" * 2_000_000
    for change in ({"prompt": huge}, {"model": huge}, {"top_p": huge}, {"logit_bias": {huge: "a"}}, {"logit_bias": {huge: 1}},
                   {"model": "\ud800"}, {"prompt": "\ud800"}):
        reply = post(server, "/v1/completions", {"model": "teacher", "prompt": "cat"} | change)
        assert reply.status_code in (400, 404, 422) and len(reply.content) < 2000, reply.content[:200]
    for kind in ("text/plain", "application/x-www-form-urlencoded"):
        reply = post(server, "/v1/completions", {"model": "teacher", "prompt": "cat"}, **{"Content-Type": kind})
        assert kind in reply.json()["error"]["message"] and "Content-Type: application/json" in reply.json()["error"]["message"]


# ---------------------------------------------------------------- the party at fault; charges and ledger agree

class Sometimes(serving.Defence):
    """Fails on the question that was chosen."""
    def __init__(self, error):
        self.error, self.bad = error, None

    def answer(self, text, asked):
        if asked.text == self.bad:
            raise self.error
        return text


def test_a_defence_that_fails_in_mid_batch_leaves_nothing(teachers, tmp_path):
    asked, me = [p.prompt for p in skills.problems("reason", 600, seed=4)], api.Account("me", "k", quota=1000)
    defence = Sometimes(ValueError("on purpose"))
    with api.serve(teachers, accounts=[me], defence=defence, ledger=tmp_path / "l.sqlite") as server:
        text = client.text(server, max_retries=0)
        defence.bad = asked[599]
        with pytest.raises(openai.InternalServerError, match="The defence failed with ValueError: on purpose.*raise self.error") as caught:
            text.completions.create(model="teacher", prompt=asked)
        assert caught.value.code == "defence_failed" and me.spent == len(server.ledger()) == 0
        text.completions.create(model="teacher", prompt=asked[:10])
        assert me.spent == len(server.ledger()) == 10
    with api.serve(teachers, accounts=[me], ledger=tmp_path / "l.sqlite"):           # as a cell does that is run again
        assert me.spent == 10


@pytest.mark.parametrize("party", ["ledger", "disk", "model", "defence", "defence's shape"])
def test_errors_name_the_party_at_fault(teachers, tmp_path, party):
    class Short(serving.Defence):
        def scores(self, probabilities, asked):
            return probabilities[:, :3]

    def broken(x):
        raise KeyError("weights")

    models = teachers | ({"digits": broken} if party == "model" else {})
    defence = Sometimes(KeyError("x")) if party == "defence" else Short() if party == "defence's shape" else None
    with api.serve(models, defence=defence, ledger=tmp_path / "l.sqlite") as server:
        if party == "ledger":
            server._ledger._writer.execute("PRAGMA busy_timeout=50")
            other = sqlite3.connect(tmp_path / "l.sqlite")
            other.execute("BEGIN IMMEDIATE")
        elif party == "disk":
            server._ledger._writer.execute("PRAGMA max_page_count=1")
        elif party == "defence":
            defence.bad = QUESTIONS[0]
        with pytest.raises(openai.InternalServerError, match=f"The {party[:7].strip()} failed") as caught:
            if party in ("model", "defence's shape"):
                client.tensors(server, "digits")(torch.zeros(3, 784))
            else:
                client.text(server, max_retries=0).completions.create(model="teacher", prompt=QUESTIONS * 20)
        assert "Nothing is charged" in str(caught.value) and server.accounts[0].spent == len(server.ledger()) == 0
        if party == "ledger":
            other.close()
            assert say(client.text(server)).choices and server.accounts[0].spent == len(server.ledger()) == 1


def test_a_ledger_that_cannot_be_opened(tmp_path):
    (tmp_path / "notes.txt").write_text("no ledger" * 200)
    for path in (tmp_path / "none" / "l.sqlite", tmp_path / "notes.txt"):
        with pytest.raises(OSError, match="cannot be opened"):
            api.serve({"m": lambda x: x}, ledger=path)


# ---------------------------------------------------------------- the Open Inference Protocol to the letter

def test_names_and_versions_of_tensors(server):
    headers = {"Authorization": f"Bearer {server.key}"}
    x = {"name": "x", "shape": [1, 784], "datatype": "FP32", "data": [0] * 784}
    for path, status in (("", 200), ("/versions/1", 200), ("/versions/1/ready", 200), ("/versions/2/ready", 404)):
        assert httpx2.get(f"{server.url}/v2/models/digits{path}", headers=headers, trust_env=False).status_code == status
    plain = post(server, "/v2/models/digits/infer", {"inputs": [x]}).json()
    assert post(server, "/v2/models/digits/versions/1/infer", {"inputs": [x]}).json() == plain and "warning" not in plain["parameters"]
    assert post(server, "/v2/models/digits/versions/2/infer", {"inputs": [x]}).status_code == 404
    only = post(server, "/v2/models/digits/infer", {"inputs": [x], "outputs": [{"name": "scores"}]}).json()["outputs"]
    assert only == plain["outputs"][1:]
    for change, says in [({"inputs": [x | {"name": "images"}]}, "name: Input should be 'x'"),
                         ({"outputs": [{"name": "y"}]}, "name: Input should be 'classes' or 'scores'"),
                         ({"outputs": [{"name": "scores", "parameters": {"classification": 3}}]}, "classification=3"),
                         ({"parameters": {"sequence_id": 4}}, "sequence_id=4")]:
        reply = post(server, "/v2/models/digits/infer", {"inputs": [x]} | change)
        assert reply.status_code in (400, 422) and says in reply.json()["error"]
    odd = post(server, "/v2/models/digits/infer", {"inputs": [x], "paramters": {}}).json()
    assert "paramters" in odd["parameters"]["warning"]


def test_tensors_as_bytes(server):
    x = mnist().test.x[:2]
    head = json.dumps({"parameters": {"binary_data_output": True}, "inputs": [
        {"name": "x", "shape": [2, 784], "datatype": "FP32", "parameters": {"binary_data_size": 6272}}]}).encode()
    for tail, length in ((x.numpy().tobytes(), len(head)), (b"1234", len(head)), (x.numpy().tobytes() + b"1234", len(head)), (b"", 3)):
        reply = post(server, "/v2/models/digits/infer", head + tail, **{"Inference-Header-Content-Length": str(length),
                                                                        "Content-Type": "application/octet-stream"})
        assert reply.status_code == (200 if len(tail) == 6272 else 400), reply.content
        if len(tail) == 6272:
            said = int(reply.headers["Inference-Header-Content-Length"])
            scores = torch.frombuffer(bytearray(reply.content[said + 160:]), dtype=torch.float64).reshape(2, 10)
            assert torch.equal(scores, client.tensors(server, "digits")(x))


def test_grey_values_are_scaled(server):
    x = mnist().test.x[:20]
    assert torch.equal(client.tensors(server, "digits")((x * 255).round().to(torch.uint8)), client.tensors(server, "digits")(x))
    for kind in (torch.int64, torch.bool):
        with pytest.raises(TypeError, match="x / 255"):
            client.tensors(server, "digits")((x * 255).to(kind))


def test_a_proxy_misleads_the_plain_client_and_not_ours(server, monkeypatch):
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with pytest.raises(openai.APIConnectionError):
        say(openai.OpenAI(base_url=f"{server.url}/v1", api_key=server.key, max_retries=0))
    assert say(client.text(server)).choices
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    assert say(openai.OpenAI(base_url=f"{server.url}/v1", api_key=server.key, max_retries=0)).choices


def test_unknown_keys_are_named_in_a_stream_too(server):
    body = {"model": "teacher", "messages": [{"role": "user", "content": QUESTIONS[0]}], "stream": True, "top_pp": 1}
    assert "'top_pp'" in json.loads(post(server, "/v1/chat/completions", body).text.partition("\n")[0].removeprefix("data: "))["warning"]


# ---------------------------------------------------------------- stop means stop

@pytest.mark.parametrize("hostile", ["half a body", "half a header", "reads nothing", "waits for thousands"])
def test_stop_ends_at_once(teachers, hostile):
    server = api.serve(teachers)
    address, key = ("127.0.0.1", int(server.url.rsplit(":", 1)[1])), server.key
    body = json.dumps({"model": "teacher", "prompt": QUESTIONS * 200, "stream": hostile == "reads nothing"}).encode()
    head = f"POST /v1/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\n"
    with socket.create_connection(address) as connection:
        connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body if hostile[0] in "rw" else
                           head.encode() + (f"Content-Length: {len(body)}\r\n\r\n".encode() + body[:100] if "body" in hostile else b""))
        time.sleep(0.3)
        started = time.monotonic()
        server.stop()
        assert time.monotonic() - started < 2 and "stopped" in repr(server)
        assert server.accounts[0].spent in (0, 1800)


# ---------------------------------------------------------------- loopback, ports, the end

@pytest.mark.parametrize("address", ["https://api.openai.com/v1", "http://example.com", "http://192.168.0.1:80", "localhost:80",
                                     "http://127.0.0.1.example.org"])
def test_clients_stay_on_this_machine(address):
    for make in (client.text, client.text_async, lambda a, key: client.tensors(a, "digits", key)):
        with pytest.raises(client.NotLoopback, match="not on this machine"):
            make(address, key="k")


def test_the_server_listens_on_loopback_only(server):
    port = int(server.url.rsplit(":", 1)[1])
    sockets = [line.split() for name in ("/proc/net/tcp", "/proc/net/tcp6") if os.path.exists(name) for line in open(name).readlines()[1:]]
    listening = [line[1] for line in sockets if line[1].endswith(f":{port:04X}") and line[3] == "0A"]
    assert listening in ([], [f"0100007F:{port:04X}"])          # 127.0.0.1


def test_a_port_in_use_says_what_to_do(teachers):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(OSError, match="Leave `port` out"):
            api.serve(teachers, port=taken.getsockname()[1])


def test_it_is_gone_with_the_process():
    code = ("from course_utils import api; import os\n"
            "server = api.serve({'m': lambda x: x}); print(server.url, flush=True)\n"
            "os.kill(os.getpid(), 9)")
    url = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120).stdout.strip()
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(url, trust_env=False)
