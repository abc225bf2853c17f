"""The exercise: one cell, one decorator. Defining the function checks it.

    @exercise("01.kd_loss")
    def kd_loss(student_logits, teacher_logits, labels, temperature=4.0, alpha=0.9):
        ...

Four outcomes: not attempted, correct, a known misconception, wrong. Only after "correct" does the name stand for your own
function; until then it stands for the course's version, so that Run All always finishes. An exercise's reference, its
misconceptions and its hints are in notebooks/exercises/lesson_NN.py; the reference is the package's own function.
"""
import functools
import html
import inspect
import linecache
import os
import textwrap

from ..files.bundled import COURSE
from . import answers
from .check import Verdict, check, loaded, source

kept = loaded("course_progress", "progress.py")
progress = kept.progress

# ---------------------------------------------------------------- what the reader sees

ICONS = {"not attempted": "○", "correct": "✔", "misconception": "◐", "wrong": "✘"}
WORDS = {"not attempted": "not attempted", "correct": "correct", "misconception": "a known misconception", "wrong": "not yet"}
EDGES = {"not attempted": "#767676", "correct": "#009E73", "misconception": "#E69F00", "wrong": "#D55E00"}
FALLBACK = "Until it is right, the lesson below uses the course's own version."

_verdicts: dict[str, Verdict] = {}            # what each exercise of this kernel came to: for grade()


def _coded(text):
    """HTML of a sentence, with `code` between back-quotes."""
    return "".join(html.escape(part) if i % 2 == 0 else f"<code>{html.escape(part)}</code>" for i, part in enumerate(text.split("`")))


def _say(title, text, fixed="", edge="#767676", then=""):
    """Show one card: HTML in a notebook, with the theme's own colours; plain text elsewhere."""
    parts = (title, textwrap.fill(text, 100), textwrap.indent(fixed, "    "), textwrap.fill(then, 100))
    plain = "\n".join(part for part in parts if part)
    block = f"<pre style='margin:.4em 0 0;white-space:pre-wrap;background:transparent'>{html.escape(fixed)}</pre>" if fixed else ""
    kept.show(plain, f"<div role='status' style='border-left:5px solid {edge};padding:.4em .9em;margin:.3em 0;"
                     f"background:var(--jp-layout-color2,transparent);color:var(--jp-content-font-color1,inherit)'>"
                     f"<b>{html.escape(title)}</b><br>{_coded(text)}{block}<div>{_coded(then)}</div></div>")


class Attempt:
    """What the name of an exercise stands for: call it like a function. `.hint()`, `.solution()`, `.mine()`, `.outcome`."""

    def __init__(self, name, spec, function, verdict):
        functools.update_wrapper(self, function)
        self.id, self.outcome, self._spec, self._hints = name, verdict.outcome, spec, 0
        self._call = spec.reference if verdict.outcome != "correct" or verdict.slow else function

    def __call__(self, *args, **kwargs):
        answer = self._call(*args, **kwargs)
        own = self._call is not self._spec.reference and self._spec.returns == "tensor" and not self._spec.gradient
        return answers.tensor_of(answer, *args, *kwargs.values()) if own else answer      # the lesson goes on with tensors of its own type

    def __repr__(self):
        whose = "the course's version" if self._call is self._spec.reference else "your function"
        return f"<exercise {self.id}: {WORDS[self.outcome]}; calls go to {whose}>"

    def hint(self):
        """Show the next of three hints."""
        self._hints = min(self._hints + 1, 3)
        more = "" if self._hints < 3 else f" That was the last one: {self.__name__}.solution() shows the answer."
        _say(f"Hint {self._hints} of 3", self._spec.hints[self._hints - 1] + more)

    def solution(self):
        """Show the reference: the course's own function, as it stands in the package."""
        _say(f"Solution of {self.id}", "This is what the course itself uses.", inspect.getsource(self._spec.reference).rstrip())

    def mine(self):
        """Show your own answer that was last correct, so that you can copy it into the cell. It is not run."""
        text = kept.saved().get(self.id, {}).get("source", "")
        _say(f"Your own answer to {self.id}" if text else f"No correct answer of yours to {self.id} is saved.", "", text.rstrip())


def _cell(function):
    """The text of a function's cell, with all that it imports and defines; of the function alone where it stands in a file."""
    place = inspect.unwrap(function).__code__.co_filename
    return "".join(source(function)[0] if os.path.exists(place) else linecache.getlines(place))


def material(name):
    """What belongs to lessons alone, as a module of notebooks/exercises: ("13") is lesson_13.py, ("law") law.py. Raises KeyError."""
    path = f"exercises/{'lesson_' * name.isdigit()}{name}.py"
    if not (COURSE / "notebooks" / path).exists():
        raise KeyError(f"There is no lesson {name!r} with exercises.")
    return loaded(f"exercises_of_lesson_{name}", path)


def load_all(lesson):
    """{name: Spec} for the two digits of a lesson, in the order in which it asks."""
    return material(lesson).EXERCISES


def questions(lesson, which="QUESTIONS"):
    """The wrap-up questions of a lesson: (text, number of the right answer, {answer: why it is right or wrong})."""
    return getattr(material(lesson), which)


def load(name):
    """The Spec of an exercise, such as "01.kd_loss". Raises KeyError with the names there are."""
    try:
        specs = load_all(name[:2])
    except KeyError:
        raise KeyError(f"There is no exercise {name!r}. A name is the lesson's two digits, a dot and the function, "
                       "such as '01.kd_loss'.") from None
    if name not in specs:
        raise KeyError(f"There is no exercise {name!r}. This lesson has: {', '.join(specs)}.")
    return specs[name]


def exercise(name):
    """Decorator: check the function below against exercise `name`, say how it went, and bind the name to what to use."""
    spec = load(name)

    def judge(function):
        verdict = _verdicts[name] = check(spec, function)
        kept.record(name, verdict.outcome, _cell(function))
        then = "" if verdict.outcome == "correct" else f"{FALLBACK} Stuck? `{function.__name__}.hint()`"
        if then and kept.saved().get(name, {}).get("source"):
            then += f" You solved it before: `{function.__name__}.mine()` shows your answer."
        fixed = "\n".join(part for part in (verdict.detail, verdict.printed and f"It printed:\n{verdict.printed}") if part)
        _say(f"{ICONS[verdict.outcome]} {name} · {WORDS[verdict.outcome]}", verdict.says, fixed, EDGES[verdict.outcome], then)
        return Attempt(name, spec, function, verdict)

    return judge


class NoPoints(AssertionError):
    """An exercise that is not correct, in a class that grades: one line, and no traceback."""

    def _render_traceback_(self):               # what IPython shows
        return [str(self)]


def grade(name, points):
    """Points for an exercise: all or none. In a class that grades (COURSE_GRADING, or nbgrader) anything but correct raises NoPoints."""
    outcome = _verdicts[name].outcome if name in _verdicts else "not attempted"
    if outcome != "correct" and {"COURSE_GRADING", "NBGRADER_EXECUTION"} & set(os.environ):
        raise NoPoints(f"{name}: {WORDS[outcome]}, 0 of {points} points")
    return points if outcome == "correct" else 0
