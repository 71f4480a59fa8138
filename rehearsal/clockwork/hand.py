"""The hand of the rehearsal's clock, which all its processes see: it runs fast while nothing happens, and
slowly while a function works, or a real program starts or ends.

Their work takes real time, on a slow or busy machine several times what it takes in AWS. On a clock that
always runs fast, that would be minutes in which the world moves on, and whoever acts in time in AWS would
come too late here.
"""

import fcntl
import mmap
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedRandom
from pathlib import Path

# The environment variable with the path of the file that the hand is in.
CLOCK_VARIABLE = "UNWEDGE_REHEARSAL_CLOCK"
# While something works time runs no faster than this: its tenth of a second is then half a virtual one.
WORKING_SPEED = 5.0

_TURNS = struct.Struct("=Q")
_STRETCH = struct.Struct("=ddd")
_SPEED_AT = _TURNS.size + 2 * _STRETCH.size
_SPEED = struct.Struct("=d")
_WORKS_AT = _SPEED_AT + _SPEED.size
_WORKS = struct.Struct("=q")
_SIZE = _WORKS_AT + _WORKS.size


def real_time() -> float:
    """Seconds since 1970 by the machine's clock, also where time.time shows the virtual one."""
    return time.clock_gettime(time.CLOCK_REALTIME)


class Hand:
    """Virtual time in memory: a stretch of it began at an origin (seconds since 1970), at some real time, and
    runs at a speed. Turning writes the next stretch beside the one in use and then counts one turn more, so
    that nobody reads half of one. How many works are under way stands in the memory too."""

    def __init__(self, memory: bytearray | mmap.mmap, file: BufferedRandom | None = None) -> None:
        """`file`: the one that the memory is of, for its lock."""
        self._memory = memory
        self._file = file
        self._turning = threading.Lock()

    @classmethod
    def starting(cls, origin: float, real_start: float, speed: float) -> "Hand":
        """A hand that only this process sees, until its bytes are written to a file."""
        hand = cls(bytearray(_SIZE))
        _SPEED.pack_into(hand._memory, _SPEED_AT, speed)
        _STRETCH.pack_into(hand._memory, _TURNS.size, origin, real_start, speed)
        return hand

    @classmethod
    def in_file(cls, path: str | Path) -> "Hand":
        """The hand in this file; OSError or ValueError where there is none."""
        file = Path(path).open("r+b")  # noqa: SIM115 - open as long as the hand is looked at
        try:
            return cls(mmap.mmap(file.fileno(), _SIZE), file)
        except ValueError:
            file.close()
            raise

    def __bytes__(self) -> bytes:
        return bytes(self._memory[:])

    @property
    def speed(self) -> float:
        """Virtual seconds per real one while nothing works."""
        return float(_SPEED.unpack_from(self._memory, _SPEED_AT)[0])

    @property
    def working_speed(self) -> float:
        """Virtual seconds per real one while something works."""
        return min(self.speed, WORKING_SPEED)

    def at_rest(self, real: float) -> bytes:
        """A hand for another file that goes on from this real time, with nothing under way."""
        return bytes(Hand.starting(self.at(real), real, self.speed))

    def work(self, more: int, real: float) -> None:
        """So many works more (1) or fewer (-1) are under way, in any of the processes; time runs slowly until
        there is none."""
        with self._alone():
            works = max(0, int(_WORKS.unpack_from(self._memory, _WORKS_AT)[0]) + more)
            _WORKS.pack_into(self._memory, _WORKS_AT, works)
            self.turn(self.working_speed if works else self.speed, real)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Of all threads, and of all processes that have the file."""
        with self._turning:
            if self._file:
                fcntl.flock(self._file, fcntl.LOCK_EX)
            try:
                yield
            finally:
                if self._file:
                    fcntl.flock(self._file, fcntl.LOCK_UN)

    def at(self, real: float) -> float:
        """Virtual seconds since 1970 at a real time."""
        origin, real_start, speed = self._stretch()
        return origin + speed * (real - real_start)

    def turn(self, speed: float, real: float) -> None:
        """From this real time on, run at this speed. By one at a time: `work` sees to it."""
        turns = self._turns()
        offset = _TURNS.size + ((turns + 1) % 2) * _STRETCH.size
        _STRETCH.pack_into(self._memory, offset, self.at(real), real, speed)
        _TURNS.pack_into(self._memory, 0, turns + 1)

    def _turns(self) -> int:
        return int(_TURNS.unpack_from(self._memory, 0)[0])

    def _stretch(self) -> tuple[float, float, float]:
        while True:
            turns = self._turns()
            origin, real_start, speed = _STRETCH.unpack_from(
                self._memory, _TURNS.size + (turns % 2) * _STRETCH.size
            )
            if turns == self._turns():
                return origin, real_start, speed
