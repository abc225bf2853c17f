"""What is in a notebook that was handed in: the functions of its exercises, and what each of them needs. Read, and never run.

    python hand_in.py NAME 01_soft_labels.ipynb ...      says what a grader will find, and packs it as NAME.zip

It needs nothing but Python, because students get it as hand_in.py. It takes from a notebook the functions under `@exercise(...)`,
and of the rest only what they need: plain functions and classes, imports, and assignments. Whatever else a notebook does is not looked at.
"""
import argparse
import ast
import builtins
import functools
import json
import re
import symtable
import sys
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

EXERCISE = re.compile(r"^\d\d\.\w+$")
LARGEST = 500_000                                   # characters of code in a notebook
OURS = re.compile(r"^(course_utils|exercise_slips|exercises_of_lesson_\w+|course_progress)(\.|$)")
REFUSED = ("It uses {0} of the course's own package. When answers are graded the package is not there: an answer is made of Python, its "
           "libraries, your own functions, and the lesson's earlier exercises.")


@dataclass
class Answer:
    """The answer to one exercise as it was handed in."""
    name: str                                       # "01.kd_loss"
    text: str                                       # its function, without the decorator
    stub: bool = False                              # nothing but `...`
    refused: str = ""                               # why it cannot be graded
    parts: dict = field(default_factory=dict)       # {(cell, position): text}: the function and what it needs
    uses: set = field(default_factory=set)          # other exercises that it calls
    constants: dict = field(default_factory=dict)   # {its name here: "course_utils.attack.clean.PRIME"}: the grader fills them in


def cells(notebook):
    """The texts of the code cells of an .ipynb, which is text in JSON. Raises ValueError where it is no notebook."""
    try:
        found = [cell["source"] for cell in json.loads(notebook)["cells"] if cell["cell_type"] == "code"]
        found = ["".join(source) for source in found]
    except (LookupError, TypeError, AttributeError, RecursionError, UnicodeDecodeError) as error:
        raise ValueError(f"it is not a notebook ({type(error).__name__})") from None
    if sum(map(len, found)) > LARGEST:
        raise ValueError(f"it has more than {LARGEST:,} characters of code")
    return found


@functools.lru_cache(maxsize=500)
def plain(source):
    """A cell's text; where it is no Python as it stands, with IPython's own lines (%time, !ls, name?) made empty. Line numbers stay."""
    text = source
    for before in (None, "", r"\s*"):                    # as it is; lines at the margin; any line
        if before is not None:
            theirs = re.compile(before + r"([%!]|[\w.]+\?+\s*$)")
            text = "\n".join(re.sub(r"\S.*", "pass", line) if theirs.match(line) else line for line in source.split("\n"))
        try:
            ast.parse(text)
            break
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
    return text


def parsed(source):
    """(the statements of a cell, "") or ([], what Python says of it)."""
    try:
        return ast.parse(plain(source)).body, ""
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(error, "lineno", None)
        return [], f"{getattr(error, 'msg', error)}{f', in line {line} of the cell' if line else ''}"


def exercise_of(node):
    """(the exercise, its decorator) of a function under @exercise("01.kd_loss"), or (None, None)."""
    for decorator in getattr(node, "decorator_list", ()) if isinstance(node, ast.FunctionDef) else ():
        if isinstance(decorator, ast.Call):
            for value in [*decorator.args, *(keyword.value for keyword in decorator.keywords)]:
                if isinstance(value, ast.Constant) and EXERCISE.match(str(value.value)):
                    return value.value, decorator
    return None, None


def is_stub(node):
    return all(isinstance(line, ast.Pass) or isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant)
               or isinstance(line, ast.Raise) and "NotImplementedError" in ast.dump(line) for line in node.body)


def text_of(source, node):
    """A statement as it was written, without the decorator that names the exercise."""
    _, ours = exercise_of(node)
    text = ast.get_source_segment(plain(source), node) or ast.unparse(node)
    above = [ast.unparse(decorator) for decorator in getattr(node, "decorator_list", ()) if decorator is not ours]
    return "".join(f"@{decorator}\n" for decorator in above) + text


def made_by(node):
    """The names that a statement at the top of a cell makes."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {node.name}
    found = {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    for each in ast.walk(node):
        if isinstance(each, ast.Import | ast.ImportFrom):
            found |= {alias.asname or alias.name.partition(".")[0] for alias in each.names}
        elif isinstance(each, ast.FunctionDef | ast.ClassDef):
            found.add(each.name)
    return found


def needed_by(text):
    """The names that a text takes from outside of it, Python's own left out."""
    def globals_of(table, top):
        for symbol in table.get_symbols():
            if symbol.is_referenced() if top else symbol.is_global():
                yield symbol.get_name()
        for inner in table.get_children():
            yield from globals_of(inner, False)

    return {name for name in globals_of(symtable.symtable(text, "answer", "exec"), True) if not hasattr(builtins, name)}


def ours(node, name):
    """Where a name comes from, where an import takes it from the course's package: "course_utils.attack.clean"; else ""."""
    for each in ast.walk(node):
        if isinstance(each, ast.Import | ast.ImportFrom):
            base = f"{each.module}." if isinstance(each, ast.ImportFrom) else ""
            for alias in each.names:
                if (alias.asname or alias.name.partition(".")[0]) == name and OURS.match(base + alias.name):
                    return base + alias.name
    return ""


