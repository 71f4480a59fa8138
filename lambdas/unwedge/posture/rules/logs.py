"""Rules about the log of the container that takes the lock: without it Unwedge cannot act."""

import re
from collections.abc import Iterator

from unwedge.model.posture import Finding, FindingKind, Severity, Step, StepKind
from unwedge.posture.course import Course, Store
from unwedge.posture.facts import Facts
from unwedge.posture.rules.steps import safely

_SIZE = re.compile(r"(\d+)\s*([bkmg]?)", re.IGNORECASE)
_UNITS = {"": 1, "b": 1, "k": 1024, "m": 1024**2, "g": 1024**3}
# Docker's default; where nothing is set, ECS sets 10m (Amazon ECS API reference, LogConfiguration).
_SMALLEST = 1024**2


def logs(facts: Facts, course: Course) -> Iterator[Finding]:
    """What the log of each store's container will say of a lock that is held."""
    for store in course.stores:
        if store.locks:
            yield from _of(facts, course, store)


def _of(facts: Facts, course: Course, store: Store) -> Iterator[Finding]:
    spec, setup = store.spec, facts.shape.setup(store.spec.name)
    if spec.log_driver != "awslogs" or not spec.log_group or not spec.log_stream:
        yield Finding(
            FindingKind.NO_EVIDENCE,
            Severity.MEDIUM,
            f"Container {spec.name} leaves no log that Unwedge can read: "
            f"{_lacks(spec.log_driver, spec.log_group)}. When a deployment deadlocks, Unwedge stops nothing "
            "without the line that says so.",
            safely(facts, course, Step(StepKind.AWSLOGS, container=spec.name)),
            "It takes effect with the next deployment: register a new task definition.",
        )
        return
    if setup.log_joins:
        yield Finding(
            FindingKind.LINES_JOINED,
            Severity.LOW,
            f"The log driver of container {spec.name} joins lines (awslogs-multiline-pattern or "
            "awslogs-datetime-format): a line appears only when the next one begins, so the last words of a "
            "task come late.",
            safely(facts, course, Step(StepKind.AWSLOGS, container=spec.name)),
        )
    size = _bytes(setup.log_buffer)
    if setup.log_mode != "blocking" and size is not None and size < _SMALLEST:
        yield Finding(
            FindingKind.LINES_DROPPED,
            Severity.LOW,
            f"The log driver of container {spec.name} drops lines when its buffer of {setup.log_buffer} is "
            "full.",
            safely(facts, course, Step(StepKind.AWSLOGS, container=spec.name)),
        )


def _lacks(driver: str | None, group: str | None) -> str:
    if driver is None:
        return "it has no log configuration"
    if driver != "awslogs":
        return f"its log driver is {driver}"
    return "awslogs-group is not set" if not group else "awslogs-stream-prefix is not set"


def _bytes(size: str | None) -> int | None:
    found = _SIZE.fullmatch(size.strip()) if size else None
    return int(found[1]) * _UNITS[found[2].lower()] if found else None
