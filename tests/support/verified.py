"""Facts of a service that works, and of one that does not, for the tests of verifications."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from unwedge.model.log import ContainerLog, LogLine, LogStatus
from unwedge.model.service import Container, Deployment, Health, Service, Task
from unwedge.model.task_definition import ContainerSpec, Mount, TaskDefinition
from unwedge.verify.facts import (
    Agent,
    Attempt,
    AttemptKind,
    Beside,
    ContainerState,
    ExecSetup,
    Facts,
    Network,
    Registration,
    Role,
    RunningTask,
)

NOW = datetime(2025, 11, 13, 22, 40, tzinfo=UTC)
CLUSTER = "arn:aws:ecs:eu-west-1:123456789012:cluster/dev-cluster"
SERVICE = "prom"
DEFINITION = "arn:aws:ecs:eu-west-1:123456789012:task-definition/prom:2"
TASK = "arn:aws:ecs:eu-west-1:123456789012:task/dev-cluster/00000000000000000000000000000002"
RUNNING_AGENT = Agent("RUNNING")
NAME, ADDRESS = "prometheus.dev.internal", "10.0.1.7"
ROLE = "arn:aws:iam::123456789012:role/prom-task"
STARTED = (
    'ts=2025-11-13T22:30:00Z caller=main.go:512 level=info msg="Starting Prometheus Server"',
    'ts=2025-11-13T22:30:01Z caller=main.go:1033 level=info msg="TSDB started"',
)

SPEC = ContainerSpec(
    name="prometheus",
    essential=True,
    health_check=True,
    log_driver="awslogs",
    log_region=None,
    log_group="/ecs/prom",
    log_stream="p/prometheus",
    data_path="/prometheus/data",
    mounts=(Mount("/prometheus", "fs-1:fsap-1:/"),),
    image="prom/prometheus:v2.53.5",
    overrides_start=True,
)


def a_task(arn: str = TASK, **changes: Any) -> Task:
    """A healthy task of the new revision, ten minutes old."""
    task = Task(
        arn,
        "ecs-svc/2",
        DEFINITION,
        "RUNNING",
        "RUNNING",
        Health.HEALTHY,
        created_at=NOW - timedelta(minutes=11),
        started_at=NOW - timedelta(minutes=10),
        containers=(Container("prometheus", None, "RUNNING"),),
    )
    return replace(task, **changes)


def running(task: Task | None = None, agent: Agent | None = RUNNING_AGENT, **changes: Any) -> RunningTask:
    """The same as a verification sees it."""
    found = RunningTask(
        task or a_task(),
        exec_enabled=True,
        containers=(ContainerState("prometheus", "RUNNING", "HEALTHY", agent),),
        launch_type="FARGATE",
        platform_version="1.4.0",
        address=ADDRESS,
        subnet="subnet-1",
    )
    return replace(found, **changes)


def log_of(*lines: str, status: LogStatus = LogStatus.READ) -> ContainerLog:
    """The container's log with these lines."""
    return ContainerLog(
        TASK,
        "prometheus",
        status,
        "awslogs",
        "/ecs/prom",
        "p/prometheus/x",
        None,
        tuple(LogLine(NOW, line) for line in lines),
    )


def a_service(**changes: Any) -> Service:
    """The service, its deployment complete."""
    service = Service(
        "arn:aws:ecs:eu-west-1:123456789012:service/dev-cluster/prom",
        "ACTIVE",
        1,
        "ECS",
        (Deployment("ecs-svc/2", "PRIMARY", DEFINITION, "COMPLETED"),),
        tag="enforce",
    )
    return replace(service, **changes)


def working(**changes: Any) -> Facts:
    """Everything as it should be; a command ran in the container."""
    facts = Facts(
        a_service(),
        running=1,
        pending=0,
        exec_enabled=True,
        at=NOW,
        registries=("arn:aws:servicediscovery:eu-west-1:123456789012:service/srv-1",),
        tasks=(running(),),
        definition=TaskDefinition(DEFINITION, (SPEC,)),
        spec=SPEC,
        setup=ExecSetup(ROLE),
        log=log_of(*STARTED),
        registration=Registration(NAME, {TASK.rsplit("/", 1)[-1]: ADDRESS}),
        exec_allowed=True,
        beside=Beside(),
        attempt=Attempt(AttemptKind.RAN),
    )
    return replace(facts, **changes)


def not_connected(**changes: Any) -> Facts:
    """ECS Exec answers TargetNotConnectedException, and nothing that can be seen explains it."""
    facts = working(
        attempt=Attempt(AttemptKind.NOT_CONNECTED, "ecs:ExecuteCommand: TargetNotConnectedException."),
        role=Role(()),
        network=Network(way_out="nat-1"),
    )
    return replace(facts, **changes)
