"""What a student solved stays: nothing gets lost, nothing that goes wrong with the file stops a check, and the table counts rightly."""
import json
import linecache
import re
import shutil
import subprocess
import sys

import nbformat
import pytest

from course_utils.files import bundled
from course_utils.lesson import exercises

kept, COURSE = exercises.kept, bundled.COURSE
RIGHT = "return measures.agreement(student_logits, teacher_logits)"
WRONG = "return 1.0"


@pytest.fixture
def file(tmp_path, monkeypatch):
    """The path of a student's own file, which is not there yet."""
    path = tmp_path / "work" / "progress.jsonl"
    monkeypatch.setenv("COURSE_PROGRESS", str(path))
    restart()
    yield path
    restart()


def restart():
    """What a new kernel knows of the old one: nothing."""
    kept.unsaved.clear(), kept.once.cache_clear()


def answer(body, first="from course_utils.score import measures\n"):
    """Run a cell with an answer to the exercise of lesson 00, as a notebook does. Returns (what its name stands for, its text)."""
    text = f'{first}\n@exercise("00.agreement")\ndef agreement(student_logits, teacher_logits):\n    {body}\n'
    name = f"<cell {hash(text)}>"
    linecache.cache[name] = (len(text), None, text.splitlines(True), name)
    names = {"exercise": exercises.exercise}
    exec(compile(text, name, "exec"), names)
    return names["agreement"], text


def outcomes():
    return {name: line["outcome"] for name, line in kept.saved().items()}


def lines(path):
    return [line for line in path.read_text().splitlines() if line]


def test_what_was_solved_is_found_by_the_next_kernel(file):
    _, text = answer(RIGHT)
    restart()
    line = kept.saved()["00.agreement"]
    assert (line["outcome"], line["source"]) == ("correct", text) and re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d", line["time"])


def test_an_exercise_is_one_line_while_nothing_is_new(file):
    for _ in range(3):
        answer("...")
    assert not file.exists()
    for _ in range(3):
        answer(WRONG), answer("...")
    assert len(lines(file)) == 1 and outcomes() == {"00.agreement": "wrong"}
    for _ in range(3):
        answer(RIGHT)
    assert len(lines(file)) == 2
    answer(RIGHT + "  # another way to write it")
    assert len(lines(file)) == 3 and "another way" in kept.saved()["00.agreement"]["source"]


def test_a_later_mistake_takes_nothing_back(file, capsys):
    _, text = answer(RIGHT)
    for body in (WRONG, "...", "return 1 / 0"):
        attempt, _ = answer(body)
        assert "`agreement.mine()` shows your answer" in capsys.readouterr().out
    assert outcomes() == {"00.agreement": "correct"} and kept.saved()["00.agreement"]["source"] == text
    assert attempt.outcome == "wrong"                # the cell itself is judged as it stands


def test_a_saved_answer_is_shown_and_not_run(file, capsys, tmp_path):
    attempt, _ = answer("...")
    attempt.mine()
    assert "No correct answer of yours to 00.agreement is saved." in capsys.readouterr().out
    trap = f"open({str(tmp_path / 'ran')!r}, 'w')"
    kept.record("00.agreement", "correct", trap)
    attempt, _ = answer("...")
    attempt.mine()
    assert trap in capsys.readouterr().out and not (tmp_path / "ran").exists()
    assert "pickle" not in (COURSE / "notebooks" / "progress.py").read_text()


def test_a_function_in_a_file_is_saved_without_the_rest_of_the_file(file):
    def agreement(student_logits, teacher_logits):
        return float((student_logits.argmax(-1) == teacher_logits.argmax(-1)).float().mean())

    exercises.exercise("00.agreement")(agreement)
    assert kept.saved()["00.agreement"]["source"].split()[:2] == ["def", "agreement(student_logits,"]
    assert "import" not in kept.saved()["00.agreement"]["source"]


