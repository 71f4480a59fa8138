"""The container agent of a task: starts containers in order, watches them, checks their health, signals them.

It works at the truth's own time; what ECS shows of it, and when, is decided in ``lifecycle``.
"""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any, Protocol

from rehearsal.ecs.launching import ContainerSpec, VolumeIdentity
from rehearsal.ecs.observations import TaskLog
from rehearsal.ecs.records import ContainerRecord, DefinitionRecord, TaskRecord
from rehearsal.ecs.world import World

_DEFAULT_STOP_TIMEOUT_SECONDS = 30
_LONGEST_STOP_TIMEOUT_SECONDS = 120  # on Fargate
_DEFAULT_INTERVAL_SECONDS = 30
_DEFAULT_RETRIES = 3


class AgentReports(Protocol):
    """Who hears from the agent."""

    def all_started(self, task: TaskRecord) -> None:
        """Every container of the task has been started."""
        ...

    def container_ended(self, task: TaskRecord, container: ContainerRecord) -> None:
        """A container's program ended."""
        ...

    def health_changed(self, task: TaskRecord) -> None:
        """A health check changed a container's health."""
        ...

    def cannot_start(self, task: TaskRecord, container: ContainerRecord, reason: str) -> None:
        """A container waits for something that will never be."""
        ...


