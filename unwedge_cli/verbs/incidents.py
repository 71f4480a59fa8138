"""``unwedge incidents`` and ``unwedge explain``: what the deployed ledger knows."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import click
from rich.console import Console

from unwedge.model.codec import to_json
from unwedge_cli.connecting import LedgerError
from unwedge_cli.printing import Cell, columns, duration, make_console, moment, print_json, say, task
from unwedge_cli.recorded import Recorded, RecordError, read_record
from unwedge_cli.showing import outcome_of
from unwedge_cli.sources import fail, ledger_options, open_ledger
from unwedge_cli.table import Listed


@click.command()
@click.option("--all", "closed", is_flag=True, help="Closed incidents as well.")
@click.option("--json", "as_json", is_flag=True, help="Print them for machines.")
@ledger_options
def incidents(closed: bool, as_json: bool, table: str | None, stack: str) -> None:
    """List the open incidents, newest first."""
    try:
        found = open_ledger(table, stack).incidents(closed=closed)
    except LedgerError as error:
        fail(error)
    now = datetime.now(UTC)
    if as_json:
        print_json([_listed_for_machines(listed, now) for listed in found])
        return
    console = make_console()
    if not found:
        kind = "" if closed else "open "
        say(console, f"There is no {kind}incident." + ("" if closed else " --all lists closed ones as well."))
        return
    headings: list[Cell] = ["INCIDENT", "SERVICE", "CLUSTER", "STATE", "AGE", "STOPS", ""]
    columns(console, [headings, *(_row(listed, now) for listed in found)], indent=0)


def _row(listed: Listed, now: datetime) -> list[Cell]:
    status = "open" if listed.is_open else "closed"
    asked = listed.waiting(now)
    if asked:
        status += f", waits for an answer until {asked.expires_at:%H:%M:%SZ}"
    return [
        listed.incident.id,
        listed.service_name,
        listed.cluster_arn.rsplit("/", 1)[-1],
        (listed.state, "yellow" if listed.is_open else "green"),
        duration((now - listed.incident.opened_at).total_seconds()),
        str(len(listed.incident.stops)),
        (f"{status}, escalated", "bold red" if listed.is_open else "") if listed.escalated else status,
    ]


def _listed_for_machines(listed: Listed, now: datetime) -> dict[str, Any]:
    return {
        "id": listed.incident.id,
        "service": listed.service_name,
        "cluster": listed.cluster_arn,
        "open": listed.is_open,
        "state": listed.state,
        "escalated": listed.escalated,
        "age_seconds": round((now - listed.incident.opened_at).total_seconds()),
        "stops": len(listed.incident.stops),
        "incident": to_json(listed.incident),
    }


@click.command()
@click.argument("incident")
@click.option("--json", "as_json", is_flag=True, help="Print the records; `unwedge replay` takes them.")
@ledger_options
def explain(incident: str, as_json: bool, table: str | None, stack: str) -> None:
    """Tell an incident: its decisions in order.

    INCIDENT is an id that `unwedge incidents` lists. Each decision is told with its sentence,
    evidence that is new, and what came of it; the times are those of the newest decision.
    """
    try:
        ledger = open_ledger(table, stack)
        listed = ledger.find(incident)
        entries = list(ledger.decisions(listed))
        records = [read_record(entry, f"{incident}, decision {i}") for i, entry in enumerate(entries, 1)]
    except (LedgerError, RecordError) as error:
        fail(error)
    if as_json:
        print_json({**_listed_for_machines(listed, datetime.now(UTC)), "decisions": entries})
        return
    _tell(make_console(), listed, records)


def _tell(console: Console, listed: Listed, records: list[Recorded]) -> None:
    incident = listed.incident
    status = "open" if listed.is_open else "closed"
    cluster = listed.cluster_arn.rsplit("/", 1)[-1]
    say(console, f"Incident {incident.id} of {listed.service_name} in {cluster}: {status}", "bold")
    rows: list[list[Cell]] = [
        ["state", (listed.state, "bold")],
        ["contender", f"{task(incident.contender)}, failed {moment(incident.failed_at)}"],
        ["opened", moment(incident.opened_at)],
        ["evidence", incident.evidence or "-"],
    ]
    rows += [
        ["stop", f"{task(s.task_arn)}, claimed {moment(s.claimed_at)}, {s.state}"] for s in incident.stops
    ]
    asked = listed.waiting(datetime.now(UTC))
    if asked:
        until = f"until {moment(asked.expires_at)}: unwedge approve {incident.id}"
        rows.append(["asks", f"{asked.subject}, {until}"])
    columns(console, [*rows, ["times", _last_times(records)]])
    say(console, "")
    columns(
        console, [row for i, record in enumerate(records, 1) for row in _rows(i, record, listed)], indent=0
    )
    if not records:
        say(console, "Its decisions are gone: the ledger keeps them 90 days.", "yellow")
    elif listed.last and listed.last.repeats:
        count = listed.last.repeats
        say(console, f"The last decision has repeated {count} times since; repeats are counted, not kept.")


def _rows(position: int, record: Recorded, listed: Listed) -> Iterator[list[Cell]]:
    decision, at = record.decision, record.situation.observed_at
    since = (at - listed.incident.failed_at).total_seconds()
    verdict = str(decision.get("verdict", "-"))
    escalated = "ESCALATED: " if decision.get("escalate") else ""
    style = "bold" if decision.get("action") else "red" if escalated else ""
    sentence = f"{escalated}{decision.get('sentence', '')}"
    yield [str(position), f"{at:%H:%M:%SZ}", f"{since:+.0f} s", (verdict, style), sentence]
    evidence = decision.get("evidence")
    if evidence and evidence != listed.incident.evidence:
        yield ["", "", "", "", (f"evidence: {evidence}", "dim")]
    outcome = outcome_of(record.outcome)
    if decision.get("action") and outcome:
        yield ["", "", "", "", f"outcome: {outcome}"]


def _last_times(records: list[Recorded]) -> str:
    """The incident's measured times, as its newest decision has them."""
    names = {"to_detect": "to detect", "to_stop": "to stop", "to_recover": "to recover", "gap": "gap"}
    for record in reversed(records):
        times = record.decision.get("times")
        if isinstance(times, dict) and any(times.get(name) is not None for name in names):
            told = ((label, times.get(name)) for name, label in names.items())
            return ", ".join(
                f"{label} {value:.1f} s" for label, value in told if isinstance(value, int | float)
            )
    return "-"
