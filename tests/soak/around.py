"""What stands around the service of a schedule: where its data lie, its neighbour, its sidecar, and a
deployment of an unusual kind."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from random import Random
from typing import Any

from tests.support.simulated_ecs import AFTER_INIT, INIT, main_container

NEIGHBOUR = "dev-neighbour"
_SHARED, _OWN, _OTHER = "fs-12345678", "fs-23456789", "fs-87654321"
_PATH = re.compile(r"--storage\.tsdb\.path=(\S+)")


class Layout(StrEnum):
    """Where the data lie on the mount, and how the command says so."""

    WHOLE = "whole-volume"
    DIRECTORY = "directory"
    WRAPPED = "directory-in-a-shell"


class Neighbour(StrEnum):
    """The other service of the cluster."""

    NONE = "none"
    APART = "on-its-own-volume"
    SAME_MOUNT = "in-its-own-directory"
    SAME_LOCK = "in-our-directory"


class Sidecar(StrEnum):
    """The other container of the task."""

    NONE = "none"
    CHATTERS = "prints-lock-lines"
    DIES = "prints-a-lock-line-and-dies"
    LINGERS = "outlives-the-program"


class Oddity(StrEnum):
    """What makes the deployment none that Unwedge acts on, or the task one that a person decides about."""

    NONE = "none"
    BLUE_GREEN = "BLUE_GREEN"
    LINEAR = "LINEAR"
    CANARY = "CANARY"
    DAEMON = "DAEMON"
    HOOK = "lifecycle-hook"
    PROTECTED = "protected-task"


@dataclass(frozen=True, kw_only=True)
class Around:
    """`neighbour_at`: when the neighbour is deployed, or created where it has our directory, in seconds;
    `balanced`: whether a load balancer keeps the tasks that are asked to stop."""

    layout: Layout = Layout.WHOLE
    neighbour: Neighbour = Neighbour.NONE
    neighbour_at: float = 0.0
    sidecar: Sidecar = Sidecar.NONE
    oddity: Oddity = Oddity.NONE
    balanced: bool = False

    def __str__(self) -> str:
        more = ", behind a load balancer" if self.balanced else ""
        return (
            f"{self.layout}, neighbour {self.neighbour}, sidecar {self.sidecar}, oddity {self.oddity}{more}"
        )


def draw(random: Random) -> Around:
    """Every second service stands alone on a volume of its own."""
    layout = random.choice([Layout.WHOLE] * 6 + [Layout.DIRECTORY] * 3 + [Layout.WRAPPED])
    neighbours = [Neighbour.APART, Neighbour.SAME_LOCK]
    neighbours += [Neighbour.SAME_MOUNT] * 2 if layout is not Layout.WHOLE else []
    return Around(
        layout=layout,
        neighbour=random.choice(neighbours) if random.random() < 0.35 else Neighbour.NONE,
        neighbour_at=random.uniform(1, 200),
        sidecar=random.choice(list(Sidecar)[1:]) if random.random() < 0.25 else Sidecar.NONE,
        oddity=random.choice(list(Oddity)[1:]) if random.random() < 0.12 else Oddity.NONE,
        balanced=random.random() < 0.1,
    )


def revision(around: Around, *, stop_timeout: int, init: bool, astray: str = "") -> dict[str, Any]:
    """A revision of the service. `astray`: it names another volume ("volume") or the neighbour's directory
    ("directory") by mistake."""
    directory = "b" if astray == "directory" else "a"
    program = main_container(stopTimeout=stop_timeout, **_start(around.layout, directory))
    containers = [program]
    if init:
        program["dependsOn"] = AFTER_INIT
        containers = [INIT, program]
    if around.sidecar is not Sidecar.NONE and (init or around.sidecar is not Sidecar.DIES):
        containers.append(_sidecar(around.sidecar))
    return _definition("prometheus", containers, _OTHER if astray == "volume" else _SHARED)


def neighbours_revision(around: Around) -> dict[str, Any]:
    """A revision of the neighbour; all are alike."""
    program = main_container(**_start(around.layout, "a" if around.neighbour is Neighbour.SAME_LOCK else "b"))
    program["logConfiguration"] = {
        "logDriver": "awslogs",
        "options": {**program["logConfiguration"]["options"], "awslogs-group": "/ecs/dev/neighbour"},
    }
    volume = _OWN if around.neighbour is Neighbour.APART else _SHARED
    return _definition("neighbour", [program], volume)


def lock_of(body: Mapping[str, Any]) -> str:
    """The lock that the program of a task definition takes: its file system and directory."""
    program = next(item for item in body["containerDefinitions"] if item["name"] == "prometheus")
    return lock_name(body["volumes"][0]["efsVolumeConfiguration"]["fileSystemId"], program)


def lock_name(file_system: str, program: Mapping[str, Any]) -> str:
    """The name of the lock of a container definition on this file system."""
    named = _PATH.search(" ".join(program.get("command", ())))
    return f"{file_system}:{named[1] if named else '/prometheus'}"


def _start(layout: Layout, directory: str) -> dict[str, Any]:
    flag = f"--storage.tsdb.path=/prometheus/{directory}"
    if layout is Layout.DIRECTORY:
        return {"command": [flag]}
    if layout is Layout.WRAPPED:
        return {
            "entryPoint": ["/bin/sh", "-c"],
            "command": [f"mkdir -p /prometheus && exec prometheus {flag}"],
        }
    return {}


def _sidecar(kind: Sidecar) -> dict[str, Any]:
    """A log forwarder: it mounts no volume."""
    program = main_container(name="forwarder", image="fluent-bit", essential=kind is Sidecar.DIES)
    del program["mountPoints"], program["healthCheck"]
    return {**program, "stopTimeout": 90 if kind is Sidecar.LINGERS else 30}


def _definition(family: str, containers: list[dict[str, Any]], volume: str) -> dict[str, Any]:
    efs = {"fileSystemId": volume, "rootDirectory": "/"}
    return {
        "family": family,
        "containerDefinitions": containers,
        "volumes": [{"name": "data", "efsVolumeConfiguration": efs}],
    }
