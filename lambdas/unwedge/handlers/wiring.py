"""The stages with their clients, wired from a function's environment."""

from collections.abc import Mapping
from typing import NamedTuple

import boto3
from aws_lambda_powertools import Logger, Metrics
from botocore.config import Config

from unwedge.act.actor import Actor
from unwedge.act.kill_switch import ParameterKillSwitch
from unwedge.controller import Controller
from unwedge.model.settings import settings_from
from unwedge.observe.observer import Observer
from unwedge.record.dynamo import DynamoLedger
from unwedge.record.reporter import Reporter
from unwedge.signal.queue import SqsQueues
from unwedge.sweep import Sweeper

# Standard mode retries what AWS says may be retried; a wedged service waits, a stuck Lambda does not help.
_CONFIG = Config(retries={"mode": "standard", "max_attempts": 3}, connect_timeout=3, read_timeout=5)


class Parts(NamedTuple):
    """What the handlers call."""

    controller: Controller
    sweeper: Sweeper
    ledger: DynamoLedger
    kill_switch: ParameterKillSwitch
    queues: SqsQueues


def from_env(environ: Mapping[str, str], reporter: Reporter) -> Parts:
    """Everything, ready to run. Raises PolicyError and KeyError for a setting that is wrong or missing."""
    settings = settings_from(environ)
    ecs = boto3.client("ecs", config=_CONFIG)
    logs = boto3.client("logs", config=_CONFIG)
    observer = Observer(ecs, logs, settings, lambda: boto3.client("elbv2", config=_CONFIG))
    ledger = DynamoLedger(boto3.client("dynamodb", config=_CONFIG), environ["UNWEDGE_LEDGER_TABLE"])
    queues = SqsQueues(
        boto3.client("sqs", config=_CONFIG), environ["UNWEDGE_SIGNALS_URL"], environ["UNWEDGE_PASSES_URL"]
    )
    kill_switch = ParameterKillSwitch(boto3.client("ssm", config=_CONFIG), environ["UNWEDGE_KILL_SWITCH"])
    actor = Actor(ecs, observer, ledger, settings, kill_switch)
    controller = Controller(observer, actor, ledger, queues, reporter, settings, kill_switch)
    return Parts(controller, Sweeper(ecs, ledger, queues, settings), ledger, kill_switch, queues)


def make_reporter() -> tuple[Logger, Metrics, Reporter]:
    """The log, the metrics and the reporter of one function."""
    logger, metrics = Logger(), Metrics()
    return logger, metrics, Reporter(logger, metrics)
