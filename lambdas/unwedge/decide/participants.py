"""Who takes part in a situation: target deployment, suspects and evidence, holder, successors.

Pure reading of a situation, shared by `decide`, which judges the participants, and by `observe`, which needs
to know whose log stream and task definitions to read. Who has the lock is read from the table of grips.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property

from unwedge.decide.grips import Reference, Table, asked_to_stop, keeps_known_data, takers
from unwedge.decide.signatures import Evidence
from unwedge.decide.testimony import Testimony
from unwedge.model.grip import Grip
from unwedge.model.incident import Stop, StopState
from unwedge.model.service import Deployment, Health, Task
from unwedge.model.task_definition import ContainerSpec

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Participants(Testimony):
    """The parts that the tasks of one situation play."""

    @cached_property
    def primary(self) -> Deployment | None:
        """The PRIMARY deployment: the target."""
        return self.situation.service.primary if self.situation.service else None

    # who has the lock

    @cached_property
    def table(self) -> Table | None:
        """The table of grips, for the lock on which the suspect failed; without evidence, for the lock of the
        service's program. None where no task's definition was read."""
        suspect, found = self.suspect, self.evidence
        if suspect is None or found is None:
            return self._own_table
        definition = self.situation.definition_of(suspect)
        spec = definition.spec(found.container) if definition else None
        assert spec is not None, "only the words of a container that the definition names are evidence"
        return Table(self.situation, self.settings, Reference(suspect, spec), found.line.at)

    @cached_property
    def _own_table(self) -> Table | None:
        """The table without a contention: what each container's life and own words say."""
        incident = self.situation.incident
        name = incident.container if incident else ""
        running = [task for task in self.situation.tasks if not asked_to_stop(task)]
        for task in sorted(running or self.situation.tasks, key=self.of_primary, reverse=True):
            definition = self.situation.definition_of(task)
            found = takers(definition.containers, name) if definition else ()
            if found:
                spec = max(found, key=lambda spec: _likely(spec, name))
                return Table(self.situation, self.settings, Reference(task, spec))
        return None

    def _of(self, grip: Grip, *, lease: bool = False) -> tuple[Task, ...]:
        if self.table is None:
            alive = grip is Grip.MAY_HOLD and not lease
            return tuple(task for task in self.situation.tasks if alive and task.may_hold_lock)
        return self.table.of(grip, lease=lease)

    @cached_property
    def holding(self) -> tuple[Task, ...]:
        """Tasks that hold the lock, by a fact."""
        return self._of(Grip.HOLDS)

    @cached_property
    def holder(self) -> Task | None:
        """The one task that holds the lock."""
        return self.holding[0] if len(self.holding) == 1 else None

    @cached_property
    def stopping(self) -> tuple[Task, ...]:
        """Tasks asked to stop that may still hold the lock."""
        return tuple(task for task in self._of(Grip.MAY_HOLD) if asked_to_stop(task))

    @cached_property
    def undecided(self) -> tuple[Task, ...]:
        """Running tasks of which no fact says yet whether they hold the lock."""
        return tuple(
            task for task in self._of(Grip.MAY_HOLD) if not asked_to_stop(task) and not task.on_its_way
        )

    @cached_property
    def leases(self) -> tuple[Task, ...]:
        """Tasks that have ended, of which the file system may still keep the lock."""
        return self._of(Grip.MAY_HOLD, lease=True)

    @cached_property
    def running(self) -> tuple[Task, ...]:
        """All that may have the data open: holding, undecided or stopping."""
        return (*self.holding, *self.undecided, *self.stopping)

    @cached_property
    def on_their_way(self) -> tuple[Task, ...]:
        """Tasks of any deployment that have not started a container yet."""
        return tuple(task for task in self.situation.tasks if task.on_its_way)

    @cached_property
    def last_stop(self) -> Stop | None:
        """The newest stop of the open incident."""
        incident = self.situation.incident
        return incident.stops[-1] if incident and incident.stops else None

    # who failed, and why

    @cached_property
    def suspects(self) -> tuple[Task, ...]:
        """Failures to be explained, those of the PRIMARY deployment first, the newest first; at most three.

        A failure from before the present holder took the lock, or from before the stop that we last sent, is
        over and explains nothing. In a fast crash loop the newest failure is always too young for late log
        lines, so older ones are looked at beside it: one from within the patience, one from beyond.
        """
        own = self._own_table
        settled = own.of(Grip.HOLDS) if own else ()
        over = max((task.started_at or _LONG_AGO for task in settled), default=_LONG_AGO)
        if self.last_stop and self.last_stop.state is StopState.SENT:
            over = max(over, self.last_stop.claimed_at)
        failed = [
            task
            for task in self.situation.tasks
            if task.failed and _failed_at(task) > over and task.deployment_id != self._given_up
        ]
        failed.sort(key=lambda task: (self.of_primary(task), _failed_at(task)), reverse=True)
        patience = self.settings.evidence_patience
        oldest = (
            next((t for t in failed if self.age(t) >= least), None) for least in (0, patience / 2, patience)
        )
        return tuple(dict.fromkeys(task for task in oldest if task))

    @property
    def _given_up(self) -> str | None:
        """The broken deployment, once we have sent the service back to the revision before it."""
        incident = self.situation.incident
        sent = incident and incident.rollback and incident.rollback.state is StopState.SENT
        return incident.broken if incident and sent else None

    @cached_property
    def suspect(self) -> Task | None:
        """The newest failure whose own log says something; the newest of all where none says anything yet."""
        spoken = (task for task in self.suspects if self.spoke(task))
        return next(spoken, self.suspects[0] if self.suspects else None)

    @cached_property
    def evidence(self) -> Evidence | None:
        """A lock line in the suspect's own log stream."""
        return self.evidence_of(self.suspect) if self.suspect else None

    @cached_property
    def may_be_the_lock(self) -> tuple[Task, ...]:
        """The suspects that may have failed on a lock: a container that failed shares a volume, or that is
        unknown. In an open incident each of them may."""
        if self.situation.incident:
            return self.suspects
        return tuple(task for task in self.suspects if self.failed_beside_others(task))

    # whose side a task is on

    def of_primary(self, task: Task) -> bool:
        """Whether the task belongs to the PRIMARY deployment."""
        return self.primary is not None and task.deployment_id == self.primary.id

    def for_target(self, task: Task) -> bool:
        """Whether the task belongs to the PRIMARY deployment or runs its very task definition.

        After a rollback the old revision is the target again, possibly under a new deployment id.
        """
        same_code = self.primary is not None and task.task_definition == self.primary.task_definition
        return self.of_primary(task) or same_code

    def holds_for_target(self, holder: Task, suspect: Task) -> bool:
        """Whether the holder stands for the PRIMARY side and the suspect does not."""
        if self.of_primary(holder):
            return not self.of_primary(suspect)
        return self.for_target(holder) and not self.for_target(suspect)

    def successors(self, contender: Task) -> tuple[Task, ...]:
        """Tasks of the contender's deployment on their way up."""
        return tuple(task for task in self.on_their_way if task.deployment_id == contender.deployment_id)

    def healthy(self, task: Task) -> bool:
        """Healthy as ECS counts it: its health check says so, or 40 s RUNNING where there is none."""
        definition = self.situation.definition_of(task)
        if definition is not None and definition.health_checked:
            return task.health is Health.HEALTHY
        ripe = timedelta(seconds=self.settings.healthy_without_check)
        started = task.started_at
        return (
            task.health is not Health.UNHEALTHY
            and started is not None
            and self.situation.observed_at - started >= ripe
        )


def _likely(spec: ContainerSpec, name: str) -> tuple[bool, bool, bool, bool]:
    """How likely a container is the one whose lock the service is about: an init container is not, nor one
    that can write nowhere beside others."""
    return spec.name == name, spec.shares, spec.essential, keeps_known_data(spec)


def _failed_at(task: Task) -> datetime:
    return task.failed_at or _LONG_AGO
