"""``unwedge pause`` and ``unwedge resume``: have the approver turn the deployed kill switch."""

import sys
from collections.abc import Callable
from typing import Any, TypeVar

import click

from unwedge_cli.approver import caller, invoke
from unwedge_cli.connecting import LedgerError
from unwedge_cli.printing import plain
from unwedge_cli.sources import STACK, fail

F = TypeVar("F", bound=Callable[..., Any])


def _options(command: F) -> F:
    command = click.option("--stack", default=STACK, show_default=True, help="The deployed stack.")(command)
    return click.option("--by", metavar="NAME", help="Who turns it; the caller's ARN if not given.")(command)


@click.command()
@click.argument("reason")
@_options
def pause(reason: str, by: str | None, stack: str) -> None:
    """Pause Unwedge everywhere, with a REASON that every decision will quote.

    Decisions go on and are recorded; nothing is stopped until `unwedge resume`.
    """
    _turn("pause", by, stack, reason.strip())


@click.command()
@_options
def resume(by: str | None, stack: str) -> None:
    """Let Unwedge run again; open incidents are looked at within a minute."""
    _turn("resume", by, stack)


def _turn(way: str, by: str | None, stack: str, reason: str = "") -> None:
    """By the approver, which records who and why, as it does for a button of the dashboard."""
    try:
        reply = invoke(stack, {"kill_switch": way, "reason": reason, "by": by or caller()})
    except LedgerError as error:
        fail(error)
    click.echo(plain(reply.get("sentence", "The function gave no sentence.")))
    sys.exit(0 if reply.get("taken") else 1)
