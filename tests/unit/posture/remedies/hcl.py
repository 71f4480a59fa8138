"""HCL read by python-hcl2, as values."""

import re
from typing import Any

import hcl2

_ESCAPES = re.compile(r'\\(?:u([0-9a-f]{4})|U([0-9a-f]{8})|(["\\]))')


def text_of(literal: str) -> str:
    """What a quoted template means. Refuses one with an interpolation or a directive."""
    inside = literal[1:-1]
    assert literal[0] == literal[-1] == '"'
    without = _ESCAPES.sub("_", inside)
    assert not re.search(r'[\\"]|\$\{|%\{', without), literal
    return _ESCAPES.sub(_meant, inside)


def _meant(found: re.Match[str]) -> str:
    code = found[1] or found[2]
    return chr(int(code, 16)) if code else found[3]


def resources(text: str) -> list[tuple[str, str, dict[str, Any]]]:
    """Type, name and arguments of each resource, in the order of the text. A quoted template is its text,
    a block a list, any other expression what python-hcl2 makes of it."""
    return [
        (text_of(kind), text_of(name), _value(inside))
        for resource in hcl2.loads(text).get("resource", [])
        for kind, named in resource.items()
        for name, inside in named.items()
    ]


def containers(expression: str) -> list[dict[str, Any]]:
    """The container definitions in a call of jsonencode."""
    call = re.fullmatch(r"\$\{jsonencode\((.*)\)\}", expression, re.DOTALL)
    assert call, expression
    listed = _value(hcl2.loads(f"x = {call[1]}\n")["x"])
    assert isinstance(listed, list)
    return listed


def _value(parsed: Any) -> Any:
    if isinstance(parsed, dict):
        return {_key(key): _value(value) for key, value in parsed.items() if not key.startswith("__")}
    if isinstance(parsed, list):
        return [_value(value) for value in parsed]
    return text_of(parsed) if isinstance(parsed, str) and parsed.startswith('"') else parsed


def _key(key: str) -> str:
    return text_of(key) if key.startswith('"') else key
