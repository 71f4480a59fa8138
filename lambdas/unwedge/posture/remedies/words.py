"""What the comments of a snippet say, the same in every language."""

from collections.abc import Iterator

from unwedge.model.posture import StepKind
from unwedge.posture.remedies.parts import Parts
from unwedge.posture.remedies.place import Place

# API reference, LogConfiguration; AWS's article "Preventing log loss with non-blocking mode in the AWSLogs
# container log driver".
WHY_NON_BLOCKING = (
    "Why non-blocking: in blocking mode, a program whose log cannot be sent stops at the next line that it "
    "writes, and still holds the lock. Non-blocking mode loses lines only when its buffer is full; the "
    "default buffer is 10m. Leave out a datetime format and a multiline pattern: they join lines, and the "
    "one about the lock must stand alone."
)
LOG_ROLE = (
    "The execution role must allow logs:CreateLogStream and logs:PutLogEvents on the log group; otherwise "
    "the new task does not start."
)
_DEPLOYS = (
    "What follows replaces the task. Do it when all of the above is deployed: without it the new task would "
    "start beside the old one and could not take the lock."
)
_UNGUARDED = (
    "This replaces the task. Make sure first that minimumHealthyPercent is 0 and maximumPercent 100: "
    "otherwise the new task starts beside the old one and cannot take the lock."
)
_ONE_CALL = (
    "ECS refuses a maximumPercent of 100 while Availability Zone rebalancing is ENABLED. If it refuses both "
    "changes together, deploy the one of rebalancing alone first."
)


def opening(parts: Parts, place: Place) -> Iterator[str]:
    """What the remedy is for, and why its steps are there."""
    where = f" in cluster {place.cluster}" if place.cluster else ""
    address = f" ({place.address})" if place.address else ""
    yield f"Service {place.service or '(no name)'}{where}{address}."
    yield from parts.reasons


def together(parts: Parts) -> Iterator[str]:
    """For tools that send all settings of a service in one call."""
    if {StepKind.REBALANCING_OFF, StepKind.STOP_FIRST} <= set(parts.settings):
        yield _ONE_CALL


def before_deploying(parts: Parts) -> str:
    """What must be true before the task is replaced."""
    return _DEPLOYS if StepKind.STOP_FIRST in parts.settings else _UNGUARDED


def closing(parts: Parts) -> Iterator[str]:
    """What no tool can do."""
    for text in parts.advice:
        yield f"Advice: {text}"
