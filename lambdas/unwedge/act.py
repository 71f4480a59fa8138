"""Act: the only place with AWS writes on the user's resources.

Claim first (conditional write), then check the decisive facts once more, then act. Safe to crash at any
line: an unsent claim is taken over after its lease, a sent stop is never repeated.
"""

from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from unwedge.decide import decide
from unwedge.decision import Decision, StopTask
from unwedge.ledger import AlreadyClaimedError, BudgetSpentError, Ledger, ServiceRecord, with_state
from unwedge.observe import Observer
from unwedge.policy import Policy
from unwedge.reads import ReadError, classify, code_of
from unwedge.situation import Failure, Incident, RefusedStop, Situation, Stop, StopState
from unwedge.switch import Switch

if TYPE_CHECKING:
    from types_boto3_ecs import ECSClient

_NO_LIMIT = 1_000_000
# What ECS answers for a task that has stopped already or is unknown: there is nothing left to stop.
_GONE = frozenset({"InvalidParameterException", "ClientException", "ResourceNotFoundException"})


class OutcomeKind(StrEnum):
    """How acting on a decision ended."""

    NOTHING_TO_DO = "nothing-to-do"
    STOPPED = "stopped"
    ALREADY_GONE = "already-gone"
    NO_LONGER_TRUE = "no-longer-true"
    CLAIMED_ELSEWHERE = "claimed-elsewhere"
    DENIED = "denied"
    BUDGET_SPENT = "budget-spent"
    UNKNOWN = "unknown"


class Outcome(NamedTuple):
    """What came of a decision's action: a kind and one sentence."""

    kind: OutcomeKind
    sentence: str


NOTHING = Outcome(OutcomeKind.NOTHING_TO_DO, "The decision asks for no action.")


class Actor:
    """Carries a decision's one action out."""

    def __init__(
        self, ecs: "ECSClient", observer: Observer, ledger: Ledger, policy: Policy, switch: Switch
    ) -> None:
        self._ecs = ecs
        self._observer = observer
        self._ledger = ledger
        self._policy = policy
        self._switch = switch

    def act(
        self, decision: Decision, situation: Situation, record: ServiceRecord, now: datetime
    ) -> tuple[Outcome, ServiceRecord]:
        """Do what the decision asks for. Returns what came of it and the record as it now is.

        record.incident is the incident that the decision opened or kept. AWS errors of ECS become outcomes;
        LedgerConflictError escapes, to be retried with a fresh look.
        """
        action, incident = decision.action, record.incident
        if action is None or incident is None:
            return NOTHING, record
        stop = Stop(action.task_arn, now, StopState.CLAIMED)
        try:
            record = self._ledger.claim(record, incident, stop, self._budget(incident, action))
        except BudgetSpentError as spent:
            return Outcome(OutcomeKind.BUDGET_SPENT, f"Not acted: {spent}."), record
        except AlreadyClaimedError as conflict:
            why = f"{conflict}. It does not get a second stop: stop it by hand if it should go."
            refused = replace(incident, refused=RefusedStop(now, why))
            return Outcome(OutcomeKind.CLAIMED_ELSEWHERE, why), replace(record, incident=refused)
        changed = self._changed(decision, situation, now)
        if changed:
            released = self._ledger.release(record, _incident(record), action.task_arn)
            return Outcome(OutcomeKind.NO_LONGER_TRUE, changed), released
        return self._stop(action, record, now)

    def _budget(self, incident: Incident, action: StopTask) -> int:
        """The account's stops for the hour; a person's approval of this very stop goes beyond."""
        answer = incident.approval
        approved = answer is not None and answer.granted and answer.holder == action.task_arn
        return _NO_LIMIT if approved else self._policy.stops_per_account_hour

    def _changed(self, decision: Decision, situation: Situation, now: datetime) -> str | None:
        """Decide once more on fresh decisive facts; a sentence when the answer is not the same any more."""
        decisive = (decision.holder, decision.contender, decision.successor)
        try:
            fresh = self._observer.refresh(situation, tuple(arn for arn in decisive if arn), now)
        except ReadError as error:
            return f"Not acted: the re-check could not be made ({error})."
        if situation.controls:
            fresh = replace(fresh, controls=situation.controls._replace(paused=self._switch.paused()))
        again = decide(fresh, self._policy)
        if again.action == decision.action:
            return None
        return f"Not acted: on a second look {again.verdict}: {again.sentence}"

    def _stop(self, action: StopTask, record: ServiceRecord, now: datetime) -> tuple[Outcome, ServiceRecord]:
        try:
            self._ecs.stop_task(cluster=action.cluster_arn, task=action.task_arn, reason=action.text)
        except ClientError as error:
            return self._refused(action, record, error, now)
        except BotoCoreError as error:
            # It may have taken effect. The next look sees whether it did; the claim is kept meanwhile.
            text = f"StopTask gave no answer ({type(error).__name__}); the next look tells."
            return Outcome(OutcomeKind.UNKNOWN, text), record
        text = f"StopTask was sent to {action.task_arn}."
        return Outcome(OutcomeKind.STOPPED, text), _sent(record, action)

    def _refused(
        self, action: StopTask, record: ServiceRecord, error: ClientError, now: datetime
    ) -> tuple[Outcome, ServiceRecord]:
        code, failure = code_of(error), classify(error)
        if code in _GONE:
            text = f"The task needs no stop any more (StopTask answered {code})."
            return Outcome(OutcomeKind.ALREADY_GONE, text), _sent(record, action)
        if failure is Failure.UNAVAILABLE:
            text = f"StopTask answered {code}; the next look tells whether it took effect."
            return Outcome(OutcomeKind.UNKNOWN, text), record
        # Nothing was stopped, so the claim is given back; the limits wait before another try.
        why = f"StopTask answered {code}."
        if failure is Failure.DENIED:
            why += " Grant the remediator's role ecs:StopTask on tasks of this cluster, or stop it by hand."
        record = self._ledger.release(record, _incident(record), action.task_arn)
        refused = replace(_incident(record), refused=RefusedStop(now, why))
        return Outcome(OutcomeKind.DENIED, why), replace(record, incident=refused)


def _incident(record: ServiceRecord) -> Incident:
    assert record.incident is not None, "a claim keeps the incident"
    return record.incident


def _sent(record: ServiceRecord, action: StopTask) -> ServiceRecord:
    return replace(record, incident=with_state(_incident(record), action.task_arn, StopState.SENT))
