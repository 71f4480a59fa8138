"""What a decision is: verdict, reasons with numbers, one sentence, at most one action, when to look again."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from unwedge.model.grip import GripRow
from unwedge.model.incident import ApprovalRequest


class Verdict(StrEnum):
    """Every way a pass at a service can end, doing nothing included. Grouped by the gate that rules."""

    # 1 the service itself
    SERVICE_GONE = "service-gone"
    SERVICE_INACTIVE = "service-inactive"
    NOT_WATCHED = "not-watched"
    CANNOT_OBSERVE = "cannot-observe"
    AWS_UNAVAILABLE = "aws-unavailable"
    UNSUPPORTED_DEPLOYMENT = "unsupported-deployment"
    # 2 is anything wrong; after a stop: is it right again
    HEALTHY = "healthy"
    RECOVERED = "recovered"
    VERIFYING = "verifying"
    WITHDRAWN = "withdrawn"
    NOTHING_RUNS = "nothing-runs"
    FAILS_HEALTH_CHECKS = "fails-health-checks"
    # 3 evidence
    READ_MORE = "read-more"
    AWAITING_EVIDENCE = "awaiting-evidence"
    CANNOT_VERIFY = "cannot-verify"
    OTHER_FAILURE = "other-failure"
    NEW_REVISION_BROKEN = "new-revision-broken"
    # 4 how many tasks are wanted
    SCALED_TO_0 = "scaled-to-0"
    MISCONFIGURED = "misconfigured"
    # 5 the holder
    LOCK_FREE = "lock-free"
    HOLDER_STOPPING = "holder-stopping"
    SPLIT_BRAIN = "split-brain"
    LOCK_HELD_ELSEWHERE = "lock-held-elsewhere"
    LOCK_UNCLEAR = "lock-unclear"
    # 6 the sides
    TARGET_HOLDS_LOCK = "target-holds-lock"
    HOLDER_HEALTHY = "holder-healthy"
    STALE_CONTENDER = "stale-contender"
    DIFFERENT_LOCK = "different-lock"
    LOCK_UNDETERMINED = "lock-undetermined"
    # 7 the rollout
    DEPLOYMENT_FAILED = "deployment-failed"
    ROLLOUT_UNKNOWN = "rollout-unknown"
    ROLLOUT_PAUSED = "rollout-paused"
    ROLLBACK_IN_PROGRESS = "rollback-in-progress"
    # 8 and 9 limits and controls
    STOPS_SPENT = "stops-spent"
    DRAIN_SERVICE = "drain-service"
    DRAINING = "draining"
    RESTORE_SERVICE = "restore-service"
    ROLL_BACK = "roll-back"
    STOP_DENIED = "stop-denied"
    PAUSED = "paused"
    COOLING_DOWN = "cooling-down"
    KEEPS_WEDGING = "keeps-wedging"
    BUDGET_SPENT = "budget-spent"
    # 10 the mode
    WOULD_STOP = "would-stop"
    APPROVAL_NEEDED = "approval-needed"
    REJECTED = "rejected"
    # 11 timing
    AWAITING_SUCCESSOR = "awaiting-successor"
    SUCCESSOR_STARTED = "successor-started"
    NO_SUCCESSOR = "no-successor"
    STOP_HOLDER = "stop-holder"


class IncidentStep(StrEnum):
    """What becomes of the service's incident. KEEP leaves an open one open and opens none."""

    KEEP = "keep"
    OPEN = "open"
    RECOVERED = "recovered"
    WITHDRAWN = "withdrawn"

    @property
    def closes(self) -> bool:
        """Whether the incident ends with this decision."""
        return self in (IncidentStep.RECOVERED, IncidentStep.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class Reason:
    """One gate that was passed or that ruled, with the numbers it used."""

    gate: int
    code: str
    text: str
    numbers: dict[str, float] = field(default_factory=dict)


class StopTask(NamedTuple):
    """Stop this task of this cluster. `text` becomes the task's stoppedReason."""

    cluster_arn: str
    task_arn: str
    text: str
    kind: str = "stop_task"


class UpdateService(NamedTuple):
    """Scale this service, or return it to another task definition. `holder`: the task that a drain ends."""

    cluster_arn: str
    service_name: str
    desired_count: int | None = None
    task_definition: str | None = None
    holder: str | None = None
    kind: str = "update_service"


Action = StopTask | UpdateService


class Requeue(NamedTuple):
    """When to look again, in seconds. `holder`: until then a glance is enough, at whether the task of this
    ARN still runs and another one is on its way."""

    seconds: int
    holder: str | None = None


class Times(NamedTuple):
    """Measured seconds of an incident; None where there is nothing to measure (yet)."""

    to_detect: float | None = None
    to_stop: float | None = None
    to_recover: float | None = None
    gap: float | None = None


NOT_MEASURED = Times()


@dataclass(frozen=True, slots=True)
class Ruling:
    """What one gate says. Without a verdict the gate is passed and the next one is asked."""

    text: str
    verdict: Verdict | None = None
    numbers: dict[str, float] = field(default_factory=dict)
    requeue: Requeue | None = None
    escalate: bool = False
    incident: IncidentStep = IncidentStep.KEEP
    action: Action | None = None
    approval_request: ApprovalRequest | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """The whole decision, ready to be recorded, explained and, if it has an action, acted on.

    `container` is the one that failed on the lock, `blamed` the deployment that failed for another reason,
    `grips` the table from which it is read who holds the lock.
    """

    verdict: Verdict
    gate: int
    sentence: str
    mode: str
    reasons: tuple[Reason, ...]
    action: Action | None = None
    approval_request: ApprovalRequest | None = None
    requeue: Requeue | None = None
    escalate: bool = False
    incident: IncidentStep = IncidentStep.KEEP
    contender: str | None = None
    holder: str | None = None
    successor: str | None = None
    evidence: str | None = None
    container: str | None = None
    blamed: str | None = None
    grips: tuple[GripRow, ...] = ()
    times: Times = NOT_MEASURED
