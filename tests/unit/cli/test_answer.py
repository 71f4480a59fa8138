"""`unwedge approve` and `unwedge reject`: what is asked, confirmed, sent and printed."""

import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from click.testing import CliRunner

from tests.support.situations import CLUSTER, LOCK_LINE, OLD_CODE, SERVICE, SERVICE_ARN, arn, incident
from unwedge.model.incident import ApprovalRequest
from unwedge_cli import approver
from unwedge_cli.connecting import LedgerError
from unwedge_cli.main import main
from unwedge_cli.table import Listed
from unwedge_cli.verbs import answer as verb

ID = incident().id


class FakeClient:
    """Lambda and STS in one."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.reply: bytes = json.dumps({"taken": True, "sentence": "Approved. StopTask was sent."}).encode()
        self.error: str | None = None

    def invoke(self, **params: Any) -> Any:
        """Remember the payload and reply."""
        assert params["FunctionName"] == "the-approver"
        self.sent.append(json.loads(params["Payload"]))
        failed = {"FunctionError": self.error} if self.error else {}
        return {"Payload": io.BytesIO(self.reply), **failed}

    def get_caller_identity(self) -> Any:
        """Somebody."""
        return {"Arn": "arn:aws:sts::123456789012:assumed-role/ops/somebody"}


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> FakeClient:
    """AWS, faked."""
    fake = FakeClient()
    session = type("Session", (), {"client": lambda self, name, config=None: fake})
    monkeypatch.setattr("boto3.Session", session)
    monkeypatch.setattr(approver, "stack_output", lambda *_: "the-approver")
    return fake


def asking(monkeypatch: pytest.MonkeyPatch, *, is_open: bool = True, left: float = 600) -> Listed:
    """The ledger has one incident, with a question."""
    now = datetime.now(UTC)
    request = ApprovalRequest(arn("holder"), now, now + timedelta(seconds=left))
    found = Listed(CLUSTER, SERVICE, replace(incident(), approval_request=request), is_open)
    _ledger(monkeypatch, found)
    return found


def _ledger(monkeypatch: pytest.MonkeyPatch, found: Listed) -> None:
    situation = {"tasks": [{"arn": arn("holder"), "task_definition": OLD_CODE}]}
    entries = [
        {"decision": {"sentence": text, "holder": arn("holder")}, "situation": situation}
        for text in ("An earlier sentence.", "Stop the holder \x1b[31m: approve it.")
    ]
    answers = {"find": lambda self, _: found, "decisions": lambda self, _: iter(entries)}
    table = type("Table", (), answers)()
    monkeypatch.setattr(verb, "open_ledger", lambda *_: table)


def run(*arguments: str) -> Any:
    """The command."""
    return CliRunner().invoke(main, arguments)


def test_an_approval_is_sent_with_what_was_asked_and_who_answers(
    monkeypatch: pytest.MonkeyPatch, client: FakeClient
) -> None:
    """And the function's sentence is printed."""
    asking(monkeypatch)
    result = run("approve", ID, "--yes")
    assert (result.exit_code, result.output) == (0, "Approved. StopTask was sent.\n")
    assert client.sent == [
        {
            "cluster_arn": CLUSTER,
            "service_name": SERVICE,
            "incident": ID,
            "subject": arn("holder"),
            "answer": "approve",
            "by": "arn:aws:sts::123456789012:assumed-role/ops/somebody",
        }
    ]


def test_a_rejection_takes_the_name_that_is_given(
    monkeypatch: pytest.MonkeyPatch, client: FakeClient
) -> None:
    """For whoever shares a role."""
    asking(monkeypatch)
    assert run("reject", ID, "--yes", "--by", "night shift").exit_code == 0
    assert (client.sent[0]["answer"], client.sent[0]["by"]) == ("reject", "night shift")


def test_an_answer_that_is_not_taken_is_status_1(monkeypatch: pytest.MonkeyPatch, client: FakeClient) -> None:
    """With the sentence that says why."""
    asking(monkeypatch)
    client.reply = json.dumps({"taken": False, "sentence": "The question expired."}).encode()
    result = run("approve", ID, "--yes")
    assert (result.exit_code, result.output) == (1, "The question expired.\n")


@pytest.mark.parametrize(
    ("state", "said"),
    [({"is_open": False}, "is closed"), ({"left": -1}, "expired at")],
)
def test_where_nothing_waits_nothing_is_sent(
    monkeypatch: pytest.MonkeyPatch, client: FakeClient, state: dict[str, Any], said: str
) -> None:
    """The function would say the same."""
    asking(monkeypatch, **state)
    result = run("approve", ID, "--yes")
    assert (result.exit_code, client.sent) == (1, [])
    assert said in result.output


