"""Each notebook is its source, executed; and keeps the course's rules of form."""
import ast
import re
import statistics
from pathlib import Path

import build
import nbformat
import pytest

from course_utils.lesson import exercises

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"

SOURCES = sorted((NOTEBOOKS / "src").glob("*.py"))
each = pytest.mark.parametrize("source", SOURCES, ids=lambda s: s.stem)


def committed(source):
    return nbformat.read(NOTEBOOKS / f"{source.stem}.ipynb", as_version=4)


def code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def lines(cell):
    return [line for line in cell.source.splitlines() if line.strip()]


def test_every_notebook_has_a_source():
    assert {p.stem for p in NOTEBOOKS.glob("*.ipynb")} == {s.stem for s in SOURCES}


@each
def test_pair(source):
    """Differs? Run `make notebooks`."""
    fresh, stored = build.from_source(source), committed(source)
    assert [(c.cell_type, c.id, c.source, c.metadata) for c in fresh.cells] == \
           [(c.cell_type, c.id, c.source, c.metadata) for c in stored.cells], "the pair differs: run `make notebooks`"
    assert stored.metadata == fresh.metadata


@each
def test_committed_executed_and_normalised(source):
    stored = committed(source)
    nbformat.validate(stored)
    assert [c.execution_count for c in code(stored)] == list(range(1, len(code(stored)) + 1)), "not executed from top to bottom"
    before = nbformat.writes(stored)
    assert nbformat.writes(build.normalise(stored)) == before


@each
def test_cells_are_short(source):
    """At most 88 characters a line, so that nothing scrolls sideways in a window of 900 pixels."""
    counts = [len(lines(c)) for c in code(committed(source))]
    assert max(counts) <= 25 and statistics.median(counts) <= 10
    too_wide = [line for c in code(committed(source)) for line in lines(c) if len(line) > 88]
    assert not too_wide


@each
def test_every_picture_has_words(source):
    """As alternative text in HTML: JupyterLab shows no other. And what a table tells it tells without a style sheet."""
    for page in [o.data.get("text/html", "") for c in code(committed(source)) for o in c.outputs if "data" in o]:
        assert all(len(words) > 40 for words in re.findall(r'<img[^>]* alt="([^"]*)"', page)) and page.count("<img") == page.count(" alt=")
        assert not re.search(r"<th[^>]*>(\s|&nbsp;)*</th>", page), f"an empty header cell: {page[:300]}"
        assert "background-color" not in "".join(re.findall(r"<style.*?</style>", page, re.S)), "a colour that an untrusted notebook drops"
    assert not [o for c in code(committed(source)) for o in c.outputs if "image/png" in o.get("data", {})], "plots.show gives HTML"


@each
def test_exercises_are_complete(source):
    """Title with difficulty and minutes; an untouched stub; a locked check cell with points."""
    cells = committed(source).cells
    found = []
    for before, cell, after in zip(cells, cells[1:], cells[2:]):
        name = re.match(r'@exercise\("([^"]+)"\)', cell.source)
        if not name:
            continue
        found.append(name[1])
        number = re.search(r"### Exercise (\d\d)\.\d+ · .+ \((easy|medium|hard), \d+ minutes\)", before.source)
        assert number and number[1] == name[1][:2], before.source
        function = ast.parse(cell.source).body[0]
        assert isinstance(function.body[-1].value, ast.Constant) and function.body[-1].value.value is ..., "the stub holds an answer"
        assert function.name == name[1].split(".")[1] and ast.get_docstring(function)
        assert cell.metadata["nbgrader"]["solution"] and after.metadata["nbgrader"]["grade"] and after.metadata["nbgrader"]["locked"]
        assert after.source == f'grade("{name[1]}", points={after.metadata["nbgrader"]["points"]})'
    assert sorted(found) == sorted(exercises.load_all(source.stem[:2])), "the lesson and its module list different exercises"


@each
def test_lessons_have_their_parts(source):
    text = "\n".join(c.source for c in committed(source).cells)
    assert re.search(r"\*\*Minutes\*\* \d+ · \*\*You need\*\* .+ · \*\*You will be able to\*\*", " ".join(text.split()))
    assert "plots.picture(" in text and "progress()" in text
    if not source.stem.startswith("00"):
        assert f'widgets.quiz("{source.stem[:2]}")' in text
        assert len(exercises.questions(source.stem[:2])) == 5
        assert "## What this does not show" in text and "## References" in text and "# NBVAL_CHECK_OUTPUT" in text


@each
def test_the_signature_figure_is_the_notebooks_own(source):
    pictures = list(build.signature(committed(source)))
    assert len(pictures) == (0 if source.stem.startswith("00") else 1)
    for picture in pictures:
        assert (NOTEBOOKS / "figures" / f"{source.stem}.png").read_bytes() == picture


def test_the_folder_is_small():
    assert sum(p.stat().st_size for p in NOTEBOOKS.rglob("*.*")) < 6e6
