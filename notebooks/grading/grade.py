"""Grade what a class handed in: only the functions of the exercises, each in a fresh process, far from the references.

    make grade FROM=submitted                   all lessons that are in it
    make grade FROM=submitted L="01 05" OUT=work/graded

FROM is a folder with a folder (or a .zip) for each student, in which the notebooks lie; nbgrader's submitted/ is one. In OUT are
grades.csv, a page for each student in feedback/, and class.html: which mistakes the class made.
"""
import argparse
import csv
import io
import os
import re
import sys
import time
import zipfile
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

HERE = Path(__file__).resolve().parent
COURSE = HERE.parents[1]
os.environ["COURSE_PROGRESS"] = "off"                   # nobody's own progress is touched
sys.path[:0] = [str(HERE), str(COURSE)]
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(HERE), str(COURSE), os.environ.get("PYTHONPATH")]))         # workers, too

import handed_in  # noqa: E402

LARGEST, MOST = 20_000_000, 30                          # bytes of a notebook; notebooks of a student
CHECK = re.compile(r'^grade\("(\d\d\.\w+)", points=(\d+)\)', re.M)
OUTCOMES = {"correct": "correct", "misconception": "known mistake", "wrong": "wrong", "not attempted": "not attempted"}


@dataclass
class Row:
    """One exercise of one student. points: None where the grader itself failed."""
    student: str
    exercise: str
    outcome: str
    mistake: str
    points: float | None
    of: int
    detail: str = ""


@lru_cache
def points_of(lesson):
    """{exercise: points} of a lesson, such as "01", from its own check cells. Raises ValueError where there is none."""
    paths = list((COURSE / "notebooks" / "src").glob(f"{lesson}_*.py"))
    if not paths:
        raise ValueError(f"There is no lesson {lesson!r}. A lesson is named by two digits, such as 01.")
    return {name: int(points) for name, points in CHECK.findall(paths[0].read_text(encoding="utf-8"))}


def filled(constants):
    """The values of the course's constants that an answer names. Raises ValueError for anything that is not a number or a text."""
    import importlib

    found = {}
    for here, path in constants.items():
        parts, value = path.split("."), None
        for cut in range(len(parts) - 1, 0, -1):
            try:
                value = importlib.import_module(".".join(parts[:cut]))
                for part in parts[cut:]:
                    value = getattr(value, part)
                break
            except (ImportError, AttributeError):
                value = None
        if not isinstance(value, int | float | str):
            raise ValueError(handed_in.REFUSED.format(f"`{path}`"))
        found[here] = value
    return found


class Submission:
    """The answers of one student to one lesson, judged on demand: an answer may call an earlier one."""

    def __init__(self, student, sources, processes):
        self.student, self.processes, self.verdicts = student, processes, {}
        self.answers, self.broken = handed_in.answers(sources)

    def whole(self, name, seen=()):
        """(parts, constants, {name: the course's version}) of an answer with what it calls: its own where they are correct."""
        answer = self.answers[name]
        parts, constants, given = dict(answer.parts), dict(answer.constants), {}
        for other in sorted(answer.uses):
            if other in (*seen, name) or len(seen) > 1 or self.judged(other, (*seen, name))[0] != "correct":
                from course_utils.lesson import exercises
                given[other[3:]] = exercises.load(other).reference
            else:
                more = self.whole(other, (*seen, name))
                parts |= more[0]
                constants |= more[1]
                given |= more[2]
        return parts, constants, {each: what for each, what in given.items() if each != name[3:]}          # never its own reference

    def judged(self, name, seen=()):
        """(outcome, what is said, detail)"""
        if name not in self.verdicts:
            found = self._judged(name, seen)
            if seen:                                    # within a circle an answer is judged with the course's version of the other
                return found
            self.verdicts[name] = found
        return self.verdicts[name]

    def _judged(self, name, seen):
        import asking

        if name in self.broken:
            return "wrong", f"The cell is not Python: {self.broken[name]}.", ""
        if name not in self.answers:
            return "not attempted", f'There is no function under @exercise("{name}") in the notebook.', ""
        answer = self.answers[name]
        if answer.stub:
            return "not attempted", "", ""
        if answer.refused:
            return "refused", answer.refused, ""
        try:
            parts, constants, given = self.whole(name, seen)
            program = handed_in.program(parts, filled(constants))
        except ValueError as error:
            return "refused", str(error), ""
        found = asking.verdict(self.processes, name, program, answer.text, given)
        says = "" if found.outcome in ("correct", "not attempted") and not found.slow else found.says
        return OUTCOMES[found.outcome], says, found.detail


# ---------------------------------------------------------------- what was handed in

def texts_of(place):
    """{name of a notebook: its bytes} in a student's folder or .zip, or the notebook itself; checkpoints and hidden folders left out."""
    found = {}
    if place.suffix == ".ipynb":
        return {place.name: place.read_bytes()}
    if place.suffix == ".zip":
        with zipfile.ZipFile(place) as packed:
            for info in packed.infolist():
                if info.filename.endswith(".ipynb") and not re.search(r"(^|/)[._]", info.filename) and info.file_size <= LARGEST \
                        and len(found) < MOST:
                    found[info.filename] = packed.read(info)
        return found
    for path in sorted(place.rglob("*.ipynb")):
        name = path.relative_to(place)
        if not any(part.startswith(".") for part in name.parts) and path.is_file() and path.stat().st_size <= LARGEST \
                and len(found) < MOST:
            found[str(name)] = path.read_bytes()
    return found


