"""The boxes "API" and "ledger": any model behind HTTP on this machine, and one row for each query.

Lesson 04 opens it, with `api.serve`.
"""
from importlib import import_module

_HOME = {"serve": "http", "Reveal": "serving", "Account": "customers"}


def __getattr__(name):
    """`api.serve` and its two arguments, loaded when they are first asked for: a web server takes a second to import."""
    if name not in _HOME:
        raise AttributeError(f"The folder course_utils.api has no {name!r}; it has {', '.join(_HOME)} and its modules.")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
