"""Addresses of Terraform: of modules, resources and what expressions refer to."""

import json
import re
from collections.abc import Iterator
from typing import NamedTuple

Key = str | int | None
_TOKEN = re.compile(r'([^.\[\]"]+)|\[("(?:[^"\\]|\\.)*")\]|\[(\d{1,9})\]')
_MODULE = re.compile(r'module\.([^.\[\]"]+)(?:\[("(?:[^"\\]|\\.)*"|\d{1,9})\])?')
_LOOPS = ("each", "count")


class Place(NamedTuple):
    """Where an expression stands: the module instance (`module.a["x"]`, empty for the root), and the key of
    the resource or call that it belongs to, which `each.key` and `count.index` stand for."""

    module: str
    key: Key = None


class Reference(NamedTuple):
    """What an expression refers to. `kind` is var, local, module, managed or data. `key` is of the
    instance, where the expression names it; `rest` are the attributes after it."""

    kind: str
    type: str
    name: str
    key: Key
    rest: tuple[str, ...]


def unquoted(text: str) -> Key:
    """An index key as an address writes it."""
    if not text.startswith('"'):
        return int(text)
    try:
        return str(json.loads(text))
    except ValueError:
        return text.strip('"')


def indexed(address: str, key: Key) -> str:
    """An address with an index key."""
    if key is None:
        return address
    return f"{address}[{json.dumps(key, ensure_ascii=False)}]"


def parts(module: str) -> list[tuple[str, Key]]:
    """The calls that lead to a module instance, each with its key."""
    return [(found[1], unquoted(found[2]) if found[2] else None) for found in _MODULE.finditer(module)]


def within(module: str, name: str, key: Key = None) -> str:
    """The address of a module that a module instance calls."""
    return indexed(f"{module}.module.{name}" if module else f"module.{name}", key)


def above(module: str) -> tuple[str, str, Key]:
    """The calling module instance, the name of the call and the key, of a module instance below the root."""
    calls = parts(module)
    ancestors = ["", *lineage(module)]
    return ancestors[-2], *calls[-1]


def lineage(module: str) -> Iterator[str]:
    """A module instance and all that lead to it, but for the root."""
    address = ""
    for name, key in parts(module):
        address = within(address, name, key)
        yield address


def references(words: list[object]) -> tuple[list[Reference], bool]:
    """The references of an expression, and whether it uses the key of its loop.

    Terraform writes each with all its prefixes (`a.b.id`, `a.b`): only the longest count."""
    texts = list(dict.fromkeys(word for word in words if isinstance(word, str)))[:200]
    whole = [
        text
        for text in texts
        if not any(other != text and other.startswith((f"{text}.", f"{text}[")) for other in texts)
    ]
    keyed = any(text in ("each.key", "count.index") for text in texts)
    return [found for text in whole if (found := _reference(text)) is not None], keyed


def _reference(text: str) -> Reference | None:
    tokens: list[tuple[str | None, Key]] = [
        (found[1], None) if found[1] is not None else (None, unquoted(found[2] or found[3]))
        for found in _TOKEN.finditer(text)
    ]
    names = [name for name, _ in tokens]
    if len(tokens) < 2 or names[0] in (*_LOOPS, "path", "terraform", "self"):
        return None
    if names[0] in ("var", "local", "module"):
        return _rooted(names[0], "", tokens[1:])
    if names[0] == "data":
        return _rooted("data", names[1] or "", tokens[2:])
    return _rooted("managed", names[0] or "", tokens[1:])


def _rooted(kind: str, type_: str, tokens: list[tuple[str | None, Key]]) -> Reference | None:
    if not tokens or tokens[0][0] is None:
        return None
    name, rest, key = tokens[0][0], tokens[1:], None
    if rest and rest[0][0] is None:
        key, rest = rest[0][1], rest[1:]
    return Reference(kind, type_, name, key, tuple(str(name or f"[{key}]") for name, key in rest))
