"""Services audited, and what is kept of them, for tests."""

from datetime import UTC, datetime, timedelta
from typing import Any

from unwedge.model.posture import Finding, FindingKind, Outlook, Posture, Severity, Step, StepKind
from unwedge.record.postures import Expected, KeptPosture, Opened, PostureRow

NOW = datetime(2025, 11, 13, 22, 40, tzinfo=UTC)
CLUSTER = "arn:aws:ecs:eu-west-1:123456789012:cluster/dev-cluster"
SERVICE = "prom"
WEDGES = Finding(
    FindingKind.WEDGES,
    Severity.HIGH,
    "Of 1 desired task, minimumHealthyPercent 100 keeps 1 and maximumPercent 200 allows 2.",
    (Step(StepKind.STOP_FIRST), Step(StepKind.ADVICE, text="Read on.")),
    "About 30 s without a writer.",
)
SHORT = Finding(
    FindingKind.STOP_TIMEOUT_SHORT,
    Severity.MEDIUM,
    "It gets 30 s.",
    (Step(StepKind.STOP_TIMEOUT, "prometheus", 120),),
)
UNSUPPORTED = Finding(FindingKind.UNSUPPORTED_STORE, Severity.LOW, "Prometheus supports no NFS.")


def posture(*findings: Finding, **changes: Any) -> Posture:
    """One that wedges, with these findings or with two."""
    made = Posture(
        CLUSTER,
        SERVICE,
        NOW,
        Outlook.WEDGES,
        findings or (WEDGES, SHORT),
        program="Prometheus",
        mode="enforce",
        gap=30.0,
    )
    return made._replace(**changes)


def kept(*findings: Finding, **changes: Any) -> KeptPosture:
    """The same as it is kept, open for a day."""
    found = posture(*findings)
    opened = tuple(Opened(finding.kind, NOW - timedelta(days=1)) for finding in found.findings)
    return KeptPosture(found, opened)._replace(**changes)


def row(name: str = SERVICE, **changes: Any) -> PostureRow:
    """A row of the list."""
    made = PostureRow(
        CLUSTER,
        name,
        NOW,
        Outlook.WEDGES,
        Severity.HIGH,
        NOW - timedelta(days=1),
        2,
        "enforce",
        "Prometheus",
        30.0,
    )
    return made._replace(**changes)


def expected(**changes: Any) -> Expected:
    """A deadlock to come."""
    made = Expected(CLUSTER, SERVICE, "ecs-svc/2", NOW, "enforce", "Prometheus", 30.0)
    return made._replace(**changes)
