"""Task definitions of a plan: which one a service uses, and what it says."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from unwedge_cli.plans.shapes import API, BLOCKS, containers_members, definition_members, shaped
from unwedge_cli.plans.terraform.addresses import Place
from unwedge_cli.plans.terraform.document import Change, Document
from unwedge_cli.plans.terraform.following import End, Trail
from unwedge_cli.plans.terraform.merging import merged
from unwedge_cli.plans.values import UNKNOWN, Unknown, mapping, mappings, named

TYPE = "aws_ecs_task_definition"
# Arguments that say what Terraform does, and attributes that only name the revision.
_TERRAFORMS = (
    *("id", "arn_without_revision", "skip_destroy", "track_latest", "region", "tags", "tags_all", "timeouts"),
    "task_definition",  # what a data source asks for
)


class Used(NamedTuple):
    """The task definition that a service uses: the resource or data source, None where the plan has none.
    `note`: a sentence about what could not be told, or empty. `new`: whether it is another revision than
    before; None where that cannot be told. `old`: the revision that the plan replaces is meant."""

    change: Change | None
    note: str = ""
    new: bool | None = None
    old: bool = False


class Definition(NamedTuple):
    """A task definition in the shape of the API."""

    value: dict[str, Any]
    unknown: frozenset[str]
    notes: tuple[str, ...]


class Definitions:
    """The task definitions of a plan."""

    def __init__(self, document: Document, trail: Trail) -> None:
        self._document = document
        self._trail = trail
        self._managed: dict[str, list[Change]] = {}
        for change in document.of_type(TYPE):
            self._managed.setdefault(change.module, []).append(change)
        self._named: dict[str, Used] = {}
        # One that is only read has no say beside the one that the plan makes.
        for old, mode in ((False, "managed"), (True, "managed"), (False, "data")):
            for change in document.of_type(TYPE, mode=mode):
                for name in _names(change, old=old):
                    self._named.setdefault(name, Used(change, old=old))
        self._described: dict[tuple[str, bool], Definition] = {}

    def after(self, service: Change) -> Used:
        """The one that a service uses after the change."""
        if service.unknown.get("task_definition") is not True:
            used = self._known(service.after.get("task_definition"))
            same = service.after.get("task_definition") == service.before.get("task_definition")
            return used._replace(new=not same)
        expressions = self._document.expressions(service) or {}
        place = Place(service.module, service.key)
        return self._followed(self._trail.ends(expressions.get("task_definition"), place), service)

    def before(self, service: Change) -> Used:
        """The one that a service uses now."""
        return self._known(service.before.get("task_definition"))._replace(old=True)

    def _known(self, wanted: object) -> Used:
        if not isinstance(wanted, str) or not wanted:
            return Used(None, "The plan names no task definition of the service.")
        if wanted in self._named:
            return self._named[wanted]
        return Used(None, f"The plan does not have the task definition {named(wanted)}.")

    def _followed(self, ends: list[End], service: Change) -> Used:
        resources = {end.resource.address: end.resource for end in ends if end.resource is not None}
        found = [change for change in resources.values() if change.type == TYPE]
        managed = [change for change in found if change.mode == "managed"] or found
        if len(managed) == 1:
            return Used(managed[0], new=True if managed[0].made else None)
        if managed:
            return Used(None, "The plan does not say which of several task definitions the service uses.")
        modules = {end.module for end in ends if end.resource is None} or {service.module}
        near = [change for module in modules for change in self._managed.get(module, ()) if not change.gone]
        if len(near) != 1:
            return Used(None, "The plan does not say which task definition the service uses.")
        change = near[0]
        note = (
            f"The plan does not say how the service names its task definition; {named(change.address)} is "
            "taken, because it is the only one there."
        )
        return Used(change, note, new=True if change.made else None)

    def described(self, used: Used) -> Definition | None:
        """A task definition that a service uses."""
        if used.change is None:
            return None
        key = (used.change.address, used.old)
        if key not in self._described:
            self._described[key] = self._describe(used.change, old=used.old)
        return self._described[key]

    def _describe(self, change: Change, *, old: bool) -> Definition:
        if old:
            return _described(change.before or change.after, change)
        values = merged(change, self._document, self._trail)
        written = self._document.expressions(change)
        if change.made and written is not None and "network_mode" not in written:
            values["network_mode"] = "bridge"  # Amazon ECS API reference, TaskDefinition
        return _described(values, change)


def _names(change: Change, *, old: bool) -> Iterator[str]:
    """All strings by which a service may name it, as it is or as it will be."""
    values = change.before if old else change.after
    for key in ("arn", "arn_without_revision"):
        arn = values.get(key)
        if isinstance(arn, str):
            yield arn
            yield arn.rsplit("/", 1)[-1]
    family = values.get("family")
    if isinstance(family, str) and not old:
        yield family


def _described(values: dict[str, Any], change: Change) -> Definition:
    data = {key: value for key, value in values.items() if key not in _TERRAFORMS}
    containers, notes = _containers(data.pop("container_definitions", None))
    if not isinstance(data.get("volume"), Unknown):
        data["volume"] = [_volume(item) for item in mappings(data.get("volume"))]
    arn = data.pop("arn", None)
    proxy = [_proxy(item) for item in mappings(data.get("proxy_configuration"))]
    outer = shaped({**data, "proxy_configuration": proxy}, definition_members(), BLOCKS, change.address)
    inner = shaped({"containerDefinitions": containers}, containers_members(), API, change.address)
    family = outer.value.get("family", change.name)
    known = arn if isinstance(arn, str) and arn.startswith("arn:") else None
    value = {
        "taskDefinitionArn": known or f"arn:aws:ecs:::task-definition/{family}:planned",
        **outer.value,
        **inner.value,
    }
    # What ECS works out itself, and nobody asks for.
    unknown = (outer.unknown | inner.unknown) - {"revision", "enableFaultInjection"}
    return Definition(value, unknown, (*notes, *outer.notes, *inner.notes))


def _containers(text: object) -> tuple[Any, list[str]]:
    """The containers of a container_definitions document."""
    if isinstance(text, str):
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            return UNKNOWN, ["The container definitions are no JSON that can be read."]
        if isinstance(found, list):
            return found, []
        return UNKNOWN, ["The container definitions are not a list."]
    if text is UNKNOWN:
        return UNKNOWN, ["The container definitions are known only after the plan has been applied."]
    return UNKNOWN, ["The plan does not show the container definitions."]


def _volume(block: dict[str, Any]) -> dict[str, Any]:
    """A volume block with the API's nesting: what is set to nothing is not set."""
    host = block.get("host_path")
    volume = {
        key: value
        for key, value in block.items()
        if key not in ("host_path", "configure_at_launch") and value not in (None, "", [])
    }
    for efs in mappings(volume.get("efs_volume_configuration")):
        if efs.get("transit_encryption_port") == 0:
            efs.pop("transit_encryption_port")
    # Terraform works out what is not set; then ECS takes it as false.
    volume["configured_at_launch"] = True if block.get("configure_at_launch") is True else None
    if host:
        volume["host"] = {"source_path": host}
    elif not any(key.endswith("_configuration") for key in volume):
        volume["host"] = {}
    return volume


def _proxy(block: dict[str, Any]) -> dict[str, Any]:
    properties = mapping(block.get("properties"))
    return {**block, "properties": [{"name": key, "value": value} for key, value in properties.items()]}
