"""The sweep: finds, on a schedule, what no event told of, and open incidents whose next pass was lost.

ECS shows stopped tasks for about an hour, so a lost event is read again from there. A sweep decides nothing:
what it finds becomes signals like all others, and those that are no news end at the ledger.
"""

from typing import TYPE_CHECKING, Protocol

from unwedge.model.service import Task
from unwedge.model.settings import Settings
from unwedge.observe import parse
from unwedge.observe.reads import read, read_all, read_pages
from unwedge.record.ledger import Ledger
from unwedge.signal.signals import Cause, Signal, Sweep, Swept, service_of

if TYPE_CHECKING:
    from types_boto3_ecs import ECSClient

_DESCRIBE_AT_MOST = 100  # DescribeTasks takes 100 ARNs


class Messages(Protocol):
    """The queue, as the sweep uses it."""

    def schedule(self, signal: Signal, seconds: int) -> None:
        """Deliver this signal after so many seconds."""
        ...

    def sweep(self, sweep: Sweep) -> None:
        """Deliver this sweep at once."""
        ...


class Sweeper:
    """Sweeps all watched clusters, each in a message of its own, so that no sweep takes long."""

    def __init__(self, ecs: "ECSClient", ledger: Ledger, messages: Messages, settings: Settings) -> None:
        self._ecs = ecs
        self._ledger = ledger
        self._messages = messages
        self._settings = settings

    def sweep(self, sweep: Sweep) -> Swept:
        """One sweep message. Raises ReadError, and AWS errors of the ledger and the queue."""
        if sweep.cluster_arn:
            return self._cluster(sweep.cluster_arn)
        opened = self._ledger.open_services()
        for cluster, name in opened:
            self._messages.schedule(Signal(cluster, name, Cause.SWEEP), 0)
        clusters = self._settings.clusters or read_all(
            "ecs:ListClusters", self._ecs.list_clusters, "clusterArns"
        )
        for cluster in clusters:
            self._messages.sweep(Sweep(cluster))
        return Swept(clusters=len(clusters), signals=len(opened))

    def _cluster(self, cluster: str) -> Swept:
        """The newest failure of each service and task definition of the cluster."""
        newest: dict[tuple[str, str], Task] = {}
        arns, more = read_pages(
            "ecs:ListTasks", self._ecs.list_tasks, "taskArns", cluster=cluster, desiredStatus="STOPPED"
        )
        for start in range(0, len(arns), _DESCRIBE_AT_MOST):
            part = arns[start : start + _DESCRIBE_AT_MOST]
            answer = read("ecs:DescribeTasks", self._ecs.describe_tasks, cluster=cluster, tasks=part)
            for item in answer.get("tasks", []):
                name, task = service_of(item.get("group")), parse.task(item)
                if name and task and (task.failed or task.failed_health) and task.failed_at:
                    key = (name, task.task_definition)
                    before = newest.get(key)
                    if before is None or (before.failed_at or task.failed_at) <= task.failed_at:
                        newest[key] = task
        for (name, _), task in newest.items():
            self._messages.schedule(Signal(cluster, name, Cause.SWEEP, hint=task), 0)
        return Swept(tasks=len(arns), signals=len(newest), cut=more)
