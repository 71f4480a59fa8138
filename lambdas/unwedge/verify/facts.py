"""What a verification goes by: everything that was read, or why it could not be. Pure values.

A fact that was not asked for is None; one that AWS did not tell is the ReadFailure.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple

from unwedge.model.log import ContainerLog
from unwedge.model.service import Service, Task
from unwedge.model.situation import OutsideHolder, ReadFailure
from unwedge.model.task_definition import ContainerSpec, TaskDefinition
from unwedge.verify.session.trouble import Trouble


class Agent(NamedTuple):
    """The managed agent ExecuteCommandAgent of a container: lastStatus, and the reason that ECS gives."""

    status: str
    reason: str = ""
    started_at: datetime | None = None


class ContainerState(NamedTuple):
    """One container of a running task. `agent` is None where ECS shows none."""

    name: str
    status: str
    health: str
    agent: Agent | None = None


@dataclass(frozen=True, slots=True)
class RunningTask:
    """The task that is verified, with what the decision core does not need of it."""

    task: Task
    exec_enabled: bool
    containers: tuple[ContainerState, ...]
    launch_type: str = ""
    platform_version: str = ""
    address: str | None = None
    subnet: str | None = None

    def container(self, name: str) -> ContainerState | None:
        """One of its containers by name."""
        return next((item for item in self.containers if item.name == name), None)


class ExecSetup(NamedTuple):
    """What a task definition says that ECS Exec depends on. `credentials`: names of variables that hide the
    task role from the agent; values are never kept."""

    task_role: str | None
    read_only_root: bool = False
    credentials: tuple[str, ...] = ()
    init_process: bool = False
    pid_mode: str | None = None


class Registration(NamedTuple):
    """What Cloud Map has for the service: its DNS name, and the addresses registered, by instance id;
    whether that are all of them."""

    name: str
    addresses: dict[str, str]
    whole: bool = True


class Beside(NamedTuple):
    """Running tasks of the cluster outside the service that may keep their data where the container does;
    `same` of them are known to. `unread`: why not all are known, if they are not."""

    others: tuple[OutsideHolder, ...] = ()
    unread: str | None = None
    same: tuple[OutsideHolder, ...] = ()


class AttemptKind(StrEnum):
    """How trying ECS Exec ended. REFUSED: ECS answered InvalidParameterException. NOT_CONNECTED: ECS
    answered TargetNotConnectedException. BROKEN: a session was opened and gave no result."""

    RAN = "ran"
    REFUSED = "refused"
    NOT_CONNECTED = "not connected"
    DENIED = "denied"
    BROKEN = "broken"
    FAILED = "failed"


class Attempt(NamedTuple):
    """One try of ECS Exec. `trouble` is the session's, if one was opened; `said` what the script
    printed, `cut` how many characters of it are left out, `status` its exit status."""

    kind: AttemptKind
    sentence: str = ""
    trouble: Trouble | None = None
    said: str = ""
    status: int = 0
    cut: int = 0
    warnings: tuple[str, ...] = ()


class Role(NamedTuple):
    """Which of the actions that the agent needs the task role lacks, by IAM's own simulation."""

    lacking: tuple[str, ...]


class Network(NamedTuple):
    """The task's way to the Session Manager endpoint. `way_out`: the default route's target, if there is one.
    `endpoint`: the VPC endpoint for ssmmessages in the task's VPC; `admits`: whether a security group of it
    lets the task in on 443, None where that was not told."""

    way_out: str | None = None
    endpoint: str | None = None
    admits: bool | None = None
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that the checks go by. `spec` is the container that the checks are about."""

    service: Service
    running: int
    pending: int
    exec_enabled: bool
    at: datetime
    endpoints_tag: str | None = None
    registries: tuple[str, ...] = ()
    one_at_a_time: bool = False
    tasks: tuple[RunningTask, ...] = ()
    definition: TaskDefinition | None = None
    spec: ContainerSpec | None = None
    setup: ExecSetup = field(default_factory=lambda: ExecSetup(None))
    log: ContainerLog | None = None
    whole_log: bool = True
    registration: Registration | ReadFailure | None = None
    beside: Beside | None = None
    exec_allowed: bool = False
    attempt: Attempt | None = None
    role: Role | ReadFailure | None = None
    network: Network | ReadFailure | None = None
    failures: tuple[ReadFailure, ...] = ()

    @property
    def at_rest(self) -> bool:
        """No task is wanted, and none runs: there is nothing that could work or not."""
        return self.service.desired_count == 0 and not self.tasks and not self.failures

    def unread(self, *calls: str) -> ReadFailure | None:
        """Why one of these calls gave no answer, if one was made and gave none."""
        return next((item for item in self.failures if item.call in calls), None)

    @property
    def task(self) -> RunningTask | None:
        """The task that is verified: the newest running one of the PRIMARY deployment, else the newest that
        runs."""
        primary = self.service.primary
        running = [item for item in self.tasks if item.task.last_status == "RUNNING"]
        own = [item for item in running if primary and item.task.deployment_id == primary.id]
        return max(own or running, key=lambda item: item.task.started_at or _NEVER, default=None)


_NEVER = datetime.min.replace(tzinfo=UTC)
