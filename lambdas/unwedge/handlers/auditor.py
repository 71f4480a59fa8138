"""The auditor Lambda: what the next deployment of each service will do to its data, and what to change.

It changes no service. That a deployment will deadlock is kept and told; nothing is stopped for it.
"""

import os
import time
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from botocore.config import Config

from unwedge.model.codec import to_json
from unwedge.model.posture import Severity
from unwedge.model.settings import settings_from
from unwedge.model.situation import Failure
from unwedge.observe.reads import ReadError
from unwedge.people.expectation import what_follows, what_happens
from unwedge.people.view.context import frame_of
from unwedge.people.view.posture import handed_on, not_audited, posture_page
from unwedge.posture.auditor import Audited, Auditor, NotAudited
from unwedge.posture.reading import PostureReads
from unwedge.posture.repair_requests import RepairRequest
from unwedge.posture.repair_requests import message_of as repair_message
from unwedge.posture.requests import (
    Cluster,
    Ended,
    Everything,
    NoRequest,
    Service,
    asked_for,
    message_of,
    parse_request,
)
from unwedge.record.feed import Feed
from unwedge.record.posture_writer import PostureWriter
from unwedge.record.postures import Postures

logger, metrics = Logger(), Metrics()
_CONFIG = Config(retries={"mode": "standard", "max_attempts": 3}, connect_timeout=3, read_timeout=5)
# So much time is left for the service at hand, and for the message about the rest.
_RESERVE_MILLISECONDS = 30_000


@cache
def postures() -> Postures:
    """Reads what is kept."""
    return Postures(boto3.client("dynamodb", config=_CONFIG), os.environ["UNWEDGE_LEDGER_TABLE"])


@cache
def writer() -> PostureWriter:
    """Keeps what is found."""
    return PostureWriter(boto3.client("dynamodb", config=_CONFIG), os.environ["UNWEDGE_LEDGER_TABLE"])


@cache
def auditor() -> Auditor:
    """One per execution environment, made at the first request."""
    ecs = boto3.client("ecs", config=_CONFIG)
    return Auditor(
        ecs,
        PostureReads(ecs, lambda: boto3.client("elbv2", config=_CONFIG)),
        postures(),
        writer(),
        Feed(boto3.client("dynamodb", config=_CONFIG), os.environ["UNWEDGE_LEDGER_TABLE"]),
        settings_from(os.environ),
        acts=os.environ["UNWEDGE_ACTS"] == "true",
    )


def _now() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)


def audited(request: Everything | Cluster | Service | Ended, context: Any) -> None:
    """One request. Raises what the auditor raises, for the queue to retry."""
    now = _now()
    match request:
        case Everything():
            _count_risks()
            for cluster in auditor().clusters():
                _hand_on(Cluster(cluster))
        case Cluster():
            found = auditor().cluster(request, now, lambda: _late(context))
            for made in found.audits:
                _report(made)
                _ask_for_repair(made)
            if found.left:
                _hand_on(found.left)
        case Ended():
            writer().ended(request.cluster_arn, request.service_name, request.deployment, now)
        case Service():
            made = auditor().service(request, now)
            _report(made)
            # While a deployment begins nothing is changed: the audit after it asks.
            if not request.deployment:
                _ask_for_repair(made)


def _late(context: Any) -> bool:
    return bool(context.get_remaining_time_in_millis() < _RESERVE_MILLISECONDS)


def _hand_on(cluster: Cluster) -> None:
    boto3.client("sqs", config=_CONFIG).send_message(
        QueueUrl=os.environ["UNWEDGE_AUDITS_URL"], MessageBody=message_of(cluster)
    )


def _ask_for_repair(made: Audited | NotAudited) -> None:
    """Hand a service that asks for it to the mender, where there is one: it looks and decides for itself."""
    queue = os.environ.get("UNWEDGE_REPAIRS_URL")
    if queue and isinstance(made, Audited) and made.repair:
        request = RepairRequest(made.posture.cluster_arn, made.posture.service_name)
        boto3.client("sqs", config=_CONFIG).send_message(QueueUrl=queue, MessageBody=repair_message(request))


def _count_risks() -> None:
    """How many services have a finding so bad, as the audits before this one left them."""
    worst = Counter(row.worst for row in postures().one_of_each()[0])
    for name, severity in (("ServicesCritical", Severity.CRITICAL), ("ServicesHigh", Severity.HIGH)):
        metrics.add_metric(name=name, unit=MetricUnit.Count, value=worst[severity])


