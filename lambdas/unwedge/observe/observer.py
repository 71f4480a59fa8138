"""Observe: AWS reads, as few as the decision needs, into one immutable situation."""

from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from unwedge.decide.participants import Participants
from unwedge.decide.signatures import find_evidence
from unwedge.model.incident import Incident
from unwedge.model.log import ContainerLog
from unwedge.model.service import Rollout, Service, Task
from unwedge.model.settings import Settings
from unwedge.model.situation import OutsideHolder, Scope, Situation
from unwedge.model.task_definition import TaskDefinition
from unwedge.observe import parse
from unwedge.observe.logstream import read_log
from unwedge.observe.reads import ReadError, read, read_all, understood

if TYPE_CHECKING:
    from types_boto3_ecs import ECSClient
    from types_boto3_logs import CloudWatchLogsClient

_DESCRIBE_AT_MOST = 100  # DescribeTasks takes 100 ARNs
_ENDED_TASKS_KEPT = 20
_OUTSIDE_DEFINITIONS = 25
_CREATED_TOGETHER = timedelta(minutes=5)
_NOT_THERE = frozenset({"ClusterNotFoundException", "ServiceNotFoundException", "ServiceNotActiveException"})


class QuickCheckResult(StrEnum):
    """What a glance sees. COMING: a successor is PROVISIONING, so the next glance should be soon."""

    UNCHANGED = "unchanged"
    COMING = "coming"
    CHANGED = "changed"


