"""The graders: each submission of a class gets the points it deserves, by `make grade` and by nbgrader, and costs nobody else's."""
import ast
import csv
import inspect
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import zipfile
from dataclasses import asdict
from pathlib import Path

import filelock
import nbclient
import nbformat
import pytest

COURSE = Path(__file__).resolve().parents[1]
GRADING = COURSE / "notebooks" / "grading"
sys.path.insert(0, str(GRADING))

import apart  # noqa: E402
import asking  # noqa: E402
import assignment  # noqa: E402
import grade  # noqa: E402
import handed_in  # noqa: E402
import pages  # noqa: E402
import wire  # noqa: E402

from course_utils.lesson import exercises  # noqa: E402

LESSON = COURSE / "notebooks" / "01_soft_labels.ipynb"
NBGRADER = COURSE / ".venv-grading" / ("Scripts" if os.name == "nt" else "bin") / "nbgrader"
KD = "student_logits, teacher_logits, labels, temperature, alpha"

# ---------------------------------------------------------------- what was handed in

RIGHT = {
    "entropy_bits": "p = probabilities.clamp_min(SMALL)\nreturn -(probabilities * p.log2()).sum(-1)",
    "softmax_t": "return F.softmax(logits / temperature, dim=-1)",
    "kd_loss": "soft = crossed(teacher_logits / temperature, student_logits / temperature)\n"
               "return alpha * temperature**2 * soft + (1 - alpha) * F.cross_entropy(student_logits, labels)",
    "soft_gradient": "return temperature * (softmax_t(student_logits, temperature) - softmax_t(teacher_logits, temperature))",
    "paired_interval": "from scipy import stats\nd = a - b\nn = len(d)\nhalf = stats.t.ppf(0.975, n - 1) * d.std() / n**0.5\n"
                       "return d.mean(), d.mean() - half, d.mean() + half",
    "class_bias": "low, high = -50.0, 50.0\nfor _ in range(50):\n    middle = (low + high) / 2\n    shifted = logits.clone()\n"
                  "    shifted[:, digit] += middle\n    small = F.softmax(shifted, -1)[:, digit].mean() < frequency\n"
                  "    low, high = (middle, high) if small else (low, middle)\nreturn (low + high) / 2"}
HELPERS = "SMALL = 1e-12\n\ndef crossed(teacher, student):\n    return F.cross_entropy(student, teacher.softmax(-1))"
MISTAKES = {
    "entropy_bits": ("return -(probabilities * probabilities.clamp_min(1e-12).log()).sum(-1)", "entropy in nats"),
    "softmax_t": ("return F.softmax(logits * temperature, -1)", "multiplies by the temperature"),
    "kd_loss": (RIGHT["kd_loss"].replace("temperature**2 * ", ""), "without the factor T²"),
    "soft_gradient": (RIGHT["soft_gradient"].replace("temperature * (", "(", 1), "T"),
    "paired_interval": (RIGHT["paired_interval"].replace("0.975", "0.95"), "95"),
    "class_bias": ("return 0.0", "")}


def notebook(bodies=None, helpers=HELPERS, first=(), last=(), change=None):
    """The lesson with some exercises answered, and some more cells in front and at the end, as a text."""
    made = nbformat.read(LESSON, as_version=4)
    cells = [nbformat.v4.new_code_cell(source) for source in first]
    for cell in made.cells:
        if cell.cell_type == "code":
            cell.outputs = []
            name = re.match(r'@exercise\("01\.(\w+)"\)', cell.source)
            if name and name[1] in (bodies or {}):
                body = "\n".join(f"    {line}" for line in bodies[name[1]].split("\n"))
                cell.source = f"{helpers}\n\n{cell.source.replace('    ...', body)}"
        cells.append(cell)
    made.cells = cells + [nbformat.v4.new_code_cell(source) for source in last]
    if change:
        made.cells = [cell for cell in made.cells if change(cell) is not False]
    return nbformat.writes(made)


def renamed(cell):
    if "nbgrader" in cell.metadata:
        cell.metadata.nbgrader.grade_id += "_x"


def dearer(cell):
    if cell.metadata.get("nbgrader", {}).get("grade"):
        cell.metadata.nbgrader.points = 100


