"""Slips: the reference of an exercise with one thing changed. The check names an answer that behaves like one; `make mutants` tries all."""
import ast
import copy
import functools
import inspect
import sys
import textwrap

OPERATORS = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.Pow: ast.Mult, ast.Mod: ast.Mult,
             ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.FloorDiv: ast.Div}
COMPARISONS = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
               ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is}
TURNED = {ast.Lt: ast.Gt, ast.LtE: ast.GtE, ast.Gt: ast.Lt, ast.GtE: ast.LtE}
SAYS = {"operator": "an operator is another one (plus for minus, times for divided by, and for or)", "sign": "a sign or a `not` is missing",
        "comparison": "a comparison is turned round, or lets equality in where it should not, or takes the smallest for the largest",
        "dimension": "something runs over another dimension, or counts from another end",
        "constant": "a number is off, in an index, a dimension or a formula", "branch": "one case is decided the other way round"}


def changes(node):
    """What may stand in a node's place, one thing changed."""
    if isinstance(node, ast.BinOp | ast.AugAssign) and type(node.op) in OPERATORS:
        yield "operator", _with(node, op=OPERATORS[type(node.op)]())
    elif isinstance(node, ast.UnaryOp) and not (isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant)):
        yield "sign", node.operand
    elif isinstance(node, ast.UnaryOp):                                             # -1: a dimension or an index
        for value in {-1: (0, -2)}.get(-node.operand.value, (node.operand.value,)):
            yield "dimension", ast.Constant(value)
    elif isinstance(node, ast.Compare):
        for table in (COMPARISONS, TURNED):
            if type(node.ops[0]) in table:
                yield "comparison", _with(node, ops=[table[type(node.ops[0])](), *node.ops[1:]])
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield "branch", ast.Constant(not node.value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        yield "constant", ast.Constant(node.value + 1)
        if node.value:
            yield "constant", ast.Constant(node.value - 1 if isinstance(node.value, int) else node.value / 2)
    elif isinstance(node, ast.IfExp):
        yield from (("branch", node.body), ("branch", node.orelse))
    elif isinstance(node, ast.If | ast.While):
        yield "branch", _with(node, test=ast.UnaryOp(ast.Not(), node.test))
    elif isinstance(node, ast.BoolOp):
        yield "operator", _with(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())
    elif isinstance(node, ast.Break):
        yield "branch", ast.Pass()
    elif isinstance(node, ast.Attribute) and (other := {"min": "max", "max": "min", "argmin": "argmax", "argmax": "argmin", "amin": "amax",
                                                        "amax": "amin", "clamp_min": "clamp_max", "clamp_max": "clamp_min"}.get(node.attr)):
        yield "comparison", _with(node, attr=other)
    elif isinstance(node, ast.Name) and node.id in ("min", "max"):
        yield "comparison", _with(node, id={"min": "max", "max": "min"}[node.id])


def _with(node, **fields):
    made = copy.copy(node)
    for name, value in fields.items():
        setattr(made, name, value)
    return made


@functools.lru_cache
def mutants(function):
    """(kind, the changed line, the function with the change) for each change of a function's code; not of its docstring or defaults."""
    return list(_mutants(function))


def _mutants(function):
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    body = tree.body[0].body
    start = 1 if ast.get_docstring(tree.body[0]) is not None else 0
    for top in body[start:]:
        for node in list(ast.walk(top)):
            for parent, field, at in _places(tree, node):
                for kind, other in changes(node):
                    old = getattr(parent, field)
                    setattr(parent, field, [*old[:at], other, *old[at + 1:]] if at is not None else other)
                    made = ast.fix_missing_locations(copy.deepcopy(tree))
                    setattr(parent, field, old)
                    scope = dict(vars(sys.modules[function.__module__]))
                    try:
                        exec(compile(made, f"<mutant of {function.__name__}>", "exec"), scope)
                    except (SyntaxError, TypeError, ValueError):
                        continue
                    before, after = ast.unparse(tree.body[0]).splitlines(), ast.unparse(made.body[0]).splitlines()
                    line = next((new.strip() for old, new in zip(before, after) if old != new), after[-1].strip())
                    yield kind, line, scope[function.__name__]


def _places(tree, node):
    """Where a node hangs: (parent, field, number in a list or None)."""
    for parent in ast.walk(tree):
        for field, value in ast.iter_fields(parent):
            if value is node:
                yield parent, field, None
            elif isinstance(value, list):
                yield from ((parent, field, at) for at, each in enumerate(value) if each is node)