def test_an_incident_that_asks_for_nothing_is_said(
    monkeypatch: pytest.MonkeyPatch, client: FakeClient
) -> None:
    """With its state."""
    _ledger(monkeypatch, Listed(CLUSTER, SERVICE, replace(incident(), seen=("verifying",)), True))
    result = run("approve", ID, "--yes")
    assert (result.exit_code, client.sent) == (1, [])
    assert "The last decision was verifying" in result.output


def test_without_a_terminal_nothing_is_confirmed_by_itself(
    monkeypatch: pytest.MonkeyPatch, client: FakeClient
) -> None:
    """A pipe says neither yes nor no."""
    asking(monkeypatch)
    result = run("approve", ID)
    assert (result.exit_code, client.sent) == (2, [])
    assert "--yes" in result.output


@pytest.mark.parametrize(("typed", "sent"), [("y\n", 1), ("n\n", 0), ("\n", 0)])
def test_the_confirmation_names_the_task_and_the_evidence(
    monkeypatch: pytest.MonkeyPatch, client: FakeClient, typed: str, sent: int
) -> None:
    """Only a yes is a yes."""
    asking(monkeypatch)
    monkeypatch.setattr(verb, "someone_there", lambda: True)
    result = CliRunner().invoke(main, ["approve", ID], input=typed)
    assert "Approve: stop task holder [y/N]" in result.output
    assert len(client.sent) == sent
    assert LOCK_LINE in result.output
    assert arn("holder") in result.output


def test_before_the_confirmation_the_newest_decision_is_shown(
    monkeypatch: pytest.MonkeyPatch, client: FakeClient
) -> None:
    """Its sentence, as plain text, and which revision the holder runs; no older sentence."""
    asking(monkeypatch)
    monkeypatch.setattr(verb, "someone_there", lambda: True)
    told = CliRunner().invoke(main, ["approve", ID], input="n\n").output
    assert "Stop the holder \\x1b[31m: approve it." in told
    assert "dev-prometheus:41" in told
    assert "An earlier sentence." not in told
    assert "\x1b" not in told


@pytest.mark.parametrize(("state", "shown"), [({}, True), ({"left": -1}, False), ({"is_open": False}, False)])
def test_only_a_question_that_still_waits_is_shown_with_its_expiry(
    monkeypatch: pytest.MonkeyPatch, state: dict[str, Any], shown: bool
) -> None:
    """In the list and in the story: an expired one cannot be answered any more."""
    listed = asking(monkeypatch, **state)
    table = type(
        "Table",
        (),
        {
            "find": lambda self, _: listed,
            "incidents": lambda self, closed: [listed],
            "decisions": lambda self, _: iter([]),
        },
    )()
    monkeypatch.setattr("unwedge_cli.verbs.incidents.open_ledger", lambda *_: table)
    until = listed.incident.approval_request
    assert until is not None
    moment = f"{until.expires_at:%H:%M:%SZ}"
    assert (f"waits for an answer until {moment}" in run("incidents").output) is shown
    told = run("explain", ID).output
    assert (f"unwedge approve {ID}" in told) is shown
    assert (moment in told) is shown


def test_a_function_that_fails_is_an_error(monkeypatch: pytest.MonkeyPatch, client: FakeClient) -> None:
    """Nobody knows then whether the answer was taken."""
    asking(monkeypatch)
    client.error, client.reply = "Unhandled", b'{"errorMessage": "boom \\u001b[31m"}'
    result = run("approve", ID, "--yes")
    assert result.exit_code == 2
    assert "the-approver failed" in result.output
    client.error, client.reply = None, b"no json"
    assert "no JSON" in run("approve", ID, "--yes").output


def test_an_unknown_incident_is_an_error(monkeypatch: pytest.MonkeyPatch, client: FakeClient) -> None:
    """With the ledger's sentence."""

    def find(*_: Any) -> Any:
        raise LedgerError("There is no incident x.")

    monkeypatch.setattr(verb, "open_ledger", lambda *_: type("Table", (), {"find": find})())
    result = run("approve", "x", "--yes")
    assert (result.exit_code, client.sent) == (2, [])
    assert "There is no incident x." in result.output


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (arn("holder"), "stop task holder"),
        (SERVICE_ARN, "drain service dev-prometheus"),
        (
            OLD_CODE,
            "go back to dev-prometheus:41",
        ),
    ],
)
def test_each_subject_is_put_into_words(asked: str, words: str) -> None:
    """A person must see what they allow."""
    assert verb.subject(asked) == words
