"""The controller: signal, observe, decide, act, record, and requeue.

Events are hints and the situation is the truth: every pass reads afresh, so duplicated, late and reordered
signals make it later, never wrong. Each service has at most one scheduled pass that counts; a signal in
between takes its place.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol
from uuid import uuid4

from unwedge.act.actor import Actor
from unwedge.act.kill_switch import KillSwitch
from unwedge.decide.decide import decide
from unwedge.model.decision import Decision, Requeue, Verdict
from unwedge.model.incident import Controls, Incident, StopState
from unwedge.model.outcome import TOOK_EFFECT, Outcome, OutcomeKind
from unwedge.model.service import Task
from unwedge.model.settings import Settings
from unwedge.model.situation import Scope, Situation
from unwedge.observe.observer import Observer, QuickCheckResult
from unwedge.record.after import entry_for, incident_after, last_after
from unwedge.record.claims import on_top_of
from unwedge.record.ledger import Entry, Ledger, LedgerConflictError, ServiceRecord
from unwedge.record.news import Needless, needless
from unwedge.record.reporter import Reporter
from unwedge.signal.signals import Cause, QuickCheck, Signal

# A glance reads next to nothing, so after this many a full pass comes in between, however quiet it is.
_QUICK_CHECKS = 30
_A_MOMENT = 2
# Whoever may send to the queue can write any time into a message; then a full pass is made.
_LONGEST_QUICK_CHECKS = timedelta(hours=1)
_TRIES = 5


class TooManyTriesError(Exception):
    """A signal met another pass at the same service again and again. Carries the service and the tries."""

    def __init__(self, service_name: str, tries: int) -> None:
        super().__init__(service_name, tries)
        self.service_name = service_name
        self.tries = tries

    def __str__(self) -> str:
        return f"a pass at {self.service_name} met another one {self.tries} times"


class Queue(Protocol):
    """Where scheduled passes are kept: the queue."""

    def schedule(self, signal: Signal, seconds: int) -> None:
        """Deliver this signal after so many seconds."""
        ...


class Controller:
    """Reconciles one service from first read to record."""

    def __init__(
        self,
        observer: Observer,
        actor: Actor,
        ledger: Ledger,
        queue: Queue,
        reporter: Reporter,
        settings: Settings,
        kill_switch: KillSwitch,
    ) -> None:
        self._observer = observer
        self._actor = actor
        self._ledger = ledger
        self._queue = queue
        self._reporter = reporter
        self._settings = settings
        self._kill_switch = kill_switch

    def reconcile(self, signal: Signal, now: datetime) -> tuple[Decision, Outcome] | None:
        """One pass over the signal's service; None where that is not needed. Raises what should be retried
        with a fresh pass: LedgerConflictError, and AWS errors of the ledger and the queue."""
        if self._quick_checked(signal, now):
            return None
        record = self._ledger.load(signal.cluster_arn, signal.service_name)
        note = needless(signal, record, now)
        if note:
            self._wait_out_the_quiet(signal, record, note, now)
            self._reporter.ignored(signal, note.why)
            return None
        situation, decision = self._decided(signal, record, now)
        incident = incident_after(decision, situation, self._settings)
        outcome, record = self._actor.act(decision, situation, replace(record, incident=incident), now)
        self._finish(signal, situation, decision, outcome, record, now)
        return decision, outcome

    def postpone(self, signal: Signal) -> None:
        """Bring a signal that met another pass at the same service again in a moment.

        Left to the queue it would come back only after the visibility timeout, which is minutes. Raises
        TooManyTriesError for one that met others too often: something else is wrong, and the queue counts.
        """
        if signal.tries >= _TRIES:
            raise TooManyTriesError(signal.service_name, signal.tries)
        self._queue.schedule(replace(signal, quick_check=None, tries=signal.tries + 1), _A_MOMENT)

    def _quick_checked(self, signal: Signal, now: datetime) -> bool:
        quick_check = signal.quick_check
        if quick_check is None or not now < quick_check.until <= now + _LONGEST_QUICK_CHECKS:
            return False
        service = (signal.cluster_arn, signal.service_name)
        chain = signal.requeue_id or ""
        if not self._ledger.newest_check(*service, chain, quick_check.number, now):
            # Copies of a message, and the checks of earlier passes, would each go on for themselves.
            self._reporter.ignored(signal, "another quick check of this service has taken its place")
            return True
        seen = self._observer.quick_check(*service, quick_check.holder)
        if seen is QuickCheckResult.CHANGED:
            return False
        wait = _A_MOMENT if seen is QuickCheckResult.COMING else quick_check.every
        self._queue.schedule(replace(signal, quick_check=quick_check.following), wait)
        return True

    def _wait_out_the_quiet(
        self, signal: Signal, record: ServiceRecord, note: Needless, now: datetime
    ) -> None:
        """A crash in the quiet may be a lock failure, so the quiet ends with a pass at all of them. In an
        open incident that pass comes before one that was scheduled for later."""
        if note.quiet_until is None:
            return
        awaited = record.requeue_id is not None
        if awaited and (record.incident is None or record.due is None or record.due <= note.quiet_until):
            return
        wait = int((note.quiet_until - now).total_seconds()) + 1
        later = Signal(signal.cluster_arn, signal.service_name, Cause.REQUEUED, requeue_id=uuid4().hex)
        self._queue.schedule(later, wait)
        self._ledger.save(replace(record, requeue_id=later.requeue_id, due=note.quiet_until), None, None)

    def _decided(self, signal: Signal, record: ServiceRecord, now: datetime) -> tuple[Situation, Decision]:
        """Read only as much as the decision needs."""
        situation = self._observer.service(signal.cluster_arn, signal.service_name, record.incident, now)
        stops = [stop.claimed_at for stop in record.stops if stop.state is StopState.SENT]
        situation = replace(situation, stopped_at=max(stops, default=None))
        decision = decide(situation, self._settings)
        # While lines of an earlier failure are awaited, a newer one must not hide it.
        awaited = record.last is not None and record.last.verdict == Verdict.AWAITING_EVIDENCE
        hint = None if awaited and signal.cause in (Cause.TASK, Cause.SWEEP) else signal.hint
        while decision.verdict is Verdict.READ_MORE:
            situation = self._read_more(situation, hint, record)
            decision = decide(situation, self._settings)
        return situation, decision

    def _read_more(self, situation: Situation, hint: Task | None, record: ServiceRecord) -> Situation:
        """The next more complete situation; switch and budgets only when all else speaks for a stop."""
        if situation.scope is not Scope.FULL:
            return self._observer.read_more(situation, hint)
        now = situation.observed_at
        stops = tuple(stop.claimed_at for stop in record.stops)
        return replace(
            situation, controls=Controls(self._kill_switch.paused(), stops, self._ledger.account_stops(now))
        )

    def _finish(
        self,
        signal: Signal,
        situation: Situation,
        decision: Decision,
        outcome: Outcome,
        record: ServiceRecord,
        now: datetime,
    ) -> None:
        """Schedule the next pass, then write the record that makes it count, then say so.

        In this order a crash in between leaves a pass that nothing points to, never a record that waits for
        a pass that nobody sent.
        """
        incident = record.incident
        closed = incident if decision.incident.closes else None
        failure: Exception | None = None
        try:
            requeue_id, due = self._schedule(signal, situation, decision.requeue, outcome, now)
        except Exception as error:  # noqa: BLE001 - raised again below, after what was done is recorded
            failure, requeue_id, due = error, record.requeue_id, record.due
        if requeue_id is None and situation.scope is Scope.FAILURE:
            # One failure dismissed says nothing about what another pass is waiting for.
            requeue_id, due = record.requeue_id, record.due
        last = last_after(decision, situation, outcome, signal, record.last)
        record = replace(
            record, incident=None if closed else incident, requeue_id=requeue_id, due=due, last=last
        )
        entry = None
        if not last.repeats:
            entry = entry_for(decision, situation, outcome, signal, self._settings, incident)
        record = self._saved(record, entry, closed, outcome)
        self._reporter.decided(decision, situation, outcome, record, incident, signal)
        if failure:
            raise failure

    def _saved(
        self, record: ServiceRecord, entry: Entry | None, closed: Incident | None, outcome: Outcome
    ) -> ServiceRecord:
        """Write the record. What took effect is recorded even when another pass wrote in the meantime: then
        it goes into that pass's record. Raises LedgerConflictError."""
        ours = record
        for _ in range(_TRIES):
            try:
                return self._ledger.save(record, entry, closed)
            except LedgerConflictError:
                if outcome.kind not in TOOK_EFFECT:
                    raise
                record = on_top_of(self._ledger.load(ours.cluster_arn, ours.service_name), ours)
        raise LedgerConflictError(ours.service_name)

    def _schedule(
        self,
        signal: Signal,
        situation: Situation,
        requeue: Requeue | None,
        outcome: Outcome,
        now: datetime,
    ) -> tuple[str | None, datetime | None]:
        """The next pass's id, and when it comes at the latest."""
        if outcome.kind is OutcomeKind.NO_LONGER_TRUE:
            requeue = Requeue(_A_MOMENT)
        if outcome.kind in (OutcomeKind.CLAIMED_ELSEWHERE, OutcomeKind.BUDGET_SPENT):
            requeue = Requeue(60)
        if requeue is None:
            return None, None
        quick_check, due = None, now + timedelta(seconds=requeue.seconds)
        if requeue.holder:
            due = now + timedelta(seconds=_QUICK_CHECKS * requeue.seconds)
            quick_check = QuickCheck(requeue.holder, requeue.seconds, due)
        hint = signal.hint if situation.incident is None else None
        later = Signal(
            signal.cluster_arn, signal.service_name, Cause.REQUEUED, hint, uuid4().hex, quick_check
        )
        self._queue.schedule(later, requeue.seconds)
        return later.requeue_id, due
