"""A fingerprint of all the code that a row of the board stands on, read and never run.

It follows code, not paths: where a function lies, by what name its module is imported, what its comments and docstrings say make no
difference. A changed number, operator or call does, and so does another version of a bundled file or of torch.
"""
import ast
import hashlib
import re
from functools import cache
from pathlib import Path

COURSE = Path(__file__).resolve().parents[1]
APART = COURSE / "course_utils" / "lesson", COURSE / "course_utils" / "files" / "bundled.py"     # what is shown, and where files lie


def names(node):
    """The names that a top-level statement defines."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return [leaf.id for target in targets for leaf in ast.walk(target) if isinstance(leaf, ast.Name)]


def is_material(node):
    """Is it `drawings = material("drawings")`, the import of a module that belongs to lessons alone?"""
    return isinstance(node, ast.Assign) and getattr(getattr(node.value, "func", None), "id", "") == "material"


def kept(node):
    """What of a lesson counts: imports, functions, classes and CONSTANTS. A cell's variables do not."""
    whole = ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef
    return isinstance(node, whole) or is_material(node) or (names(node) and all(name.isupper() for name in names(node)))


class Module:
    """The top-level definitions of one file, and where its imports from the course lead: {alias: (file or folder, name or None)}."""

    def __init__(self, path):
        self.path, self.definitions, self.imports = path, {}, {}
        for node in filter(kept if path.parent.name == "src" else None, ast.parse(path.read_text()).body):
            self.definitions |= dict.fromkeys(names(node), node)
            if isinstance(node, ast.ImportFrom):
                self.imports |= self.imported(node)
            if is_material(node):
                self.imports[names(node)[0]] = COURSE / "notebooks" / "exercises" / f"{node.value.args[0].value}.py", None

    def imported(self, node):
        """The part of `imports` that one `from ... import` adds; nothing where it leads out of the course."""
        if not node.level and not (node.module or "").startswith(("course_utils", "worlds")):
            return {}
        top = COURSE / "benchmarks" if (node.module or "").startswith("worlds") else COURSE
        base = (self.path.parents[node.level - 1] if node.level else top).joinpath(*filter(None, (node.module or "").split(".")))
        found = {}
        for alias in node.names:
            whole = next((p for p in (base / f"{alias.name}.py", base / alias.name) if p.exists()), None)
            found[alias.asname or alias.name] = (whole, None) if whole else (base if base.is_dir() else base.with_suffix(".py"), alias.name)
        return found


@cache
def module(path):
    return Module(path)


def find(place, name):
    """(file, name) where a file or folder of the course defines a name; None where it does not."""
    files = sorted(place.glob("*.py")) if place.is_dir() else [place] if place.exists() else []
    return next(((path, name) for path in files if name in module(path).definitions), None)


def own_names(node):
    """The arguments and variables of a function: they are no module's, whatever they are called."""
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return set()
    stored = {part.id for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)}
    return stored | {part.arg for part in ast.walk(node) if isinstance(part, ast.arg)}


