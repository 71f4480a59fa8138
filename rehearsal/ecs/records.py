"""The simulator's state: what ECS knows, as mutable records. Judges may read them; only the core writes them.

Statuses are the strings of the ECS API. Times are virtual, aware and in UTC.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from rehearsal.ecs.launching import Program
from rehearsal.ecs.options import ExecFault

ALIVE_STATUSES = frozenset({"PROVISIONING", "PENDING", "ACTIVATING", "RUNNING"})


@dataclass
class ClusterRecord:
    """A cluster. ``configuration``: how it logs and encrypts sessions of ECS Exec, as created."""

    name: str
    arn: str
    tags: dict[str, str] = field(default_factory=dict)
    configuration: dict[str, Any] | None = None


@dataclass
class DefinitionRecord:
    """One registered revision of a task definition; ``body`` is what DescribeTaskDefinition shows."""

    arn: str
    family: str
    revision: int
    body: dict[str, Any]
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def containers(self) -> list[dict[str, Any]]:
        """The container definitions as registered."""
        definitions: list[dict[str, Any]] = self.body["containerDefinitions"]
        return definitions


@dataclass
class ContainerRecord:
    """One container of a task. ``ended_at`` is the truth, ``status`` and ``exit_code`` are what ECS shows."""

    definition: Mapping[str, Any]
    arn: str
    runtime_id: str
    program: Program | None = None
    status: str = "PENDING"
    exit_code: int | None = None
    health: str = "UNKNOWN"
    failed_checks: int = 0
    launched_at: datetime | None = None
    ended_at: datetime | None = None
    poll_due: datetime | None = None

    @property
    def name(self) -> str:
        """Its name in the task definition."""
        return str(self.definition["name"])

    @property
    def essential(self) -> bool:
        """Whether the task stops with it."""
        return bool(self.definition.get("essential", True))

    @property
    def running(self) -> bool:
        """Whether its program runs, whatever ECS shows."""
        return self.program is not None and self.ended_at is None


@dataclass
class TaskRecord:
    """One task. ``started_by`` never changes; ``deployment_id`` is the deployment that counts it now."""

    arn: str
    cluster_arn: str
    service: str
    definition: DefinitionRecord
    deployment_id: str
    started_by: str
    created_at: datetime
    containers: list[ContainerRecord]
    delays: Mapping[str, float]
    attachment_id: str
    address: str
    enable_execute_command: bool = False
    exec_fault: ExecFault | None = None
    tags: dict[str, str] = field(default_factory=dict)
    last_status: str = "PROVISIONING"
    desired_status: str = "RUNNING"
    version: int = 1
    updated_at: datetime | None = None
    connectivity_at: datetime | None = None
    pull_started_at: datetime | None = None
    pull_stopped_at: datetime | None = None
    started_at: datetime | None = None
    stopping_at: datetime | None = None
    execution_stopped_at: datetime | None = None
    stopped_at: datetime | None = None
    stop_code: str | None = None
    stopped_reason: str | None = None
    retiring: bool = False
    forced_unhealthy: bool = False
    protected_until: datetime | None = None
    failure_counted: bool = False
    end_counted: bool = False

    @property
    def id(self) -> str:
        """The last part of the ARN, 32 hexadecimal digits."""
        return self.arn.rsplit("/", 1)[-1]

    @property
    def revision(self) -> int:
        """Revision of its task definition."""
        return self.definition.revision

    @property
    def alive(self) -> bool:
        """Wanted, and neither stopped nor about to: what maximumPercent counts."""
        return self.desired_status == "RUNNING" and self.last_status in ALIVE_STATUSES

    @property
    def executing(self) -> bool:
        """Whether any of its programs runs, whatever ECS shows."""
        return any(container.running for container in self.containers)

    @property
    def holds_lock(self) -> bool:
        """Whether any of its programs holds the lock of its volume right now."""
        return any(c.program is not None and c.program.holds_lock for c in self.containers)

    @property
    def health(self) -> str:
        """Health of the essential containers that have a health check; UNKNOWN without any."""
        checked = [c.health for c in self.containers if c.essential and c.definition.get("healthCheck")]
        if self.forced_unhealthy or "UNHEALTHY" in checked:
            return "UNHEALTHY"
        return "HEALTHY" if checked and set(checked) == {"HEALTHY"} else "UNKNOWN"

    @property
    def has_health_check(self) -> bool:
        """Whether ECS learns its health from a container health check."""
        return any(c.essential and c.definition.get("healthCheck") for c in self.containers)


@dataclass
class DeploymentRecord:
    """One deployment of a service. ``target`` is how many tasks it is to keep or reach now."""

    id: str
    definition: DefinitionRecord
    revision_arn: str
    status: str
    created_at: datetime
    updated_at: datetime
    began_at: datetime
    target: int
    rollout_state: str = "IN_PROGRESS"
    reason: str = ""
    failed_tasks: int = 0
    breaker_failures: int = 0
    frozen: bool = False
    not_before: datetime | None = None


@dataclass
class ServiceDeploymentRecord:
    """What ListServiceDeployments shows: one rollout with its rollback."""

    arn: str
    deployment_id: str
    source_revisions: tuple[str, ...]
    target_revision: str
    created_at: datetime
    updated_at: datetime
    status: str = "IN_PROGRESS"
    status_reason: str | None = None
    finished_at: datetime | None = None
    stopped_at: datetime | None = None
    rollback: dict[str, Any] | None = None
    breaker: str = "DISABLED"
    failures: int = 0
    rollback_deployment_id: str | None = None


@dataclass
class ServiceRecord:
    """A service; ``settings`` are its CreateService parameters as later updated."""

    name: str
    arn: str
    cluster: ClusterRecord
    settings: dict[str, Any]
    desired_count: int
    created_at: datetime
    status: str = "ACTIVE"
    tags: dict[str, str] = field(default_factory=dict)
    deployments: list[DeploymentRecord] = field(default_factory=list)
    rollouts: list[ServiceDeploymentRecord] = field(default_factory=list)
    revisions: dict[str, dict[str, Any]] = field(default_factory=dict)
    messages: list[dict[str, Any]] = field(default_factory=list)
    tasks: list[TaskRecord] = field(default_factory=list)
    start_failures: dict[str, int] = field(default_factory=dict)
    completed: tuple[DefinitionRecord, str] | None = None
    steady: bool = False

    @property
    def primary(self) -> DeploymentRecord:
        """The PRIMARY deployment."""
        return next(deployment for deployment in self.deployments if deployment.status == "PRIMARY")

    @property
    def older(self) -> list[DeploymentRecord]:
        """The other deployments that still count tasks, oldest first."""
        return [item for item in reversed(self.deployments) if item.status == "ACTIVE"]

    @property
    def minimum_healthy(self) -> int:
        """Tasks that must stay healthy during a rollout: minimumHealthyPercent, rounded up."""
        percent: int = self.settings["deploymentConfiguration"]["minimumHealthyPercent"]
        return -(-self.desired_count * percent // 100)

    @property
    def maximum(self) -> int:
        """Tasks that may run or be pending at a time: maximumPercent, rounded down."""
        percent: int = self.settings["deploymentConfiguration"]["maximumPercent"]
        return self.desired_count * percent // 100

    def deployment(self, deployment_id: str) -> DeploymentRecord | None:
        """One of its deployments by id."""
        return next((item for item in self.deployments if item.id == deployment_id), None)

    def tasks_of(self, deployment: DeploymentRecord) -> list[TaskRecord]:
        """The tasks that a deployment counts, oldest first."""
        return [task for task in self.tasks if task.deployment_id == deployment.id]
