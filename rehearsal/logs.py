"""Ships what containers print to CloudWatch Logs in the emulator: late or never, if the scenario says so."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from botocore.exceptions import ClientError

from rehearsal.clock import ScaledClock
from rehearsal.emulator import Emulator
from rehearsal.faults import LogFaults
from rehearsal.schedule import Schedule


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
        self._known: set[tuple[str, ...]] = set()
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
        self._schedule.at(readable, lambda: self._put(line))

    def _put(self, line: Line) -> None:
        logs = self._emulator.client("logs")
        if (line.group,) not in self._known:
            _ensure(lambda: logs.create_log_group(logGroupName=line.group))
            self._known.add((line.group,))
        if (line.group, line.stream) not in self._known:
            _ensure(lambda: logs.create_log_stream(logGroupName=line.group, logStreamName=line.stream))
            self._known.add((line.group, line.stream))
        logs.put_log_events(
            logGroupName=line.group,
            logStreamName=line.stream,
            logEvents=[{"timestamp": int(line.at.timestamp() * 1000), "message": line.message}],
        )

    def stop(self) -> None:
        """Ship nothing more."""
        self._schedule.stop()


def _ensure(create: object) -> None:
    assert callable(create)
    try:
        create()
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceAlreadyExistsException":
            raise
