"""Is an answer right, a known mistake, or wrong? What the `@exercise` decorator asks.

The check runs a function beside the reference on fresh random inputs, and beside the mistakes that people really make, as code. It looks at
values, gradients, limits and laws, never at the text of the answer.
"""
import ast
import builtins
import contextlib
import importlib.util
import inspect
import io
import os
import random
import sys
import textwrap
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import torch

from ..files.bundled import COURSE
from ..limited import StillRunning, limited
from . import answers


def loaded(name, path):
    """A file of notebooks/ as a module, which is made once."""
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, COURSE / "notebooks" / path)
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


slips = loaded("exercise_slips", "exercises/slips.py")

TIME_LIMIT = 5.0          # seconds for one whole check; the functions asked for here take microseconds
SLOW = 20                 # times the reference's time for a large batch: an answer that trains a whole lesson should not take more


@dataclass(frozen=True)
class Spec:
    """What the check knows about one exercise."""
    reference: Callable                            # the package's own function
    inputs: Callable                               # (torch.Generator, draw 0, 1, 2, ...) -> keyword arguments, smallest first
    mistakes: tuple[tuple[str, Callable], ...]     # what people really get wrong: (what to say, the code that does it)
    hints: tuple[str, str, str]
    worked: tuple[tuple[str, object], ...] = ()    # the worked cases of the docstring: (a call as it runs, what it gives)
    returns: str = "tensor"                        # "tensor", "number" or "interval" (mean, low, high)
    gradient: str | None = None                    # judge the result by its gradient for this argument, not by its value
    laws: tuple[tuple[str, Callable], ...] = ()    # (what to say when it fails, function of the answer -> bool)
    draws: int = 6
    tolerance: float = 1e-4
    training: bool = False                         # the lesson calls it in every step: it has to be fast, too


class Verdict(NamedTuple):
    outcome: str              # "not attempted", "correct", "misconception" or "wrong"
    says: str                 # one or two sentences
    detail: str = ""          # a counter-example or a line of the reader's code, in fixed width
    printed: str = ""         # what the function printed while it was checked
    slow: bool = False        # correct, and too slow for the lesson


# ---------------------------------------------------------------- running somebody's function safely

@contextlib.contextmanager
def _quarantine():
    """Keep prints, random states and keyboard questions of the function under test away from the notebook."""
    def no_input(prompt=""):
        raise answers.Complaint("Your function asks for keyboard input. Its arguments are all it needs.")

    states, ask, said = (random.getstate(), np.random.get_state(), torch.get_rng_state()), builtins.input, io.StringIO()
    builtins.input = no_input
    try:
        with contextlib.redirect_stdout(said):
            yield said
    finally:
        builtins.input = ask
        random.setstate(states[0]), np.random.set_state(states[1]), torch.set_rng_state(states[2])


def _own_line(function, error):
    """'line 3: soft = ...' of the reader's function, where the error passed through it."""
    own = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == function.__code__.co_filename]
    return f"line {own[-1].lineno - source(function)[1] + 1} of the cell's function: {own[-1].line or ''}" if own else ""


def source(function):
    """(the lines of a function, the number of the first); no lines where they are not known."""
    try:
        return inspect.getsourcelines(function)
    except (OSError, TypeError):
        return [], function.__code__.co_firstlineno


# ---------------------------------------------------------------- the check

def _same(a, b, tolerance):
    return a.shape == b.shape and torch.allclose(a, b, rtol=tolerance, atol=tolerance, equal_nan=True)

def _attempted(function):
    """False for a body of nothing but a docstring, `...`, `pass` or `raise NotImplementedError`."""
    try:
        body = ast.parse(textwrap.dedent("".join(source(function)[0]))).body[0].body
    except (SyntaxError, IndexError, AttributeError):
        return True
    return not all(
        isinstance(line, ast.Pass)
        or isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant)
        or isinstance(line, ast.Raise) and "NotImplementedError" in ast.dump(line) for line in body)


def _check_signature(spec, function):
    wanted, found = inspect.signature(spec.reference).parameters, inspect.signature(function).parameters
    if list(wanted) != list(found):
        raise answers.Complaint(f"The arguments are named ({', '.join(found)}), and the lesson calls them ({', '.join(wanted)}). "
                                "Keep the names and their order as they were.")
    lost = [n for n in wanted if wanted[n].default is not wanted[n].empty and found[n].default is found[n].empty]
    if lost:
        raise answers.Complaint(f"The default value of `{lost[0]}` is gone; later cells rely on it. It was {wanted[lost[0]].default!r}.")


def _tried(spec, function, kwargs, seed=0):
    """What the check looks at, or the error that came in its place."""
    try:
        return answers.observe(spec, function, kwargs, seed)
    except NotImplementedError:
        raise
    except Exception as error:
        return error


