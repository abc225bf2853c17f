"""Is an answer right, a known mistake, or wrong? What the `@exercise` decorator asks.

The check runs a function beside the reference on fresh random inputs, and beside the mistakes that people really make, as code. It looks at
values, gradients, limits and laws, never at the text of the answer.
"""
import ast
import builtins
import contextlib
import inspect
import io
import math
import os
import random
import re
import textwrap
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import torch

from ..limited import StillRunning, limited

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
    slips: Callable | None = None                  # () -> what makes variants of the reference with one thing changed
    training: bool = False                         # the lesson calls it in every step: it has to be fast, too


class Verdict(NamedTuple):
    outcome: str              # "not attempted", "correct", "misconception" or "wrong"
    says: str                 # one or two sentences
    detail: str = ""          # a counter-example or a line of the reader's code, in fixed width
    printed: str = ""         # what the function printed while it was checked
    slow: bool = False        # correct, and too slow for the lesson


class Complaint(Exception):
    """Something is wrong with an answer, and the message says what."""


# ---------------------------------------------------------------- running somebody's function safely

@contextlib.contextmanager
def _quarantine():
    """Keep prints, random states and keyboard questions of the function under test away from the notebook."""
    def no_input(prompt=""):
        raise Complaint("Your function asks for keyboard input. Its arguments are all it needs.")

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


# ---------------------------------------------------------------- what an answer shows

def _copies(kwargs):
    return {k: v.clone() if torch.is_tensor(v) else v for k, v in kwargs.items()}


def _observe(spec, function, kwargs, seed=0):
    """What the check looks at: the returned value, or its gradient, as one tensor. Raises Complaint."""
    torch.manual_seed(seed), random.seed(seed), np.random.seed(seed)
    given = _copies(kwargs)
    if spec.gradient:
        leaf = given[spec.gradient].requires_grad_()
        given[spec.gradient] = leaf.clone()
    before = _copies({k: v.detach() if torch.is_tensor(v) else v for k, v in given.items()})
    answer = function(**given)
    for name, value in before.items():
        if torch.is_tensor(value) and not torch.equal(value, given[name].detach()):
            raise Complaint(f"Your function changes its input `{name}` in place, and its caller still needs the old values. "
                            "Make a new tensor instead: no `+=`, no `x[...] = ...`, no function that ends in an underscore.")
    if answer is None:
        raise Complaint("Your function returned None. Is the `return` missing?")
    if spec.returns == "tensor":
        return _as_tensor(spec, answer, leaf if spec.gradient else None)
    return _as_numbers(spec, answer)


def tensor_of(answer, *like):
    """A numpy array or a list as a tensor; floating numbers get the type of the first floating tensor in `like`."""
    if isinstance(answer, np.ndarray | np.generic | list | tuple):
        with contextlib.suppress(TypeError, ValueError, RuntimeError):
            tensors = isinstance(answer, list | tuple) and answer and all(map(torch.is_tensor, answer))
            answer = torch.stack(tuple(answer)) if tensors else torch.as_tensor(answer)
    kind = next((v.dtype for v in like if torch.is_tensor(v) and v.is_floating_point()), None)
    return answer.to(kind) if kind and torch.is_tensor(answer) and answer.is_floating_point() else answer


def _as_tensor(spec, answer, leaf):
    if isinstance(answer, tuple) and hasattr(answer, "indices"):
        raise Complaint("`.min(dim)` and `.max(dim)` of a tensor return two things, the values and their places: take one, `.values`.")
    if isinstance(answer, tuple) and hasattr(answer, "solution"):
        raise Complaint("`torch.linalg.lstsq` returns four things: take one, `.solution`.")
    if leaf is None:
        answer = tensor_of(answer)
    if isinstance(answer, np.ndarray | np.generic):
        raise Complaint("Your function returned a numpy array. Stay in torch from start to end: a gradient has to flow through it.")
    if not torch.is_tensor(answer):
        raise Complaint(f"Your function returned a Python {type(answer).__name__}, and a torch tensor is expected: "
                        "a plain number carries no gradient. Was `.item()` or `float(...)` used?")
    if leaf is None:
        return answer.detach().double()
    if answer.numel() != 1:
        raise Complaint(f"Your function returned shape {tuple(answer.shape)}; one number is expected, the mean over the batch.")
    if not answer.requires_grad:
        raise Complaint(f"The result is cut off from `{spec.gradient}`: it has no gradient, so nothing could be trained with it. "
                        "Was `.detach()`, `torch.tensor(...)` or `torch.no_grad()` used?")
    if not answer.isfinite().all():
        raise Complaint(f"Your function returned {answer.item()}. Is there a logarithm of zero, or an exponential of a large number?")
    gradient, = torch.autograd.grad(answer.sum(), leaf, allow_unused=True)
    if gradient is None:
        raise Complaint(f"The result does not depend on `{spec.gradient}`.")
    return gradient.double()


