"""The controller: signal, observe, decide, act, record, and look again later.

Events are hints and the situation is the truth: every look reads afresh, so duplicated, late and reordered
signals make it later, never wrong. Each service has at most one scheduled look that counts; a signal in
between takes its place.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol
from uuid import uuid4

from unwedge.act.actor import Actor
from unwedge.act.kill_switch import Switch
from unwedge.decide.decide import decide
from unwedge.model.decision import Decision, LookAgain, Verdict
from unwedge.model.incident import Controls, Incident
from unwedge.model.outcome import TOOK_EFFECT, Outcome, OutcomeKind
from unwedge.model.service import Task
from unwedge.model.settings import Policy
from unwedge.model.situation import Scope, Situation
from unwedge.observe.observer import Glimpse, Observer
from unwedge.record.after import entry_for, incident_after, last_after
from unwedge.record.claims import on_top_of
from unwedge.record.ledger import Entry, Ledger, LedgerConflictError, ServiceRecord
from unwedge.record.news import Needless, needless
from unwedge.record.reporter import Reporter
from unwedge.signal.signals import Cause, Glance, Signal

# A glance reads next to nothing, so after this many a full look comes in between, however quiet it is.
_GLANCES = 30
_A_MOMENT = 2
_TRIES = 5


class TooManyTriesError(Exception):
    """A signal met another look at the same service again and again. Carries the service and the tries."""

    def __init__(self, service_name: str, tries: int) -> None:
        super().__init__(service_name, tries)
        self.service_name = service_name
        self.tries = tries

    def __str__(self) -> str:
        return f"a look at {self.service_name} met another one {self.tries} times"


class Looks(Protocol):
    """Where scheduled looks are kept: the queue."""

    def schedule(self, signal: Signal, seconds: int) -> None:
        """Deliver this signal after so many seconds."""
        ...


class Controller:
    """Handles one signal from first read to record."""

    def __init__(
        self,
        observer: Observer,
        actor: Actor,
        ledger: Ledger,
        looks: Looks,
        reporter: Reporter,
        policy: Policy,
        switch: Switch,
    ) -> None:
        self._observer = observer
        self._actor = actor
        self._ledger = ledger
        self._looks = looks
        self._reporter = reporter
        self._policy = policy
        self._switch = switch

    def handle(self, signal: Signal, now: datetime) -> tuple[Decision, Outcome] | None:
        """Look at the signal's service; None where that is not needed. Raises what should be retried with a
        fresh look: LedgerConflictError, and AWS errors of the ledger and the queue."""
        if self._only_glanced(signal, now):
            return None
        record = self._ledger.load(signal.cluster_arn, signal.service_name)
        note = needless(signal, record, now)
        if note:
            self._wait_out_the_quiet(signal, record, note, now)
            self._reporter.noted(signal, note.why)
            return None
        situation, decision = self._look(signal, record, now)
        incident = incident_after(decision, situation)
        outcome, record = self._actor.act(decision, situation, replace(record, incident=incident), now)
        self._finish(signal, situation, decision, outcome, record, now)
        return decision, outcome

    def postpone(self, signal: Signal) -> None:
        """Bring a signal that met another look at the same service again in a moment.

        Left to the queue it would come back only after the visibility timeout, which is minutes. Raises
        TooManyTriesError for one that met others too often: something else is wrong, and the queue counts.
        """
        if signal.tries >= _TRIES:
            raise TooManyTriesError(signal.service_name, signal.tries)
        self._looks.schedule(replace(signal, glance=None, tries=signal.tries + 1), _A_MOMENT)

    def _only_glanced(self, signal: Signal, now: datetime) -> bool:
        glance = signal.glance
        if glance is None or now >= glance.until:
            return False
        seen = self._observer.glance(signal.cluster_arn, signal.service_name, glance.holder)
        if seen is Glimpse.CHANGED:
            return False
        self._looks.schedule(signal, _A_MOMENT if seen is Glimpse.COMING else glance.every)
        return True

    def _wait_out_the_quiet(
        self, signal: Signal, record: ServiceRecord, note: Needless, now: datetime
    ) -> None:
        """A crash in the quiet may be a lock failure, so the quiet ends with a look at all of them."""
        if note.quiet_until is None or record.look is not None:
            return
        wait = int((note.quiet_until - now).total_seconds()) + 1
        look = Signal(signal.cluster_arn, signal.service_name, Cause.LOOK_AGAIN, look=uuid4().hex)
        self._looks.schedule(look, wait)
        self._ledger.save(replace(record, look=look.look, due=note.quiet_until), None, None)

    def _look(self, signal: Signal, record: ServiceRecord, now: datetime) -> tuple[Situation, Decision]:
        """Read only as much as the decision needs."""
        situation = self._observer.service(signal.cluster_arn, signal.service_name, record.incident, now)
        decision = decide(situation, self._policy)
        # While lines of an earlier failure are awaited, a newer one must not hide it.
        awaited = record.last is not None and record.last.verdict == Verdict.AWAITING_EVIDENCE
        hint = None if awaited and signal.cause in (Cause.TASK, Cause.SWEEP) else signal.hint
        while decision.verdict is Verdict.LOOK_CLOSER:
            situation = self._closer(situation, hint, record)
            decision = decide(situation, self._policy)
        return situation, decision

    def _closer(self, situation: Situation, hint: Task | None, record: ServiceRecord) -> Situation:
        """The next more complete situation; switch and budgets only when all else speaks for a stop."""
        if situation.scope is not Scope.FULL:
            return self._observer.closer(situation, hint)
        now = situation.observed_at
        stops = tuple(stop.claimed_at for stop in record.stops)
        return replace(
            situation, controls=Controls(self._switch.paused(), stops, self._ledger.account_stops(now))
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
        """Schedule the next look, then write the record that makes it count, then say so.

        In this order a crash in between leaves a look that nothing points to, never a record that waits for
        a look that nobody sent.
        """
        incident = record.incident
        closed = incident if decision.incident.closes else None
        failure: Exception | None = None
        try:
            look, due = self._schedule(signal, situation, decision.look_again, outcome, now)
        except Exception as error:  # noqa: BLE001 - raised again below, after what was done is recorded
            failure, look, due = error, record.look, record.due
        if look is None and situation.scope is Scope.FAILURE:
            # One failure dismissed says nothing about what another look is waiting for.
            look, due = record.look, record.due
        last = last_after(decision, situation, outcome, signal, record.last)
        record = replace(record, incident=None if closed else incident, look=look, due=due, last=last)
        entry = None
        if not last.repeats:
            entry = entry_for(decision, situation, outcome, signal, self._policy, incident)
        record = self._saved(record, entry, closed, outcome)
        self._reporter.decided(decision, situation, outcome, record, incident, signal)
        if failure:
            raise failure

    def _saved(
        self, record: ServiceRecord, entry: Entry | None, closed: Incident | None, outcome: Outcome
    ) -> ServiceRecord:
        """Write the record. What took effect is recorded even when another look wrote in the meantime: then
        it goes into that look's record. Raises LedgerConflictError."""
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
        look_again: LookAgain | None,
        outcome: Outcome,
        now: datetime,
    ) -> tuple[str | None, datetime | None]:
        """The next look's id, and when it comes at the latest."""
        if outcome.kind is OutcomeKind.NO_LONGER_TRUE:
            look_again = LookAgain(_A_MOMENT)
        if outcome.kind in (OutcomeKind.CLAIMED_ELSEWHERE, OutcomeKind.BUDGET_SPENT):
            look_again = LookAgain(60)
        if look_again is None:
            return None, None
        glance, due = None, now + timedelta(seconds=look_again.seconds)
        if look_again.holder:
            due = now + timedelta(seconds=_GLANCES * look_again.seconds)
            glance = Glance(look_again.holder, look_again.seconds, due)
        hint = signal.hint if situation.incident is None else None
        look = Signal(signal.cluster_arn, signal.service_name, Cause.LOOK_AGAIN, hint, uuid4().hex, glance)
        self._looks.schedule(look, look_again.seconds)
        return look.look, due
