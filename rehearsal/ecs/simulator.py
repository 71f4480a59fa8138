"""The simulated ECS as one object: time goes in, API calls go in, observations come out."""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from rehearsal.ecs.api.clusters import ClusterOperations, DefinitionOperations
from rehearsal.ecs.api.common import Parts, existing_definition
from rehearsal.ecs.api.rollouts import RolloutOperations
from rehearsal.ecs.api.services import ServiceOperations
from rehearsal.ecs.api.tasks import TaskOperations
from rehearsal.ecs.errors import ApiError
from rehearsal.ecs.launching import Launcher, Sessions
from rehearsal.ecs.lifecycle import Lifecycle
from rehearsal.ecs.model import check_input, operation, own_copy
from rehearsal.ecs.observations import Listener
from rehearsal.ecs.options import ExecFault, SchedulerOptions
from rehearsal.ecs.records import ServiceRecord, TaskRecord
from rehearsal.ecs.rollout import Rollouts
from rehearsal.ecs.scheduler import RETIREMENT_REASON, Scheduler
from rehearsal.ecs.service_shapes import service_shape
from rehearsal.ecs.view import View
from rehearsal.ecs.world import ApiCall, World

_A_DAY_SECONDS = 86_400.0


class Simulator:
    """Pure and deterministic: the same seed, programs, calls and times give the same observations.

    No threads, sockets or real time. Not thread-safe: ``wire.EcsServer`` puts a lock around it.
    """

    def __init__(
        self,
        *,
        start: datetime,
        options: SchedulerOptions,
        launcher: Launcher,
        account: str = "000000000000",
        region: str = "us-east-1",
    ) -> None:
        self._over = False
        self._world = World(start=start, options=options, launcher=launcher, account=account, region=region)
        self._rollouts = Rollouts(self._world)
        self._lifecycle = Lifecycle(self._world, changed=lambda task: self._scheduler.task_changed(task))
        self._scheduler = Scheduler(self._world, self._lifecycle, self._rollouts)
        self._view = View(self._world)
        parts = Parts(self._world, self._view, self._scheduler, self._lifecycle, self._rollouts)
        self._services = ServiceOperations(parts)
        self._operations = _operations(
            ClusterOperations(parts),
            DefinitionOperations(parts),
            self._services,
            TaskOperations(parts),
            RolloutOperations(parts),
        )

    # time

    @property
    def now(self) -> datetime:
        """The time last advanced to."""
        return self._world.now

    def advance(self, now: datetime) -> None:
        """Let everything due up to ``now`` happen, in order of time, and ask all programs how they are.

        Advancing to the same time again, or back, changes nothing; nor does it once all is shut down.
        """
        if self._over:
            return
        self._world.run_until(now)
        self._lifecycle.agent.poll_everything()
        self._world.run_until(self._world.now)

    def next_due(self) -> datetime | None:
        """When something happens by itself next; what only polling can tell is not counted."""
        return self._world.next_due()

    # API

    def call(
        self, operation_name: str, params: Mapping[str, Any], *, caller: str | None = None
    ) -> dict[str, Any]:
        """One ECS API call at the time last advanced to; raises ApiError. Times in answers are datetimes."""
        world, error = self._world, None
        world.caller = caller
        try:
            return self._answer(operation_name, params)
        except ApiError as refusal:
            error = refusal.code
            raise
        finally:
            self.record_call(operation_name, params, error, caller)
            world.caller = None
            if world.after_each:
                world.after_each()
            world.run_until(world.now)

    def _answer(self, operation_name: str, params: Mapping[str, Any]) -> dict[str, Any]:
        operation(operation_name)
        check_input(operation_name, params)
        method = self._operations.get(operation_name)
        if method is None:
            raise ApiError(
                "UnsupportedFeatureException", f"The simulated ECS does not implement {operation_name}."
            )
        answer: dict[str, Any] = own_copy(method(params))
        return answer

    def record_call(
        self, operation_name: str, params: Mapping[str, Any], error: str | None, caller: str | None
    ) -> None:
        """Remember a call; the wire does so for those that it refuses itself."""
        self._world.call_counts[operation_name] += 1
        self._world.calls.append(ApiCall(self._world.now, operation_name, dict(params), error, caller))

    # levers

    def create_running_service(
        self, params: Mapping[str, Any], *, age_seconds: float = _A_DAY_SECONDS
    ) -> dict[str, Any]:
        """CreateService for a service whose deployment completed long ago: its tasks are RUNNING and healthy.

        Their programs start now. Nothing is sent or noted about the past. Availability Zone rebalancing,
        which is on by default for new services only, is off unless ``params`` say otherwise.
        """
        check_input("CreateService", params)
        service = self._services.register(params, rebalancing="DISABLED")
        world, definition = self._world, existing_definition(self._world, service.settings["taskDefinition"])
        deployment = self._rollouts.begin(service, definition, announce=False)
        past = world.now - timedelta(seconds=age_seconds)
        service.created_at = deployment.created_at = past
        rollout = service.rollouts[-1]
        rollout.created_at = past
        for _ in range(service.desired_count):
            self._lifecycle.start_running(service, deployment)
        self._rollouts.mark_complete(service)
        service.steady = True
        deployment.updated_at = rollout.updated_at = rollout.finished_at = past
        self._view.capture(past)
        self._scheduler.wake(service)
        world.run_until(world.now)
        return {"service": own_copy(service_shape(service, world.options))}

    def retire_task(self, task_arn: str, *, deadline_seconds: float | None = None) -> None:
        """AWS retires the host of a task: ECS replaces it within the service's percentages.

        After ``deadline_seconds`` the task is stopped whatever its replacement does.
        """
        task = self.task(task_arn)
        task.retiring = True
        self._world.note(f"task {task.id} (revision {task.revision}) is to be retired by AWS", task)
        self._scheduler.task_changed(task)
        if deadline_seconds is not None:
            self._world.after(
                deadline_seconds, lambda: self._lifecycle.stop(task, "TerminationNotice", RETIREMENT_REASON)
            )
        self._world.run_until(self._world.now)

    def make_unhealthy(self, task_arn: str) -> None:
        """From now on the task's health checks have failed; its programs run on and keep their locks."""
        task = self.task(task_arn)
        if task.alive and not task.forced_unhealthy:
            task.forced_unhealthy = True
            for container in task.containers:
                if container.essential:
                    container.health = "UNHEALTHY"
            self._lifecycle.health_changed(task)
            self._world.run_until(self._world.now)

    def open_sessions_with(self, sessions: Sessions) -> None:
        """From now on ExecuteCommand opens sessions here; without, it is not implemented."""
        self._world.sessions = sessions

    def break_exec(self, service: str, fault: ExecFault | None) -> None:
        """From now on ECS Exec has this fault in the tasks of a service; None: it works again."""
        self._world.exec_faults[service] = fault
        for task in self._world.tasks.values():
            if task.service == service:
                task.exec_fault = fault

    # for those who watch and judge

    def subscribe(self, listener: Listener) -> None:
        """Tell ``listener`` every observation from now on, from inside ``advance`` and ``call``."""
        self._world.subscribe(listener)

    def task(self, task_arn: str) -> TaskRecord:
        """The record of one task, to be read only; KeyError when there never was one of that ARN."""
        return self._world.tasks[task_arn]

    @property
    def options(self) -> SchedulerOptions:
        """How this ECS behaves."""
        return self._world.options

    def tasks(self) -> list[TaskRecord]:
        """The records of all tasks there ever were, oldest first; to be read only."""
        return list(self._world.tasks.values())

    def services(self) -> list[ServiceRecord]:
        """The records of all services; to be read only."""
        return list(self._world.services.values())

    @property
    def api_calls(self) -> Counter[str]:
        """How often each operation was called."""
        return self._world.call_counts

    @property
    def api_call_list(self) -> list[ApiCall]:
        """Every call in order."""
        return self._world.calls

    def shut_down(self) -> None:
        """Kill every program that still runs: for the end of a run with real processes.

        Time ends with it. A server may still ask for the present, and ECS would replace what was killed.
        """
        self._over = True
        for task in self._world.tasks.values():
            for container in task.containers:
                if container.program is not None and container.program.exit_code is None:
                    container.program.kill(self._world.now)


def _operations(*groups: object) -> dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]]:
    """Every public method named like an operation of the model: ``list_tasks`` is ListTasks."""
    found = {}
    for group in groups:
        for name in dir(group):
            title = "".join(part.capitalize() for part in name.split("_"))
            if not name.startswith("_") and name != "register":
                found[title] = getattr(group, name)
    return found
