"""Signals: whatever arrives says only "look at this service".

EventBridge events and our own requeue messages come through one queue. A hint (the task an event spoke
of) may spare reads; it never leads to a stop.
"""

import json
import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from unwedge.model.codec import DecodeError, from_json, to_json
from unwedge.model.service import Task
from unwedge.observe import parse

_CLUSTER = re.compile(r"arn:aws[\w-]*:ecs:[\w-]+:\d{12}:cluster/[\w-]{1,255}")
_SERVICE = re.compile(r"(arn:aws[\w-]*:ecs:[\w-]+:\d{12}):service/([\w-]{1,255})/([\w-]{1,255})")
_NAME = re.compile(r"[\w-]{1,255}")
_GROUP = re.compile(r"service:([\w-]{1,255})")


# Above anything that we put into our own messages: tries of a pass, characters, seconds, checks of one wait.
_MOST_TRIES, _LONGEST_ID, _LONGEST_ARN, _LONGEST_WAIT, _MOST_CHECKS = 20, 64, 500, 900, 100_000


class Cause(StrEnum):
    """What made us reconcile."""

    TASK = "task-stopped"
    DEPLOYMENT = "deployment"
    REQUEUED = "requeued"
    SWEEP = "sweep"
    ANSWER = "answer"


class QuickCheck(NamedTuple):
    """Until this time a glance at the tasks is enough, every so many seconds. `number` counts them."""

    holder: str
    every: int
    until: datetime
    number: int = 0

    @property
    def following(self) -> "QuickCheck":
        """The one after it."""
        return self._replace(number=self.number + 1)


@dataclass(frozen=True, slots=True)
class Signal:
    """Observe this service. `requeue_id` is that of the scheduled pass that this message is, `tries` how
    often it met another pass at the same service."""

    cluster_arn: str
    service_name: str
    cause: Cause
    hint: Task | None = None
    requeue_id: str | None = None
    quick_check: QuickCheck | None = None
    tries: int = 0


class Sweep(NamedTuple):
    """Look for what no event told of: in this cluster, or in every watched one."""

    cluster_arn: str | None = None


class Swept(NamedTuple):
    """What a sweep did: clusters handed on, stopped tasks read, and signals sent. `cut`: the cluster has more
    stopped tasks than one sweep reads."""

    clusters: int = 0
    tasks: int = 0
    signals: int = 0
    cut: bool = False


class Refusal(NamedTuple):
    """Input that is no signal for us: why, for the record."""

    code: str
    detail: str


def parse_signal(body: str, queue_arn: str | None = None) -> Signal | Sweep | Refusal:
    """A queue message as a signal, or why it is none. Never raises. `queue_arn` says in which account and
    region we are: a central bus brings events of others, whose services are not ours to read."""
    signal = _parsed(body)
    cluster = None if isinstance(signal, Refusal) else signal.cluster_arn
    if cluster is None or not queue_arn:
        return signal
    theirs, ours = cluster.split(":")[3:5], queue_arn.split(":")[3:5]
    if theirs == ours:
        return signal
    return Refusal("foreign-account", f"the cluster is in {' of '.join(theirs)}, this is {' of '.join(ours)}")


def _parsed(body: str) -> Signal | Sweep | Refusal:
    try:
        event = json.loads(body)
    except (ValueError, RecursionError):
        return Refusal("not-json", f"{len(body)} characters that are no JSON: {body[:80]!r}")
    if not isinstance(event, dict):
        return Refusal("not-an-event", f"JSON, but no object: {body[:80]!r}")
    if "unwedge" in event:
        return _requeued(event)
    if "unwedge-sweep" in event:
        return _sweep_of(event["unwedge-sweep"])
    if event.get("source") == "aws.events" and event.get("detail-type") == "Scheduled Event":
        return Sweep()
    if event.get("source") != "aws.ecs":
        return Refusal("foreign-source", f"source is {str(event.get('source'))[:80]!r}, not 'aws.ecs'")
    detail = event.get("detail")
    if not isinstance(detail, dict):
        return Refusal("no-detail", "the event has no detail object")
    kind = event.get("detail-type")
    if kind == "ECS Task State Change":
        return _task_event(detail)
    if kind == "ECS Deployment State Change":
        return _deployment_event(event)
    return Refusal("unknown-detail-type", f"detail-type is {str(kind)[:80]!r}")


