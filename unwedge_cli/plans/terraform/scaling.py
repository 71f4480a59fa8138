"""Targets of Application Auto Scaling: which services may run another number of tasks than planned."""

from unwedge_cli.plans.planned import Planned
from unwedge_cli.plans.scaled import range_note
from unwedge_cli.plans.terraform.addresses import Place
from unwedge_cli.plans.terraform.document import Change, Document
from unwedge_cli.plans.terraform.following import Trail
from unwedge_cli.plans.values import named, symbolic

SERVICE = "aws_ecs_service"
_TYPE = "aws_appautoscaling_target"


def scaling_notes(document: Document, services: list[Planned]) -> tuple[dict[str, list[str]], list[str]]:
    """Sentences by the address of their service, and those whose service cannot be told."""
    placed: dict[str, list[str]] = {}
    unplaced: list[str] = []
    trail, by_name = Trail(document), _by_name(services)
    for change in document.of_type(_TYPE):
        if change.gone or change.after.get("service_namespace") not in ("ecs", None):
            continue
        note = range_note(change.address, *(_bound(change, f"{side}_capacity") for side in ("min", "max")))
        if note is None:
            continue
        addresses = _scaled(change, document, trail, by_name)
        for address in addresses:
            placed.setdefault(address, []).append(note)
        if not addresses:
            unplaced.append(f"{note} Which service {named(change.address)} scales cannot be told.")
    return placed, unplaced


def _bound(change: Change, key: str) -> int | None:
    value = change.after.get(key)
    return value if isinstance(value, int) and change.unknown.get(key) is not True else None


def _by_name(services: list[Planned]) -> dict[str, list[Planned]]:
    named_so: dict[str, list[Planned]] = {}
    for service in services:
        named_so.setdefault(service.name, []).append(service)
    return named_so


def _scaled(
    change: Change, document: Document, trail: Trail, services: dict[str, list[Planned]]
) -> list[str]:
    resource = change.after.get("resource_id")
    if isinstance(resource, str):
        cluster, _, name = resource.removeprefix("service/").partition("/")
        return [
            service.address
            for service in services.get(name, [])
            if symbolic(service.cluster) or service.cluster.rsplit("/", 1)[-1] in (cluster, "")
        ]
    expressions = document.expressions(change) or {}
    ends = trail.ends(expressions.get("resource_id"), Place(change.module, change.key))
    return [end.resource.address for end in ends if end.resource is not None and end.resource.type == SERVICE]
