"""The mender Lambda: makes a service stop its old task first, where its tags ask for it.

It starts no deployment and stops no task. What it does is decided from the service as it is now; the message
says only which one.
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

from unwedge.act.kill_switch import ParameterKillSwitch
from unwedge.act.repairer import Repairer
from unwedge.model.settings import Mode, Settings, settings_from
from unwedge.model.situation import Failure
from unwedge.observe.reads import ReadError
from unwedge.posture.facts import Facts
from unwedge.posture.reading import PostureReads
from unwedge.posture.repair import NotRepaired
from unwedge.posture.repair_requests import RepairRequest, parse_request
from unwedge.posture.requests import NoRequest
from unwedge.record.open_incident import OpenIncident
from unwedge.record.repair_writer import RepairWriter
from unwedge.record.repairs import Answer, Repaired, RepairState
from unwedge.repairs import Busy, Fresh, Mender

logger, metrics = Logger(), Metrics()
_CONFIG = Config(retries={"mode": "standard", "max_attempts": 3}, connect_timeout=3, read_timeout=5)


@cache
def settings() -> Settings:
    """The stack's."""
    return settings_from(os.environ)


@cache
def reads() -> PostureReads:
    """Reads services."""
    ecs = boto3.client("ecs", config=_CONFIG)
    return PostureReads(ecs, lambda: boto3.client("elbv2", config=_CONFIG))


@cache
def repairs() -> RepairWriter:
    """Keeps what is done."""
    return RepairWriter(boto3.client("dynamodb", config=_CONFIG), os.environ["UNWEDGE_LEDGER_TABLE"])


@cache
def mender() -> Mender:
    """One per execution environment, made at the first request."""
    incidents = OpenIncident(boto3.client("dynamodb", config=_CONFIG), os.environ["UNWEDGE_LEDGER_TABLE"])
    return Mender(
        Repairer(boto3.client("ecs", config=_CONFIG)),
        repairs(),
        ParameterKillSwitch(boto3.client("ssm", config=_CONFIG), os.environ["UNWEDGE_KILL_SWITCH"]),
        # The function is there only where the stack may change services.
        allowed=settings().watches,
        incident=incidents.of,
        again=_fresh,
    )


def _now() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)


def _fresh(cluster_arn: str, name: str, now: datetime) -> Fresh | None:
    found = reads().with_answer(cluster_arn, name, now, settings())
    return Fresh(*found) if found else None


def mended(request: RepairRequest, now: datetime) -> bool:
    """One request. False: another invocation is at it, so that the queue should bring it again. Raises what
    Mender raises."""
    if not settings().watches(request.cluster_arn):
        logger.info("not_repaired", extra={"why": "The cluster is not watched."})
        return True
    found = reads().service(request.cluster_arn, request.service_name, now, settings())
    if found is None:
        logger.info("not_repaired", extra={"why": "The service is gone."})
        return True
    outcome = mender().mend(found, now)
    if isinstance(outcome, Busy):
        logger.info("repair_waits", extra={**_about(request), "why": outcome.sentence})
        return False
    if isinstance(outcome, NotRepaired):
        _not_repaired(request, found, outcome, now)
    else:
        _repaired(request, outcome)
    return True


def _repaired(request: RepairRequest, outcome: Repaired) -> None:
    done = outcome.state is RepairState.DONE
    said = {"before": outcome.before, "why": outcome.sentence}
    if done:
        logger.info("service_repaired", extra={**_about(request), **said})
    else:
        logger.warning("repair_refused", extra={**_about(request), **said})
    _count("Repairs" if done else "RepairsRefused")


def _not_repaired(request: RepairRequest, facts: Facts, outcome: NotRepaired, now: datetime) -> None:
    """Kept where the service shows it. Of one that nobody wants watched, or that asks no more, nothing is."""
    if facts.mode is Mode.OFF or facts.shape.repair_tag is None:
        logger.info("not_repaired", extra={"why": "The service does not ask for it any more."})
        return
    answer = Answer(now, outcome.sentence, outcome.told)
    repairs().keep_answer(request.cluster_arn, request.service_name, answer)
    about = {**_about(request), "why": outcome.sentence}
    if outcome.told:
        logger.warning("repair_refused", extra=about)
        _count("RepairsRefused")
    else:
        logger.info("not_repaired", extra=about)


def _about(request: RepairRequest) -> dict[str, str]:
    return {"cluster": request.cluster_arn, "service": request.service_name}


def _count(name: str) -> None:
    metrics.add_metric(name=name, unit=MetricUnit.Count, value=1)


def _tried(request: RepairRequest, now: datetime) -> bool:
    """A read that AWS denies is denied again: that is the answer, and people see it."""
    try:
        return mended(request, now)
    except ReadError as error:
        logger.warning("repair_failed", extra={**_about(request), "why": str(error)})
        _count("RepairsFailed")
        if error.failure.failure is Failure.UNAVAILABLE:
            return False
        answer = Answer(now, f"It cannot be read: {error}.", told=True)
        repairs().keep_answer(request.cluster_arn, request.service_name, answer)
        return True


def handled(message: Mapping[str, Any]) -> bool:
    """One message of the queue. False: the queue should bring it again."""
    request = parse_request(message["body"])
    if isinstance(request, NoRequest):
        logger.warning("request_refused", extra={"why": request.why, "message_id": message["messageId"]})
        return True
    try:
        return _tried(request, _now())
    except Exception:
        # The one boundary: said here, retried by the queue, and kept by the dead-letter queue at last.
        logger.exception("repair_failed", extra=_about(request))
        _count("RepairsFailed")
        return False


@metrics.log_metrics(capture_cold_start_metric=True)
@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """An SQS batch with partial failures."""
    failed = [item["messageId"] for item in event["Records"] if not handled(item)]
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}
