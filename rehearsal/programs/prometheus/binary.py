"""Finds a Prometheus on this machine, and knows how its versions differ in flags."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

VARIABLE = "UNWEDGE_PROMETHEUS"
_ROOT = Path(__file__).parents[3]
_UNPACKED = _ROOT / ".cache" / "prometheus" / "usr" / "bin" / "prometheus"
_STAND_IN = Path(__file__).parent / "stand_in.py"
_VERSION = re.compile(r"version (\d+\.\d+\.\d+\S*)")
_HELP_TIMEOUT_SECONDS = 20


@dataclass(frozen=True)
class Prometheus:
    """A program to run as Prometheus: the start of its command line, its version, and what it understands.

    ``version`` is None for the stand-in.
    """

    command: tuple[str, ...]
    version: str | None
    help_text: str

    @property
    def is_stand_in(self) -> bool:
        """Whether this is not Prometheus at all."""
        return self.version is None

    def arguments(self, *, config: Path, data: Path, port: int, log_format: str, agent: bool) -> list[str]:
        """The whole command line of a server, or agent, that locks ``data`` and listens on loopback."""
        kind = "agent" if agent else "tsdb"
        arguments = [
            *self.command,
            f"--config.file={config}",
            f"--storage.{kind}.path={data}",
            f"--web.listen-address=127.0.0.1:{port}",
            f"--log.format={log_format}",
        ]
        # Debian's build locks only when asked to; the upstream build always does and does not know the flag.
        if f"--storage.{kind}.use-lockfile" in self.help_text:
            arguments.append(f"--storage.{kind}.use-lockfile")
        if agent:
            has_flag = re.search(r"--(?:\[no-\])?agent\b", self.help_text)
            arguments.append("--agent" if has_flag else "--enable-feature=agent")
        return arguments


def find_prometheus(environment: Mapping[str, str] | None = None) -> Prometheus:
    """The Prometheus of $UNWEDGE_PROMETHEUS, of .cache/prometheus or of PATH; else the stand-in.

    FileNotFoundError when the variable names a program that cannot be run: a wrong wish is not ignored.
    """
    environment = os.environ if environment is None else environment
    wished = environment.get(VARIABLE)
    if wished:
        found = _inspect(wished)
        if found is None:
            raise FileNotFoundError(f"{VARIABLE} is {wished!r}, which is no Prometheus that runs here")
        return found
    on_path = shutil.which("prometheus", path=environment.get("PATH"))
    for candidate in (str(_UNPACKED), on_path):
        if candidate and (found := _inspect(candidate)):
            return found
    return stand_in()


def stand_in() -> Prometheus:
    """The program that only takes Prometheus's lock and prints its lines."""
    return Prometheus((sys.executable, "-I", str(_STAND_IN)), None, "")


def _inspect(program: str) -> Prometheus | None:
    """The program's version and flags; None when it does not run or is something else."""
    try:
        version = _VERSION.search(_output(program, "--version"))
        return Prometheus((program,), version[1], _output(program, "--help")) if version else None
    except (OSError, subprocess.TimeoutExpired):
        return None


def _output(program: str, flag: str) -> str:
    done = subprocess.run(
        [program, flag],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=_HELP_TIMEOUT_SECONDS,
        check=False,
    )
    return done.stdout
