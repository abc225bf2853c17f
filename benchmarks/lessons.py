"""A lesson's own functions, without running the lesson; and a fingerprint of all the code that one of them stands on."""
import ast
import contextlib
import hashlib
import io
import types
from pathlib import Path

import torch

from course_utils import exercises, files

COURSE = Path(__file__).resolve().parents[1]


def _tree(path):
    return ast.parse(path.read_text())


def _names(node):
    """The names that a top-level statement defines."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.Assign):
        return [leaf.id for target in node.targets for leaf in ast.walk(target) if isinstance(leaf, ast.Name)]
    return []


def _kept(node):
    """What of a lesson counts: imports, functions, classes and CONSTANTS. A cell's variables do not."""
    whole = ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef
    return isinstance(node, whole) or (_names(node) and all(name.isupper() for name in _names(node)))


def load(stem):
    """notebooks/src/<stem>.py as a module of its imports, functions, classes and CONSTANTS; nothing else in it is run.

    A function of a lesson that the board calls must therefore stand on arguments and constants, not on a cell's variables. An exercise
    stands for the course's own version.
    """
    path = COURSE / "notebooks" / "src" / f"{stem}.py"
    kept = [node for node in _tree(path).body if _kept(node)]
    lesson = types.ModuleType(stem)
    lesson.__file__ = str(path)
    with contextlib.redirect_stdout(io.StringIO()):          # what the exercises say of themselves
        exec(compile(ast.Module(kept, []), str(path), "exec"), lesson.__dict__)
    return lesson


class _Module:
    """The top-level definitions of one file, and where its imports lead."""

    def __init__(self, path):
        self.definitions, self.imports = {}, {}
        for node in filter(_kept if path.parent.name == "src" else None, _tree(path).body):
            for name in _names(node):
                self.definitions[name] = node
            if isinstance(node, ast.ImportFrom) and ((node.module or "").startswith("course_utils") or node.level):
                base = COURSE / "course_utils" if node.level else COURSE / (node.module or "").replace(".", "/")
                for alias in node.names:
                    whole = base / f"{alias.name}.py"
                    part = (base / node.module if node.level and node.module else base).with_suffix(".py")
                    self.imports[alias.asname or alias.name] = (whole, None) if whole.exists() else (part, alias.name)
            elif isinstance(node, ast.ImportFrom) and path.with_name(f"{node.module}.py").exists():          # one of the board's files
                for alias in node.names:
                    self.imports[alias.asname or alias.name] = (path.with_name(f"{node.module}.py"), alias.name)


def _bare(node):
    """The code of a definition: no docstring, no comment, no line numbers."""
    node = ast.parse(ast.unparse(node))
    for part in ast.walk(node):
        body = getattr(part, "body", None)
        if isinstance(body, list) and body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
            part.body = body[1:] or [ast.Pass()]
    return ast.unparse(node)


def fingerprint(stem, function, row):
    """A digest of everything that a result of the board depends on: twelve hex digits.

    It covers the lesson's function, whatever it calls in the lesson and in course_utils, the board's own `row` function with its rule,
    the bundled files that this code names, and the version of torch. A changed comment or docstring leaves it as it is; a changed number
    does not.
    """
    lesson, modules, seen = COURSE / "notebooks" / "src" / f"{stem}.py", {}, {}
    todo = [(lesson, function), (COURSE / "benchmarks" / f"{row.__module__}.py", row.__name__)]
    while todo:
        path, name = todo.pop()
        if (path, name) in seen or not path.exists():
            continue
        if path not in modules:
            modules[path] = _Module(path)
        module = modules[path]
        if name not in module.definitions:
            continue
        node = module.definitions[name]
        seen[path, name] = _bare(node)
        local = {part.id for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)}
        local |= {part.arg for part in ast.walk(node) if isinstance(part, ast.arg)}
        for part in ast.walk(node):
            if isinstance(part, ast.Call) and getattr(part.func, "id", "") == "exercise":      # an exercise stands for its reference
                reference = exercises.load(part.args[0].value).reference
                todo.append((COURSE / f"{reference.__module__.replace('.', '/')}.py", reference.__name__))
            if isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name) and part.value.id in module.imports:
                todo.append((module.imports[part.value.id][0], part.attr))
            if isinstance(part, ast.Attribute) and getattr(part.value, "id", "") == "lesson":           # the row asks the lesson for it
                todo.append((lesson, part.attr))
            if isinstance(part, ast.Name) and (not isinstance(node, ast.FunctionDef) or part.id not in local):
                target, imported = module.imports.get(part.id, (path, part.id))
                todo.append((target, imported or ""))
    text = "\n".join(seen[key] for key in sorted(seen))
    text += str(sorted(item for item in files.expected().items() if item[0] in text)) + torch.__version__.split("+")[0]
    return hashlib.sha256(text.encode()).hexdigest()[:12]
