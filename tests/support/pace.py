"""How fast a virtual clock may run on this machine.

The clock slows down while a function works or a real Prometheus starts or ends. What else takes real time is
stretched by the speed, as events on their way to the queue. On a slow machine they would come too late.
"""

import time
from functools import cache

# Seconds of this process that counting takes on the machine for which the speeds were chosen.
_THERE = 0.05
_SLOWEST = 0.3


def pace(speed: float) -> float:
    """This speed, or less on a slower machine."""
    return speed * max(_SLOWEST, min(1.0, _THERE / _here()))


@cache
def _here() -> float:
    return min(_counting() for _ in range(3))


def _counting() -> float:
    began = time.process_time()
    total = 0
    for number in range(1_000_000):
        total += number
    return time.process_time() - began
