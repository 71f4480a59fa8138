"""``unwedge check``: what the next deployment does to the store of each service, before it is started."""

import sys
from pathlib import Path

import click

from unwedge.model.posture import Severity
from unwedge.model.settings import Mode, Settings
from unwedge.observe.reads import NOT_THERE, ReadError
from unwedge.posture.remedies import Language
from unwedge_cli.checking.checkup import Checkup
from unwedge_cli.checking.clusters import NothingToCheckError, check_cluster, posture_reads
from unwedge_cli.checking.output import as_json, print_table
from unwedge_cli.checking.past import Past, past_of
from unwedge_cli.checking.planned import check_plans
from unwedge_cli.checking.sarif import sarif
from unwedge_cli.checking.written import Written
from unwedge_cli.connecting import LedgerError
from unwedge_cli.plans import PlanError
from unwedge_cli.printing import make_console, plain, print_json
from unwedge_cli.verifying import now, told

_NEVER = "never"
FOUND, INCOMPLETE = 1, 3


class Unusable(click.ClickException):
    """Nothing could be checked: the status of wrong usage, so that it is not taken for a finding. Carries the
    sentence; names of files and AWS's words in it do nothing to a terminal."""

    exit_code = 2

    def __init__(self, error: Exception) -> None:
        super().__init__(plain(error))


@click.command()
@click.argument("names", nargs=-1, metavar="[CLUSTER [SERVICE]]")
@click.option(
    "--plan",
    metavar="FILE...",
    help="Check a plan: what `terraform show -json` prints, or a CloudFormation template; - for standard "
    "input.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json", "sarif"]),
    default="table",
    show_default=True,
    help="The format of the output.",
)
@click.option(
    "--fix",
    type=click.Choice([language.value for language in Language]),
    help="The language of the remedies. By default terraform for a Terraform plan, cdk-typescript for a "
    "template and cli for a cluster.",
)
@click.option(
    "--fail-on",
    type=click.Choice([*(severity.value for severity in Severity), _NEVER]),
    default=Severity.HIGH.value,
    show_default=True,
    help="Exit with status 1 for a finding of this severity or a worse one.",
)
@click.option(
    "--source",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="DIRECTORY",
    help="For SARIF: where the Terraform files of the plan are, so that findings have a line of them.",
)
@click.option("--changed", is_flag=True, help="Leave out services that the plan does not change.")
@click.option(
    "--stack",
    metavar="NAME",
    help="The stack of the deployed Unwedge: its ledger knows how long the gaps of these services were.",
)
@click.option(
    "--default-mode",
    type=click.Choice([mode.value for mode in Mode]),
    default=Mode.OBSERVE.value,
    show_default=True,
    help="The mode of services without the tag `unwedge`, as in the settings of your stack.",
)
def check(
    names: tuple[str, ...],
    plan: str | None,
    *,
    form: str,
    fix: str | None,
    fail_on: str,
    source: Path | None,
    changed: bool,
    stack: str | None,
    default_mode: str,
) -> None:
    """Check what a deployment does to the store of each service in CLUSTER, of one SERVICE, or of the
    services of a plan, and what to change before it.

    Uses your own AWS credentials (for a plan only with --stack), and changes nothing.

    The exit status is 0 when there is no finding to fail on, 1 when there is one, 2 when nothing could be
    checked, and 3 when there is no such finding, but not everything could be read or understood.
    """
    settings = Settings(default_mode=Mode(default_mode))
    past = _past(stack) if stack else Past()
    found = _found(names, plan, source, settings, past)
    found = found.changed() if changed else found
    found = found.written_in(Language(fix)) if fix else found
    status = _status(found, fail_on)
    if form == "json":
        print_json(as_json(found, fail_on, status))
    elif form == "sarif":
        print_json(sarif(found))
    else:
        print_table(make_console(), found)
    sys.exit(status)


def _past(stack: str) -> Past:
    try:
        return past_of(stack, now())
    except LedgerError as error:
        raise Unusable(error) from error


def _found(
    names: tuple[str, ...], plan: str | None, source: Path | None, settings: Settings, past: Past
) -> Checkup:
    """With --plan all names are files, as a shell's `*` and pre-commit put them."""
    if plan is not None:
        return _plans((plan, *names), source, settings, past)
    if not 1 <= len(names) <= len(("CLUSTER", "SERVICE")):
        raise click.UsageError("Name a CLUSTER, a CLUSTER and a SERVICE, or plans with --plan.")
    return _cluster(names[0], names[1] if len(names) > 1 else None, settings, past)


def _plans(plans: tuple[str, ...], source: Path | None, settings: Settings, past: Past) -> Checkup:
    try:
        return check_plans(plans, Written(source) if source else None, now(), settings, past)
    except PlanError as error:
        raise Unusable(error) from error


def _cluster(cluster: str, service: str | None, settings: Settings, past: Past) -> Checkup:
    try:
        with told():
            return _looked(cluster, service, settings, past)
    except (LedgerError, NothingToCheckError) as error:
        raise Unusable(error) from error


def _looked(cluster: str, service: str | None, settings: Settings, past: Past) -> Checkup:
    try:
        return check_cluster(posture_reads(), cluster, service, now(), settings, past)
    except ReadError as error:
        if error.failure.code in NOT_THERE:
            raise NothingToCheckError(f"There is no cluster {cluster} in this account and region.") from error
        raise


def _status(found: Checkup, fail_on: str) -> int:
    """What a shell gets to know."""
    if fail_on != _NEVER and found.reaches(Severity(fail_on)):
        return FOUND
    return 0 if found.complete else INCOMPLETE
