"""Intrinsic functions of a template, worked out as far as the template says.

A string that is known only when the stack is deployed becomes a symbol (`${FileSystem}`), so that the same
reference is the same string; what is worked out of symbols is a symbol too. Parameters have their defaults.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from unwedge_cli.plans.cloudformation.template import Template
from unwedge_cli.plans.values import DEPTH, UNKNOWN, Unknown, hides, listed, mapping, named, symbolic

_IN_TEXT = re.compile(r"\$\{([^${}]*)\}")
# Attributes that are what Ref gives.
_SAME_AS_REF = frozenset(
    {"FileSystemId", "AccessPointId", "TargetGroupArn", "TaskDefinitionArn", "ServiceArn", "LoadBalancerArn"}
)
_LONGEST = 20_000


class NoValue:
    """AWS::NoValue: the property is not set."""


_NO_VALUE = NoValue()


class Condition(NamedTuple):
    """Whether it holds, None where that cannot be told, and the parameters whose defaults say so."""

    holds: bool | None
    defaults: tuple[str, ...] = ()


@dataclass(slots=True)
class Kept:
    """What the resources of one template share: its conditions that are worked out already, and how many
    items of lists its functions may still make. A list may be named ten thousand times."""

    conditions: dict[str, Condition] = field(default_factory=dict)
    items: int = 500_000


class Intrinsics:
    """Works out the values of one resource. `notes` are sentences about what could not be; `defaults` the
    names of parameters whose defaults were taken."""

    def __init__(self, template: Template, kept: Kept) -> None:
        self._template = template
        self._kept = kept
        self._open: set[str] = set()
        self.notes: dict[str, None] = {}
        self.defaults: dict[str, None] = {}
        self._functions: dict[str, Callable[[Any, int], Any]] = {
            "Ref": lambda value, _: self._ref(value),
            "Fn::GetAtt": self._get_att,
            "Fn::Sub": self._sub,
            "Fn::Join": self._join,
            "Fn::Select": self._select,
            "Fn::Split": self._split,
            "Fn::If": self._if,
            "Fn::FindInMap": self._find_in_map,
            "Fn::ImportValue": self._import_value,
        }

    def value(self, value: Any, depth: int = 0) -> Any:
        """A value with its functions worked out; UNKNOWN where they cannot be."""
        if depth > DEPTH:
            return UNKNOWN
        if isinstance(value, list):
            made = (self.value(item, depth + 1) for item in value)
            return [item for item in made if not isinstance(item, NoValue)]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((name, argument),) = value.items()
            if name in self._functions:
                return self._made(name, argument, depth + 1)
            if name.startswith("Fn::"):
                self.notes[f"{named(name)} is not worked out."] = None
                return UNKNOWN
        made_members = {key: self.value(item, depth + 1) for key, item in value.items()}
        return {key: item for key, item in made_members.items() if not isinstance(item, NoValue)}

    def _made(self, name: str, argument: Any, depth: int) -> Any:
        """What a function makes; UNKNOWN once the template has made more items of lists than are read."""
        made = self._functions[name](argument, depth) if self._kept.items >= 0 else UNKNOWN
        self._kept.items -= len(made) if isinstance(made, list) else 0
        if self._kept.items >= 0:
            return made
        self.notes["The template makes more of its lists than is read."] = None
        return UNKNOWN

    def condition(self, name: object) -> bool | None:
        """Whether a condition holds; None where that cannot be told."""
        if not isinstance(name, str) or name in self._open or len(self._open) > DEPTH:
            return None
        if name not in self._kept.conditions:
            outer, self.defaults = self.defaults, {}
            self._open.add(name)
            holds = self._holds(self._template.section("Conditions").get(name), 0)
            self._open.discard(name)
            self._kept.conditions[name] = Condition(holds, tuple(self.defaults))
            self.defaults = outer
        found = self._kept.conditions[name]
        self.defaults.update(dict.fromkeys(found.defaults))
        return found.holds

    def _holds(self, value: Any, depth: int) -> bool | None:
        if depth > DEPTH or not isinstance(value, dict) or len(value) != 1:
            return None
        ((name, argument),) = value.items()
        if name == "Condition":
            return self.condition(argument)
        if name == "Fn::Equals":
            return self._equals(argument, depth)
        inner = [self._holds(item, depth + 1) for item in listed(argument)]
        if name == "Fn::Not" and len(inner) == 1:
            return None if inner[0] is None else not inner[0]
        if name == "Fn::And" and inner:
            return False if False in inner else None if None in inner else True
        if name == "Fn::Or" and inner:
            return True if True in inner else None if None in inner else False
        return None

    def _equals(self, argument: Any, depth: int) -> bool | None:
        sides = [self.value(side, depth + 1) for side in listed(argument)]
        if len(sides) != 2 or any(hides(side) or isinstance(side, NoValue) for side in sides):
            return None
        one, other = (_text(side) for side in sides)
        if one != other and (symbolic(one) or symbolic(other)):
            return None
        return one == other

    def _ref(self, name: Any) -> Any:
        if not isinstance(name, str):
            return UNKNOWN
        if name == "AWS::NoValue":
            return _NO_VALUE
        parameter = self._template.section("Parameters").get(name)
        if isinstance(parameter, dict):
            return self._parameter(name, parameter)
        return f"${{{name}}}"

    def _parameter(self, name: str, parameter: dict[str, Any]) -> Any:
        """A parameter's default, unless it is a secret, or the name of where the value is, or longer than
        CloudFormation takes."""
        kind, default = str(parameter.get("Type", "String")), parameter.get("Default")
        hidden = str(parameter.get("NoEcho", "")).lower() == "true" or kind.startswith("AWS::SSM::")
        if default is None or hidden or isinstance(default, dict | list) or len(str(default)) > _LONGEST:
            return f"${{{name}}}"
        self.defaults[name] = None
        if kind == "CommaDelimitedList" or kind.startswith("List<"):
            return [item.strip() for item in str(default).split(",")]
        return default

    def _get_att(self, argument: Any, depth: int) -> Any:
        parts = argument.split(".", 1) if isinstance(argument, str) else listed(argument)
        if len(parts) != 2 or not isinstance(parts[0], str):
            return UNKNOWN
        attribute = self.value(parts[1], depth)
        if not isinstance(attribute, str):
            return UNKNOWN
        return f"${{{parts[0]}}}" if attribute in _SAME_AS_REF else f"${{{parts[0]}.{attribute}}}"

    def _sub(self, argument: Any, depth: int) -> Any:
        text, names = (argument, {}) if isinstance(argument, str) else (None, {})
        if isinstance(argument, list) and len(argument) == 2:
            text, names = argument[0], mapping(argument[1])
        if not isinstance(text, str):
            return UNKNOWN
        given = {key: self.value(item, depth) for key, item in names.items()}
        pieces, at = [], 0
        for found in _IN_TEXT.finditer(text):
            name = found[1].strip()
            if name.startswith("!"):
                value: Any = f"${{{name[1:]}}}"
            else:
                value = given[name] if name in given else self._named(name, depth)
            if isinstance(value, Unknown | NoValue | dict | list):
                return UNKNOWN
            pieces += [text[at : found.start()], _text(value)]
            at = found.end()
        return _joined("", [*pieces, text[at:]])

    def _named(self, name: str, depth: int) -> Any:
        return self._get_att(name, depth) if "." in name else self._ref(name)

    def _join(self, argument: Any, depth: int) -> Any:
        parts = listed(argument)
        if len(parts) != 2 or not isinstance(parts[0], str):
            return UNKNOWN
        items = self.value(parts[1], depth)
        if isinstance(items, str) and symbolic(items):
            return _call("Join", parts[0], items)
        if not isinstance(items, list) or any(isinstance(item, Unknown | dict | list) for item in items):
            return UNKNOWN
        return _joined(parts[0], [_text(item) for item in items])

    def _select(self, argument: Any, depth: int) -> Any:
        parts = listed(argument)
        if len(parts) != 2:
            return UNKNOWN
        number, items = _text(self.value(parts[0], depth)), self.value(parts[1], depth)
        if not number.isascii() or not number.isdigit() or len(number) > 6:
            return UNKNOWN
        if isinstance(items, str) and symbolic(items):
            return _call("Select", number, items)
        if isinstance(items, list) and int(number) < len(items):
            return items[int(number)]
        return UNKNOWN

    def _split(self, argument: Any, depth: int) -> Any:
        parts = listed(argument)
        if len(parts) != 2 or not isinstance(parts[0], str) or not parts[0]:
            return UNKNOWN
        text = self.value(parts[1], depth)
        if not isinstance(text, str) or len(text) > _LONGEST:
            return UNKNOWN
        return _call("Split", parts[0], text) if symbolic(text) else text.split(parts[0])

    def _if(self, argument: Any, depth: int) -> Any:
        parts = listed(argument)
        if len(parts) != 3:
            return UNKNOWN
        holds = self.condition(parts[0])
        if holds is not None:
            return self.value(parts[1] if holds else parts[2], depth)
        one, other = (self.value(part, depth) for part in parts[1:])
        if not hides(one) and not hides(other) and one == other:
            return one
        self.notes[f"Whether the condition {named(parts[0])} holds cannot be told."] = None
        return UNKNOWN

    def _find_in_map(self, argument: Any, depth: int) -> Any:
        keys = [self.value(part, depth) for part in listed(argument)[:3]]
        found: Any = self._template.section("Mappings")
        for key in keys:
            text = _text(key)
            if len(keys) != 3 or hides(key) or symbolic(text) or text not in mapping(found):
                self.notes["A value of Fn::FindInMap cannot be told."] = None
                return UNKNOWN
            found = found[text]
        return found if not isinstance(found, dict) else UNKNOWN

    def _import_value(self, argument: Any, depth: int) -> Any:
        name = self.value(argument, depth)
        return _call("ImportValue", "", name) if isinstance(name, str) else UNKNOWN


def _call(function: str, argument: str, value: str) -> Any:
    """A symbol for what a function makes of a symbol."""
    words = json.dumps([argument, value] if argument else [value], ensure_ascii=False)
    return _bounded(f"${{Fn::{function} {words[1:-1]}}}")


def _joined(separator: str, pieces: list[str]) -> Any:
    """The text of all pieces. It is measured before it is made: a template may name a long value ten thousand
    times."""
    length = sum(map(len, pieces)) + len(separator) * (len(pieces) - 1)
    return separator.join(pieces) if length <= _LONGEST else UNKNOWN


def _bounded(text: str) -> Any:
    return text if len(text) <= _LONGEST else UNKNOWN


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
