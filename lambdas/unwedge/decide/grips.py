"""The table of grips: which container holds the contended lock, may hold it, or cannot, and by which fact.

Every verdict about writers is read from this table. What could not be read never narrows it: without a fact a
container that could take the lock may hold it. Pure.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import NamedTuple

from unwedge.decide.catalogue.programs import default_data_path
from unwedge.decide.lock import Lock, lock_of, relation
from unwedge.decide.signatures import find_evidence, opened
from unwedge.model.grip import Grip, GripRow, Relation
from unwedge.model.service import SKEW, Container, Task
from unwedge.model.settings import Settings
from unwedge.model.situation import Situation
from unwedge.model.task_definition import ContainerSpec

# The container runtime died with its host, so nobody unlocked: the file system keeps the lock for its lease.
_HOST_LOST = frozenset({"InfrastructureHealth", "TerminationNotice", "SpotInterruption"})
_SIGKILL = 137
_ENDED = frozenset({"DEPROVISIONING", "STOPPED", "DELETED"})


class Reference(NamedTuple):
    """Whose lock is asked about: this container of this task."""

    task: Task
    spec: ContainerSpec

    @property
    def lock(self) -> Lock:
        """The lock itself."""
        return lock_of(self.task, self.spec)


@dataclass(frozen=True)
class Table:
    """Who has the reference's lock, at any moment up to the observation.

    `contended_at`: when the reference failed because somebody else had it; None where it did not.
    """

    situation: Situation
    settings: Settings
    reference: Reference
    contended_at: datetime | None = None

    @cached_property
    def now(self) -> tuple[GripRow, ...]:
        """The grips at the observation."""
        rows = tuple(self._kept(row) for row in self._rows(None))
        aged = {row.task_arn for row in rows if self._aged(row)}
        if len(aged | {row.task_arn for row in rows if row.grip is Grip.HOLDS}) != 1:
            return rows
        fact = f"it has run for more than {self.settings.settled} s, and what does not get the lock exits"
        return tuple(row._replace(grip=Grip.HOLDS, fact=fact) if self._aged(row) else row for row in rows)

    def _aged(self, row: GripRow) -> bool:
        """Whether it runs for longer than programs take to reach for their lock, on this very lock."""
        task = self.situation.task(row.task_arn)
        if task is None or row.grip is not Grip.MAY_HOLD or row.lease or row.relation is not Relation.SAME:
            return False
        if asked_to_stop(task) or task.started_at is None:
            return False
        return self.situation.observed_at - task.started_at >= timedelta(seconds=self.settings.settled)

    @cached_property
    def then(self) -> tuple[GripRow, ...]:
        """The grips at the moment of the contention: where only one could hold the lock, it did, provided
        that it had started by then. One that started later says nothing of who had the lock."""
        if self.contended_at is None:
            return ()
        rows = self._rows(self.contended_at)
        could = {row.task_arn for row in rows if row.grip is not Grip.CANNOT_HOLD}
        only = self.situation.task(next(iter(could))) if len(could) == 1 else None
        unsure = self.situation.outside or self.situation.outside_unread
        if unsure or only is None or only.started_at is None or only.started_at > self.contended_at + SKEW:
            return rows
        fact = "no other container could hold the lock when the contender failed on it"
        return tuple(
            row._replace(grip=Grip.HOLDS, fact=fact) if row.grip is Grip.MAY_HOLD and not row.lease else row
            for row in rows
        )

    def of(self, grip: Grip, *, lease: bool = False) -> tuple[Task, ...]:
        """The tasks whose strongest grip is this one now; those with a lease alone apart."""
        return tuple(
            task
            for task in self.situation.tasks
            if (found := strongest(self.rows_of(task))) and found.grip is grip and found.lease == lease
        )

    def could_then(self) -> tuple[Task, ...]:
        """The tasks that held the lock, or may have, when the contender failed."""
        found = {row.task_arn for row in self.then if row.grip is not Grip.CANNOT_HOLD}
        return tuple(task for task in self.situation.tasks if task.arn in found)

    def rows_of(self, task: Task) -> tuple[GripRow, ...]:
        """The grips of one task's containers now; none where no container of it takes a lock."""
        return tuple(row for row in self.now if row.task_arn == task.arn)

    def on_this_lock(self, task: Task) -> bool:
        """Whether a container of this task that may have the lock is known to take this very one."""
        return any(
            row.relation is Relation.SAME and row.grip is not Grip.CANNOT_HOLD for row in self.rows_of(task)
        )

    def on_another_lock(self, task: Task) -> bool:
        """Whether every container of this task that takes a lock is known to take another one."""
        found = {row.relation for row in self.rows_of(task)}
        return found == {Relation.DIFFERENT}

    def _kept(self, row: GripRow) -> GripRow:
        """Whoever held the lock when the contender failed holds it until it ends, or is asked to."""
        if row.grip is not Grip.MAY_HOLD or row.lease:
            return row
        task = self.situation.task(row.task_arn)
        held = any(before.grip is Grip.HOLDS and before[:2] == row[:2] for before in self.then)
        if not held or task is None or asked_to_stop(task):
            return row
        return row._replace(
            grip=Grip.HOLDS, fact="it held the lock when the contender failed, and still runs"
        )

    def _rows(self, at: datetime | None) -> tuple[GripRow, ...]:
        return tuple(row for task in self.situation.tasks for row in self._of_task(task, at))

    def _of_task(self, task: Task, at: datetime | None) -> Iterator[GripRow]:
        definition = self.situation.definition_of(task)
        if definition is None:
            grip, fact, lease = self._by_life(task, None, at)
            told = fact if grip is Grip.CANNOT_HOLD else "its task definition was not read"
            yield GripRow(task.arn, "", grip, told, lease=lease)
            return
        for spec in takers(definition.containers, self.reference.spec.name):
            yield self._row(task, spec, at)

    def _row(self, task: Task, spec: ContainerSpec, at: datetime | None) -> GripRow:
        mine = task.arn == self.reference.task.arn and spec.name == self.reference.spec.name
        lock = lock_of(task, spec)
        found = Relation.SAME if mine else relation(lock, self.reference.lock)
        if mine and self.contended_at is not None:
            return GripRow(task.arn, spec.name, Grip.CANNOT_HOLD, "its own log says that it failed", found)
        if found is Relation.DIFFERENT:
            return GripRow(task.arn, spec.name, Grip.CANNOT_HOLD, f"its lock is another one: {lock}", found)
        if lock.read_only:
            return GripRow(task.arn, spec.name, Grip.CANNOT_HOLD, "it mounts the volume read-only", found)
        container = next((item for item in task.containers if item.name == spec.name), None)
        grip, fact, lease = self._by_life(task, container, at)
        if grip is Grip.MAY_HOLD and not lease:
            grip, fact = self._by_word(task, spec, found, at) or (grip, fact)
        return GripRow(task.arn, spec.name, grip, fact, found, lease)

    def _by_life(
        self, task: Task, container: Container | None, at: datetime | None
    ) -> tuple[Grip, str, bool]:
        """What the container's life says: it cannot hold before it began and after it ended."""
        if at is not None and task.created_at is not None and task.created_at > at + SKEW:
            return Grip.CANNOT_HOLD, "its task was created after that moment", False
        if task.last_status == "PROVISIONING":
            return Grip.CANNOT_HOLD, "its task is PROVISIONING: no container has started", False
        exited = container is not None and container.ended
        if not (exited or task.execution_stopped_at or task.last_status in _ENDED):
            return Grip.MAY_HOLD, "it runs, or is about to", False
        end = _end(task, container) or self.situation.observed_at
        if at is not None and end >= at - SKEW:
            return Grip.MAY_HOLD, "it had not ended by then", False
        age = (at or self.situation.observed_at) - end
        whose = [container] if container else task.containers
        killed = any(item.exit_code == _SIGKILL for item in whose)
        lost = task.stop_code in _HOST_LOST and (container is None or container.exit_code is None)
        if (killed or lost) and age < timedelta(seconds=self.settings.lease_patience):
            why = "was killed" if killed else "was lost with its host"
            return Grip.MAY_HOLD, f"it {why}, and the file system may keep its lock for minutes", True
        return Grip.CANNOT_HOLD, "it has exited", False

    def _by_word(
        self, task: Task, spec: ContainerSpec, whose: Relation, at: datetime | None
    ) -> tuple[Grip, str] | None:
        """What the container's own log says: that it failed on the lock, or that it opened its store, which
        is this one only where its lock is."""
        logs = [log for log in self.situation.logs_of(task) if log.container == spec.name]
        until, images = at + SKEW if at else None, {spec.name: spec.image}
        if task.failed and find_evidence(logs, images=images):
            return Grip.CANNOT_HOLD, "its own log says that it failed on the lock"
        if any(opened(log, task.created_at, until, images) for log in logs):
            if asked_to_stop(task):
                return Grip.MAY_HOLD, "its own log says that it opened its store; it was asked to stop"
            if whose is not Relation.SAME:
                return Grip.MAY_HOLD, "its own log says that it opened its store, which may be another one"
            return Grip.HOLDS, "its own log says that it opened its store"
        return None


