"""The part of a task definition that a decision needs: containers, their logs, their volumes."""

from dataclasses import dataclass
from typing import NamedTuple


class Mount(NamedTuple):
    """A writable mount of an EFS volume. `volume` is the volume identity: file system, access point, root."""

    container_path: str
    volume: str


@dataclass(frozen=True, slots=True)
class ContainerSpec:
    """What a task definition says about one container. Environment and command line are never kept.

    `data_path` is the data directory named on the command line, when it is named there.
    `log_stream` is the prefix of its stream, `prefix/container`; None without awslogs and a stream prefix.
    """

    name: str
    essential: bool
    health_check: bool
    log_driver: str | None
    log_region: str | None
    log_group: str | None
    log_stream: str | None
    data_path: str | None
    mounts: tuple[Mount, ...] = ()

    @property
    def data_volumes(self) -> frozenset[str]:
        """The volume identities the lock may be on: that of the data directory, else every writable one."""
        path = (self.data_path or "").rstrip("/") + "/"
        around = [mount for mount in self.mounts if path.startswith(mount.container_path.rstrip("/") + "/")]
        if self.data_path and around:
            return frozenset({max(around, key=lambda mount: len(mount.container_path)).volume})
        return frozenset(mount.volume for mount in self.mounts)


@dataclass(frozen=True, slots=True)
class TaskDefinition:
    """The part of a task definition that a decision needs."""

    arn: str
    containers: tuple[ContainerSpec, ...]

    @property
    def volumes(self) -> frozenset[str]:
        """Volume identities of all containers."""
        return frozenset(volume for spec in self.containers for volume in spec.data_volumes)

    @property
    def health_checked(self) -> bool:
        """ECS reports health only for tasks with a health check on an essential container."""
        return any(spec.essential and spec.health_check for spec in self.containers)

    def spec(self, name: str) -> ContainerSpec | None:
        """The container of this name."""
        return next((spec for spec in self.containers if spec.name == name), None)
