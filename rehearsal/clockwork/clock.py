"""Clocks of the rehearsal: virtual time that runs faster than real time.

Every clock shows aware UTC datetimes. Virtual time of a rehearsal starts at the real present, so that the
time stamps in a real program's own lines stay close to it.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from rehearsal.clockwork.hand import Hand, real_time

# Real: where time has slowed down, the rest of a wait would otherwise be slept in ever smaller pieces.
_SHORTEST_SLEEP_SECONDS = 0.001


class Clock(Protocol):
    """Something that knows the time of the story."""

    def now(self) -> datetime:
        """The present of the story, aware and in UTC."""
        ...


class ScaledClock:
    """From ``origin`` on, ``speed`` virtual seconds pass in a real one; fewer while something works that
    takes real time: a function in an emulator that shares this clock, a program that starts or ends
    (``hand.py``)."""

    def __init__(self, origin: datetime, speed: float, *, real_time: Callable[[], float] = real_time) -> None:
        if speed <= 0:
            raise ValueError(f"speed must be above 0, it is {speed}")
        self._real_time = real_time
        self._hand = Hand.starting(origin.timestamp(), real_time(), float(speed))

    @property
    def speed(self) -> float:
        """Virtual seconds per real one while nothing works."""
        return self._hand.speed

    @property
    def working_speed(self) -> float:
        """Virtual seconds per real one while something works."""
        return self._hand.working_speed

    def work(self, more: int) -> None:
        """Something that takes real time begins (1) or has ended (-1)."""
        self._hand.work(more, self._real_time())

    def now(self) -> datetime:
        return datetime.fromtimestamp(self._hand.at(self._real_time()), UTC)

    def sleep(self, virtual_seconds: float) -> None:
        """Block the calling thread for ``virtual_seconds`` of the story."""
        until = self.now() + timedelta(seconds=virtual_seconds)
        while (left := (until - self.now()).total_seconds()) > 0:
            time.sleep(max(left / self.speed, _SHORTEST_SLEEP_SECONDS))

    def share(self, path: Path) -> None:
        """Go on by a hand in this file, by which other processes go too."""
        path.write_bytes(self._hand.at_rest(self._real_time()))
        self._hand = Hand.in_file(path)
