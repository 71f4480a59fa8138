"""What the simulated ECS lets others see while it runs. Times are virtual, aware and in UTC."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class EcsEvent:
    """A full EventBridge event as ECS sends it; copies, delays and losses are the deliverer's business."""

    at: datetime
    event: dict[str, Any]


@dataclass(frozen=True)
class TaskLog:
    """One line that a container wrote, with the log group and stream that its awslogs driver ships it to.

    Group and stream are None when the driver is another one: the line never reaches CloudWatch Logs.
    """

    at: datetime
    log_group: str | None
    log_stream: str | None
    message: str
    task_arn: str
    container: str


@dataclass(frozen=True)
class Note:
    """What ECS did, in one plain sentence."""

    at: datetime
    text: str
    task_arn: str | None = None


@dataclass(frozen=True)
class StopCalled:
    """StopTask was accepted for a task that was not stopping yet; ``caller`` is who the wire says called."""

    at: datetime
    task_arn: str
    reason: str | None
    caller: str | None


Observation = EcsEvent | TaskLog | Note | StopCalled
Listener = Callable[[Observation], None]
