"""A template as text into its parts, with the line of each resource. Short intrinsics become long ones."""

import json
from typing import Any, NamedTuple

import yaml

from unwedge_cli.plans.planned import PlanError
from unwedge_cli.plans.values import mapping, named

_DEEPEST = 100
# Of nodes after every alias has taken the place of its anchor. CloudFormation allows 500 resources.
_MOST_NODES = 500_000
_TAGS = frozenset(
    f"tag:yaml.org,2002:{kind}"
    for kind in ("null", "bool", "int", "float", "str", "seq", "map", "merge", "value")
)


class Template(NamedTuple):
    """A template. `lines`: the line of each logical id, counting from 1."""

    body: dict[str, Any]
    lines: dict[str, int]

    def section(self, name: str) -> dict[str, Any]:
        """A section, empty if it is not there."""
        return mapping(self.body.get(name))


class _Loader(yaml.CSafeLoader):
    """YAML as CloudFormation takes it: dates are strings. It is used to parse, never to construct objects."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}


def from_json(text: str, body: dict[str, Any], source: str) -> Template:
    """A template from its JSON text, which has been decoded already."""
    if not isinstance(body.get("Resources"), dict):
        raise PlanError(source, "its Resources are not an object.")
    return Template(body, _json_lines(text))


def from_yaml(text: str, source: str) -> Template:
    """A template from YAML. Raises PlanError."""
    try:
        _measure(text, source)
        loader = _Loader(text)
        try:
            root = loader.get_single_node()
            building = _Building(loader, source)
            body = building.node(root, 0) if root is not None else None
        finally:
            loader.dispose()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f": line {mark.line + 1} cannot be read" if mark is not None else ""
        raise PlanError(source, f"it is neither JSON nor valid YAML{where}.") from error
    if not isinstance(body, dict) or not isinstance(body.get("Resources"), dict):
        raise PlanError(source, "it is neither a Terraform plan nor a CloudFormation template.")
    return Template(body, _yaml_lines(root))


def _measure(text: str, source: str) -> None:
    """Refuse what is nested too deeply, before anything that recurses sees it."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > _DEEPEST:
            raise PlanError(source, "it is nested too deeply.")


class _Building:
    """Plain values from YAML nodes."""

    def __init__(self, loader: _Loader, source: str) -> None:
        self._loader = loader
        self._source = source
        self._left = _MOST_NODES

    def node(self, node: yaml.Node, depth: int) -> Any:
        self._left -= 1
        if depth > _DEEPEST or self._left < 0:
            raise PlanError(self._source, "its aliases make more of it than is read.")
        if node.tag.startswith("!") and node.tag != "!":
            return self._intrinsic(node, depth)
        if node.tag not in _TAGS:
            raise PlanError(self._source, f"the YAML tag {named(node.tag)} is not allowed in it.")
        return self._plain(node, depth)

    def _plain(self, node: yaml.Node, depth: int) -> Any:
        if isinstance(node, yaml.MappingNode):
            return {
                key.value: self.node(value, depth + 1)
                for key, value in node.value
                if isinstance(key, yaml.ScalarNode)
            }
        if isinstance(node, yaml.SequenceNode):
            return [self.node(item, depth + 1) for item in node.value]
        try:
            return self._loader.construct_object(node)
        except (ValueError, yaml.YAMLError):  # 0o9, or a number of ten thousand digits
            return node.value

    def _intrinsic(self, node: yaml.Node, depth: int) -> dict[str, Any]:
        name = node.tag[1:]
        if isinstance(node, yaml.ScalarNode):
            value: Any = node.value
            if name == "GetAtt":
                value = node.value.split(".", 1)
        else:
            value = self._plain(node, depth)
        return {name if name in ("Ref", "Condition") else f"Fn::{name}": value}


def _yaml_lines(root: yaml.Node | None) -> dict[str, int]:
    resources = [
        value
        for key, value in (root.value if isinstance(root, yaml.MappingNode) else ())
        if key.value == "Resources" and isinstance(value, yaml.MappingNode)
    ]
    return {
        key.value: key.start_mark.line + 1
        for node in resources
        for key, _ in node.value
        if isinstance(key, yaml.ScalarNode)
    }


def _json_lines(text: str) -> dict[str, int]:
    """The lines of the keys of Resources. The text is valid JSON."""
    lines, line, seen = {}, 1, 0
    for key, _, start, _ in _members(text, text.index("{")):
        if key != "Resources" or text[start] != "{":
            continue
        for name, at, _, _ in _members(text, start):
            line += text.count("\n", seen, at)
            seen = at
            lines[name] = line
    return lines


def _members(text: str, start: int) -> list[tuple[str, int, int, int]]:
    """Of each member of the object at `start`: its key, where that begins, and where its value begins and
    ends."""
    decoder, found, at = json.JSONDecoder(), [], _blank(text, start + 1)
    while text[at] == '"':
        key, end = decoder.raw_decode(text, at)
        value = _blank(text, _blank(text, end) + 1)
        _, end = decoder.raw_decode(text, value)
        found.append((key, at, value, end))
        at = _blank(text, end)
        if text[at] == ",":
            at = _blank(text, at + 1)
    return found


def _blank(text: str, at: int) -> int:
    while text[at] in " \t\r\n":
        at += 1
    return at
