"""Who is who in a situation: target deployment, writers, holder, suspect and successor.

Pure reading of a situation, shared by `decide`, which judges the roles, and by `observe`, which needs to
know whose log stream and task definitions to read.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property

from unwedge.decide.signatures import find_evidence
from unwedge.model.incident import Stop, StopState
from unwedge.model.log import LogStatus
from unwedge.model.service import Deployment, Health, Task
from unwedge.model.settings import Settings
from unwedge.model.situation import Situation

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Participants:
    """The parts that the tasks of one situation play."""

    situation: Situation
    settings: Settings

    @cached_property
    def primary(self) -> Deployment | None:
        """The PRIMARY deployment: the target."""
        return self.situation.service.primary if self.situation.service else None

    @cached_property
    def stopping(self) -> tuple[Task, ...]:
        """Tasks asked to stop that may still hold the lock."""
        return tuple(task for task in self.situation.tasks if task.stopping)

    @cached_property
    def on_trial(self) -> tuple[Task, ...]:
        """Tasks that started moments ago: they have reached for the lock, and the outcome is not known.

        A program that cannot take the lock exits within milliseconds, but ECS shows its task as RUNNING for
        some seconds more.
        """
        return tuple(task for task in self._running if self._young(task))

    @cached_property
    def writers(self) -> tuple[Task, ...]:
        """Running tasks that have outlived the moment in which a contender dies: they hold a lock."""
        return tuple(task for task in self._running if not self._young(task))

    @cached_property
    def holder(self) -> Task | None:
        """The one writer, when there is exactly one."""
        return self.writers[0] if len(self.writers) == 1 else None

    @cached_property
    def on_their_way(self) -> tuple[Task, ...]:
        """Tasks of any deployment that have not started a container yet."""
        return tuple(task for task in self.situation.tasks if task.on_its_way)

    @cached_property
    def last_stop(self) -> Stop | None:
        """The newest stop of the open incident."""
        incident = self.situation.incident
        return incident.stops[-1] if incident and incident.stops else None

    @cached_property
    def suspects(self) -> tuple[Task, ...]:
        """Failures to be explained, those of the PRIMARY deployment first, the newest first; at most three.

        A failure from before the present writer started, or from before the stop that we last sent, is over
        and explains nothing. In a fast crash loop the newest failure is always too young for late log lines,
        so older ones are looked at beside it: one from within the patience, one from beyond.
        """
        over = max((task.started_at or _LONG_AGO for task in self.writers), default=_LONG_AGO)
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
        """The newest failure that its own log explains; the newest of all where none is explained (yet)."""
        explained = (task for task in self.suspects if self.explained(task))
        return next(explained, self.suspects[0] if self.suspects else None)

    def explained(self, task: Task) -> bool:
        """Whether the task's own log says why it failed, and no line that could change that is still due."""
        logs = self.situation.logs_of(task)
        if find_evidence(logs):
            return True
        if not any(log.status is LogStatus.READ and log.lines for log in logs):
            return False
        missing = any(log.status in (LogStatus.EMPTY, LogStatus.MISSING) for log in logs)
        # With an incident open, the first lines of a start must not pass for all of them.
        partial = self.situation.incident is not None and self.age(task) < self.settings.last_lines
        return not partial and not (missing and self.age(task) < self.settings.evidence_patience)

    def age(self, task: Task) -> float:
        """Seconds since the task failed; 0 when that is unknown or, by clock skew, ahead."""
        if task.failed_at is None:
            return 0.0
        return max(0.0, (self.situation.observed_at - task.failed_at).total_seconds())

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

    @property
    def _running(self) -> tuple[Task, ...]:
        return tuple(
            task for task in self.situation.tasks if task.desired_status == "RUNNING" and task.may_hold_lock
        )

    def _young(self, task: Task) -> bool:
        if task.health is Health.HEALTHY:
            return False
        if task.started_at is None:
            return True
        return self.situation.observed_at - task.started_at < timedelta(seconds=self.settings.trial)


def _failed_at(task: Task) -> datetime:
    return task.failed_at or _LONG_AGO
