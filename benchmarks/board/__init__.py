"""The replication board's rows, in one file for each lesson: lesson_01.py, ... Each row calls the lesson's own functions."""
import ast
import contextlib
import io
import types
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from fingerprint import COURSE, kept

from course_utils.score.measures import Interval

YES, SHAPE, NO = "reproduces", "reproduces in shape", "does not reproduce at this size"
OWN = "our own measurement"          # nobody has published this one: a lesson draws its runs
FIVE, TEN = tuple(range(5)), tuple(range(10))


class Missing(RuntimeError):
    """A row needs an optional extra that is not installed. Says what to do."""


class Result(NamedTuple):
    ours: str                 # what the interval is of, and what else was seen
    interval: Interval
    seeds: int
    verdict: str
    runs: tuple = ()          # (series, x, seed, value) of every run, where a lesson draws them


class Row(NamedTuple):
    run: object
    lesson: str               # the stem of the lesson's source
    uses: tuple[str, ...]     # the lesson's functions that the row calls
    paper: str
    published: str
    read: str                 # how the published figure was read


def load(stem):
    """notebooks/src/<stem>.py as a module of its imports, functions, classes and CONSTANTS; nothing else in it is run.

    A function of a lesson that the board calls must therefore stand on arguments and constants, not on a cell's variables. An exercise
    stands for the course's own version.
    """
    path = COURSE / "notebooks" / "src" / f"{stem}.py"
    lesson = types.ModuleType(stem)
    lesson.__file__ = str(path)
    with contextlib.redirect_stdout(io.StringIO()):          # what the exercises say of themselves
        exec(compile(ast.Module([node for node in ast.parse(path.read_text()).body if kept(node)], []), str(path), "exec"), lesson.__dict__)
    return lesson


def all_rows():
    """{id: Row}: the published ones in order, then our own."""
    rows = {}
    for path in sorted(Path(__file__).parent.glob("lesson_*.py")):
        rows |= import_module(f"{__name__}.{path.stem}").ROWS
    return dict(sorted(rows.items(), key=lambda row: (row[0][0] != "R", row[0])))
