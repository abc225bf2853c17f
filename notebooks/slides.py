"""Which cells of a lesson go on a slide: a rule, with its exceptions in slides.csv. No slide has a text of its own.

`plan` cuts a lesson into 15 to 25 slides; docs/site/decks.py draws them (make slides). `mark` writes the same into the cells'
metadata, as JupyterLab shows it and nbconvert reads it.
"""
import ast
import csv
import re
from pathlib import Path
from typing import NamedTuple

EXCEPTIONS = Path(__file__).with_name("slides.csv")
MOST, FEWEST = 24, 15
# what stands at the end of every lesson, and how much a room needs it: 0 is never shown
CLOSING = {"What we checked": 45, "What this does not show": 65, "What the first part does not show": 35, "With real models": 22,
           "In practice": 22, "From memory": 20, "Wrap-up": 0, "References": 0}


class Unit(NamedTuple):
    cell: int           # its index in the notebook
    kind: str           # text, exercise (its prompt), answer (its cell), figure, result, or code, which is not shown
    text: str           # the part of a Markdown cell; a code cell's source


class Slide:
    """A heading, where on the slide things appear only after a key (`later`: an index into units), and how much it matters."""

    def __init__(self, heading, first, weight):
        self.heading, self.units, self.weight, self.later = heading, [first], weight, None

    def has(self, *kinds):
        return any(unit.kind in kinds for unit in self.units)

    def size(self):
        return sum(len(unit.text) for unit in self.units if unit.kind in ("text", "exercise"))


def shows(source):
    """Does the cell print or display something? A bare expression or a print at its top level does."""
    try:
        return any(isinstance(node, ast.Expr) and not isinstance(node.value, ast.Constant) for node in ast.parse(source).body)
    except SyntaxError:
        return False


def units(cells):
    """A lesson's cells in order; a Markdown cell in as many parts as it has headings of sections and exercises."""
    for i, cell in enumerate(cells):
        source = cell.source
        if cell.cell_type == "markdown":
            for part in re.split(r"(?m)^(?=##? |### (?:Open e|E)xercise )", source):
                if part.strip():
                    yield Unit(i, "exercise" if part.startswith("### ") and "xercise" in part[:16] else "text", part.strip())
        elif source.startswith("@exercise("):
            yield Unit(i, "answer", source)
        elif "plots.show(" in source or "plots.picture(" in source:
            yield Unit(i, "figure", source)
        elif re.search(r"^(grade|progress)\(|widgets\.(slider|quiz|question)\(", source, re.M) or not shows(source):
            yield Unit(i, "code", source)
        else:
            yield Unit(i, "result", source)


def exceptions(lesson):
    """{the beginning of a heading, or an exercise such as 01.4: its weight} of one lesson, from slides.csv. 0 leaves it out."""
    with EXCEPTIONS.open(encoding="utf-8", newline="") as lines:
        return {row["heading"]: int(row["weight"]) for row in csv.DictReader(lines) if row["lesson"] == lesson}


def candidates(cells, at_home=()):
    """Every slide that a lesson could have, with its weight by the rule. at_home: the cells of exercises that are not done in the room."""
    slides, heading = [], ""
    for unit in units(cells):
        if unit.cell in at_home and unit.kind in ("exercise", "answer"):
            continue
        now = slides[-1] if slides else None
        tags = cells[unit.cell].metadata.get("tags", [])
        new = re.match(r"(##?) (.*)", unit.text) if unit.kind == "text" else None
        if new:
            heading = new[2]
            closing = [weight for name, weight in CLOSING.items() if heading.startswith(name)]
            slides.append(Slide(heading, unit, 100 if new[1] == "#" else closing[0] if closing else 60))
        elif unit.kind == "exercise":
            if now.has("figure", "result", "answer") or now.size() + len(unit.text) > 800:
                slides.append(Slide(heading, unit, 50))
            else:
                now.units.append(unit)
        elif unit.kind == "answer":
            now.units.append(unit)
        elif unit.kind == "text":
            shown = now.has("figure", "result", "answer")
            told = shown and now.units[-1].kind == "text"
            if "**Predict" in unit.text or told or now.has("answer") or (not shown and now.size() + len(unit.text) > 800):
                slides.append(Slide(heading, unit, 30))
            else:
                if "**Predict" in now.units[-1].text and now.later is None:
                    now.later = len(now.units)          # the answer, after the room has answered
                now.units.append(unit)
        elif unit.kind in ("figure", "result"):
            weight = 100 if "signature" in tags else 70 if unit.kind == "figure" else 32
            if now.has("figure", "result", "answer") or (unit.kind == "figure" and now.size() > 600 and now.weight < 100):
                if unit.kind == "figure" or now.has("answer"):      # what is printed under a figure is in the text that follows
                    slides.append(Slide(heading, unit, weight))
            else:
                now.later = len(now.units) if now.has("text") and now.size() < 600 and "**Predict" in now.units[-1].text else None
                now.units.append(unit)
                now.weight = max(now.weight, weight) if now.weight else 0
    return slides


def plan(cells):
    """The slides of a lesson, a list of Slide. cells: those of its notebook, executed or not."""
    special = exceptions(cells[0].source[2:4])
    home = tuple(f"### Exercise {name} " for name, weight in special.items() if name[0].isdigit() and not weight)
    left_out = [unit.cell for unit in units(cells) if unit.text.startswith(home)] if home else []
    slides = candidates(cells, {i for cell in left_out for i in (cell, cell + 1)})
    for slide in slides:
        for name, weight in special.items():
            if slide.heading.startswith(name):
                slide.weight = weight
    slides = [slide for slide in slides if slide.weight and (len(slide.units) > 1 or slide.weight != 30 or slide.size() > 140)]
    while len(slides) > MOST:
        slides.remove(min(reversed(slides), key=lambda slide: slide.weight))
    return slides


def mark(notebook):
    """Write slide, subslide, fragment or skip into each cell's metadata. A cell in two parts is what its first shown part is."""
    types, before = {}, None
    for slide in plan(notebook.cells):
        for k, unit in enumerate(slide.units):
            first = "subslide" if slide.heading == before else "slide"
            types.setdefault(unit.cell, first if k == 0 else "fragment" if k == slide.later else "-")
        before = slide.heading
    for i, cell in enumerate(notebook.cells):
        cell.metadata["slideshow"] = {"slide_type": types.get(i, "skip")}
    return notebook
