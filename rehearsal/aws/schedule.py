"""A worker thread that does things at virtual times."""

import heapq
import itertools
import logging
import threading
from collections.abc import Callable
from datetime import datetime

from rehearsal.clockwork.clock import ScaledClock

_log = logging.getLogger(__name__)
_LONGEST_WAIT_SECONDS = 0.5


class Schedule:
    """Runs actions one after the other, each not before its virtual time.

    The simulated ECS reports from inside its lock; slow work such as AWS calls belongs here instead.
    """

    def __init__(self, clock: ScaledClock, name: str) -> None:
        self._clock = clock
        self._heap: list[tuple[datetime, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._changed = threading.Condition()
        self._stopped = False
        self.failures: list[str] = []
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def at(self, when: datetime, action: Callable[[], None]) -> None:
        """Run ``action`` at ``when`` or as soon after it as possible."""
        with self._changed:
            heapq.heappush(self._heap, (when, next(self._order), action))
            self._changed.notify()

    def stop(self) -> None:
        """Forget what is not due yet and wait for the action that runs right now."""
        with self._changed:
            self._stopped = True
            self._changed.notify()
        if threading.current_thread() is not self._thread:
            self._thread.join(timeout=10)

    def _run(self) -> None:
        while (action := self._next()) is not None:
            try:
                action()
            except Exception as error:  # noqa: BLE001 - the boundary of this thread: shown in the summary
                _log.exception("an action of the rehearsal failed")
                self.failures.append(f"{type(error).__name__}: {error}")

    def _next(self) -> Callable[[], None] | None:
        with self._changed:
            while not self._stopped:
                if not self._heap:
                    self._changed.wait(_LONGEST_WAIT_SECONDS)
                    continue
                due = (self._heap[0][0] - self._clock.now()).total_seconds()
                if due <= 0:
                    return heapq.heappop(self._heap)[2]
                self._changed.wait(min(due / self._clock.speed, _LONGEST_WAIT_SECONDS))
            return None
