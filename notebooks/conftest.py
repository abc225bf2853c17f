"""For nbval: each lesson runs unsolved, cell by cell; then its exercises are solved in the same kernel, and what uses them runs again.

So one kernel shows both: Run All works with nothing solved, and a reader's own functions are what the rest of the lesson uses.
"""
import ast
import json
import re
import runpy
from pathlib import Path

import nbformat
import pytest
from nbval.plugin import IPyNbCell, IPyNbFile

from course_utils.lesson import exercises

runpy.run_path(str(Path(__file__).resolve().parents[1] / "tests" / "conftest.py"))         # no network in the kernels

# what the students of a lesson learn is the unsolved run's business: now the functions need only be used, so there are two seeds,
# everybody trains for a moment and is examined in a few questions, and the logs are short
BRIEFLY = """
import os
os.environ["COURSE_GRADING"] = "1"                        # a class that grades: a check cell raises where its exercise is not correct
calls = {}
for name in {"SEEDS", "TEN_SEEDS"} & set(globals()):
    globals()[name] = globals()[name][:2]
from course_utils.student import training
def briefly(fit, fit_language):
    def few(loss, left=3):
        def short(model, *batch):
            nonlocal left
            left -= 1
            return loss(model, *batch) if left >= 0 else next(model.parameters()).sum() * 0
        return short
    def same(batch):                                     # a student that writes its own text writes three batches
        kept = []
        def short(step):
            if len(kept) < 3:
                kept.append(batch(step))
            return kept[-1]
        return batch if batch.__name__ == "watched" else short           # lesson 07 looks on at certain steps
    return (lambda *args, epochs=1, **kwargs: fit(*args, epochs=1, **kwargs),
            lambda model, batch, loss=training.from_text, **kwargs: fit_language(
                model, same(batch), few(loss), **kwargs))
training.fit, training.fit_language = briefly(training.fit, training.fit_language)
import sys
from course_utils.score import measures
measures.exact_match = (lambda exact_match: lambda model, problems: exact_match(model, problems[:40]))(measures.exact_match)
traffic = sys.modules.get("exercises_of_lesson_traffic")
if traffic:
    traffic.write_log = (lambda write_log: lambda path, who, *args, **kwargs: write_log(
        path, traffic.scaled(who, 0.3) if sum(p.accounts for p in who) > 10_000 else who, *args, **kwargs))(traffic.write_log)
from course_utils.lesson import widgets
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
for name, checks in {checks}.items():
    assert calls.get(name, 0) > checks, f"the lesson never uses the reader's {{name}} after its check"
"""


def names_of(tree, context):
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, context)}


def made_by(tree):
    """The names that a cell makes: functions, classes, imports, and what it assigns outside of them and of comprehensions."""
    found = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found |= {alias.asname or alias.name for alias in node.names}
        else:
            inner = {id(target) for part in ast.walk(node) if isinstance(part, ast.comprehension) for target in ast.walk(part.target)}
            found |= {leaf.id for leaf in ast.walk(node) if isinstance(leaf, ast.Name) and isinstance(leaf.ctx, ast.Store)
                      and id(leaf) not in inner}
    return found


def concerned(sources):
    """The numbers of the cells that call an exercise, directly or through functions that do; and of those that show a slider.

    A cell that only draws what such a cell has computed runs once, unsolved: the check has seen that the reader's values are the same.
    """
    trees, users, found = [ast.parse(source) for source in sources], set(), []
    for i, (source, tree) in enumerate(zip(sources, trees)):
        exercise = source.startswith(("@exercise(", "grade("))           # an answer, or the cell that raises where it is not correct
        if exercise or names_of(tree, ast.Load) & users or "widgets.slider(" in source:
            for node in tree.body:
                uses = exercise or names_of(node, ast.Load) & users
                if uses and isinstance(node, ast.FunctionDef | ast.ClassDef):
                    users.add(node.name)
                elif uses:                                              # a table of functions is a CONSTANT
                    users |= {name for name in names_of(node, ast.Store) if name.isupper()}
            found.append(i)
    # a name that has come to stand for something else, by a later cell or by one that runs again, is made anew
    made, again = [made_by(tree) for tree in trees], True
    while again:
        again = False
        for i in list(found):
            for name in names_of(trees[i], ast.Load) - made[i]:
                makers = [j for j in range(len(trees)) if name in made[j]]
                last = max((j for j in makers if j < i), default=None)
                if last is not None and last not in found and any(j > i or j in found for j in makers):
                    found.append(last)
                    again = True
    return sorted(found)


def solved(source):
    """An exercise's cell with the reference's body in place of the stub, counting its calls."""
    name = re.match(r'@exercise\("([^"]+)"\)', source)[1]
    stub = ast.parse(source).body[0]
    arguments = ", ".join(argument.arg for argument in stub.args.args)
    body = (f"    calls['{name}'] = calls.get('{name}', 0) + 1\n    from course_utils.lesson import exercises\n"
            f"    return exercises.load('{name}').reference({arguments})")
    return source.replace("    ...", body)


class Lesson(IPyNbFile):
    """A notebook's cells, and then the solved ones."""

    def collect(self):
        unsolved = list(super().collect())
        # the solved cells need the server and the files, too
        held = [item for item in unsolved if item.cell.source == "server.stop()" or ".unlink(" in item.cell.source]
        yield from (item for item in unsolved if item not in held)
        sources = [cell.source for cell in self.nb.cells if cell.cell_type == "code"]
        names = [re.match(r'@exercise\("([^"]+)"\)', source)[1] for source in sources if source.startswith("@exercise(")]
        checks = {name: 2 * exercises.load(name).draws + len(exercises.load(name).laws) for name in names}
        again = [BRIEFLY, *(solved(sources[i]) if sources[i].startswith("@exercise(") else sources[i] for i in concerned(sources)),
                 MOVED.format(checks=json.dumps(checks))]
        for i, source in enumerate(again):
            yield IPyNbCell.from_parent(self, name=f"Solved {i}", cell_num=len(sources) + i, cell=nbformat.v4.new_code_cell(source),
                                        options={"check": False, "skip": False, "check_exception": False})
        yield from held


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(file_path, parent):
    found = yield
    for file in found:
        if type(file) is IPyNbFile:
            file.__class__ = Lesson
    return found
