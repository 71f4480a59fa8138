"""``unwedge approve`` and ``unwedge reject``: answer what an incident asks for."""

import sys
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import click

from unwedge.model.incident import ApprovalRequest
from unwedge_cli.approver import caller, invoke
from unwedge_cli.connecting import LedgerError
from unwedge_cli.printing import Cell, columns, duration, make_console, moment, plain, say, task
from unwedge_cli.sources import CannotReadError, fail, ledger_options, open_ledger
from unwedge_cli.table import Listed

F = TypeVar("F", bound=Callable[..., Any])


def _options(command: F) -> F:
    command = click.option("--yes", is_flag=True, help="Do not ask for a confirmation.")(command)
    return click.option("--by", metavar="NAME", help="Who answers; the caller's ARN if not given.")(command)


@click.command()
@click.argument("incident")
@_options
@ledger_options
def approve(incident: str, by: str | None, yes: bool, table: str | None, stack: str) -> None:
    """Approve what INCIDENT asks for.

    The service is observed and decided on afresh: an approval lets happen only what is still right, and one
    that comes too late does nothing and says so.

    Exit status 0 when the answer was taken, 1 when nothing waits for it any more, 2 for errors.
    """
    _answer("approve", incident, by, yes, table, stack)


@click.command()
@click.argument("incident")
@_options
@ledger_options
def reject(incident: str, by: str | None, yes: bool, table: str | None, stack: str) -> None:
    """Reject what INCIDENT asks for, or take an approval back before the stop is sent: nothing is done, until
    it is asked again.

    Exit status as for approve.
    """
    _answer("reject", incident, by, yes, table, stack)


def _answer(answer: str, incident: str, by: str | None, yes: bool, table: str | None, stack: str) -> None:
    try:
        ledger = open_ledger(table, stack)
        listed = ledger.find(incident)
        asked = _waiting(listed, datetime.now(UTC), answer)
        if not yes:
            _confirm(answer, listed, asked, _newest(ledger.decisions(listed)))
        reply = invoke(stack, _payload(answer, listed, asked, by or caller()))
    except LedgerError as error:
        fail(error)
    click.echo(plain(reply.get("sentence", "The function gave no sentence.")))
    sys.exit(0 if reply.get("taken") else 1)


def _waiting(listed: Listed, now: datetime, answer: str) -> ApprovalRequest:
    """The question that waits; ends the command with a sentence where none does."""
    asked, given = listed.incident.approval_request, listed.incident.approval
    if answer == "reject" and asked is None and given and given.granted:
        # An approval can be taken back until the call is sent; the function knows whether it was.
        asked = ApprovalRequest(given.subject, given.at, given.valid_until or now + timedelta(minutes=15))
    if not listed.is_open:
        text = f"Incident {listed.incident.id} is closed: nothing waits for an answer."
    elif asked is None:
        text = f"Nothing waits for an answer. The last decision was {listed.state}."
    elif now >= asked.expires_at:
        text = f"The question expired at {moment(asked.expires_at)}. It is asked again if it still stands."
    else:
        return asked
    click.echo(plain(text))
    sys.exit(1)


def _newest(decisions: Iterable[Mapping[str, Any]]) -> list[list[Cell]]:
    """The sentence of the newest decision and the task definition of the task it is about, as far as told."""
    entry: Mapping[str, Any] = {}
    for entry in decisions:  # noqa: B007 - the last one is wanted
        pass
    decision, situation = entry.get("decision") or {}, entry.get("situation") or {}
    rows: list[list[Cell]] = []
    for found in situation.get("tasks") or []:
        if found.get("arn") == decision.get("holder"):
            rows.append(["holder runs", task(found.get("task_definition"))])
    if decision.get("sentence"):
        rows.append(["decision", str(decision["sentence"])])
    return rows


def subject(arn: str) -> str:
    """What an answer is about, in words."""
    kind = arn.split(":")[5].split("/")[0]
    words = {"task": "stop task", "service": "drain service", "task-definition": "go back to"}
    return f"{words.get(kind, kind)} {task(arn)}"


def someone_there() -> bool:
    """Whether a person can be asked."""
    return sys.stdin.isatty()


def _confirm(answer: str, listed: Listed, asked: ApprovalRequest, newest: list[list[Cell]]) -> None:
    if not someone_there():
        raise CannotReadError("There is nobody to confirm it. Give --yes to answer without a question.")
    console = make_console()
    left = (asked.expires_at - datetime.now(UTC)).total_seconds()
    say(
        console,
        f"Incident {listed.incident.id} of {listed.service_name} asks: {subject(asked.subject)}?",
        "bold",
    )
    rows: list[list[Cell]] = [
        ["cluster", listed.cluster_arn],
        ["subject", asked.subject],
        *newest,
        ["evidence", listed.incident.evidence],
        ["asked", moment(asked.asked_at)],
        ["expires", f"{moment(asked.expires_at)}, in {duration(left)}"],
    ]
    columns(console, rows)
    click.confirm(plain(f"{answer.capitalize()}: {subject(asked.subject)}"), abort=True)


def _payload(answer: str, listed: Listed, asked: ApprovalRequest, by: str) -> dict[str, str]:
    return {
        "cluster_arn": listed.cluster_arn,
        "service_name": listed.service_name,
        "incident": listed.incident.id,
        "subject": asked.subject,
        "answer": answer,
        "by": by,
    }