def with_kd(body, **more):
    return notebook(RIGHT | {"kd_loss": body}, **more)


CROSSED = "-(softmax_t(teacher_logits, temperature) * softmax_t(student_logits, temperature).log()).sum(-1).mean()"
GIVES = "def grade(name, points):\n    return points"
THEIRS = "from course_utils.lesson import exercises"
# {student: (notebook, points of 10, what the feedback says of kd_loss or of all)}; 01.kd_loss has 2 points
CLASS = {
    "unsolved": (notebook(), 0, "not attempted"),
    "solved": (notebook(RIGHT), 10, "correct"),
    "mistakes": (notebook({name: body for name, (body, _) in MISTAKES.items()}), 0, "without the factor T²"),
    "earlier, own": (with_kd(RIGHT["kd_loss"].replace("crossed(teacher_logits / temperature, student_logits / temperature)",
                                                      CROSSED)), 10, "correct"),
    "earlier, ours": (notebook({"kd_loss": RIGHT["kd_loss"].replace(
        "crossed(teacher_logits / temperature, student_logits / temperature)",
        CROSSED)}), 2, "correct"),
    "redefines grade": (notebook(first=[GIVES], last=[GIVES]), 0, ""),
    "patches the check": (notebook(first=[f"{THEIRS}\nfrom course_utils.lesson.check import Verdict\n"
                                          "exercises.check = lambda *args, **kwargs: Verdict('correct', '')"]), 0, ""),
    "patches the verdicts": (notebook(last=[f"{THEIRS}\nfor name in exercises._verdicts:\n    exercises._verdicts[name] = "
                                            "exercises.Verdict('correct', '')"]), 0, ""),
    "patches torch": (notebook({"kd_loss": "torch.allclose = lambda *a, **k: True\nreturn student_logits.sum()"},
                               first=["import torch\ntorch.allclose = lambda *a, **k: True"]), 0, ""),
    "calls the reference": (with_kd(f"return exercises.load('01.kd_loss').reference({KD})", first=[THEIRS]), 8, "course's own package"),
    "decorates the reference": (notebook(last=["from course_utils.student import losses\n"
                                               "kd_loss = exercise('01.kd_loss')(losses.kd_loss)"]), 0, ""),
    "imports the solution": (with_kd(f"from course_utils.student.losses import kd_loss\nreturn kd_loss({KD})"), 8, "ModuleNotFoundError"),
    "imports it elsewhere": (with_kd(f"return theirs({KD})", first=["from course_utils.student.losses import kd_loss as theirs"]),
                             8, "course's own package"),
    "imports it by a name": (with_kd(f"import importlib\nreturn importlib.import_module('course' + '_utils.student.losses')"
                                     f".kd_loss({KD})"), 8, "ModuleNotFoundError"),
    "reads the solution": (with_kd(f"exec(open({str(COURSE / 'course_utils/student/losses.py')!r}).read())\n"
                                   f"return locals()['kd_loss']({KD})"), 8, "PermissionError"),
    "a circle": (notebook({"softmax_t": "if temperature == -1:\n    kd_loss(None, None, None)\n" + RIGHT["softmax_t"],
                           "kd_loss": f"softmax_t(student_logits, -2.0)\nreturn steal({KD})"}, first=["steal = kd_loss"]), 1, "NameError"),
    "calls its own name": (with_kd(f"return kd_loss({KD})"), 8, "RecursionError"),
    "renamed ids": (notebook(RIGHT, change=renamed), 10, "correct"),
    "deleted checks": (notebook(RIGHT, change=lambda cell: not cell.source.startswith("grade(")), 10, "correct"),
    "dearer points": (notebook(change=dearer), 0, "not attempted"),
    "exits": (with_kd("import os\nos._exit(0)"), 8, "ended without an answer"),
    "exits politely": (with_kd("import sys\nsys.exit(0)"), 8, "SystemExit"),
    "loops": (with_kd("while True:\n    pass"), 8, "still running"),
    "sleeps": (with_kd("import time\ntime.sleep(10**6)"), 8, "still running"),
    "eats memory": (with_kd("kept = []\nwhile True:\n    kept.append(torch.ones(10**7))"), 8, "memory"),
    "kills": (with_kd("import os\nos.kill(os.getppid(), 9)"), 8, "PermissionError"),
    "calls out": (with_kd("import socket\nsocket.create_connection(('127.0.0.1', 9))"), 8, "PermissionError"),
    "no Python": (with_kd("return ("), 8, "not Python"),
    "=1+1": (notebook(RIGHT), 10, "correct")}


