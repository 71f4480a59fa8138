"""A world of many wedging services, with what is left in the app's queues."""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from rehearsal.aws.deployed_app import QUEUES, DeployedApp
from rehearsal.ecs.observations import EcsEvent
from rehearsal.programs.scripts import script_for
from rehearsal.run.many_services import Direct, a_service
from rehearsal.run.many_services import ManyServices as Services

_PEEK_SECONDS = 20  # virtual


class ManyServices(Services):
    """The services, what the app decided about each, and what is left in its queues."""

    def __init__(self, deployed: DeployedApp, names: Iterable[str], direct: Direct) -> None:
        super().__init__(deployed, [a_service(name) for name in names], direct)
        self._sqs.purge_queue(QueueUrl=deployed.deployment.output("DeadLetterQueueUrl"))
        self._unfiltered: list[Mapping[str, Any]] = []
        self._dead_bodies = ""

    def past_the_rules(self) -> None:
        """From now on every ECS event goes into the queue, whatever the rules let through."""
        with self.simulation.lock:
            self.simulation.simulator.subscribe(
                lambda seen: self._unfiltered.append(seen.event) if isinstance(seen, EcsEvent) else None
            )

    def read_log(self) -> None:
        """Take up what the function logged; hand over what is to go past the rules."""
        while self._unfiltered:
            self.send(self._unfiltered.pop(0))
        super().read_log()

    @property
    def errors(self) -> list[str]:
        """Signals that the function could not handle, as its log says it."""
        return [remark.text for remark in self.remarks if remark.error]

    def queued(self, *outputs: str) -> int:
        """Messages in these queues, or in both of the remediator's: waiting, delayed or being handled."""
        return sum(self._queued_in(output) for output in outputs or QUEUES)

    def _queued_in(self, output: str) -> int:
        kinds = ("", "NotVisible", "Delayed")
        names = [f"ApproximateNumberOfMessages{kind}" for kind in kinds]
        told = self._sqs.get_queue_attributes(
            QueueUrl=self.deployed.deployment.output(output), AttributeNames=names
        )["Attributes"]
        return sum(int(told[name]) for name in names)

    @property
    def dead_letters(self) -> int:
        """Messages in the dead-letter queue."""
        return self.queued("DeadLetterQueueUrl")

    def peek_dead_letters(self) -> str:
        """The bodies of all dead letters seen so far; the letters stay where they are."""
        url = self.deployed.deployment.output("DeadLetterQueueUrl")
        found = self._sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=_PEEK_SECONDS
        ).get("Messages", [])
        self._dead_bodies += "".join(message["Body"] for message in found)
        return self._dead_bodies

    def summary(self) -> str:
        """What became of each service, to be read when a test fails."""
        lines = [
            f"{name}: recovered={self.recovered(name)} stops={len(self.stops(name))} "
            + " ".join(f"{d.verdict}/{d.line['outcome']}/{d.line['signal']}" for d in self.about(name))
            for name in self._stories
        ]
        return "\n".join([*lines, f"queued {self.queued()}, dead {self.dead_letters}", *self.errors[-2:]])

    def give_up_dead_letters(self) -> int:
        """Purge them, as the runbook says once their cause is mended; returns how many there were."""
        gone = self.dead_letters
        self._sqs.purge_queue(QueueUrl=self.deployed.deployment.output("DeadLetterQueueUrl"))
        return gone

    def send(self, message: object) -> None:
        """Put a message into the queue: text as it is, anything else as JSON."""
        body = message if isinstance(message, str) else json.dumps(message)
        self._sqs.send_message(QueueUrl=self.deployed.deployment.output("QueueUrl"), MessageBody=body)

    @property
    def _sqs(self) -> Any:
        return self.deployed.emulator.client("sqs")


@contextmanager
def a_world(
    deployed: DeployedApp, names: Iterable[str], direct: Direct = script_for
) -> Iterator[ManyServices]:
    """A world with a service per name, each with revision 1 running; it ends with the block."""
    world = ManyServices(deployed, names, direct)
    try:
        yield world
    finally:
        world.close()


def metric_sum(deployed: DeployedApp, name: str, log_group: str = "RemediatorLogGroup") -> float:
    """All that a function has counted under one metric, from the metrics in its log."""
    logs, total = deployed.emulator.client("logs"), 0.0
    group = deployed.deployment.output(log_group)
    for page in logs.get_paginator("filter_log_events").paginate(logGroupName=group):
        for event in page["events"]:
            if '"_aws"' in event["message"]:
                value = json.loads(event["message"]).get(name, 0)
                total += sum(value) if isinstance(value, list) else value
    return total


@contextmanager
def quick_retries(deployed: DeployedApp, seconds: int = 8) -> Iterator[None]:
    """What the function could not handle comes back after so many virtual seconds, within the block."""
    sqs, name = deployed.emulator.client("sqs"), "VisibilityTimeout"
    urls = [deployed.deployment.output(output) for output in QUEUES]
    usual = sqs.get_queue_attributes(QueueUrl=urls[0], AttributeNames=[name])["Attributes"][name]

    def hidden_for(wanted: str) -> None:
        for url in urls:
            sqs.set_queue_attributes(QueueUrl=url, Attributes={name: wanted})

    hidden_for(str(seconds))
    try:
        yield
    finally:
        hidden_for(usual)
