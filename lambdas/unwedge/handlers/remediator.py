"""The remediator Lambda: signals from the queue to the controller, one at a time."""

import os
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from unwedge.handlers.wiring import Parts, from_env, make_reporter
from unwedge.observe.reads import ReadError
from unwedge.record.ledger import LedgerConflictError
from unwedge.signal.signals import Refusal, Signal, Sweep, parse_signal

# Far more than a pass has taken, retries of the SDK included.
_LONGEST_PASS_MS = 15_000
logger, metrics, reporter = make_reporter()


@cache
def parts() -> Parts:
    """One set per execution environment, made at the first signal."""
    return from_env(os.environ, reporter)


def _now() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)


def _reconcile(signal: Signal) -> None:
    try:
        parts().controller.reconcile(signal, _now())
    except LedgerConflictError as conflict:
        reporter.ignored(signal, f"{conflict}; looking again in a moment")
        parts().controller.postpone(signal)


def _sweep(sweep: Sweep) -> None:
    try:
        reporter.swept(sweep, parts().sweeper.sweep(sweep))
    except ReadError as error:
        reporter.not_swept(sweep, error)


def handled(message: Mapping[str, Any]) -> bool:
    """One message: a signal to look at, or input to refuse. False: the queue should bring it again."""
    reporter.received()
    try:
        signal = parse_signal(message["body"], message.get("eventSourceARN"))
        if isinstance(signal, Refusal):
            reporter.refused(signal, message["messageId"])
        elif isinstance(signal, Sweep):
            _sweep(signal)
        else:
            _reconcile(signal)
    except Exception:
        # The one boundary: said here, retried by the queue, and kept by the dead-letter queue at last.
        logger.exception("signal_failed", extra={"message_id": message["messageId"]})
        reporter.failed()
        return False
    return True


def _sent_back(message: Mapping[str, Any]) -> bool:
    """A message for which no time is left, to the end of the queue. False: the queue brings it again."""
    try:
        parts().queues.send_back(message["body"], message.get("eventSourceARN", ""))
    except (BotoCoreError, ClientError):
        logger.exception("signal_failed", extra={"message_id": message["messageId"]})
        return False
    logger.info("message_sent_back")
    return True


@metrics.log_metrics(capture_cold_start_metric=True)
@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """An SQS batch with partial failures: what fails goes back to the queue, and at last to the dead letters.

    By hand: Powertools' batch utility would be a sixth of the cold start, for these two lines.
    """
    failed = []
    for number, message in enumerate(event["Records"]):
        # A pass that the timeout cuts off is retried after minutes; one that was not begun need not wait.
        begin = number == 0 or context.get_remaining_time_in_millis() > _LONGEST_PASS_MS
        if not (handled(message) if begin else _sent_back(message)):
            failed.append(message["messageId"])
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}
