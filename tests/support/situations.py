"""Situations for tests: a wedged service, and small changes to it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from unwedge.model.incident import Controls, Incident, Stop, StopState
from unwedge.model.log import ContainerLog, LogLine, LogStatus
from unwedge.model.service import Container, Deployment, Health, Rollout, Service, Task
from unwedge.model.situation import Scope, Situation
from unwedge.model.task_definition import ContainerSpec, Mount, TaskDefinition

NOW = datetime(2025, 11, 13, 22, 32, 0, tzinfo=UTC)
CLUSTER = "arn:aws:ecs:eu-west-1:123456789012:cluster/dev-cluster"
SERVICE = "dev-prometheus"
SERVICE_ARN = f"arn:aws:ecs:eu-west-1:123456789012:service/dev-cluster/{SERVICE}"
OLD, NEW = "ecs-svc/1111111111111111111", "ecs-svc/2222222222222222222"
OLD_CODE = "arn:aws:ecs:eu-west-1:123456789012:task-definition/dev-prometheus:41"
NEW_CODE = "arn:aws:ecs:eu-west-1:123456789012:task-definition/dev-prometheus:42"
VOLUME = "fs-0abc:fsap-1:/"
LOCK_LINE = (
    "ts=2025-11-13T22:31:37.042Z caller=main.go:1159 level=error "
    'err="opening storage failed: lock DB directory: resource temporarily unavailable"'
)


def ago(seconds: float) -> datetime:
    """A moment before the observation."""
    return NOW - timedelta(seconds=seconds)


def arn(task_id: str) -> str:
    """The ARN of a task of the cluster."""
    return f"arn:aws:ecs:eu-west-1:123456789012:task/dev-cluster/{task_id}"


def holder(**changes: object) -> Task:
    """The old task: it runs, it is healthy, it has the lock."""
    task = Task(
        arn=arn("holder"),
        deployment_id=OLD,
        task_definition=OLD_CODE,
        last_status="RUNNING",
        desired_status="RUNNING",
        health=Health.HEALTHY,
        created_at=ago(90000),
        started_at=ago(89900),
        containers=(Container("copy-config", 0), Container("prometheus")),
    )
    return replace(task, **changes)  # type: ignore[arg-type]


def contender(failed: float = 20, **changes: object) -> Task:
    """The new task: it exited 1 so many seconds ago."""
    task = Task(
        arn=arn("contender"),
        deployment_id=NEW,
        task_definition=NEW_CODE,
        last_status="DEPROVISIONING",
        desired_status="STOPPED",
        stop_code="EssentialContainerExited",
        created_at=ago(failed + 60),
        started_at=ago(failed + 1),
        stopping_at=ago(failed),
        execution_stopped_at=ago(failed),
        containers=(Container("copy-config", 0), Container("prometheus", 1)),
    )
    return replace(task, **changes)  # type: ignore[arg-type]


def successor(status: str = "PENDING", **changes: object) -> Task:
    """The next attempt of the new revision, on its way up."""
    task = Task(arn("successor"), NEW, NEW_CODE, status, "RUNNING", created_at=ago(15))
    return replace(task, **changes)  # type: ignore[arg-type]


def definition(code: str, volume: str | None = VOLUME, health_check: bool = True) -> TaskDefinition:
    """A task definition with an init container and Prometheus on one EFS volume."""
    mounts = (Mount("/prometheus", volume),) if volume else ()
    return TaskDefinition(
        code,
        (
            ContainerSpec(
                "copy-config", False, False, "awslogs", None, "/ecs/p", "p/copy-config", None, mounts
            ),
            ContainerSpec(
                "prometheus",
                True,
                health_check,
                "awslogs",
                "eu-west-1",
                "/ecs/p",
                "p/prometheus",
                "/prometheus",
                mounts,
            ),
        ),
    )


def log(
    *lines: str, status: LogStatus = LogStatus.READ, task: str = "contender", detail: str | None = None
) -> ContainerLog:
    """The log of the contender's Prometheus container."""
    return ContainerLog(
        arn(task),
        "prometheus",
        status,
        "awslogs",
        "/ecs/p",
        f"p/prometheus/{task}",
        detail,
        tuple(LogLine(ago(21 - i / 1000), text) for i, text in enumerate(lines)),
    )


