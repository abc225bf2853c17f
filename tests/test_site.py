"""The site and the decks: how many slides, what the site's own check finds, and, where they are built, what Chromium shows of them."""
import json
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
import slides

COURSE = Path(__file__).resolve().parents[1]
SITE = COURSE / "work" / "site"
PYTHON = COURSE / ".venv-site" / ("Scripts" if sys.platform == "win32" else "bin") / "python"
LESSONS = sorted((COURSE / "notebooks").glob("[0-9]*.ipynb"))
each = pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem[:2])


def cells(path):
    return nbformat.read(path, as_version=4).cells


@each
def test_a_lesson_is_fifteen_to_twenty_five_slides(path):
    """Lesson 00 takes five minutes and is all of its slides. The figure that says what a lesson claims is in its deck."""
    own, number = cells(path), path.stem[:2]
    deck = slides.plan(own)
    assert number == "00" or 15 <= len(deck) <= 25
    signatures = {i for i, cell in enumerate(own) if "signature" in cell.metadata.get("tags", [])}
    assert signatures <= {unit.cell for slide in deck for unit in slide.units}
    headings = [slide.heading for slide in slides.candidates(own)]
    for name in slides.exceptions(number):
        assert any(heading.startswith(name) for heading in headings) or any(f"### Exercise {name} " in cell.source for cell in own), \
            f"notebooks/slides.csv names {name}, which lesson {number} does not have"


@each
def test_every_cell_is_marked_for_other_tools(path):
    marked = [cell.metadata["slideshow"]["slide_type"] for cell in slides.mark(nbformat.read(path, as_version=4)).cells]
    assert marked[0] == "slide" and set(marked) <= {"slide", "subslide", "fragment", "skip", "-"}
    assert 4 <= sum(kind in ("slide", "subslide") for kind in marked) <= 25


GOOD = '<h1 id="a">A</h1><h2>B</h2><a href="#a">a</a> <a href="https://arxiv.org/abs/1503.02531">x</a><img src="p.png" alt="p">'


@pytest.mark.parametrize("old, new, found", [
    ("#a", "#b", "no such heading"), ('href="#a"', 'href="gone.html"', "leads nowhere"), ("arxiv.org/", "arxiv org/", "not the form"),
    ("p.png", "https://example.org/p.png", "loads from elsewhere"), (' alt="p"', "", "a picture without words"),
    ("h2", "h3", "an h3 after an h1"),
    ("<h2>", "<table><tr><td>1</td></tr></table><h2>", "a table without a head"), ("<h2>", '<h2 id="a">', "occurs 2 times"),
    ("#a", "../../secret.html", "leads nowhere"), ("#a", "file:///etc/passwd", "neither of this site nor the web")])
def test_the_check_of_the_site_finds(tmp_path, old, new, found):
    check = runpy.run_path(str(COURSE / "docs" / "site" / "check.py"))["check"]
    (tmp_path / "p.png").touch()
    (tmp_path / "index.html").write_text(GOOD)
    assert check(tmp_path)[0] == []
    (tmp_path / "index.html").write_text(GOOD.replace(old, new))
    assert found in "; ".join(check(tmp_path)[0])


def test_pages_and_decks_in_a_browser_without_a_network():
    """After make site. tests/site/look.py says what it looks at."""
    if not (PYTHON.exists() and (SITE / "index.html").exists() and (shutil.which("chromium") or shutil.which("google-chrome"))):
        pytest.skip("needs what make site builds, and Chromium")
    out = subprocess.run([PYTHON, COURSE / "tests" / "site" / "look.py"], capture_output=True, text=True, timeout=600)
    assert out.returncode == 0, out.stderr
    seen = json.loads(out.stdout)
    assert seen["pages"] >= len(LESSONS) + 8
    assert set(seen["slides"]) == {path.stem[:2] for path in LESSONS} and all(15 <= n <= 25 for k, n in seen["slides"].items() if k != "00")
