"""Clocks of the rehearsal: virtual time that runs faster than real time.

Every clock shows aware UTC datetimes. Virtual time of a rehearsal starts at the real present, so that the
time stamps in a real program's own lines stay close to it.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Something that knows the time of the story."""

    def now(self) -> datetime:
        """The present of the story, aware and in UTC."""
        ...


class ScaledClock:
    """``origin`` plus ``speed`` times the real time since ``real_start`` (epoch seconds, default: now)."""

    def __init__(
        self,
        origin: datetime,
        speed: float,
        *,
        real_start: float | None = None,
        real_time: Callable[[], float] = time.time,
    ) -> None:
        if speed <= 0:
            raise ValueError(f"speed must be above 0, it is {speed}")
        self.origin = origin
        self.speed = float(speed)
        self._real_time = real_time
        self._real_start = real_time() if real_start is None else real_start

    def now(self) -> datetime:
        return self.origin + timedelta(seconds=self.speed * (self._real_time() - self._real_start))

    def sleep(self, virtual_seconds: float) -> None:
        """Block the calling thread for ``virtual_seconds`` of the story."""
        time.sleep(max(virtual_seconds, 0.0) / self.speed)

    def to_env(self) -> str:
        """``"<origin epoch>,<real start epoch>,<speed>"``: gives another process the same clock."""
        return f"{self.origin.timestamp()!r},{self._real_start!r},{self.speed!r}"

    @classmethod
    def from_env(cls, text: str) -> "ScaledClock":
        """The clock that ``to_env`` described; ValueError when ``text`` is not one."""
        origin, real_start, speed = (float(part) for part in text.split(","))
        return cls(datetime.fromtimestamp(origin, UTC), speed, real_start=real_start)