def takers(specs: Iterable[ContainerSpec], name: str) -> tuple[ContainerSpec, ...]:
    """The containers of a definition that may take the lock: the one of this name, and every other whose data
    are known to lie somewhere, or may lie anywhere on a volume that it shares; all that share a volume where
    there are none."""
    found = tuple(specs)
    taking = tuple(
        spec
        for spec in found
        if spec.name == name or keeps_known_data(spec) or (spec.shares and spec.path_unclear is not None)
    )
    return taking or tuple(spec for spec in found if spec.shares)


def may_take(spec: ContainerSpec, specs: Iterable[ContainerSpec]) -> bool:
    """Whether this container of a definition may be one that takes the lock. A sidecar that shares the mount
    is not, when another container's command or image says where it keeps its data."""
    return keeps_known_data(spec) or spec.path_unclear is not None or not any(map(keeps_known_data, specs))


def keeps_known_data(spec: ContainerSpec) -> bool:
    """Whether its command or its image says where a known program keeps its data."""
    known = default_data_path(spec.image, overrides_start=spec.overrides_start)
    return spec.data_path is not None or known is not None


def strongest(rows: Iterable[GripRow]) -> GripRow | None:
    """The row that counts for a task: HOLDS before MAY_HOLD before CANNOT_HOLD; a lease is the weakest
    may."""
    order = (Grip.HOLDS, Grip.MAY_HOLD, Grip.CANNOT_HOLD)
    return min(rows, key=lambda row: (order.index(row.grip), row.lease), default=None)


def asked_to_stop(task: Task) -> bool:
    """Whether somebody has asked the task to stop."""
    return task.desired_status != "RUNNING" or task.stopping_at is not None


def _end(task: Task, container: Container | None) -> datetime | None:
    """The latest moment at which the container can have ended. A container that ended its task did so when
    the task began to stop; others may outlive it."""
    if container is not None and container.ended and task.stop_code == "EssentialContainerExited":
        exited = [item for item in task.containers if item.ended]
        if len(exited) == 1 and task.stopping_at:
            return task.stopping_at
    return task.execution_stopped_at or task.stopped_at
