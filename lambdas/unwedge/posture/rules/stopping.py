"""Rules about how the old task ends, and about what a rollback would do."""

from collections.abc import Iterator

from unwedge.model.posture import Finding, FindingKind, Outlook, Severity, Step, StepKind
from unwedge.model.settings import Mode
from unwedge.posture.course import Course, Store
from unwedge.posture.facts import Facts
from unwedge.posture.gap import stop_seconds
from unwedge.posture.rules.deployments import failures
from unwedge.posture.rules.steps import safely

# ECS on Fargate takes no longer stopTimeout.
_MOST_SECONDS = 120
# A gap that people notice: more than two missed scrapes of a minute.
_LONG_SECONDS = 120
_ACTS = (Mode.ENFORCE, Mode.APPROVE)


def stopping(facts: Facts, course: Course) -> Iterator[Finding]:
    """How long the old task takes to end, against what its data needs."""
    store = course.worst
    if store is None or course.outlook is Outlook.HANDS_OVER:
        return
    yield from _too_short(facts, course, store)
    yield from _long_gap(facts, course, store)
    yield from _rollback_first(facts, course)


def _too_short(facts: Facts, course: Course, store: Store) -> Iterator[Finding]:
    needed, allowed = store.entry.flush_seconds if store.entry else None, stop_seconds(facts, store.spec.name)
    on_ec2 = facts.shape.fargate is False
    seconds = needed if needed is None or on_ec2 else min(needed, _MOST_SECONDS)
    if needed is None or seconds is None or allowed >= seconds:
        return
    more = f" Fargate allows {_MOST_SECONDS} s at most." if seconds < needed else ""
    yield Finding(
        FindingKind.STOP_TIMEOUT_SHORT,
        Severity.LOW,
        f"ECS kills container {store.spec.name} {allowed} s after SIGTERM, and {store.program} may need "
        f"{needed} s to write its data.{more}",
        safely(facts, course, Step(StepKind.STOP_TIMEOUT, container=store.spec.name, seconds=seconds)),
        "It takes effect with the next deployment: register a new task definition.",
    )


def _long_gap(facts: Facts, course: Course, store: Store) -> Iterator[Finding]:
    """Between SIGTERM and the end nobody else can write; before it comes what load balancers add."""
    delay = facts.shape.deregistration
    if delay is None or delay.seconds + stop_seconds(facts, store.spec.name) <= _LONG_SECONDS:
        return
    assumed = f" (AWS's default: {delay.assumed})" if delay.assumed else ""
    groups = [group for group in facts.shape.balancers if ":targetgroup/" in group]
    yield Finding(
        FindingKind.LONG_GAP,
        Severity.LOW,
        f"A load balancer keeps the old task for {delay.seconds:.0f} s before ECS sends SIGTERM{assumed}. It "
        "holds the store all the while, so every hand-over takes that much longer.",
        tuple(Step(StepKind.DEREGISTRATION, target_group=group, seconds=10) for group in groups),
    )


def _rollback_first(facts: Facts, course: Course) -> Iterator[Finding]:
    breaker = facts.shape.breaker
    if course.outlook is not Outlook.WEDGES or breaker is None or not breaker.enabled:
        return
    if not breaker.rollback or facts.mode not in _ACTS:
        return
    yield Finding(
        FindingKind.ROLLBACK_FIRST,
        Severity.MEDIUM,
        f"The circuit breaker rolls the deployment back after {failures(breaker.threshold)}, and Unwedge "
        "stands down then: it needs one failed task as evidence and a new one on its way.",
        (Step(StepKind.BREAKER_WITHOUT_ROLLBACK),),
        "A revision that is broken for another reason is then no longer rolled back by itself.",
    )
