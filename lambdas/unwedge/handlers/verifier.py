"""The verifier Lambda: looks at a service after its deployment, and says whether it works.

It changes no service, and nothing that acts waits for it.
"""

import os
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from botocore.config import Config

from unwedge.model.codec import to_json
from unwedge.model.settings import settings_from
from unwedge.model.situation import Failure
from unwedge.model.verification import Result, Verification
from unwedge.observe.reads import ReadError
from unwedge.people.view.context import frame_of
from unwedge.people.view.verified import not_verified, verification_page
from unwedge.record.verification_writer import VerificationWriter
from unwedge.verify.reading import Reads
from unwedge.verify.requests import NoRequest, Request, asked_for, message_of, parse_request
from unwedge.verify.verifier import NotVerified, Verifier

logger, metrics = Logger(), Metrics()
_CONFIG = Config(retries={"mode": "standard", "max_attempts": 3}, connect_timeout=3, read_timeout=5)
# What has only just started is looked at again so often, and for so long.
_AGAIN_SECONDS, _PATIENCE_SECONDS = 20, 180


@cache
def verifier() -> Verifier:
    """One per execution environment, made at the first request."""
    ecs, logs = boto3.client("ecs", config=_CONFIG), boto3.client("logs", config=_CONFIG)
    allowed = os.environ["UNWEDGE_EXEC_CLUSTERS"].split(",")

    def reads() -> Reads:
        return Reads(
            ecs,
            logs,
            lambda: boto3.client("servicediscovery", config=_CONFIG),
            lambda: boto3.client("iam", config=_CONFIG),
            lambda: boto3.client("ec2", config=_CONFIG),
        )

    return Verifier(
        reads, ecs, settings_from(os.environ), lambda cluster: cluster in allowed or allowed == ["*"]
    )


@cache
def writer() -> VerificationWriter:
    """Keeps those that are made."""
    return VerificationWriter(boto3.client("dynamodb", config=_CONFIG), os.environ["UNWEDGE_LEDGER_TABLE"])


def _now() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)


def verified(request: Request, now: datetime) -> None:
    """Look once: the result is kept, or the look put off. Raises ReadError for what may pass, and AWS's
    errors of ledger and queue, for the queue to retry."""
    waited = request.waited(now)
    last = waited >= _PATIENCE_SECONDS
    looked = verifier().look(
        request.cluster_arn, request.service_name, request.cause, now, waited=round(waited), last=last
    )
    if isinstance(looked, NotVerified):
        logger.info("not_verified", extra={**_about(request), "why": looked.sentence})
        return
    if looked.soon and not last:
        later = request._replace(first_at=request.first_at or now)
        boto3.client("sqs", config=_CONFIG).send_message(
            QueueUrl=os.environ["UNWEDGE_CHECKS_URL"],
            MessageBody=message_of(later),
            DelaySeconds=_AGAIN_SECONDS,
        )
        logger.info("verification_put_off", extra={**_about(request), "why": looked.soon})
        return
    if not _kept(looked.verification):
        logger.info("not_verified", extra={**_about(request), "why": "the same was found just now"})


def _kept(verification: Verification) -> bool:
    """Keep it, and count and log what was kept."""
    if not writer().save(verification):
        return False
    logger.info(
        "service_verified",
        extra={
            "cluster": verification.cluster_arn,
            "service": verification.service_name,
            "cause": verification.cause.value,
            "result": verification.result.value,
            "revision": verification.revision,
            "checks": to_json(verification.checks),
            "calls": verification.calls,
            "seconds": verification.seconds,
            "waited_seconds": verification.waited,
        },
    )
    metrics.add_metric(name="Verifications", unit=MetricUnit.Count, value=1)
    if verification.result is Result.FAIL:
        metrics.add_metric(name="VerificationsFailed", unit=MetricUnit.Count, value=1)
    metrics.add_metric(name="SecondsToVerify", unit=MetricUnit.Seconds, value=verification.seconds)
    return True


def _about(request: Request) -> dict[str, Any]:
    return {
        "cluster": request.cluster_arn,
        "service": request.service_name,
        "cause": request.cause.value,
    }


def handled(message: Mapping[str, Any]) -> bool:
    """One message of the queue. False: the queue should bring it again."""
    request = parse_request(message["body"])
    if isinstance(request, NoRequest):
        logger.warning("request_refused", extra={"why": request.why, "message_id": message["messageId"]})
        return True
    try:
        verified(request, _now())
    except ReadError as error:
        logger.warning("verification_failed", extra={**_about(request), "why": str(error)})
        metrics.add_metric(name="VerificationsNotMade", unit=MetricUnit.Count, value=1)
        return error.failure.failure is not Failure.UNAVAILABLE
    except Exception:
        # The one boundary: said here, retried by the queue, and kept by the dead-letter queue at last.
        logger.exception("verification_failed", extra=_about(request))
        metrics.add_metric(name="VerificationsNotMade", unit=MetricUnit.Count, value=1)
        return False
    return True


def _asked(event: Mapping[str, Any]) -> Verification | str:
    """A person asks: one look, kept as it is found; a sentence where there is none."""
    request = asked_for(event)
    if isinstance(request, NoRequest):
        return request.why
    try:
        looked = verifier().look(request.cluster_arn, request.service_name, request.cause, _now(), last=True)
    except ReadError as error:
        return f"It cannot be verified: {error}."
    if isinstance(looked, NotVerified):
        return looked.sentence
    _kept(looked.verification)
    return looked.verification


@metrics.log_metrics(capture_cold_start_metric=True)
@logger.inject_lambda_context
def handler(event: Any, context: Any) -> Any:
    """An SQS batch with partial failures; or what a person asks for, by a button or by `unwedge verify`."""
    if isinstance(event, dict) and "Records" in event:
        failed = [item["messageId"] for item in event["Records"] if not handled(item)]
        return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}
    if not isinstance(event, dict):
        return {"error": "A request is a JSON object with cluster_arn and service_name."}
    found = _asked(event)
    if "widgetContext" in event:
        frame = frame_of(event, _now())
        return str(not_verified(found, frame) if isinstance(found, str) else verification_page(found, frame))
    return {"error": found} if isinstance(found, str) else to_json(found)
