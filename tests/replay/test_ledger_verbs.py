"""The verbs that read the deployed ledger, against DynamoDB and CloudFormation in the emulator.

What they read was written by the real stages and the real ledger.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, NamedTuple

import pytest
from click.testing import CliRunner, Result

from rehearsal.aws.emulator import Emulator
from rehearsal.clockwork.clock import ScaledClock
from tests.replay.rehearsed import rehearsed_incident
from tests.support.situations import CLUSTER, LOCK_LINE, NOW, incident, wedged
from unwedge.decide.decide import decide
from unwedge.model.codec import to_json
from unwedge.model.settings import Settings
from unwedge.record.dynamo import DynamoLedger
from unwedge.record.ledger import Entry, Last
from unwedge.record.versions import KEY, VERSION
from unwedge_cli.main import main
from unwedge_cli.table import Table

STACK = "Unwedge"
TEMPLATE = {
    "Resources": {
        "Ledger": {
            "Type": "AWS::DynamoDB::Table",
            "Properties": {
                "TableName": "deployed-ledger",
                "BillingMode": "PAY_PER_REQUEST",
                "KeySchema": [
                    {"AttributeName": "pk", "KeyType": "HASH"},
                    {"AttributeName": "sk", "KeyType": "RANGE"},
                ],
                "AttributeDefinitions": [
                    {"AttributeName": "pk", "AttributeType": "S"},
                    {"AttributeName": "sk", "AttributeType": "S"},
                ],
            },
        }
    },
    "Outputs": {"LedgerTable": {"Value": {"Ref": "Ledger"}}},
}
HOSTILE = "\x1b[31m[red]gone[/red]\x07 :boom:"


class Deployed(NamedTuple):
    """What a caller of the emulator needs, a client, and the ids of the incidents in the ledger."""

    environment: dict[str, str]
    client: Any
    recovered: str
    still_open: str


@pytest.fixture(scope="module")
def deployed() -> Iterator[Deployed]:
    """A stack with a ledger: one incident that recovered, one that is open."""
    with Emulator(clock=ScaledClock(datetime.now(UTC), 1.0)) as emulator:
        formation = emulator.client("cloudformation")
        formation.create_stack(StackName=STACK, TemplateBody=json.dumps(TEMPLATE))
        formation.get_waiter("stack_create_complete").wait(
            StackName=STACK, WaiterConfig={"Delay": 1, "MaxAttempts": 30}
        )
        client = emulator.client("dynamodb")
        ledger = DynamoLedger(client, "deployed-ledger")
        recovered = _play(ledger)
        still_open = _wedge(ledger)
        yield Deployed(emulator.callers_environment(), client, recovered, still_open)


def _play(ledger: DynamoLedger) -> str:
    """A wedging deployment that Unwedge ends, by the real stages; returns the incident's id."""
    world = rehearsed_incident()
    (kept,) = world.ledger.records.values()
    record = ledger.load(kept.cluster_arn, kept.service_name)
    for entry in world.ledger.entries:
        record = ledger.save(record, entry, None)
    (closed,) = world.ledger.closed
    ledger.save(replace(kept, version=record.version), None, closed)
    return closed.id


def _wedge(ledger: DynamoLedger) -> str:
    """An open incident of another service, with a hostile line in its evidence."""
    opened = replace(incident(), evidence=HOSTILE, seen=("stop-denied", "stop-denied!"))
    situation = wedged(incident=opened)
    settings = Settings()
    data = {
        "decision": to_json(decide(situation, settings)) | {"sentence": HOSTILE, "evidence": HOSTILE + "2"},
        "situation": to_json(situation),
        "outcome": {"kind": "denied", "sentence": HOSTILE},
        KEY: VERSION,
        "settings": to_json(settings),
        "cause": "task",
    }
    last = Last("key", "stop-denied", NOW, repeats=7)
    record = replace(ledger.load(CLUSTER, "dev-prometheus"), incident=opened, last=last)
    ledger.save(record, Entry("abc", NOW, data), None)
    return opened.id