def requeue_message(signal: Signal) -> str:
    """The body of our own delayed message."""
    return json.dumps({"unwedge": to_json(signal)}, separators=(",", ":"))


def sweep_message(sweep: Sweep) -> str:
    """The body of our own message to sweep one cluster."""
    return json.dumps({"unwedge-sweep": sweep.cluster_arn}, separators=(",", ":"))


def _sweep_of(cluster: object) -> Sweep | Refusal:
    if not isinstance(cluster, str) or not _CLUSTER.fullmatch(cluster):
        return Refusal("malformed-sweep", f"no cluster ARN: {str(cluster)[:80]!r}")
    return Sweep(cluster)


def _requeued(event: dict[str, Any]) -> Signal | Refusal:
    try:
        signal = from_json(Signal, event["unwedge"])
    except DecodeError as error:
        return Refusal("malformed-requeue", str(error))
    if not plausible(signal.cluster_arn, signal.service_name):
        return Refusal("malformed-requeue", f"no cluster ARN and service name: {signal.cluster_arn[:80]!r}")
    beyond = _beyond_bounds(signal)
    return Refusal("malformed-requeue", f"{beyond} is none that we send") if beyond else signal


def _beyond_bounds(signal: Signal) -> str | None:
    """A field that no message of ours has so; whoever may send to the queue can write any."""
    quick_check = signal.quick_check
    if not 0 <= signal.tries <= _MOST_TRIES:
        return f"tries {signal.tries}"
    if len(signal.requeue_id or "") > _LONGEST_ID:
        return f"a requeue_id of {len(signal.requeue_id or '')} characters"
    if quick_check is None:
        return None
    if not 1 <= quick_check.every <= _LONGEST_WAIT:
        return f"a quick check every {quick_check.every} s"
    if not 0 <= quick_check.number <= _MOST_CHECKS:
        return f"quick check {quick_check.number}"
    return None if len(quick_check.holder) <= _LONGEST_ARN else "the holder of a quick check"


def plausible(cluster_arn: str, service_name: str) -> bool:
    """Whether these have the shape of a cluster ARN and a service name."""
    return bool(_CLUSTER.fullmatch(cluster_arn) and _NAME.fullmatch(service_name))


def _task_event(detail: dict[str, Any]) -> Signal | Refusal:
    cluster, group = detail.get("clusterArn"), detail.get("group")
    service = service_of(group)
    if service is None:
        return Refusal("not-a-service-task", f"group is {str(group)[:80]!r}")
    if not isinstance(cluster, str) or not _CLUSTER.fullmatch(cluster):
        return Refusal("no-cluster", f"clusterArn is {str(cluster)[:80]!r}")
    task = parse.task(detail)
    if task is None or not task.task_definition:
        return Refusal("no-task", "the event names no task or no task definition")
    if not task.failed and not task.failed_health:
        # EventBridge flattens arrays of objects when it matches, so the rule lets these through.
        return Refusal("no-failure", f"task {task.id} did not end by the failure of a container")
    return Signal(cluster, service, Cause.TASK, hint=task)


def service_of(group: object) -> str | None:
    """The service that a task's `group` names, if it names one."""
    found = _GROUP.fullmatch(group) if isinstance(group, str) else None
    return found[1] if found else None


def _deployment_event(event: dict[str, Any]) -> Signal | Refusal:
    resources = event.get("resources")
    first = resources[0] if isinstance(resources, list) and resources else None
    service = _SERVICE.fullmatch(first) if isinstance(first, str) else None
    if service is None:
        return Refusal("no-service", f"resources[0] is {str(first)[:80]!r}")
    return Signal(f"{service[1]}:cluster/{service[2]}", service[3], Cause.DEPLOYMENT)
