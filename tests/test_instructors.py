"""INSTRUCTORS.md: timetables that add up with their exercises, every exercise named once, points, techniques, links."""
import re
from pathlib import Path

import pytest

COURSE = Path(__file__).resolve().parents[1]
TEXT = (COURSE / "INSTRUCTORS.md").read_text(encoding="utf-8")
LESSONS = sorted((COURSE / "notebooks" / "src").glob("[0-9]*.py"))


def part(number):
    """The text of a lesson, from its heading to the next lesson's."""
    return re.search(rf"(?ms)^## {number} · .*?(?=^## |\Z)", TEXT)[0]


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem[:2])
def test_a_timetable_adds_up(path):
    """The rows sum to the lesson's minutes, and an exercise that is done in the room fits into its row."""
    source = path.read_text(encoding="utf-8")
    minutes = int(re.search(r"\*\*Minutes\*\* (\d+)", source)[1])
    takes = {name: int(m) for name, m in re.findall(r"(?m)^# ### Exercise (\d\d\.\d) .*?(\d+) minutes\)$", source)}
    text = part(path.stem[:2])
    rows = [(int(m), row) for m, row in re.findall(r"(?m)^\| (\d+) \|([^|]*)\|", text)]
    assert f"({minutes} minutes" in text.splitlines()[0] and sum(m for m, _ in rows) == minutes
    named = [name for _, row in rows for name in re.findall(r"\d\d\.\d", row)]
    assert sorted(named) == sorted(takes)
    for m, row in rows:
        assert sum(takes[name] for name in re.findall(r"\*\*(\d\d\.\d)\*\*", row)) <= m, row


def test_the_points_are_those_of_the_lessons():
    points = sum(int(n) for path in LESSONS for n in re.findall(r'"points": (\d+)', path.read_text(encoding="utf-8")))
    assert f"There are {points} points" in TEXT


def test_every_technique_has_a_number_and_every_link_leads_somewhere():
    rows = re.findall(r"(?m)^\| \d\d[^|]*\|([^|]*)\|[^|]*\|[^|]*\|[^|]*\|$", TEXT)
    assert len(rows) == 12 and all("AML." in row or "none" in row for row in rows)
    for link in re.findall(r"\]\(([^)\s:]+)\)", TEXT):
        target, _, anchor = link.partition("#")
        headings = re.findall(r"(?m)^#+ (.+)$", (COURSE / target).read_text(encoding="utf-8"))
        assert not anchor or anchor in [re.sub(r"[^\w -]", "", h).strip().lower().replace(" ", "-") for h in headings]
