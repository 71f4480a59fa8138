"""Invocations of the deployed functions, from what Lambda itself writes into their logs.

The emulator counts only invocations that somebody waits for, and none of those by a queue or a stream.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from rehearsal.dashboard.lines import LogLine

_REPORT = re.compile(r"REPORT RequestId: \S+\s+Duration: (?P<milliseconds>[\d.]+) ms")
_CRASHES = ("Task timed out", "[ERROR]", "Traceback (most recent call last)")


@dataclass(frozen=True)
class Invocation:
    """One invocation: its log group, when it ended, how long it took by the virtual clock, whether it
    crashed or timed out."""

    group: str
    ended_at: datetime
    milliseconds: float
    failed: bool


def invocations(lines: Iterable[LogLine]) -> list[Invocation]:
    """All invocations that these lines tell of. Each has a log stream of its own in the emulator."""
    crashed: set[tuple[str, str]] = set()
    reports: list[tuple[LogLine, float]] = []
    for line in lines:
        if report := _REPORT.match(line.message):
            reports.append((line, float(report["milliseconds"])))
        elif not line.message.startswith("{") and any(sign in line.message for sign in _CRASHES):
            crashed.add((line.group, line.stream))
    return [
        Invocation(line.group, line.at, milliseconds, (line.group, line.stream) in crashed)
        for line, milliseconds in reports
    ]
