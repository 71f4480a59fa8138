"""Metrics out of log lines in the embedded metric format (EMF): CloudWatch reads it, the emulator does not.

The format is the "Embedded metric format specification" of the CloudWatch user guide.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from rehearsal.aws.deployed_app import DeployedApp
from rehearsal.dashboard.lines import function_groups, read_lines


@dataclass(frozen=True)
class Record:
    """One value of one metric: its namespace, dimensions and name, its unit, when it was measured."""

    namespace: str
    dimensions: Mapping[str, str]
    name: str
    unit: str
    at: datetime
    value: float


def read(deployed: DeployedApp) -> list[Record]:
    """All that the deployed functions have measured, in the order in which they logged it."""
    return list(parse(line.message for line in read_lines(deployed, function_groups(deployed))))


def parse(messages: Iterable[str]) -> Iterator[Record]:
    """The values in these log lines; lines that hold no metrics are passed over."""
    for message in messages:
        if '"_aws"' not in message:
            continue
        try:
            document = json.loads(message)
        except ValueError:
            continue
        if isinstance(document, dict) and isinstance(document.get("_aws"), dict):
            yield from _records(document)


def _records(document: Mapping[str, Any]) -> Iterator[Record]:
    """One record per value, metric and set of dimensions; CloudWatch files each set apart."""
    at = datetime.fromtimestamp(document["_aws"]["Timestamp"] / 1000, UTC)
    for directive in document["_aws"]["CloudWatchMetrics"]:
        for names in directive["Dimensions"]:
            dimensions = {name: str(document[name]) for name in names}
            for metric in directive["Metrics"]:
                found = document[metric["Name"]]
                for value in found if isinstance(found, list) else [found]:
                    yield Record(
                        directive["Namespace"],
                        dimensions,
                        metric["Name"],
                        metric.get("Unit", "None"),
                        at,
                        float(value),
                    )
