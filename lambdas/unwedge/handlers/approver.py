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

import boto3

from unwedge.handlers.wiring import Parts, from_env, make_reporter
from unwedge.observe.reads import ReadError
from unwedge.people.answer.approver import Approver, Reply, parse_answer
from unwedge.people.answer.button_key import ButtonKey
from unwedge.people.answer.pausing import PAUSE, KillSwitchChange, change_kill_switch, parse_change
from unwedge.people.answer.tokens import RESUME, answer_subject, check_token
from unwedge.people.view.context import Frame, frame_of
from unwedge.people.view.reply import reply

logger, metrics, reporter = make_reporter()


@cache
def parts() -> Parts:
    """One set per execution environment, made at the first answer."""
    return from_env(os.environ, reporter)


def _take(request: Mapping[str, Any], now: datetime) -> Reply:
    request = {name: value for name, value in request.items() if name != "token"}
    asked = parse_change(request) if "kill_switch" in request else parse_answer(request)
    if isinstance(asked, Reply):
        logger.warning("answer_refused", extra={"why": asked.sentence})
        return asked
    if isinstance(asked, KillSwitchChange):
        return change_kill_switch(asked, now, parts().kill_switch.change_to, reporter)
    return Approver(parts().controller, parts().ledger, reporter).take(asked, now)


@cache
def button_key() -> ButtonKey:
    """One per execution environment, made at the first button."""
    return ButtonKey(boto3.client("secretsmanager").get_secret_value, os.environ["UNWEDGE_BUTTON_KEY"])


def _not_by_button(event: Mapping[str, Any], frame: Frame, now: datetime) -> str | None:
    """Why this does not come from a button that the viewer drew; None where it does. Pausing stays easy."""
    if event.get("kill_switch") == PAUSE:
        return None
    about = RESUME if "kill_switch" in event else answer_subject(event.get("incident"), event.get("subject"))
    own = os.environ["UNWEDGE_DASHBOARD"]
    if frame.dashboard != own:
        return f"Nothing was done: only buttons of the dashboard {own} act. Use it, or the command line."
    try:
        checked = check_token(event.get("token"), button_key().get(now), about, own, now)
    except ReadError as error:
        return f"Nothing was done: the button cannot be checked ({error}). Use the command line."
    if isinstance(checked, str):
        return f"Nothing was done: this button does not act, because {checked}."
    if not parts().ledger.spend(checked.nonce, now):
        return "Nothing was done: this button was pressed before. Refresh the dashboard."
    return None


@metrics.log_metrics(capture_cold_start_metric=True)
@logger.inject_lambda_context
def handler(event: Any, context: Any) -> dict[str, Any] | str:
    """An answer, or a change of the kill switch, as its fields; replies with what came of it, as `Reply`."""
    now = datetime.fromtimestamp(time.time(), UTC)
    reporter.answered()
    if not isinstance(event, dict):
        return Reply(False, "This is no answer: it is not a JSON object.")._asdict()
    if "widgetContext" not in event:
        return _take(event, now)._asdict()
    frame = frame_of(event, now)
    refusal = _not_by_button(event, frame, now)
    if refusal:
        logger.warning("answer_refused", extra={"why": refusal})
        return str(reply(False, refusal, frame))
    # CloudWatch does not say who pressed: the name is what the person wrote, if anything.
    by = frame.fields.get("by") or f"somebody at dashboard {frame.dashboard or 'unknown'}"
    taken = _take({"reason": frame.fields.get("reason", ""), **event, "by": by}, now)
    return str(reply(taken.taken, taken.sentence, frame))
