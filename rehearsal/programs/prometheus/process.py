"""A real process as a task's program."""

import atexit
import http.client
import os
import re
import signal
import subprocess
import weakref
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from rehearsal.programs.scripted import SIGKILL_EXIT_CODE

_LOCKS = Path("/proc/locks")
_STARTED = re.compile(r"(TSDB|Agent WAL storage|DB) started")
_OWN_TIME = re.compile(r'\b((?:ts|time)="?|"(?:ts|time)":")\d{4}-\d\d-\d\dT[\d:.]+Z')
_HEALTH_TIMEOUT_SECONDS = 0.5
_CHUNK = 1 << 16
_running: "weakref.WeakSet[ProcessProgram]" = weakref.WeakSet()


class ProcessProgram:
    """Implements the simulator's Program protocol for a process that listens on ``port``.

    Only polling tells how it is. Its lines are what it printed, standard output and error together, with the
    story's time in place of this machine's: a rehearsal may run faster than real time. ``work`` is told when
    it begins to start or to end (1), and when it has (-1): these take real time.
    """

    def __init__(
        self,
        arguments: list[str],
        *,
        port: int,
        folder: Path,
        work: Callable[[int], None] = lambda more: None,
    ) -> None:
        self._work = work
        self._working = False
        self.port = port
        self.exit_code: int | None = None
        self.exited_at: datetime | None = None
        self._printed: list[str] = []
        self._rest = b""
        self._now: datetime | None = None
        self._started = False
        # A session of its own: Ctrl-C in the terminal must not reach it, ECS stops tasks, not the terminal.
        self._process = subprocess.Popen(
            arguments,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        assert self._process.stdout is not None
        os.set_blocking(self._process.stdout.fileno(), False)
        _running.add(self)
        self._works(True)

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def poll(self, now: datetime) -> None:
        if self.exit_code is not None:
            return
        self._now = now
        code = self._process.poll()  # before reading: afterwards nothing more can come
        self._read()
        if code is not None:
            self._end(code, now)

    def _end(self, code: int, now: datetime) -> None:
        if self._rest:
            self._keep(self._rest)
            self._rest = b""
        assert self._process.stdout is not None
        self._process.stdout.close()
        self.exit_code = code if code >= 0 else 128 - code
        self.exited_at = now
        self._works(False)

    def _works(self, working: bool) -> None:
        if working is not self._working:
            self._working = working
            self._work(1 if working else -1)

    def _read(self) -> None:
        assert self._process.stdout is not None
        while True:
            try:
                chunk = os.read(self._process.stdout.fileno(), _CHUNK)
            except BlockingIOError:
                return
            if not chunk:
                return
            *complete, self._rest = (self._rest + chunk).split(b"\n")
            for line in complete:
                self._keep(line)

    def _keep(self, line: bytes) -> None:
        text = line.decode(errors="replace")
        if not self._started and _STARTED.search(text):
            self._started = True
            self._works(False)
        if self._now:
            own = f"{self._now:%Y-%m-%dT%H:%M:%S}.{self._now.microsecond // 1000:03d}Z"
            text = _OWN_TIME.sub(lambda found: found[1] + own, text, count=1)
        self._printed.append(text)

    def lines(self) -> list[str]:
        printed, self._printed = self._printed, []
        return printed

    def terminate(self, now: datetime) -> None:
        if self.exit_code is None and self._process.poll() is None:
            self._works(True)
            self._process.send_signal(signal.SIGTERM)

    def kill(self, now: datetime) -> None:
        if self.exit_code is not None:
            return
        self._now = now
        if self._process.poll() is None:
            self._process.kill()
        code = self._process.wait()
        self._read()
        self._end(SIGKILL_EXIT_CODE if code == -signal.SIGKILL else code, now)

    def healthy(self, now: datetime) -> bool | None:
        """GET /-/healthy, as a container health check does it."""
        if self.exit_code is not None:
            return False
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_HEALTH_TIMEOUT_SECONDS)
        try:
            connection.request("GET", "/-/healthy")
            return connection.getresponse().status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    @property
    def holds_lock(self) -> bool:
        """Whether the kernel says so; where it cannot be asked, whether its store has started."""
        if self.exit_code is not None:
            return False
        try:
            locks = _LOCKS.read_text()
        except OSError:
            return self._started
        return bool(re.search(rf"FLOCK +ADVISORY +WRITE {self.pid} ", locks))

    def next_due(self, now: datetime) -> datetime | None:
        return None


@atexit.register
def _kill_all() -> None:
    """No process outlives the rehearsal."""
    for program in list(_running):
        if program.exit_code is None:
            program._process.kill()
