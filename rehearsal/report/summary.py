"""The last words of a rehearsal, for people."""

from rich.console import Console
from rich.text import Text

from rehearsal.report.result import Measured, Result
from rehearsal.scenario.model import Outcome

_OUTCOMES = {
    Outcome.RECOVERED: "recovered: one healthy writer, rollout complete",
    Outcome.HEALED: "healed by itself: one healthy writer, rollout complete, nobody was stopped",
    Outcome.ROLLED_BACK: "rolled back: the old revision serves",
    Outcome.WEDGED: "wedged: new tasks keep failing on the lock",
    Outcome.FAILING: "failing: new tasks keep failing for another reason, the old one serves",
    Outcome.STEADY: "steady: nothing failed",
    Outcome.DOWN: "down: nobody holds the lock",
    Outcome.SPLIT_BRAIN: "split brain: more than one writer",
    Outcome.UNFINISHED: "unfinished: tasks are still on their way",
}


_NAMES_WIDTH = 19


def print_summary(console: Console, result: Result) -> None:
    """Print outcome, who was stopped and why, the measured times, and the world without Unwedge."""
    console.print()
    console.rule(Text(f"{result.scenario}: {result.title}", style="bold"), align="left")
    for name, value in rows(result):
        head = Text(f"{name:>{_NAMES_WIDTH}}  ", style="dim")
        lines = Text(value).wrap(console, max(console.width - len(head), 20))
        for number, line in enumerate(lines):
            line.rstrip()
            console.print(head + line if number == 0 else Text(" " * len(head)) + line, soft_wrap=True)
    if result.ok:
        console.print(Text("As expected.", style="bold green"))
    for sentence in (*result.unmet, *result.problems):
        console.print(Text(f"NOT AS EXPECTED: {sentence}", style="bold red"))
    if result.stand_in:
        console.print(Text(STAND_IN, style="bold yellow"))


STAND_IN = (
    "No Prometheus was found on this machine: a stand-in that takes the same file lock and prints the same "
    "lines ran instead. Set UNWEDGE_PROMETHEUS or run `make setup` for the real one."
)


def rows(result: Result) -> list[tuple[str, str]]:
    """The summary's lines as (name, value)."""
    told: list[tuple[str, str]] = []
    if result.truth is not None:
        told += _with_unwedge(result, result.truth)
    told.append(("without Unwedge", _without(result.control)))
    if result.ecs_calls:
        calls = ", ".join(f"{name} {count}" for name, count in sorted(result.ecs_calls.items()))
        told.append(("ECS calls", f"{sum(result.ecs_calls.values())}: {calls}"))
    if result.left_out:
        told.append(("left out above", f"{result.left_out} repeated lines"))
    return told


def _with_unwedge(result: Result, truth: Measured) -> list[tuple[str, str]]:
    told = [("outcome", _OUTCOMES[truth.outcome])]
    if truth.stops:
        told += [
            ("stopped", f"{stop.task} at {stop.at_seconds:+.1f} s: {stop.reason}") for stop in truth.stops
        ]
    else:
        told.append(("stopped", "nobody"))
    if result.why:
        told.append(("why", result.why))
    if truth.seconds_to_stop is not None:
        told.append(("failure to StopTask", f"{truth.seconds_to_stop:.1f} s"))
    if truth.seconds_to_recover is not None:
        told.append(("failure to recovery", f"{truth.seconds_to_recover:.1f} s"))
    told.append(("gap, nobody writes", _gap(result, truth)))
    told.append(("writers at the end", _writers(truth)))
    verdicts = ", ".join(f"{name} {count}" for name, count in result.verdicts.items())
    told.append(("decisions", verdicts or "none"))
    return told


def _gap(result: Result, truth: Measured) -> str:
    gap = f"{truth.gap_seconds:.1f} s" if truth.gap_seconds else "none"
    if result.blind_gap_seconds is None:
        return gap
    return f"{gap} (stopping blindly at the first failure: {result.blind_gap_seconds:.1f} s)"


def _writers(measured: Measured) -> str:
    revision = f" on revision {measured.writer_revision}" if measured.writer_revision else ""
    return f"{measured.writers}{revision}, rollout {measured.rollout or 'unknown'}"


def _without(control: Measured) -> str:
    still = "still " if control.outcome in {Outcome.WEDGED, Outcome.FAILING} else ""
    return f"{still}{control.outcome} after {control.at_seconds:.0f} s, {control.failed_tasks} failed task(s)"
