"""The JSON of a plan, sorted: what happens to each resource, and the configuration of each module."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from unwedge_cli.plans.planned import PlanError
from unwedge_cli.plans.terraform.addresses import Key, indexed, lineage, parts
from unwedge_cli.plans.values import DEPTH, listed, mapping, mappings

_SUPPORTED = re.compile(r"1\.\d{1,6}", re.ASCII)


class Change(NamedTuple):
    """What a plan does to one instance of a resource. `actions` as in the plan; a data source that was read
    while planning has `read` and everything in `after`. `after_unknown` and `after_sensitive` have true in
    the place of values that are. `previous`: its address before, if it is moved."""

    address: str
    module: str
    mode: str
    type: str
    name: str
    key: Key
    actions: tuple[str, ...]
    before: dict[str, Any]
    after: dict[str, Any]
    unknown: dict[str, Any]
    sensitive: dict[str, Any]
    previous: str = ""

    @property
    def made(self) -> bool:
        """Whether the plan makes it anew: by creation or replacement."""
        return "create" in self.actions

    @property
    def gone(self) -> bool:
        """Whether nothing of it is left in the state afterwards."""
        return self.actions in (("delete",), ("forget",))


class Document:
    """A plan. Everything that its JSON has in another shape than the format's is left out."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data
        self.changes = {change.address: change for change in _changes(data)}
        self._by_name: dict[tuple[str, str, str, str], list[Change]] = {}
        self._by_type: dict[str, list[Change]] = {}
        self._modules: set[str] = set()
        for change in self.changes.values():
            names = (change.module, change.mode, change.type, change.name)
            self._by_name.setdefault(names, []).append(change)
            self._by_type.setdefault(change.type, []).append(change)
            self._modules.update(lineage(change.module))
        self._configured: dict[str, dict[str, Any]] = {}
        self._expressions: dict[str, dict[tuple[object, ...], dict[str, Any]]] = {}

    def of_type(self, *types: str, mode: str = "managed") -> list[Change]:
        """Every resource of some types."""
        return [change for name in types for change in self._by_type.get(name, ()) if change.mode == mode]

    def instances(self, module: str, mode: str, type_: str, name: str) -> list[Change]:
        """The instances of a resource in a module instance."""
        return self._by_name.get((module, mode, type_, name), [])

    def has_module(self, module: str) -> bool:
        """Whether a module instance has resources, itself or below."""
        return module in self._modules

    def configured(self, module: str) -> dict[str, Any]:
        """The configuration of a module, by the address of one of its instances."""
        if module not in self._configured:
            found = mapping(mapping(self.data.get("configuration")).get("root_module"))
            for name, _ in parts(module):
                found = mapping(mapping(mapping(found.get("module_calls")).get(name)).get("module"))
            self._configured[module] = found
        return self._configured[module]

    def call(self, module: str, name: str) -> dict[str, Any]:
        """The call by which a module instance calls another."""
        return mapping(mapping(self.configured(module).get("module_calls")).get(name))

    def expressions(self, change: Change) -> dict[str, Any] | None:
        """How a resource's arguments are written; None where the plan does not say."""
        if change.module not in self._expressions:
            self._expressions[change.module] = {
                _written(resource): mapping(resource.get("expressions"))
                for resource in mappings(self.configured(change.module).get("resources"))
            }
        return self._expressions[change.module].get((change.mode, change.type, change.name))


def _written(resource: dict[str, Any]) -> tuple[object, ...]:
    words = (resource.get("mode", "managed"), resource.get("type"), resource.get("name"))
    return tuple(word if isinstance(word, str) else None for word in words)


def document(data: dict[str, Any], source: str) -> Document:
    """The document of a plan. Raises PlanError for a format that this version does not know."""
    version = data.get("format_version")
    if not isinstance(version, str) or not _SUPPORTED.fullmatch(version):
        raise PlanError(
            source, "its format_version is not 1.x: Terraform has written 1.x since 1.1, OpenTofu always."
        )
    return Document(data)


def _changes(data: dict[str, Any]) -> Iterator[Change]:
    """Changes last: they say more than the values of a state, and take their place."""
    prior, planned = (
        mapping(mapping(data.get("prior_state")).get("values")),
        mapping(data.get("planned_values")),
    )
    for values, modes in ((prior, ("data",)), (planned, ("data", "managed"))):
        for module, resource in _resources(mapping(values.get("root_module")), 0):
            if resource.get("mode", "managed") in modes:
                yield from _change(resource, module, _unchanged(resource))
    for resource in mappings(data.get("resource_changes")):
        yield from _change(resource, resource.get("module_address"), mapping(resource.get("change")))


def _unchanged(resource: dict[str, Any]) -> dict[str, Any]:
    action = "read" if resource.get("mode") == "data" else "no-op"
    return {"actions": [action], "before": resource.get("values"), "after": resource.get("values")}


def _resources(module: dict[str, Any], depth: int) -> Iterator[tuple[object, dict[str, Any]]]:
    for resource in mappings(module.get("resources")):
        yield module.get("address"), resource
    if depth < DEPTH:
        for child in mappings(module.get("child_modules")):
            yield from _resources(child, depth + 1)


def _change(resource: dict[str, Any], module: object, change: dict[str, Any]) -> Iterator[Change]:
    mode, type_, name = resource.get("mode", "managed"), resource.get("type"), resource.get("name")
    if not (isinstance(mode, str) and isinstance(type_, str) and isinstance(name, str)):
        return
    if resource.get("deposed"):
        return  # what is left of an earlier replacement: its successor has the address
    place = module if isinstance(module, str) else ""
    index = resource.get("index")
    key = index if isinstance(index, str | int) and not isinstance(index, bool) else None
    own = indexed(f"{'data.' if mode == 'data' else ''}{type_}.{name}", key)
    address, previous = resource.get("address"), resource.get("previous_address")
    yield Change(
        address=address if isinstance(address, str) else f"{place}.{own}" if place else own,
        module=place,
        mode=mode,
        type=type_,
        name=name,
        key=key,
        actions=tuple(action for action in listed(change.get("actions")) if isinstance(action, str)),
        before=mapping(change.get("before")),
        after=mapping(change.get("after")),
        unknown=mapping(change.get("after_unknown")),
        sensitive=mapping(change.get("after_sensitive")),
        previous=previous if isinstance(previous, str) else "",
    )
