"""Finds the AWS calls in the product's source, as the IAM actions that they need."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import botocore.session
from botocore import xform_name

from tests.infra.reach import Definitions

PRODUCT = Path(__file__).parents[2] / "lambdas" / "unwedge"
# TransactWriteItems is authorised as the operations that its items are.
_TRANSACTION = "dynamodb:TransactWriteItems"
# IAM's name of a service, where requests are signed for another one.
_PREFIXES = {"monitoring": "cloudwatch"}
# Modules of Python with functions that are called like methods of a client.
_NO_CLIENTS = {"socket"}
_TRANSACTION_PARTS = {
    "Put": "dynamodb:PutItem",
    "Update": "dynamodb:UpdateItem",
    "Delete": "dynamodb:DeleteItem",
    "ConditionCheck": "dynamodb:ConditionCheckItem",
}


def actions_called(entry: str | None = None, product: Path = PRODUCT) -> set[str]:
    """IAM actions of every client method that the code names, called or handed on; only of the code that
    the handler in the module `entry` can reach, if one is given."""
    trees = {path.relative_to(product).as_posix(): ast.parse(path.read_text()) for path in _sources(product)}
    services = {service for tree in trees.values() for service in _clients(tree)}
    methods = {name: action for service in services for name, action in _methods(service)}
    parts: list[ast.AST] = list(trees.values())
    if entry:
        parts = Definitions(trees[name] for name in _imported(entry, trees)).reached_from(trees[entry])
    named = [(of, name) for part in parts for of, name in _method_names(part)]
    # Some methods are those of several services; then the client's name decides.
    found = {
        methods.get(f"{of}.{name}", methods[name])
        for of, name in named
        if name in methods and of not in _NO_CLIENTS
    }
    if _TRANSACTION in found:
        keys = {node.value for part in parts for node in ast.walk(part) if isinstance(node, ast.Constant)}
        found |= {action for key, action in _TRANSACTION_PARTS.items() if key in keys}
    return found - {_TRANSACTION}


def _imported(entry: str, trees: Mapping[str, ast.Module]) -> set[str]:
    """The modules that one imports, and so on: no other code can run in its function."""
    found, ahead = set[str](), [entry]
    while ahead:
        name = ahead.pop()
        if name in found:
            continue
        found.add(name)
        for module in _imports(trees[name]):
            path = module.removeprefix("unwedge").lstrip(".").replace(".", "/")
            ahead += [candidate for candidate in (f"{path}.py", f"{path}/__init__.py") if candidate in trees]
    return found


def _imports(tree: ast.AST) -> Iterator[str]:
    """Every module that is named by an import, wherever it stands; also what may be one in a package."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute here"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _sources(product: Path) -> list[Path]:
    return sorted(product.rglob("*.py"))


def _method_names(part: ast.AST) -> Iterator[tuple[str, str]]:
    """Attributes with the name of what they are an attribute of, and what `get_paginator("…")` names."""
    for node in ast.walk(part):
        if isinstance(node, ast.Attribute):
            of = node.value
            client = of.attr if isinstance(of, ast.Attribute) else of.id if isinstance(of, ast.Name) else ""
            yield client.strip("_"), node.attr
        if _calls(node, "get_paginator"):
            yield "", _first_argument(node)


def _clients(tree: ast.AST) -> Iterator[str]:
    """Services of `boto3.client("…")` calls."""
    for node in ast.walk(tree):
        if _calls(node, "client"):
            yield _first_argument(node)


def _calls(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == name


def _first_argument(call: ast.AST) -> str:
    assert isinstance(call, ast.Call)
    first = call.args[0]
    assert isinstance(first, ast.Constant), "a client's service and a paginator's method must be literals"
    return str(first.value)


def _methods(service: str) -> Iterator[tuple[str, str]]:
    model = botocore.session.get_session().get_service_model(service)
    prefix = _PREFIXES.get(model.signing_name, model.signing_name)
    for operation in model.operation_names:
        for name in (xform_name(operation), f"{service}.{xform_name(operation)}"):
            yield name, f"{prefix}:{operation}"
