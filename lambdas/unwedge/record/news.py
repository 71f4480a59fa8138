"""Which signals are no news for what the ledger knows of their service. Pure."""

from datetime import datetime, timedelta
from typing import NamedTuple

from unwedge.model.decision import Verdict
from unwedge.record.ledger import ServiceRecord
from unwedge.signal.signals import Cause, Signal

# A pass that is so late was lost; a sweep brings another. Also how old a failure has to be at a decision for
# that decision to have seen it.
OVERDUE = timedelta(seconds=120)
_JUDGED = frozenset(
    {
        Verdict.HEALTHY,
        Verdict.RECOVERED,
        Verdict.WITHDRAWN,
        Verdict.TARGET_HOLDS_LOCK,
        Verdict.FAILS_HEALTH_CHECKS,
    }
)
# Events of a service with an open incident bring a pass so often at most, so that a crash loop costs no more.
SPACING = timedelta(seconds=5)
# A service that crash-loops for another reason is not looked at again on every crash.
QUIET = timedelta(seconds=120)


class Needless(NamedTuple):
    """Why a signal needs no pass. `quiet_until`: when a pass at all that came in between has to be made."""

    why: str
    quiet_until: datetime | None = None


def needless(signal: Signal, record: ServiceRecord, now: datetime) -> Needless | None:
    """Why this signal needs no pass, if it needs none."""
    if signal.cause is Cause.REQUEUED and signal.requeue_id != record.requeue_id:
        return Needless("another pass at this service has taken its place")
    if signal.cause is Cause.DEPLOYMENT and record.incident is None:
        return Needless("no incident is open for this service")
    if record.incident and signal.cause in (Cause.TASK, Cause.DEPLOYMENT):
        return _spaced(record, now)
    known = _known(signal, record, now) if signal.cause is Cause.SWEEP else None
    return Needless(known) if known else _explained(signal, record, now)


def _spaced(record: ServiceRecord, now: datetime) -> Needless | None:
    """A pass looks at all tasks of an open incident, so one that is about to come sees what this event tells
    of, and one that was made just now is not made again at once."""
    if record.due and now < record.due <= now + SPACING:
        return Needless(f"a pass at this service is due at {record.due:%H:%M:%SZ}")
    if record.last is None or not now < record.last.decided_at + SPACING:
        return None
    return Needless("a pass at this service was made moments ago", record.last.decided_at + SPACING)


def _explained(signal: Signal, record: ServiceRecord, now: datetime) -> Needless | None:
    last, hint = record.last, signal.hint
    if hint is None or last is None or record.incident is not None:
        return None
    if signal.cause not in (Cause.TASK, Cause.SWEEP):
        return None
    if last.verdict != Verdict.OTHER_FAILURE or last.task_definition != hint.task_definition:
        return None
    if last.task == hint.arn:
        # The first lines of a start may have passed for all of them: when the task has ended for good, its
        # log is read once more.
        final = last.ended or hint.last_status != "STOPPED"
        return Needless("this failure is explained already") if final else None
    quiet_until = last.decided_at + QUIET
    if now >= quiet_until:
        return None
    return Needless(f"task definition {hint.revision} failed for another reason moments ago", quiet_until)


def _known(signal: Signal, record: ServiceRecord, now: datetime) -> str | None:
    """Why a sweep's find is no news, if it is none: a pass is on its way, or the failure was judged."""
    if record.due and now < record.due + OVERDUE:
        return f"a pass at this service is due at {record.due:%H:%M:%SZ}"
    last, hint = record.last, signal.hint
    if hint is None:
        return None if record.incident else "no incident is open for this service"
    if record.incident or last is None or last.verdict not in _JUDGED:
        return None
    if hint.failed_at and hint.failed_at + OVERDUE < last.decided_at:
        return f"the failure was looked at before: {last.verdict} at {last.decided_at:%H:%M:%SZ}"
    return None
