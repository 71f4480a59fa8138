"""What makes a service be verified: an event, a look that was put off, or a person. Pure.

EventBridge brings ECS's deployments that completed, and our own decisions that say "recovered".
"""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from unwedge.model.codec import DecodeError, from_json, to_json
from unwedge.model.verification import VerificationCause
from unwedge.signal.signals import plausible

_SERVICE = re.compile(r"(arn:aws[\w-]*:ecs:[\w-]+:\d{12}):service/([\w-]{1,255})/([\w-]{1,255})")
_OWN = "unwedge-verify"


class Request(NamedTuple):
    """Verify this service. `first_at`: when it was first looked at for this request; None before."""

    cluster_arn: str
    service_name: str
    cause: VerificationCause
    first_at: datetime | None = None

    def waited(self, now: datetime) -> float:
        """Seconds since the first look."""
        return (now - self.first_at).total_seconds() if self.first_at else 0.0


class NoRequest(NamedTuple):
    """Why a message is none, in one sentence."""

    why: str


def parse_request(body: str) -> Request | NoRequest:
    """A message of the queue. Never raises."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return NoRequest("It is no JSON.")
    if not isinstance(data, dict):
        return NoRequest("It is no JSON object.")
    if _OWN in data:
        return _checked(data[_OWN])
    detail = data.get("detail")
    if not isinstance(detail, dict):
        return NoRequest("It is no event of EventBridge and no message of ours.")
    if data.get("source") == "aws.ecs":
        return _of_deployment(data.get("resources"))
    return _checked(
        {
            "cluster_arn": detail.get("cluster"),
            "service_name": detail.get("service"),
            "cause": VerificationCause.RECOVERED.value,
        }
    )


def asked_for(event: Mapping[str, Any]) -> Request | NoRequest:
    """What a person asks for: cluster_arn and service_name. Never raises."""
    return _checked({**event, "cause": VerificationCause.ASKED.value, "first_at": None})


def message_of(request: Request) -> str:
    """A request as a message of the queue."""
    return json.dumps({_OWN: to_json(request)})


def _of_deployment(resources: object) -> Request | NoRequest:
    for arn in resources if isinstance(resources, list) else []:
        found = _SERVICE.fullmatch(arn) if isinstance(arn, str) else None
        if found:
            cluster = f"{found[1]}:cluster/{found[2]}"
            return Request(cluster, found[3], VerificationCause.DEPLOYED)
    return NoRequest("The event of ECS names no service.")


def _checked(data: Any) -> Request | NoRequest:
    try:
        request = from_json(Request, data)
    except DecodeError as error:
        return NoRequest(f"It is no request: {error}.")
    if not plausible(request.cluster_arn, request.service_name):
        return NoRequest(f"There is no such service: {json.dumps(request.service_name[:80])}.")
    if request.first_at is not None and request.first_at.year < 2020:
        return request._replace(first_at=datetime(2020, 1, 1, tzinfo=UTC))
    return request
