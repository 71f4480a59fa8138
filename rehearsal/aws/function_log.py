"""Reads what Unwedge saw, decided and did: the structured log lines of the deployed Lambda."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from rehearsal.aws.emulator import Emulator

# Lines of one invocation are stored at its end; another invocation's may be stored later with earlier times.
_LATENESS_MILLISECONDS = 120_000
_ERROR_LEVELS = {"ERROR", "CRITICAL"}


@dataclass(frozen=True)
class Decision:
    """One decision line: when it was logged (virtual time), its verdict, its sentence and the whole line."""

    at: datetime
    verdict: str
    sentence: str
    line: Mapping[str, Any]

    @property
    def acts(self) -> bool:
        """Whether this decision was to act."""
        return isinstance(self.line.get("action"), dict)


@dataclass(frozen=True)
class Verified:
    """One verification line: when it was logged, its result and the whole line."""

    at: datetime
    result: str
    line: Mapping[str, Any]


@dataclass(frozen=True)
class Remark:
    """Any other line of the function worth showing: a refused signal, an error, a stack trace."""

    at: datetime
    text: str
    error: bool


class FunctionLog:
    """Follows the log groups of the deployed functions; each line is reported once."""

    def __init__(self, emulator: Emulator, *groups: str) -> None:
        self._emulator = emulator
        self._groups = groups
        self._seen: set[tuple[str, int, str]] = set()
        self._newest = 0
        self.lines_seen = 0

    def read(self) -> Iterator[Decision | Verified | Remark]:
        """The lines that came since the last call, oldest first."""
        fresh = [event for group in self._groups for event in self._fresh(group)]
        self.lines_seen += len(fresh)
        for event in sorted(fresh, key=lambda event: int(event["timestamp"])):
            self._newest = max(self._newest, event["timestamp"])
            told = interpret(event["message"], datetime.fromtimestamp(event["timestamp"] / 1000, UTC))
            if told is not None:
                yield told

    def _fresh(self, group: str) -> Iterator[dict[str, Any]]:
        try:
            yield from self._events(group)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise

    def _events(self, group: str) -> Iterator[dict[str, Any]]:
        # every invocation has a stream of its own: filtering the group is one call, however many there are
        pages = self._emulator.client("logs").get_paginator("filter_log_events")
        since = max(0, self._newest - _LATENESS_MILLISECONDS)
        for page in pages.paginate(logGroupName=group, startTime=since):
            for event in page["events"]:
                # the emulator gives a function's lines no event id
                identity = (event["logStreamName"], event["timestamp"], event["message"])
                if identity not in self._seen:
                    self._seen.add(identity)
                    yield event


def interpret(message: str, at: datetime) -> Decision | Verified | Remark | None:
    """What one log line tells; None for lines without news (START, REPORT, metrics)."""
    try:
        line = json.loads(message)
    except ValueError:
        broken = "Traceback" in message or "[ERROR]" in message or "Task timed out" in message
        return Remark(at, message.strip(), error=True) if broken else None
    if not isinstance(line, dict) or "_aws" in line:
        return None
    moment = _moment(line, at)
    if line.get("message") == "decision_recorded":
        return Decision(moment, str(line.get("verdict")), str(line.get("sentence", "")), line)
    if line.get("message") == "service_verified":
        return Verified(moment, str(line.get("result")), line)
    if line.get("message") == "deadlock_expected":
        return Remark(moment, f"expected: {line.get('sentence')}", error=False)
    if line.get("message") == "signal_refused":
        return Remark(moment, f"refused a signal: {line.get('refusal')}: {line.get('detail')}", error=False)
    if line.get("level") in _ERROR_LEVELS:
        return Remark(moment, f"{line.get('message')} {line.get('exception', '')}".strip(), error=True)
    return None


def _moment(line: Mapping[str, Any], otherwise: datetime) -> datetime:
    # the emulator stamps all lines of an invocation with its end; the logger's own time is the moment itself
    try:
        moment = datetime.fromisoformat(str(line["timestamp"]))
    except (KeyError, ValueError):
        return otherwise
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
