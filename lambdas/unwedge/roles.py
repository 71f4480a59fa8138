"""Who is who in a situation: target deployment, writers, holder, suspect and successor.

Pure reading of a situation, shared by `decide`, which judges the roles, and by `observe`, which needs to
know whose log stream and task definitions to read.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property

from unwedge.policy import Policy
from unwedge.situation import Deployment, Health, Situation, Stop, StopState, Task

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Roles:
    """The parts that the tasks of one situation play."""

    situation: Situation
    policy: Policy

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
    def suspect(self) -> Task | None:
        """The task whose failure is to be explained: a contender, if its own log says so.

        The newest failure, those of the PRIMARY deployment first. A failure from before the present writer
        started, or from before the stop that we last sent, is over and explains nothing.
        """
        over = max((task.started_at or _LONG_AGO for task in self.writers), default=_LONG_AGO)
        if self.last_stop and self.last_stop.state is StopState.SENT:
            over = max(over, self.last_stop.claimed_at)
        failed = [task for task in self.situation.tasks if task.failed and _failed_at(task) > over]
        return max(failed, key=lambda task: (self.of_primary(task), _failed_at(task)), default=None)

    def of_primary(self, task: Task) -> bool:
        """Whether the task belongs to the PRIMARY deployment."""
        return self.primary is not None and task.deployment_id == self.primary.id

    def holds_for_primary(self, holder: Task, suspect: Task) -> bool:
        """Whether the holder stands for the PRIMARY side and the suspect does not.

        After a rollback the old revision is the target again, possibly under a new deployment id, so a
        holder that runs the target's task definition counts as the target's when the suspect does not.
        """
        if self.primary is None or self.of_primary(suspect):
            return False
        target = self.primary.task_definition
        same_code = holder.task_definition == target and suspect.task_definition != target
        return self.of_primary(holder) or same_code

    def successors(self, contender: Task) -> tuple[Task, ...]:
        """Tasks of the contender's deployment on their way up."""
        return tuple(task for task in self.on_their_way if task.deployment_id == contender.deployment_id)

    def healthy(self, task: Task) -> bool:
        """Healthy as ECS counts it: its health check says so, or 40 s RUNNING where there is none."""
        definition = self.situation.definition_of(task)
        if definition is not None and definition.health_checked:
            return task.health is Health.HEALTHY
        ripe = timedelta(seconds=self.policy.healthy_without_check)
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
        return self.situation.observed_at - task.started_at < timedelta(seconds=self.policy.trial)


def _failed_at(task: Task) -> datetime:
    return task.failed_at or _LONG_AGO
