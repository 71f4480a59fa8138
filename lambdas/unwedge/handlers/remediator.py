"""The remediator Lambda: signals from the queue to the controller, one at a time."""

import os
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics
from botocore.config import Config

from unwedge.act import Actor
from unwedge.controller import Controller
from unwedge.ledger import DynamoLedger, LedgerConflictError
from unwedge.looks import QueueLooks
from unwedge.observe import Observer
from unwedge.policy import policy_from
from unwedge.record import Reporter
from unwedge.signals import Refusal, Signal, parse_signal
from unwedge.switch import ParameterSwitch

logger = Logger()
metrics = Metrics()
reporter = Reporter(logger, metrics)

# Standard mode retries what AWS says may be retried; a wedged service waits, a stuck Lambda does not help.
_CONFIG = Config(retries={"mode": "standard", "max_attempts": 3}, connect_timeout=3, read_timeout=5)


def from_env(environ: Mapping[str, str]) -> Controller:
    """The controller with its clients, wired from the function's environment."""
    policy = policy_from(environ)
    ecs = boto3.client("ecs", config=_CONFIG)
    observer = Observer(ecs, boto3.client("logs", config=_CONFIG), policy)
    ledger = DynamoLedger(boto3.client("dynamodb", config=_CONFIG), environ["UNWEDGE_LEDGER_TABLE"])
    looks = QueueLooks(boto3.client("sqs", config=_CONFIG), environ["UNWEDGE_QUEUE_URL"])
    switch = ParameterSwitch(boto3.client("ssm", config=_CONFIG), environ["UNWEDGE_SWITCH_PARAMETER"])
    actor = Actor(ecs, observer, ledger, policy, switch)
    return Controller(observer, actor, ledger, looks, reporter, policy, switch)


@cache
def controller() -> Controller:
    """One controller per execution environment, made at the first signal."""
    return from_env(os.environ)


def _look(signal: Signal) -> None:
    try:
        controller().handle(signal, datetime.fromtimestamp(time.time(), UTC))
    except LedgerConflictError as conflict:
        reporter.noted(signal, f"{conflict}; looking again in a moment")
        controller().postpone(signal)


def handled(message: Mapping[str, Any]) -> bool:
    """One message: a signal to look at, or input to refuse. False: the queue should bring it again."""
    reporter.received()
    try:
        signal = parse_signal(message["body"])
        if isinstance(signal, Refusal):
            reporter.refused(signal, message["messageId"])
        else:
            _look(signal)
    except Exception:
        # The one boundary: said here, retried by the queue, and kept by the dead-letter queue at last.
        logger.exception(
            "signal not handled, the queue retries it", extra={"message_id": message["messageId"]}
        )
        reporter.failed()
        return False
    return True


@metrics.log_metrics(capture_cold_start_metric=True)
@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """An SQS batch with partial failures: what fails goes back to the queue, and at last to the dead letters.

    By hand: Powertools' batch utility would be a sixth of the cold start, for these two lines.
    """
    failed = [message["messageId"] for message in event["Records"] if not handled(message)]
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}
