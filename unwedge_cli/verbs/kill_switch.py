"""``unwedge pause`` and ``unwedge resume``: turn the deployed kill switch."""

import boto3
import click

from unwedge.act.kill_switch import RUN, storable
from unwedge_cli.connecting import LedgerError, aws_errors, stack_output
from unwedge_cli.sources import STACK, fail

OUTPUT = "KillSwitch"

_stack_option = click.option("--stack", default=STACK, show_default=True, help="The deployed stack.")


@click.command()
@click.argument("reason")
@_stack_option
def pause(reason: str, stack: str) -> None:
    """Pause Unwedge everywhere, with a REASON that every decision will quote.

    Decisions go on and are recorded; nothing is stopped until `unwedge resume`.
    """
    if reason.strip().lower() in ("", RUN):
        fail(LedgerError(f"The reason must be a text other than {RUN!r}, which is the word that resumes."))
    _turn(stack, reason.strip())
    click.echo(f"Paused. Nothing is stopped until `unwedge resume`. Reason: {reason.strip()}")


@click.command()
@_stack_option
def resume(stack: str) -> None:
    """Let Unwedge run again; open incidents are looked at within a minute."""
    before = _turn(stack, RUN)
    click.echo("Unwedge was not paused." if before == RUN else f"Running again. It was paused: {before}")


def _turn(stack: str, value: str) -> str:
    """Set the kill switch and return what it said before."""
    try:
        parameter = stack_output(stack, OUTPUT, "deploy the present version first")
        with aws_errors(f"Turning the kill switch {parameter}"):
            client = boto3.Session().client("ssm")
            before = client.get_parameter(Name=parameter)["Parameter"]["Value"]
            client.put_parameter(Name=parameter, Value=storable(value), Overwrite=True)
    except LedgerError as error:
        fail(error)
    return str(before)
