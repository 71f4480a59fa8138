"""The mutants of a source file: one small change of its logic each.

Own code, because mutmut leaves out every decorated function, which is half of the model and all of the roles,
and cosmic-ray starts a process of several seconds for each mutant. Sentences for people are not mutated: the
recorded situations hold them word for word.
"""

import ast
import copy
import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_COMPARED: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_CALCULATED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
_SWAPPED = {"min": "max", "max": "min", "any": "all", "all": "any", "fullmatch": "match"}


@dataclass(frozen=True)
class Mutant:
    """`source` is the whole file with `before` changed to `after` in `function`; `nth` of its likes there."""

    file: str
    function: str
    before: str
    after: str
    nth: int
    source: str

    @property
    def name(self) -> str:
        """How the list of explained survivors names it: robust against lines that move."""
        often = f" #{self.nth}" if self.nth else ""
        return f"{self.file} {self.function}: {self.before} -> {self.after}{often}"


def mutants(file: str, source: str) -> Iterator[Mutant]:
    """Every mutant of a file, in the order of its text."""
    tree = ast.parse(source)
    seen: Counter[tuple[str, str, str]] = Counter()
    for path, node in _walk(tree, ()):
        if _for_readers_only(path, node):
            continue
        for replacement in _changes(node):
            before, after = _text(node), _text(replacement)
            function = _function(path)
            key = (function, before, after)
            yield Mutant(file, function, before, after, seen[key], _replaced(tree, node, replacement))
            seen[key] += 1


def _walk(node: ast.AST, path: tuple[ast.AST, ...]) -> Iterator[tuple[tuple[ast.AST, ...], ast.AST]]:
    yield path, node
    for child in ast.iter_child_nodes(node):
        yield from _walk(child, (*path, node))


def _for_readers_only(path: tuple[ast.AST, ...], node: ast.AST) -> bool:
    """Sentences, annotations, imports, and assertions that only tell mypy what is known."""
    line = (*path, node)
    if any(isinstance(item, ast.JoinedStr | ast.Assert | ast.Import | ast.ImportFrom) for item in line):
        return True
    for outer, inner in itertools.pairwise(line):
        told = (getattr(outer, "annotation", None), getattr(outer, "returns", None))
        if inner in told or inner in getattr(outer, "decorator_list", ()):
            return True
    return False


def _text(node: ast.AST) -> str:
    """One line, whatever the node; of a statement with a body only what decides about it."""
    if isinstance(node, ast.If):
        return f"if {ast.unparse(node.test)}"
    return " ".join(ast.unparse(node).split())


def _function(path: tuple[ast.AST, ...]) -> str:
    names = [item.name for item in path if isinstance(item, ast.FunctionDef | ast.ClassDef)]
    return ".".join(names) or "module"


def _replaced(tree: ast.Module, node: ast.AST, replacement: ast.AST) -> str:
    """The file with one node replaced."""
    memo = {id(node): replacement}
    return ast.unparse(ast.fix_missing_locations(copy.deepcopy(tree, memo)))


def _changes(node: ast.AST) -> Iterator[ast.AST]:
    for kind, change in _CHANGES:
        if isinstance(node, kind):
            yield from change(node)


def _comparison(node: ast.Compare) -> Iterator[ast.AST]:
    for other in _COMPARED[type(node.ops[0])]:
        yield ast.Compare(node.left, [other(), *node.ops[1:]], node.comparators)


def _connection(node: ast.BoolOp) -> Iterator[ast.AST]:
    yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
    for left_out in range(len(node.values)):
        rest = [value for i, value in enumerate(node.values) if i != left_out]
        yield rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest)


def _negation(node: ast.UnaryOp) -> Iterator[ast.AST]:
    if isinstance(node.op, ast.Not):
        yield node.operand


def _calculation(node: ast.BinOp) -> Iterator[ast.AST]:
    # `|` between types is no calculation, and stands in annotations only
    if type(node.op) in _CALCULATED:
        yield ast.BinOp(node.left, _CALCULATED[type(node.op)](), node.right)


def _constant(node: ast.Constant) -> Iterator[ast.AST]:
    if isinstance(node.value, bool):
        yield ast.Constant(not node.value)
    elif isinstance(node.value, int | float):
        yield ast.Constant(node.value + 1)


def _choice(node: ast.IfExp) -> Iterator[ast.AST]:
    yield node.body
    yield node.orelse


def _condition(node: ast.If) -> Iterator[ast.AST]:
    for value in (True, False):
        yield ast.If(ast.Constant(value), node.body, node.orelse)


def _call(node: ast.Call) -> Iterator[ast.AST]:
    name = getattr(node.func, "id", getattr(node.func, "attr", ""))
    if name in _SWAPPED:
        func = copy.deepcopy(node.func)
        if isinstance(func, ast.Name):
            func.id = _SWAPPED[name]
        elif isinstance(func, ast.Attribute):
            func.attr = _SWAPPED[name]
        yield ast.Call(func, node.args, node.keywords)
    for left_out in node.keywords:
        # without a sentence, or with other numbers to read, the decision is the same
        rest = [keyword for keyword in node.keywords if keyword is not left_out]
        yield ast.Call(node.func, node.args, rest)


def _filter(node: ast.comprehension) -> Iterator[ast.AST]:
    for left_out in node.ifs:
        rest = [item for item in node.ifs if item is not left_out]
        yield ast.comprehension(node.target, node.iter, rest, node.is_async)


def _returned(node: ast.Return) -> Iterator[ast.AST]:
    if node.value is not None and not isinstance(node.value, ast.Constant):
        yield ast.Return(ast.Constant(None))


_CHANGES: tuple[tuple[type[ast.AST], Callable[..., Iterator[ast.AST]]], ...] = (
    (ast.Compare, _comparison),
    (ast.BoolOp, _connection),
    (ast.UnaryOp, _negation),
    (ast.BinOp, _calculation),
    (ast.Constant, _constant),
    (ast.IfExp, _choice),
    (ast.If, _condition),
    (ast.Call, _call),
    (ast.comprehension, _filter),
    (ast.Return, _returned),
)
