"""The replication board: no stored result is older than the code it claims to come from."""
import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import board
import fingerprint
import pytest
import replicate

from course_utils.files import bundled
from course_utils.score import measures


@pytest.mark.parametrize("name", replicate.ROWS, ids=lambda name: f"{name}-lesson {replicate.ROWS[name].lesson[:2]}")
def test_stored_result_is_of_the_present_code(name):
    row = replicate.stored()[name]
    assert row["fingerprint"] == fingerprint.fingerprint(name), f"{name} was made by other code or settings: run `make replicate R={name}`"
    assert int(row["seeds"]) >= 5 and row["verdict"] in (board.YES, board.SHAPE, board.NO, board.OWN)
    assert float(row["low"]) <= float(row["mean"]) <= float(row["high"])


def test_the_readme_shows_the_stored_board():
    text = replicate.README.read_text()
    assert replicate.in_readme(text, replicate.stored()) == text


def test_the_stored_runs_are_of_rows_and_have_five_seeds_or_more():
    runs = replicate.stored_curves()
    sources = [path.read_text() for path in (fingerprint.COURSE / "notebooks" / "src").glob("*.py")]
    drawn = {name for text in sources for name in re.findall(r'stored\("(\w+)"\)', text)}
    assert drawn <= {line[0] for line in runs} <= set(replicate.ROWS)
    for key in {line[:3] for line in runs}:
        assert len({line[3] for line in runs if line[:3] == key}) >= 5, key
    assert measures.stored("R08").shape[1] == 4 and len(measures.stored("R99")) == 0


def test_missing_stored_runs_say_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(bundled, "DATA", tmp_path / "data")
    with pytest.raises(bundled.DataFileError, match="make replicate"):
        measures.stored("R08")


def test_every_row_names_the_lesson_functions_that_it_calls():
    for row in replicate.ROWS.values():
        node = fingerprint.module(Path(sys.modules[row.run.__module__].__file__)).definitions[row.run.__name__]
        own = fingerprint.module(fingerprint.COURSE / "notebooks" / "src" / f"{row.lesson}.py").definitions
        called = {part.func.attr for part in ast.walk(node) if isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute)
                  and getattr(part.func.value, "id", "") == "lesson"}
        assert called & set(own) == set(row.uses)


def test_a_lesson_loads_without_running():
    lesson = board.load("01_soft_labels")
    assert lesson.SEEDS == (0, 1, 2, 3, 4) and callable(lesson.omitted_digit)
    assert not hasattr(lesson, "omitted")


@pytest.fixture(scope="module")
def copy_of_course(tmp_path_factory):
    """The code and the lists that a fingerprint is made of, to be changed."""
    copy = tmp_path_factory.mktemp("course")
    for folder in ("course_utils", "notebooks/src", "notebooks/exercises", "benchmarks"):
        shutil.copytree(fingerprint.COURSE / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "data").mkdir()
    for name in ("data/SHA256SUMS", "requirements.txt"):
        shutil.copy(fingerprint.COURSE / name, copy / name)
    return copy


def fingerprint_in(copy, row):
    """Computed by a Python that has no torch, no pandas and none of the course's code to run."""
    code = f"import sys; sys.path.insert(0, {str(copy / 'benchmarks')!r}); import fingerprint; print(fingerprint.fingerprint({row!r}))"
    return subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, check=True, cwd=copy).stdout.strip()


@pytest.mark.parametrize("file,old,new,changes", [
    ("course_utils/student/training.py", "lr=5e-3", "lr=3e-3", True),                                     # what a lesson's function calls
    ("notebooks/src/01_soft_labels.py", "torch.eye(10)[digit]", "torch.eye(11)[digit]", True),            # the lesson's function
    ("benchmarks/board/lesson_01.py", "seeds=TEN", "seeds=FIVE", True),                                   # the row
    ("course_utils/student/losses.py", "temperature**2 * soft", "temperature * soft", True),              # the reference of an exercise
    ("data/SHA256SUMS", "4db504c0", "00000000", True),                                                    # a bundled file
    ("requirements.txt", "torch==2.13.0", "torch==2.14.0", True),
    ("course_utils/student/training.py", "Train every student", "Teach every student", False),            # a docstring
    ("course_utils/student/training.py", "# neighbours that", "# pupils that", False),
    ("course_utils/student/training.py", "from . import losses", "from course_utils.student import losses", False),
    ("notebooks/exercises/lesson_01.py", "This is the entropy in nats", "These are nats", False)])        # what a wrong answer is told
def test_a_fingerprint_follows_code_and_not_words(copy_of_course, file, old, new, changes):
    path = copy_of_course / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    try:
        assert (fingerprint_in(copy_of_course, "R01") != fingerprint.fingerprint("R01")) == changes
    finally:
        path.write_text(text)


def test_a_function_that_moves_to_another_file_makes_no_row_stale(copy_of_course):
    old, new = (copy_of_course / "course_utils" / "student" / f"{name}.py" for name in ("models", "perceptrons"))
    before, users = fingerprint_in(copy_of_course, "R01"), [p for p in copy_of_course.rglob("*.py") if "models" in p.read_text()]
    assert before == fingerprint.fingerprint("R01")
    texts = {path: path.read_text() for path in users}
    old.rename(new)
    for path in users:
        (new if path == old else path).write_text(re.sub(r"\bmodels\b", "perceptrons", texts[path]))
    try:
        assert fingerprint_in(copy_of_course, "R01") == before
    finally:
        new.unlink()
        for path, text in texts.items():
            path.write_text(text)
