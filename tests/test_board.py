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
from board import page, words

from course_utils.files import bundled
from course_utils.score import measures


@pytest.mark.parametrize("name", replicate.ROWS, ids=lambda name: f"{name}-lesson {replicate.ROWS[name].lesson[:2]}")
def test_stored_result_is_of_the_present_code(name):
    row = replicate.stored()[name]
    assert row["fingerprint"] == fingerprint.fingerprint(name), f"{name} was made by other code or settings: run `make replicate R={name}`"
    assert int(row["seeds"]) >= 5 and row["verdict"] in (board.YES, board.SHAPE, board.NO, board.OWN)
    assert float(row["low"]) <= float(row["mean"]) <= float(row["high"])
    assert all(row[key] == getattr(replicate.ROWS[name], key) for key in ("paper", "published", "read"))


def test_the_pages_show_the_stored_board():
    """make replicate R=--page writes them again."""
    results, docs, readme = replicate.stored(), fingerprint.COURSE / "docs", replicate.README.read_text("utf-8")
    assert page.in_readme(readme, results) == readme
    assert (docs / "board.md").read_text("utf-8") == page.page(results, replicate.stored_curves(), replicate.ROWS)
    assert 10_000 < (docs / "board.png").stat().st_size < 150_000


def test_the_counts_add_up():
    row = {"verdict": board.YES}
    assert page.counts({"R01": row, "R02": {"verdict": board.NO}, "L01": {"verdict": board.OWN}}) == \
        "1 of 2 published results reproduce, 0 in shape, 1 does not reproduce at this size."
    reproduce, rows, shape, not_here = map(int, re.findall(r"\d+", page.counts(replicate.stored())))
    assert rows == len(words.WORDS) == reproduce + shape + not_here


BANNED = re.compile(r"\b(copiers?|thie(f|ves)|believers?|rivals?|honest|innocents?|dear|steered|s?he|his|hers?|him|hot|hotter)\b", re.I)


@pytest.mark.parametrize("name", [name for name in replicate.ROWS if name.startswith("R")])
def test_every_published_row_has_words_that_fit_it(name):
    row, said = replicate.stored()[name], words.WORDS[name]
    assert said.verdict == row["verdict"], f"the verdict of {name} has changed: read its words in benchmarks/board/words.py again"
    assert bool(said.why) == (row["verdict"] != board.YES), f"{name}: say what is missing for 'reproduces', and only then"
    found = page.fill(said.found, row)
    assert "{mean}" in said.found and not set("{}") & set(found)
    beside = page.comparison(row, replicate.stored_curves())
    for text in (said.title, said.claim, found, said.why, beside):
        assert not BANNED.search(text), BANNED.search(text)
        for sentence in re.split(r"(?<=[.?!])\s+", text):
            assert len(sentence.split()) < 35, sentence
    assert len(said.title) < 40 and all(how in words.READ for how in re.split("[;,] ", replicate.ROWS[name].read))


def test_words_that_do_not_fit_their_row_are_refused():
    row = {"id": "R06", "mean": "-0.1", "ours": "gain: -0.3 points (95 % interval -6.2 to +5.7); halves 7%, 10%; error 6e-04; seen 2 of 3"}
    assert page.fill("{mean}, {gain}, {halves}, {error}, {seen}", row) == \
        "**−10.0 points**, −0.3 points (95 % interval −6.2 to +5.7), 7 % and 10 %, 0.0006, 2 of 3"
    with pytest.raises(KeyError, match="words.py"):
        page.fill("{what it never says}", row)


def test_the_picture_is_drawn_only_when_it_is_asked_for():
    code = "import sys; import replicate; sys.exit('matplotlib' in sys.modules)"
    path = str(fingerprint.COURSE / "benchmarks"), str(fingerprint.COURSE)
    subprocess.run([sys.executable, "-c", f"import sys; sys.path[:0] = {path}; {code}"], check=True)


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
    ("benchmarks/board/words.py", "A digit that the student", "A number that the student", False),                  # what people read
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
