"""The replication board: no stored result is older than the code it claims to come from."""
import ast
import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benchmarks"))
import board  # noqa: E402
import lessons  # noqa: E402
import replicate  # noqa: E402

from course_utils import files, score  # noqa: E402


@pytest.mark.parametrize("name", replicate.ROWS)
def test_stored_result_is_of_the_present_code(name):
    row = replicate.stored()[name]
    assert row["fingerprint"] == replicate.fingerprint(name), f"{name} was made by other code or settings: run `make replicate R={name}`"
    assert int(row["seeds"]) >= 5 and row["verdict"] in (board.YES, board.SHAPE, board.NO, board.OWN)
    assert float(row["low"]) <= float(row["mean"]) <= float(row["high"])


def test_the_readme_shows_the_stored_board():
    text = replicate.README.read_text()
    assert replicate.in_readme(text, replicate.stored()) == text


def test_the_stored_runs_are_of_rows_and_have_five_seeds_or_more():
    runs = replicate.stored_curves()
    sources = [path.read_text() for path in (lessons.COURSE / "notebooks" / "src").glob("*.py")]
    drawn = {name for text in sources for name in re.findall(r'stored\("(\w+)"\)', text)}
    assert drawn <= {line[0] for line in runs} <= set(replicate.ROWS)
    for key in {line[:3] for line in runs}:
        assert len({line[3] for line in runs if line[:3] == key}) >= 5, key
    assert score.stored("R08").shape[1] == 4 and len(score.stored("R99")) == 0


def test_missing_stored_runs_say_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "DATA", tmp_path / "data")
    with pytest.raises(files.DataFileError, match="make replicate"):
        score.stored("R08")


def test_every_row_names_the_lesson_functions_that_it_calls():
    for row in replicate.ROWS.values():
        rows = ast.parse(Path(sys.modules[row.run.__module__].__file__).read_text()).body
        node = next(n for n in rows if getattr(n, "name", "") == row.run.__name__)
        called = {part.func.attr for part in ast.walk(node) if isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute)
                  and getattr(part.func.value, "id", "") == "lesson"}
        assert called == set(row.uses)


def test_a_lesson_loads_without_running():
    lesson = lessons.load("01_soft_labels")
    assert lesson.SEEDS == (0, 1, 2, 3, 4) and callable(lesson.omitted_digit)
    assert not hasattr(lesson, "omitted")


@pytest.mark.parametrize("old,new,changes", [
    ("lr=5e-3", "lr=3e-3", True), ("Train every student", "Teach every student", False), ("# neighbours that", "# pupils that", False)])
def test_a_fingerprint_follows_code_and_not_comments(old, new, changes, tmp_path, monkeypatch):
    import shutil
    for folder in ("course_utils", "notebooks/src", "benchmarks"):
        shutil.copytree(lessons.COURSE / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    before = lessons.fingerprint("01_soft_labels", "omitted_digit", replicate.ROWS["R01"].run)
    monkeypatch.setattr(lessons, "COURSE", tmp_path)
    training = tmp_path / "course_utils" / "training.py"
    assert old in training.read_text()
    training.write_text(training.read_text().replace(old, new))
    assert (lessons.fingerprint("01_soft_labels", "omitted_digit", replicate.ROWS["R01"].run) != before) == changes