@pytest.fixture(scope="session")
def submitted(tmp_path_factory):
    folder = tmp_path_factory.mktemp("class") / "submitted"
    for student, (text, _, _) in CLASS.items():
        place = folder / student / "lesson_01"
        place.mkdir(parents=True)
        (place / LESSON.name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def rows(submitted, tmp_path_factory):
    """The class, graded once for all workers of pytest."""
    if not hasattr(os, "fork"):
        pytest.skip("Windows starts a new Python for each answer, and a class takes half an hour.")
    shared = tmp_path_factory.getbasetemp().parent if "PYTEST_XDIST_WORKER" in os.environ else tmp_path_factory.getbasetemp()
    kept = shared / "graded.json"
    with filelock.FileLock(shared / "graded.lock"):
        if not kept.exists():
            found, held = grade.grade(submitted, jobs=2, progress=None)
            assert held == apart.here()
            kept.write_text(json.dumps([asdict(row) for row in found]), encoding="utf-8")
    return [grade.Row(**row) for row in json.loads(kept.read_text(encoding="utf-8"))]


# ---------------------------------------------------------------- make grade

@pytest.mark.parametrize("student", CLASS)
def test_each_submission_gets_what_it_deserves(rows, student):
    own = [row for row in rows if row.student == student]
    _, points, says = CLASS[student]
    assert [row.exercise[3:] for row in own] == list(RIGHT) and sum(row.of for row in own) == 10
    kd = next(row for row in own if row.exercise == "01.kd_loss")
    assert (pages.total(own)[0], says in f"{kd.outcome} {kd.mistake}") == (points, True), own


def test_the_mistakes_are_named(rows):
    for row in rows:
        if row.student == "mistakes" and row.exercise != "01.class_bias":
            assert row.outcome == "known mistake" and MISTAKES[row.exercise[3:]][1] in row.mistake, row


def test_the_pages_and_the_table(rows, tmp_path):
    pages.write(tmp_path, rows, grade.table(rows))
    lines = list(csv.DictReader((tmp_path / "grades.csv").open(encoding="utf-8")))
    assert len(lines) == 6 * len(CLASS) and list(lines[0]) == ["student", "exercise", "outcome", "mistake", "points", "of"]
    assert {line["student"] for line in lines} == {*CLASS, "'=1+1"} - {"=1+1"}                  # no formula
    assert len(list((tmp_path / "feedback").glob("*.html"))) == len(CLASS)
    assert "without the factor T²" in (tmp_path / "feedback" / "mistakes.html").read_text(encoding="utf-8")
    text = (tmp_path / "class.html").read_text(encoding="utf-8")
    assert "<img alt='Outcomes for each exercise." in text and "without the factor T²" in text
    assert "//" not in re.sub("base64,[^']*", "", text)                                         # no request to anywhere


def test_what_a_class_may_hand_in(tmp_path):
    """A .zip, a folder with two lessons, a notebook that is none, nothing: nobody stops the others."""
    with zipfile.ZipFile(tmp_path / "ada.zip", "w") as packed:
        packed.writestr("01_soft_labels.ipynb", notebook())
    (tmp_path / "ben").mkdir()
    (tmp_path / "ben" / "01.ipynb").write_text("no JSON")
    (tmp_path / "cam").mkdir()
    (tmp_path / "dot.zip").write_bytes(b"no zip")
    places = grade.students(tmp_path)
    assert list(places) == ["ada", "ben", "cam", "dot"] and grade.handed(places) == ["01"]
    outcomes = {name: {row.outcome for row in grade.graded(name, place, ["01"], None)} for name, place in places.items()}
    assert outcomes == {"ada": {"not attempted"}} | dict.fromkeys(("ben", "cam", "dot"), {"not handed in"})
    with pytest.raises(ValueError, match="a folder for each student"):
        grade.students(tmp_path / "cam")
    with pytest.raises(ValueError, match="two digits"):
        grade.points_of("77")


def test_a_system_that_cannot_fork_grades_too():
    processes = asking.Single()
    text = "def entropy_bits(probabilities):\n    return -(probabilities * probabilities.clamp_min(1e-12).log()).sum(-1)"
    verdict = asking.verdict(processes, "01.entropy_bits", text + "\n", text)
    assert verdict.outcome == "misconception" and "entropy in nats" in verdict.says
    processes.close()


def test_a_system_that_limits_no_memory_is_watched(monkeypatch):
    monkeypatch.setattr(asking, "WATCHED", True)
    monkeypatch.setattr(asking.answering, "MEMORY", 200_000_000)                    # here, and not where the answer runs
    processes = asking.source_of_processes()
    text = "def entropy_bits(probabilities):\n    kept = []\n    while True:\n        kept.append('x' * 10**6)\n"
    assert "ended without an answer" in asking.verdict(processes, "01.entropy_bits", text, text).says
    processes.close()


def test_in_a_kernel_only_the_check_cells_raise_and_in_one_line(monkeypatch):
    """What a student sees who sets COURSE_GRADING: a wrong answer takes no name from a later one that is right."""
    monkeypatch.setenv("COURSE_GRADING", "1")
    given = nbformat.reads(notebook({"softmax_t": MISTAKES["softmax_t"][0], "kd_loss": RIGHT["kd_loss"].replace(
        "crossed(teacher_logits / temperature, student_logits / temperature)", CROSSED)}), as_version=4)
    short = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(
        "import torch\nfrom torch.nn import functional as F\nfrom course_utils.lesson.exercises import exercise, grade")])
    short.cells += [cell for cell in given.cells if re.search("softmax_t|kd_loss", cell.metadata.get("nbgrader", {}).get("grade_id", ""))]
    nbclient.NotebookClient(short, timeout=120, allow_errors=True).execute()
    said = {cell.source: [output for output in cell.outputs if output.output_type in ("error", "execute_result")] for cell in short.cells}
    error, = said.pop('grade("01.softmax_t", points=1)')
    assert error.traceback == ["01.softmax_t: a known misconception, 0 of 1 points"]
    right, = said.pop('grade("01.kd_loss", points=2)')
    assert right.data["text/plain"] == "2" and not any(said.values())


