"""Running a real program, and a second one beside it."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
CACHE = ROOT / ".cache"
_LONG_ENOUGH = 20.0


class Ended(NamedTuple):
    """What a program printed, line by line, and how it ended; None while it runs."""

    lines: list[str]
    code: int | None


def libraries() -> dict[str, str]:
    """The environment in which the unpacked programs find the libraries that were unpacked with them."""
    found = sorted(CACHE.glob("*/usr/lib/*-linux-gnu"))
    return {**os.environ, "LD_LIBRARY_PATH": ":".join(map(str, found)), "HOME": "/nonexistent"}


_HIGHEST = 55_535


def a_port() -> int:
    """A port of the loopback that is free now, and the one 10,000 above it is a port too: Redis talks to its
    cluster there."""
    while True:
        with socket.socket() as listening:
            listening.bind(("127.0.0.1", 0))
            port: int = listening.getsockname()[1]
        if port <= _HIGHEST:
            return port


@contextmanager
def first(command: Sequence[str], folder: Path, until: str) -> Iterator[Path]:
    """The first instance, from when it has printed this text, or has run for a while, on; its output."""
    output = folder / "first.log"
    with output.open("wb") as file:
        running = subprocess.Popen(
            command,
            cwd=folder,
            env=libraries(),
            stdin=subprocess.PIPE,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _await(output, until, running)
        yield output
    finally:
        _end(running)


def second(command: Sequence[str], folder: Path, within: float = _LONG_ENOUGH) -> Ended:
    """The second instance, until it ends; its code is None where it does not within so many seconds."""
    output = folder / "second.log"
    with output.open("wb") as file:
        running = subprocess.Popen(
            command,
            cwd=folder,
            env=libraries(),
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    code: int | None
    try:
        code = running.wait(within)
    except subprocess.TimeoutExpired:
        code = None
    finally:
        _end(running)
    return Ended(lines(output), code)


def lines(output: Path) -> list[str]:
    """What a program has printed, without empty lines."""
    return [line for line in output.read_text(errors="replace").splitlines() if line.strip()]


def _await(output: Path, until: str, running: subprocess.Popen[bytes]) -> None:
    began = time.monotonic()
    while time.monotonic() - began < _LONG_ENOUGH and running.poll() is None:
        if until in output.read_text(errors="replace"):
            return
        time.sleep(0.05)
    raise AssertionError(f"{running.args!r} did not come up: {output.read_text(errors='replace')[-800:]}")


def _end(running: subprocess.Popen[bytes]) -> None:
    """The program and what it started, all in a session of its own."""
    for how in (signal.SIGTERM, signal.SIGKILL):
        if running.poll() is None:
            os.killpg(running.pid, how)
            try:
                running.wait(5)
            except subprocess.TimeoutExpired:
                continue
    if running.stdin:
        running.stdin.close()
