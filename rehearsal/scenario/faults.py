"""What may happen to events and log lines on their way: lateness, loss, copies, disorder."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, kw_only=True)
class EventFaults:
    """Faults between ECS and the event rules. EventBridge delivers at least once and roughly in order.

    ``duplicate`` is the number of extra copies of every event, ``delay_seconds`` is added to all of them,
    ``reorder`` spreads them over ``reorder_seconds`` more, ``lose`` is the fraction that never arrives.
    """

    duplicate: int = 0
    reorder: bool = False
    reorder_seconds: float = 20.0
    delay_seconds: float = 0.0
    lose: float = 0.0


# What EventBridge takes on a good day: about half a second.
_USUAL_DELIVERY_SECONDS = (0.2, 0.6)
# AWS's own duplicates come within moments of the first copy.
_COPY_APART_SECONDS = (0.0, 5.0)


def arrivals(sent: datetime, faults: EventFaults, dice: random.Random) -> list[datetime]:
    """When each copy of an event sent at ``sent`` arrives; empty when it is lost."""
    if dice.random() < faults.lose:
        return []
    times = []
    for copy in range(faults.duplicate + 1):
        delay = dice.uniform(*_USUAL_DELIVERY_SECONDS) + faults.delay_seconds
        if faults.reorder:
            delay += dice.uniform(0, faults.reorder_seconds)
        if copy:
            delay += dice.uniform(*_COPY_APART_SECONDS)
        times.append(sent + timedelta(seconds=delay))
    return sorted(times)


@dataclass(frozen=True, kw_only=True)
class LogFaults:
    """Faults between a container's output and CloudWatch Logs: the awslogs driver is non-blocking by default.

    ``lag_seconds`` passes before a line can be read, ``lost`` is the fraction of lines that never can.
    """

    lag_seconds: float = 0.5
    lost: float = 0.0
