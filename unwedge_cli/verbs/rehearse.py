"""``unwedge rehearse``: the deployed app against a simulated ECS and a real Prometheus, on this machine."""

import json
import signal
import sys
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from rehearsal.aws.deploy import DeployError
from rehearsal.aws.emulator import EmulatorError
from rehearsal.report.result import Result
from rehearsal.report.timeline import make_console
from rehearsal.run.run import RehearsalError, Rehearsed, rehearse_all, rehearse_one
from rehearsal.scenario import loading


@click.command()
@click.argument("scenario", required=False)
@click.option("--list", "list_them", is_flag=True, help="List the scenarios and end.")
@click.option("--all", "run_all", is_flag=True, help="Rehearse every scenario and print a table.")
@click.option(
    "--speed",
    type=click.FloatRange(0, 20, min_open=True),
    help="Virtual seconds per real second; at most 5 while a function works.",
)
@click.option(
    "--json", "json_file", type=click.Path(dir_okay=False, path_type=Path), help="Write it for machines."
)
@click.option("--off", is_flag=True, help="Run the scenario without Unwedge.")
def rehearse(
    scenario: str | None,
    list_them: bool,
    run_all: bool,
    speed: float | None,
    json_file: Path | None,
    off: bool,
) -> None:
    """Rehearse SCENARIO: a shipped one by name (see --list) or a file of your own.

    Exit status 0 only when the outcome that the scenario expects came true.
    """
    console = make_console()
    if list_them:
        _list(console)
        return
    if bool(scenario) == run_all:
        raise click.UsageError(
            "Name one SCENARIO, or give --all. `unwedge rehearse --list` shows what there is."
        )
    # whoever ends this command ends what it started, too
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        if scenario:
            rehearsed = [rehearse_one(loading.load(scenario), console=console, speed=speed, off=off)]
        else:
            rehearsed = _all(console, speed, off)
    except (loading.ScenarioError, DeployError, EmulatorError, RehearsalError) as error:
        raise click.ClickException(str(error)) from error
    except KeyboardInterrupt:
        raise click.ClickException("Stopped; nothing is left running.") from None
    if run_all:
        _table(console, [one.result for one in rehearsed], off)
    if json_file:
        _write(json_file, rehearsed)
    sys.exit(0 if all(one.result.ok for one in rehearsed) else 1)


def _list(console: Console) -> None:
    table = Table(box=None, padding=(0, 2))
    table.add_column("Scenario", no_wrap=True)
    table.add_column("What happens")
    for name in loading.names():
        table.add_row(name, loading.load(name).title)
    console.print(table)


def _all(console: Console, speed: float | None, off: bool) -> list[Rehearsed]:
    scenarios = [loading.load(name) for name in loading.names()]
    done = []
    console.print(f"{len(scenarios)} scenarios, one after the other …")
    for one in rehearse_all(scenarios, speed=speed, off=off):
        done.append(one)
        console.print(f"{one.result.scenario}: {_judgement(one.result)}")
    return done


def _judgement(result: Result) -> str:
    return "as expected" if result.ok else "NOT AS EXPECTED: " + "; ".join((*result.unmet, *result.problems))


def _table(console: Console, results: list[Result], off: bool) -> None:
    table = Table(box=None, padding=(0, 1), pad_edge=False)
    headings = ["Scenario", "Outcome", "Stops", "To stop", "To recover", "Gap", "Without Unwedge", ""]
    for heading in headings:
        table.add_column(heading, no_wrap=heading == "Scenario")
    for result in results:
        truth = result.truth or result.control
        table.add_row(
            result.scenario,
            "(off)" if off else truth.outcome,
            str(len(truth.stops)),
            _seconds(truth.seconds_to_stop),
            _seconds(truth.seconds_to_recover),
            _seconds(truth.gap_seconds),
            result.control.outcome,
            "ok" if result.ok else "NOT AS EXPECTED",
        )
    console.print()
    console.print(table)


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f} s"


def _write(json_file: Path, rehearsed: list[Rehearsed]) -> None:
    documents = [one.to_json() for one in rehearsed]
    content = documents[0] if len(documents) == 1 else documents
    try:
        json_file.write_text(json.dumps(content, indent=2, default=str) + "\n")
    except OSError as error:
        raise click.ClickException(f"Cannot write {json_file}: {error.strerror}.") from error
