"""A lesson with every exercise solved runs from top to bottom, in a class that grades, and uses the reader's own functions."""
import ast
import inspect
import re
from pathlib import Path

import build
import pytest
from nbclient import NotebookClient

from course_utils.lesson import exercises

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"

# what the students of a lesson learn is nbval's business: here the functions need only be used, so everybody trains for a moment, is
# examined in a few questions, and the logs are short
BRIEFLY = """
from course_utils import training
def briefly(fit, fit_language):
    def few(loss, left=3):
        def short(model, *batch):
            nonlocal left
            left -= 1
            return loss(model, *batch) if left >= 0 else next(model.parameters()).sum() * 0
        return short
    return (lambda *args, epochs=1, **kwargs: fit(*args, epochs=1, **kwargs),
            lambda model, batch, loss=training.from_text, **kwargs: fit_language(model, batch, few(loss), **kwargs))
training.fit, training.fit_language = briefly(training.fit, training.fit_language)
from course_utils import detection, score, traffic
def less(exact_match, write_log):
    return (lambda model, problems: exact_match(model, problems[:40]),
            lambda path, who, *args, **kwargs: write_log(
                path, traffic.scaled(who, 0.3) if sum(p.accounts for p in who) > 10_000 else who, *args, **kwargs))
score.exact_match, traffic.write_log = less(score.exact_match, traffic.write_log)
detection.costs = lambda path, detector: {"duckdb": (1, 1), "pandas": (1, 1)}
from course_utils import widgets
kept_sliders = []
def kept(slider):
    return lambda draw, values, start, label: kept_sliders.append((draw, values)) or slider(draw, values, start, label)
widgets.slider = kept(widgets.slider)
"""
# a slider is moved when all is run, and meets whatever later cells have made of the names that it uses
MOVED = """
for draw, values in kept_sliders:
    for value in (values[0], values[-1]):
        figure, words = draw(value)
        assert len(words) > 40, words
"""


def solve(cell):
    """The cell with the reference's body in place of the stub, counting its calls."""
    name = re.match(r'@exercise\("([^"]+)"\)', cell.source)[1]
    module = inspect.getmodule(exercises.load(name).reference).__name__
    stub = ast.parse(cell.source).body[0]
    arguments = ", ".join(a.arg for a in stub.args.args)
    body = f"    calls['{name}'] = calls.get('{name}', 0) + 1\n    import {module} as own\n    return own.{stub.name}({arguments})"
    cell.source = "calls = globals().get('calls', {})\n" + cell.source.replace("    ...", body)


@pytest.mark.parametrize("source", sorted((NOTEBOOKS / "src").glob("*.py")), ids=lambda s: s.stem)
def test_solved_and_graded(source, monkeypatch):
    monkeypatch.setenv("COURSE_GRADING", "1")
    notebook = build.from_source(source)
    first = next(cell for cell in notebook.cells if cell.cell_type == "code")
    first.source = BRIEFLY + first.source
    names = []
    for cell in notebook.cells:
        if cell.source.startswith("@exercise("):
            names.append(re.match(r'@exercise\("([^"]+)"\)', cell.source)[1])
            solve(cell)
    notebook.cells[-1].source = MOVED + "import json; print('CALLS', json.dumps(calls))"
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(NOTEBOOKS)}}).execute()
    said = "".join(o.get("text", "") for o in notebook.cells[-1].outputs)
    for name in names:
        calls = int(re.search(rf'"{name}": (\d+)', said)[1])
        checks = 2 * exercises.load(name).draws + len(exercises.load(name).laws)
        assert calls > checks, f"the lesson never uses the reader's {name} after its check"
