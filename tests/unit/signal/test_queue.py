"""Which queue a message to ourselves goes through."""

import json
from typing import Any, cast

import pytest

from tests.support.situations import CLUSTER, SERVICE, contender
from unwedge.signal.queue import SqsQueues
from unwedge.signal.signals import Cause, Signal, Sweep, parse_signal

SIGNALS = "https://sqs.eu-west-1.amazonaws.com/123456789012/Unwedge-Queue"
PASSES = "https://sqs.eu-west-1.amazonaws.com/123456789012/Unwedge-Passes"
ARN = "arn:aws:sqs:eu-west-1:123456789012:"


class Sqs:
    """What was sent."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []

    def send_message(self, **params: Any) -> None:
        """Remember it."""
        self.sent.append(params)


@pytest.fixture
def sqs() -> Sqs:
    """A client that remembers."""
    return Sqs()


def queues(sqs: Sqs) -> SqsQueues:
    """Both, by their addresses."""
    return SqsQueues(cast(Any, sqs), SIGNALS, PASSES)


@pytest.mark.parametrize(
    ("cause", "hinted", "url"),
    [
        (Cause.REQUEUED, False, PASSES),
        (Cause.REQUEUED, True, PASSES),
        (Cause.ANSWER, False, PASSES),
        (Cause.SWEEP, False, PASSES),
        (Cause.SWEEP, True, SIGNALS),
        (Cause.TASK, True, SIGNALS),
        (Cause.DEPLOYMENT, False, SIGNALS),
    ],
)
def test_what_somebody_waits_for_does_not_queue_behind_events(
    sqs: Sqs, cause: Cause, hinted: bool, url: str
) -> None:
    """Scheduled passes, answers, and open incidents that a sweep found have a queue of their own."""
    signal = Signal(CLUSTER, SERVICE, cause, hint=contender() if hinted else None)
    queues(sqs).schedule(signal, 2000)
    (sent,) = sqs.sent
    assert (sent["QueueUrl"], sent["DelaySeconds"]) == (url, 900)
    assert parse_signal(sent["MessageBody"]) == signal


def test_a_sweep_is_no_pass(sqs: Sqs) -> None:
    """It reads whole clusters."""
    queues(sqs).sweep(Sweep(CLUSTER))
    assert [sent["QueueUrl"] for sent in sqs.sent] == [SIGNALS]


@pytest.mark.parametrize(
    ("arn", "url"),
    [
        (f"{ARN}Unwedge-Passes", PASSES),
        (f"{ARN}Unwedge-Queue", SIGNALS),
        (f"{ARN}other", SIGNALS),
        ("", SIGNALS),
    ],
)
def test_a_message_goes_back_through_the_queue_that_brought_it(sqs: Sqs, arn: str, url: str) -> None:
    """As it is: it may be one that nobody can read."""
    body = json.dumps({"any": "thing"})
    queues(sqs).send_back(body, arn)
    assert sqs.sent == [{"QueueUrl": url, "MessageBody": body, "DelaySeconds": 0}]
