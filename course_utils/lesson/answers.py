"""What an answer to an exercise shows, as numbers, and what the check says of it in words: check.py judges by these."""
import contextlib
import inspect
import math
import random
import re
import textwrap
import time

import numpy as np
import torch


class Complaint(Exception):
    """Something is wrong with an answer, and the message says what."""


def copies(kwargs):
    return {k: v.clone() if torch.is_tensor(v) else v for k, v in kwargs.items()}


def observe(spec, function, kwargs, seed=0):
    """What the check looks at: the returned value, or its gradient, as one tensor. Raises Complaint."""
    torch.manual_seed(seed), random.seed(seed), np.random.seed(seed)
    given = copies(kwargs)
    if spec.gradient:
        leaf = given[spec.gradient].requires_grad_()
        given[spec.gradient] = leaf.clone()
    before = copies({k: v.detach() if torch.is_tensor(v) else v for k, v in given.items()})
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


def _show(value):
    if torch.is_tensor(value):
        body = np.array2string(value.detach().numpy(), precision=3, suppress_small=True, threshold=40, separator=", ")
        return body if value.ndim else f"{value.item():.4g}"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def counter_example(spec, kwargs, got, expected):
    what = f"gradient for {spec.gradient}" if spec.gradient else "returned"
    given = [("worked case:", kwargs)] if isinstance(kwargs, str) else [(f"{name} =", value) for name, value in kwargs.items()]
    rows = given + [(f"yours, {what}:", got), (f"expected, {what}:", expected)]
    width = max(len(label) for label, _ in rows) + 1
    return "\n".join(textwrap.indent(_show(value), " " * width).replace(" " * width, label.ljust(width), 1)
                     for label, value in rows)


def disagreement(spec, kwargs, got, expected):
    """The sentence for an answer that is neither right nor a known mistake."""
    what = "gradient" if spec.gradient else "result"
    if got.shape != expected.shape:
        return f"The {what} has shape {tuple(got.shape)}, and {tuple(expected.shape)} is expected."
    if got.isnan().any() or got.isinf().any():
        return f"The {what} holds NaN or infinity for these inputs. Is there a division by zero, or an exponential that overflows?"
    return f"The {what} differs from the expected one: see the smallest example found, below."


def worked_case(spec, call, like):
    """The arguments of a call that is written out; floating tensors in the type of those that are drawn, `like`."""
    scope = {"torch": torch, "math": math, spec.reference.__name__: inspect.signature(spec.reference).bind}
    given = eval(call, scope)
    given.apply_defaults()
    return {k: v.to(like[k].dtype) if torch.is_tensor(v) and torch.is_tensor(like[k]) else v for k, v in given.arguments.items()}


def times(spec, function, kwargs):
    """How many times the reference's time a function takes on 64 times as many rows."""
    large = {k: v.repeat(64, *[1] * (v.ndim - 1)) if torch.is_tensor(v) and v.ndim else v for k, v in kwargs.items()}
    took = []
    for each in (function, spec.reference):
        runs = []
        for _ in range(3):
            start = time.perf_counter()
            each(**copies(large))
            runs.append(time.perf_counter() - start)
        took.append(min(runs))
    return took[0] / max(took[1], 2e-4)


# what torch says when one of three things went wrong that go wrong in every exercise, and what to do
TORCH_SAYS = (
    ("Boolean value of Tensor", ". `and`, `or`, `not`, `if` and `min(1, ...)` want one truth for all; number by number it is `&`, `|`, "
                                "`~`, `torch.where(...)` and `.clamp(max=1)`, each comparison in parentheses of its own."),
    ("must match the size", ". Two shapes do not fit. A sum or a norm of each row keeps its place as a column with `keepdim=True`."),
    ("maximum recursion depth", ". A function calls itself without an end."),
    ("torch.return_types", ". `.max(dim)` and `.topk(k)` return two things, the values and their places: take one, `.values`."))
