"""Tasks."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from rehearsal.ecs.api.common import (
    Answer,
    Params,
    Parts,
    cluster_of,
    find_service,
    last,
    missing,
    page,
)
from rehearsal.ecs.errors import ApiError, invalid, service_not_found
from rehearsal.ecs.observations import StopCalled
from rehearsal.ecs.options import ExecFault, StopOfStopped
from rehearsal.ecs.records import ContainerRecord, TaskRecord
from rehearsal.ecs.shapes import present, tag_list, task_shape

_MOST_TASKS = 100
_LONGEST_REASON = 1024
_NO_EXEC = (
    "The execute command failed because execute command was not enabled when the task was run or the execute "
    "command agent isn't running. Wait and try again or run a new task with execute command enabled and try "
    "again."
)
_NOT_CONNECTED = "The execute command failed due to an internal error. Try again later."


class TaskOperations:
    """ListTasks, DescribeTasks, StopTask, ExecuteCommand, GetTaskProtection, UpdateTaskProtection."""

    def __init__(self, parts: Parts) -> None:
        self._world = parts.world
        self._view = parts.view
        self._lifecycle = parts.lifecycle

    def list_tasks(self, params: Params) -> Answer:
        """Tasks with desiredStatus RUNNING, or STOPPED if asked for; none is ever listed as PENDING."""
        cluster = cluster_of(self._world, params)
        wanted: dict[str, Any] = {"desiredStatus": params.get("desiredStatus", "RUNNING")}
        if "serviceName" in params:
            service = find_service(self._world, cluster, params["serviceName"])
            if service is None:
                raise service_not_found()
            wanted["group"] = f"service:{service.name}"
        wanted |= {key: params[key] for key in ("startedBy", "launchType") if key in params}
        family = params.get("family")
        found = [
            shape["taskArn"]
            for shape in self._view.tasks(cluster.arn)
            if all(shape.get(key) == value for key, value in wanted.items())
            and family in (None, last(shape["taskDefinitionArn"]).partition(":")[0])
        ]
        return page(found, params, "taskArns", 100)

    def describe_tasks(self, params: Params) -> Answer:
        cluster = cluster_of(self._world, params)
        if not 1 <= len(params["tasks"]) <= _MOST_TASKS:
            raise invalid(f"tasks must have between 1 and {_MOST_TASKS} items.")
        found, failures = [], []
        for reference in params["tasks"]:
            arn = self._arn(cluster.name, reference)
            shape = self._view.task(arn)
            if shape is None or shape["clusterArn"] != cluster.arn:
                failures.append(missing(arn))
                continue
            wants_tags = "TAGS" in params.get("include", [])
            tags = {"tags": tag_list(self._world.tasks[arn].tags)} if wants_tags else {"tags": []}
            found.append({**shape, **tags})
        return {"tasks": found, "failures": failures}

    def execute_command(self, params: Params) -> Answer:
        """A session in a container of a task that has ECS Exec, once its agent is connected. The refusals
        are worded as AWS words them."""
        cluster = cluster_of(self._world, params)
        if self._world.sessions is None:
            raise ApiError("UnsupportedFeatureException", "This simulated ECS opens no sessions.")
        if params.get("interactive") is not True:
            raise invalid("Interactive is the only mode supported currently.")
        task = self._world.tasks.get(self._arn(cluster.name, params["task"]))
        if task is None or task.cluster_arn != cluster.arn or self._view.expired(task):
            raise invalid("The referenced task was not found.")
        container = _container_for(task, params.get("container"))
        if not task.enable_execute_command or not container.running or _no_agent_runs(task):
            raise invalid(_NO_EXEC)
        connected = container.launched_at and self._world.now >= container.launched_at + timedelta(
            seconds=self._world.options.exec_connects_after_seconds
        )
        if not connected or task.exec_fault is ExecFault.NOT_CONNECTED:
            raise ApiError("TargetNotConnectedException", _NOT_CONNECTED)
        session = self._world.sessions.open(task, container, params["command"])
        return {
            "clusterArn": cluster.arn,
            "containerArn": container.arn,
            "containerName": container.name,
            "interactive": True,
            "session": session,
            "taskArn": task.arn,
        }

    def get_task_protection(self, params: Params) -> Answer:
        """Of the service's live tasks; others are failures."""
        return self._protection(params, lambda _: None)

    def update_task_protection(self, params: Params) -> Answer:
        """Protection lasts two hours unless the caller says otherwise."""
        minutes = params.get("expiresInMinutes", 120) if params["protectionEnabled"] else 0
        until = self._world.now + timedelta(minutes=minutes)

        def protect(task: TaskRecord) -> None:
            task.protected_until = until

        return self._protection(params, protect)

    def _protection(self, params: Params, change: Callable[[TaskRecord], None]) -> Answer:
        cluster = cluster_of(self._world, params)
        found, failures = [], []
        for reference in params.get("tasks", []):
            arn = self._arn(cluster.name, reference)
            task = self._world.tasks.get(arn)
            if task is None or task.desired_status != "RUNNING":
                failures.append(missing(arn))
                continue
            change(task)
            until = task.protected_until
            protected = until is not None and until > self._world.now
            found.append(
                present(taskArn=arn, protectionEnabled=protected, expirationDate=until if protected else None)
            )
        return {"protectedTasks": found, "failures": failures}

    def stop_task(self, params: Params) -> Answer:
        cluster = cluster_of(self._world, params)
        arn = self._arn(cluster.name, params["task"])
        task = self._world.tasks.get(arn)
        if task is None or task.cluster_arn != cluster.arn or self._view.expired(task):
            raise invalid("The referenced task was not found.")
        reason = params.get("reason")
        if reason and len(reason) > _LONGEST_REASON:
            raise invalid(f"reason must not be longer than {_LONGEST_REASON} characters.")
        if task.last_status == "STOPPED" and self._world.options.stop_of_stopped is StopOfStopped.ERROR:
            raise invalid("The referenced task was not found.")
        if task.desired_status == "RUNNING":
            self._world.tell(StopCalled(self._world.now, arn, reason, self._world.caller))
            self._world.note(f"StopTask was called for task {task.id} (revision {task.revision})", task)
            self._lifecycle.stop(task, "UserInitiated", reason or "Task stopped by user")
        return {"task": {**task_shape(task), "tags": []}}

    def _arn(self, cluster: str, reference: str) -> str:
        return (
            reference
            if reference.startswith("arn:")
            else self._world.arn("task", f"{cluster}/{last(reference)}")
        )


def _container_for(task: TaskRecord, name: str | None) -> ContainerRecord:
    """The container by name; without one, the only one there is."""
    found = [item for item in task.containers if name in (None, item.name)]
    if len(found) != 1:
        raise invalid(
            "Container name is required for a task with several containers."
            if found
            else "No such container."
        )
    return found[0]


def _no_agent_runs(task: TaskRecord) -> bool:
    fault = task.exec_fault
    return fault is ExecFault.AGENT_STOPPED or (fault is not None and fault.without_agent)
