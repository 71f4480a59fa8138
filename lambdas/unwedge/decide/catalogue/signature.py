"""Signatures: how a program says that another process holds its data directory.

A signature matches one whole log line, structured as the program writes it, and only where the error itself
is the lock error. A line that merely quotes the text does not match, and neither do the near misses. Every
pattern takes what it matches and never goes back, so that reading takes time in proportion to the line.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple

from unwedge.decide.lines import fields


class Word(StrEnum):
    """What a line tells about the lock. BEGAN: a new life of the program. FAILED: an error of another kind.
    UNCLEAR: it has the lock error's text in a shape that this signature does not know."""

    HELD = "held"
    OPENED = "opened"
    BEGAN = "began"
    FAILED = "failed"
    UNCLEAR = "unclear"
    OTHER = "other"


class Trigger(StrEnum):
    """What a program's lock line may lead to. SAFE: a stop; the line was seen from two real instances on one
    directory, and it means nothing else. UNPROVEN: a stop only where the operator allows the program.
    UNSAFE: never a stop, since the program prints it for other reasons too."""

    SAFE = "safe"
    UNPROVEN = "unproven"
    UNSAFE = "unsafe"


class Meaning(NamedTuple):
    """What one line tells, and when it was written by its own account; None where it does not say."""

    word: Word
    at: datetime | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Signature:
    """How one program speaks of its lock.

    `read` tells the meaning of one plain line. `exit_codes` are those with which it ends when it cannot take
    the lock. `lines`: the lock line in each of its shapes; `opened`: the line that says that it has the
    store, None where no line proves it; `follows`: what it prints after the lock line, which need not be its
    last; `near_misses`: what must never count. In all of them `{time}` stands for an ISO time.
    """

    program: str
    trigger: Trigger
    exit_codes: frozenset[int]
    read: Callable[[str], Meaning]
    lines: tuple[str, ...]
    near_misses: tuple[str, ...]
    opened: str | None = None
    follows: tuple[str, ...] = ()


class Spoken(NamedTuple):
    """A line divided as programs write it. `level` is in lower case, and empty where the line names none."""

    level: str
    message: str
    at: datetime | None


ERROR_LEVELS = frozenset({"error", "fatal", "panic", "critical"})
CRASHED = re.compile(r"(?:panic|fatal error|fatal|error)\b", re.IGNORECASE)
# A level in capitals near the beginning of a line of no known structure.
_LOUD = re.compile(r"(?:^|[\s\[<|])(?:ERROR|FATAL|PANIC|CRITICAL|SEVERE|FTL)(?:[\s\]:>|]|$)")
_HEAD = 120
_TABBED = 4


def own_time(text: str | None) -> datetime | None:
    """The time that a line names; UTC where it names no zone."""
    try:
        found = datetime.fromisoformat(text or "")
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def spoken(line: str) -> Spoken:
    """One plain line: JSON or logfmt with a level, a message and perhaps an error, four parts between tabs,
    or bare text."""
    parts = line.split("\t", _TABBED - 1)
    if len(parts) == _TABBED and parts[1].isalpha() and own_time(parts[0]):
        return Spoken(parts[1].lower(), parts[3], own_time(parts[0]))
    said = fields(line)
    at = own_time(said.get("ts") or said.get("time") or said.get("timestamp"))
    level = (said.get("level") or said.get("lvl") or said.get("s") or "").lower()
    message = said.get("msg") or said.get("message")
    error = said.get("err") or said.get("error")
    if level and message is not None:
        return Spoken(level, f"{message}: {error}" if error else message, at)
    words = line.split(" ", 1)
    first = own_time(words[0]) if len(words) > 1 else None
    return Spoken("", words[1].strip() if first else line, first or at)


def loud(line: str) -> bool:
    """Whether a line reports an error, in the form of whatever program."""
    said = fields(line)
    level = (said.get("level") or said.get("lvl") or "").lower()
    parts = line.split("\t", 2)
    tabbed = parts[1].lower() if len(parts) > 2 else ""
    if level in ERROR_LEVELS or tabbed in ERROR_LEVELS:
        return True
    return not said and bool(CRASHED.match(line) or _LOUD.search(line[:_HEAD]))


Pattern = re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Phrases:
    """A reader of lines, made of patterns.

    `held`: what the message of a lock line is, in whole, with the levels that it has (an empty one: the line
    names none). `text`: what the lock error says wherever it stands. `opened`, `began`: how such messages
    begin. `follows`: lines in whole that may follow the lock line though they report an error.
    """

    held: tuple[tuple[frozenset[str], Pattern], ...]
    text: Pattern
    opened: Pattern | None = None
    began: Pattern | None = None
    follows: Pattern | None = None

    def __call__(self, line: str) -> Meaning:
        """The meaning of one plain line."""
        level, message, at = spoken(line)
        if self.opened and self.opened.match(message):
            return Meaning(Word.OPENED, at)
        if self.began and self.began.match(message):
            return Meaning(Word.BEGAN, at)
        if any(level in levels and pattern.fullmatch(message) for levels, pattern in self.held):
            return Meaning(Word.HELD, at)
        if self.text.search(line):
            return Meaning(Word.UNCLEAR, at)
        if self.follows and self.follows.fullmatch(line):
            return Meaning(Word.OTHER, at)
        return Meaning(Word.FAILED if loud(line) else Word.OTHER, at)


def bare(pattern: str) -> tuple[frozenset[str], Pattern]:
    """A lock line of no known structure: the whole line, after a time if there is one."""
    return frozenset({""}), re.compile(pattern)


def levelled(pattern: str, *levels: str) -> tuple[frozenset[str], Pattern]:
    """A lock line that names one of these levels."""
    return frozenset(levels), re.compile(pattern)
