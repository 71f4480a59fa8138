"""Verification: what was found out about a service after a deployment. Times are aware datetimes in UTC."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


class Result(StrEnum):
    """What a check found. UNKNOWN: it could not be proven, which is not PASS. SKIPPED: it does not apply, or
    nobody allowed it."""

    PASS = "PASS"
    FAIL = "FAIL"
    UNKNOWN = "UNKNOWN"
    SKIPPED = "SKIPPED"


class Part(StrEnum):
    """The checks, in the order in which they are shown."""

    SERVICE = "Service status"
    WRITER = "One writer"
    HEALTH = "Task health"
    LOGS = "Logs"
    DISCOVERY = "Service discovery"
    EXEC = "ECS Exec"
    ENDPOINTS = "HTTP endpoints"
    DNS = "DNS name"


class Check(NamedTuple):
    """One check: its result, the evidence in a sentence, and what to do where it did not pass."""

    part: Part
    result: Result
    evidence: str
    remedy: str = ""


class VerificationCause(StrEnum):
    """Why a service is verified."""

    RECOVERED = "recovered"
    DEPLOYED = "deployed"
    ASKED = "asked"


class Verification(NamedTuple):
    """A service verified. `waited`: seconds that it gave to what had only just started; `calls`: how many
    calls of AWS it took, and `seconds` how long they took without the waits. `deployment`: the id of the
    PRIMARY deployment that was looked at."""

    cluster_arn: str
    service_name: str
    at: datetime
    cause: VerificationCause
    revision: str
    checks: tuple[Check, ...]
    waited: float = 0.0
    seconds: float = 0.0
    calls: int = 0
    deployment: str = ""

    @property
    def result(self) -> Result:
        """FAIL where a check failed, else UNKNOWN where one could not be proven, else PASS."""
        return overall(check.result for check in self.checks)

    def of(self, result: Result) -> list[Check]:
        """The checks with this result."""
        return [check for check in self.checks if check.result is result]


def overall(results: Iterable[Result]) -> Result:
    """The worst of several results; SKIPPED counts for nothing, and nothing but SKIPPED proves nothing."""
    found = set(results)
    for worst in (Result.FAIL, Result.UNKNOWN, Result.PASS):
        if worst in found:
            return worst
    return Result.UNKNOWN
