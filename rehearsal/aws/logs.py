"""Ships what containers print to CloudWatch Logs in the emulator: late or never, if the scenario says so."""

import random
import threading
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from botocore.exceptions import ClientError

from rehearsal.aws.emulator import Emulator
from rehearsal.aws.schedule import Schedule
from rehearsal.clockwork.clock import ScaledClock
from rehearsal.scenario.faults import LogFaults


@dataclass(frozen=True)
class Line:
    """One line of a container: when it was printed (virtual time), its log group and stream, its text."""

    at: datetime
    group: str
    stream: str
    message: str


class LogShipper:
    """The log driver of the simulated tasks; keeps the order of lines within a stream."""

    def __init__(self, emulator: Emulator, clock: ScaledClock, *, faults: LogFaults, seed: int) -> None:
        self._emulator = emulator
        self._faults = faults
        self._dice = random.Random(f"{seed}-logs")
        self._known: set[tuple[str, str]] = set()
        self._buffers: defaultdict[tuple[str, str], list[Line]] = defaultdict(list)
        self._lock = threading.Lock()
        self._schedule = Schedule(clock, "log-shipping")
        self.lost = 0

    @property
    def failures(self) -> list[str]:
        """Lines that could not be shipped; empty in a sound rehearsal."""
        return self._schedule.failures

    def ship(self, line: Line) -> None:
        """Hand over one line; returns at once."""
        if self._dice.random() < self._faults.lost:
            self.lost += 1
            return
        readable = line.at + timedelta(seconds=self._faults.lag_seconds)
        with self._lock:
            self._buffers[line.group, line.stream].append(line)
        self._schedule.at(readable, lambda: self._flush(line.group, line.stream))

    def _flush(self, group: str, stream: str) -> None:
        """Send all that a stream has in one call when its first line is due: the driver sends in batches."""
        with self._lock:
            due = self._buffers.pop((group, stream), [])
        if not due:
            return
        logs = self._emulator.client("logs")
        if (group, stream) not in self._known:
            _ensure(lambda: logs.create_log_group(logGroupName=group))
            _ensure(lambda: logs.create_log_stream(logGroupName=group, logStreamName=stream))
            self._known.add((group, stream))
        events = [{"timestamp": int(line.at.timestamp() * 1000), "message": line.message} for line in due]
        logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)

    def stop(self) -> None:
        """Ship nothing more."""
        self._schedule.stop()


def _ensure(create: Callable[[], object]) -> None:
    try:
        create()
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceAlreadyExistsException":
            raise