# ---------------------------------------------------------------- what is taken from a notebook

def test_only_what_an_answer_needs_is_taken():
    found, _ = handed_in.answers(handed_in.cells(CLASS["solved"][0]))
    text = handed_in.program(found["01.kd_loss"].parts, {})
    assert "def crossed" in text and "SMALL" not in text and "course_utils" not in text and "plots" not in text
    assert {node.name for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)} == {"kd_loss", "crossed"}
    assert found["01.soft_gradient"].uses == {"01.softmax_t"}


def test_what_ipython_alone_reads_is_left_out_and_python_stays():
    source = ('%time x = 1\n!ls\nprint?\n@exercise(name="01.entropy_bits")\ndef entropy_bits(probabilities):\n'
              '    y = (7\n         % 4)                # is it 3?\n    return probabilities.sum(-1) * y\n')
    for text in (source, source[source.index("@"):]):
        answer = handed_in.answers([text])[0]["01.entropy_bits"]
        assert "% 4)                # is it 3?" in answer.text


def test_a_constant_of_the_course_is_written_in():
    source = ("from course_utils.attack import clean", "PRIME = clean.PRIME",
              '@exercise("06.minhash")\ndef minhash(hashes, multipliers, offsets):\n'
              "    import torch\n    return torch.stack([((a * hashes + b) % PRIME).min() for a, b in zip(multipliers, offsets)])")
    answer = handed_in.answers(source)[0]["06.minhash"]
    assert not answer.refused and "2147483647" in handed_in.program(answer.parts, grade.filled(answer.constants))


