"""The box "clean": every stage says why, the vote and the n-grams do as they say, and the hasty harvest is the one that the API gives."""
import json
import re
import runpy

import pandas as pd
import pytest
import torch

from course_utils import api
from course_utils.api import client
from course_utils.attack import clean, harvest
from course_utils.files import bundled
from course_utils.lesson import exercises
from course_utils.teacher import language, skills

RIGHT = "7 + 6 + 0 = 3 carry 1 ; 4 + 8 + 1 = 3 carry 1 ; 3 + 5 + 1 = 9 carry 0 ; => 933"


def row(prompt, answer, confidence=1.0, finish="stop"):
    return {"prompt": prompt, "answer": answer, "sample": 0, "confidence": confidence, "prompt_tokens": 9, "answer_tokens": 35,
            "finish": finish, "latency": 0.1}


@pytest.fixture
def rows():
    return pd.DataFrame([
        row("reason 347 + 586 :", RIGHT), row("reason  347+586:", RIGHT), row("reason 347 + 587 :", RIGHT),
        row("reason 111 + 222 :", "1 + 2", finish="length"), row("reason 111 + 223 :", "1 + 2 + 0 = 3 carry 0 ;"),
        row("translate the cat saw birds . :", "=> miru -zo na tilo -i vek -ta", confidence=0.6),
        row("translate a cat saw birds :", "=> miru na tilo -i vek -ta", confidence=0.97)], index=list("abcdefg"))


@pytest.mark.parametrize("written,normal", [
    ("reason  347+586:", "reason 347 + 586 :"), ("Reason 503-478 = :", "reason 503 - 478 :"),
    ("code reverse , sort 41532", "code reverse sort 41532 :"), ("translate the cat saw birds . :", "translate the cat saw birds :")])
def test_the_normal_form(written, normal):
    assert clean.normal(written) == normal == clean.normal(normal)


@pytest.mark.parametrize("domain", skills.DOMAINS[:3])
def test_questions_of_the_course_are_in_normal_form_and_their_difficulty_is_the_programs(domain):
    problems = skills.problems(domain, 100, seed=3)
    rows = clean.annotate(pd.DataFrame([row(p.prompt, p.completion) for p in problems]))
    assert rows.question.tolist() == [p.prompt for p in problems]
    assert rows.difficulty.tolist() == [p.difficulty for p in problems] and set(rows.domain) == {domain}


def test_tokens_are_words_digits_and_signs():
    assert clean.tokens("reason  347+5:") == ["reason", "3", "4", "7", "+", "5"]


STAGES = {"cut off": clean.cut_off, "wrong": clean.wrong, "unsure": clean.unsure, "asked before": clean.duplicate}


def test_each_stage_gives_a_reason_for_what_it_drops(rows):
    assert clean.cut_off(rows).tolist() == ["", "", "", "cut off", "no final answer", "", ""]
    disagrees = [f"the program disagrees: {said}" for said in ("933", None, None)]
    assert clean.wrong(rows).tolist() == ["", "", *disagrees, "", ""]
    assert clean.unsure(rows).tolist() == [""] * 5 + ["confidence below 0.9: 0.60", ""]
    assert clean.duplicate(rows).tolist() == ["", "asked before", *[""] * 5]
    assert clean.in_test(rows, ["reason 347 + 586 :"], n=8).tolist() == ["8 tokens in a row of a test"] * 2 + [""] * 5
    assert clean.in_test(rows, ["reason 347 + 586 :"], n=5).tolist() == ["5 tokens in a row of a test"] * 3 + [""] * 4
    for stage in (*STAGES.values(), clean.near_duplicate):
        assert list(stage(rows).index) == list(rows.index) and len(stage(rows[:0])) == 0


def test_nothing_is_dropped_silently(rows):
    left, report = clean.run(rows, STAGES)
    assert list(left.index) == ["a", "g"] and len(rows) == 7
    assert len(rows) - report.dropped.sum() == len(left)
    assert report.stage.drop_duplicates().tolist() == list(STAGES)
    assert report[report.stage == "cut off"].why.tolist() == ["cut off", "no final answer"]
    assert report[report.stage == "wrong"]["for example"].tolist() == ["reason 347 + 587 : (933)"]
    assert (report.groupby("stage")["rows in"].nunique() == 1).all()


