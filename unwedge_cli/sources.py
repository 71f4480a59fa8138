"""Where recorded decisions come from: a file, or an incident of the deployed ledger."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click

from unwedge_cli.connecting import LedgerError, connect
from unwedge_cli.printing import plain
from unwedge_cli.recorded import INCIDENT_ID, Recorded, RecordError, read_file, read_record
from unwedge_cli.table import Table

STACK = "Unwedge"
F = TypeVar("F", bound=Callable[..., Any])


class CannotReadError(click.ClickException):
    """Nothing could be decided again. Exit status 2: 1 is for decisions that differ."""

    exit_code = 2


def ledger_options(command: F) -> F:
    """The options that say where the deployed ledger is."""
    command = click.option(
        "--stack", default=STACK, show_default=True, help="CloudFormation stack whose ledger is read."
    )(command)
    return click.option("--table", help="DynamoDB table of the ledger, instead of asking the stack.")(command)


def open_ledger(table: str | None, stack: str) -> Table:
    """The deployed ledger. Raises LedgerError."""
    return Table(*connect(table, stack))


def fail(error: Exception) -> NoReturn:
    """End with the error's sentence."""
    raise CannotReadError(plain(error)) from error


def recorded_in(source: str, table: str | None, stack: str) -> list[Recorded]:
    """The decisions of a file, or of an incident by its id. Raises CannotReadError."""
    try:
        if source == "-" or Path(source).exists():
            return read_file(Path(source))
        if not INCIDENT_ID.fullmatch(source):
            raise RecordError(source, "this is neither a file nor the id of an incident.")
        ledger = open_ledger(table, stack)
        found = ledger.find(source)
        records = [
            read_record(entry, f"{source}, decision {number}")
            for number, entry in enumerate(ledger.decisions(found), 1)
        ]
    except (RecordError, LedgerError) as error:
        fail(error)
    if not records:
        raise CannotReadError(f"The decisions of incident {source} are gone: the ledger keeps them 90 days.")
    return records


def chosen(records: list[Recorded], number: int | None) -> list[tuple[int, Recorded]]:
    """All decisions with their numbers, or the one that was asked for."""
    numbered = list(enumerate(records, 1))
    if number is None:
        return numbered
    if number > len(records):
        raise click.UsageError(f"There is no decision {number}: there are {len(records)}.")
    return [numbered[number - 1]]
