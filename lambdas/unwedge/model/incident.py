"""An incident and what it remembers: stops, questions and answers, a drain, a rollback; the controls."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from unwedge.model.service import SKEW


class StopState(StrEnum):
    """How far a stop came. CLAIMED and no further: the sender died, or its call's outcome is unknown."""

    CLAIMED = "claimed"
    SENT = "sent"


class Stop(NamedTuple):
    """One stop of one holder, claimed in the ledger before StopTask is called; `deployment` is the one that
    it was to help, empty in records of before."""

    task_arn: str
    claimed_at: datetime
    state: StopState
    deployment: str = ""

    def took_effect_unheard(self, stopping_at: datetime | None) -> bool:
        """Whether its task is seen to stop since the claim, though the answer or its record was lost."""
        claimed = self.state is StopState.CLAIMED
        return claimed and stopping_at is not None and stopping_at >= self.claimed_at - SKEW


class RefusedStop(NamedTuple):
    """A stop that did not go through and changed nothing: when, and what a person can do about it."""

    at: datetime
    why: str


class Limit(StrEnum):
    """What can keep us from acting and a person's approval can lift, where the question names it."""

    MODE = "mode"
    PROTECTION = "protection"
    ACCOUNT_BUDGET = "account-budget"


class ApprovalRequest(NamedTuple):
    """The question put to people. `subject` is the ARN of what would be acted on: the task to be stopped, the
    service to be drained, or the task definition to go back to. `deployment` is the one that it would help,
    `lifts` are the limits that a yes lifts, and `valid_until` is when the answer lapses."""

    subject: str
    asked_at: datetime
    expires_at: datetime
    deployment: str = ""
    lifts: tuple[Limit, ...] = (Limit.MODE,)
    valid_until: datetime | None = None


class Approval(NamedTuple):
    """A person's answer to the question about this subject, for the deployment, limits and time that the
    question named."""

    subject: str
    granted: bool
    by: str
    at: datetime
    deployment: str = ""
    lifts: tuple[Limit, ...] = (Limit.MODE,)
    valid_until: datetime | None = None


class Drain(NamedTuple):
    """The service scaled to 0 by us, and the count that it is to be brought back to. `over_at`: when it was
    back, by us or by somebody else. `mark` is what we tag the service with just before the call, so that our
    0 is told from anybody else's; empty in records of before."""

    desired_count: int
    claimed_at: datetime
    state: StopState
    over_at: datetime | None = None
    mark: str = ""


class Rollback(NamedTuple):
    """The service sent back by us to this task definition."""

    task_definition: str
    claimed_at: datetime
    state: StopState


@dataclass(frozen=True, slots=True)
class Incident:
    """One deadlock of one service, opened by its first evidence.

    `previous` is the task definition of the first holder that we stopped. `broken` is the deployment that
    failed for another reason after a stop: it gets no further one. `request` is the question that waits for
    a person, `approval` the newest answer.
    `container` is the one that failed on the lock, `deployment` the one whose task it was.
    `seen` are the verdicts so far, escalated ones also with a "!": each is counted once per incident.
    """

    id: str
    opened_at: datetime
    contender: str
    failed_at: datetime
    evidence: str
    stops: tuple[Stop, ...] = ()
    refused: RefusedStop | None = None
    previous: str | None = None
    broken: str | None = None
    approval_request: ApprovalRequest | None = None
    approval: Approval | None = None
    drain: Drain | None = None
    rollback: Rollback | None = None
    seen: tuple[str, ...] = ()
    container: str = ""
    deployment: str = ""

    @property
    def draining(self) -> Drain | None:
        """The drain that we began and that is not over."""
        return self.drain if self.drain and self.drain.over_at is None else None


class Controls(NamedTuple):
    """What limits every service alike, read from the kill switch and the ledger.

    paused: why nothing may be stopped, None when the kill switch says run. service_stops: when tasks of this
    service were claimed for a stop in the last day. account_stops: stops of all services in the last
    sixty minutes.
    """

    paused: str | None
    service_stops: tuple[datetime, ...] = ()
    account_stops: int = 0