def test_hand_in_says_what_will_be_found(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("01_soft_labels.ipynb").write_text(CLASS["calls the reference"][0], encoding="utf-8")
    handed_in.main(["ada"])
    said = capsys.readouterr().out
    assert re.search(r"01.entropy_bits +an answer", said) and "course's own package" in said
    assert zipfile.ZipFile("ada.zip").namelist() == ["01_soft_labels.ipynb"]
    with pytest.raises(SystemExit, match="cannot be a file's name"):
        handed_in.main(["../ada"])


def test_an_assignment_for_those_without_nbgrader(tmp_path):
    assignment.write(tmp_path, assignment.lessons(["01", "05"]), "lesson_01_05")
    with zipfile.ZipFile(tmp_path / "lesson_01_05.zip") as packed:
        packed.extractall(tmp_path / "ada")
    done = subprocess.run([sys.executable, "-I", "-S", "hand_in.py", "ada"], cwd=tmp_path / "ada", capture_output=True, text=True,
                          timeout=60)
    assert done.returncode == 0 and done.stdout.count("not attempted yet") == 10, done
    config = (tmp_path / "nbgrader_config.py").read_text(encoding="utf-8")
    assert str(COURSE) in config and compile(config, "nbgrader_config.py", "exec")
    for path in (tmp_path / "source" / "lesson_01_05").glob("*.ipynb"):
        made = nbformat.read(path, as_version=4)
        nbformat.validate(made)
        assert "course_utils" in made.cells[0].source and not any(cell.get("outputs") for cell in made.cells)
    with pytest.raises(ValueError, match="two digits"):
        assignment.lessons(["1"])


# ---------------------------------------------------------------- the wire

ALL = {name: spec for path in sorted((COURSE / "notebooks" / "exercises").glob("lesson_*.py")) for name, spec in
       exercises.load_all(path.stem[-2:]).items()}


@pytest.mark.parametrize("name", ALL)
def test_a_check_over_the_wire_comes_to_the_same(name):
    """Each exercise's reference is correct, and its first listed mistakes are named, when only their results come back."""
    spec = ALL[name]
    for function, outcome in [(spec.reference, "correct"), *((mistake, says) for says, mistake in spec.mistakes[:2])]:
        ours, theirs = socket.socketpair()
        far = wire.Wire(theirs.makefile("rb"), theirs.makefile("wb"), seeded=True)
        far.objects.append(function)

        def serve(far=far):
            try:
                while True:
                    far.serve(*far.receive())
            except (wire.Gone, ValueError, OSError):
                pass

        threading.Thread(target=serve, daemon=True).start()
        near = wire.Wire(ours.makefile("rb"), ours.makefile("wb"), shares=True)
        asked = near.far(0)
        asked.__signature__ = inspect.signature(spec.reference)
        verdict = exercises.check(spec, asked)
        assert (verdict.says if verdict.outcome == "misconception" else verdict.outcome) == outcome, verdict
        ours.shutdown(socket.SHUT_RDWR)


# ---------------------------------------------------------------- nbgrader

@pytest.mark.skipif(not NBGRADER.exists(), reason="nbgrader is not installed: make grading")
def test_nbgrader_gives_the_same_points(submitted, rows, tmp_path):
    subprocess.run([sys.executable, str(GRADING / "assignment.py"), "01", "--out", str(tmp_path)], check=True, timeout=120)
    assert (tmp_path / "release" / "lesson_01" / LESSON.name).exists()
    names = {f"s{i:02d}": student for i, student in enumerate(CLASS)}                   # nbgrader allows no spaces
    for name, student in names.items():
        shutil.copytree(submitted / student, tmp_path / "submitted" / name)
    done = subprocess.run([str(NBGRADER), "autograde", "lesson_01"], cwd=tmp_path, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr[-3000:]
    subprocess.run([str(NBGRADER), "export"], cwd=tmp_path, check=True, capture_output=True, timeout=120)
    points = {names[line["student_id"]]: float(line["score"]) for line in csv.DictReader((tmp_path / "grades.csv").open())}
    assert points == {student: CLASS[student][1] for student in CLASS}
    assert points == {student: pages.total([row for row in rows if row.student == student])[0] for student in CLASS}
    subprocess.run([str(NBGRADER), "generate_feedback", "lesson_01", "--student=s02"], cwd=tmp_path, check=True, capture_output=True,
                   timeout=120)
    page = (tmp_path / "feedback" / "s02" / "lesson_01" / LESSON.with_suffix(".html").name).read_text(encoding="utf-8")
    assert "without the factor T²" in page and "Traceback (most" not in page and str(COURSE) not in page
