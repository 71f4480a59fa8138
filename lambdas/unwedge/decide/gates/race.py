"""The race for the lock after a stop, once a stop has been tried: can another one be won? Pure.

The attempt that is on its way has to reach for the lock after the holder is gone, and before a replacement on
the old revision does. ECS may start that one at the stop itself, and it takes as long as any attempt.
"""

from datetime import datetime
from typing import NamedTuple

from unwedge.model.incident import StopState
from unwedge.model.service import Task
from unwedge.model.situation import Situation

# Seconds between two passes, between a decision and SIGTERM, and how much more start times can differ
# than the few that were seen.
_NOTICED, _SENT, _UNSEEN = 2.0, 2.0, 5.0
# A holder that is gone so soon loses the race only by chance: PENDING takes longer on Fargate.
_QUICK = 10.0


class Race(NamedTuple):
    """Seconds, by what this incident has seen: `ending` from a stop to the end of the holder, the longest;
    `soonest` and `latest` from the creation of an attempt of this deployment to its reach for the lock."""

    ending: float
    soonest: float
    latest: float

    @property
    def hopeless(self) -> bool:
        """There is no moment at which a stop is both late and early enough."""
        return self._lead + _NOTICED > self._last_moment

    def won_by(self, successor: Task, now: datetime) -> bool:
        """Whether this successor, if the holder is stopped now, finds it gone and no replacement ahead."""
        if successor.created_at is None:
            return False
        return self._lead <= (now - successor.created_at).total_seconds() <= self._last_moment

    @property
    def seconds(self) -> str:
        """How long attempts take, for a sentence."""
        soonest, latest = f"{self.soonest:.0f}", f"{self.latest:.0f}"
        return f"{soonest} s" if soonest == latest else f"{soonest} to {latest} s"

    @property
    def _lead(self) -> float:
        """How much older than a replacement an attempt has to be to reach for the lock before it."""
        return self.latest - self.soonest + _UNSEEN

    @property
    def _last_moment(self) -> float:
        """The age of an attempt at which the holder has to be stopped at the latest, to be gone in time."""
        return self.soonest - self.ending - _SENT


def race_of(situation: Situation, contender: Task | None) -> Race | None:
    """What is known of the race; None before a stop of this incident was seen to end its task slowly."""
    incident = situation.incident
    if incident is None or contender is None:
        return None
    by_arn = {task.arn: task for task in situation.tasks}
    endings = [
        (ended.failed_at - stop.claimed_at).total_seconds()
        for stop in incident.stops
        if stop.state is StopState.SENT
        and (ended := by_arn.get(stop.task_arn))
        and ended.failed_at
        and not ended.may_hold_lock
    ]
    starts = [
        (task.started_at - task.created_at).total_seconds()
        for task in situation.tasks
        if task.deployment_id == contender.deployment_id and task.started_at and task.created_at
    ]
    slow = max(endings, default=0.0) > _QUICK
    return Race(max(endings), min(starts), max(starts)) if slow and starts else None