# ---------------------------------------------------------------- what can go wrong

def test_two_processes_lose_nothing(file):
    code = ("import sys, pathlib, time; sys.path.insert(0, 'notebooks'); import progress\n"
            "pathlib.Path(sys.argv[2], sys.argv[1]).touch()\n"
            "while len(list(pathlib.Path(sys.argv[2]).glob('ready*'))) < 2: time.sleep(0.001)\n"
            "for i in range(150): progress.record(f'{sys.argv[1]}.{i}', 'correct', 'x' * (i * 20))")
    started = [subprocess.Popen([sys.executable, "-c", code, f"ready{k}", str(file.parents[1])], cwd=COURSE) for k in range(2)]
    assert [process.wait(timeout=60) for process in started] == [0, 0]
    assert set(outcomes()) == {f"ready{k}.{i}" for k in range(2) for i in range(150)}
    assert len(lines(file)) == 300 and all(json.loads(line)["source"].strip("x") == "" for line in lines(file))


def test_damaged_lines_harm_no_others(file, capsys):
    answer(RIGHT)
    damaged = [b"[]", b"3", b"null", b"{}", b"\xff\xfe\x00", b'{"exercise": "01.kd_loss"}', b"[" * 100_000, b'{"exercise": "01.kd_lo']
    with open(file, "ab") as end:
        end.write(b"".join(b"\n" + line for line in damaged))            # the last one as a kill would leave it: no end of the line
    kept.record("01.jsd", "wrong", "")
    restart()
    capsys.readouterr()
    assert outcomes() == outcomes() == {"00.agreement": "correct", "01.jsd": "wrong"}
    assert capsys.readouterr().out.count("is damaged") == 1


def test_a_folder_that_cannot_be_written(file, capsys):
    file.parent.write_text("a file in the place of the folder")
    for body in (WRONG, RIGHT, WRONG):
        attempt, _ = answer(body)
        assert attempt.outcome == ("correct" if body == RIGHT else "wrong")
    assert capsys.readouterr().out.count("could not be saved") == 1
    assert outcomes() == {"00.agreement": "correct"}                      # it counts until the kernel stops
    file.parent.unlink()
    answer(WRONG)                                                         # and is saved as soon as that is possible
    restart()
    assert outcomes() == {"00.agreement": "correct"}


def test_a_file_that_cannot_be_read(file, capsys):
    file.mkdir(parents=True)
    assert answer(RIGHT)[0].outcome == "correct" and answer(RIGHT)[0].outcome == "correct"
    out = capsys.readouterr().out
    assert out.count("could not be read") == 1 and out.count("could not be saved") == 1


