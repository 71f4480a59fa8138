"""Lock signatures: how a program says that another process holds its data directory.

A signature matches one whole log line, structured as the program writes it, and only where the error
itself is the lock error. A line that merely quotes the text does not match, and neither do the near
misses: permission denied, no locks available, no space left on device, and the warning about a lock file
left over from an earlier run, which healthy starts print too.
"""

import json
import re
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import NamedTuple

from unwedge.model.log import ContainerLog, LogLine


class Signature(NamedTuple):
    """How one program reports a held lock. `held` reads one line; `program` is for people."""

    program: str
    held: Callable[[str], bool]


class Evidence(NamedTuple):
    """A line of the contender's own stream that matches a signature."""

    program: str
    container: str
    group: str
    stream: str
    line: LogLine


# Prometheus wraps the lock error of its tsdb package (tsdbutil.DirLocker) once; the early 2.x releases
# capitalised it and had no colon. Server and agent mode share the text.
_PROMETHEUS_ERROR = re.compile(
    r"[Oo]pening storage failed:? lock DB directory: resource temporarily unavailable"
)
_LOGFMT_PAIR = re.compile(r'([A-Za-z_][\w.]*)=("(?:[^"\\]|\\.)*"|[^\s"]*)')


def _logfmt(line: str) -> dict[str, str]:
    """The pairs of a logfmt line; empty unless the whole line is logfmt. The first of equal keys wins."""
    pairs: dict[str, str] = {}
    end = 0
    for match in _LOGFMT_PAIR.finditer(line):
        gap = line[end : match.start()]
        if gap.strip() or (end and not gap):
            return {}
        pairs.setdefault(match[1], match[2].strip('"'))
        end = match.end()
    return {} if line[end:].strip() else pairs


def _structured(line: str) -> dict[str, str]:
    if not line.startswith("{"):
        return _logfmt(line)
    try:
        data = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return {key: value for key, value in data.items() if isinstance(value, str)}


def prometheus_reports_held_lock(line: str) -> bool:
    """True for the one line in which Prometheus 2.x or 3.x, logfmt or JSON, dies on a held lock."""
    fields = _structured(line.strip())
    if fields.get("level", "").lower() != "error":
        return False
    return _PROMETHEUS_ERROR.fullmatch(fields.get("err", "")) is not None


PROMETHEUS = Signature("Prometheus", prometheus_reports_held_lock)
SIGNATURES = (PROMETHEUS,)


def find_evidence(logs: Iterable[ContainerLog]) -> Evidence | None:
    """The newest matching line of these streams, or None."""
    found = [
        Evidence(signature.program, log.container, log.group or "", log.stream or "", line)
        for log in logs
        for line in log.lines
        for signature in SIGNATURES
        if signature.held(line.text)
    ]
    return max(found, key=lambda evidence: evidence.line.at, default=None)


_OPENED = frozenset({"TSDB started", "Agent WAL storage started"})


def opened(log: ContainerLog, since: datetime | None, until: datetime | None) -> LogLine | None:
    """The newest line of this time in which the program says that it opened its store: it has the lock."""
    found = [
        line
        for line in log.lines
        if (since is None or line.at >= since)
        and (until is None or line.at <= until)
        and _structured(line.text.strip()).get("msg") in _OPENED
    ]
    return max(found, key=lambda line: line.at, default=None)