@pytest.fixture
def run(deployed: Deployed, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The command with an environment that leads to the emulator."""
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    for name, value in deployed.environment.items():
        monkeypatch.setenv(name, value)

    def invoke(*arguments: str, **more: Any) -> Result:
        return CliRunner().invoke(main, list(arguments), **more)

    return invoke


def test_open_incidents_are_listed_with_service_state_age_and_stops(deployed: Deployed, run: Any) -> None:
    """The table is found by the stack's output; closed incidents are left out."""
    result = run("incidents")
    assert result.exit_code == 0, result.output
    headings, row = result.output.splitlines()
    assert headings.split()[:6] == ["INCIDENT", "SERVICE", "CLUSTER", "STATE", "AGE", "STOPS"]
    assert row.split()[:4] == [deployed.still_open, "dev-prometheus", "dev-cluster", "stop-denied"]
    assert row.endswith("open, escalated")
    assert deployed.recovered not in result.output


def test_all_lists_closed_incidents_with_the_verdict_that_closed_them(deployed: Deployed, run: Any) -> None:
    """Newest first, for machines as well."""
    result = run("incidents", "--all", "--table", "deployed-ledger", "--json")
    assert result.exit_code == 0, result.output
    found = {item["id"]: item for item in json.loads(result.output)}
    closed = found[deployed.recovered]
    assert (closed["open"], closed["state"], closed["stops"]) == (False, "recovered", 1)
    assert found[deployed.still_open]["open"]
    opened = [item["incident"]["opened_at"] for item in found.values()]
    assert opened == sorted(opened, reverse=True)


def test_an_incident_is_explained_from_its_first_evidence_to_recovery(deployed: Deployed, run: Any) -> None:
    """Decisions in order, with sentence, evidence, outcome and times."""
    result = run("explain", deployed.recovered)
    assert result.exit_code == 0, result.output
    told = result.output
    assert "resource temporarily unavailable" in told
    assert told.index("stop-holder") < told.index("outcome: stopped") < told.rindex("recovered")
    assert "to recover" in told
    assert "gap" in told


def test_an_incident_of_the_real_stages_is_decided_again_as_recorded(deployed: Deployed, run: Any) -> None:
    """From the deployed ledger by the incident's id."""
    result = run("replay", deployed.recovered)
    assert result.exit_code == 0, result.output
    assert "are the same as recorded" in result.output


def test_what_explain_prints_for_machines_can_be_replayed(deployed: Deployed, run: Any) -> None:
    """Through standard input, without AWS."""
    records = run("explain", deployed.recovered, "--json").output
    verdicts = [entry["decision"]["verdict"] for entry in json.loads(records)["decisions"]]
    assert "stop-holder" in verdicts
    assert verdicts[-1] == "recovered"
    assert run("replay", "-", input=records).exit_code == 0


def test_another_mode_shows_where_the_incident_would_have_gone_another_way(
    deployed: Deployed, run: Any
) -> None:
    """The same situations in mode observe: no stop."""
    result = run("what-if", deployed.recovered, "--mode", "observe", "--json")
    assert result.exit_code == 0, result.output
    other = [one for one in json.loads(result.output)["decisions"] if one["differs"]]
    assert all(one["decided"]["action"] is None for one in other)
    assert {one["recorded"]["verdict"] for one in other} >= {"stop-holder"}
    told = run("what-if", deployed.recovered, "--mode", "observe").output
    assert "would-stop" in told
    assert "Later decisions are about what the recorded settings led to" in told


def test_hostile_values_of_the_ledger_are_printed_as_plain_text(deployed: Deployed, run: Any) -> None:
    """No escape reaches the terminal, no markup is interpreted."""
    result = run("explain", deployed.still_open)
    assert result.exit_code == 0, result.output
    assert "\\x1b[31m[red]gone[/red]\\x07 :boom:" in result.output
    assert "\x1b" not in result.output
    assert "\x07" not in result.output
    assert "repeated 7 times" in result.output


def test_a_record_that_was_tampered_with_differs_with_exit_status_1(deployed: Deployed, run: Any) -> None:
    """Its sentence is not the one that the situation gives."""
    result = run("replay", deployed.still_open)
    assert result.exit_code == 1
    assert "DIFFERS" in result.output
    assert "sentence" in result.output
    assert LOCK_LINE in result.output


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("explain", "20200101T000000Z-ffff"), "There is no incident"),
        (("replay", "20200101T000000Z-ffff"), "There is no incident"),
        (("incidents", "--stack", "Other"), "stack Other"),
        (("incidents", "--table", "no-such-table"), "no-such-table"),
    ],
)
def test_what_is_not_there_is_said_in_a_sentence(run: Any, arguments: tuple[str, ...], told: str) -> None:
    """Exit status 2 and no trace."""
    result = run(*arguments)
    assert result.exit_code == 2, result.output
    assert result.output.startswith("Error: ")
    assert told in result.output
    assert "Traceback" not in result.output


def test_reading_goes_on_until_the_last_page(deployed: Deployed) -> None:
    """DynamoDB answers a Scan and a Query in pages; here one item each."""

    class OneByOne:
        def get_paginator(self, operation: Any) -> Any:
            return self._Pages(deployed.client.get_paginator(operation))

        class _Pages:
            def __init__(self, real: Any) -> None:
                self._real = real

            def paginate(self, **request: Any) -> Any:
                return self._real.paginate(**request, PaginationConfig={"PageSize": 1})

    whole, paged = (Table(client, "deployed-ledger") for client in (deployed.client, OneByOne()))  # type: ignore[arg-type]
    assert paged.incidents(closed=True) == whole.incidents(closed=True)
    listed = paged.find(deployed.recovered)
    decisions = list(paged.decisions(listed))
    assert decisions == list(whole.decisions(listed))
    assert len(decisions) > 3
