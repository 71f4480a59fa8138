"""What people and programs hear of deployed Unwedge: each notification once, in order, one conversation per
incident."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from rehearsal.aws.deployed_app import DeployedApp
from rehearsal.run.operators import operate
from rehearsal.scenario.model import Step, StepKind
from tests.support.fault_proxy import Interceptor
from tests.support.faults import Fault, FaultKind
from tests.wire.test_faults import NOTIFYING
from tests.wire.world import ManyServices, a_world, metric_sum

# One worker, one emulator.
pytestmark = pytest.mark.xdist_group("wire")

LONG, SHORT = 900.0, 60.0
# Two invocations' worth of failed calls: the SDK alone does not get over it.
BEYOND_THE_SDK = 7
RULE = "everything-of-unwedge"
EXPECTED = "unwedge-expectation"


@dataclass
class Listener:
    """A program that subscribed to the topic, and one behind a rule on our events."""

    deployed: DeployedApp
    notifications: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._sqs = self.deployed.emulator.client("sqs")
        suffix = self.deployed.fresh_suffix()
        self._people = self._sqs.create_queue(QueueName=f"people{suffix}")["QueueUrl"]
        self._programs = self._sqs.create_queue(QueueName=f"programs{suffix}")["QueueUrl"]
        self._subscription = self.deployed.emulator.client("sns").subscribe(
            TopicArn=self.deployed.deployment.output("NotificationTopic"),
            Protocol="sqs",
            Endpoint=self._arn(self._people),
            ReturnSubscriptionArn=True,
        )["SubscriptionArn"]
        events = self.deployed.emulator.client("events")
        events.put_rule(Name=RULE, EventPattern=json.dumps({"source": ["unwedge"]}))
        events.put_targets(Rule=RULE, Targets=[{"Id": "queue", "Arn": self._arn(self._programs)}])

    def close(self) -> None:
        """Hear nothing any more."""
        self.deployed.emulator.client("sns").unsubscribe(SubscriptionArn=self._subscription)
        events = self.deployed.emulator.client("events")
        events.remove_targets(Rule=RULE, Ids=["queue"])
        events.delete_rule(Name=RULE)

    def _arn(self, url: str) -> str:
        told = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        arn: str = told["Attributes"]["QueueArn"]
        return arn

    def _received(self, url: str) -> Iterator[dict[str, Any]]:
        while found := self._sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in found:
                yield json.loads(message["Body"])
                self._sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])

    def hear(self) -> None:
        """Take in what came."""
        self.notifications += self._received(self._people)
        self.events += self._received(self._programs)

    def told(self, service: str) -> list[dict[str, Any]]:
        """The custom notifications of incidents of one service, in the order in which they came."""
        self.hear()
        found = (json.loads(notification["Message"]) for notification in self.notifications)
        return [
            notification
            for notification in found
            if notification["metadata"]["additionalContext"]["Service"] == service
            and notification["metadata"]["eventType"] != EXPECTED
        ]

    def expected(self, service: str) -> int:
        """How often a deadlock to come was told, which is no part of an incident's conversation."""
        self.hear()
        found = (json.loads(notification["Message"])["metadata"] for notification in self.notifications)
        return sum(
            data["eventType"] == EXPECTED and data["additionalContext"]["Service"] == service
            for data in found
        )

    def kinds(self, service: str) -> list[str]:
        """What they were about."""
        return [
            notification["metadata"]["eventType"].removeprefix("unwedge-")
            for notification in self.told(service)
        ]

    def decisions(self, service: str) -> list[tuple[str, str]]:
        """The decisions in the events about one service: when each was observed, and its verdict."""
        self.hear()
        decisions = [event["detail"] for event in self.events if event["detail-type"] == "Unwedge Decision"]
        details = [detail for detail in decisions if detail["service"] == service]
        return sorted((detail["observed_at"], detail["verdict"]) for detail in details)


@contextmanager
def a_listener(deployed: DeployedApp) -> Iterator[Listener]:
    """Somebody who hears everything from now on, within the block."""
    listener = Listener(deployed)
    try:
        yield listener
    finally:
        listener.close()


def recorded(world: ManyServices, name: str) -> list[tuple[str, str]]:
    """The decisions on one service that the ledger keeps an entry of."""
    lines = [decision.line for decision in world.about(name) if not decision.line["repeats"]]
    return sorted((line["observed_at"], line["verdict"]) for line in lines)


def stopped(world: ManyServices, name: str) -> list[str]:
    """The notification of its stop: of the decision that made it, or of the first that saw it when that one
    met another pass and has no record of its own."""
    return ["stopped"] if world.stops(name) else []


def check_programs(listener: Listener, world: ManyServices, name: str, *, again: bool = False) -> None:
    """Programs hear of every recorded decision on a service once, or `again`, and of no other."""

    def same() -> bool:
        heard, written = listener.decisions(name), recorded(world, name)
        return set(heard) == set(written) if again else heard == written

    assert world.until(same, SHORT), (listener.decisions(name), recorded(world, name))


