"""Lesson 13: every claim and every legal fact has a source and one of four statuses; every sentence that needs one has a reference."""
import hashlib
import importlib.util
import json
import re
from pathlib import Path
from urllib.parse import unquote

import pytest
import torch

from course_utils.files import bundled
from course_utils.lesson import exercises
from course_utils.society import claims

law = exercises.material("law")

cases = exercises.material("13")
COURSE = Path(__file__).resolve().parents[1]
SOURCE = COURSE / "notebooks" / "src" / "13_law_policy_and_the_news.py"
ROWS = {**claims.ledger().to_dict("index"), **claims.sources().to_dict("index")}
SHOWS = {"corroborated by primary source": {"that it was said", "that it is so"}, "reported by press": {"that it was reported"},
         "plausible but unverified": {"nothing yet", "nothing: it is an opinion or advice"},
         "contradicted / misnamed": {"that it is not so", "that it was not said", "that a name, a date or a source is wrong"}}
# a sentence with one of these is about people, firms, law or the event
NAMES = re.compile(
    r"Anthropic|Claude|DeepSeek|Moonshot|Kimi|MiniMax|Musk|xAI|Google|OpenAI|Alibaba|Reddit|Meta's|Llama|Stanford|AI Index|CNN|Lambert|"
    r"Henderson|Lemley|Fudan|Nature\b|White House|Congress|Senat|embassy|ministry|Beijing|Munich|London|Compulife|hiQ|Ryanair|Bartz|"
    r"\bcourts?\b|Court|lawsuit|the accused|accuser|accusation|the provider says|scholars|copyright|trade secret|[Tt]he article|the post\b|"
    r"24,000|16 million|28\.8|fair use|\bIn the (US|EU)\b|treaty|memorandum")
REFERENCE = re.compile(r"\[([CL]\d\d [a-z]+(?:, [CL]\d\d [a-z]+)*)\]")
EXEMPT = ("## References", "# 13 ·")              # their own sources, and the header


def cited(text):
    """The references in a text, in order: [(id, word), ...]. "[C05 said, L13 shown]" has two."""
    return [tuple(part.split()) for found in REFERENCE.findall(text) for part in found.split(", ")]


def paragraphs():
    """(section, paragraph) of the lesson's text: list items and table rows are paragraphs of their own."""
    section = ""
    for cell in re.split(r"^# %%", SOURCE.read_text(), flags=re.M):
        if not cell.startswith(" [markdown]"):
            continue
        text = re.sub(r"^# ?", "", cell.split("\n", 1)[1], flags=re.M)
        for block in re.split(r"\n\s*\n|\n(?=[-|] ?|\d\. )", text):
            block = " ".join(block.split())
            if block.startswith("#"):
                section = block
            elif block and not re.fullmatch(r"[-| ]+", block):
                yield section, block


def sentences(text):
    """Sentences, each with the references that stand before its full stop. A table row is one."""
    text = re.sub(r"\]\(http[^)]*\)", "]", text)
    return [text] if text.startswith("|") else re.split(r"(?<=[.!?:;])[*\"]*\s+(?=[*\"(]*[A-Z])", text)


def lacking(text):
    """The sentences of a text that are about people, firms, law or the event, and have no reference."""
    return [s for s in sentences(text) if NAMES.search(s) and not cited(s) and not s.rstrip(" *)_").endswith(("?", ":"))]


# ---------------------------------------------------------------- the tables

