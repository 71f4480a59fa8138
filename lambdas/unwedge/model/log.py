"""What was read of a container's own log stream."""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


class LogStatus(StrEnum):
    """How reading a container's own log stream ended. MISSING: AWS has no such log group or stream (yet)."""

    READ = "read"
    EMPTY = "empty"
    MISSING = "missing"
    DENIED = "denied"
    REFUSED = "refused"
    UNAVAILABLE = "unavailable"
    UNSUPPORTED = "unsupported-driver"


class LogLine(NamedTuple):
    """One event of a log stream, cut to a bounded length."""

    at: datetime
    text: str


class ContainerLog(NamedTuple):
    """The newest lines of one container's own stream, read by us. `detail` says what AWS answered."""

    task_arn: str
    container: str
    status: LogStatus
    driver: str | None = None
    group: str | None = None
    stream: str | None = None
    detail: str | None = None
    lines: tuple[LogLine, ...] = ()
