"""Values into the shapes of the ECS API: the names and kinds of members come from botocore's model.

Terraform writes `load_balancer`, CloudFormation `LoadBalancers`, ECS `loadBalancers`. The keys of maps
(Docker labels, log options) are data and stay as they are.
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

from botocore.loaders import Loader
from botocore.model import ListShape, MapShape, ServiceModel, Shape, StructureShape

from unwedge_cli.plans.values import Doubtful, Unknown, named, symbolic

Members = Mapping[str, Shape]
_WHOLE = re.compile(r"[+-]?[0-9]{1,18}", re.ASCII)
_LARGEST = 2**63
# Left out, these would mean something else: the root directory, a volume of the task's own, no access point.
_PLACES = frozenset({"fileSystemId", "accessPointId", "rootDirectory", "sourcePath"})


class Style(NamedTuple):
    """How a source writes. `blocks`: as Terraform does, where a structure is a list of one block, a list has
    its name in the singular, and an empty string is one that is not set."""

    blocks: bool = False


API = Style()
BLOCKS = Style(blocks=True)


class Shaped(NamedTuple):
    """A structure of the ECS API, the paths in it that are unknown, and what was left out: members that the
    model does not have, and paths with a value of another kind."""

    value: dict[str, Any]
    unknown: frozenset[str]
    strange: tuple[str, ...] = ()
    misfits: tuple[str, ...] = ()

    @property
    def notes(self) -> list[str]:
        """Sentences about what was left out: names only, no values."""
        return [
            *(f"{name} is not understood and was left out." for name in self.strange),
            *(
                f"The value of {path} is not of the kind that ECS takes; it was left out."
                for path in self.misfits
            ),
        ]


@cache
def _model() -> ServiceModel:
    return ServiceModel(Loader().load_service_model("ecs", "service-2"), "ecs")


@cache
def service_members() -> Members:
    """The members of a service: what DescribeServices shows, and what CreateService takes besides."""
    created, shown = (_structure(name).members for name in ("CreateServiceRequest", "Service"))
    return {**created, **shown}


@cache
def definition_members() -> Members:
    """The members of a task definition."""
    return {**_structure("RegisterTaskDefinitionRequest").members, **_structure("TaskDefinition").members}


@cache
def containers_members() -> Members:
    """The one member that a container_definitions document is."""
    return {"containerDefinitions": _structure("TaskDefinition").members["containerDefinitions"]}


def _structure(name: str) -> StructureShape:
    shape = _model().shape_for(name)
    assert isinstance(shape, StructureShape)
    return shape


def shaped(data: Mapping[str, Any], members: Members, style: Style, owner: str) -> Shaped:
    """A structure in the API's names and kinds. `owner`: its address, for symbols of its own."""
    shaping = _Shaping(style, owner)
    value = shaping.members(data, members, "")
    return Shaped(value, frozenset(shaping.unknown), tuple(shaping.strange), tuple(shaping.misfits))


class _MisfitError(Exception):
    """A value of another kind than its shape."""


class _Shaping:
    """One walk along a shape, so that how deep it goes is up to the API and not to the plan."""

    def __init__(self, style: Style, owner: str) -> None:
        self._blocks = style.blocks
        self._owner = owner
        self._symbols = 0
        self.unknown: set[str] = set()
        self.strange: dict[str, None] = {}
        self.misfits: dict[str, None] = {}

    def members(self, data: Mapping[str, Any], members: Members, path: str) -> dict[str, Any]:
        names = _names(tuple(members), self._blocks)
        found: dict[str, Any] = {}
        for key, value in data.items():
            name = names.get(key.replace("_", "").lower())
            if name is None:
                if value not in (None, "", [], {}, False, 0):
                    self.strange[named(f"{path}.{key}" if path else key)] = None
                continue
            made = self._at(value, members[name], f"{path}.{name}" if path else name)
            if made is not None:
                found[name] = made
        return found

    def _at(self, value: Any, shape: Shape, path: str) -> Any:
        """A value in its shape; None for one that is not set or not known."""
        if value is None:
            return None
        if isinstance(value, Unknown):
            self.unknown.add(path)
            if path.rsplit(".", 1)[-1] in _PLACES:
                self._symbols += 1
                return f"${{{self._owner}.{path}#{self._symbols}}}"
            return None
        try:
            return self._kind(value, shape, path)
        except _MisfitError:
            self.misfits[path] = None
            self.unknown.add(path)
            return None

    def _kind(self, value: Any, shape: Shape, path: str) -> Any:
        if isinstance(shape, StructureShape):
            return self._structure(value, shape, path)
        if isinstance(shape, ListShape):
            return self._list(value, shape, path)
        if isinstance(shape, MapShape):
            return self._map(value, shape, path)
        if isinstance(value, Doubtful):
            self.unknown.add(path)
        if symbolic(value) and shape.type_name != "string":
            self.unknown.add(path)
            return None
        return self._scalar(value, shape.type_name)

    def _structure(self, value: Any, shape: StructureShape, path: str) -> Any:
        if self._blocks and isinstance(value, list):
            if len(value) > 1:
                raise _MisfitError
            return self._at(value[0], shape, path) if value else None
        if not isinstance(value, dict):
            raise _MisfitError
        return self.members(value, shape.members, path)

    def _list(self, value: Any, shape: ListShape, path: str) -> list[Any]:
        if self._blocks and isinstance(value, dict):
            value = [value]
        if not isinstance(value, list):
            raise _MisfitError
        made = (self._at(item, shape.member, path) for item in value)
        return [item for item in made if item is not None]

    def _map(self, value: Any, shape: MapShape, path: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise _MisfitError
        made = {key: self._at(item, shape.value, f"{path}.{key}") for key, item in value.items()}
        return {key: item for key, item in made.items() if item is not None}

    def _scalar(self, value: Any, kind: str) -> Any:
        if isinstance(value, dict | list):
            raise _MisfitError
        if kind == "boolean":
            return _boolean(value)
        if kind in ("integer", "long"):
            return _integer(value)
        if kind == "string":
            text = str(value).lower() if isinstance(value, bool) else str(value)
            return None if self._blocks and not text else text
        return value


@cache
def _names(members: tuple[str, ...], blocks: bool) -> dict[str, str]:
    """Member names by how a source may write them."""
    names = {name.lower(): name for name in members}
    if blocks:
        for name in members:
            for plural, singular in (("ies", "y"), ("es", ""), ("s", "")):
                if name.lower().endswith(plural):
                    names.setdefault(name.lower().removesuffix(plural) + singular, name)
    return names


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    raise _MisfitError


def _integer(value: Any) -> int:
    if isinstance(value, str) and _WHOLE.fullmatch(value):
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) >= _LARGEST:
        raise _MisfitError
    return value
