"""The seam between the simulated ECS and the programs that run in its containers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol


@dataclass(frozen=True)
class VolumeIdentity:
    """An EFS volume: only mounts that agree in all three parts share a lock file."""

    file_system: str
    access_point: str | None
    root_directory: str

    def __str__(self) -> str:
        return f"{self.file_system}:{self.access_point or 'no-access-point'}:{self.root_directory}"


@dataclass(frozen=True)
class ContainerSpec:
    """Everything a launcher needs to start one container of one task.

    ``definition`` is the container definition as registered; ``volumes`` are its EFS mounts by path.
    """

    task_arn: str
    name: str
    service: str
    cluster: str
    family: str
    revision: int
    definition: Mapping[str, Any]
    volumes: Mapping[str, VolumeIdentity]

    @property
    def volume(self) -> VolumeIdentity | None:
        """The first EFS volume that the container mounts, if any."""
        return next(iter(self.volumes.values()), None)


class Program(Protocol):
    """A started program. The simulator calls it from one thread at a time, with never decreasing times."""

    def poll(self, now: datetime) -> None:
        """Bring the program up to ``now``; at a time when nothing is due it changes nothing."""
        ...

    def lines(self) -> list[str]:
        """What it printed since the last call."""
        ...

    @property
    def exit_code(self) -> int | None:
        """None while it runs; 137 after SIGKILL."""
        ...

    @property
    def exited_at(self) -> datetime | None:
        """When it ended."""
        ...

    def terminate(self, now: datetime) -> None:
        """SIGTERM."""
        ...

    def kill(self, now: datetime) -> None:
        """SIGKILL."""
        ...

    def healthy(self, now: datetime) -> bool | None:
        """What a container health check would find now; None counts as a failed check."""
        ...

    @property
    def holds_lock(self) -> bool:
        """Whether it holds the lock of its volume right now."""
        ...

    def next_due(self, now: datetime) -> datetime | None:
        """When it changes by itself next; None when only polling can tell (real processes)."""
        ...


class Sessions(Protocol):
    """Opens sessions of ECS Exec."""

    def open(self, task: Any, container: Any, command: str) -> dict[str, str]:
        """sessionId, streamUrl and tokenValue of a new session in a container that runs."""
        ...


class Launcher(Protocol):
    """Starts programs."""

    def launch(self, spec: ContainerSpec, now: datetime) -> Program:
        """Start the program of one container."""
        ...


@dataclass(frozen=True)
class FinishedProgram:
    """An init container's program that exited 0 long before the story begins."""

    exited_at: datetime
    exit_code: int = 0
    holds_lock: bool = False

    def poll(self, now: datetime) -> None:
        """It does nothing any more, and so do the other methods of the Program protocol."""

    def terminate(self, now: datetime) -> None: ...

    def kill(self, now: datetime) -> None: ...

    def lines(self) -> list[str]:
        return []

    def healthy(self, now: datetime) -> bool | None:
        return None

    def next_due(self, now: datetime) -> datetime | None:
        return None
