"""``unwedge exec``: one command in a service's container, and when that does not work, why."""

import shlex
import sys

import click

from unwedge.verify.facts import AttemptKind
from unwedge.verify.verifier import NotVerified
from unwedge_cli.connecting import LedgerError
from unwedge_cli.verifying import now, told, verifier

# As ssh does for what is wrong with the connection and not with the command.
NO_SESSION = 255


@click.command("exec", context_settings={"ignore_unknown_options": True})
@click.argument("cluster")
@click.argument("service")
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
@click.option("--container", help="The container, where it is not the one that keeps the data.")
@click.option(
    "--timeout",
    type=click.FloatRange(1, 3600),
    default=60,
    show_default=True,
    metavar="SECONDS",
    help="When to give up.",
)
def execute(
    cluster: str, service: str, command: tuple[str, ...], *, container: str | None, timeout: float
) -> None:
    """Run COMMAND in a container of SERVICE in CLUSTER by ECS Exec, with your own AWS credentials.

    Write -- before the command. Its output and its exit status are this command's; the status is 255 when no
    session came about, and then the cause and what to change are printed. For a pipe: -- sh -c 'a | b'.
    """
    script = shlex.join(command)
    try:
        with told():
            ran = verifier(execs=True).run(
                cluster, service, script, now(), seconds=timeout, container=container
            )
    except LedgerError as error:
        raise click.ClickException(str(error)) from error
    if isinstance(ran, NotVerified):
        raise click.ClickException(ran.sentence)
    attempt, check = ran
    if attempt is None or attempt.kind is not AttemptKind.RAN:
        if attempt and attempt.said:
            click.echo(attempt.said)
        click.echo(f"{check.evidence}\n\n{check.remedy}".rstrip(), err=True)
        sys.exit(NO_SESSION)
    click.echo(attempt.said)
    for warning in attempt.warnings:
        click.echo(warning, err=True)
    if attempt.cut:
        click.echo(f"The output was longer: {attempt.cut} characters are left out.", err=True)
    sys.exit(attempt.status)
