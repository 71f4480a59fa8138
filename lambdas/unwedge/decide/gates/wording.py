"""Tasks, times and lists as the sentences of decisions say them."""

from collections.abc import Sequence
from datetime import datetime

from unwedge.model.service import Task


def name(task: Task) -> str:
    """A task as people find it in the console: its id and its revision."""
    return f"task {task.id} ({task.revision})"


def title(task: Task) -> str:
    """The same at the beginning of a sentence."""
    return f"Task {task.id} ({task.revision})"


_MOST_NAMED = 6


def listed(items: Sequence[str], between: str = ", ") -> str:
    """A list for a sentence: the first few, and how many more there are."""
    more = [f"and {len(items) - _MOST_NAMED} more"] if len(items) > _MOST_NAMED else []
    return between.join([*items[:_MOST_NAMED], *more])


def clock(moment: datetime | None) -> str:
    """A time in UTC for a sentence."""
    return moment.strftime("%H:%M:%SZ") if moment else "an unknown time"
