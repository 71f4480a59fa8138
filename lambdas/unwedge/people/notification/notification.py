"""Notices: which recorded decisions people are told of, in which thread, and what counts as the same again.

Pure. A decision is read from its ledger entry by the few fields that a notice needs, so that an entry of
another version is told all the same.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from unwedge.model.codec import from_json
from unwedge.model.decision import NOT_MEASURED, IncidentStep, Times, Verdict
from unwedge.model.incident import Drain, Request, Rollback, Stop, StopState

# Without an incident nothing says when a trouble ends, so it is told again after this long.
AGAIN_AFTER = timedelta(hours=1)
# A question expires within minutes and is asked again. The second asking is for whoever missed the first;
# then nobody is there, and a telephone that rings all night is switched off. By how often it was told.
ASKED_AGAIN = (timedelta(0), timedelta(hours=1), timedelta(hours=4))
SERVICE_THREAD = "service"


class Outline(NamedTuple):
    """The decision of an entry. Verdict, mode and step are the values of their enums."""

    verdict: str
    sentence: str
    mode: str
    gate: int = 0
    action: dict[str, Any] | None = None
    request: Request | None = None
    escalate: bool = False
    incident: str = IncidentStep.KEEP.value
    contender: str | None = None
    holder: str | None = None
    successor: str | None = None
    evidence: str | None = None
    times: Times = NOT_MEASURED


class Before(NamedTuple):
    """The incident as it was before the decision; fields as in situation.Incident."""

    id: str
    seen: tuple[str, ...] = ()
    stops: tuple[Stop, ...] = ()
    drain: Drain | None = None
    rollback: Rollback | None = None


class Seen(NamedTuple):
    """The little that is needed of the situation."""

    observed_at: datetime
    cluster_arn: str
    service_name: str
    incident: Before | None = None


class Came(NamedTuple):
    """What came of the decision's action: the value of an OutcomeKind, and one sentence."""

    kind: str
    sentence: str = ""


class Content(NamedTuple):
    """What stands in a ledger entry. `incident`: the id of the incident as the decision leaves it."""

    decision: Outline
    situation: Seen
    outcome: Came
    incident: str | None = None


class Extract(NamedTuple):
    """One recorded decision, as much of it as a notice needs: its key in the ledger, and what it says."""

    pk: str
    sk: str
    content: Content

    @property
    def decision(self) -> Outline:
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
    """What a notice is about."""

    STOPPED = "stopped"
    UPDATED = "updated"
    RECOVERED = "recovered"
    QUESTION = "question"
    NOTHING_RUNS = "nothing-runs"
    ESCALATION = "escalation"
    WITHDRAWN = "withdrawn"


class Notice(NamedTuple):
    """A decision that people are told of."""

    kind: Kind
    record: Extract

    @property
    def thread(self) -> str:
        """Under what the thread is kept with the service: the incident, or the service itself."""
        return self.record.incident or SERVICE_THREAD

    @property
    def what(self) -> str:
        """What makes two notices of a thread the same. A stop and an end are always new."""
        decision = self.record.decision
        if self.kind in (Kind.ESCALATION, Kind.NOTHING_RUNS):
            return f"{self.kind.value}#{decision.verdict}"
        if self.kind is Kind.QUESTION and decision.request:
            return f"{self.kind.value}#{decision.request.subject}"
        return f"{self.kind.value}#{self.record.sk}"

    @property
    def occasion(self) -> str:
        """What is counted: a question by when it was asked, whoever looks at it; else each decision."""
        asked = self.record.decision.request if self.kind is Kind.QUESTION else None
        return asked.asked_at.isoformat() if asked else self.record.sk

    def quiet_after(self, told: int) -> timedelta | None:
        """For how long the same is counted, and not told, after it was told so many times; None: as long as
        the thread lasts. That nothing runs is worth saying again in the same incident."""
        if self.kind is Kind.QUESTION:
            return ASKED_AGAIN[min(told, len(ASKED_AGAIN)) - 1]
        if self.record.incident is None or self.kind is Kind.NOTHING_RUNS:
            return AGAIN_AFTER
        return None


def extract_of(pk: str, sk: str, data: Mapping[str, Any]) -> Extract:
    """What a notice needs of a ledger entry's `data`. Raises DecodeError."""
    return Extract(pk, sk, from_json(Content, data))


def notice_of(record: Extract) -> Notice | None:
    """The notice that a recorded decision is worth, if it is worth one."""
    kind = _kind(record)
    return Notice(kind, record) if kind else None


def _kind(record: Extract) -> Kind | None:
    decision, outcome = record.decision, record.content.outcome.kind
    if outcome in ("stopped", "updated"):
        return Kind(outcome)
    if decision.incident == IncidentStep.RECOVERED:
        return Kind.RECOVERED
    if decision.verdict == Verdict.APPROVAL_NEEDED and decision.request:
        return Kind.QUESTION
    if decision.escalate:
        return Kind.NOTHING_RUNS if decision.verdict == Verdict.NOTHING_RUNS else Kind.ESCALATION
    if decision.incident == IncidentStep.WITHDRAWN and _heard(record):
        return Kind.WITHDRAWN
    return None


def _heard(record: Extract) -> bool:
    """Whether people heard of this incident: a person was called, or something was done. Then its end is
    news."""
    before = record.content.situation.incident
    if before is None:
        return False
    done = (*before.stops, *(step for step in (before.drain, before.rollback) if step))
    return any(step.state is StopState.SENT for step in done) or any(
        mark.endswith("!") or mark == Verdict.APPROVAL_NEEDED for mark in before.seen
    )
