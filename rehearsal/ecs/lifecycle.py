"""The life of a task as ECS shows it: PROVISIONING, PENDING, RUNNING, and out again.

For a crash on Fargate the DEPROVISIONING change already carries desiredStatus STOPPED, the stop code and the
exit codes; STOPPED follows 13 to 25 s later.
"""

from collections.abc import Callable

from rehearsal.ecs.agent import Agent
from rehearsal.ecs.events import task_state_change
from rehearsal.ecs.launching import FinishedProgram
from rehearsal.ecs.new_task import new_task
from rehearsal.ecs.records import ContainerRecord, DeploymentRecord, ServiceRecord, TaskRecord
from rehearsal.ecs.world import World

CRASH_REASON = "Essential container in task exited"
_HEALTHY_AFTER_SECONDS = 40.0  # RUNNING this long counts as healthy without a health check

Hook = Callable[[TaskRecord], None]


class Lifecycle:
    """Moves tasks through their states and tells ``changed`` of every change (the scheduler's cue)."""

    def __init__(self, world: World, *, changed: Hook) -> None:
        self._world = world
        self._changed = changed
        self.agent = Agent(world, self)
        self._count = 0

    # the way up

    def start(self, service: ServiceRecord, deployment: DeploymentRecord) -> TaskRecord:
        """Start one task of a deployment."""
        self._count += 1
        task = new_task(self._world, service, deployment, self._count)
        self._note_move(task, "was started")
        self._emit(task)
        self._world.after(task.delays["provisioning"], lambda: self._pending(task))
        return task

    def start_running(self, service: ServiceRecord, deployment: DeploymentRecord) -> TaskRecord:
        """A task that has been healthy since its deployment began; its programs start now. No event."""
        self._count += 1
        task = new_task(self._world, service, deployment, self._count)
        task.created_at = task.updated_at = deployment.created_at
        task.last_status = "RUNNING"
        for moment in ("connectivity_at", "pull_started_at", "pull_stopped_at", "started_at"):
            setattr(task, moment, task.created_at)
        task.version = 4
        for container in task.containers:
            if _done_long_ago(task, container):
                container.program = FinishedProgram(task.created_at)
                container.launched_at = container.ended_at = task.created_at
                container.status, container.exit_code = "STOPPED", 0
        self.agent.start_containers(task)
        for container in task.containers:
            if container.definition.get("healthCheck"):
                container.health = "HEALTHY"
        return task

    def _pending(self, task: TaskRecord) -> None:
        if task.desired_status != "RUNNING":
            return
        task.last_status = "PENDING"
        task.connectivity_at = task.pull_started_at = self._world.now
        self._note_move(task, "PROVISIONING -> PENDING")
        self._emit(task)
        self._world.after(task.delays["pending"], lambda: self._pulled(task))

    def _pulled(self, task: TaskRecord) -> None:
        if task.desired_status == "RUNNING":
            task.pull_stopped_at = self._world.now
            self.agent.start_containers(task)

    def all_started(self, task: TaskRecord) -> None:
        """The agent has started every container."""
        if task.last_status != "PENDING" or task.desired_status != "RUNNING":
            return
        if self._world.options.quick_exit_shows_running:
            self._running(task)
        else:
            self._world.after(self._world.options.state_lag_seconds, lambda: self._running(task))

    def _running(self, task: TaskRecord) -> None:
        died = any(item.essential and item.ended_at for item in task.containers)
        quick = died and not self._world.options.quick_exit_shows_running
        if task.last_status != "PENDING" or task.desired_status != "RUNNING" or quick:
            return
        task.last_status = "RUNNING"
        task.started_at = self._world.now
        self._note_move(task, "PENDING -> RUNNING")
        self._emit(task)
        if not task.has_health_check:
            self._world.after(_HEALTHY_AFTER_SECONDS, lambda: self._changed(task))

    def is_healthy(self, task: TaskRecord) -> bool:
        """Whether the task counts for minimumHealthyPercent."""
        if not task.alive or task.last_status != "RUNNING" or task.health == "UNHEALTHY":
            return False
        if task.has_health_check:
            return task.health == "HEALTHY"
        assert task.started_at is not None
        return (self._world.now - task.started_at).total_seconds() >= _HEALTHY_AFTER_SECONDS

    # what the agent reports

    def health_changed(self, task: TaskRecord) -> None:
        """A health check changed the task's health."""
        if task.alive:
            self._note_move(task, f"is {task.health}")
            self._emit(task)
            self.agent.start_containers(task)

    def cannot_start(self, task: TaskRecord, container: ContainerRecord, reason: str) -> None:
        """A container can never start: the task fails."""
        self.stop(task, "TaskFailedToStart", f"Container {container.name} cannot start: {reason}")

    def container_ended(self, task: TaskRecord, container: ContainerRecord) -> None:
        """The truth; ECS shows it a moment later. The siblings of an essential container go at once."""
        self._world.after(self._world.options.state_lag_seconds, lambda: self._show_end(task, container))

    def _show_end(self, task: TaskRecord, container: ContainerRecord) -> None:
        assert container.program is not None
        container.status, container.exit_code = "STOPPED", container.program.exit_code
        if container.essential and task.desired_status == "RUNNING":
            self.stop(task, "EssentialContainerExited", CRASH_REASON)
        elif task.desired_status == "RUNNING":
            self._emit(task)
        else:
            self._wind_up(task)

    # the way out

    def stop(self, task: TaskRecord, code: str, reason: str) -> None:
        """Wish a task stopped: SIGTERM a moment later, SIGKILL after stopTimeout. Repeats change nothing."""
        if task.desired_status == "STOPPED":
            return
        task.desired_status = "STOPPED"
        task.stop_code, task.stopped_reason = code, reason
        task.stopping_at = self._world.now
        if not task.executing:
            self._wind_up(task)
            return
        self._note_move(task, f"is to stop ({code})")
        self._emit(task)
        crashed = code == "EssentialContainerExited"
        self._world.after(0.0 if crashed else task.delays["signal"], lambda: self._signal(task))

    def _signal(self, task: TaskRecord) -> None:
        if task.executing and task.last_status == "RUNNING":
            task.last_status = "STOPPING"
            self._emit(task)
        self.agent.terminate(task)

    def _wind_up(self, task: TaskRecord) -> None:
        """Release the network interface once no container is seen running."""
        ended = [item for item in task.containers if item.program is not None]
        if task.last_status in {"DEPROVISIONING", "STOPPED"} or any(item.running for item in ended):
            return
        for item in ended:
            assert item.program is not None
            item.status, item.exit_code = "STOPPED", item.program.exit_code
        for item in task.containers:
            item.status = "STOPPED"
        ends = [item.ended_at for item in ended if item.ended_at]
        task.execution_stopped_at = max(ends, default=self._world.now)
        before, task.last_status = task.last_status, "DEPROVISIONING"
        codes = ", ".join(f"{item.name} exit code {item.exit_code}" for item in ended)
        self._note_move(task, f"{before} -> DEPROVISIONING ({task.stop_code}{'; ' if codes else ''}{codes})")
        self._emit(task)
        self._world.after(task.delays["deprovisioning"], lambda: self._stopped(task))

    def _stopped(self, task: TaskRecord) -> None:
        task.last_status = "STOPPED"
        task.stopped_at = self._world.now
        self._note_move(task, "DEPROVISIONING -> STOPPED")
        self._emit(task)
        service = self._world.service_of(task)
        service.tasks.remove(task)
        self._changed(task)

    # telling

    def refresh(self, task: TaskRecord) -> None:
        """Something outside the life cycle changed the task: show it."""
        self._emit(task)

    def _emit(self, task: TaskRecord) -> None:
        if task.updated_at is not None:
            task.version += 1
        task.updated_at = self._world.now
        task_state_change(self._world, task)
        self._changed(task)

    def _note_move(self, task: TaskRecord, text: str) -> None:
        self._world.note(f"task {task.id} (revision {task.revision}) {text}", task)


def _done_long_ago(task: TaskRecord, container: ContainerRecord) -> bool:
    """Whether others wait for this container's end: in a running task it has come."""
    return any(
        wish["containerName"] == container.name and wish["condition"] in {"SUCCESS", "COMPLETE"}
        for other in task.containers
        for wish in other.definition.get("dependsOn", [])
    )
