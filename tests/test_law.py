"""Lesson 13: every claim answers two questions by one rule, every source by another; every sentence that needs a reference has one."""
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

claims, law = exercises.material("claims"), exercises.material("law")
cases = exercises.material("13")
COURSE = Path(__file__).resolve().parents[1]
SOURCE = COURSE / "notebooks" / "src" / "13_law_policy_and_the_news.py"
ROWS = {**claims.ledger().to_dict("index"), **claims.sources().to_dict("index")}
RULES = importlib.util.spec_from_file_location("check_claims", bundled.DATA / "build" / "check_claims.py")
rules = importlib.util.module_from_spec(RULES)
RULES.loader.exec_module(rules)
# a sentence with one of these is about people, firms, law or the event
NAMES = re.compile(
    r"Anthropic|Claude|DeepSeek|Moonshot|Kimi|MiniMax|Musk|xAI|Google|OpenAI|Alibaba|Reddit|Meta's|Llama|Stanford|AI Index|CNN|Lambert|"
    r"Henderson|Lemley|Fudan|Nature\b|White House|Congress|Senat|embassy|ministry|Beijing|Munich|London|Compulife|hiQ|Ryanair|Bartz|"
    r"\bcourts?\b|Court|lawsuit|the accused|accuser|accusation|the provider says|scholars|copyright|trade secret|[Tt]he article|the post\b|"
    r"24,000|16 million|28\.8|fair use|\bIn the (US|EU)\b|treaty|memorandum")
WORD = r"[CL]\d\d (?:shown|said|not said|no source|reported|unverified|contradicted)"
REFERENCE = re.compile(rf"\[({WORD}(?:, {WORD})*)\]")
EXEMPT = ("## References", "# 13 ·")              # their own sources, and the header


def cited(text):
    """The references in a text, in order: [(id, word), ...]. "[C05 said, L13 shown]" has two."""
    return [tuple(part.split(" ", 1)) for found in REFERENCE.findall(text) for part in found.split(", ")]


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

def test_every_row_keeps_the_rules():
    assert rules.SO == claims.SO
    broken = [fault for name, row in ROWS.items() for fault in rules.faults({"id": name, **{k: v for k, v in row.items() if k != "word"}})]
    assert not broken, "\n".join(broken)


@pytest.mark.parametrize("name,harm,why", [
    ("C05", {"so": "probably"}, "not one of the list"), ("C05", {"source": " "}, "empty"), ("C05", {"date": "recently"}, "date"),
    ("C05", {"address": "none"}, "has an address"), ("C05", {"quote": "word " * 16}, "too long"),
    ("C05", {"read": "reports"}, "kind of link"),
    ("C06", {"read": "part"}, "'no' needs"), ("C05", {"so": "reported"}, "needs a report"),
    ("C46", {"so": "contradicted"}, "opinion or advice"),
    ("C13", {"so": "shown"}, "the text itself"), ("C24", {"note": "Corroborated."}, "first edition"),
    ("C24", {"note": "It is so."}, "what was not found"),
    ("C06", {"note": "It is so."}, "what is not said"),
    ("L13", {"link_is": "the text"}, "kind of link"),
    ("L36", {"kind": "statement"}, "is a report"), ("L18", {"address": "https://x.org"}, "has an address"),
    ("L61", {"kind": "rumour"}, "kind is not")])
def test_a_row_that_breaks_a_rule_is_named(name, harm, why):
    row = {"id": name, **{k: v for k, v in ROWS[name].items() if k != "word"}, **harm}
    assert any(why in fault for fault in rules.faults(row)), rules.faults(row)


def test_the_word_of_a_source_follows_from_what_it_is_and_what_was_read():
    for row in claims.sources().itertuples():
        assert row.word == rules.word(row.kind, row.read), row.Index
    assert [rules.word(*pair) for pair in (("law", "part"), ("statement", "whole"), ("judgment", "quoted"), ("terms", "nothing"))] == \
        ["shown", "said", "reported", "unverified"]


def test_the_word_of_a_claim_follows_from_its_two_answers():
    for row in claims.ledger().itertuples():
        if row.so == "unverified" and row.put_to != "the article itself":
            assert row.word == {"yes": "said", "no": "not said", "no such source found": "no source"}[row.said], row.Index
        else:
            assert row.word == row.so, row.Index


def test_all_51_claims_are_there_word_for_word():
    table = claims.ledger()
    assert list(table.index) == [f"C{i:02}" for i in range(1, 52)]
    assert hashlib.sha256("\n".join(table.quote).encode()).hexdigest() == \
        "f0f9ddec4e936d3e3e28d2dacabef8d61d73969c937ac5d403077a261b915736"
    assert table.so.value_counts().to_dict() == {"unverified": 32, "contradicted": 10, "reported": 5, "shown": 4}
    assert table.said.value_counts().to_dict() == {"yes": 24, "no such source found": 20, "no": 7}


