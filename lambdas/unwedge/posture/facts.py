"""What an audit goes by: everything that was read of one service, or worked out from a plan. Pure values."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from unwedge.model.settings import Mode
from unwedge.posture.shape import Shape


class TaskSetup(NamedTuple):
    """A running task, with what it got from its service when it started. Times are aware datetimes."""

    arn: str
    revision: str
    exec_enabled: bool
    tags: frozenset[str] = frozenset()
    created_at: datetime | None = None
    started_at: datetime | None = None

    @property
    def start_seconds(self) -> float | None:
        """How long it took from its creation to RUNNING."""
        if self.created_at is None or self.started_at is None:
            return None
        return max(0.0, (self.started_at - self.created_at).total_seconds())


class Neighbour(NamedTuple):
    """Another service, or a task of none, that writes to the same directory. `lock`: that directory."""

    name: str
    lock: str


class History(NamedTuple):
    """What the ledger knows of the last 30 days. `wedges`: how many incidents; `gaps`: seconds without a
    writer of those that have been measured."""

    wedges: int = 0
    gaps: tuple[float, ...] = ()


NO_HISTORY = History()


@dataclass(frozen=True, slots=True)
class Facts:
    """One service. `tasks`: its running tasks, empty for a plan. `mode`: what Unwedge may do for it.
    `before`: what it is now, where the shape comes from a plan that changes it. `unread`: sentences about
    what could not be read. `others_unread`: why not all neighbours are known, if so."""

    shape: Shape
    at: datetime
    mode: Mode = Mode.OBSERVE
    tasks: tuple[TaskSetup, ...] = ()
    neighbours: tuple[Neighbour, ...] = ()
    history: History = NO_HISTORY
    before: Shape | None = None
    planned: bool = False
    unread: tuple[str, ...] = ()
    others_unread: str | None = None