@pytest.mark.parametrize("says", [True, False])
def test_a_full_disk(file, capsys, monkeypatch, says):
    """It takes half of a line, and then raises an error; or does not even do that."""
    def full(path, *args, **kwargs):
        real = open(path, *args, **kwargs)

        class Half:
            def __enter__(self):
                return self

            def __exit__(self, *_):
                real.close()

            def write(self, text):
                real.write(text[:len(text) // 2])
                if says:
                    raise OSError(28, "No space left on device")
        return Half()

    monkeypatch.setattr(kept, "open", full, raising=False)
    assert answer(RIGHT)[0].outcome == "correct" and answer(RIGHT)[0].outcome == "correct"
    out = capsys.readouterr().out
    assert out.count("could not be saved") == 1 and ("No space left" in out) == says
    monkeypatch.delattr(kept, "open")
    answer(WRONG)
    restart()
    assert outcomes() == {"00.agreement": "correct"}


@pytest.mark.parametrize("name,value", [("COURSE_GRADING", "1"), ("COURSE_PROGRESS", "off")])
def test_nothing_is_read_or_written_while_a_class_grades_or_it_is_off(file, monkeypatch, name, value):
    kept.record("01.jsd", "correct", "")
    before = file.read_bytes()
    monkeypatch.setenv(name, value)
    assert answer(RIGHT)[0].outcome == "correct"
    assert file.read_bytes() == before and set(outcomes()) == {"00.agreement"} and kept.place() is None


def test_the_tests_and_the_kernels_that_they_start_keep_nothing():
    assert kept.place() is None
    assert "work/" in (COURSE / ".gitignore").read_text().split()


def test_by_default_it_is_in_work(monkeypatch):
    monkeypatch.delenv("COURSE_PROGRESS")
    assert kept.place() == bundled.WORK / "progress.jsonl"


# ---------------------------------------------------------------- the table

def test_every_exercise_is_counted_under_its_lesson():
    for title, tasks in kept.lessons():
        assert sorted(name for _, name in tasks) == sorted(exercises.load_all(title[:2])), title
    assert len(list(kept.lessons())) == len(list((COURSE / "notebooks").glob("[0-9]*.ipynb")))


def solve_some():
    """All of lesson 00, one of lesson 01; another one of it tried. Returns the lessons."""
    found = list(kept.lessons())
    for name in (found[0][1][0][1], found[1][1][1][1]):
        kept.record(name, "correct", "...")
    kept.record(found[1][1][0][1], "misconception", "")
    kept.record("99.gone", "correct", "")                     # an exercise that the course no longer has
    return found


def test_the_table_says_what_is_solved_and_what_is_left(file, capsys):
    found = solve_some()
    exercises.progress()
    text = " ".join(capsys.readouterr().out.split())
    total = sum(len(tasks) for _, tasks in found)
    names = [title for title, _ in found[1][1]]
    assert text.startswith(f"2 of {total} exercises of the course are solved lesson solved left {found[0][0]} 1 of 1 ✔ none ")
    assert f"{found[1][0]} 1 of {len(names)} {'; '.join([names[0] + ' (tried)', *names[2:]])} {found[2][0]} 0 of" in text
    assert text.count(" all") == len(found) - 2 and names[1] not in text


def test_a_notebook_shows_a_table_that_can_be_heard(file, monkeypatch):
    solve_some()
    shown = []
    monkeypatch.setattr("IPython.get_ipython", lambda: object())
    monkeypatch.setattr("IPython.display.display", lambda data, raw: shown.append(data))
    exercises.progress()
    page = shown[0]["text/html"]
    assert re.search(r"<table><caption>2 of \d+ exercises[^<]*</caption><thead>", page) and shown[0]["text/plain"].startswith("2 of")
    assert page.count("<th scope='col'") == 3 and page.count("<th scope='row'") == len(list(kept.lessons()))
    assert "></td>" not in page and "></th>" not in page and "color" not in page
    assert "How much does an answer say? (tried)<br>" in page and "Hinton&#x27;s loss" in page


def test_make_progress_prints_it(file):
    solve_some()
    out = subprocess.run([sys.executable, "notebooks/progress.py"], cwd=COURSE, capture_output=True, encoding="utf-8", check=True)
    assert out.stdout.startswith("2 of ") and "13 · Law, policy and reading the news" in out.stdout
    if shutil.which("make"):
        made = subprocess.run(["make", "-n", "-o", "setup", "progress"], cwd=COURSE, capture_output=True, text=True, check=True)
        assert re.search(r"^\S+/python notebooks/progress\.py$", made.stdout, re.M)


@pytest.mark.parametrize("path", sorted((COURSE / "notebooks").glob("*.ipynb")), ids=lambda path: path.stem)
def test_no_committed_table_is_of_somebodys_own_file(path):
    """It is? Build the notebook again, with COURSE_PROGRESS=off."""
    for cell in nbformat.read(path, as_version=4).cells:
        for output in cell.get("outputs", ()):
            text = output.get("data", {}).get("text/plain", "")
            assert " exercises of the course are solved" not in text or text.startswith("0 of "), path.name
            assert "mine()` shows" not in text, path.name