EVERY = {**STAGES, "alike": clean.near_duplicate, "in the test": lambda rows: clean.in_test(rows, ["reason 347 + 586 :"])}


def harvested(tmp_path, rows):
    """The rows as the harvester writes them, and as it reads them."""
    lines = [{"messages": [{"role": "user", "content": r.prompt}, {"role": "assistant", "content": r.answer}],
              "meta": {"model": "teacher", "temperature": 0.0, "max_tokens": 64, "seed": 0, "sample": r.sample, "finish": r.finish,
                       "confidence": r.confidence, "answer_tokens": r.answer_tokens, "latency": 0.1}} for r in rows.itertuples()]
    (tmp_path / "h.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return harvest.read(tmp_path / "h.jsonl")


STRANGE = ["", ":", "   ", "reason", "reason :", "reason 12 :", "reason a + b :", "reason 1 * 2 :", "reason ² + 1 :", "code :",
           "code sort :", "code fly 123 :", "code double abc :", "translate :", "Write a poem about the sea.", "explain", "=>", "写一首诗",
           "a\nb", "\ud800"]


@pytest.mark.parametrize("first", EVERY)
@pytest.mark.parametrize("second", EVERY)
def test_every_stage_works_in_any_order_on_every_harvest(rows, tmp_path, first, second):
    """Without log-probs, from two harvests put together, on none and on one, and on questions that no program can read."""
    hidden = harvested(tmp_path, rows.assign(confidence=-1.0, answer_tokens=-1))
    odd = pd.DataFrame([row(prompt, answer) for prompt in STRANGE for answer in ("", "=>", "=> \ud800")], dtype=object)
    strange = harvested(tmp_path, odd)
    two = [harvested(tmp_path, rows), hidden]
    for table in (rows, hidden, hidden.assign(confidence=None), strange, pd.concat([*two, strange]), pd.concat(two), rows[:0], rows[:1],
                  harvested(tmp_path, rows[:0]), pd.concat([rows, rows])):
        left, report = clean.run(clean.annotate(table), {first: EVERY[first], second: EVERY[second]})
        assert len(table) - report.dropped.sum() == len(left) and set(report.stage) == {first, second}
        assert {"question", "domain", "difficulty", "prompt"} <= set(left) and set(left.prompt) <= set(table.prompt)
        again, same = clean.run(table, {first: EVERY[first], second: EVERY[second]})
        assert same.equals(report) and list(again.prompt) == list(left.prompt)


def test_what_no_program_can_judge_is_a_reason_for_one_row(rows):
    table = pd.DataFrame([row("reason 347 + 586 :", RIGHT), row("reason 12 :", RIGHT), row("reason 347 + 586 :", "=> 1")])
    assert clean.wrong(table).tolist() == ["", "no program can judge it", "the program disagrees: 1"]
    assert clean.annotate(table).difficulty.tolist() == pytest.approx([2, float("nan"), 2], nan_ok=True)
    assert clean.unsure(rows.assign(confidence=[None, 1, 0.9, 1, float("nan"), 0.5, 1])).tolist() == [
        "no confidence", "", "", "", "no confidence", "confidence below 0.9: 0.50", ""]


def test_everything_dropped_and_another_stage_follows(rows):
    left, report = clean.run(rows, {"all": lambda r: pd.Series("no: because", index=r.index), **EVERY})
    assert len(left) == 0 and list(left) == list(rows) and report["rows in"].tolist() == [7] + [0] * len(EVERY)


def test_the_examples_of_two_harvests_put_together(rows):
    _, report = clean.run(pd.concat([rows, rows]), {"asked before": clean.duplicate})
    assert report.dropped.tolist() == [8] and report["for example"].tolist() == [
        "reason  347+586:; reason 111 + 222 :; translate a cat saw birds :"]


def test_a_stage_is_told_how_an_answer_ends_and_how_it_is_verified():
    """Instructions and answers of another kind than the course's: as they are, none has a mark."""
    table = pd.DataFrame([row("Name a prime above 10.", "It is 11."), row("Name a prime above 20.", ""), row("Add 2 and 3.", "It is 6."),
                          row("Write a poem.", "The sea."), row("Name a colour.", "Gre", finish="length")])

    def judge(question, answer):
        if "poem" in question:
            raise ValueError
        return "5" in answer if question.startswith("add") else None

    assert clean.cut_off(table).tolist() == ["no final answer"] * 4 + ["cut off"]
    left, report = clean.run(table, {"cut off": lambda r: clean.cut_off(r, final=str.strip),
                                     "wrong": lambda r: clean.wrong(r, judge, final=lambda answer: answer.split()[-1])})
    assert left.prompt.tolist() == ["Name a prime above 10."]
    assert report.why.tolist() == ["cut off", "no final answer", "no program can judge it", "the program disagrees"]
    assert report["for example"].iloc[-1] == "Add 2 and 3. (6.)"


def test_a_stage_that_drops_nothing_is_in_the_report_too(rows):
    left, report = clean.run(rows, {"unsure": lambda r: clean.unsure(r, least=0.1)})
    assert len(left) == len(rows) and report.dropped.tolist() == [0]


def test_a_near_duplicate_stays_when_what_it_resembles_is_dropped():
    """b is like a, c is like b and not like a: c stays."""
    prompts = ["code sort swap 12345", "code sort swap 12999", "code sort rotate 99999"]
    texts = [clean.tokens(p) for p in prompts]
    ab, bc, ac = (exercises.material("06").resemblance(texts[i], texts[j], 2) for i, j in ((0, 1), (1, 2), (0, 2)))
    level = (min(ab, bc) + ac) / 2
    assert ac < level < min(ab, bc)
    reasons = clean.near_duplicate(pd.DataFrame({"prompt": prompts}), level, n=2)
    assert reasons.tolist() == ["", "like another: code sort swap 12345 :", ""]


def test_near_pairs_are_all_and_only_those_over_the_threshold():
    texts = [clean.tokens(p.prompt) for p in skills.problems("translate", 150, seed=0)]
    texts += [[*text[:-1], "dogs"] for text in texts[:40]]
    exact = {(i, j) for j in range(len(texts)) for i in range(j) if exercises.material("06").resemblance(texts[i], texts[j]) >= 0.5}
    found = set(clean.near_pairs(texts, 0.5))
    assert found <= exact and len(found) >= 0.9 * len(exact) > 20


def test_signatures_agree_as_often_as_the_texts_resemble_each_other():
    hashes = torch.randint(0, clean.PRIME, (80,), generator=torch.Generator().manual_seed(1))
    one, other = hashes[:60], hashes[20:]
    a, b = torch.randint(1, clean.PRIME, (2, 4000), generator=torch.Generator().manual_seed(0))
    agree = (exercises.material("06").minhash(one, a, b) == exercises.material("06").minhash(other, a, b)).float().mean()
    assert abs(agree - 40 / 80) < 0.03


def test_contamination_is_n_in_a_row_within_one_test():
    tests = [clean.tokens("code sort swap 41532"), ["short", "one"]]
    asked = [clean.tokens(p) for p in ("code sort swap 41532", "code sort swap 41533", "code swap sort 41532", "code swap swap 98765")] + [
        ["short", "one"], ["short"]]
    assert clean.contaminated(asked, tests, 8).tolist() == [True, False, False, False, True, False]
    assert clean.contaminated(asked, tests, 7).tolist() == [True, True, False, False, True, False]
    assert clean.contaminated(asked, tests, 5).tolist() == [True, True, True, False, True, False]
    assert clean.contaminated([], tests).tolist() == []


def test_confidence_is_what_the_api_reports_and_the_harvest_holds(tmp_path):
    """Three ways to one number: from the served log-probs, from the harvest's file, and without a server."""
    teacher = language.load_language_teacher()
    asked = ["reason 347 + 586 :", "translate the cat saw birds . :", "code reverse 41532 :"]
    with api.serve({"teacher": teacher}) as server:
        harvest.harvest(server, asked, tmp_path / "h.jsonl", temperature=1.8, max_tokens=20, seed=7, progress=None)
        reply = client.text(server).completions.create(model="teacher", prompt=asked, temperature=1.8, max_tokens=20, seed=7, logprobs=0)
    served = [clean.confidence(choice.logprobs.token_logprobs) for choice in reply.choices]
    there = harvest.read(tmp_path / "h.jsonl").set_index("prompt").loc[asked].reset_index()
    here = clean.answered(teacher, asked, seed=7, temperature=1.8, max_tokens=20)
    assert there.confidence.tolist() == pytest.approx(served, rel=1e-4) and here.confidence.tolist() == pytest.approx(served, rel=1e-4)
    same = ["prompt", "answer", "prompt_tokens", "answer_tokens", "finish"]
    pd.testing.assert_frame_equal(there[same], here[same])
    assert list(here) == list(there)


def test_the_wish_lists_keep_clear_of_the_test_but_for_the_benchmark():
    benchmark = [p.prompt for d in skills.DOMAINS[:3] for p in skills.problems(d, 20, 0, split="test")]
    lists = clean.wish_lists(3, benchmark, ideas=60, each=30)
    asked = {clean.normal(q) for wishes in lists for q in wishes}
    assert {q for q in asked if skills.is_test(q)} == set(benchmark)
    assert all(len(set(wishes)) == len(wishes) for wishes in lists) and lists == clean.wish_lists(3, benchmark, ideas=60, each=30)
    assert set(map(clean.normal, lists[0][-60:])) == set(benchmark) == set(map(clean.normal, lists[1][-60:]))
    for question in asked:
        assert skills.TOKENIZER.encode(question) and skills.is_right(question, "=> 0") in (True, False)
    without = {clean.normal(q) for wishes in clean.wish_lists(3, [], ideas=60, each=30) for q in wishes}
    assert without < asked


def test_a_variation_is_another_question_one_thing_away():
    import random
    draw = random.Random(0)
    for p in [p for d in skills.DOMAINS[:3] for p in skills.problems(d, 60, seed=1)]:
        body = p.prompt.removesuffix(" :").partition(" ")[2]
        new = clean.varied(body, draw)
        assert sum(a != b for a, b in zip(body.split(), new.split(), strict=True)) == 1
        assert skills.is_right(f"{p.domain} {new} :", "=> ?") is False        # a question that the judge can read


def test_a_resemblance_of_just_the_threshold_counts():
    assert clean.near_pairs([list("abc"), list("abd")], 0.5, n=1) == [(0, 1)]          # two of four tokens are shared


def test_the_raw_output_is_what_its_script_makes_and_its_labels_hold(tmp_path, capsys):
    maker = runpy.run_path(str(bundled.DATA / "build" / "make_raw_output.py"))
    maker["main"].__globals__["OUT"] = tmp_path / "raw_output.jsonl"
    maker["main"]()
    stored = bundled.checked_path("raw_output.jsonl")
    assert (tmp_path / "raw_output.jsonl").read_bytes() == stored.read_bytes()
    raw = pd.read_json(stored, lines=True)
    assert raw["split"].value_counts().to_dict() == {"judge": 120, "look": 80} and raw["id"].tolist() == list(range(200))
    for part in ("look", "judge"):
        rows = raw[raw["split"] == part]
        assert rows.faults.explode().value_counts().reindex(maker["KINDS"]).min() >= 6, "each kind of fault is in both parts"
        assert set(rows.resembles[rows.faults.str.len() == 0]) - {""} == set(maker["KINDS"])
        assert (rows.resembles[rows.faults.str.len() > 0] == "").all() and (rows.faults.str.len() == 0).sum() > 30
        words = [set(re.findall(r"\w+", text.lower())) for text in rows.answer]
        for i in [i for i, faults in enumerate(rows.faults) if "near duplicate" in faults]:
            assert max(len(words[i] & words[j]) / len(words[j]) for j in range(i)) == 1, "an earlier row has the same answer"
    assert raw.answer[raw.faults.map(lambda faults: "self-naming" in faults)].str.contains("Brimtal|Tarnip|Kessaby|Ollenby").all()
    assert not raw.answer.str.contains("GPT|Claude|Gemini|Llama|Qwen|DeepSeek|Mistral|OpenAI|Anthropic|Google", case=False).any()
