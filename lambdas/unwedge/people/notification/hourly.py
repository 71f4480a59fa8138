"""How many notifications one service may send in an hour, whatever its incidents: a service that opens one
after the other must not make people mute the topic that tells them of all the others.

Pure. What is held back is counted, and the next notification that is sent says so; the dashboard and the
ledger have every decision all the same.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from unwedge.people.notification.notification import Kind, Notification

HOUR = timedelta(hours=1)
# An incident sends two to five. The last ones of an hour are kept for what a person has to act on.
MOST, KEPT_FOR_PEOPLE = 12, 4
_FOR_PEOPLE = frozenset({Kind.APPROVAL_REQUEST, Kind.NOTHING_RUNS, Kind.ESCALATION})


class Sent(NamedTuple):
    """A notification that was let out: the entry of its decision, when that was made, and what it says of
    others that were held back: a retry says the same."""

    entry: str
    at: datetime
    held: int = 0
    held_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Hour:
    """What a service has sent within the last hour, and how much was held back since when. `last_held` is the
    entry of the newest one, which the stream may bring again. `version` counts the writes of its item."""

    pk: str
    sk: str
    version: int = 0
    sent: tuple[Sent, ...] = ()
    held: int = 0
    held_since: datetime | None = None
    last_held: str | None = None


class Allowance(NamedTuple):
    """Whether a notification may go out, and what it says of the others: how many were held back since when,
    and until when it is the last one."""

    out: bool
    held: int = 0
    held_since: datetime | None = None
    last_until: datetime | None = None


def weigh(hour: Hour, notification: Notification) -> tuple[Hour, Allowance]:
    """The hour with this notification in it, and whether it may go out. Weighed again it is the same."""
    room = MOST - (0 if notification.kind in _FOR_PEOPLE else KEPT_FOR_PEOPLE)
    return weighed(hour, notification.record.sk, notification.record.at, room)


def weigh_verification(hour: Hour, entry: str, at: datetime) -> tuple[Hour, Allowance]:
    """The same for a verification that failed, and for a deadlock to come."""
    return weighed(hour, entry, at, MOST - KEPT_FOR_PEOPLE)


def weighed(hour: Hour, entry: str, at: datetime, room: int) -> tuple[Hour, Allowance]:
    """The same for any entry, of a kind of which so many may go out in an hour."""
    recent = tuple(item for item in hour.sent if at - item.at < HOUR)
    again = next((item for item in recent if item.entry == entry), None)
    if again:
        return hour, Allowance(True, again.held, again.held_since, _until(recent, room))
    if len(recent) >= room:
        if hour.last_held == entry:
            return hour, Allowance(False)
        held = replace(
            hour, held=hour.held + 1, held_since=hour.held_since or at, last_held=entry, sent=recent
        )
        return held, Allowance(False)
    out = (*recent, Sent(entry, at, hour.held, hour.held_since))
    fresh = replace(hour, sent=out, held=0, held_since=None, last_held=None)
    return fresh, Allowance(True, hour.held, hour.held_since, _until(out, room))


def _until(sent: tuple[Sent, ...], room: int) -> datetime | None:
    """Until when no other one of this kind goes out, if this one took the last place."""
    if len(sent) < room:
        return None
    return sorted(item.at for item in sent)[len(sent) - room] + HOUR
