"""The rolling-update scheduler: compares a service with its wish and starts or stops tasks.

maximumPercent counts RUNNING and PENDING tasks, those still provisioning included. A new task is started
beside the old ones while that leaves room; an old one is stopped once enough others are healthy.
"""

from datetime import timedelta

from rehearsal.ecs.events import service_action, service_message
from rehearsal.ecs.lifecycle import Lifecycle
from rehearsal.ecs.options import Replacement, Throttling
from rehearsal.ecs.records import DeploymentRecord, ServiceRecord, TaskRecord
from rehearsal.ecs.rollout import Rollouts
from rehearsal.ecs.world import World

_FIRST_BACKOFF_SECONDS = 10.0
_LONGEST_BACKOFF_SECONDS = 27 * 60.0
_IMPAIRED_AFTER_FAILURES = 3
_SHORTEST_ROLLOUT = timedelta(seconds=15)  # also of a rollback onto tasks that still run
_BY_ITSELF = frozenset({"EssentialContainerExited", "TaskFailedToStart"})
_DEPLOYMENT_STOP = "Scaling activity initiated by (deployment {id})"
_UNHEALTHY_REASON = "Task failed container health checks"
RETIREMENT_REASON = "ECS is performing maintenance on the underlying infrastructure hosting the task."


class Scheduler:
    """Reconciles one service at a time; called whenever something about it changed."""

    def __init__(self, world: World, lifecycle: Lifecycle, rollouts: Rollouts) -> None:
        self._world = world
        self._lifecycle = lifecycle
        self._rollouts = rollouts
        self._dirty: set[str] = set()

    def wake(self, service: ServiceRecord) -> None:
        """Reconcile the service at the present time, once, after what is going on right now."""
        if service.arn not in self._dirty:
            self._dirty.add(service.arn)
            self._world.at(self._world.now, lambda: self._reconcile(service))

    def task_changed(self, task: TaskRecord) -> None:
        """Account for a task's change and wake its service."""
        service = self._world.service_of(task)
        deployment = service.deployment(task.deployment_id)
        if deployment is not None:
            self._account(service, deployment, task)
        self.wake(service)

    # accounting

    def _account(self, service: ServiceRecord, deployment: DeploymentRecord, task: TaskRecord) -> None:
        """Count a failure once, and plan the replacement of a task that is going once."""
        if self._lifecycle.is_healthy(task):
            service.start_failures.pop(task.definition.arn, None)
        sick = task.alive and task.health == "UNHEALTHY"
        ending = task.desired_status == "STOPPED"
        if not task.failure_counted and (sick or task.stop_code in _BY_ITSELF):
            task.failure_counted = True
            self._count_failure(service, deployment, task, sick)
        if ending and not task.end_counted:
            task.end_counted = True
            if task.stop_code != "ServiceSchedulerInitiated":
                self._plan_replacement(service, deployment, task)

    def _count_failure(
        self, service: ServiceRecord, deployment: DeploymentRecord, task: TaskRecord, sick: bool
    ) -> None:
        deployment.failed_tasks += 1
        never_ran = task.started_at is None
        if never_ran or sick or self._world.options.failures_count_towards_breaker:
            deployment.breaker_failures += 1
        if not sick:
            key = task.definition.arn
            service.start_failures[key] = service.start_failures.get(key, 0) + 1
        if deployment is service.primary and deployment.rollout_state == "IN_PROGRESS":
            self._rollouts.trip_breaker(service)

    def _plan_replacement(
        self, service: ServiceRecord, deployment: DeploymentRecord, task: TaskRecord
    ) -> None:
        options, failures = self._world.options, service.start_failures.get(task.definition.arn, 0)
        delay = options.replacement_delay_seconds
        if options.throttling is Throttling.BACKOFF and failures and task.stop_code in _BY_ITSELF:
            delay = min(_FIRST_BACKOFF_SECONDS * 2 ** min(failures - 1, 10), _LONGEST_BACKOFF_SECONDS)
            self._world.note(f"the next start of revision {task.revision} waits {delay:.0f} s (throttled)")
            if failures == _IMPAIRED_AFTER_FAILURES:
                service_message(self._world, service, "is unable to consistently start tasks successfully.")
                service_action(self._world, service, "WARN", "SERVICE_TASK_START_IMPAIRED")
        if deployment.status == "ACTIVE" and options.replacement is Replacement.NEWEST_REVISION:
            # the PRIMARY deployment makes up for it
            deployment.target = max(0, deployment.target - 1)
            return
        deployment.not_before = self._world.now + timedelta(seconds=delay)
        self._world.at(deployment.not_before, lambda: self.wake(service))

    # reconciling

    def _reconcile(self, service: ServiceRecord) -> None:
        self._dirty.discard(service.arn)
        if service.status != "ACTIVE":
            self._drain(service)
            return
        primary = service.primary
        if not primary.frozen:
            primary.target = service.desired_count
        self._retreat(service, primary)
        for deployment in (*service.older, primary):
            self._stop_surplus(service, deployment)
            self._start_missing(service, deployment)
        self._conclude(service, primary)

    def _drain(self, service: ServiceRecord) -> None:
        for task in service.tasks:
            self._lifecycle.stop(
                task, "ServiceSchedulerInitiated", _DEPLOYMENT_STOP.format(id=task.started_by)
            )
        if not service.tasks and service.status == "DRAINING":
            service.status = "INACTIVE"
            self._world.note(f"service {service.name} is INACTIVE")

    def _retreat(self, service: ServiceRecord, primary: DeploymentRecord) -> None:
        """Let older deployments keep only what the healthy tasks of the new one do not cover yet."""
        if primary.frozen:
            return
        needed = max(0, service.minimum_healthy - self._healthy(service, primary))
        for deployment in sorted(service.older, key=lambda item: -self._healthy(service, item)):
            if not deployment.frozen:
                deployment.target = min(deployment.target, needed)
            needed = max(0, needed - deployment.target)

    def _healthy(self, service: ServiceRecord, deployment: DeploymentRecord) -> int:
        return sum(self._lifecycle.is_healthy(task) for task in service.tasks_of(deployment))

    def _stop_surplus(self, service: ServiceRecord, deployment: DeploymentRecord) -> None:
        alive = [task for task in service.tasks_of(deployment) if task.alive]
        surplus = len(alive) - deployment.target
        if surplus <= 0:
            return
        sound = [task for task in alive if not _condemned(task)]
        # A replacement has started beside a condemned task: wait until it is healthy.
        ready = sum(self._lifecycle.is_healthy(task) for task in sound) >= deployment.target
        candidates = [task for task in alive if _condemned(task)] if ready or not sound else []
        if len(sound) > deployment.target:
            # unhealthy and unfinished ones first, then the youngest
            spare = sorted(sound, key=lambda task: (self._lifecycle.is_healthy(task), -_age(task)))
            candidates += spare[: len(sound) - deployment.target]
        if deployment.target == 0:
            candidates = alive
        for task in candidates[:surplus]:
            self._scheduler_stop(service, task)

    def _scheduler_stop(self, service: ServiceRecord, task: TaskRecord) -> None:
        reason = _DEPLOYMENT_STOP.format(id=service.primary.id)
        if _condemned(task):
            reason = RETIREMENT_REASON if task.retiring else _UNHEALTHY_REASON
        service_message(self._world, service, f"has stopped 1 running tasks: (task {task.id}).")
        self._lifecycle.stop(task, "ServiceSchedulerInitiated", reason)

    def _start_missing(self, service: ServiceRecord, deployment: DeploymentRecord) -> None:
        now = self._world.now
        newest = self._world.options.replacement is Replacement.NEWEST_REVISION
        if deployment.frozen or (newest and deployment.status == "ACTIVE"):
            return
        if deployment.not_before and now < deployment.not_before:
            return
        alive = [task for task in service.tasks_of(deployment) if task.alive]
        condemned = [task for task in alive if _condemned(task)]
        missing = deployment.target - (len(alive) - len(condemned))
        while missing > 0 and self._occupied(service) < service.maximum:
            task = self._lifecycle.start(service, deployment)
            service_message(self._world, service, f"has started 1 tasks: (task {task.id}).")
            service.steady = False
            missing -= 1
        if missing > 0 and condemned:
            # no room beside it: an unhealthy task makes room for its replacement
            self._scheduler_stop(service, condemned[0])

    def _occupied(self, service: ServiceRecord) -> int:
        if self._world.options.stopping_counts_towards_maximum:
            return sum(task.last_status not in {"DEPROVISIONING", "STOPPED"} for task in service.tasks)
        return sum(task.alive for task in service.tasks)

    def _conclude(self, service: ServiceRecord, primary: DeploymentRecord) -> None:
        tasks = service.tasks_of(primary)
        healthy = self._healthy(service, primary)
        early = _cleans_up_later(service)
        others = any(
            task.alive or (task.executing and not early)
            for task in service.tasks
            if task.deployment_id != primary.id
        )
        settled = healthy >= service.desired_count == sum(task.alive for task in tasks) and not others
        if not settled or primary.frozen:
            return
        if primary.rollout_state == "IN_PROGRESS":
            earliest = primary.began_at + _SHORTEST_ROLLOUT
            if self._world.now < earliest:
                self._world.at(earliest, lambda: self.wake(service))
                return
            self._rollouts.complete(service)
        if not service.steady:
            self._rollouts.steady(service)


def _cleans_up_later(service: ServiceRecord) -> bool:
    """Early success criteria: COMPLETED while the old task may still be stopping. A partial healthyPercent is
    not modelled."""
    criteria = service.settings["deploymentConfiguration"].get("earlySuccessCriteria", {})
    return bool(criteria.get("enable")) and criteria.get("sourceServiceRevisionCleanup") == "DEFERRED"


def _condemned(task: TaskRecord) -> bool:
    """To be replaced although it runs."""
    return task.retiring or task.health == "UNHEALTHY"


def _age(task: TaskRecord) -> float:
    return task.created_at.timestamp()
