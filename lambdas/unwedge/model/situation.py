"""The model: what one pass at a service saw. Immutable, complete, and equal after a trip through JSON.

Small records are named tuples, because each frozen dataclass adds a millisecond to a cold start.
Times are aware datetimes in UTC. Names follow the ECS API; the words contender, holder, successor and
volume identity are explained in the README.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from unwedge.model.incident import Controls, Incident
from unwedge.model.log import ContainerLog
from unwedge.model.service import Deregistration, Rollout, Service, Task
from unwedge.model.task_definition import TaskDefinition


class OutsideHolder(NamedTuple):
    """A running task of another service that may hold the lock. `volume`: where its own lock lies."""

    task_arn: str
    group: str
    volume: str


class Failure(StrEnum):
    """Why a read failed. DENIED is for a person to fix; UNAVAILABLE passes."""

    DENIED = "denied"
    UNAVAILABLE = "unavailable"
    REFUSED = "refused"


class ReadFailure(NamedTuple):
    """An AWS read that gave no answer: what we cannot read we do not guess."""

    call: str
    failure: Failure
    code: str
    message: str


class Scope(StrEnum):
    """How much was read. A part is enough to dismiss a signal and never enough to stop a task."""

    SERVICE = "service"
    FAILURE = "failure"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Situation:
    """All that one pass at a service saw: everything a decision needs. `stopped_at` is when we last stopped a
    task of the service, in whatever incident, in the last day; `deregistration` is None for a service without
    a load balancer, and where it did not matter."""

    observed_at: datetime
    cluster_arn: str
    service_name: str
    scope: Scope
    service: Service | None = None
    tasks: tuple[Task, ...] = ()
    task_definitions: tuple[TaskDefinition, ...] = ()
    logs: tuple[ContainerLog, ...] = ()
    rollout: Rollout | None = None
    outside: tuple[OutsideHolder, ...] = ()
    outside_unread: str | None = None
    protected: tuple[str, ...] = ()
    failures: tuple[ReadFailure, ...] = ()
    incident: Incident | None = None
    controls: Controls | None = None
    stopped_at: datetime | None = None
    deregistration: Deregistration | None = None

    def task(self, arn: str) -> Task | None:
        """The task with this ARN, if it was seen."""
        return next((task for task in self.tasks if task.arn == arn), None)

    def definition_of(self, task: Task) -> TaskDefinition | None:
        """The task's own task definition, if it was read."""
        return next((item for item in self.task_definitions if item.arn == task.task_definition), None)

    def logs_of(self, task: Task) -> tuple[ContainerLog, ...]:
        """What was read of the task's own log streams."""
        return tuple(log for log in self.logs if log.task_arn == task.arn)
