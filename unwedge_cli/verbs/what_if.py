"""``unwedge what-if``: what other settings would have decided, beside what was recorded."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import click

from unwedge.decide.decide import decide
from unwedge.model.codec import DecodeError, from_json, to_json
from unwedge.model.settings import Mode, Settings, WithoutSuccessor
from unwedge.model.situation import Situation
from unwedge_cli.alternatives import Alternative, print_alternatives
from unwedge_cli.printing import make_console, print_json
from unwedge_cli.recorded import Recorded
from unwedge_cli.sources import chosen, ledger_options, recorded_in

_SECONDS = click.IntRange(1)


@click.command("what-if")
@click.argument("source", metavar="FILE-OR-INCIDENT")
@click.option("--mode", type=click.Choice([mode.value for mode in Mode]), help="Mode, whatever the tag says.")
@click.option("--stops", type=click.IntRange(1), help="Stops per incident.")
@click.option("--evidence-patience", type=_SECONDS, help="Seconds that log lines may be late.")
@click.option("--successor-patience", type=_SECONDS, help="Seconds to wait for a successor.")
@click.option(
    "--without-successor",
    type=click.Choice([choice.value for choice in WithoutSuccessor]),
    help="What to do when no successor came.",
)
@click.option("--set", "others", multiple=True, metavar="NAME=VALUE", help="Any other field of the settings.")
@click.option("--decision", "wanted", type=click.IntRange(1), help="Only this one of several decisions.")
@click.option("--json", "as_json", is_flag=True, help="Print it for machines.")
@ledger_options
def what_if(
    source: str,
    mode: str | None,
    stops: int | None,
    evidence_patience: int | None,
    successor_patience: int | None,
    without_successor: str | None,
    others: tuple[str, ...],
    wanted: int | None,
    as_json: bool,
    table: str | None,
    stack: str,
) -> None:
    """Show what other settings would have decided, gate by gate.

    FILE-OR-INCIDENT is what `unwedge replay` takes. What is not given stays as it was recorded. Of several
    decisions each gets one line; shown in full is the first that would have stopped something else or
    nothing, else the first with another verdict.
    """
    given = {
        "default_mode": mode,
        "stops_per_incident": stops,
        "evidence_patience": evidence_patience,
        "successor_patience": successor_patience,
        "without_successor": without_successor,
    }
    changes = {name: value for name, value in given.items() if value is not None} | _others(others)
    if not changes:
        raise click.UsageError("Say what should have been different, for example --mode enforce.")
    records = recorded_in(source, table, stack)
    found = [_alternative(number, record, changes) for number, record in chosen(records, wanted)]
    if as_json:
        print_json({"source": source, "changes": changes, "decisions": [_for_machines(one) for one in found]})
    else:
        print_alternatives(make_console(), found, len(records), changes)


def _others(given: tuple[str, ...]) -> dict[str, Any]:
    """The `--set` options. Raises a usage error for a field that the settings does not have."""
    known = to_json(Settings())
    parsed: dict[str, Any] = {}
    for option in given:
        name, _, value = option.partition("=")
        name = name.strip().replace("-", "_")
        if name not in known or isinstance(known[name], list):
            names = ", ".join(key for key, default in known.items() if not isinstance(default, list))
            raise click.UsageError(f"--set {option!r}: give NAME=VALUE with one of these names: {names}.")
        parsed[name] = int(value) if value.isascii() and value.isdigit() else value
    return parsed


def _alternative(number: int, record: Recorded, changes: Mapping[str, Any]) -> Alternative:
    try:
        settings = from_json(Settings, {**to_json(record.settings), **changes})
    except DecodeError as error:
        raise click.UsageError(f"This is no settings: {error}.") from error
    situation = record.situation
    if "default_mode" in changes:
        situation = _tagged(situation, settings.default_mode)
    return Alternative(number, record, settings, decide(situation, settings))


def _tagged(situation: Situation, mode: Mode) -> Situation:
    """The situation as if the service had this mode's tag: a tag counts before the default."""
    if situation.service is None or situation.service.tag is None:
        return situation
    return replace(situation, service=replace(situation.service, tag=mode.value))


def _for_machines(one: Alternative) -> dict[str, Any]:
    return {
        "number": one.number,
        "observed_at": to_json(one.record.situation.observed_at),
        "settings_recorded": one.record.settings_recorded,
        "differs": one.differs,
        "settings": to_json(one.settings),
        "recorded": dict(one.record.decision),
        "decided": to_json(one.decision),
    }
