"""How long nobody will write at a deployment that stops the old task first. Pure."""

from statistics import median
from typing import NamedTuple

from unwedge.posture.facts import Facts

# Amazon ECS, "Amazon ECS task definition parameters": stopTimeout where it is not set.
STOP_SECONDS = 30
# facts.md, "Scheduler and stopping": a Fargate start takes 20 to 70 s.
_START_SECONDS = 60.0


class Gap(NamedTuple):
    """Seconds, from how many measured hand-overs, and in a clause where the number is from."""

    seconds: float
    seen: int
    why: str


def stop_seconds(facts: Facts, container: str) -> int:
    """How long ECS lets a container take between SIGTERM and SIGKILL."""
    wanted = facts.shape.setup(container).stop_timeout
    return STOP_SECONDS if wanted is None else wanted


def gap_of(facts: Facts) -> Gap:
    """By the hand-overs that the ledger has; else by how long its tasks take to start."""
    gaps = facts.history.gaps
    if gaps:
        noun = "hand-over" if len(gaps) == 1 else "hand-overs"
        return Gap(median(gaps), len(gaps), f"the median of {len(gaps)} {noun} that Unwedge has measured")
    starts = [task.start_seconds for task in facts.tasks if task.start_seconds is not None]
    if starts:
        return Gap(max(starts), 0, f"its running task took {max(starts):.0f} s to start")
    if facts.shape.fargate is False:
        return Gap(_START_SECONDS, 0, "none has been measured, and a start may take a minute")
    return Gap(_START_SECONDS, 0, "a start on Fargate takes 20 to 70 s")
