"""From when to when a container can have said its last words."""

from datetime import datetime, timedelta
from typing import NamedTuple

from unwedge.model.service import SKEW, Task

# A program that cannot take its lock ends within a second of saying so (Prometheus within 30 ms). A line
# that is so much older than the end was said in an earlier life of the container, or by something else.
LAST_WORDS = timedelta(seconds=60)


class Life(NamedTuple):
    """From when to when a container can have written lines of the life that just ended."""

    since: datetime
    until: datetime

    def covers(self, at: datetime) -> bool:
        """Whether a line of this time belongs to it."""
        return self.since - SKEW <= at <= self.until + SKEW


def last_life(task: Task, now: datetime) -> Life:
    """When the container that ended this task can have said its last words. A container may have lived
    several times in one task, and another one of the task may have ended later."""
    ended = task.stopping_at or task.failed_at or now
    since = ended - LAST_WORDS
    if task.created_at is not None:
        since = max(since, task.created_at)
    return Life(since, max(ended, task.execution_stopped_at or task.stopped_at or ended))
