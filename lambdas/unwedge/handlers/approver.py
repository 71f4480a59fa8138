"""The approver Lambda: what a person answers or changes, taken at once.

The command line sends JSON and gets JSON. A button of the dashboard sends the same with CloudWatch's
widgetContext, and gets HTML for the pop-up.
"""

import os
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

from unwedge.handlers.wiring import Parts, from_env, make_reporter
from unwedge.people.answer.approver import Approver, Reply, parse_answer
from unwedge.people.answer.pausing import KillSwitchChange, change_kill_switch, parse_change
from unwedge.people.view.context import frame_of
from unwedge.people.view.reply import reply

logger, metrics, reporter = make_reporter()


@cache
def parts() -> Parts:
    """One set per execution environment, made at the first answer."""
    return from_env(os.environ, reporter)


def _take(request: Mapping[str, Any], now: datetime) -> Reply:
    asked = parse_change(request) if "kill_switch" in request else parse_answer(request)
    if isinstance(asked, Reply):
        logger.warning("answer_refused", extra={"why": asked.sentence})
        return asked
    if isinstance(asked, KillSwitchChange):
        return change_kill_switch(asked, now, parts().kill_switch.change_to, reporter)
    return Approver(parts().controller, parts().ledger, reporter).take(asked, now)


@metrics.log_metrics(capture_cold_start_metric=True)
@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any] | str:
    """An answer, or a change of the kill switch, as its fields; replies with what came of it, as `Reply`."""
    now = datetime.fromtimestamp(time.time(), UTC)
    reporter.answered()
    if "widgetContext" not in event:
        return _take(event, now)._asdict()
    frame = frame_of(event, now)
    # CloudWatch does not say who pressed: the name is what the person wrote, if anything.
    by = frame.fields.get("by") or f"somebody at dashboard {frame.dashboard or 'unknown'}"
    taken = _take({"reason": frame.fields.get("reason", ""), **event, "by": by}, now)
    return str(reply(taken.taken, taken.sentence, frame))
