"""``unwedge replay``: recorded decisions made again and compared with their records."""

import sys
from typing import Any

import click
from rich.console import Console

from unwedge.model.codec import to_json
from unwedge.model.decision import Decision
from unwedge_cli.comparing import Difference, differences
from unwedge_cli.printing import columns, make_console, moment, print_json, say
from unwedge_cli.recorded import Recorded
from unwedge_cli.showing import gates, heading, outcome, parties
from unwedge_cli.sources import chosen, ledger_options, recorded_in

Compared = tuple[int, Recorded, Decision, list[Difference]]


@click.command()
@click.argument("source", metavar="FILE-OR-INCIDENT")
@click.option("--decision", "wanted", type=click.IntRange(1), help="Only this one of several decisions.")
@click.option("--json", "as_json", is_flag=True, help="Print the comparison for machines.")
@ledger_options
def replay(source: str, wanted: int | None, as_json: bool, table: str | None, stack: str) -> None:
    """Decide again from a record and compare, field by field.

    FILE-OR-INCIDENT is a file with recorded decisions (a ledger entry, or what `unwedge explain --json`
    printed; `-` for standard input), or the id of an incident in the deployed ledger. Of several decisions
    each gets one line, and those that differ are shown in full.

    Exit status 0 when all are the same as recorded, 1 when any field differs, 2 when there is no record.
    """
    records = recorded_in(source, table, stack)
    compared = [_compare(number, record) for number, record in chosen(records, wanted)]
    differ = sum(bool(found) for *_, found in compared)
    if as_json:
        print_json(
            {"source": source, "differ": differ, "decisions": [_for_machines(one) for one in compared]}
        )
    else:
        _print(make_console(), compared, len(records), differ)
    sys.exit(1 if differ else 0)


def _compare(number: int, record: Recorded) -> Compared:
    decision = record.again()
    return number, record, decision, differences(record.decision, decision)


def _print(console: Console, compared: list[Compared], total: int, differ: int) -> None:
    if len(compared) > 1:
        columns(console, [_line(one) for one in compared], indent=0)
    for one in compared:
        if one[3] or len(compared) == 1:
            _print_one(console, one, total)
    if len(compared) > 1:
        same = f"All {len(compared)} decisions are the same as recorded."
        some = f"{differ} of {len(compared)} decisions differ from the record."
        say(console, some if differ else same, "bold red" if differ else "green")


def _line(one: Compared) -> list[Any]:
    number, record, decision, found = one
    state = ("DIFFERS", "bold red") if found else ("same", "green")
    when = moment(record.situation.observed_at)
    return [str(number), when, state, decision.verdict.value, decision.sentence]


def _print_one(console: Console, one: Compared, total: int) -> None:
    number, record, decision, found = one
    heading(console, number, total, record)
    gates(console, decision)
    say(console, "")
    parties(console, decision)
    outcome(console, record)
    say(console, "")
    if not found:
        say(console, "The same as recorded.", "green")
        return
    say(console, f"DIFFERS from the record in {len(found)} fields:", "bold red")
    for difference in found:
        say(console, f"  {difference.path}")
        columns(
            console,
            [["recorded", str(difference.recorded)], ["decided", (str(difference.decided), "red")]],
            indent=4,
        )


def _for_machines(one: Compared) -> dict[str, Any]:
    number, record, decision, found = one
    return {
        "number": number,
        "observed_at": to_json(record.situation.observed_at),
        "settings_recorded": record.settings_recorded,
        "shortened": record.shortened,
        "unknown_fields": list(record.unknown),
        "same": not found,
        "differences": [difference._asdict() for difference in found],
        "decided": to_json(decision),
        "recorded": dict(record.decision),
    }
