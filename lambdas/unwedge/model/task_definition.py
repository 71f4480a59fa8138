"""The part of a task definition that a decision needs: containers, their logs, their mounts."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Storage(StrEnum):
    """What a volume is. NETWORK: EFS, or NFS mounted by Docker. HOST and DOCKER belong to one container
    instance, TASK to one task. UNKNOWN: a configuration that this version does not know."""

    NETWORK = "network"
    HOST = "host"
    DOCKER = "docker"
    TASK = "task"
    UNKNOWN = "unknown"


class Mount(NamedTuple):
    """A mount of a container. `volume` names what is mounted: for NETWORK the volume identity (file system,
    access point, root directory), for HOST the path on the host, for DOCKER the volume's name."""

    container_path: str
    volume: str
    storage: Storage = Storage.NETWORK
    read_only: bool = False


@dataclass(frozen=True, slots=True)
class ContainerSpec:
    """What a task definition says about one container. Environment and command line are never kept.

    `data_path` is the data directory named on the command line, or by a variable that its known program reads
    it from, when it is named there in plain letters;
    `path_unclear` says why it cannot be told from the command line. `launch` is the same for two containers
    that start alike: image, entry point, command, environment and mounts are equal.
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
    image: str = ""
    working_directory: str | None = None
    overrides_start: bool = False
    path_unclear: str | None = None
    launch: str = ""

    @property
    def shares(self) -> bool:
        """Whether it can write where a container of another task may write too."""
        return any(mount.storage is not Storage.TASK and not mount.read_only for mount in self.mounts)


@dataclass(frozen=True, slots=True)
class TaskDefinition:
    """The part of a task definition that a decision needs."""

    arn: str
    containers: tuple[ContainerSpec, ...]

    @property
    def health_checked(self) -> bool:
        """ECS reports health only for tasks with a health check on an essential container."""
        return any(spec.essential and spec.health_check for spec in self.containers)

    def spec(self, name: str) -> ContainerSpec | None:
        """The container of this name."""
        return next((spec for spec in self.containers if spec.name == name), None)
