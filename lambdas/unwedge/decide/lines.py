"""Log lines as their program wrote them: events divided into lines, colours and wrappers' prefixes taken off.

Whatever a container prints, reading it takes time in proportion to its length: every pattern is matched once
at one place and cannot go back. Pure.
"""

import json
import re
from typing import Any

# ANSI escape sequences: colours and cursor movements (ECMA-48, control sequences).
_ESCAPE = re.compile(r"\x1b\[[0-?]{0,32}[ -/]{0,4}[@-~]")
_PREFIXES = tuple(
    re.compile(pattern)
    for pattern in (
        # docker compose and foreman: `prometheus | line`, `prometheus-1  | line`
        r"[A-Za-z0-9][\w.-]{0,63} {0,64}\| ?",
        # CRI: `2025-11-13T22:32:37.042Z stderr F line`
        r"\d{4}-\d\d-\d\dT[\d:.]{8,20}(?:Z|[+-]\d\d:\d\d) (?:stdout|stderr) [FP] ",
        # s6-log and svlogd: TAI64N label, or its time in plain digits
        r"@[0-9a-f]{24} ",
        r"\d{4}-\d\d-\d\d[ T_]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)? {1,4}",
        # syslog and journald: `Nov 13 22:32:37 host prometheus[1]: line`
        r"[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \S{1,64} [\w.-]{1,64}(?:\[\d{1,10}\])?: ",
        # supervisord, and start scripts that name the program: `[prometheus] line`
        r"\[[A-Za-z][\w.-]{0,63}\] ",
    )
)
_LAYERS = 4
_PAIR = re.compile(r'([A-Za-z_][\w.]*)=("(?:[^"\\]|\\.)*"(?=\s|$)|[^\s"]*(?=\s|$))')


def divided(event: str) -> tuple[str, ...]:
    """The lines of one event: awslogs-multiline-pattern and awslogs-datetime-format join several. Only a line
    feed ends a line: str.splitlines() would also cut at separators that a quoted text may contain."""
    return tuple(line for line in event.replace("\r\n", "\n").split("\n") if line.strip()) or (event[:1],)


def plain(line: str) -> str:
    """One line without colours, and without what compose, container runtimes and supervisors put before
    it."""
    text = _ESCAPE.sub("", line).strip()
    for _ in range(_LAYERS):
        inner = _unwrapped(text)
        if inner == text:
            break
        text = inner
    return text


def _unwrapped(text: str) -> str:
    if text.startswith("{"):
        data = parsed(text)
        # Docker's json-file driver: {"log":"line\n","stream":"stderr","time":"…"}
        if data is not None and set(data) <= {"log", "stream", "time", "attrs"} and "stream" in data:
            log = data.get("log")
            return log.strip() if isinstance(log, str) else text
        return text
    for prefix in _PREFIXES:
        found = prefix.match(text)
        if found:
            return text[found.end() :].strip()
    return text


def parsed(text: str) -> dict[str, Any] | None:
    """The object of a JSON line; None for other text, and where a key stands twice: readers of such a line
    do not agree on what it says."""
    try:
        data = json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def fields(line: str) -> dict[str, str]:
    """The named values of a plain line, JSON or logfmt; empty unless the whole line has that form."""
    if not line.startswith("{"):
        return _logfmt(line)
    data = parsed(line) or {}
    return {key: value for key, value in data.items() if isinstance(value, str)}


def _logfmt(line: str) -> dict[str, str]:
    pairs: dict[str, str] = {}
    at = 0
    while at < len(line):
        found = _PAIR.match(line, at)
        if found is None or found[1] in pairs:
            return {}
        value = found[2]
        pairs[found[1]] = value[1:-1] if value.startswith('"') else value
        at = found.end()
        while at < len(line) and line[at].isspace():
            at += 1
    return pairs