def test_every_row_is_complete_and_its_status_is_one_of_four():
    spec = importlib.util.spec_from_file_location("check_claims", bundled.DATA / "build" / "check_claims.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.STATUSES == claims.STATUSES
    for name, row in ROWS.items():
        module.check({"id": name, **row})
        assert row["shows"] in SHOWS[row["status"]], name
    for harm in ({"status": "probably"}, {"source": " "}, {"date": "recently"}, {"address": "none"}, {"quote": "word " * 16}):
        with pytest.raises(SystemExit):
            module.check({"id": "C05", **ROWS["C05"], **harm})


def test_all_51_claims_are_there_word_for_word():
    table = claims.ledger()
    assert list(table.index) == [f"C{i:02}" for i in range(1, 52)]
    assert hashlib.sha256("\n".join(table.quote).encode()).hexdigest() == \
        "f0f9ddec4e936d3e3e28d2dacabef8d61d73969c937ac5d403077a261b915736"
    assert table.status.value_counts().to_dict() == {claims.STATUSES[3]: 17, claims.STATUSES[2]: 16, claims.STATUSES[0]: 15,
                                                     claims.STATUSES[1]: 3}


def test_better_sources_are_said_and_checks_are_dated():
    table = claims.ledger()
    better = table[table.better != "none found"]
    assert len(better) >= 12 and (better.better.str.len() > 20).all()
    assert table.checked.str.match(r"2026-\d\d-\d\d: .+|not checked again").all()
    for text in table.better:
        assert all(row in ROWS for row in re.findall(r"\b[CL]\d\d\b", text))


def test_an_allegation_is_never_shown_to_be_so():
    table = claims.ledger()
    accusation = table[table.group == "the accusation"]
    assert (accusation.shows != "that it is so").all()
    assert set(accusation[accusation.status == claims.STATUSES[0]].word) == {"said"}


def test_the_links_to_lessons_lead_to_a_heading():
    table = claims.ledger()
    for row in table[table.course != ""].itertuples():
        assert row.course in ("supports", "refines", "contradicts") and row.why
        lesson, _, anchor = row.link.partition("#")
        source = COURSE / "notebooks" / "src" / lesson.replace(".ipynb", ".py")
        if not anchor:
            assert lesson[:2] in ("10", "11", "12")
            continue
        headings = [h.replace(" ", "-") for h in re.findall(r"^# ##+ (.+)$", source.read_text(), flags=re.M)]
        assert unquote(anchor) in headings, row.link


# ---------------------------------------------------------------- the text

def everything():
    """(where, text) of all that the lesson prints in words: its markdown, the scenarios' reasons, the quiz."""
    yield from ((s, p) for s, p in paragraphs() if not s.startswith(EXEMPT))
    for name, facts in cases.SCENARIOS.items():
        yield from ((name, finding.why) for finding in law.layers(facts))
    for questions in (exercises.questions("13"), exercises.questions("13", "READING")):
        for _, _, options in questions:
            yield from (("quiz", why) for why in options.values())


def test_every_sentence_about_the_event_or_the_law_has_a_reference():
    found = [(where, s) for where, text in everything() for s in lacking(text)]
    assert not found, "\n".join(f"{where}: {s}" for where, s in found)


def test_the_check_sees_a_sentence_without_a_reference():
    assert lacking("A court found so. That is all [C05 said].") == ["A court found so."]
    assert not lacking("A court found so [L16 shown]. Was it the court?")


def test_every_reference_is_a_row_and_carries_its_status():
    for where, text in everything():
        for name, word in cited(text):
            assert name in ROWS, f"{where}: {name} is no row"
            assert word == ROWS[name]["word"], f"{where}: {name} is {ROWS[name]['word']}, and not {word}"
        # nothing that looks like a reference and is none
        assert len(re.findall(r"\[[^\]]*\b[CL]\d\d\b[^\]]*\]", text)) == len(REFERENCE.findall(text)), text


def test_the_sections_on_the_event_the_law_and_the_sides_cite_in_every_paragraph():
    """But for those that ask, announce, or reason in a few words without naming anybody."""
    told = ("## The incident", "## Three layers", "## Breach or infringement?", "## The strongest case", "## From a proposal")
    for section, text in paragraphs():
        teaches = text.rstrip("*").endswith(("?", ":")) or text.startswith("|") or not NAMES.search(text) and len(text.split()) < 75
        assert not section.startswith(told) or cited(text) or teaches, f"{section}: {text}"


def test_every_row_is_shown_by_the_lesson():
    text = SOURCE.read_text()
    assert 'claims.show(table, "quote", "says", "status", "shows")' in text
    for layer in claims.sources().layer.unique():
        assert f'facts.layer == "{layer}"' in text, layer


def test_the_committed_lesson_prints_every_row():
    pages = "".join(str(o.get("data", {}).get("text/html", "")) for c in json.loads(
        (COURSE / "notebooks" / f"{SOURCE.stem}.ipynb").read_text())["cells"] for o in c.get("outputs", ()))
    assert all(f"<th>{name}</th>" in pages for name in ROWS)


# ---------------------------------------------------------------- scores

def test_brier_and_kappa():
    sure = torch.eye(4, dtype=torch.float64)
    assert cases.brier(sure, torch.arange(4)) == 0 and cases.brier(sure, (torch.arange(4) + 1) % 4) == 2
    assert cases.brier(torch.full((10, 4), 0.25), torch.zeros(10).long()) == pytest.approx(0.75)
    assert cases.kappa(torch.tensor([0, 0, 1, 1]), torch.tensor([0, 1, 1, 1])) == pytest.approx(0.5)


def test_the_bill_and_its_weight():
    assert claims.campaign_cost(1000, 500, 1000, 3, 15) == 16.5
    assert claims.weight(16e6, 500, 2000) == 160
    assert sum(claims.CAMPAIGNS.values()) == 16_550_000


def test_a_judgement_is_even_until_something_is_chosen():
    mine = cases.Judgement()
    assert torch.equal(mine.probabilities(), torch.full((10, 4), 0.25, dtype=torch.float64))
    mine.statuses[0].value, mine.sure[0].value = claims.STATUSES[2], 0.7
    assert mine.probabilities()[0].tolist() == pytest.approx([0.1, 0.1, 0.7, 0.1])
    assert mine.probabilities({1: (1, 0, 0, 0)})[0].tolist() == [1, 0, 0, 0]
    with pytest.raises(ValueError, match="sum to 1"):
        mine.probabilities({2: (1, 1, 0, 0)})


# ---------------------------------------------------------------- layers

def test_there_are_twelve_scenarios_and_they_differ():
    assert len(cases.SCENARIOS) >= 12 and len(set(cases.SCENARIOS.values())) == len(cases.SCENARIOS)
    verdicts = {tuple(f.verdict for f in law.layers(facts)) for facts in cases.SCENARIOS.values()}
    assert len(verdicts) >= 6
    for i in range(3):
        assert len({pattern[i] for pattern in verdicts}) == 3, f"{law.LAYERS[i]} should be in play, arguable and out somewhere"


@pytest.mark.parametrize("layer,change", [
    (1, {"terms": "never shown"}), (1, {"rule": "allows it"}), (1, {"purpose": "a small tool"}), (1, {"weights": "open"}),
    (0, {"accounts": "many, false names"}), (0, {"country": "EU"}), (0, {"taken": "traces"}), (2, {"content": "personal data"}),
    (2, {"content": "pages of others' works"})])
def test_one_fact_changes_one_layer(layer, change):
    before, after = law.layers(law.Facts()), law.layers(law.Facts()._replace(**change))
    assert before[layer].verdict != after[layer].verdict


def test_all_combinations_have_a_reasoned_finding():
    """Every reason that any combination of facts can give has references, and they are right."""
    import itertools
    reasons = {f.why for facts in itertools.product(*law.CHOICES.values()) for f in law.layers(law.Facts(*facts))}
    for why in reasons:
        assert cited(why), why
        assert all(ROWS[name]["word"] == word for name, word in cited(why)), why
    with pytest.raises(ValueError, match="country is 'Atlantis'"):
        law.layers(law.Facts(country="Atlantis"))


def test_the_widget_checks_and_explains():
    box = cases.play()
    names, *rows, last, says = box.children
    names.value = "A provider who is silent"
    _, *ticks, button = last.children
    button.click()
    assert says.value.count("✔") == 3 and "No clause, no breach" in says.value
    ticks[1].value = True
    button.click()
    assert "✘ the door: not in play" in says.value


# ---------------------------------------------------------------- policy

def test_what_a_rule_changes():
    arena, world = law.measured("none"), law.Assumptions()
    ends = {name: law.outcome(rule, world, arena) for name, rule in law.RULES.items()}
    assert ends["as now: contract, unclear"]["copies"] and not ends["property, and a treaty"]["copies"]
    assert ends["clear terms for paid use"]["honest"] > ends["models are property"]["honest"]
    sure = law.outcome(law.Rule(reach=1, fine=2, chill=0), world._replace(found=1, innocent=0), arena)
    assert sure == {"copies": False, "copier": 0.0, "provider": 0.0, "honest": 0.0}
    free = law.outcome(law.Rule(0, 0, 0), world._replace(innocent=0), arena)
    assert free["copier"] == pytest.approx(arena["copy"] * 10 - 0.5) and free["honest"] == 0
    assert free["provider"] == pytest.approx(0.5 - arena["copy"] * 10)


def test_the_measured_shares_are_shares():
    for defence in ("none", "noise", "poisoned", "randomised response"):
        assert all(-0.02 <= value <= 1 for value in law.measured(defence).values())
    assert law.measured("noise")["score lost"] > 0.9 and law.measured("randomised response")["class lost"] > 0.3


def test_a_record_with_gaps_is_named():
    assert cases.missing({}) == list(cases.PROVENANCE) and len(cases.PROVENANCE) == 10
    assert cases.missing(dict.fromkeys(cases.PROVENANCE, "x") | {"date": " "}) == ["date"]
