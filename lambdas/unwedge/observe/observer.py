"""Observe: AWS reads, as few as the decision needs, into one immutable situation."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from unwedge.decide.grips import takers
from unwedge.decide.participants import Participants
from unwedge.model.incident import Incident
from unwedge.model.log import ContainerLog
from unwedge.model.service import Task
from unwedge.model.settings import Settings
from unwedge.model.situation import Scope, Situation
from unwedge.observe.balancers import Balancers
from unwedge.observe.ecs import EcsReads
from unwedge.observe.logstream import read_log, read_start
from unwedge.observe.neighbours import neighbours_of
from unwedge.observe.reads import ReadError

if TYPE_CHECKING:
    from types_boto3_ecs import ECSClient
    from types_boto3_logs import CloudWatchLogsClient

_ENDED_TASKS_KEPT = 20
_STARTS_READ = 4


class QuickCheckResult(StrEnum):
    """What a quick check sees. COMING: a successor is PROVISIONING, so the next check should be soon."""

    UNCHANGED = "unchanged"
    COMING = "coming"
    CHANGED = "changed"


class Observer:
    """Reads ECS and CloudWatch Logs."""

    def __init__(
        self,
        ecs: "ECSClient",
        logs: "CloudWatchLogsClient",
        settings: Settings,
        balancers: Callable[[], Any] | None = None,
    ) -> None:
        """`balancers` makes the client of Elastic Load Balancing, for the first service that has any."""
        self._balancers = Balancers(balancers) if balancers else None
        self._ecs = EcsReads(ecs)
        self._logs = logs
        self._settings = settings

    def service(self, cluster: str, name: str, incident: Incident | None, now: datetime) -> Situation:
        """One call: the service, its deployments and its tags. No call for a cluster we do not watch."""
        situation = Situation(now, cluster, name, Scope.SERVICE, incident=incident)
        if not self._settings.watches(cluster):
            return situation
        try:
            return replace(situation, service=self._ecs.service(cluster, name))
        except ReadError as error:
            return replace(situation, failures=(error.failure,))

    def read_more(self, situation: Situation, hint: Task | None) -> Situation:
        """The next more complete situation: first only the failure that a signal hints at, then all of it.

        Most crashes are no lock failures, and their own log says so in two calls.
        """
        try:
            if situation.scope is Scope.SERVICE and hint and hint.failed and situation.incident is None:
                return self._failure(situation, hint)
            return self._full(situation)
        except ReadError as error:
            return replace(situation, scope=Scope.FULL, failures=(error.failure,))

    def refresh(self, situation: Situation, tasks: tuple[str, ...], now: datetime) -> Situation:
        """The decisive facts once more, just before acting: the service, these tasks, and the rollout, whose
        being taken back shows nowhere else for some seconds. Raises ReadError."""
        cluster, name = situation.cluster_arn, situation.service_name
        service = self._ecs.service(cluster, name)
        fresh = {task.arn: task for task in self._ecs.tasks(cluster, list(tasks))}
        merged = tuple(fresh.get(task.arn, task) for task in situation.tasks)
        rollout = self._ecs.rollout(cluster, name, service)
        protected = self._ecs.protected(cluster, [task.arn for task in fresh.values() if _lives(task)])
        return replace(
            situation, observed_at=now, service=service, tasks=merged, rollout=rollout, protected=protected
        )

    def quick_check(self, cluster: str, name: str, holder: str) -> QuickCheckResult:
        """A quick check while waiting for a successor: does the holder still run, and is anything on its way?

        One call while nothing is on its way, two when something is. Any doubt, errors included, is a change.
        """
        try:
            running = self._ecs.list_tasks(cluster, name, "RUNNING")
            others = [arn for arn in running if arn != holder]
            if holder not in running:
                return QuickCheckResult.CHANGED
            tasks = self._ecs.tasks(cluster, others) if others else []
        except ReadError:
            return QuickCheckResult.CHANGED
        if not others:
            return QuickCheckResult.UNCHANGED
        coming = all(task.last_status == "PROVISIONING" for task in tasks)
        return QuickCheckResult.COMING if coming else QuickCheckResult.CHANGED

    def _failure(self, situation: Situation, hint: Task) -> Situation:
        situation = replace(situation, scope=Scope.FAILURE, tasks=(hint,))
        return self._explained(situation, (hint,))

    def _full(self, situation: Situation) -> Situation:
        situation = replace(situation, scope=Scope.FULL, tasks=self._tasks(situation))
        participants = Participants(situation, self._settings)
        situation = self._with(situation, *(task.task_definition for task in situation.tasks))
        if not participants.suspects and situation.incident is None:
            return situation
        if self._balancers:
            situation = replace(situation, deregistration=self._balancers.deregistration(situation.service))
        situation = self._started(situation)
        participants = Participants(situation, self._settings)
        if not participants.suspects:
            return situation
        if participants.holder and participants.holds_for_target(
            participants.holder, participants.suspects[0]
        ):
            return situation
        situation = self._explained(situation, participants.suspects)
        participants = Participants(situation, self._settings)
        if participants.evidence is None or participants.table is None:
            return situation
        cluster, name, service = situation.cluster_arn, situation.service_name, situation.service
        own = {task.arn for task in situation.tasks}
        others = neighbours_of(self._ecs, cluster, own, participants.table.reference)
        rollout = self._ecs.rollout(cluster, name, service)
        holder = participants.holder
        return replace(
            situation,
            rollout=rollout,
            outside=others.found,
            outside_unread=others.unread,
            protected=self._ecs.protected(cluster, [holder.arn] if holder and _lives(holder) else []),
        )

    def _explained(self, situation: Situation, suspects: tuple[Task, ...]) -> Situation:
        """The logs of the suspects, one after the other, until one says why its task failed."""
        for task in suspects:
            situation = self._with(situation, task.task_definition)
            if not situation.logs_of(task):
                situation = replace(situation, logs=(*situation.logs, *self._ends(situation, task)))
            if Participants(situation, self._settings).explained(task):
                break
        return situation

    def _ends(self, situation: Situation, task: Task) -> tuple[ContainerLog, ...]:
        """The newest lines of the task's failed essential containers."""
        definition = situation.definition_of(task)
        failed = [container.name for container in task.containers if container.exit_code not in (None, 0)]
        specs = definition.containers if definition else ()
        wanted = [spec for spec in specs if spec.essential and spec.name in failed]
        if situation.incident is None:
            # Only what could wedge is read: the log of another failure is nobody's business here.
            wanted = [spec for spec in wanted if spec.shares]
        return tuple(read_log(self._logs, task, spec) for spec in wanted)

    def _started(self, situation: Situation) -> Situation:
        """The first lines of running tasks, where nothing else says which one holds the lock: there the
        program says that it opened its store."""
        participants = Participants(situation, self._settings)
        doubtful = participants.undecided if participants.undecided else participants.holding[1:]
        if not doubtful:
            return situation
        running = [task for task in participants.running if not situation.logs_of(task)]
        running.sort(key=lambda task: task.started_at or situation.observed_at, reverse=True)
        incident = situation.incident
        for task in running[:_STARTS_READ]:
            definition = situation.definition_of(task)
            specs = (
                takers(definition.containers, incident.container if incident else "") if definition else ()
            )
            logs = tuple(read_start(self._logs, task, spec) for spec in specs[:1])
            situation = replace(situation, logs=(*situation.logs, *logs))
        return situation

    def _with(self, situation: Situation, *arns: str) -> Situation:
        """The situation with these task definitions, each once."""
        known = {definition.arn: definition for definition in situation.task_definitions}
        for arn in dict.fromkeys(arns):
            known.setdefault(arn, self._ecs.definition(arn))
        return replace(situation, task_definitions=self._ecs.compared(tuple(known.values())))

    def _tasks(self, situation: Situation) -> tuple[Task, ...]:
        """All live tasks and the newest that ended. A stopping task that still holds the lock is listed
        only with desiredStatus STOPPED, so both lists are needed. The task of an event counts only once ECS
        lists it: whoever may run a task can give it the group and the startedBy of another's service."""
        cluster, name = situation.cluster_arn, situation.service_name
        listed = [self._ecs.list_tasks(cluster, name, desired) for desired in ("RUNNING", "STOPPED")]
        tasks = self._ecs.tasks(cluster, list(dict.fromkeys([*listed[0], *listed[1]])))
        stops = situation.incident.stops if situation.incident else ()
        ours = {stop.task_arn for stop in stops}
        live = [task for task in tasks if task.may_hold_lock or task.on_its_way or task.arn in ours]
        ended = [task for task in tasks if task not in live and task.failed_at]
        ended.sort(key=lambda task: task.failed_at or situation.observed_at, reverse=True)
        return tuple(sorted(live + ended[:_ENDED_TASKS_KEPT], key=lambda task: task.arn))


def _lives(task: Task) -> bool:
    """ECS tells of protection only for tasks that it wants."""
    return task.desired_status == "RUNNING" and task.may_hold_lock