def test_an_incident_is_told_in_one_thread_in_order_and_to_programs_every_decision(
    deployed: DeployedApp,
) -> None:
    """One service is freed and recovers; another one asks first, is answered, and recovers too."""
    freed, asks = "told-freed", "told-asks"
    with a_world(deployed, [freed, asks]) as world, a_listener(deployed) as listener:
        world.tag(asks, "approve")
        world.deploy(freed)
        world.deploy(asks)
        assert world.until(lambda: listener.kinds(asks) == ["question"], LONG), world.summary()
        (question,) = listener.told(asks)
        incident = question["metadata"]["threadId"]
        assert f"Type `unwedge approve {incident}`" in question["content"]["nextSteps"]
        assert "Approved" in operate(deployed, world.service_of(asks), Step(at=0, do=StepKind.APPROVE))

        def over(name: str) -> bool:
            return listener.kinds(name)[-1:] == ["recovered"]

        assert world.until(lambda: over(freed) and over(asks), LONG), world.summary()
        assert listener.kinds(freed) == [*stopped(world, freed), "recovered"], world.summary()
        assert listener.kinds(asks) == [
            "question",
            *stopped(world, asks),
            "recovered",
        ], world.summary()
        for name in (freed, asks):
            assert listener.expected(name) == 1
            conversations = {notification["metadata"]["threadId"] for notification in listener.told(name)}
            ids = {d.line["incident_id"] for d in world.about(name) if d.verdict == "recovered"}
            assert conversations == ids
        for name in (freed, asks):
            named = listener.told(name)[-1]["metadata"]["additionalContext"]["Stops"]
            assert all(arn.rsplit("/", 1)[-1] in named for arn in world.stops(name))
            check_programs(listener, world, name)
        assert {event["source"] for event in listener.events} == {"unwedge"}
        kinds = {event["detail-type"] for event in listener.events}
        assert "Unwedge Decision" in kinds
        assert kinds <= {"Unwedge Decision", "Unwedge Verification", "Unwedge Expectation"}
        plain = [notification["Subject"] for notification in listener.notifications]
        assert f"[Unwedge] Recovered: {freed}" in plain


def _of_notifier(operation: str, service: str) -> str:
    """What only the notifier's calls about a service have in their body: the remediator puts items too."""
    item = f'/{service}"}}, "sk": {{"S": "notification#'
    return item if operation == "dynamodb:PutItem" else service


PASSING = (FaultKind.THROTTLED, FaultKind.SERVER_ERROR, FaultKind.DENIED)
# One pair every day; all of them with the rest of the faults.
EVERYDAY = ((NOTIFYING[0], PASSING[0]),)


@pytest.mark.parametrize(
    ("operation", "kind"),
    [
        pytest.param(
            operation,
            kind,
            marks=() if (operation, kind) in EVERYDAY else pytest.mark.all_scenarios,
        )
        for operation in NOTIFYING
        for kind in PASSING
    ],
)
def test_what_aws_does_not_take_for_a_while_is_told_later_and_once(
    operation: str, kind: FaultKind, deployed: DeployedApp, interceptor: Interceptor
) -> None:
    """The stream brings it again; the service is freed meanwhile, and nobody is told twice."""
    name = f"told-late-{operation.partition(':')[2].lower()}-{kind.value}"
    with a_world(deployed, [name]) as world, a_listener(deployed) as listener:
        failed = metric_sum(deployed, "NotificationsFailed", "NotifierLogGroup")
        world.deploy(name)
        # What is told of the deployment before must not use up the failures of the incident's.
        assert world.until(lambda: listener.expected(name) == 1, LONG), world.summary()
        fault = interceptor.inject(
            Fault(operation=operation, kind=kind, about=_of_notifier(operation, name), times=BEYOND_THE_SDK)
        )
        assert world.until(lambda: "recovered" in world.verdicts(name), LONG), world.summary()
        assert world.until(lambda: listener.kinds(name)[-1:] == ["recovered"], LONG), world.summary()
        assert listener.kinds(name) == [*stopped(world, name), "recovered"], world.summary()
        check_programs(listener, world, name)
        assert fault.fired == BEYOND_THE_SDK
        assert metric_sum(deployed, "NotificationsFailed", "NotifierLogGroup") > failed


@pytest.mark.all_scenarios
def test_a_call_whose_answer_is_lost_is_made_again(deployed: DeployedApp, interceptor: Interceptor) -> None:
    """At least once: what may have arrived is sent again, and nothing is lost behind it."""
    names = {operation: f"told-again-{operation.partition(':')[2].lower()}-end" for operation in NOTIFYING}
    with a_world(deployed, names.values()) as world, a_listener(deployed) as listener:
        for name in names.values():
            world.deploy(name)
        assert world.until(lambda: all(listener.expected(name) == 1 for name in names.values()), LONG)
        faults = [
            interceptor.inject(
                Fault(
                    operation=operation,
                    kind=FaultKind.ANSWER_LOST,
                    about=_of_notifier(operation, name),
                    times=1,
                )
            )
            for operation, name in names.items()
        ]

        def over() -> bool:
            return all(listener.kinds(name)[-1:] == ["recovered"] for name in names.values())

        assert world.until(over, LONG), world.summary()
        assert [fault.fired for fault in faults] == [1] * len(faults)
        for name in names.values():
            assert list(dict.fromkeys(listener.kinds(name))) == [*stopped(world, name), "recovered"]
            check_programs(listener, world, name, again=True)
