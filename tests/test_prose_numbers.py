"""A number that the prose gives with its interval is printed by a cell of the same lesson, or stands on the replication board.

"1.9 points worse (1.3 to 2.6)" is found in "-1.9 points (95 % interval -2.6 to -1.3)": the sign is told by words, so it is not compared.
"""
import collections
import csv
import json
import re
from pathlib import Path

import nbformat
import pytest
import torch

from course_utils.lesson import exercises
from course_utils.score import measures

COURSE = Path(__file__).resolve().parents[1]
NUMBER = r"[+\-−]?\d+(?:[.,]\d+)*"
WITH_INTERVAL = re.compile(rf"({NUMBER})(?: ?%)?[^().;:\d]{{0,60}}\((?:95 % interval )?({NUMBER})(?: ?%)? to ({NUMBER})(?: ?%)?\)")
LESSONS = sorted((COURSE / "notebooks").glob("*.ipynb"))
CHECKED = LESSONS


def triples(text):
    """The numbers with an interval in a text: (mean, low, high), without signs and with the smaller end first, each with its decimals."""
    for found in WITH_INTERVAL.finditer(text):
        mean, low, high = (part.replace("−", "-").replace(",", "").lstrip("+") for part in found.groups())
        yield found[0], (mean, low, high)


def same(told, known):
    """Is a number as the prose tells it the rounded known one, whatever the sign of the difference?"""
    decimals = [len(part.partition(".")[2]) for part in told]
    mean, low, high = map(float, told)
    return any(all(abs(abs(a) - abs(b)) <= 0.5001 * 10 ** -d for a, b, d in zip((mean, *ends), known, decimals))
               for ends in ((low, high), (high, low)))


def printed(notebook):
    """All numbers with an interval that cells print."""
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            for text in (output.get("text") or data.get("text/plain", ""), data.get("text/html", "")):      # plain text cuts wide tables
                yield from triples(str(text))
                yield from ((row[0], row.groups()) for row in re.finditer(r"(-?\d+\.\d+) +(-?\d+\.\d+) +(-?\d+\.\d+)$", str(text), re.M))


def on_the_board():
    """All numbers with an interval of benchmarks/replications.csv: a row's own one, as it is and in percent, and those in its text."""
    with (COURSE / "benchmarks" / "replications.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            for scale in (1, 100):
                yield tuple(scale * float(row[key]) for key in ("mean", "low", "high"))
            yield from (tuple(map(float, numbers)) for _, numbers in triples(row["ours"]))
    with (COURSE / "benchmarks" / "curves.csv").open(encoding="utf-8") as lines:                # the runs of its seeds
        runs = collections.defaultdict(list)
        for run in csv.DictReader(lines):
            runs[run["id"], run["series"], run["x"]].append(100 * float(run["value"]))
    yield from (tuple(measures.mean_interval(torch.tensor(values))) for values in runs.values() if len(values) > 2)


@pytest.mark.parametrize("path", CHECKED, ids=lambda path: path.stem)
def test_numbers_with_an_interval_are_computed(path):
    notebook = nbformat.read(path, as_version=4)
    prose = " ".join("\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown").split())
    prose += json.dumps(exercises.questions(path.stem[:2]) if path.stem[:2] != "00" else "", ensure_ascii=False)
    known = [tuple(scale * float(number) for number in numbers) for _, numbers in printed(notebook) for scale in (1, 100)]
    known += on_the_board()
    lost = [text for text, numbers in triples(prose) if not any(same(numbers, other) for other in known)]
    assert not lost, lost


def test_signs_and_rounding():
    (_, told), = triples("which is 1.9 points worse (1.3 to 2.6)")
    assert same(told, (-1.94, -2.57, -1.31)) and not same(told, (-1.8, -2.6, -1.3))
    (_, told), = triples("**+1.0 points** (95 % interval +0.4 to +1.6)".replace("**", ""))
    assert same(told, (1.0, 0.4, 1.6))
