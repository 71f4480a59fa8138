"""What code a module can reach, by names alone: too much rather than too little."""

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator


class Definitions:
    """Everything that Python sources define, by its bare name, whatever module or class it is in.

    A name that is used reaches all that is defined under it. A class reaches its special methods, which
    nobody calls by name; its other methods are reached by their own names.
    """

    def __init__(self, trees: Iterable[ast.Module]) -> None:
        self._by_name: dict[str, list[ast.AST]] = defaultdict(list)
        for tree in trees:
            self._add(tree.body)

    def _add(self, body: Iterable[ast.stmt]) -> None:
        for statement in body:
            if isinstance(statement, ast.FunctionDef):
                self._by_name[statement.name].append(statement)
            elif isinstance(statement, ast.ClassDef):
                self._by_name[statement.name] += _without_named_methods(statement)
                self._add(statement.body)
            elif isinstance(statement, ast.Assign | ast.AnnAssign):
                for name in _assigned(statement):
                    self._by_name[name].append(statement)

    def reached_from(self, module: ast.Module) -> list[ast.AST]:
        """All parts of code that are reached from this module, itself among them."""
        reached: list[ast.AST] = []
        seen: set[str] = set()
        ahead: list[ast.AST] = [module]
        while ahead:
            part = ahead.pop()
            reached.append(part)
            for name in _used(part):
                if name not in seen and not _special(name):
                    seen.add(name)
                    ahead += self._by_name.get(name, [])
        return reached


def _special(name: str) -> bool:
    """`super().__init__` is the base's, which the class reaches anyway, and not everybody's."""
    return name.startswith("__") and name.endswith("__")


def _without_named_methods(defined: ast.ClassDef) -> list[ast.AST]:
    """Bases, decorators, fields and special methods of a class."""
    kept = [item for item in defined.body if not isinstance(item, ast.FunctionDef) or _special(item.name)]
    return [*defined.bases, *defined.decorator_list, *kept]


def _assigned(statement: ast.Assign | ast.AnnAssign) -> Iterator[str]:
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    for target in targets:
        for node in ast.walk(target):
            if isinstance(node, ast.Name):
                yield node.id


def _used(part: ast.AST) -> Iterator[str]:
    for node in ast.walk(part):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