def last_words(at: datetime) -> LogLine:
    """The lock line of a container that ended at this time, with a time stamp of its own to match."""
    said = at - timedelta(seconds=2.958)
    own = f"{said:%Y-%m-%dT%H:%M:%S}.{said.microsecond // 1000:03d}Z"
    return LogLine(at - timedelta(seconds=1), LOCK_LINE.replace("2025-11-13T22:31:37.042Z", own))


def died(task: Task) -> ContainerLog:
    """The log of a task whose Prometheus ended for want of its lock."""
    return log(task=task.id)._replace(lines=(last_words(task.failed_at or NOW),))


OPENED_LINE = 'ts=2025-11-13T22:31:00.000Z caller=main.go:1045 level=info msg="TSDB started"'


def opened(task: str = "new", seconds: float = 1) -> ContainerLog:
    """The first lines of a task that has opened its store, so many seconds ago."""
    return log(task=task)._replace(lines=(LogLine(ago(seconds), OPENED_LINE),))


def service(**changes: object) -> Service:
    """The service in the middle of a rolling deployment."""
    found = Service(
        arn=SERVICE_ARN,
        status="ACTIVE",
        desired_count=1,
        controller="ECS",
        deployments=(
            Deployment(NEW, "PRIMARY", NEW_CODE, "IN_PROGRESS", ago(300)),
            Deployment(OLD, "ACTIVE", OLD_CODE, "COMPLETED", ago(90000)),
        ),
        tag="enforce",
    )
    return replace(found, **changes)  # type: ignore[arg-type]


def deployed(rollout_state: str = "COMPLETED") -> Service:
    """The service when the new deployment is the only one left."""
    return service(deployments=(Deployment(NEW, "PRIMARY", NEW_CODE, rollout_state, ago(300)),))


def wedged(*tasks: Task, **changes: object) -> Situation:
    """The wedge: holder, contender with its lock line, and a successor that is PENDING.

    Tasks given replace all three.
    """
    failed = next((task for task in tasks if task.arn == arn("contender")), contender())
    situation = Situation(
        observed_at=NOW,
        cluster_arn=CLUSTER,
        service_name=SERVICE,
        scope=Scope.FULL,
        service=service(),
        tasks=tasks or (holder(), contender(), successor()),
        task_definitions=(definition(NEW_CODE), definition(OLD_CODE)),
        logs=(died(failed),),
        rollout=Rollout("arn:aws:ecs:eu-west-1:123456789012:service-deployment/x/y/z", "IN_PROGRESS"),
        controls=Controls(None),
    )
    return replace(situation, **changes)  # type: ignore[arg-type]


def stop(task: str = "holder", seconds: float = 30, state: StopState = StopState.SENT) -> Stop:
    """A stop of a task, claimed so many seconds ago."""
    return Stop(arn(task), ago(seconds), state)


def incident(*stops: Stop) -> Incident:
    """An open incident with these stops."""
    return Incident("20251113T223120Z-aaaa", ago(40), arn("contender"), ago(45), LOCK_LINE, stops)


def new_task(started: float = 100, **changes: object) -> Task:
    """A running task of the new deployment."""
    task = Task(
        arn=arn("new"),
        deployment_id=NEW,
        task_definition=NEW_CODE,
        last_status="RUNNING",
        desired_status="RUNNING",
        health=Health.HEALTHY,
        created_at=ago(started + 30),
        started_at=ago(started),
        containers=(Container("copy-config", 0), Container("prometheus")),
    )
    return replace(task, **changes)  # type: ignore[arg-type]


def stopped(task: Task, seconds: float = 110) -> Task:
    """The task after a stop that we sent."""
    return replace(
        task,
        last_status="STOPPED",
        desired_status="STOPPED",
        stop_code="UserInitiated",
        stopping_at=ago(seconds + 2),
        execution_stopped_at=ago(seconds),
        stopped_at=ago(seconds - 5),
        containers=(Container("copy-config", 0), Container("prometheus", 0)),
    )
