"""What makes services be audited: the schedule, a deployment, a message of our own, or a person. Pure."""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from unwedge.model.codec import DecodeError, from_json, to_json
from unwedge.signal.signals import plausible

_SERVICE = re.compile(r"(arn:aws[\w-]*:ecs:[\w-]+:\d{12}):service/([\w-]{1,255})/([\w-]{1,255})")
_DEPLOYMENT = re.compile(r"ecs-svc/[\w-]{1,64}")
_OWN = "unwedge-audit"
_STARTED = "SERVICE_DEPLOYMENT_IN_PROGRESS"
_ENDED = frozenset({"SERVICE_DEPLOYMENT_COMPLETED", "SERVICE_DEPLOYMENT_FAILED"})


class Everything(NamedTuple):
    """Audit every cluster: hand each on in a message of its own."""


class Cluster(NamedTuple):
    """Audit the services of this cluster whose names come after this one."""

    cluster_arn: str
    after: str = ""


class Service(NamedTuple):
    """Audit this service. `deployment`: one of it that began at `began`, if that is why."""

    cluster_arn: str
    service_name: str
    deployment: str = ""
    began: datetime | None = None


class Ended(NamedTuple):
    """A deployment is over: what was expected of it is no more."""

    cluster_arn: str
    service_name: str
    deployment: str


class NoRequest(NamedTuple):
    """Why a message is none, in one sentence."""

    why: str


Request = Everything | Cluster | Service | Ended


class _Dated(NamedTuple):
    at: datetime


def parse_request(body: str, queue_arn: str = "") -> Request | NoRequest:
    """A message of the queue. Never raises. `queue_arn` says in which account and region we are: a central
    bus brings events of others, whose services are not ours to read."""
    found = _parsed(body)
    if isinstance(found, NoRequest | Everything) or not queue_arn:
        return found
    if found.cluster_arn.split(":")[3:5] != queue_arn.split(":")[3:5]:
        return NoRequest("The cluster is in another account or region.")
    return found


def _parsed(body: str) -> Request | NoRequest:
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return NoRequest("It is no JSON.")
    if not isinstance(data, dict):
        return NoRequest("It is no JSON object.")
    if _OWN in data:
        return _own(data[_OWN])
    if data.get("source") == "aws.events" and data.get("detail-type") == "Scheduled Event":
        return Everything()
    detail = data.get("detail")
    if not isinstance(detail, dict):
        return NoRequest("It is no event of EventBridge and no message of ours.")
    if data.get("source") == "aws.ecs":
        return _of_deployment(data, detail)
    return _checked({"cluster_arn": detail.get("cluster"), "service_name": detail.get("service")})


def asked_for(event: Mapping[str, Any]) -> Everything | Service | NoRequest:
    """What a person asks for: cluster_arn and service_name, or `everything`. Never raises."""
    if event.get("everything") is True:
        return Everything()
    return _checked({name: event.get(name) for name in ("cluster_arn", "service_name")})


def message_of(cluster: Cluster) -> str:
    """What is left of an audit as a message of the queue."""
    return json.dumps({_OWN: to_json(cluster)})


def _own(data: Any) -> Cluster | NoRequest:
    try:
        cluster = from_json(Cluster, data)
    except DecodeError as error:
        return NoRequest(f"It is no request: {error}.")
    if not plausible(cluster.cluster_arn, cluster.after or "none"):
        return NoRequest(f"There is no such cluster: {json.dumps(cluster.cluster_arn[:80])}.")
    return cluster


def _of_deployment(event: Mapping[str, Any], detail: Mapping[str, Any]) -> Service | Ended | NoRequest:
    arns = event.get("resources")
    first = arns[0] if isinstance(arns, list) and arns else None
    service = _SERVICE.fullmatch(first) if isinstance(first, str) else None
    deployment, name = detail.get("deploymentId"), detail.get("eventName")
    if service is None or not isinstance(deployment, str) or not _DEPLOYMENT.fullmatch(deployment):
        return NoRequest("The event of ECS names no deployment of a service.")
    cluster = f"{service[1]}:cluster/{service[2]}"
    if name in _ENDED:
        return Ended(cluster, service[3], deployment)
    if name != _STARTED:
        return NoRequest(f"The event {str(name)[:80]!r} neither begins nor ends a deployment.")
    return Service(cluster, service[3], deployment, _moment(detail.get("updatedAt") or event.get("time")))


def _moment(value: object) -> datetime | None:
    try:
        return from_json(_Dated, {"at": value}).at
    except DecodeError:
        return None


def _checked(data: Any) -> Service | NoRequest:
    try:
        request = from_json(Service, data)
    except DecodeError as error:
        return NoRequest(f"It is no request: {error}.")
    if not plausible(request.cluster_arn, request.service_name):
        return NoRequest(f"There is no such service: {json.dumps(request.service_name[:80])}.")
    return request
