"""The viewer Lambda: the dashboard's custom widgets. It reads, and never changes anything."""

import os
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

import boto3
from aws_lambda_powertools import Logger
from botocore.config import Config

from unwedge.act.kill_switch import ParameterKillSwitch
from unwedge.model.settings import settings_from
from unwedge.people.answer.button_key import ButtonKey
from unwedge.people.view.context import Calls
from unwedge.people.view.viewer import DESCRIPTION, Alarms, Sources, Viewer
from unwedge.record.feed import Feed
from unwedge.record.postures import Postures
from unwedge.record.repairs import Repairs
from unwedge.record.verifications import Verifications

# A person waits: better a sentence soon than an answer late.
_CONFIG = Config(retries={"mode": "standard", "max_attempts": 2}, connect_timeout=2, read_timeout=5)
logger = Logger()


def _sources(environ: Mapping[str, str]) -> Sources:
    table = environ["UNWEDGE_LEDGER_TABLE"]
    secrets = boto3.client("secretsmanager", config=_CONFIG)
    dynamodb = boto3.client("dynamodb", config=_CONFIG)
    return Sources(
        Feed(dynamodb, table),
        ParameterKillSwitch(boto3.client("ssm", config=_CONFIG), environ["UNWEDGE_KILL_SWITCH"]),
        Alarms(boto3.client("cloudwatch", config=_CONFIG), environ["UNWEDGE_ALARM_PREFIX"]),
        settings_from(environ),
        table,
        ButtonKey(secrets.get_secret_value, environ["UNWEDGE_BUTTON_KEY"]),
        environ["UNWEDGE_DASHBOARD"],
        Verifications(dynamodb, table),
        Postures(dynamodb, table),
        Repairs(dynamodb, table),
    )


@cache
def viewer(own_arn: str) -> Viewer:
    """One per execution environment, made at the first invocation."""
    calls = Calls(
        own_arn,
        os.environ["UNWEDGE_APPROVER_FUNCTION"],
        verifier=os.environ["UNWEDGE_VERIFIER_FUNCTION"],
        auditor=os.environ["UNWEDGE_AUDITOR_FUNCTION"],
    )
    return Viewer(_sources(os.environ), calls)


@logger.inject_lambda_context
def handler(event: Any, context: Any) -> str:
    """A widget's parameters with CloudWatch's widgetContext; replies with HTML, to `describe` in Markdown."""
    if not isinstance(event, dict):
        return "<p>There is nothing to show: a widget sends its parameters as a JSON object.</p>"
    if event.get("describe"):
        return DESCRIPTION
    shown = viewer(context.invoked_function_arn).show(event, datetime.fromtimestamp(time.time(), UTC))
    logger.info("widget_shown", extra={"view": str(event.get("view"))[:40], "characters": len(shown)})
    return str(shown)
