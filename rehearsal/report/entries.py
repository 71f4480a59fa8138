"""What a timeline consists of, and how tasks are named in it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Party(StrEnum):
    """Who did or said something."""

    OPERATOR = "operator"
    ECS = "ECS"
    PROGRAM = "Prometheus"
    EVENTS = "EventBridge"
    UNWEDGE = "Unwedge"
    REHEARSAL = "rehearsal"


class Weight(StrEnum):
    """How much an entry matters to the reader."""

    MINOR = "minor"
    NORMAL = "normal"
    MAJOR = "major"  # opens a new scene: repeats are told afresh after it


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One thing that happened at a virtual time; ``data`` is for machines only."""

    at: datetime
    party: Party
    text: str
    weight: Weight = Weight.NORMAL
    data: Mapping[str, Any] = field(default_factory=dict)


_TASK = re.compile(
    r"(?:\b[Tt]ask\s+)?"
    r"(?:arn:aws[\w-]*:ecs:[\w-]*:\d*:task/(?:[\w-]+/)?)?\b(?P<id>[0-9a-f]{32})\b"
    r"(?:\s*\((?:rev(?:ision)? |[\w-]+:)\d+\))?"  # the revision: the short name says it again
)
_DEPLOYMENT = re.compile(r"\becs-svc/\d{10,}(?=\d{4}\b)")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_LABEL = re.compile(r"task [0-9a-f]{4,} \([^)]*\)")


def shape(text: str) -> str:
    """A text without its task names and numbers: two entries of one shape tell the same thing again."""
    return _NUMBER.sub("#", _LABEL.sub("task", text))


class TaskNames:
    """Short names of tasks, the same everywhere: ``task 3f2a (rev 2)``."""

    def __init__(self, main_service: str) -> None:
        self._main = main_service
        self._known: dict[str, tuple[str, int]] = {}
        self._short: dict[str, str] = {}

    def learn(self, task_arn: str, service: str, revision: int) -> None:
        """Remember what a task runs."""
        self._known[_id(task_arn)] = (service, revision)

    def revision(self, task_arn: str) -> int | None:
        """The revision that a task runs, if known."""
        known = self._known.get(_id(task_arn))
        return known[1] if known else None

    def label(self, task_arn: str) -> str:
        """The short name of a task, by its ARN or id."""
        task = _id(task_arn)
        if task not in self._short:
            taken = set(self._short.values())
            length = next(size for size in range(4, 33) if task[:size] not in taken or size == 32)
            self._short[task] = task[:length]
        if task not in self._known:
            return f"task {self._short[task]}"
        service, revision = self._known[task]
        where = "" if service == self._main else f"{service} "
        return f"task {self._short[task]} ({where}rev {revision})"

    def shorten(self, text: str) -> str:
        """A text with every task ARN and id in it replaced by the short name, deployment ids cut."""
        return _DEPLOYMENT.sub("ecs-svc/…", _TASK.sub(lambda found: self.label(found["id"]), text))


def _id(task_arn: str) -> str:
    return task_arn.rsplit("/", 1)[-1]
