"""The model: what one look at a service saw. Immutable, complete, and equal after a trip through JSON.

Small records are named tuples, because each frozen dataclass adds a millisecond to a cold start.
Times are aware datetimes in UTC. Names follow the ECS API; the words contender, holder, successor and
volume identity are explained in the README.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from unwedge.model.task_definition import TaskDefinition


class Health(StrEnum):
    """Task health as ECS reports it. UNKNOWN: no container health check, or no result yet."""

    HEALTHY = "HEALTHY"
    UNHEALTHY = "UNHEALTHY"
    UNKNOWN = "UNKNOWN"


class Container(NamedTuple):
    """One container of a task. `exit_code` is None while it runs, or when it never ran."""

    name: str
    exit_code: int | None = None


# Containers may be running, and a file lock may be held, in these task states and in no others.
_CONTAINERS_RUN = frozenset({"ACTIVATING", "RUNNING", "DEACTIVATING", "STOPPING"})
_ON_ITS_WAY = frozenset({"PROVISIONING", "PENDING"})


@dataclass(frozen=True, slots=True)
class Task:
    """One task of the service. `deployment_id` is startedBy (`ecs-svc/…`)."""

    arn: str
    deployment_id: str
    task_definition: str
    last_status: str
    desired_status: str
    health: Health = Health.UNKNOWN
    stop_code: str | None = None
    created_at: datetime | None = None
    started_at: datetime | None = None
    stopping_at: datetime | None = None
    execution_stopped_at: datetime | None = None
    stopped_at: datetime | None = None
    containers: tuple[Container, ...] = ()

    @property
    def id(self) -> str:
        """The task id: the last part of the ARN."""
        return self.arn.rsplit("/", 1)[-1]

    @property
    def revision(self) -> str:
        """Family and revision of the task definition, `family:3`."""
        return self.task_definition.rsplit("/", 1)[-1]

    @property
    def on_its_way(self) -> bool:
        """Wanted, and no container has started yet: it has not reached for the lock."""
        return self.desired_status == "RUNNING" and self.last_status in _ON_ITS_WAY

    @property
    def may_hold_lock(self) -> bool:
        """Its containers may be running, so it may hold the lock, also while it is being stopped."""
        if self.execution_stopped_at is not None or self.last_status not in _CONTAINERS_RUN:
            return False
        return not self.containers or any(container.exit_code is None for container in self.containers)

    @property
    def stopping(self) -> bool:
        """Asked to stop, and perhaps still holding the lock."""
        return self.desired_status != "RUNNING" and self.may_hold_lock

    @property
    def failed(self) -> bool:
        """A container exited by itself with a failure and ended the task (stopCode, not prose)."""
        exited = any(container.exit_code not in (None, 0) for container in self.containers)
        return self.stop_code == "EssentialContainerExited" and exited

    @property
    def failed_at(self) -> datetime | None:
        """When its containers ended, as closely as ECS says."""
        return self.execution_stopped_at or self.stopping_at or self.stopped_at


class Deployment(NamedTuple):
    """One entry of the service's `deployments`. The PRIMARY one is the target of every rollout."""

    id: str
    status: str
    task_definition: str
    rollout_state: str | None = None
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Service:
    """The service as DescribeServices shows it; `tag` is the raw value of its `unwedge` tag."""

    arn: str
    status: str
    desired_count: int
    controller: str
    deployments: tuple[Deployment, ...]
    tag: str | None = None

    @property
    def primary(self) -> Deployment | None:
        """The PRIMARY deployment: where the service is meant to go."""
        return next((deployment for deployment in self.deployments if deployment.status == "PRIMARY"), None)

    def deployment(self, deployment_id: str) -> Deployment | None:
        """The deployment with this id, if the service still lists it."""
        return next((deployment for deployment in self.deployments if deployment.id == deployment_id), None)


class LogStatus(StrEnum):
    """How reading a container's own log stream ended. MISSING: AWS has no such log group or stream (yet)."""

    READ = "read"
    EMPTY = "empty"
    MISSING = "missing"
    DENIED = "denied"
    UNAVAILABLE = "unavailable"
    UNSUPPORTED = "unsupported-driver"