class _Plain(ast.NodeTransformer):
    """Leaves out docstrings and the names of modules, and collects what else is referred to."""

    def __init__(self, home, lesson, local):
        self.home, self.lesson, self.local, self.refers = home, lesson, local, []

    def _module_of(self, node):
        """The file or folder that an expression stands for, if it is one."""
        if isinstance(node, ast.Name) and node.id not in self.local:
            place, name = self.home.imports.get(node.id, (None, None))
            return None if name else place
        if isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == "lesson" and self.lesson:     # a row asks the lesson
            place, name = module(self.lesson).imports.get(node.attr, (None, None))
            return None if name else place
        return None

    def visit_Attribute(self, node):
        place = self._module_of(node.value)
        if place or self.lesson and getattr(node.value, "id", "") == "lesson":
            self.refers.append((place or self.lesson, node.attr))
            return ast.Name(node.attr, node.ctx)
        return self.generic_visit(node)

    def visit_Name(self, node):
        if node.id not in self.local:
            self.refers.append((None, node.id))
        return node

    def visit_Call(self, node):
        if getattr(node.func, "id", "") == "exercise":           # an exercise stands for its reference
            self.refers.append(reference(node.args[0].value))
        return self.generic_visit(node)

    def visit_JoinedStr(self, node):
        """An f-string becomes a call of its parts: Python 3.11 and 3.12 put other quotes around the same one."""
        return ast.Call(ast.Name("f"), [self.visit(part) for part in node.values], [])

    def visit_FormattedValue(self, node):
        spec = self.visit(node.format_spec) if node.format_spec else ast.Constant(None)
        return ast.Tuple([self.visit(node.value), ast.Constant(node.conversion), spec], ast.Load())

    def visit_ImportFrom(self, node):
        """Within a function: it says where a name is from, and nothing else."""
        self.home.imports |= self.home.imported(node)
        return None

    def visit_Import(self, node):
        return None

    def generic_visit(self, node):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
            node.body = body[1:] or [ast.Pass()]
        return super().generic_visit(node)


@cache
def plain(path, name, lesson=None):
    """(the code of a definition without docstrings and modules' names, what it refers to: [(file, folder or None, name)])."""
    node = ast.parse(ast.unparse(module(path).definitions[name])).body[0]          # a copy, without comments
    reader = _Plain(module(path), lesson, own_names(node))
    return ast.unparse(reader.visit(node)), reader.refers


def reference(exercise):
    """(file, name) of the function that answers an exercise, such as "01.kd_loss", as notebooks/exercises says."""
    home = module(COURSE / "notebooks" / "exercises" / f"lesson_{exercise[:2]}.py")
    table = home.definitions["EXERCISES"].value
    spec = next(value for key, value in zip(table.keys, table.values) if key.value == exercise)
    if isinstance(spec, ast.Name):
        spec = home.definitions[spec.id].value
    answer = next((k.value for k in spec.keywords if k.arg == "reference"), None) or spec.args[0]
    return find(home.imports[answer.value.id][0], answer.attr)


def texts(start, lesson=None):
    """{(file, name): code} of some definitions and all that they stand on. start: [(file, name)]; lesson: the file that rows ask."""
    found, todo = {}, list(start)
    while todo:
        path, name = todo.pop()
        if (path, name) in found:
            continue
        found[path, name], refers = plain(path, name, lesson)
        for place, referred in refers:
            if place is None:
                place, imported = module(path).imports.get(referred, (path, referred))
                referred = imported or referred
            home = find(place, referred)
            if home is None and place.is_file() and referred in module(place).imports:            # a name that its file has from elsewhere
                further, imported = module(place).imports[referred]
                home = find(further, imported) if imported else None
            todo += [home] if home and not {home[0], home[0].parent} & set(APART) else []
    return found


@cache
def board():
    """{id: (the file of the row, its function, the lesson's file, the lesson functions that it uses)}, read from benchmarks/board."""
    rows = {}
    for path in sorted((COURSE / "benchmarks" / "board").glob("lesson_*.py")):
        table = module(path).definitions["ROWS"].value
        for key, row in zip(table.keys, table.values):
            lesson = COURSE / "notebooks" / "src" / f"{row.args[1].value}.py"
            rows[key.value] = path, row.args[0].id, lesson, ast.literal_eval(row.args[2])
    return rows


def fingerprint(row):
    """Twelve hex digits for a row of the board, such as "R01"."""
    path, function, lesson, uses = board()[row]
    text = "\n".join(sorted(texts([(path, function), *((lesson, name) for name in uses)], lesson).values()))
    sums = dict(reversed(line.split()) for line in (COURSE / "data" / "SHA256SUMS").read_text().splitlines())
    torch = re.search(r"^torch==(\S+)", (COURSE / "requirements.txt").read_text(), re.M)[1]
    return hashlib.sha256(f"{text}{sorted(item for item in sums.items() if item[0] in text)}{torch}".encode()).hexdigest()[:12]
