"""Log lines of the deployed functions, as CloudWatch Logs keeps them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from botocore.exceptions import ClientError

from rehearsal.aws.deployed_app import DeployedApp

_GROUP_OUTPUT = "LogGroup"


@dataclass(frozen=True)
class LogLine:
    """One line: when it was logged (virtual time), its log group and stream, its text."""

    at: datetime
    group: str
    stream: str
    message: str


def function_groups(deployed: DeployedApp) -> list[str]:
    """The log groups of all deployed functions, from the stack's outputs."""
    outputs = deployed.deployment.outputs
    return sorted(value for name, value in outputs.items() if name.endswith(_GROUP_OUTPUT))


def read_lines(deployed: DeployedApp, groups: Iterable[str]) -> list[LogLine]:
    """All lines of these log groups, oldest first; a group that nothing was logged to has none."""
    pages = deployed.emulator.client("logs").get_paginator("filter_log_events")
    found: list[LogLine] = []
    for group in groups:
        try:
            events = [event for page in pages.paginate(logGroupName=group) for event in page["events"]]
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise
            continue
        found += [
            LogLine(
                datetime.fromtimestamp(event["timestamp"] / 1000, UTC),
                group,
                event["logStreamName"],
                event["message"].rstrip("\n"),
            )
            for event in events
        ]
    return sorted(found, key=lambda line: line.at)
