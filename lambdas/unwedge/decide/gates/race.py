"""The race for the lock after a stop, once something is known of it: can it be won? Pure.

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
    """Seconds: `ending` from a stop to the end of the holder, the longest that this incident has seen, or
    before its first stop what a load balancer adds; `soonest` and `latest` from the creation of an attempt of
    this deployment to its reach for the lock, as seen. `why` says in a clause where `ending` is from, and
    `seen` whether a stop of this incident taught it."""

    ending: float
    soonest: float
    latest: float
    why: str
    seen: bool

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
    def in_vain(self) -> str:
        """Why a stop that is left would not help, as a clause."""
        return (
            f"the old revision would win the race{' again' if self.seen else ''}, since {self.why}, and "
            f"attempts of either revision reach for the lock {self.seconds} after ECS creates them"
        )

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
    """What is known of the race; None where nothing says that the holder ends slowly."""
    incident = situation.incident
    if contender is None:
        return None
    by_arn = {task.arn: task for task in situation.tasks}
    endings = [
        (ended.failed_at - stop.claimed_at).total_seconds()
        for stop in (incident.stops if incident else ())
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
    drained = situation.deregistration
    if endings:
        ending = max(endings)
        why = f"the last stop took {ending:.0f} s to end its task"
    elif drained:
        assumed = f", AWS's default ({drained.assumed})" if drained.assumed else ""
        ending = drained.seconds
        why = f"a load balancer keeps a task for {ending:.0f} s before it is sent SIGTERM{assumed}"
    else:
        return None
    known = ending > _QUICK and starts
    return Race(ending, min(starts), max(starts), why, seen=bool(endings)) if known else None
