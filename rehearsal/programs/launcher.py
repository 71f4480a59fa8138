"""Which program each container runs, and a record of who held which lock when."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from rehearsal.ecs.launching import ContainerSpec, Program
from rehearsal.scenario.listed import LISTED
from rehearsal.scenario.model import Revision, Scenario
from rehearsal.scenario.services import MAIN_CONTAINER

# What every Prometheus says, in every version and format, when another process holds its data directory.
LOCK_FAILURE = "lock DB directory: resource temporarily unavailable"
# What the programs of the catalogue print, in plain text and but for their times: who judges a rehearsal does
# not read them as Unwedge does.
_FAILURES = (
    LOCK_FAILURE,
    *(
        max(line.split("{time}"), key=len)
        for entry in LISTED.values()
        if entry.signature
        for line in entry.signature.lines
    ),
)


def failed_on_lock(lines: Iterable[str]) -> bool:
    """Whether a program said that another one holds its lock."""
    return any(failure in line for line in lines for failure in _FAILURES)


@dataclass
class Hold:
    """One process held the lock of a volume from ``since`` until ``until`` (None: still)."""

    since: datetime
    until: datetime | None = None


class LaunchedProgram:
    """A program in its container: passes everything on, and adds what the scenario asks of it.

    ``shutdown_seconds`` puts virtual time between SIGTERM and its arrival at the program.
    """

    def __init__(
        self, program: Program, spec: ContainerSpec, launched: datetime, *, shutdown_seconds: float
    ) -> None:
        self.program = program
        self.spec = spec
        self.launched = launched
        self.holds: list[Hold] = []
        self.said: list[tuple[datetime, str]] = []
        self.signalled = False
        self._shutdown_seconds = shutdown_seconds
        self._terminate_at: datetime | None = None
        self._now = launched

    @property
    def exit_code(self) -> int | None:
        return self.program.exit_code

    @property
    def exited_at(self) -> datetime | None:
        return self.program.exited_at

    @property
    def holds_lock(self) -> bool:
        return self.program.holds_lock

    def poll(self, now: datetime) -> None:
        self._now = now
        if self._terminate_at is not None and now >= self._terminate_at:
            self._terminate_at = None
            self.program.terminate(now)
        self.program.poll(now)
        self._watch_lock(now)

    def lines(self) -> list[str]:
        fresh = self.program.lines()
        self.said += [(self._now, line) for line in fresh]
        return fresh

    def terminate(self, now: datetime) -> None:
        self.signalled = True
        if self._shutdown_seconds and self.program.exit_code is None:
            self._terminate_at = now + timedelta(seconds=self._shutdown_seconds)
        else:
            self.program.terminate(now)

    def kill(self, now: datetime) -> None:
        self.signalled = True
        self._terminate_at = None
        self.program.kill(now)
        self._watch_lock(now)

    def healthy(self, now: datetime) -> bool | None:
        return self.program.healthy(now)

    def next_due(self, now: datetime) -> datetime | None:
        due = [moment for moment in (self.program.next_due(now), self._terminate_at) if moment is not None]
        return min(due, default=None)

    def _watch_lock(self, now: datetime) -> None:
        holding = bool(self.holds) and self.holds[-1].until is None
        if self.program.holds_lock and not holding:
            self.holds.append(Hold(now))
        elif holding and not self.program.holds_lock:
            self.holds[-1].until = now


@dataclass
class ProgramLauncher:
    """Launches the programs of one scenario. ``play`` makes the program of a main container of a revision.

    ``opening`` is True while the tasks start that run when the scenario begins.
    """

    scenario: Scenario
    play: Callable[[ContainerSpec, Revision, datetime], Program]
    init_program: Callable[[ContainerSpec, datetime], Program]
    launched: list[LaunchedProgram] = field(default_factory=list)
    opening: bool = True

    def launch(self, spec: ContainerSpec, now: datetime) -> Program:
        """Start what a container runs (the simulator's Launcher protocol)."""
        if spec.name != MAIN_CONTAINER:
            return self.init_program(spec, now)
        story = next(story for story in self.scenario.stories if story.service.name == spec.service)
        revision = story.revisions[spec.revision - 1]
        shutdown = revision.shutdown_seconds
        if self.opening and revision.first_shutdown_seconds is not None:
            shutdown = revision.first_shutdown_seconds
        program = LaunchedProgram(self.play(spec, revision, now), spec, now, shutdown_seconds=shutdown)
        self.launched.append(program)
        return program

    def of_task(self, task_arn: str) -> LaunchedProgram | None:
        """The main container's program of a task."""
        return next(
            (program for program in self.launched if program.spec.task_arn == task_arn),
            None,
        )

    def writers(self) -> Iterator[LaunchedProgram]:
        """Who holds a lock right now."""
        return (program for program in self.launched if program.holds_lock)
