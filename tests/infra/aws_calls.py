"""Finds the AWS calls in the product's source, as the IAM actions that they need."""

import ast
from collections.abc import Iterator
from pathlib import Path

import botocore.session
from botocore import xform_name

PRODUCT = Path(__file__).parents[2] / "lambdas" / "unwedge"
# TransactWriteItems is authorised as the operations that its items are.
_TRANSACTION = "dynamodb:TransactWriteItems"
_TRANSACTION_PARTS = {
    "Put": "dynamodb:PutItem",
    "Update": "dynamodb:UpdateItem",
    "Delete": "dynamodb:DeleteItem",
    "ConditionCheck": "dynamodb:ConditionCheckItem",
}


def actions_called(product: Path = PRODUCT) -> set[str]:
    """IAM actions of every client method that the code names, called or handed on."""
    trees = [ast.parse(path.read_text()) for path in product.rglob("*.py")]
    services = {service for tree in trees for service in _clients(tree)}
    methods = {method: action for service in services for method, action in _methods(service)}
    found: set[str] = set()
    for tree in trees:
        nodes = list(ast.walk(tree))
        names = {node.attr for node in nodes if isinstance(node, ast.Attribute)} | set(_paginated(tree))
        here = {methods[name] for name in names if name in methods}
        if _TRANSACTION in here:
            keys = {node.value for node in nodes if isinstance(node, ast.Constant)}
            here |= {action for key, action in _TRANSACTION_PARTS.items() if key in keys}
        found |= here
    return found - {_TRANSACTION}


def _clients(tree: ast.AST) -> Iterator[str]:
    """Services of `boto3.client("…")` calls."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "client":
            first = node.args[0]
            assert isinstance(first, ast.Constant), "a client's service must be a literal"
            yield str(first.value)


def _paginated(tree: ast.AST) -> Iterator[str]:
    """Operations of `client.get_paginator("…")` calls."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "get_paginator":
            first = node.args[0]
            assert isinstance(first, ast.Constant), "a paginator's operation must be a literal"
            yield str(first.value)


def _methods(service: str) -> Iterator[tuple[str, str]]:
    model = botocore.session.get_session().get_service_model(service)
    for operation in model.operation_names:
        yield xform_name(operation), f"{model.signing_name}:{operation}"