def chains(node, name):
    """What is taken from a name: {"clean.PRIME", "losses.kd_loss"}, or the name itself where it stands alone."""
    found, inner = set(), set()
    for each in ast.walk(node):
        if isinstance(each, ast.Attribute):
            parts, at = [each.attr], each.value
            while isinstance(at, ast.Attribute):
                inner.add(id(at))
                parts, at = [at.attr, *parts], at.value
            inner.add(id(at))
            if isinstance(at, ast.Name) and at.id == name and id(each) not in inner:
                found.add(".".join([name, *parts]))
        elif isinstance(each, ast.Name) and each.id == name and id(each) not in inner:
            found.add(name)
    return found


def answers(sources):
    """({exercise: Answer}, {exercise: what is wrong with its cell}) of a notebook's code cells."""
    bodies, broken, made, tasks = [], {}, {}, {}
    for i, source in enumerate(sources):
        body, wrong = parsed(source)
        bodies.append(body)
        if wrong:
            broken |= dict.fromkeys(asked_in(source), wrong)
        for j, node in enumerate(body):
            name, _ = exercise_of(node)
            if name and (name not in tasks or not is_stub(node)):
                tasks[name] = (i, j)
            for each in made_by(node):
                made.setdefault(each, []).append((i, j))
    found = {}
    for name, place in tasks.items():
        try:
            found[name] = _answer(name, sources, bodies, made, place)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:          # a `return` outside of a function, a jungle
            broken[name] = f"{getattr(error, 'msg', error)}"
    return found, {name: wrong for name, wrong in broken.items() if name not in found}


def _answer(name, sources, bodies, made, place):
    function = bodies[place[0]][place[1]]
    found = Answer(name, text_of(sources[place[0]], function), is_stub(function))
    todo = [place]
    while todo and not found.stub:
        at = todo.pop()
        if at in found.parts:
            continue
        node = bodies[at[0]][at[1]]
        text = found.parts[at] = text_of(sources[at[0]], node)
        for needed in needed_by(text) - ({function.name} if at == place else set()):
            places = made.get(needed, [])
            source = max((p for p in places if p[0] <= place[0]), default=min(places, default=None))      # what came last before the check
            if source is None:
                continue
            maker = bodies[source[0]][source[1]]
            other, _ = exercise_of(maker)
            if other and other != name:
                found.uses.add(other)
            elif path := ours(maker, needed):
                for chain in chains(ast.parse(text), needed):
                    whole = path + chain[len(needed):]
                    if whole.rpartition(".")[2].isupper():
                        found.constants[chain] = whole
                    else:
                        found.refused = REFUSED.format(f"`{whole}`")
            elif source != place:
                todo.append(source)
    return found


def asked_in(source):
    """The exercises that a cell's text names, whether or not it is Python."""
    return re.findall(r"""@exercise\(\s*["'](\d\d\.\w+)["']""", source)


def to_show(sources):
    """{exercise: the text of a cell that shows its answer with its helpers}: for a page of feedback."""
    found, broken = answers(sources)
    texts = {name: source for source in sources for name in asked_in(source) if name in broken}
    for name, answer in found.items():
        helpers = [answer.parts[at] for at in sorted(answer.parts) if answer.parts[at] != answer.text]
        texts[name] = "\n\n".join([*helpers, f'@exercise("{name}")\n{answer.text}'])
    return texts


def program(parts, constants):
    """One text from the parts of an answer, in their order; constants: {"clean.PRIME": 2147483647} are written in."""
    class Filled(ast.NodeTransformer):
        def visit_Attribute(self, node):
            return ast.Constant(constants[ast.unparse(node)]) if ast.unparse(node) in constants else self.generic_visit(node)

        def visit_Name(self, node):
            return ast.Constant(constants[node.id]) if node.id in constants and isinstance(node.ctx, ast.Load) else node

    texts = [parts[at] for at in sorted(parts)]
    return "\n".join(ast.unparse(Filled().visit(ast.parse(text))) if constants else text for text in texts) + "\n"


# ---------------------------------------------------------------- for students: what would be found?

def main(arguments=None):
    parser = argparse.ArgumentParser(description="Say what a grader finds in your notebooks, and pack them as NAME.zip.")
    parser.add_argument("name", help="your name or number, as your instructor asked for it")
    parser.add_argument("notebooks", nargs="*", type=Path, help="all .ipynb files of this folder when none is given")
    asked = parser.parse_args(arguments)
    paths = asked.notebooks or sorted(Path().glob("*.ipynb"))
    if not re.fullmatch(r"[\w.@-]+", asked.name) or asked.name.startswith("."):
        sys.exit(f"{asked.name!r} cannot be a file's name. Use letters, digits and - only.")
    if not paths:
        sys.exit("There is no .ipynb file in this folder. Name the notebooks: python hand_in.py NAME 01_soft_labels.ipynb")
    for path in paths:
        try:
            found, broken = answers(cells(path.read_text(encoding="utf-8")))
        except (OSError, ValueError) as error:
            sys.exit(f"{path} cannot be read: {error}. Save the notebook in JupyterLab, and try again.")
        print(path.name)
        for name, answer in found.items():
            print(f"  {name:26} {'not attempted yet' if answer.stub else answer.refused or 'an answer'}")
        for name, wrong in broken.items():
            print(f"  {name:26} the cell is not Python: {wrong}")
    with zipfile.ZipFile(f"{asked.name}.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        for path in paths:
            packed.write(path, path.name)
    print(f"Hand in {asked.name}.zip. It was not checked whether the answers are right: the lesson's own cells say that.")


if __name__ == "__main__":
    main()
