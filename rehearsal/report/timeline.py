"""The live timeline: every party's doings in order of virtual time, readable for an operator."""

import threading
from collections import Counter
from datetime import datetime, timedelta

from rich.console import Console
from rich.text import Text

from rehearsal.report.entries import Entry, Party, Weight, shape

WIDTH_WHEN_PIPED = 100
# Entries come from several threads: hold them back this long (real time) to print them in order.
HOLD_BACK_SECONDS = 0.6

_COLOURS = {
    Party.OPERATOR: "bright_blue",
    Party.ECS: "cyan",
    Party.PROGRAM: "yellow",
    Party.EVENTS: "magenta",
    Party.UNWEDGE: "green",
    Party.REHEARSAL: "white",
}


def make_console() -> Console:
    """A console for people: colours only on a terminal, a sensible width when piped."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=WIDTH_WHEN_PIPED)


class Timeline:
    """Collects entries from any thread; prints them in order; keeps all of them for machines."""

    def __init__(self, start: datetime, *, console: Console | None, speed: float) -> None:
        self._start = start
        self._console = console
        self._hold_back = timedelta(seconds=HOLD_BACK_SECONDS * speed)
        self._lock = threading.Lock()
        self._waiting: list[Entry] = []
        self._seen: Counter[tuple[Party, str]] = Counter()
        self.left_out = 0
        self.entries: list[Entry] = []

    def add(self, entry: Entry) -> None:
        """Add one entry; it is printed by a later ``flush``."""
        with self._lock:
            self._waiting.append(entry)

    def seconds(self, at: datetime) -> float:
        """Virtual seconds since the first step."""
        return (at - self._start).total_seconds()

    def flush(self, now: datetime, *, everything: bool = False) -> None:
        """Print what is old enough that nothing earlier can still come in."""
        with self._lock:
            ready = [entry for entry in self._waiting if everything or entry.at <= now - self._hold_back]
            self._waiting = (
                [entry for entry in self._waiting if entry not in ready] if ready else self._waiting
            )
        for entry in sorted(ready, key=lambda entry: entry.at):
            self.entries.append(entry)
            self._print(entry)

    def _print(self, entry: Entry) -> None:
        if entry.weight is Weight.MAJOR:
            self._seen.clear()
        key = (entry.party, shape(entry.text))
        self._seen[key] += 1
        count = self._seen[key]
        # the first two tell a story and its repetition; from then on every doubling is enough
        if count > 2 and count & (count - 1):
            self.left_out += 1
            return
        if self._console is not None:
            self._write(self._console, entry, f"  (time {count} of this)" if count > 2 else "")

    def _write(self, console: Console, entry: Entry, suffix: str) -> None:
        colour = _COLOURS[entry.party]
        styles = {Weight.MAJOR: f"bold {colour}", Weight.NORMAL: colour, Weight.MINOR: f"dim {colour}"}
        seconds = f"{self.seconds(entry.at):+.1f} s"
        head = Text.assemble(
            (f"{seconds:>9} {entry.at:%H:%M:%S} ", "dim"), (f"{entry.party.value:<11} ", colour)
        )
        told = Text.assemble((entry.text, styles[entry.weight]), (suffix, "dim"))
        lines = told.wrap(console, max(console.width - len(head), 20))
        for number, line in enumerate(lines):
            line.rstrip()
            console.print(head + line if number == 0 else Text(" " * len(head)) + line, soft_wrap=True)
