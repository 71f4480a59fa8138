"""What the operations share: look-ups by name or ARN, pages, tags."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rehearsal.ecs.errors import cluster_not_found, invalid, refused, service_not_found
from rehearsal.ecs.lifecycle import Lifecycle
from rehearsal.ecs.records import ClusterRecord, DefinitionRecord, ServiceRecord
from rehearsal.ecs.rollout import Rollouts
from rehearsal.ecs.scheduler import Scheduler
from rehearsal.ecs.view import View
from rehearsal.ecs.world import World

Params = Mapping[str, Any]
Answer = dict[str, Any]


@dataclass(frozen=True)
class Parts:
    """The parts of the simulator that operations work on."""

    world: World
    view: View
    scheduler: Scheduler
    lifecycle: Lifecycle
    rollouts: Rollouts


def last(name_or_arn: str) -> str:
    """The name at the end of an ARN, or the name itself."""
    return name_or_arn.rsplit("/", 1)[-1]


def cluster_of(world: World, params: Params) -> ClusterRecord:
    """The cluster that a call names; ``default`` when it names none."""
    found = world.clusters.get(last(params.get("cluster", "default")))
    if found is None:
        raise cluster_not_found()
    return found


def service_of(world: World, params: Params, key: str = "service") -> ServiceRecord:
    """The service that a call names; raises ServiceNotFoundException."""
    cluster = cluster_of(world, params)
    found = find_service(world, cluster, params[key])
    if found is None:
        raise service_not_found()
    return found


def find_service(world: World, cluster: ClusterRecord, name_or_arn: str) -> ServiceRecord | None:
    """A service of this cluster by name or ARN."""
    found = world.services.get(f"{cluster.name}/{last(name_or_arn)}")
    if found and name_or_arn.startswith("arn:") and name_or_arn != found.arn:
        return None
    return found


def definition_of(world: World, reference: str) -> DefinitionRecord | None:
    """A task definition by ``family``, ``family:revision`` or ARN."""
    family, _, revision = last(reference).partition(":")
    found = world.definitions.get(family, [])
    if not revision:
        return found[-1] if found else None
    return next((item for item in found if str(item.revision) == revision), None)


def existing_definition(world: World, reference: str) -> DefinitionRecord:
    """The same, or ClientException."""
    found = definition_of(world, reference)
    if found is None:
        raise refused("TaskDefinition not found.")
    return found


def missing(arn: str) -> dict[str, str]:
    """An entry of ``failures`` for something that does not exist."""
    return {"arn": arn, "reason": "MISSING"}


def page(items: Sequence[Any], params: Params, key: str, default: int) -> Answer:
    """One page of ``items`` under ``key``, with ``nextToken`` when there are more."""
    start = _offset(params.get("nextToken"))
    size = params.get("maxResults", default)
    if not 1 <= size <= 100:
        raise invalid("maxResults must be between 1 and 100.")
    answer: Answer = {key: list(items[start : start + size])}
    if start + size < len(items):
        answer["nextToken"] = base64.b64encode(f"offset:{start + size}".encode()).decode()
    return answer


def _offset(token: str | None) -> int:
    if token is None:
        return 0
    try:
        word, _, number = base64.b64decode(token, validate=True).decode().partition(":")
        if word == "offset":
            return int(number)
    except (binascii.Error, UnicodeDecodeError, ValueError):
        pass
    raise invalid("Invalid token.")


def tags_from(params: Params) -> dict[str, str]:
    """Tags of a request by key."""
    return {tag["key"]: tag.get("value", "") for tag in params.get("tags", []) if "key" in tag}