class LogLine(NamedTuple):
    """One event of a log stream, cut to a bounded length."""

    at: datetime
    text: str


class ContainerLog(NamedTuple):
    """The newest lines of one container's own stream, read by us. `detail` says what AWS answered."""

    task_arn: str
    container: str
    status: LogStatus
    driver: str | None = None
    group: str | None = None
    stream: str | None = None
    detail: str | None = None
    lines: tuple[LogLine, ...] = ()


class Rollout(NamedTuple):
    """The newest service deployment (ListServiceDeployments): its status tells of rollbacks and stops."""

    arn: str
    status: str


class OutsideHolder(NamedTuple):
    """A running task of another service that mounts the same volume."""

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


class StopState(StrEnum):
    """How far a stop came. CLAIMED and no further: the sender died, or its call's outcome is unknown."""

    CLAIMED = "claimed"
    SENT = "sent"


class Stop(NamedTuple):
    """One stop of one holder, claimed in the ledger before StopTask is called."""

    task_arn: str
    claimed_at: datetime
    state: StopState


class RefusedStop(NamedTuple):
    """A stop that did not go through and changed nothing: when, and what a person can do about it."""

    at: datetime
    why: str


class Request(NamedTuple):
    """The question put to people. `subject` is the ARN of what would be acted on: the task to be stopped, the
    service to be drained, or the task definition to go back to."""

    subject: str
    asked_at: datetime
    expires_at: datetime


class Approval(NamedTuple):
    """A person's answer to the question about this subject."""

    subject: str
    granted: bool
    by: str
    at: datetime


class Drain(NamedTuple):
    """The service scaled to 0 by us, and the count that it is to be brought back to. `over_at`: when it was
    back, by us or by somebody else."""

    desired_count: int
    claimed_at: datetime
    state: StopState
    over_at: datetime | None = None


class Rollback(NamedTuple):
    """The service sent back by us to this task definition."""

    task_definition: str
    claimed_at: datetime
    state: StopState


@dataclass(frozen=True, slots=True)
class Incident:
    """One deadlock of one service, opened by its first evidence.

    `previous` is the task definition of the first holder that we stopped. `broken` is the deployment that
    failed for another reason after a stop: it gets no further one. `request` is the question that waits for
    a person, `approval` the newest answer.
    `seen` are the verdicts so far, escalated ones also with a "!": each is counted once per incident.
    """

    id: str
    opened_at: datetime
    contender: str
    failed_at: datetime
    evidence: str
    stops: tuple[Stop, ...] = ()
    refused: RefusedStop | None = None
    previous: str | None = None
    broken: str | None = None
    request: Request | None = None
    approval: Approval | None = None
    drain: Drain | None = None
    rollback: Rollback | None = None
    seen: tuple[str, ...] = ()

    @property
    def draining(self) -> Drain | None:
        """The drain that we began and that is not over."""
        return self.drain if self.drain and self.drain.over_at is None else None


class Controls(NamedTuple):
    """What limits every service alike, read from the kill switch and the ledger.

    paused: why nothing may be stopped, None when the switch says run. service_stops: when tasks of this
    service were claimed for a stop in the last day. account_stops: stops of all services in this clock hour
    and the one before.
    """

    paused: str | None
    service_stops: tuple[datetime, ...] = ()
    account_stops: int = 0


class Scope(StrEnum):
    """How much was read. A part is enough to dismiss a signal and never enough to stop a task."""

    SERVICE = "service"
    FAILURE = "failure"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Situation:
    """All that one look at a service saw: everything a decision needs."""

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
    failures: tuple[ReadFailure, ...] = ()
    incident: Incident | None = None
    controls: Controls | None = None

    def task(self, arn: str) -> Task | None:
        """The task with this ARN, if it was seen."""
        return next((task for task in self.tasks if task.arn == arn), None)

    def definition_of(self, task: Task) -> TaskDefinition | None:
        """The task's own task definition, if it was read."""
        return next((item for item in self.task_definitions if item.arn == task.task_definition), None)

    def logs_of(self, task: Task) -> tuple[ContainerLog, ...]:
        """What was read of the task's own log streams."""
        return tuple(log for log in self.logs if log.task_arn == task.arn)