class Agent:
    """One agent for all tasks; it keeps its state in their records."""

    def __init__(self, world: World, reports: AgentReports) -> None:
        self._world = world
        self._reports = reports

    # starting

    def start_containers(self, task: TaskRecord) -> None:
        """Start every container whose dependencies are satisfied now."""
        if task.desired_status != "RUNNING":
            return
        for container in task.containers:
            if container.program is None and task.desired_status == "RUNNING":
                self._start_when_ready(task, container)
        if all(container.program for container in task.containers):
            self._reports.all_started(task)

    def _start_when_ready(self, task: TaskRecord, container: ContainerRecord) -> None:
        for wish in container.definition.get("dependsOn", []):
            other = next(item for item in task.containers if item.name == wish["containerName"])
            if _never(other, wish["condition"]):
                reason = f"dependency {other.name} did not reach {wish['condition']}"
                self._reports.cannot_start(task, container, reason)
                return
            if not _reached(other, wish["condition"]):
                return
        self._launch(task, container)

    def _launch(self, task: TaskRecord, container: ContainerRecord) -> None:
        now = self._world.now
        container.program = self._world.launcher.launch(self._spec(task, container), now)
        container.launched_at = now
        container.status = "RUNNING"
        self._world.note(f"container {container.name} started", task)
        self._watch(task, container)
        if container.definition.get("healthCheck"):
            self._check_later(task, container)

    @staticmethod
    def _spec(task: TaskRecord, container: ContainerRecord) -> ContainerSpec:
        return ContainerSpec(
            task_arn=task.arn,
            name=container.name,
            service=task.service,
            cluster=task.cluster_arn.rsplit("/", 1)[-1],
            family=task.definition.family,
            revision=task.revision,
            definition=container.definition,
            volumes=volume_identities(task.definition, container.definition),
        )

    # watching

    def poll_everything(self) -> None:
        """Ask every running program how it is: the only way to hear from real processes."""
        for service in self._world.services.values():
            for task in list(service.tasks):
                for container in task.containers:
                    if container.running:
                        self._poll(task, container)

    def _poll(self, task: TaskRecord, container: ContainerRecord) -> None:
        assert container.program is not None
        if container.ended_at is None:
            container.program.poll(self._world.now)
            self._watch(task, container)

    def _watch(self, task: TaskRecord, container: ContainerRecord) -> None:
        """Pass its lines on, notice its end, and poll again when something is due."""
        program, now = container.program, self._world.now
        assert program is not None
        self._ship(task, container)
        if program.exit_code is not None and container.ended_at is None:
            container.ended_at = min(program.exited_at or now, now)
            self._world.note(f"container {container.name} ended with exit code {program.exit_code}", task)
            self._reports.container_ended(task, container)
            self.start_containers(task)
            return
        due = program.next_due(now)
        if due is not None and (container.poll_due is None or due < container.poll_due):
            container.poll_due = due
            self._world.at(due, lambda: self._poll_at(task, container))

    def _poll_at(self, task: TaskRecord, container: ContainerRecord) -> None:
        if container.poll_due is not None and container.poll_due <= self._world.now:
            container.poll_due = None
        self._poll(task, container)

    def _ship(self, task: TaskRecord, container: ContainerRecord) -> None:
        assert container.program is not None
        lines = container.program.lines()
        if not lines:
            return
        logging = container.definition.get("logConfiguration", {})
        options = logging.get("options", {}) if logging.get("logDriver") == "awslogs" else {}
        prefix = options.get("awslogs-stream-prefix")
        stream = f"{prefix}/{container.name}/{task.id}" if prefix else None
        for line in lines:
            self._world.tell(
                TaskLog(self._world.now, options.get("awslogs-group"), stream, line, task.arn, container.name)
            )

    # health

    def _check_later(self, task: TaskRecord, container: ContainerRecord) -> None:
        interval = container.definition["healthCheck"].get("interval", _DEFAULT_INTERVAL_SECONDS)
        self._world.after(interval, lambda: self._check(task, container))

    def _check(self, task: TaskRecord, container: ContainerRecord) -> None:
        self._poll(task, container)
        if not container.running or task.desired_status != "RUNNING":
            return
        assert container.program is not None
        assert container.launched_at is not None
        before = task.health
        settings = container.definition["healthCheck"]
        good = container.program.healthy(self._world.now) is True and not task.forced_unhealthy
        grace = timedelta(seconds=settings.get("startPeriod", 0))
        if good:
            container.failed_checks, container.health = 0, "HEALTHY"
        elif self._world.now - container.launched_at > grace:
            # failures within startPeriod do not count
            container.failed_checks += 1
            if container.failed_checks >= settings.get("retries", _DEFAULT_RETRIES):
                container.health = "UNHEALTHY"
        if task.health != before:
            self._reports.health_changed(task)
        self._check_later(task, container)

    # stopping

    def terminate(self, task: TaskRecord) -> None:
        """SIGTERM for every running container, SIGKILL after its stopTimeout."""
        for container in [item for item in task.containers if item.running]:
            if not container.running:
                continue
            program = container.program
            assert program is not None
            self._world.note(f"SIGTERM sent to container {container.name}", task)
            program.terminate(self._world.now)
            timeout = container.definition.get("stopTimeout", _DEFAULT_STOP_TIMEOUT_SECONDS)
            limit = min(timeout, _LONGEST_STOP_TIMEOUT_SECONDS)
            self._world.after(limit, partial(self._kill, task, container))
            self._watch(task, container)

    def _kill(self, task: TaskRecord, container: ContainerRecord) -> None:
        self._poll(task, container)
        if container.running:
            assert container.program is not None
            self._world.note(f"SIGKILL sent to container {container.name}: stopTimeout is over", task)
            container.program.kill(self._world.now)
            self._watch(task, container)


def _reached(other: ContainerRecord, condition: str) -> bool:
    ended = other.ended_at is not None
    code = other.program.exit_code if other.program else None
    return {
        "START": other.program is not None,
        "COMPLETE": ended,
        "SUCCESS": ended and code == 0,
        "HEALTHY": other.health == "HEALTHY" and not ended,
    }[condition]


def _never(other: ContainerRecord, condition: str) -> bool:
    if other.ended_at is None:
        return False
    code = other.program.exit_code if other.program else None
    return (condition == "SUCCESS" and code != 0) or condition == "HEALTHY"


def volume_identities(
    definition: DefinitionRecord, container: Mapping[str, Any]
) -> dict[str, VolumeIdentity]:
    """The EFS volumes that a container mounts, by container path."""
    found = {}
    volumes = {
        item["name"]: item.get("efsVolumeConfiguration") for item in definition.body.get("volumes", [])
    }
    for mount in container.get("mountPoints", []):
        efs = volumes.get(mount.get("sourceVolume"))
        if efs:
            found[mount["containerPath"]] = VolumeIdentity(
                efs["fileSystemId"],
                efs.get("authorizationConfig", {}).get("accessPointId"),
                efs.get("rootDirectory", "/").rstrip("/") or "/",
            )
    return found
