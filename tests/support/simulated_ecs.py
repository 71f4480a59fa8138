"""A simulated ECS with scripted programs on a clock that the test moves."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from rehearsal.ecs import (
    ContainerSpec,
    EcsEvent,
    Note,
    Observation,
    SchedulerOptions,
    Simulator,
    StopCalled,
    TaskLog,
    TaskRecord,
)
from rehearsal.ecs.records import ServiceRecord
from rehearsal.programs.scripted import Script, ScriptedLauncher, by_container, init_container

START = datetime(2025, 11, 13, 22, 26, tzinfo=UTC)
CLUSTER = "dev-cluster"
SERVICE = "dev-prometheus"
HEALTH_CHECK = {"command": ["CMD", "true"], "interval": 30, "timeout": 5, "retries": 3, "startPeriod": 60}
HOLDER = Script(lock="data", lines=((0.05, "Server is ready to receive web requests."),))
BROKEN = Script(exit_after=0.5, exit_code=2, last_words=("error loading config",))
QUICK = SchedulerOptions(seed=1, provisioning_seconds=(15, 15), pending_seconds=(20, 20))


def main_container(**more: Any) -> dict[str, Any]:
    """The container definition of a program that needs the lock of its volume."""
    return {
        "name": "prometheus",
        "image": "prom/prometheus:v2.53.5",
        "essential": True,
        "mountPoints": [{"sourceVolume": "data", "containerPath": "/prometheus"}],
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": "/ecs/dev/prometheus",
                "awslogs-region": "us-east-1",
                "awslogs-stream-prefix": "prometheus",
            },
        },
        "healthCheck": HEALTH_CHECK,
        **more,
    }


BALANCER = {
    "targetGroupArn": "arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/prometheus/0123456789",
    "containerName": "prometheus",
    "containerPort": 9090,
}
INIT = {"name": "init-config", "image": "amazon/aws-cli", "essential": False}
AFTER_INIT = [{"containerName": "init-config", "condition": "SUCCESS"}]


class Stage:
    """One simulated ECS with one cluster; drives time and keeps everything observed."""

    def __init__(
        self,
        scripts: Mapping[str, Script] | None = None,
        options: SchedulerOptions = QUICK,
        choose: Callable[[ContainerSpec], Script] | None = None,
        simulator: type[Simulator] = Simulator,
    ) -> None:
        scripts = {"init-config": init_container(), **(scripts or {})}
        self.launcher = ScriptedLauncher(choose or by_container(scripts, HOLDER))
        self.sim = simulator(start=START, options=options, launcher=self.launcher)
        self.seen: list[Observation] = []
        self.sim.subscribe(self.seen.append)
        self.sim.call("CreateCluster", {"clusterName": CLUSTER})

    def register(self, *containers: dict[str, Any], **more: Any) -> str:
        """Register the next revision; returns its ARN."""
        efs = {"fileSystemId": "fs-12345678", "rootDirectory": "/"}
        params = {
            "family": "prometheus",
            "containerDefinitions": list(containers) or [main_container()],
            "volumes": [{"name": "data", "efsVolumeConfiguration": efs}],
            **more,
        }
        arn: str = self.sim.call("RegisterTaskDefinition", params)["taskDefinition"]["taskDefinitionArn"]
        return arn

    def create(self, *, running: bool = True, percent: tuple[int, int] = (100, 200), **more: Any) -> None:
        """Create the service on a new revision, up and healthy for a day unless told otherwise."""
        breaker = more.pop("breaker", {"enable": False, "rollback": False})
        params = {
            "cluster": CLUSTER,
            "serviceName": SERVICE,
            "taskDefinition": more.pop("definition", None) or self.register(),
            "desiredCount": 1,
            "deploymentConfiguration": {
                "minimumHealthyPercent": percent[0],
                "maximumPercent": percent[1],
                "deploymentCircuitBreaker": breaker,
            },
            **more,
        }
        if running:
            self.sim.create_running_service(params)
            self.forward(1)
        else:
            self.sim.call("CreateService", params)

    def deploy(self, *containers: dict[str, Any]) -> None:
        """Deploy a new revision."""
        self.update(taskDefinition=self.register(*containers))

    def update(self, **changes: Any) -> None:
        """UpdateService."""
        self.sim.call("UpdateService", {"cluster": CLUSTER, "service": SERVICE, **changes})

    def stop(self, task: TaskRecord, **more: Any) -> dict[str, Any]:
        """StopTask."""
        return self.sim.call("StopTask", {"cluster": CLUSTER, "task": task.arn, **more})

    def forward(self, seconds: float) -> None:
        """Let time pass."""
        self.sim.advance(self.sim.now + timedelta(seconds=seconds))

    def until(self, condition: Callable[[], object], limit: float = 3600) -> float:
        """Let time pass until ``condition``; returns how long it took; fails after ``limit`` seconds."""
        begin = self.sim.now
        while not condition():
            due = self.sim.next_due()
            assert due is not None, "nothing will ever happen again"
            assert (due - begin).total_seconds() <= limit, "it did not happen in time"
            self.sim.advance(due)
        return (self.sim.now - begin).total_seconds()

    @property
    def service(self) -> ServiceRecord:
        """The service's record."""
        return self.sim.services()[0]

    def described(self, **more: Any) -> dict[str, Any]:
        """The service as DescribeServices shows it."""
        params = {"cluster": CLUSTER, "services": [SERVICE], **more}
        shown: dict[str, Any] = self.sim.call("DescribeServices", params)["services"][0]
        return shown

    def listed(self, **more: Any) -> list[str]:
        """ListTasks."""
        arns: list[str] = self.sim.call("ListTasks", {"cluster": CLUSTER, **more})["taskArns"]
        return arns

    def shown(self, task: TaskRecord) -> dict[str, Any]:
        """One task as DescribeTasks shows it."""
        answer = self.sim.call(
            "DescribeTasks", {"cluster": CLUSTER, "tasks": [task.arn], "include": ["TAGS"]}
        )
        first: dict[str, Any] = answer["tasks"][0]
        return first

    def rollouts(self) -> list[dict[str, Any]]:
        """ListServiceDeployments, newest first."""
        params = {"cluster": CLUSTER, "service": SERVICE}
        found: list[dict[str, Any]] = self.sim.call("ListServiceDeployments", params)["serviceDeployments"]
        return found

    def tasks(self, revision: int | None = None) -> list[TaskRecord]:
        """All task records, or those of one revision."""
        return [task for task in self.sim.tasks() if revision in (None, task.revision)]

    def newest(self) -> TaskRecord:
        """The task started last."""
        return self.sim.tasks()[-1]

    def events(self, detail_type: str, task: TaskRecord | None = None) -> list[dict[str, Any]]:
        """The details of the events of a type, perhaps of one task only."""
        found = [item.event for item in self.seen if isinstance(item, EcsEvent)]
        return [
            event["detail"]
            for event in found
            if event["detail-type"] == detail_type and (task is None or event["resources"] == [task.arn])
        ]

    def names(self, detail_type: str) -> list[str]:
        """The event names of a type."""
        return [detail["eventName"] for detail in self.events(detail_type)]

    def logs(self) -> list[TaskLog]:
        """Every line that a container wrote."""
        return [item for item in self.seen if isinstance(item, TaskLog)]

    def notes(self) -> list[str]:
        """What ECS did, in sentences."""
        return [item.text for item in self.seen if isinstance(item, Note)]

    def stops(self) -> list[StopCalled]:
        """Accepted StopTask calls."""
        return [item for item in self.seen if isinstance(item, StopCalled)]


def options(**changes: Any) -> SchedulerOptions:
    """The usual options with changes."""
    return replace(QUICK, **changes)
