"""The approver Lambda: a person's answer, taken, observed and decided on at once."""

import os
import time
from datetime import UTC, datetime
from functools import cache
from typing import Any

from unwedge.approve import Approver, Reply, parse_answer
from unwedge.handlers.wiring import from_env, make_reporter

logger, metrics, reporter = make_reporter()


@cache
def approver() -> Approver:
    """One per execution environment, made at the first answer."""
    parts = from_env(os.environ, reporter)
    return Approver(parts.controller, parts.ledger, reporter)


@metrics.log_metrics(capture_cold_start_metric=True)
@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """An answer as its fields in JSON; replies with what came of it, as `Reply`."""
    answer = parse_answer(event)
    if isinstance(answer, Reply):
        logger.warning("answer refused", extra={"why": answer.sentence})
        return answer._asdict()
    return approver().take(answer, datetime.fromtimestamp(time.time(), UTC))._asdict()