class Observer:
    """Reads ECS and CloudWatch Logs. Task definitions never change, so those once read are kept."""

    def __init__(self, ecs: "ECSClient", logs: "CloudWatchLogsClient", settings: Settings) -> None:
        self._ecs = ecs
        self._logs = logs
        self._settings = settings
        self._definitions: dict[str, TaskDefinition] = {}

    def service(self, cluster: str, name: str, incident: Incident | None, now: datetime) -> Situation:
        """One call: the service, its deployments and its tags. No call for a cluster we do not watch."""
        situation = Situation(now, cluster, name, Scope.SERVICE, incident=incident)
        if not self._settings.watches(cluster):
            return situation
        try:
            return replace(situation, service=self._describe_service(cluster, name))
        except ReadError as error:
            return replace(situation, failures=(error.failure,))

    def read_more(self, situation: Situation, hint: Task | None) -> Situation:
        """The next more complete situation: first only the failure that a signal hints at, then all of it.

        Most crashes are no lock failures, and their own log says so in two calls.
        """
        try:
            if situation.scope is Scope.SERVICE and hint is not None and situation.incident is None:
                return self._failure(situation, hint)
            return self._full(situation)
        except ReadError as error:
            return replace(situation, scope=Scope.FULL, failures=(error.failure,))

    def refresh(self, situation: Situation, tasks: tuple[str, ...], now: datetime) -> Situation:
        """The decisive facts once more, just before acting: the service, these tasks, and the rollout, whose
        being taken back shows nowhere else for some seconds. Raises ReadError."""
        service = self._describe_service(situation.cluster_arn, situation.service_name)
        fresh = {task.arn: task for task in self._describe_tasks(situation.cluster_arn, list(tasks))}
        merged = tuple(fresh.get(task.arn, task) for task in situation.tasks)
        situation = replace(situation, observed_at=now, service=service, tasks=merged)
        return replace(situation, rollout=self._rollout(situation))

    def quick_check(self, cluster: str, name: str, holder: str) -> QuickCheckResult:
        """A glance while waiting for a successor: does the holder still run, and is anything on its way?

        One call while nothing is on its way, two when something is. Any doubt, errors included, is a change.
        """
        try:
            running = self._list_tasks(cluster, name, "RUNNING")
            others = [arn for arn in running if arn != holder]
            if holder not in running:
                return QuickCheckResult.CHANGED
            tasks = self._describe_tasks(cluster, others) if others else []
        except ReadError:
            return QuickCheckResult.CHANGED
        if not others:
            return QuickCheckResult.UNCHANGED
        coming = all(task.last_status == "PROVISIONING" for task in tasks)
        return QuickCheckResult.COMING if coming else QuickCheckResult.CHANGED

    def _failure(self, situation: Situation, hint: Task) -> Situation:
        definitions, logs = self._explain(hint)
        return replace(situation, scope=Scope.FAILURE, tasks=(hint,), task_definitions=definitions, logs=logs)

    def _full(self, situation: Situation) -> Situation:
        situation = replace(situation, scope=Scope.FULL, tasks=self._tasks(situation))
        participants = Participants(situation, self._settings)
        for writer in participants.writers:
            situation = _with(situation, self._definition(writer.task_definition))
        if not participants.suspects:
            return situation
        if participants.holder and participants.holds_for_target(
            participants.holder, participants.suspects[0]
        ):
            return situation
        situation = self._explained(situation, participants.suspects)
        participants = Participants(situation, self._settings)
        if participants.suspect is None or find_evidence(situation.logs_of(participants.suspect)) is None:
            return situation
        return replace(
            situation, rollout=self._rollout(situation), outside=self._outside(situation, participants)
        )

    def _explained(self, situation: Situation, suspects: tuple[Task, ...]) -> Situation:
        """The logs of the suspects, one after the other, until one says why its task failed."""
        for task in suspects:
            situation = _with(situation, self._definition(task.task_definition))
            if not situation.logs_of(task):
                situation = replace(situation, logs=(*situation.logs, *self._explain(task)[1]))
            if Participants(situation, self._settings).explained(task):
                break
        return situation

    def _describe_service(self, cluster: str, name: str) -> Service | None:
        try:
            answer = read(
                "ecs:DescribeServices",
                self._ecs.describe_services,
                cluster=cluster,
                services=[name],
                include=["TAGS"],
            )
        except ReadError as error:
            if error.failure.code in _NOT_THERE:
                return None
            raise
        found = answer.get("services", [])
        return understood("ecs:DescribeServices", parse.service, found[0]) if found else None

    def _list_tasks(self, cluster: str, service: str | None, desired: str) -> list[str]:
        params: dict[str, Any] = {"cluster": cluster, "desiredStatus": desired}
        if service:
            params["serviceName"] = service
        return read_all("ecs:ListTasks", self._ecs.list_tasks, "taskArns", **params)

    def _describe_tasks(self, cluster: str, arns: list[str]) -> list[Task]:
        found: list[Task] = []
        for start in range(0, len(arns), _DESCRIBE_AT_MOST):
            part = arns[start : start + _DESCRIBE_AT_MOST]
            answer = read("ecs:DescribeTasks", self._ecs.describe_tasks, cluster=cluster, tasks=part)
            found += [task for item in answer.get("tasks", []) if (task := parse.task(item))]
        return found

    def _tasks(self, situation: Situation) -> tuple[Task, ...]:
        """All live tasks and the newest that ended. A stopping task that still holds the lock is listed
        only with desiredStatus STOPPED, so both lists are needed. Lists may lag behind the event that told
        of a task, so that one is asked for in any case.

        Where the contender is known, and one task has outlived the moment in which contenders die, that one
        has the lock and no stopping task can: the second list would tell nothing.
        """
        cluster, name = situation.cluster_arn, situation.service_name
        told = [task.arn for task in situation.tasks]
        arns = self._list_tasks(cluster, name, "RUNNING") + told
        tasks = None
        if find_evidence(situation.logs):
            tasks = self._describe_tasks(cluster, list(dict.fromkeys(arns)))
            if Participants(replace(situation, tasks=tuple(tasks)), self._settings).holder is None:
                tasks = None
        if tasks is None:
            arns += self._list_tasks(cluster, name, "STOPPED")
            tasks = self._describe_tasks(cluster, list(dict.fromkeys(arns)))
        stops = situation.incident.stops if situation.incident else ()
        ours = {stop.task_arn for stop in stops}
        live = [task for task in tasks if task.may_hold_lock or task.on_its_way or task.arn in ours]
        ended = [task for task in tasks if task not in live and task.failed_at]
        ended.sort(key=lambda task: task.failed_at or situation.observed_at, reverse=True)
        return tuple(sorted(live + ended[:_ENDED_TASKS_KEPT], key=lambda task: task.arn))

    def _definition(self, arn: str) -> TaskDefinition:
        if arn not in self._definitions:
            answer = read(
                "ecs:DescribeTaskDefinition", self._ecs.describe_task_definition, taskDefinition=arn
            )
            call, found = "ecs:DescribeTaskDefinition", answer["taskDefinition"]
            self._definitions[arn] = understood(call, parse.task_definition, found)
        return self._definitions[arn]

    def _explain(self, task: Task) -> tuple[tuple[TaskDefinition, ...], tuple[ContainerLog, ...]]:
        """The task's own definition and the newest lines of its failed essential containers."""
        definition = self._definition(task.task_definition)
        failed = [container.name for container in task.containers if container.exit_code not in (None, 0)]
        specs = [spec for spec in definition.containers if spec.essential and spec.name in failed]
        return (definition,), tuple(read_log(self._logs, task, spec) for spec in specs)

    def _rollout(self, situation: Situation) -> Rollout | None:
        """The newest service deployment. A rollback has a deployment of its own but no service deployment:
        its status stands in the one of the deployment that is taken back, so all are asked for that any
        listed deployment can be of."""
        deployments = situation.service.deployments if situation.service else ()
        created = [item.created_at for item in deployments if item.created_at]
        params: dict[str, Any] = {"cluster": situation.cluster_arn, "service": situation.service_name}
        if created:
            # A deployment and its service deployment are created together; long before is history.
            params["createdAt"] = {"after": min(created) - _CREATED_TOGETHER}
        found = read_all(
            "ecs:ListServiceDeployments", self._ecs.list_service_deployments, "serviceDeployments", **params
        )
        newest = max(found, key=lambda item: item["createdAt"], default=None)
        return Rollout(newest["serviceDeploymentArn"], newest["status"]) if newest else None

    def _outside(self, situation: Situation, participants: Participants) -> tuple[OutsideHolder, ...]:
        """Tasks of other services on the contender's volume. Looked for only where the service's own tasks
        cannot explain the lock; where the cluster cannot be read, none are known."""
        contender = participants.suspect
        definition = situation.definition_of(contender) if contender else None
        if contender is None or definition is None or participants.stopping or participants.on_trial:
            return ()
        own = participants.holder and situation.definition_of(participants.holder)
        if len(participants.writers) > 1 or (own and own.volumes == definition.volumes):
            return ()
        try:
            return tuple(self._neighbours(situation, definition.volumes))
        except ReadError:
            return ()

    def _neighbours(self, situation: Situation, volumes: frozenset[str]) -> list[OutsideHolder]:
        arns = self._list_tasks(situation.cluster_arn, None, "RUNNING")[:_DESCRIBE_AT_MOST]
        own = f"service:{situation.service_name}"
        answer = read(
            "ecs:DescribeTasks", self._ecs.describe_tasks, cluster=situation.cluster_arn, tasks=arns
        )
        others = [item for item in answer.get("tasks", []) if item.get("group") != own]
        names = list(dict.fromkeys(item["taskDefinitionArn"] for item in others))[:_OUTSIDE_DEFINITIONS]
        found = []
        for item in others:
            if item["taskDefinitionArn"] in names and item.get("lastStatus") == "RUNNING":
                shared = sorted(self._definition(item["taskDefinitionArn"]).volumes & volumes)
                if shared:
                    found.append(OutsideHolder(item["taskArn"], item.get("group", "no service"), shared[0]))
        return found


def _with(situation: Situation, definition: TaskDefinition) -> Situation:
    """The situation with this task definition, once."""
    if definition in situation.task_definitions:
        return situation
    return replace(situation, task_definitions=(*situation.task_definitions, definition))