def _report(made: Audited | NotAudited) -> None:
    """One line for an audit that changed what is kept; of a service that is none of ours nothing is said."""
    if isinstance(made, NotAudited):
        if made.closed:
            about = {"cluster": made.cluster_arn, "service": made.service_name, "why": made.sentence}
            logger.info("findings_closed", extra=about)
        return
    posture, saved = made.posture, made.saved
    metrics.add_metric(name="Audits", unit=MetricUnit.Count, value=1)
    about = {"cluster": posture.cluster_arn, "service": posture.service_name}
    if saved:
        logger.info(
            "service_audited",
            extra={
                **about,
                "outlook": posture.outlook.value,
                "worst": posture.worst.value if posture.worst else None,
                "opened": ", ".join(kind.value for kind in saved.opened),
                "closed": ", ".join(kind.value for kind in saved.closed),
                "mode": posture.mode,
                "gap_seconds": posture.gap,
                "wedges": saved.kept.wedges,
            },
        )
        for name, value in (("FindingsOpened", len(saved.opened)), ("FindingsClosed", len(saved.closed))):
            if value:
                metrics.add_metric(name=name, unit=MetricUnit.Count, value=value)
    if made.expected:
        sentence = f"{what_happens(made.expected)} {what_follows(made.expected)}"
        told = {"deployment": made.expected.deployment, "sentence": sentence}
        logger.info("deadlock_expected", extra={**about, **told})
        metrics.add_metric(name="DeadlocksExpected", unit=MetricUnit.Count, value=1)


def handled(message: Mapping[str, Any], context: Any) -> bool:
    """One message of the queue. False: the queue should bring it again."""
    request = parse_request(message["body"], message.get("eventSourceARN", ""))
    if isinstance(request, NoRequest):
        logger.warning("request_refused", extra={"why": request.why, "message_id": message["messageId"]})
        return True
    about = {"request": to_json(request)}
    try:
        audited(request, context)
    except ReadError as error:
        logger.warning("audit_failed", extra={**about, "why": str(error)})
        metrics.add_metric(name="AuditsFailed", unit=MetricUnit.Count, value=1)
        return error.failure.failure is not Failure.UNAVAILABLE
    except Exception:
        # The one boundary: said here, retried by the queue, and kept by the dead-letter queue at last.
        logger.exception("audit_failed", extra=about)
        metrics.add_metric(name="AuditsFailed", unit=MetricUnit.Count, value=1)
        return False
    return True


def _asked(request: Everything | Service | NoRequest, context: Any) -> Audited | NotAudited | int | str:
    """A person asks: one service at once, or all by the queue. A sentence where that cannot be."""
    if isinstance(request, NoRequest):
        return request.why
    try:
        if isinstance(request, Everything):
            clusters = auditor().clusters()
            for cluster in clusters:
                _hand_on(Cluster(cluster))
            return len(clusters)
        made = auditor().service(request, _now())
    except ReadError as error:
        return f"It cannot be audited: {error}."
    _report(made)
    _ask_for_repair(made)
    return made


@metrics.log_metrics(capture_cold_start_metric=True)
@logger.inject_lambda_context
def handler(event: Any, context: Any) -> Any:
    """An SQS batch with partial failures; or what a person asks for by a button."""
    if isinstance(event, dict) and "Records" in event:
        failed = [item["messageId"] for item in event["Records"] if not handled(item, context)]
        return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}
    if not isinstance(event, dict):
        return {"error": "A request is a JSON object with cluster_arn and service_name."}
    made = _asked(asked_for(event), context)
    return _shown(made, event) if "widgetContext" in event else _told(made)


def _told(made: Audited | NotAudited | int | str) -> Any:
    match made:
        case int():
            return {"clusters": made}
        case str():
            return {"error": made}
        case NotAudited():
            return {"error": made.sentence}
    return to_json(made.posture)


def _shown(made: Audited | NotAudited | int | str, event: Mapping[str, Any]) -> str:
    frame = frame_of(event, _now())
    if isinstance(made, int):
        return str(handed_on(made, frame))
    if isinstance(made, str | NotAudited):
        return str(not_audited(made if isinstance(made, str) else made.sentence, frame))
    arn, name = made.posture.cluster_arn, made.posture.service_name
    kept = made.saved.kept if made.saved else postures().newest_of(arn, name)
    if kept is None:
        return str(not_audited("It is not kept any more.", frame))
    return str(posture_page(kept, postures().findings_of(arn, name), frame))