def _as_numbers(spec, answer):
    """A number, or an interval's three, as one tensor. Python, numpy and torch numbers are all welcome here."""
    if isinstance(answer, re.Match):
        raise Complaint("Your function returned what `re` found. `bool(...)` of it is True, and of nothing found False.")
    wanted = 3 if spec.returns == "interval" else 1
    parts = list(answer) if isinstance(answer, tuple | list) or getattr(answer, "ndim", 0) == 1 else [answer]
    try:
        values = torch.stack([torch.as_tensor(part, dtype=torch.float64).detach().reshape(()) for part in parts])
    except (RuntimeError, TypeError, ValueError):
        values = None
    if values is None or len(values) != wanted:
        shape = f"shape {tuple(answer.shape)}" if hasattr(answer, "shape") else f"a {type(answer).__name__}: {str(answer)[:60]}"
        raise Complaint(f"Your function returned {shape}; "
                        + ("three numbers are expected: mean, low, high." if wanted == 3 else "one number is expected."))
    return values


def _same(a, b, tolerance):
    return a.shape == b.shape and torch.allclose(a, b, rtol=tolerance, atol=tolerance, equal_nan=True)


def _show(value):
    if torch.is_tensor(value):
        body = np.array2string(value.detach().numpy(), precision=3, suppress_small=True, threshold=40, separator=", ")
        return body if value.ndim else f"{value.item():.4g}"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _counter_example(spec, kwargs, got, expected):
    what = f"gradient for {spec.gradient}" if spec.gradient else "returned"
    given = [("worked case:", kwargs)] if isinstance(kwargs, str) else [(f"{name} =", value) for name, value in kwargs.items()]
    rows = given + [(f"yours, {what}:", got), (f"expected, {what}:", expected)]
    width = max(len(label) for label, _ in rows) + 1
    return "\n".join(textwrap.indent(_show(value), " " * width).replace(" " * width, label.ljust(width), 1)
                     for label, value in rows)


def _disagreement(spec, kwargs, got, expected):
    """The sentence for an answer that is neither right nor a known mistake."""
    what = "gradient" if spec.gradient else "result"
    if got.shape != expected.shape:
        return f"The {what} has shape {tuple(got.shape)}, and {tuple(expected.shape)} is expected."
    if got.isnan().any() or got.isinf().any():
        return f"The {what} holds NaN or infinity for these inputs. Is there a division by zero, or an exponential that overflows?"
    return f"The {what} differs from the expected one: see the smallest example found, below."


# ---------------------------------------------------------------- the check

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
        raise Complaint(f"The arguments are named ({', '.join(found)}), and the lesson calls them ({', '.join(wanted)}). "
                        "Keep the names and their order as they were.")
    lost = [n for n in wanted if wanted[n].default is not wanted[n].empty and found[n].default is found[n].empty]
    if lost:
        raise Complaint(f"The default value of `{lost[0]}` is gone; later cells rely on it. It was {wanted[lost[0]].default!r}.")


def worked_case(spec, call, like):
    """The arguments of a call that is written out; floating tensors in the type of those that are drawn, `like`."""
    scope = {"torch": torch, "math": math, spec.reference.__name__: inspect.signature(spec.reference).bind}
    given = eval(call, scope)
    given.apply_defaults()
    return {k: v.to(like[k].dtype) if torch.is_tensor(v) and torch.is_tensor(like[k]) else v for k, v in given.arguments.items()}


