"""The front page: short, in plain numbers that the stored results have, and every link, picture, form and citation as it should be."""
import csv
import re
import tomllib
from pathlib import Path

import pytest
import yaml

COURSE = Path(__file__).resolve().parents[1]
README = (COURSE / "README.md").read_text(encoding="utf-8")
PROJECT = tomllib.loads((COURSE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CITATION = yaml.safe_load((COURSE / "CITATION.cff").read_text(encoding="utf-8"))
PAGES = [COURSE / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")] + sorted((COURSE / "docs").glob("*.md"))
FORMS = [path for path in sorted((COURSE / ".github" / "ISSUE_TEMPLATE").glob("*.yml")) if path.name != "config.yml"]
SITES = r"(?:github\.com|mybinder\.org/v2/gh|codespaces\.new|colab\.research\.google\.com/github)/([\w.-]+/[\w.-]+)"
page = pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)


def prose(path):
    """A page without its code, in which brackets and bars mean something else."""
    return re.sub(r"(?ms)^ *```.*?^ *```|`[^`\n]*`", "", path.read_text(encoding="utf-8"))


def cells(text):
    """The words of every table cell: a link counts as its words."""
    for line in text.splitlines():
        if line.startswith("|"):
            yield from (re.sub(r"\]\([^)]*\)", "", cell).split() for cell in line.strip("|").split("|"))


def test_the_readme_is_short():
    lines = README.splitlines()
    assert len(lines) <= 150 and max(map(len, lines)) <= 300
    assert max(map(len, cells(README))) <= 20, max(cells(README), key=len)


def test_what_a_newcomer_asks_is_answered_on_the_first_screens():
    first = "\n".join(README.splitlines()[:80])
    assert all(f"**{question}**" in first for question in ("For whom", "How long", "How to start", "What was found"))
    assert len(re.findall(r"<img |!\[", first)) >= 2 and "make lab" in first


@page
def test_every_relative_link_leads_somewhere(path):
    links = re.findall(r"\]\(([^)\s]+)\)|(?:src|href)=\"([^\"]+)\"", prose(path))
    for link in map("".join, links):
        target, _, anchor = link.partition("#")
        if ":" not in link:
            place = path.parent / target if target else path
            assert place.exists(), f"{path.name} links to {target}, which is not there"
            headings = re.findall(r"(?m)^#+ (.+)$", place.read_text(encoding="utf-8")) if anchor else []
            assert not anchor or anchor in [re.sub(r"[^\w -]", "", h).strip().lower().replace(" ", "-") for h in headings], link


@page
def test_every_picture_has_words(path):
    """A picture of ours needs a sentence, a button from elsewhere its name."""
    text = prose(path)
    found = re.findall(r"!\[([^\]]*)\]\(([^)\s]+)", text)
    for tag in re.findall(r"<img[^>]*>", text):
        attributes = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        found.append((attributes.get("alt", ""), attributes["src"]))
    for words, source in found:
        assert len(words) > (0 if ":" in source else 40), source


def test_the_lesson_table_is_the_lessons():
    rows = re.findall(r"(?m)^\| (\d\d) \| \[[^\]]+\]\(notebooks/([\w]+)\.ipynb\) \| (\d+) \|", README)
    sources = sorted((COURSE / "notebooks" / "src").glob("[0-9]*.py"))
    stated = [(path.stem[:2], path.stem, re.search(r"\*\*Minutes\*\* (\d+)", path.read_text(encoding="utf-8"))[1]) for path in sources]
    assert rows == stated
    exercises = sum(len(re.findall(r"(?m)^@exercise\(", path.read_text(encoding="utf-8"))) for path in sources)
    hours = round(sum(int(minutes) for _, _, minutes in rows) / 60)
    assert f"{len(rows)} lessons and {exercises} exercises, about {hours} hours" in README


def test_what_was_found_is_what_the_board_has():
    """Each finding names its row last and has that row's mean and interval first, in percent or points."""
    with (COURSE / "benchmarks" / "replications.csv").open(newline="", encoding="utf-8") as file:
        stored = {row["id"]: row for row in csv.DictReader(file)}
    findings = re.search(r"(?s)\*\*What was found\*\*.*?\n\n(.*?)\n\n", README)[1].split("\n- ")
    assert len(findings) >= 3
    for finding in findings:
        row = stored[re.search(r"\((\w+)\)$", finding)[1]]
        said = re.search(r"([\d.]+)\s(?:%|points)\s\(([\d.]+) to ([\d.]+)\)", finding).groups()
        digits = len(said[0].partition(".")[2])
        assert said == tuple(f"{100 * float(row[key]):.{digits}f}" for key in ("mean", "low", "high")), finding


@pytest.mark.parametrize("path", [*PAGES, *sorted((COURSE / "docs").glob("*.py")), COURSE / "CITATION.cff"], ids=lambda path: path.name)
def test_the_address_is_that_of_pyproject(path):
    """Addresses of other projects are left alone: what counts is this repository's name, and every button that opens it."""
    own = re.search(SITES, PROJECT["urls"]["Repository"])[1]
    for found in re.finditer(SITES, path.read_text(encoding="utf-8")):
        if "github.com" not in found[0] or found[1].endswith(f"/{own.split('/')[1]}"):
            assert found[1].removesuffix(".git") == own, f"{path.name}: {found[0]}"


def test_the_citation_file_is_complete():
    assert {"cff-version", "message", "title", "authors", "version", "date-released", "license", "repository-code"} <= set(CITATION)
    assert CITATION["cff-version"] == "1.2.0" and all("name" in author or "family-names" in author for author in CITATION["authors"])
    assert CITATION["version"] == PROJECT["version"] and CITATION["repository-code"] == PROJECT["urls"]["Repository"]
    released = re.search(r"(?m)^## \[(\d[\d.]*)\] - (\S+)$", (COURSE / "CHANGELOG.md").read_text(encoding="utf-8"))
    assert released.groups() == (CITATION["version"], str(CITATION["date-released"]))


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.name)
def test_an_issue_form_can_be_filled_in(path):
    form = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert form["name"] and form["description"]
    asked = [part for part in form["body"] if part["type"] != "markdown"]
    assert {part["type"] for part in asked} <= {"input", "textarea", "dropdown", "checkboxes"}
    assert len({part["id"] for part in asked}) == len(asked) and all(part["attributes"]["label"] for part in asked)
    assert any(part.get("validations", {}).get("required") for part in asked)


def test_there_are_two_issue_forms_and_the_second_knows_every_lesson():
    names = {yaml.safe_load(path.read_text(encoding="utf-8"))["name"]: path for path in FORMS}
    assert {"A sentence that I had to read twice", "My right answer was refused"} <= set(names)
    parts = yaml.safe_load(names["My right answer was refused"].read_text(encoding="utf-8"))["body"]
    offered = next(part["attributes"]["options"] for part in parts if part.get("id") == "lesson")
    assert set(offered) == {path.stem[-2:] for path in (COURSE / "notebooks" / "exercises").glob("lesson_*.py")}