def _meets(spec, mistake, seen, loosely):
    """Is this what a listed mistake gives? Loosely: where its own value is not finite another version of it may have any."""
    told = False
    for _, kwargs, got, expected in seen:
        found = _tried(spec, mistake, kwargs)
        if isinstance(found, Exception) or isinstance(got, Exception):
            if type(found) is not type(got) or isinstance(got, answers.Complaint) and str(got) != str(found):
                return False
            told = True
            continue
        compared = found.isfinite() if loosely else torch.ones_like(found, dtype=torch.bool)
        if got.shape != found.shape or not _same(got[compared], found[compared], spec.tolerance):
            return False
        told |= not loosely or found.shape != expected.shape or not _same(found[compared], expected[compared], spec.tolerance)
    return told


def _judge(spec, function):
    generator = torch.Generator().manual_seed(int.from_bytes(os.urandom(4), "little"))     # fresh inputs: nothing to memorise
    drawn = [spec.inputs(generator, draw) for draw in range(spec.draws)]
    worked = [(call, answers.worked_case(spec, call, drawn[0])) for call, _ in spec.worked]
    seen = [(shown, kwargs, _tried(spec, function, kwargs), answers.observe(spec, spec.reference, kwargs))
            for shown, kwargs in [*worked, *((None, kwargs) for kwargs in drawn)]]
    for _, kwargs, got, _ in seen:
        again = _tried(spec, function, kwargs, seed=1)
        if torch.is_tensor(got) and torch.is_tensor(again) and not _same(got, again, spec.tolerance):
            raise answers.Complaint("Your function gives a different result each time for the same inputs: it draws random numbers. "
                                    "This one needs none.")
    wrong = [row for row in seen if isinstance(row[2], Exception) or not _same(*row[2:], spec.tolerance)]
    if wrong:
        shown, kwargs, got, expected = wrong[0]
        detail = "" if isinstance(got, Exception) else answers.counter_example(spec, shown or kwargs, got, expected)
        for loosely in (False, True):
            for says, mistake in spec.mistakes:
                if _meets(spec, mistake, seen, loosely):
                    return Verdict("misconception", says, detail if shown else "")
        if isinstance(got, Exception):
            raise got
        if slip := _slip(spec, seen):
            return Verdict("wrong", f"Right but for one slip: {slip[0]}. Yours behaves as this line does, and it should be another.",
                           f"{slip[1]}\n{detail}")
        return Verdict("wrong", answers.disagreement(spec, kwargs, got, expected), detail)
    plain = replace(spec, gradient=None, returns="number")
    for call, kwargs in worked if spec.gradient else ():
        got, expected = (answers.observe(plain, f, kwargs) for f in (function, spec.reference))
        if not _same(got, expected, 1e-3):
            return Verdict("wrong", "The gradient is right, and the value of the worked case is not: a constant was added or left out. (A "
                           "KL divergence, for instance, is the cross-entropy without the target's own entropy.)",
                           answers.counter_example(plain, call, got, expected))
    for says, holds in spec.laws:
        if not holds(_for_laws(spec, function)):
            return Verdict("wrong", says)
    if spec.training and (times := answers.times(spec, function, drawn[-1])) > SLOW:
        return Verdict("correct", f"Correct, but slow: on a large batch it takes {times:.0f} times as long as the course's version. The "
                       "lesson calls it in every training step, and so it goes on with the course's version. Is there a loop over rows?",
                       slow=True)
    return Verdict("correct", "Your own function is used from here on.")


def _slip(spec, seen):
    """What kind of slip in the reference gives the same, and its line; None where none does, or where it takes longer than a second."""
    until = time.perf_counter() + 1
    for kind, line, variant in slips.mutants(spec.reference):
        if time.perf_counter() > until:
            break
        if _meets(spec, variant, seen[:1], False) and _meets(spec, variant, seen, False):
            return slips.SAYS[kind], line
    return None


def _for_laws(spec, function):
    """The function as a law sees it: floating numbers in float64, whatever type, array or list they came in."""
    def asked(*args, **kwargs):
        answer = function(*args, **kwargs)
        return answers.tensor_of(answer, torch.zeros((), dtype=torch.float64)) if spec.returns == "tensor" else answer
    return asked


def check(spec, function, seconds=None):
    """Judge a function against an exercise's Spec. Returns a Verdict, whatever the function does; changes no random state."""
    if not _attempted(function):
        return Verdict("not attempted", "Replace the `...` and run the cell again; nothing below waits for you.",
                       "\n".join(f"worked case: {call}  gives  {given}" for call, given in spec.worked))
    with _quarantine() as said:
        try:
            _check_signature(spec, function)
            verdict = limited(lambda: _judge(spec, function), seconds or TIME_LIMIT)
        except (answers.Complaint, StillRunning) as complaint:
            verdict = Verdict("wrong", str(complaint))
        except NotImplementedError:
            verdict = Verdict("not attempted", "It still raises NotImplementedError; nothing below waits for you.")
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            help = next((says for sign, says in answers.TORCH_SAYS if sign in str(error)), "")
            verdict = Verdict("wrong", f"Your function stopped with {type(error).__name__}: {error}{help}", _own_line(function, error))
    printed = said.getvalue().splitlines()
    return verdict._replace(printed="\n".join(printed[:8] + ["…"] * (len(printed) > 8)))
