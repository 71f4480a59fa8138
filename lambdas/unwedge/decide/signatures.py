"""Lock signatures: how a program says that another process holds its data directory.

A signature matches one whole log line, structured as the program writes it, and only where the error
itself is the lock error. A line that merely quotes the text does not match, and neither do the near
misses: permission denied, no locks available, no space left on device, and the warning about a lock file
left over from an earlier run, which healthy starts print too.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from unwedge.decide.life import Life
from unwedge.decide.lines import divided, fields, plain
from unwedge.model.log import ContainerLog, LogLine


class Word(StrEnum):
    """What a line tells about the lock. BEGAN: a new life of the program. FAILED: an error of another kind.
    UNCLEAR: it has the lock error's text in a shape that this signature does not know."""

    HELD = "held"
    OPENED = "opened"
    BEGAN = "began"
    FAILED = "failed"
    UNCLEAR = "unclear"
    OTHER = "other"


class Meaning(NamedTuple):
    """What one line tells, and when it was written by its own account; None where it does not say."""

    word: Word
    at: datetime | None = None


class Signature(NamedTuple):
    """How one program speaks of its lock. `read` tells the meaning of one plain line; `exit_codes` are those
    with which it ends when it cannot take the lock."""

    program: str
    exit_codes: frozenset[int]
    read: Callable[[str], Meaning]


class Evidence(NamedTuple):
    """A line of the contender's own stream that matches a signature."""

    program: str
    container: str
    group: str
    stream: str
    line: LogLine


class Doubt(NamedTuple):
    """A line with the lock error's text that does not count, and why."""

    line: LogLine
    why: str


# Prometheus wraps the lock error of its tsdb package (tsdbutil.DirLocker) once; the early 2.x releases
# capitalised it and had no colon. Server and agent mode share the text.
_PROMETHEUS_ERROR = re.compile(
    r"[Oo]pening storage failed:? lock DB directory: resource temporarily unavailable"
)
# What the packages below it call the error, in whatever line it stands.
_PROMETHEUS_TEXT = "lock DB directory: resource temporarily unavailable"
_OPENED = frozenset({"TSDB started", "Agent WAL storage started"})
# cmd/prometheus/main.go; 3.x says "Starting Prometheus Server" with its mode and version
_BEGAN = ("Starting Prometheus",)
_ERROR_LEVELS = frozenset({"error", "fatal", "panic", "critical"})
_CRASHED = re.compile(r"(?:panic|fatal error|fatal|error)\b", re.IGNORECASE)


def _own_time(said: dict[str, str]) -> datetime | None:
    try:
        found = datetime.fromisoformat(said.get("ts") or said.get("time") or "")
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _prometheus(line: str) -> Meaning:
    said = fields(line)
    at, level, message = _own_time(said), said.get("level", "").lower(), said.get("msg", "")
    if message in _OPENED:
        return Meaning(Word.OPENED, at)
    if message.startswith(_BEGAN):
        return Meaning(Word.BEGAN, at)
    if level == "error" and _PROMETHEUS_ERROR.fullmatch(said.get("err", "")):
        return Meaning(Word.HELD, at)
    if _PROMETHEUS_TEXT in line:
        return Meaning(Word.UNCLEAR, at)
    if level in _ERROR_LEVELS or (not said and _CRASHED.match(line)):
        return Meaning(Word.FAILED, at)
    return Meaning(Word.OTHER, at)


PROMETHEUS = Signature("Prometheus", frozenset({1}), _prometheus)
SIGNATURES = (PROMETHEUS,)


@lru_cache(4096)
def meaning(signature: Signature, text: str) -> Meaning:
    """What one line tells. The line is read once, however often it is asked about."""
    return signature.read(plain(text))


def prometheus_reports_held_lock(line: str) -> bool:
    """True for the one line in which Prometheus 2.3 or later, logfmt or JSON, dies on a held lock."""
    return meaning(PROMETHEUS, line).word is Word.HELD


def lines_of(log: ContainerLog) -> Iterator[LogLine]:
    """The lines of a log, those of one event apart, in the order of their time."""
    for line in sorted(log.lines, key=lambda line: line.at):
        for text in divided(line.text):
            yield line._replace(text=text)


def find_evidence(
    logs: Iterable[ContainerLog], life: Life | None = None, exit_codes: dict[str, int] | None = None
) -> Evidence | None:
    """The line with which one of these containers ended for want of its lock: the last thing of weight that
    it said, within its life by both clocks, and ended with the program's exit code for it. Without a life or
    without exit codes these are not asked about."""
    found = []
    for log in logs:
        for signature in SIGNATURES:
            last = _last(log, signature, {Word.HELD, Word.OPENED, Word.BEGAN, Word.FAILED})
            if last is None or meaning(signature, last.text).word is not Word.HELD:
                continue
            if _why_not(signature, log, last, life, exit_codes) is None:
                found.append(
                    Evidence(signature.program, log.container, log.group or "", log.stream or "", last)
                )
    return max(found, key=lambda evidence: evidence.line.at, default=None)


def find_doubt(logs: Iterable[ContainerLog], life: Life, exit_codes: dict[str, int]) -> Doubt | None:
    """The newest line that has a lock error's text as its container's last word of weight and is no
    evidence, with the reason."""
    found = []
    for log in logs:
        for signature in SIGNATURES:
            last = _last(log, signature, set(Word) - {Word.OTHER})
            word = meaning(signature, last.text).word if last else Word.OTHER
            if last is not None and word is Word.UNCLEAR:
                found.append(Doubt(last, f"this is not the form in which {signature.program} says it"))
            elif last is not None and word is Word.HELD:
                why = _why_not(signature, log, last, life, exit_codes)
                found += [Doubt(last, why)] if why else []
    return max(found, key=lambda doubt: doubt.line.at, default=None)


def _why_not(
    signature: Signature,
    log: ContainerLog,
    line: LogLine,
    life: Life | None,
    exit_codes: dict[str, int] | None,
) -> str | None:
    """Why a lock line does not tell how this container ended; None where it does."""
    own, code = meaning(signature, line.text).at, (exit_codes or {}).get(log.container)
    if exit_codes is not None and code not in signature.exit_codes:
        ended = "has not ended" if code is None else f"ended with exit code {code}"
        return f"container {log.container} {ended}, and {signature.program} without its lock ends with 1"
    if life is not None and not life.covers(line.at):
        return "CloudWatch dates it outside the container's last life"
    if life is not None and own is not None and not life.covers(own):
        return "by its own time stamp it was written outside the container's last life"
    return None


def opened(log: ContainerLog, since: datetime | None, until: datetime | None) -> LogLine | None:
    """The line of this time in which the program says that it opened its store, unless it has begun anew or
    failed on the lock since."""
    inside = log._replace(
        lines=tuple(
            line
            for line in log.lines
            if (since is None or line.at >= since) and (until is None or line.at <= until)
        )
    )
    for signature in SIGNATURES:
        last = _last(inside, signature, {Word.HELD, Word.OPENED, Word.BEGAN})
        if last is not None and meaning(signature, last.text).word is Word.OPENED:
            return last
    return None


def _last(log: ContainerLog, signature: Signature, words: set[Word]) -> LogLine | None:
    """The last line of the stream that tells one of these."""
    found = [line for line in lines_of(log) if meaning(signature, line.text).word in words]
    return found[-1] if found else None
