"""The notifier Lambda: recorded decisions from the ledger's stream to people and programs."""

import os
from collections.abc import Mapping
from functools import cache
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from botocore.config import Config

from unwedge.people.notification.conversation_store import ConversationStore
from unwedge.people.notification.expected import ExpectedDeadlock
from unwedge.people.notification.message import Addresses
from unwedge.people.notification.notifier import Notifier, entry_in
from unwedge.people.notification.repaired import RepairedService
from unwedge.people.notification.sending import RefusedRecordError, Sender
from unwedge.people.notification.verified import VerifiedService

logger, metrics = Logger(), Metrics()
# The stream retries for a day; a call that hangs must not take the function's time.
_CONFIG = Config(retries={"mode": "standard", "max_attempts": 3}, connect_timeout=3, read_timeout=5)


@cache
def notifier() -> Notifier:
    """One per execution environment, made at the first event."""
    conversations = ConversationStore(
        boto3.client("dynamodb", config=_CONFIG), os.environ["UNWEDGE_LEDGER_TABLE"]
    )
    return Notifier(
        conversations,
        Sender(
            boto3.client("sns", config=_CONFIG),
            os.environ["UNWEDGE_TOPIC"],
            boto3.client("events", config=_CONFIG),
        ),
        Addresses(os.environ["AWS_REGION"], os.environ["UNWEDGE_DASHBOARD"], os.environ["UNWEDGE_RUNBOOK"]),
    )


def notified(record: Mapping[str, Any]) -> None:
    """One record: told, or refused in one line. What AWS did not take raises, for the stream to retry."""
    try:
        entry = entry_in(record)
        if isinstance(entry, VerifiedService):
            _count("Notifications", int(notifier().notify_verified(entry)))
            return
        if isinstance(entry, ExpectedDeadlock):
            _count("Notifications", int(notifier().notify_expected(entry)))
            return
        if isinstance(entry, RepairedService):
            _count("Notifications", int(notifier().notify_repaired(entry)))
            return
        notification, sent = notifier().notify(entry)
    except RefusedRecordError as refusal:
        logger.warning("notification_refused", extra={"record": refusal.key, "why": refusal.problem})
        _count("NotificationsRefused")
        return
    except Exception:
        # The one boundary: said here, and retried by the stream until the record is a day old.
        logger.exception("notification_failed", extra={"record": record.get("eventID")})
        _count("NotificationsFailed")
        raise
    _count("Notifications", int(sent))
    if notification is None:
        return
    told = notification.record
    about = {
        "kind": notification.kind.value,
        "conversation": notification.conversation,
        "verdict": told.decision.verdict,
    }
    logger.info(
        "notification_sent" if sent else "notification_suppressed",
        extra={**about, "service": told.service_name, "entry": told.sk},
    )


def _count(name: str, value: int = 1) -> None:
    metrics.add_metric(name=name, unit=MetricUnit.Count, value=value)


@metrics.log_metrics(capture_cold_start_metric=True)
@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> None:
    """A batch of the ledger's stream, of one record: a second one would be told again with it when the first
    fails. An event without records only warms the function up."""
    notifier()
    for record in event.get("Records", ()):
        notified(record)
