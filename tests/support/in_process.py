"""The real stages against the simulated ECS in one process: virtual clock, ledger in memory, seeded faults.

Everything that Unwedge is runs here but for the Lambda and the wire: the controller with its observer,
decision, actor and reporter. A run is a function of its seed.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from random import Random
from typing import Any, cast

from aws_lambda_powertools import Logger, Metrics
from botocore.exceptions import ClientError

from rehearsal.ecs import EcsEvent, TaskLog
from rehearsal.ecs.errors import ApiError
from tests.support.aws import client_meta
from tests.support.kill_switch import FakeKillSwitch
from tests.support.memory_ledger import MemoryLedger
from tests.support.simulated_ecs import Stage
from unwedge.act.actor import Actor
from unwedge.controller import Controller
from unwedge.model.settings import Settings
from unwedge.observe.observer import Observer
from unwedge.record.ledger import LedgerConflictError
from unwedge.record.reporter import Reporter
from unwedge.signal.signals import Signal, parse_signal, requeue_message

_OPERATIONS = {
    "describe_services": "DescribeServices",
    "list_tasks": "ListTasks",
    "describe_tasks": "DescribeTasks",
    "describe_task_definition": "DescribeTaskDefinition",
    "list_service_deployments": "ListServiceDeployments",
    "describe_service_deployments": "DescribeServiceDeployments",
    "get_task_protection": "GetTaskProtection",
    "stop_task": "StopTask",
    "update_service": "UpdateService",
    "tag_resource": "TagResource",
    "untag_resource": "UntagResource",
    "list_clusters": "ListClusters",
    "list_services": "ListServices",
}


@dataclass(frozen=True)
class Weather:
    """What happens to events and log lines on their way. Shares from 0 to 1, times in seconds."""

    lost_events: float = 0.0
    duplicated_events: float = 0.0
    event_delay: tuple[float, float] = (0.2, 0.6)
    log_lag: float = 1.0
    lost_logs: float = 0.0


class EcsClient:
    """boto3's ECS client, answered by the simulator."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.meta = client_meta("ecs")

    def __getattr__(self, name: str) -> Any:
        operation = _OPERATIONS[name]

        def call(**params: Any) -> Any:
            try:
                return self._stage.sim.call(operation, params, caller="unwedge")
            except ApiError as error:
                raise ClientError(
                    {"Error": {"Code": error.code, "Message": error.message}}, operation
                ) from error

        return call


class BalancersClient:
    """boto3's client of Elastic Load Balancing: every target group has the simulator's delay."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def describe_target_group_attributes(self, **_: Any) -> Any:
        """The attribute that matters."""
        delay = self._stage.sim.options.deregistration_seconds
        return {"Attributes": [{"Key": "deregistration_delay.timeout_seconds", "Value": f"{delay:.0f}"}]}


class LogsClient:
    """boto3's Logs client over the lines that have arrived by now."""

    def __init__(self, world: "World") -> None:
        self._world = world

    def get_log_events(self, **params: Any) -> Any:
        """The lines of one stream, or that there is none."""
        key = (params["logGroupName"], params["logStreamName"])
        lines = [line for due, line in self._world.lines.get(key, []) if due <= self._world.now]
        if not lines:
            answer: Any = {"Error": {"Code": "ResourceNotFoundException", "Message": "no such stream"}}
            raise ClientError(answer, "GetLogEvents")
        events = [{"timestamp": int(line.at.timestamp() * 1000), "message": line.message} for line in lines]
        return {"events": events[-params["limit"] :], "nextBackwardToken": "b", "nextForwardToken": "f"}


class World:
    """One service, one Unwedge, one clock."""

    def __init__(self, stage: Stage, settings: Settings, weather: Weather, seed: int) -> None:
        self.stage = stage
        self.weather = weather
        self.random = Random(seed)
        self.ledger = MemoryLedger()
        self.lines: dict[tuple[str, str], list[tuple[datetime, TaskLog]]] = {}
        self.verdicts: list[str] = []
        self._queue: list[tuple[datetime, int, str]] = []
        self._numbers = count()
        self._controller = self._wire(settings)
        stage.sim.subscribe(self._observed)

    @property
    def now(self) -> datetime:
        """The present."""
        return self.stage.sim.now

    def run(self, seconds: float) -> None:
        """Let time pass: whatever is due next happens, in order."""
        end = self.now + timedelta(seconds=seconds)
        while True:
            due = [moment for moment in (self.stage.sim.next_due(), self._next_message()) if moment]
            if not due or min(due) > end:
                break
            self.stage.sim.advance(max(min(due), self.now))
            while self._queue and self._queue[0][0] <= self.now:
                self._deliver(heappop(self._queue)[2])
        self.stage.sim.advance(end)

    def schedule(self, signal: Signal, seconds: int) -> None:
        """The queue's delayed messages."""
        self._send(requeue_message(signal), seconds)

    def _wire(self, settings: Settings) -> Controller:
        ecs = cast(Any, EcsClient(self.stage))
        observer = Observer(ecs, cast(Any, LogsClient(self)), settings, lambda: BalancersClient(self.stage))
        reporter = Reporter(Logger(service="test", level="CRITICAL"), Metrics(namespace="T", service="t"))
        reporter.decided = lambda decision, *_: self.verdicts.append(decision.verdict.value)  # type: ignore[method-assign]
        actor = Actor(ecs, observer, self.ledger, settings, FakeKillSwitch())
        return Controller(observer, actor, self.ledger, self, reporter, settings, FakeKillSwitch())

    def _next_message(self) -> datetime | None:
        return self._queue[0][0] if self._queue else None

    def _send(self, body: str, seconds: float) -> None:
        heappush(self._queue, (self.now + timedelta(seconds=seconds), next(self._numbers), body))

    def _deliver(self, body: str) -> None:
        signal = parse_signal(body)
        if not isinstance(signal, Signal):
            return
        try:
            self._controller.reconcile(signal, self.now)
        except LedgerConflictError:
            self._controller.postpone(signal)

    def _observed(self, observation: object) -> None:
        if isinstance(observation, EcsEvent):
            self._emit(observation.event)
        if isinstance(observation, TaskLog) and self.random.random() >= self.weather.lost_logs:
            due = observation.at + timedelta(seconds=self.weather.log_lag)
            key = (observation.log_group or "", observation.log_stream or "")
            self.lines.setdefault(key, []).append((due, observation))

    def _emit(self, event: dict[str, Any]) -> None:
        """What the rules let through, and some more."""
        detail = event["detail"]
        task = event["detail-type"] == "ECS Task State Change" and detail.get("desiredStatus") == "STOPPED"
        ended = detail.get("eventName") in ("SERVICE_DEPLOYMENT_COMPLETED", "SERVICE_DEPLOYMENT_FAILED")
        if not (task or ended) or self.random.random() < self.weather.lost_events:
            return
        copies = 2 if self.random.random() < self.weather.duplicated_events else 1
        for _ in range(copies):
            self._send(json.dumps(event), self.random.uniform(*self.weather.event_delay))
