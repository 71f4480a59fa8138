"""Answers of people: an approval or a rejection of what an incident asks for.

An answer is written into the incident and then decided on like everything else: the service is observed
afresh, so an approval can only let happen what is still right. A stale one does nothing and says so.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from unwedge.controller import Controller
from unwedge.model.codec import DecodeError, from_json
from unwedge.model.decision import Verdict
from unwedge.model.incident import Approval, Incident, StopState
from unwedge.model.outcome import OutcomeKind
from unwedge.people.answer.names import plain
from unwedge.record.ledger import Ledger, LedgerConflictError
from unwedge.record.reporter import Reporter
from unwedge.signal.signals import Cause, Signal, plausible

_TRIES = 3
_GRANTED = {"approve": True, "reject": False}


class Answer(NamedTuple):
    """A person's answer. `subject` is the ARN that the question named, `answer` is approve or reject, `by`
    the name that the answer is recorded under."""

    cluster_arn: str
    service_name: str
    incident: str
    subject: str
    answer: str
    by: str


class Reply(NamedTuple):
    """What came of an answer: whether it was taken, one sentence, and the decision that followed, if any."""

    taken: bool
    sentence: str
    verdict: str | None = None
    outcome: str | None = None


def parse_answer(data: Mapping[str, Any]) -> Answer | Reply:
    """A request as an answer, or why it is none. Never raises."""
    try:
        answer = from_json(Answer, dict(data))
    except DecodeError as error:
        return Reply(False, f"This is no answer: {error}.")
    if answer.answer not in _GRANTED:
        return Reply(False, f"An answer is approve or reject, not {answer.answer[:40]!r}.")
    if not plausible(answer.cluster_arn, answer.service_name):
        return Reply(False, f"There is no such service: {json.dumps(answer.service_name[:80])}.")
    if not plain(answer.by):
        return Reply(False, "An answer needs a name that it is recorded under.")
    return answer._replace(by=plain(answer.by))


class Approver:
    """Takes answers and lets the controller look at once."""

    def __init__(self, controller: Controller, ledger: Ledger, reporter: Reporter) -> None:
        self._controller = controller
        self._ledger = ledger
        self._reporter = reporter

    def take(self, answer: Answer, now: datetime) -> Reply:
        """Record the answer, then observe and decide afresh. Raises AWS errors of ledger and queue."""
        signal = Signal(answer.cluster_arn, answer.service_name, Cause.ANSWER)
        stale = self._recorded(answer, now)
        if stale:
            self._reporter.ignored(signal, f"answer {answer.answer} by {answer.by} not taken: {stale}")
            return Reply(False, stale)
        given = "Approved" if _GRANTED[answer.answer] else "Rejected"
        try:
            reconciled = self._controller.reconcile(signal, now)
        except LedgerConflictError:
            self._controller.postpone(signal)
            return Reply(True, f"{given}. Another pass at the service is at work and takes it up.")
        if reconciled is None:
            return Reply(True, f"{given}.")
        decision, outcome = reconciled
        sentence = f"{given}. {decision.sentence}"
        if outcome.kind is not OutcomeKind.NOTHING_TO_DO:
            sentence += f" {outcome.sentence}"
        elif _GRANTED[answer.answer] and decision.verdict is not Verdict.AWAITING_SUCCESSOR:
            sentence = f"{given}, but nothing is done now. {decision.sentence}"
        return Reply(True, sentence, decision.verdict.value, outcome.kind.value)

    def _recorded(self, answer: Answer, now: datetime) -> str | None:
        """Write the answer into the incident; a sentence where it is too late for that."""
        for _ in range(_TRIES):
            record = self._ledger.load(answer.cluster_arn, answer.service_name)
            incident = record.incident
            stale = _stale(answer, incident, now)
            if stale or incident is None:
                return stale
            given = _given(answer, incident, now)
            try:
                self._ledger.save(
                    replace(record, incident=replace(incident, approval=given, approval_request=None)),
                    None,
                    None,
                )
            except LedgerConflictError:
                continue
            return None
        return "Other passes at the service are under way. Nothing was done: answer again in a moment."


def _given(answer: Answer, incident: Incident, now: datetime) -> Approval:
    """The answer on the terms of its question, or of the answer that it takes the place of."""
    terms = incident.approval_request or incident.approval
    given = Approval(answer.subject, _GRANTED[answer.answer], answer.by, now)
    if terms is None:
        return given
    return given._replace(deployment=terms.deployment, lifts=terms.lifts, valid_until=terms.valid_until)


def _takes_back(answer: Answer, incident: Incident) -> bool:
    """Whether this takes an approval back: possible until the call is sent."""
    before = incident.approval
    if before is None or before.subject != answer.subject or not before.granted or answer.answer != "reject":
        return False
    sent = any(stop.state is StopState.SENT for stop in incident.stops if stop.task_arn == answer.subject)
    drained = incident.drain is not None and incident.drain.state is StopState.SENT
    back = incident.rollback is not None and incident.rollback.state is StopState.SENT
    return not (sent or drained or back)


def _stale(answer: Answer, incident: Incident | None, now: datetime) -> str | None:
    """Why nothing waits for this answer (any more)."""
    if incident is None or incident.id != answer.incident:
        return f"Incident {answer.incident} is not open any more. Nothing was done."
    asked = incident.approval_request
    if asked is None and _takes_back(answer, incident):
        return None
    if asked is None:
        return "Nothing waits for an approval: it was answered, or it is settled. Nothing was done."
    if asked.subject != answer.subject:
        return f"The question is about {asked.subject} now, not about {answer.subject}. Nothing was done."
    if now >= asked.expires_at:
        return (
            f"The question expired at {asked.expires_at:%H:%M:%SZ}. Nothing was done; it is asked again if "
            "it still stands."
        )
    return None
