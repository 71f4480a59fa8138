"""Tables of grips for tests: small definitions, and one row at a time."""

from dataclasses import replace
from datetime import datetime

from tests.support.situations import NEW_CODE, VOLUME, ago, arn, contender, definition, holder
from unwedge.decide.grips import Reference, Table
from unwedge.model.grip import GripRow
from unwedge.model.service import Task
from unwedge.model.settings import Settings
from unwedge.model.situation import Situation
from unwedge.model.task_definition import ContainerSpec, Mount, Storage, TaskDefinition

SETTINGS = Settings()
AT = ago(21)  # when the contender's line was written
YOUNG = holder(started_at=ago(30), created_at=ago(60))


def table(situation: Situation, *, contended: bool = True, at: datetime = AT) -> Table:
    """The table for the contender's lock."""
    task = situation.task(arn("contender")) or contender()
    return Table(situation, SETTINGS, Reference(task, taker()), at if contended else None)


def own_table(situation: Situation, task: Task, spec: ContainerSpec) -> Table:
    """The table for this task's lock, without a contention."""
    return Table(situation, SETTINGS, Reference(task, spec))


def row(rows: tuple[GripRow, ...], task: str = "holder", container: str = "prometheus") -> GripRow:
    """The row of one container; of a task whose definition was not read the one that it has."""
    (found,) = [item for item in rows if item.task_arn == arn(task) and item.container in (container, "")]
    return found


def taker(name: str = "prometheus", volume: str | None = VOLUME, **changes: object) -> ContainerSpec:
    """A container with its data in /prometheus on this volume, or on a disk of its own."""
    mounts = (Mount("/prometheus", volume),) if volume else ()
    known = replace(definition(NEW_CODE).containers[1], name=name, mounts=mounts)
    return replace(known, **changes)  # type: ignore[arg-type]


def made_of(code: str, *specs: ContainerSpec) -> TaskDefinition:
    """A task definition of these containers."""
    return TaskDefinition(code, specs)


READ_ONLY = (Mount("/prometheus", VOLUME, Storage.NETWORK, read_only=True),)