def _tried(spec, function, kwargs, seed=0):
    """What the check looks at, or the error that came in its place."""
    try:
        return _observe(spec, function, kwargs, seed)
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
            if type(found) is not type(got) or isinstance(got, Complaint) and str(got) != str(found):
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
    worked = [(call, worked_case(spec, call, drawn[0])) for call, _ in spec.worked]
    seen = [(shown, kwargs, _tried(spec, function, kwargs), _observe(spec, spec.reference, kwargs))
            for shown, kwargs in [*worked, *((None, kwargs) for kwargs in drawn)]]
    for _, kwargs, got, _ in seen:
        again = _tried(spec, function, kwargs, seed=1)
        if torch.is_tensor(got) and torch.is_tensor(again) and not _same(got, again, spec.tolerance):
            raise Complaint("Your function gives a different result each time for the same inputs: it draws random numbers. "
                            "This one needs none.")
    wrong = [row for row in seen if isinstance(row[2], Exception) or not _same(*row[2:], spec.tolerance)]
    if wrong:
        shown, kwargs, got, expected = wrong[0]
        detail = "" if isinstance(got, Exception) else _counter_example(spec, shown or kwargs, got, expected)
        for loosely in (False, True):
            for says, mistake in spec.mistakes:
                if _meets(spec, mistake, seen, loosely):
                    return Verdict("misconception", says, detail if shown else "")
        if isinstance(got, Exception):
            raise got
        if slip := _slip(spec, seen):
            return Verdict("wrong", f"Right but for one slip: {slip[0]}. Yours behaves as this line does, and it should be another.",
                           f"{slip[1]}\n{detail}")
        return Verdict("wrong", _disagreement(spec, kwargs, got, expected), detail)
    plain = replace(spec, gradient=None, returns="number")
    for call, kwargs in worked if spec.gradient else ():
        got, expected = (_observe(plain, f, kwargs) for f in (function, spec.reference))
        if not _same(got, expected, 1e-3):
            return Verdict("wrong", "The gradient is right, and the value of the worked case is not: a constant was added or left out. (A "
                           "KL divergence, for instance, is the cross-entropy without the target's own entropy.)",
                           _counter_example(plain, call, got, expected))
    for says, holds in spec.laws:
        if not holds(_for_laws(spec, function)):
            return Verdict("wrong", says)
    if spec.training and (times := _times(spec, function, drawn[-1])) > SLOW:
        return Verdict("correct", f"Correct, but slow: on a large batch it takes {times:.0f} times as long as the course's version. The "
                       "lesson calls it in every training step, and so it goes on with the course's version. Is there a loop over rows?",
                       slow=True)
    return Verdict("correct", "Your own function is used from here on.")


def _slip(spec, seen):
    """What kind of slip in the reference gives the same, and its line; None where none does, or where it takes longer than a second."""
    until, made = time.perf_counter() + 1, spec.slips() if spec.slips else None
    for kind, line, variant in made.mutants(spec.reference) if made else ():
        if time.perf_counter() > until:
            break
        if _meets(spec, variant, seen[:1], False) and _meets(spec, variant, seen, False):
            return made.SAYS[kind], line
    return None


def _for_laws(spec, function):
    """The function as a law sees it: floating numbers in float64, whatever type, array or list they came in."""
    def asked(*args, **kwargs):
        answer = function(*args, **kwargs)
        return tensor_of(answer, torch.zeros((), dtype=torch.float64)) if spec.returns == "tensor" else answer
    return asked


def _times(spec, function, kwargs):
    """How many times the reference's time a function takes on 64 times as many rows."""
    large = {k: v.repeat(64, *[1] * (v.ndim - 1)) if torch.is_tensor(v) and v.ndim else v for k, v in kwargs.items()}
    took = []
    for each in (function, spec.reference):
        runs = []
        for _ in range(3):
            start = time.perf_counter()
            each(**_copies(large))
            runs.append(time.perf_counter() - start)
        took.append(min(runs))
    return took[0] / max(took[1], 2e-4)


# what torch says when one of three things went wrong that go wrong in every exercise, and what to do
TORCH_SAYS = (
    ("Boolean value of Tensor", ". `and`, `or`, `not`, `if` and `min(1, ...)` want one truth for all; number by number it is `&`, `|`, "
                                "`~`, `torch.where(...)` and `.clamp(max=1)`, each comparison in parentheses of its own."),
    ("must match the size", ". Two shapes do not fit. A sum or a norm of each row keeps its place as a column with `keepdim=True`."),
    ("torch.return_types", ". `.max(dim)` and `.topk(k)` return two things, the values and their places: take one, `.values`."))


def check(spec, function, seconds=None):
    """Judge a function against an exercise's Spec. Returns a Verdict, whatever the function does; changes no random state."""
    if not _attempted(function):
        return Verdict("not attempted", "Replace the `...` and run the cell again; nothing below waits for you.",
                       "\n".join(f"worked case: {call}  gives  {given}" for call, given in spec.worked))
    with _quarantine() as said:
        try:
            _check_signature(spec, function)
            verdict = limited(lambda: _judge(spec, function), seconds or TIME_LIMIT)
        except (Complaint, StillRunning) as complaint:
            verdict = Verdict("wrong", str(complaint))
        except NotImplementedError:
            verdict = Verdict("not attempted", "It still raises NotImplementedError; nothing below waits for you.")
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            help = next((says for sign, says in TORCH_SAYS if sign in str(error)), "")
            verdict = Verdict("wrong", f"Your function stopped with {type(error).__name__}: {error}{help}", _own_line(function, error))
    printed = said.getvalue().splitlines()
    return verdict._replace(printed="\n".join(printed[:8] + ["…"] * (len(printed) > 8)))
