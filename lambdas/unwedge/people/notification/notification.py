"""Notifications: which recorded decisions people are told of, in which conversation, and what counts as the
same again.

Pure. A decision is read from its ledger entry by the few fields that a notification needs, so that an entry
of another version is told all the same.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from unwedge.model.codec import from_json
from unwedge.model.decision import NOT_MEASURED, IncidentStep, Times, Verdict
from unwedge.model.incident import ApprovalRequest, Drain, Rollback, Stop, StopState
from unwedge.record.versions import current

# Without an incident nothing says when a trouble ends, so it is told again after this long.
AGAIN_AFTER = timedelta(hours=1)
# A question expires within minutes and is asked again. The second asking is for whoever missed the first;
# then nobody is there, and a telephone that rings all night is switched off. By how often it was told.
REPEATED_AFTER = (timedelta(0), timedelta(hours=1), timedelta(hours=4))
SERVICE_CONVERSATION = "service"


class DecisionFields(NamedTuple):
    """The decision of an entry. Verdict, mode and step are the values of their enums."""

    verdict: str
    sentence: str
    mode: str
    gate: int = 0
    action: dict[str, Any] | None = None
    approval_request: ApprovalRequest | None = None
    escalate: bool = False
    incident: str = IncidentStep.KEEP.value
    contender: str | None = None
    holder: str | None = None
    successor: str | None = None
    evidence: str | None = None
    times: Times = NOT_MEASURED


class IncidentFields(NamedTuple):
    """The incident as it was before the decision; fields as in situation.Incident."""

    id: str
    seen: tuple[str, ...] = ()
    stops: tuple[Stop, ...] = ()
    drain: Drain | None = None
    rollback: Rollback | None = None


class TaskFields(NamedTuple):
    """What tells that a task was asked to stop; fields as in service.Task."""

    arn: str
    stopping_at: datetime | None = None


class SituationFields(NamedTuple):
    """The little that is needed of the situation."""

    observed_at: datetime
    cluster_arn: str
    service_name: str
    incident: IncidentFields | None = None
    tasks: tuple[TaskFields, ...] = ()


class OutcomeFields(NamedTuple):
    """What came of the decision's action: the value of an OutcomeKind, and one sentence."""

    kind: str
    sentence: str = ""


class EntryFields(NamedTuple):
    """What stands in a ledger entry. `incident`: the id of the incident as the decision leaves it."""

    decision: DecisionFields
    situation: SituationFields
    outcome: OutcomeFields
    incident: str | None = None


class RecordedDecision(NamedTuple):
    """One recorded decision, as much of it as a notification needs: its key in the ledger, and what it
    says."""

    pk: str
    sk: str
    content: EntryFields

    @property
    def decision(self) -> DecisionFields:
        return self.content.decision

    @property
    def at(self) -> datetime:
        """When the service was observed."""
        return self.content.situation.observed_at

    @property
    def incident(self) -> str | None:
        """The id of the incident that the decision is about."""
        before = self.content.situation.incident
        return self.content.incident or (before.id if before else None)

    @property
    def service_name(self) -> str:
        """The service's name."""
        return self.content.situation.service_name

    @property
    def cluster_name(self) -> str:
        """The cluster's name."""
        return self.content.situation.cluster_arn.rsplit("/", 1)[-1]

    @property
    def service_arn(self) -> str:
        """The service's ARN, also where the service is gone."""
        services = self.content.situation.cluster_arn.replace(":cluster/", ":service/", 1)
        return f"{services}/{self.service_name}"


class Kind(StrEnum):
    """What a notification is about."""

    STOPPED = "stopped"
    UPDATED = "updated"
    RECOVERED = "recovered"
    APPROVAL_REQUEST = "question"
    NOTHING_RUNS = "nothing-runs"
    ESCALATION = "escalation"
    WITHDRAWN = "withdrawn"


