"""A thread of notices: what was told in it, so that repeats are counted and a retry tells nothing twice.

Pure. One thread is one incident, or one service without an incident. The ledger keeps it as one item.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from unwedge.notice import Notice

# Far more than an incident has; a bound, because an item of the ledger has one.
_MOST_TOLD = 60


class Missed(NamedTuple):
    """What was counted and not told: so many more times since then."""

    what: str
    more: int
    since: datetime


class Told(NamedTuple):
    """One notice of a thread.

    entry: the decision that it tells of, and that alone may send it, again after a failure. more: how often
    the same came since, `last` of them the decision that was counted last. missed: what it says of others.
    """

    what: str
    entry: str
    at: datetime
    since: datetime
    sent: bool = False
    more: int = 0
    last: str | None = None
    missed: tuple[Missed, ...] = ()


@dataclass(frozen=True, slots=True)
class Thread:
    """Everything told in one thread, oldest first. `version` counts the writes of its item."""

    pk: str
    sk: str
    version: int = 0
    told: tuple[Told, ...] = ()


def weigh(thread: Thread, notice: Notice) -> tuple[Thread, Told | None]:
    """The thread with this notice in it, and what is to be sent; None for what is counted or was sent.

    Weighing a decision again changes nothing: a stream brings records more than once.
    """
    at, entry = notice.record.at, notice.record.sk
    before = next((told for told in reversed(thread.told) if told.what == notice.what), None)
    if before and before.entry == entry:
        return thread, None if before.sent else before
    if before and (notice.window is None or at - before.at < notice.window):
        if not notice.counted or before.last == entry:
            return thread, None
        again = before._replace(more=before.more + 1, last=entry)
        return replace(thread, told=_with(thread.told, again)), None
    missed = tuple(Missed(_label(told), told.more, told.since) for told in thread.told if told.more)
    reset = tuple(told._replace(more=0, since=at) if told.more else told for told in thread.told)
    told = Told(notice.what, entry, at, at, missed=missed)
    return replace(thread, told=(*reset, told)[-_MOST_TOLD:]), told


def sent(thread: Thread, told: Told) -> Thread:
    """The thread once this notice is out."""
    return replace(thread, told=_with(thread.told, told._replace(sent=True)))


def _with(all_told: tuple[Told, ...], changed: Told) -> tuple[Told, ...]:
    return tuple(changed if told.entry == changed.entry else told for told in all_told)


def _label(told: Told) -> str:
    return told.what.partition("#")[2]
