"""The service, its deployments and its tasks, as ECS shows them. Times are aware datetimes in UTC."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

# How far two clocks of AWS may lie apart: ECS's, CloudWatch's, the container's, a Lambda's.
SKEW = timedelta(seconds=5)
# The tag that we set just before we scale a service to 0: it tells our 0 from anybody else's.
DRAIN_TAG = "unwedge:drain"


class Health(StrEnum):
    """Task health as ECS reports it. UNKNOWN: no container health check, or no result yet."""

    HEALTHY = "HEALTHY"
    UNHEALTHY = "UNHEALTHY"
    UNKNOWN = "UNKNOWN"


class Container(NamedTuple):
    """One container of a task. `exit_code` is None while it runs, or when it never ran; `status` is
    lastStatus."""

    name: str
    exit_code: int | None = None
    status: str = ""

    @property
    def ended(self) -> bool:
        """It has exited, or ECS calls it STOPPED: its processes are gone, whatever the others of its task
        do."""
        return self.exit_code is not None or self.status == "STOPPED"


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
    container_instance: str | None = None
    failed_health: bool = False  # ECS ended it because its health checks failed

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
    def exit_codes(self) -> dict[str, int]:
        """Those of the containers that have ended, by name."""
        return {item.name: item.exit_code for item in self.containers if item.exit_code is not None}

    @property
    def may_hold_lock(self) -> bool:
        """Its containers may be running, so it may hold the lock, also while it is being stopped."""
        if self.execution_stopped_at is not None or self.last_status not in _CONTAINERS_RUN:
            return False
        return not self.containers or not all(container.ended for container in self.containers)

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
    """The service as DescribeServices shows it; `tag` is the raw value of its `unwedge` tag. `strategy` and
    `scheduling` are deploymentConfiguration.strategy and schedulingStrategy; their values here are ECS's
    defaults. `drain_mark` is the value of the tag that we set just before we scale a service to 0.
    `balancers` are the ARNs of its target groups, or the names of Classic Load Balancers."""

    arn: str
    status: str
    desired_count: int
    controller: str
    deployments: tuple[Deployment, ...]
    tag: str | None = None
    strategy: str = "ROLLING"
    scheduling: str = "REPLICA"
    drain_mark: str | None = None
    balancers: tuple[str, ...] = ()

    @property
    def primary(self) -> Deployment | None:
        """The PRIMARY deployment: where the service is meant to go."""
        return next((deployment for deployment in self.deployments if deployment.status == "PRIMARY"), None)

    def deployment(self, deployment_id: str) -> Deployment | None:
        """The deployment with this id, if the service still lists it."""
        return next((deployment for deployment in self.deployments if deployment.id == deployment_id), None)


class Deregistration(NamedTuple):
    """How many `seconds` load balancers keep a task that was asked to stop before it gets SIGTERM. `assumed`:
    why this is AWS's default and not what is set, if so."""

    seconds: float
    assumed: str = ""


class Rollout(NamedTuple):
    """The newest service deployment: its status tells of rollbacks and stops. While it is under way,
    `awaiting` is the stage at which a lifecycle hook awaits somebody's action, and the circuit breaker has
    counted `failures` of the `threshold` at which it ends the rollout."""

    arn: str
    status: str
    awaiting: str | None = None
    failures: int | None = None
    threshold: int | None = None