def students(folder):
    """{student: where the work is}: a folder or a .zip each. Raises ValueError where there is none."""
    places = [path for path in sorted(Path(folder).iterdir()) if path.is_dir() or path.suffix == ".zip"] if Path(folder).is_dir() else []
    found = {path.name.removesuffix(".zip"): path for path in places if not path.name.startswith(".")}
    if not found:
        raise ValueError(f"In {str(folder)!r} is no folder and no .zip. Put a folder for each student there, with the notebooks in it.")
    return found


def lessons_of(texts):
    """{lesson: cells of all its notebooks, the later file last} and what could not be read. A lesson is known by its exercises."""
    found, unread = {}, []
    for name, text in texts.items():
        try:
            sources = handed_in.cells(text.decode("utf-8"))
        except ValueError as error:
            unread.append(f"{name}: {error}")
            continue
        asked = re.findall(r"""exercise\(\s*["'](\d\d)\.\w+["']""", "\n".join(sources))
        if asked:
            found.setdefault(max(set(asked), key=asked.count), []).extend(sources)
    return found, unread


def graded(student, place, lessons, processes):
    """The rows of one student."""
    try:
        handed, unread = lessons_of(texts_of(place))
    except (OSError, zipfile.BadZipFile) as error:
        handed, unread = {}, [f"{place.name}: {error}"]
    rows = []
    for lesson in lessons:
        work = None
        for name, most in points_of(lesson).items():
            if lesson not in handed:
                rows.append(Row(student, name, "not handed in", "; ".join(unread), 0, most))
                continue
            try:
                work = work or Submission(student, handed[lesson], processes)
                outcome, says, detail = work.judged(name)
                rows.append(Row(student, name, outcome, says, most if outcome == "correct" else 0, most, detail))
            except Exception as error:                  # ours: the student must not pay for it
                rows.append(Row(student, name, "the grader failed", f"{type(error).__name__}: {error}", None, most))
    return rows


_processes = None


def in_worker(student, place, lessons):
    """graded(), with this worker's one source of processes."""
    global _processes
    import asking
    import torch
    torch.set_num_threads(1)
    _processes = _processes or asking.source_of_processes()
    return graded(student, place, lessons, _processes), _processes.held


def handed(places):
    """The lessons that anybody handed in."""
    found = set()
    for place in places.values():
        try:
            found |= set(lessons_of(texts_of(place))[0])
        except (OSError, zipfile.BadZipFile):
            pass
    return sorted(found)


def grade(folder, lessons=(), jobs=2, progress="grading"):
    """(rows of all students, does the kernel close the disk to answers?)"""
    import joblib
    from tqdm.auto import tqdm

    places = students(folder)
    lessons = sorted(lessons) or handed(places)
    if not lessons:
        raise ValueError(f"No notebook in {str(folder)!r} has an exercise of this course.")
    for lesson in lessons:
        points_of(lesson)
    calls = (joblib.delayed(in_worker)(student, place, lessons) for student, place in places.items())
    running = joblib.Parallel(jobs, return_as="generator")(calls)
    done = list(tqdm(running, total=len(places), desc=progress, disable=progress is None))
    return [row for rows, _ in done for row in rows], all(held for _, held in done)


# ---------------------------------------------------------------- what comes out

def safe(text):
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if str(text)[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def table(rows):
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["student", "exercise", "outcome", "mistake", "points", "of"])
    for row in rows:
        writer.writerow([safe(row.student), row.exercise, row.outcome, safe(" ".join(row.mistake.split())),
                         "" if row.points is None else row.points, row.of])
    return stream.getvalue()


def one_by_one():
    """For nbgrader's preprocessor (outside.py): "01 path" comes in, a line for each notebook, and its rows go out, as a line of JSON."""
    import json

    import asking
    processes, out = asking.source_of_processes(), os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)                                       # nothing else may stand between the lines
    for line in sys.stdin:
        lesson, path = line.rstrip("\n").split(" ", 1)
        print(json.dumps([asdict(row) for row in graded("", Path(path), [lesson], processes)]), file=out, flush=True)
    processes.close()


def main(arguments=None):
    parser = argparse.ArgumentParser(description="Grade the notebooks of a class.")
    parser.add_argument("folder", nargs="?", help="a folder or .zip for each student is in it")
    parser.add_argument("--lessons", nargs="*", default=[], help="two digits each; all that were handed in when none is given")
    parser.add_argument("--out", type=Path, default=COURSE / "work" / "graded")
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--json", action="store_true", help="read paths of notebooks, print what they come to (for nbgrader)")
    asked = parser.parse_args(arguments)
    if asked.json:
        return one_by_one()
    if not asked.folder:
        parser.error("which folder? For instance: make grade FROM=submitted")
    began = time.perf_counter()
    try:
        rows, held = grade(asked.folder, asked.lessons, asked.jobs)
    except ValueError as error:
        sys.exit(str(error))
    import pages
    pages.write(asked.out, rows, table(rows))
    count = len({row.student for row in rows})
    print(f"{count} submissions graded in {time.perf_counter() - began:.0f} s. {asked.out} has grades.csv, feedback/ and class.html.")
    if failed := [row for row in rows if row.points is None]:
        print(f"The grader itself failed {len(failed)} times: look for 'the grader failed' in grades.csv, and grade these by hand.")
    if not held:
        print("This system's kernel does not close the disk to answers. Python's own fence stood, which native code can climb: "
              "read the answers before you trust a point.")


if __name__ == "__main__":
    import grade as itself  # by its name: workers import it, and this file is not their __main__
    itself.main()
