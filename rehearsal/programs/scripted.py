"""Scripted programs: deterministic on virtual time, for what a real Prometheus will not do on demand."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from rehearsal.ecs.launching import ContainerSpec, Program

SIGKILL_EXIT_CODE = 137
LOCK_HELD = (
    'ts={time} caller=main.go:1159 level=error err="opening storage failed: '
    'lock DB directory: resource temporarily unavailable"'
)


STORE_OPENED = 'ts={time} caller=main.go:1045 level=info msg="TSDB started"'


@dataclass(frozen=True, kw_only=True)
class Script:
    """What a scripted program does; all times in virtual seconds since it was launched.

    At ``starts_after`` it takes the lock named ``lock`` (None: needs none) and prints ``opened_line``, or
    prints ``lock_failure_line`` and ``after_lock_failure`` and exits with ``lock_failure_code``. With
    ``exit_after`` it ends by itself with ``exit_code``, after printing the last ``last_words``. After
    SIGTERM it takes ``shutdown_seconds`` and exits 0. ``unhealthy_after`` is when its health checks begin to
    fail. ``{time}`` in a line becomes the time.
    """

    lock: str | None = None
    lock_failure_line: str = LOCK_HELD
    lock_failure_code: int = 1
    after_lock_failure: tuple[str, ...] = ()
    opened_line: str = STORE_OPENED
    starts_after: float = 0.03
    lines: tuple[tuple[float, str], ...] = ()
    exit_after: float | None = None
    exit_code: int = 1
    last_words: tuple[str, ...] = ()
    shutdown_seconds: float = 1.0
    ignores_sigterm: bool = False
    healthy_after: float = 0.0
    unhealthy_after: float | None = None


def init_container(seconds: float = 2.0) -> Script:
    """A container that does its work and exits 0."""
    return Script(exit_after=seconds, exit_code=0)


@dataclass
class VirtualLock:
    """Exclusive locks by name. ``held_after_death_seconds`` is how long a killed owner's lock stays taken.

    EFS does not document how long it keeps the lock of a client that died.
    """

    held_after_death_seconds: float = 0.0
    _owners: dict[str, object] = field(default_factory=dict)
    _ghosts: dict[str, datetime] = field(default_factory=dict)

    def take(self, name: str, owner: object, now: datetime) -> bool:
        """Whether ``owner`` has the lock now."""
        if self._owners.get(name, owner) is not owner or self._ghosts.get(name, now) > now:
            return False
        self._owners[name] = owner
        return True

    def release(self, name: str, owner: object, now: datetime, *, killed: bool) -> None:
        """Give the lock up; nothing happens unless ``owner`` has it."""
        if self._owners.get(name) is owner:
            del self._owners[name]
            if killed:
                self._ghosts[name] = now + timedelta(seconds=self.held_after_death_seconds)

    def holds(self, name: str, owner: object) -> bool:
        """Whether ``owner`` has the lock."""
        return self._owners.get(name) is owner


class ScriptedProgram:
    """Follows a script; implements the simulator's Program protocol."""

    def __init__(self, script: Script, now: datetime, locks: VirtualLock) -> None:
        self._script = script
        self._launched = now
        self._locks = locks
        self._printed: list[str] = []
        self._said = 0
        self._decided = False
        self._ends: tuple[datetime, int] | None = None
        if script.exit_after is not None:
            self._ends = (self._at(script.exit_after), script.exit_code)
        self._lines = sorted((self._at(seconds), text) for seconds, text in script.lines)
        self.exit_code: int | None = None
        self.exited_at: datetime | None = None

    def _at(self, seconds: float) -> datetime:
        return self._launched + timedelta(seconds=seconds)

    def _print(self, text: str, at: datetime) -> None:
        stamp = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        self._printed.append(text.replace("{time}", stamp))

    def poll(self, now: datetime) -> None:
        while self.exit_code is None and (due := self.next_due(now)) is not None and due <= now:
            self._step(due)

    def _step(self, due: datetime) -> None:
        """Do what is due first: print a line, try the lock, or end."""
        if self._said < len(self._lines) and self._lines[self._said][0] == due:
            self._print(self._lines[self._said][1], due)
            self._said += 1
        elif not self._decided and self._at(self._script.starts_after) == due:
            self._decided = True
            name = self._script.lock
            if name is not None and not self._locks.take(name, self, due):
                for line in (self._script.lock_failure_line, *self._script.after_lock_failure):
                    self._print(line, due)
                self._end(due, self._script.lock_failure_code, killed=False)
            elif name is not None:
                self._print(self._script.opened_line, due)
        elif self._ends is not None:
            for words in self._script.last_words:
                self._print(words, due)
            self._end(due, self._ends[1], killed=False)

    def _end(self, at: datetime, code: int, *, killed: bool) -> None:
        self.exit_code, self.exited_at = code, at
        if self._script.lock is not None:
            self._locks.release(self._script.lock, self, at, killed=killed)

    def next_due(self, now: datetime) -> datetime | None:
        if self.exit_code is not None:
            return None
        due = [self._at(self._script.starts_after)] if not self._decided else []
        due += [self._lines[self._said][0]] if self._said < len(self._lines) else []
        due += [self._ends[0]] if self._ends else []
        return min(due, default=None)

    def lines(self) -> list[str]:
        printed, self._printed = self._printed, []
        return printed

    def terminate(self, now: datetime) -> None:
        self.poll(now)
        if self.exit_code is None and not self._script.ignores_sigterm:
            self._decided = True  # on its way out it does not reach for the lock any more
            end = now + timedelta(seconds=self._script.shutdown_seconds)
            self._ends = min(self._ends or (end, 0), (end, 0))

    def kill(self, now: datetime) -> None:
        self.poll(now)
        if self.exit_code is None:
            self._end(now, SIGKILL_EXIT_CODE, killed=True)

    def healthy(self, now: datetime) -> bool | None:
        if self.exit_code is not None:
            return False
        if now < self._at(max(self._script.starts_after, self._script.healthy_after)):
            return None
        return self._script.unhealthy_after is None or now < self._at(self._script.unhealthy_after)

    @property
    def holds_lock(self) -> bool:
        return self._script.lock is not None and self._locks.holds(self._script.lock, self)


class ScriptedLauncher:
    """Launches scripted programs: ``choose`` picks the script of a container; locks are shared by name."""

    def __init__(
        self, choose: Callable[[ContainerSpec], Script], *, held_after_death_seconds: float = 0.0
    ) -> None:
        self._choose = choose
        self.locks = VirtualLock(held_after_death_seconds)
        self.launched: list[tuple[ContainerSpec, ScriptedProgram]] = []

    def launch(self, spec: ContainerSpec, now: datetime) -> Program:
        """The Launcher protocol."""
        program = ScriptedProgram(self._choose(spec), now, self.locks)
        self.launched.append((spec, program))
        return program


def by_container(scripts: Mapping[str, Script], default: Script) -> Callable[[ContainerSpec], Script]:
    """A chooser for ScriptedLauncher: scripts by ``container`` or ``container:revision``."""

    def choose(spec: ContainerSpec) -> Script:
        return scripts.get(f"{spec.name}:{spec.revision}") or scripts.get(spec.name) or default

    return choose
