"""What the rows of the replication board have in common. The rows themselves are in part_one.py, part_two.py, ..."""
from typing import NamedTuple

from course_utils.score import Interval

YES, SHAPE, NO = "reproduces", "reproduces in shape", "does not reproduce at this size"
OWN = "our own measurement"          # nobody has published this one: a lesson draws its runs
FIVE, TEN = tuple(range(5)), tuple(range(10))


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
