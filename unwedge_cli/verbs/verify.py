"""``unwedge verify``: whether a service works, check by check, with the caller's own credentials."""

import sys
import time

import click

from unwedge.model.codec import to_json
from unwedge.model.verification import Check, Result, Verification, VerificationCause
from unwedge.people.wording import lasted
from unwedge.verify.verifier import Looked, NotVerified
from unwedge_cli.connecting import LedgerError
from unwedge_cli.printing import columns, make_console, print_json, say
from unwedge_cli.verifying import now, told, verifier

_AGAIN_SECONDS = 10
_STYLES = {Result.PASS: "green", Result.FAIL: "bold red", Result.UNKNOWN: "yellow", Result.SKIPPED: "dim"}
# What a shell gets to know.
STATUS = {Result.PASS: 0, Result.SKIPPED: 0, Result.FAIL: 1, Result.UNKNOWN: 3}


@click.command()
@click.argument("cluster")
@click.argument("service")
@click.option("--no-exec", is_flag=True, help="Run nothing in the container.")
@click.option(
    "--wait",
    type=click.FloatRange(0, 900),
    default=120,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait for what has only just started.",
)
@click.option("--json", "as_json", is_flag=True, help="Everything as JSON.")
def verify(cluster: str, service: str, *, no_exec: bool, wait: float, as_json: bool) -> None:
    """Check whether SERVICE in CLUSTER works: rollout, one writer, health, logs, service discovery, ECS
    Exec, HTTP endpoints and DNS name.

    Uses your own AWS credentials, and changes nothing. The exit status is 0 when all checks pass, 1 when one
    fails, 3 when one cannot be proven.
    """
    try:
        with told():
            found = _looked(cluster, service, execs=not no_exec, wait=wait)
    except LedgerError as error:
        raise click.ClickException(str(error)) from error
    if isinstance(found, NotVerified):
        raise click.ClickException(found.sentence)
    if as_json:
        print_json({**to_json(found), "result": found.result.value})
    else:
        _print(found)
    sys.exit(STATUS[found.result])


def _looked(cluster: str, service: str, *, execs: bool, wait: float) -> Verification | NotVerified:
    """Look until it is final, or long enough."""
    looks, began = verifier(execs=execs), time.monotonic()
    while True:
        waited = time.monotonic() - began
        looked = looks.look(
            cluster,
            service,
            VerificationCause.ASKED,
            now(),
            waited=round(waited),
            last=waited + _AGAIN_SECONDS > wait,
        )
        if isinstance(looked, NotVerified):
            return looked
        if not looked.soon or waited + _AGAIN_SECONDS > wait:
            return looked.verification
        _say_wait(looked)
        time.sleep(_AGAIN_SECONDS)


def _say_wait(looked: Looked) -> None:
    click.echo(f"Waiting: {looked.soon}.", err=True)


def _print(found: Verification) -> None:
    console = make_console()
    columns(console, [_row(check) for check in found.checks])
    for check in found.checks:
        if check.remedy and check.result is not Result.PASS:
            say(console, "")
            say(console, f"{check.part.value}: {check.remedy}")
    say(console, "")
    waited = f", after waiting {lasted(found.waited)}" if found.waited else ""
    summary = f"{found.result.value}: {found.calls} calls of AWS in {lasted(found.seconds)}{waited}."
    say(console, summary, _STYLES[found.result])


def _row(check: Check) -> tuple[tuple[str, str], str, str]:
    return (check.result.value, _STYLES[check.result]), check.part.value, check.evidence
