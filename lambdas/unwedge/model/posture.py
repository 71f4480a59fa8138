"""Posture: what the next deployment of a service will do to its store, and what to change before it does.
Times are aware datetimes in UTC."""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


class Severity(StrEnum):
    """How bad a finding is. CRITICAL: data is written twice, and nothing ever tells. HIGH: a deployment will
    deadlock, or stand still. MEDIUM: it may, or the way out of it is blocked. LOW: worth a change."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Outlook(StrEnum):
    """What a deployment will do to the service's store.

    WEDGES: the new task cannot take the lock, and ECS does not stop the old one. WRITES_TWICE: nothing
    keeps the two tasks apart. STUCK: ECS can start no task and stop none. OVERLAPS: the old task is stopped
    first, and while it ends the new one may fail once or twice. MAY_…: it depends on what could not be told.
    HANDS_OVER: the store has one writer after the other. NOT_SHARED: no task of the service can write where
    another can. UNKNOWN: too little could be read.
    """

    WRITES_TWICE = "writes-twice"
    WEDGES = "wedges"
    STUCK = "stuck"
    MAY_WRITE_TWICE = "may-write-twice"
    MAY_WEDGE = "may-wedge"
    UNKNOWN = "unknown"
    OVERLAPS = "overlaps"
    HANDS_OVER = "hands-over"
    NOT_SHARED = "not-shared"


class FindingKind(StrEnum):
    """The rules. The values are the rule ids that people see, in SARIF too."""

    DOUBLE_WRITERS = "double-writers"
    SHARED_DIRECTORY = "shared-directory"
    WEDGES = "wedges"
    SEVERAL_TASKS = "several-tasks-one-lock"
    STUCK = "deployment-stuck"
    FIX_REFUSED = "fix-refused"
    MAY_WEDGE = "may-wedge"
    FIX_INCOMPLETE = "fix-incomplete"
    ROLLBACK_FIRST = "rollback-first"
    NO_EVIDENCE = "no-evidence"
    EBS_VOLUME = "ebs-deleted-with-task"
    STOP_TIMEOUT_SHORT = "stop-timeout-short"
    LONG_GAP = "long-gap"
    UNSUPPORTED_STORE = "unsupported-store"
    LINES_JOINED = "log-lines-joined"
    LINES_DROPPED = "log-lines-dropped"
    EXEC_NOT_ON_TASKS = "exec-not-on-tasks"
    TAGS_NOT_PROPAGATED = "tags-not-propagated"
    DRIFT = "drift"
    NOT_READ = "not-read"


class StepKind(StrEnum):
    """One change of a remedy. `Step` says what each needs. ADVICE is for people: no tool can do it."""

    ROLLING = "rolling"
    REBALANCING_OFF = "rebalancing-off"
    STOP_FIRST = "stop-first"
    ONE_TASK = "one-task"
    STOP_TIMEOUT = "stop-timeout"
    DEREGISTRATION = "deregistration"
    AWSLOGS = "awslogs"
    BREAKER_WITHOUT_ROLLBACK = "breaker-without-rollback"
    PROPAGATE_TAGS = "propagate-tags"
    NEW_TASKS = "new-tasks"
    ADVICE = "advice"


class Step(NamedTuple):
    """One change. `container`: its name, for STOP_TIMEOUT and AWSLOGS. `seconds`: of STOP_TIMEOUT and
    DEREGISTRATION. `target_group`: the ARN for DEREGISTRATION. `text`: a sentence for people, of ADVICE; of
    the others why the step stands here, or empty."""

    kind: StepKind
    container: str = ""
    seconds: int = 0
    target_group: str = ""
    text: str = ""


class Finding(NamedTuple):
    """One thing to know of a service. `sentence` has the evidence in it. `steps` are in the order that
    works; `cost` says in a sentence what they cost while they are carried out."""

    kind: FindingKind
    severity: Severity
    sentence: str
    steps: tuple[Step, ...] = ()
    cost: str = ""


class Posture(NamedTuple):
    """A service audited. `cluster_arn` is empty and `service_name` an address in a plan, where it comes from
    one. `program`: what runs in it, if that is known. `gap`: seconds without a writer to expect of a
    deployment, and `gap_seen` from how many hand-overs that is known (0: by the settings only)."""

    cluster_arn: str
    service_name: str
    at: datetime
    outlook: Outlook
    findings: tuple[Finding, ...] = ()
    program: str = ""
    mode: str = ""
    gap: float | None = None
    gap_seen: int = 0

    @property
    def worst(self) -> Severity | None:
        """The severity of the worst finding."""
        order = list(Severity)
        return min((finding.severity for finding in self.findings), key=order.index, default=None)
