"""Event delivery: what EventBridge does between ECS and the deployed rules.

PutEvents refuses ``aws.*`` sources, in the emulator as in AWS. So the rehearsal asks TestEventPattern for
each rule of the deployed app, and sends the event to the targets of the rules that match.
"""

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rehearsal.aws.emulator import Emulator
from rehearsal.aws.schedule import Schedule
from rehearsal.clockwork.clock import ScaledClock
from rehearsal.scenario.faults import EventFaults, arrivals


@dataclass(frozen=True)
class Rule:
    """A deployed rule: its name, its pattern as JSON text and the queues it sends to."""

    name: str
    pattern: str
    queue_urls: tuple[str, ...]


@dataclass(frozen=True)
class Delivered:
    """One event reached the rules at ``at``; ``rules`` matched it (none: nobody hears of it)."""

    at: datetime
    event: Mapping[str, Any]
    rules: tuple[str, ...]
    copy: bool


def deployed_rules(emulator: Emulator) -> list[Rule]:
    """The rules on the default bus that have an event pattern and a queue as target."""
    events, rules = emulator.client("events"), []
    for listed in events.list_rules()["Rules"]:
        if listed.get("State") != "ENABLED" or not listed.get("EventPattern"):
            continue
        targets = events.list_targets_by_rule(Rule=listed["Name"])["Targets"]
        queues = tuple(_queue_url(emulator, target["Arn"]) for target in targets if ":sqs:" in target["Arn"])
        rules.append(Rule(listed["Name"], listed["EventPattern"], queues))
    return rules


def _queue_url(emulator: Emulator, arn: str) -> str:
    url: str = emulator.client("sqs").get_queue_url(QueueName=arn.rsplit(":", 1)[-1])["QueueUrl"]
    return url


class EventDelivery:
    """Delivers ECS events to the deployed rules, with the scenario's faults; ``report`` hears of each one."""

    def __init__(
        self,
        emulator: Emulator,
        clock: ScaledClock,
        *,
        faults: EventFaults,
        seed: int,
        report: Callable[[Delivered], None],
    ) -> None:
        self._emulator = emulator
        self._clock = clock
        self._faults = faults
        self._dice = random.Random(f"{seed}-events")
        self._report = report
        self._rules = deployed_rules(emulator)
        self._schedule = Schedule(clock, "event-delivery")
        self.lost = 0

    @property
    def failures(self) -> list[str]:
        """Deliveries that failed; empty in a sound rehearsal."""
        return self._schedule.failures

    def send(self, at: datetime, event: Mapping[str, Any]) -> None:
        """Hand over one event that ECS emitted at ``at``; returns at once."""
        times = arrivals(at, self._faults, self._dice)
        self.lost += not times
        for number, when in enumerate(times):
            self._schedule.at(when, lambda copy=number > 0: self._deliver(event, copy))  # type: ignore[misc]

    def _deliver(self, event: Mapping[str, Any], copy: bool) -> None:
        text = json.dumps(event)
        matching = [rule for rule in self._rules if self._matches(rule, text)]
        for rule in matching:
            for url in rule.queue_urls:
                self._emulator.client("sqs").send_message(QueueUrl=url, MessageBody=text)
        self._report(Delivered(self._clock.now(), event, tuple(rule.name for rule in matching), copy))

    def _matches(self, rule: Rule, event: str) -> bool:
        answer = self._emulator.client("events").test_event_pattern(EventPattern=rule.pattern, Event=event)
        return bool(answer["Result"])

    def stop(self) -> None:
        """Deliver nothing more."""
        self._schedule.stop()