def test_the_first_list_contradicted_itself_and_the_ledger_does_not():
    """The pairs that the audit named: equal claims have equal answers, and each change says why."""
    table = claims.ledger()
    assert table.loc["C06", ["said", "so"]].tolist() == ["no", "unverified"]
    assert table.loc["C24", ["said", "so"]].tolist() == table.loc["C25", ["said", "so"]].tolist() == ["no such source found", "unverified"]
    assert table.loc["C30", ["said", "so"]].tolist() == table.loc["C31", ["said", "so"]].tolist()
    assert table.loc["C01", "so"] == "reported" and table.loc["C33", "so"] == "unverified"
    for name in ("C01", "C06", "C24", "C25", "C30", "C31", "C33"):
        assert table.correction[name] != "none", name
    assert (table.correction[table.correction != "none"].str.len() > 30).all()
    sources = claims.sources()
    assert sources.loc[["L13", "L21", "L01", "L06", "L23"], "word"].eq("reported").all() and sources.word["L22"] == "shown"


def test_nothing_that_was_not_found_is_shown_and_no_party_is_its_own_witness():
    table = claims.ledger()
    assert (table.so[table.said == "no such source found"] != "shown").all()
    accused = table[table.put_to.str.startswith("Anthropic")]                 # the accuser's post shows what it says, and no more
    post = accused[accused.address.str.endswith("detecting-and-preventing-distillation-attacks")]
    assert set(post.so) <= {"unverified", "contradicted"}


def test_better_sources_are_said_and_checks_are_dated():
    table = claims.ledger()
    better = table[table.better != "none found"]
    assert len(better) >= 12 and (better.better.str.len() > 20).all()
    assert table.checked.str.match(r"2026-\d\d-\d\d: .+|not checked again").all()
    for column in ("better", "note", "correction"):
        assert all(row in ROWS for text in table[column] for row in re.findall(r"\b[CL]\d\d\b", text))


def test_the_law_is_not_of_one_country_alone():
    table = claims.sources()
    law_rows = table[table.layer.isin(["the model", "the door", "the answers"])]
    assert {"US", "EU", "UK", "China", "Japan"} <= set(law_rows.place) and (law_rows.place != "US").mean() > 0.4
    assert (table.weak != "no").sum() >= 8                                     # weak sources are marked as such


def test_the_links_to_lessons_lead_to_a_heading():
    table = claims.ledger()
    for row in table[table.course != ""].itertuples():
        assert row.course in ("supports", "refines", "contradicts") and row.why
        lesson, _, anchor = row.link.partition("#")
        source = COURSE / "notebooks" / "src" / lesson.replace(".ipynb", ".py")
        assert source.is_file(), row.link
        if not anchor:
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
    assert sum(section.startswith("### ") for section, _ in paragraphs()) > 8
    told = ("## The incident", "## Three layers", "## Breach or infringement?", "## The strongest case", "### ")
    for section, text in paragraphs():
        teaches = text.rstrip("*").endswith(("?", ":")) or text.startswith("|") or not NAMES.search(text) and len(text.split()) < 75
        assert not section.startswith(told) or cited(text) or teaches, f"{section}: {text}"


def test_every_row_is_shown_by_the_lesson():
    text = SOURCE.read_text()
    assert 'claims.show(table, "quote", "put_to", "said", "so")' in text
    for layer in claims.sources().layer.unique():
        assert f'facts.layer == "{layer}"' in text, layer


def test_the_committed_lesson_prints_every_row():
    pages = "".join(str(o.get("data", {}).get("text/html", "")) for c in json.loads(
        (COURSE / "notebooks" / f"{SOURCE.stem}.ipynb").read_text())["cells"] for o in c.get("outputs", ()))
    assert all(f"<th>{name}</th>" in pages for name in ROWS)


def sides():
    """{name: (position, on record, still to show)} of the six sides, without references."""
    text = " ".join(block if block.startswith("**") else f"\n{block}" for section, block in paragraphs()
                    if section.startswith("## The strongest case"))
    text = REFERENCE.sub("", re.sub(r"^#+.*$", "", text, flags=re.M))
    found = re.findall(r"\*\*(The provider|The critics[^*]*|The accused firms|Open research|Control|Competition[^*]*)\.\*\*(.*?)"
                       r"- On record:(.*?)- Still to show:(.*?)(?=\*\*[A-Z]|\Z)", text, flags=re.S)
    return {name: parts for name, *parts in found}