class Notification(NamedTuple):
    """A decision that people are told of."""

    kind: Kind
    record: RecordedDecision

    @property
    def conversation(self) -> str:
        """Under what the conversation is kept with the service: the incident, or the service itself."""
        return self.record.incident or SERVICE_CONVERSATION

    @property
    def what(self) -> str:
        """What makes two notifications of a conversation the same. A stop is told once for its task, by
        whichever decision comes first; an end is always new."""
        decision = self.record.decision
        if self.kind is Kind.STOPPED:
            seen = stopped_unheard(self.record)
            return f"{self.kind.value}#{seen.arn if seen else decision.holder}"
        if self.kind in (Kind.ESCALATION, Kind.NOTHING_RUNS):
            return f"{self.kind.value}#{decision.verdict}"
        if self.kind is Kind.APPROVAL_REQUEST and decision.approval_request:
            return f"{self.kind.value}#{decision.approval_request.subject}"
        return f"{self.kind.value}#{self.record.sk}"

    @property
    def occasion(self) -> str:
        """What is counted: a question by when it was asked, whoever looks at it; else each decision."""
        asked = self.record.decision.approval_request if self.kind is Kind.APPROVAL_REQUEST else None
        return asked.asked_at.isoformat() if asked else self.record.sk

    def quiet_after(self, told: int) -> timedelta | None:
        """For how long the same is counted, and not told, after it was told so many times; None: as long as
        the conversation lasts. That nothing runs is worth saying again in the same incident."""
        if self.kind is Kind.APPROVAL_REQUEST:
            return REPEATED_AFTER[min(told, len(REPEATED_AFTER)) - 1]
        if self.record.incident is None or self.kind is Kind.NOTHING_RUNS:
            return AGAIN_AFTER
        return None


def decision_of(pk: str, sk: str, data: Mapping[str, Any]) -> RecordedDecision:
    """What a notification needs of a ledger entry's `data`. Raises DecodeError."""
    return RecordedDecision(pk, sk, from_json(EntryFields, current(data)))


def notification_of(record: RecordedDecision) -> Notification | None:
    """The notification that a recorded decision is worth, if it is worth one."""
    kind = _kind(record)
    return Notification(kind, record) if kind else None


def _kind(record: RecordedDecision) -> Kind | None:
    decision, outcome = record.decision, record.content.outcome.kind
    if outcome in ("stopped", "updated"):
        return Kind(outcome)
    if outcome == "already-gone":
        return Kind.STOPPED
    if decision.incident == IncidentStep.RECOVERED:
        return Kind.RECOVERED
    if decision.verdict == Verdict.APPROVAL_NEEDED and decision.approval_request:
        return Kind.APPROVAL_REQUEST
    if decision.escalate:
        return Kind.NOTHING_RUNS if decision.verdict == Verdict.NOTHING_RUNS else Kind.ESCALATION
    if decision.incident == IncidentStep.WITHDRAWN and _heard(record):
        return Kind.WITHDRAWN
    return Kind.STOPPED if stopped_unheard(record) else None


def stopped_unheard(record: RecordedDecision) -> TaskFields | None:
    """The task of a claim whose StopTask took effect without our hearing of it: the answer or the record was
    lost. It is told by the first decision that sees it."""
    situation = record.content.situation
    stops = {stop.task_arn: stop for stop in situation.incident.stops} if situation.incident else {}
    for task in situation.tasks:
        if task.arn in stops and stops[task.arn].took_effect_unheard(task.stopping_at):
            return task
    return None


def _heard(record: RecordedDecision) -> bool:
    """Whether people heard of this incident: a person was called, or something was done. Then its end is
    news."""
    before = record.content.situation.incident
    if before is None:
        return False
    done = (*before.stops, *(step for step in (before.drain, before.rollback) if step))
    return any(step.state is StopState.SENT for step in done) or any(
        mark.endswith("!") or mark == Verdict.APPROVAL_NEEDED for mark in before.seen
    )
