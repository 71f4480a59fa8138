"""What Describe and List calls can see: the present, or with describe_lag_seconds the state that long ago."""

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from rehearsal.ecs.records import ServiceRecord, TaskRecord
from rehearsal.ecs.service_shapes import service_deployment_brief, service_deployment_shape, service_shape
from rehearsal.ecs.shapes import task_shape
from rehearsal.ecs.world import World

Shape = dict[str, Any]
_STOPPED_TASKS_SHOWN = timedelta(hours=1)


class View:
    """Reads for the API. A lagging view keeps a history of every shape it may be asked for."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._lag = timedelta(seconds=world.options.describe_lag_seconds)
        self._stopped: dict[str, Shape] = {}
        self._history: dict[str, list[tuple[datetime, Shape]]] = defaultdict(list)
        if self._lag:
            world.after_each = self.capture

    def task(self, arn: str) -> Shape | None:
        """A task, unless there is none of that ARN or it stopped more than an hour ago."""
        record = self._world.tasks.get(arn)
        if record is None or self.expired(record):
            return None
        return self._see(arn, lambda: self._shape(record))

    def tasks(self, cluster_arn: str) -> list[Shape]:
        """All visible tasks of a cluster, in the order of their start."""
        found = []
        for record in self._world.tasks.values():
            if record.cluster_arn == cluster_arn:
                shape = self.task(record.arn)
                if shape is not None:
                    found.append(shape)
        return found

    def service(self, service: ServiceRecord) -> Shape | None:
        """A service as DescribeServices shows it, tags left out."""
        return self._see(service.arn, lambda: service_shape(service, self._world.options))

    def rollouts(self, service: ServiceRecord, *, brief: bool) -> list[Shape]:
        """Its service deployments, the newest first."""
        options = self._world.options
        found = []
        for rollout in reversed(service.rollouts):
            if brief:
                render = partial(service_deployment_brief, service, rollout)
            else:
                render = partial(service_deployment_shape, service, rollout, options)
            shape = self._see(f"brief {rollout.arn}" if brief else rollout.arn, render)
            if shape is not None:
                found.append(shape)
        return found

    def expired(self, task: TaskRecord) -> bool:
        """Whether a task stopped too long ago to be shown."""
        return task.stopped_at is not None and task.stopped_at + _STOPPED_TASKS_SHOWN < self._world.now

    def _shape(self, task: TaskRecord) -> Shape:
        """A task as it is; one that has stopped does not change any more."""
        if task.last_status != "STOPPED":
            return task_shape(task)
        if task.arn not in self._stopped:
            self._stopped[task.arn] = task_shape(task)
        return self._stopped[task.arn]

    def _see(self, key: str, render: Callable[[], Shape]) -> Shape | None:
        if not self._lag:
            return render()
        seen = [shape for at, shape in self._history[key] if at <= self._world.now - self._lag]
        return dict(seen[-1]) if seen else None

    def capture(self, at: datetime | None = None) -> None:
        """Keep what has changed, as of now, or as of ``at`` for what was never shown before."""
        if not self._lag:
            return
        at = at or self._world.now
        for task in self._world.tasks.values():
            self._keep(task.arn, self._shape(task), at)
        for service in self._world.services.values():
            self._keep(service.arn, service_shape(service, self._world.options), at)
            for rollout in service.rollouts:
                self._keep(f"brief {rollout.arn}", service_deployment_brief(service, rollout), at)
                self._keep(rollout.arn, service_deployment_shape(service, rollout, self._world.options), at)

    def _keep(self, key: str, shape: Shape, at: datetime) -> None:
        past = self._history[key]
        if not past or past[-1][1] != shape:
            past.append((at, shape))