def test_the_six_sides_have_one_shape_and_differ_by_at_most_a_fifth():
    found = sides()
    assert len(found) == 6
    words = {name: sum(len(part.split()) for part in parts) for name, parts in found.items()}
    speech = {name: len(parts[0].split()) for name, parts in found.items()}
    assert max(words.values()) <= 1.2 * min(words.values()), words
    assert max(speech.values()) <= 1.2 * min(speech.values()), speech


def test_what_the_article_proposes_advises_suspects_and_credits_can_be_argued_with():
    text = SOURCE.read_text()
    for section, rows in (("### Three proposals", 3), ("### Advice to firms", 3), ("### Motives", 3), ("### Innovations", 3)):
        part = text[text.index(section):].split("\n# #", 1)[0]
        assert "*For*:" in part and "*Against*:" in part, section
        assert "| the claim | what would show" in part and "who would lose" in part, section
        assert len(re.findall(r"^# \| [A-Z\"]", part, flags=re.M)) == rows, section


def test_the_interest_of_the_authors_is_stated():
    text = " ".join(SOURCE.read_text().split())
    for said in ("**Interest.**", "language models", "No lawyer and no independent", "Corrections are "
                                                                                     "welcome", "**Two hours without code.**"):
        assert said in text.replace("# ", ""), said


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
    mine.statuses[0].value, mine.sure[0].value = claims.SO[2], 0.7
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
        assert len({pattern[i] for pattern in verdicts}) == 3, f"{law.LAYERS[i]} should be in play, disputed and out somewhere"


@pytest.mark.parametrize("layer,change", [
    (1, {"terms": "never shown"}), (1, {"rule": "allows it"}), (1, {"country": "EU"}), (1, {"weights": "open", "rule": "is silent"}),
    (0, {"terms": "never shown"}), (0, {"weights": "open"}), (0, {"taken": "the weights"}), (2, {"content": "personal data"}),
    (2, {"accounts": "many, false names"}), (2, {"content": "pages of others' works"})])
def test_one_fact_changes_one_layer(layer, change):
    before, after = law.layers(law.Facts()), law.layers(law.Facts()._replace(**change))
    assert before[layer].verdict != after[layer].verdict


def test_the_layers_are_as_careful_as_their_sources():
    """The audit's points: see lessons_11_13.md, lesson 13, 2."""
    rival = law.Facts()
    assert law.layers(rival)[0].verdict == law.OPEN and "L11" in law.layers(rival)[0].why          # a law firm thinks it arguable
    assert law.layers(rival)[1].verdict == law.OPEN                                                # US courts disagree on such terms
    alleged = cases.SCENARIOS["As alleged: many names, a reseller"]
    # not the accused's best fact, nor the provider's
    assert alleged.terms == "a reseller accepted"
    assert {f.verdict for f in law.layers(alleged)} == {law.OPEN}                                  # the third layer can light, too
    assert law.layers(alleged._replace(terms="accepted"))[1].verdict == law.IN
    stolen = law.Facts(access="free", taken="the weights", weights="closed", terms="never shown", rule="is silent")
    assert law.layers(stolen)[0].verdict == law.IN
    accepted = law.Facts(weights="open")                                                           # a licence against rivals, and accepted
    assert law.layers(accepted)[1].verdict == law.IN and "L13" in law.layers(accepted)[1].why
    for country in law.CHOICES["country"]:
        assert all(f.why for f in law.layers(alleged._replace(country=country)))


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
    names.value = "A provider that is silent"
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
    assert ends["clear terms for paid use"]["users"] > ends["models are property"]["users"]
    sure = law.outcome(law.Rule(reach=1, fine=2, chill=0), world._replace(found=1, innocent=0), arena)
    assert sure == {"copies": False, "attacker": 0.0, "provider": 0.0, "users": 0.0}
    free = law.outcome(law.Rule(0, 0, 0), world._replace(innocent=0), arena)
    assert free["attacker"] == pytest.approx(arena["copy"] * 10 - 0.5) and free["users"] == 0
    assert free["provider"] == pytest.approx(0.5 - arena["copy"] * 10)


def test_the_measured_shares_are_shares():
    for defence in ("none", "noise", "poisoned", "randomised response"):
        assert all(-0.02 <= value <= 1 for value in law.measured(defence).values())
    assert law.measured("noise")["score lost"] > 0.9 and law.measured("randomised response")["class lost"] > 0.3


def test_a_record_with_gaps_is_named():
    assert cases.missing({}) == list(cases.PROVENANCE) and len(cases.PROVENANCE) == 10
    assert cases.missing(dict.fromkeys(cases.PROVENANCE, "x") | {"date": " "}) == ["date"]
