"""What a decision is: verdict, reasons with numbers, one sentence, at most one action, when to look again."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from unwedge.model.incident import Request


class Verdict(StrEnum):
    """Every way a look at a service can end, doing nothing included. Grouped by the gate that rules."""

    # 1 the service itself
    SERVICE_GONE = "service-gone"
    SERVICE_INACTIVE = "service-inactive"
    NOT_WATCHED = "not-watched"
    CANNOT_OBSERVE = "cannot-observe"
    AWS_UNAVAILABLE = "aws-unavailable"
    UNSUPPORTED_CONTROLLER = "unsupported-controller"
    # 2 is anything wrong; after a stop: is it right again
    HEALTHY = "healthy"
    RECOVERED = "recovered"
    VERIFYING = "verifying"
    AWAITING_RELEASE = "awaiting-release"
    WITHDRAWN = "withdrawn"
    NOTHING_RUNS = "nothing-runs"
    # 3 evidence
    LOOK_CLOSER = "look-closer"
    AWAITING_EVIDENCE = "awaiting-evidence"
    CANNOT_VERIFY = "cannot-verify"
    OTHER_FAILURE = "other-failure"
    NEW_REVISION_BROKEN = "new-revision-broken"
    # 4 the holder
    LOCK_FREE = "lock-free"
    HOLDER_STOPPING = "holder-stopping"
    SPLIT_BRAIN = "split-brain"
    HOLDER_OUTSIDE = "holder-outside"
    # 5 the sides
    PRIMARY_HOLDS = "primary-holds"
    HOLDER_HEALTHY = "holder-healthy"
    STALE_CONTENDER = "stale-contender"
    OTHER_VOLUME = "other-volume"
    # 6 the rollout
    STANDING_DOWN = "standing-down"
    MISCONFIGURED = "misconfigured"
    # 7 limits
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
    # 8 the mode
    WOULD_STOP = "would-stop"
    APPROVAL_NEEDED = "approval-needed"
    REJECTED = "rejected"
    # 9 timing
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


class LookAgain(NamedTuple):
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
    look_again: LookAgain | None = None
    escalate: bool = False
    incident: IncidentStep = IncidentStep.KEEP
    action: Action | None = None
    request: Request | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """The whole decision, ready to be recorded, explained and, if it has an action, acted on."""

    verdict: Verdict
    gate: int
    sentence: str
    mode: str
    reasons: tuple[Reason, ...]
    action: Action | None = None
    request: Request | None = None
    look_again: LookAgain | None = None
    escalate: bool = False
    incident: IncidentStep = IncidentStep.KEEP
    contender: str | None = None
    holder: str | None = None
    successor: str | None = None
    evidence: str | None = None
    times: Times = NOT_MEASURED
