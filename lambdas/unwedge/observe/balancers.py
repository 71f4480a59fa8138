"""Load balancers, read: how long they keep a task that was asked to stop.

ECS takes such a task out of its target groups first, and sends SIGTERM when the deregistration delay is over
(Amazon ECS, "Task lifecycle": DEACTIVATING). The task runs and holds its lock all the while.
"""

from collections.abc import Callable
from typing import Any

from unwedge.model.service import Deregistration, Service
from unwedge.observe.definitions import objects
from unwedge.observe.reads import ReadError, read

_ATTRIBUTE = "deregistration_delay.timeout_seconds"
# Where nothing else is set (Elastic Load Balancing, "Edit target group attributes").
_DEFAULT = 300.0
_LONGEST = 3600  # what the attribute may be set to
_GROUPS = 5  # of one service (Amazon ECS service quotas)
_CALL = "elasticloadbalancing:DescribeTargetGroupAttributes"


class Balancers:
    """The target groups of services. `connect` makes the client, for the few services that have any."""

    def __init__(self, connect: Callable[[], Any]) -> None:
        self._connect = connect
        self._client: Any = None

    def deregistration(self, service: Service | None) -> Deregistration | None:
        """The longest delay of the service's target groups; None without any. Never raises: what cannot be
        read is AWS's default, and says why."""
        found = [self._of(group) for group in service.balancers[:_GROUPS]] if service else []
        return max(found, default=None)

    def _of(self, group: str) -> Deregistration:
        if ":targetgroup/" not in group:
            return Deregistration(_DEFAULT, f"the connection draining of {group[:100]} is not read")
        try:
            self._client = self._client or self._connect()
            answer = read(_CALL, self._client.describe_target_group_attributes, TargetGroupArn=group)
        except ReadError as error:
            return Deregistration(_DEFAULT, str(error)[:300])
        values = {item.get("Key"): item.get("Value") for item in objects(answer.get("Attributes"))}
        told = str(values.get(_ATTRIBUTE, ""))
        seconds = float(told) if told.isdecimal() else _LONGEST + 1
        if seconds > _LONGEST:
            return Deregistration(_DEFAULT, f"{_CALL} does not tell {_ATTRIBUTE}")
        return Deregistration(seconds)
