"""Repairs in DynamoDB, in the emulator."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from tests.contract.conftest import TABLE
from unwedge.model.incident import Incident
from unwedge.record.dynamo import DynamoLedger
from unwedge.record.ledger import ServiceRecord
from unwedge.record.open_incident import OpenIncident
from unwedge.record.repair_writer import RepairWriter
from unwedge.record.repairs import LEASE, Answer, Repaired, RepairState

CLUSTER = "arn:aws:ecs:us-east-1:123456789012:cluster/dev-cluster"
AT = datetime(2025, 11, 13, 22, 26, tzinfo=UTC)
WEEK = timedelta(days=7)
_numbers = count()


@pytest.fixture
def claim() -> Repaired:
    """A claim of a service that no other test has written of."""
    return Repaired(CLUSTER, f"repaired-{next(_numbers)}", AT, RepairState.CLAIMED, "{}")


def test_of_two_invocations_one_repairs(dynamodb: Any, claim: Repaired) -> None:
    """The claim is a conditional write, and is found again."""
    repairs = RepairWriter(dynamodb, TABLE)
    assert repairs.newest_of(CLUSTER, claim.service_name) is None
    assert repairs.claim(claim, WEEK)
    assert not repairs.claim(claim._replace(at=AT + timedelta(seconds=1)), WEEK)
    assert repairs.newest_of(CLUSTER, claim.service_name) == claim


@pytest.mark.parametrize(
    ("state", "later", "taken"),
    [
        (RepairState.DONE, timedelta(days=6, hours=23), False),
        (RepairState.DONE, WEEK + timedelta(seconds=1), True),
        (RepairState.CLAIMED, LEASE - timedelta(seconds=1), False),
        (RepairState.CLAIMED, LEASE + timedelta(seconds=1), True),
        (RepairState.WITHDRAWN, LEASE + timedelta(seconds=1), True),
        (RepairState.REFUSED, LEASE + timedelta(seconds=1), False),
        (RepairState.REFUSED, WEEK + timedelta(seconds=1), True),
    ],
)
def test_a_repair_is_made_again_only_where_the_last_one_never_took_place_or_is_long_ago(
    dynamodb: Any, claim: Repaired, state: RepairState, later: timedelta, taken: bool
) -> None:
    """A claim whose owner died is taken over after its lease; one that was carried out holds for a week."""
    repairs = RepairWriter(dynamodb, TABLE)
    assert repairs.claim(claim, WEEK)
    repairs.conclude(claim._replace(state=state))
    assert repairs.claim(claim._replace(at=AT + later), WEEK) is taken


def test_a_repair_that_is_damaged_is_an_error_and_not_no_repair(dynamodb: Any, claim: Repaired) -> None:
    """Otherwise one that somebody took back would be made again."""
    key = {"pk": {"S": f"repair#{CLUSTER}/{claim.service_name}"}, "sk": {"S": "latest"}}
    dynamodb.put_item(TableName=TABLE, Item={**key, "data": {"S": "{"}})
    with pytest.raises(ValueError, match="line 1"):
        RepairWriter(dynamodb, TABLE).newest_of(CLUSTER, claim.service_name)


@pytest.mark.parametrize(
    ("state", "told"),
    [
        (RepairState.DONE, True),
        (RepairState.REFUSED, True),
        (RepairState.WITHDRAWN, False),
    ],
)
def test_what_people_are_to_hear_of_is_an_item_of_its_own_and_written_again_it_is_the_same(
    dynamodb: Any, claim: Repaired, state: RepairState, told: bool
) -> None:
    """The ledger's stream tells of new items; a claim that was given back has changed nothing."""
    repairs = RepairWriter(dynamodb, TABLE)
    assert repairs.claim(claim, WEEK)
    made = claim._replace(state=state, sentence="x" * 5000)
    repairs.conclude(made)
    repairs.conclude(made)
    found = dynamodb.query(
        TableName=TABLE,
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": f"repair#{CLUSTER}/{claim.service_name}"}},
    )["Items"]
    wanted = {"latest", "made#2025-11-13T22:26:00.000000Z"} if told else {"latest"}
    assert {item["sk"]["S"] for item in found} == wanted
    newest = repairs.newest_of(CLUSTER, claim.service_name)
    assert newest is not None
    assert (newest.state, len(newest.sentence)) == (state, 2000)


def test_why_a_request_was_not_granted_is_kept_until_the_next_one(dynamodb: Any, claim: Repaired) -> None:
    """Beside the newest repair, which it leaves alone."""
    repairs = RepairWriter(dynamodb, TABLE)
    assert repairs.answer_to(CLUSTER, claim.service_name) is None
    assert repairs.claim(claim, WEEK)
    for sentence in ("Paused.", "Its desired count is 2."):
        repairs.keep_answer(CLUSTER, claim.service_name, Answer(AT, sentence, told=True))
    assert repairs.answer_to(CLUSTER, claim.service_name) == Answer(AT, "Its desired count is 2.", told=True)
    assert repairs.newest_of(CLUSTER, claim.service_name) == claim


def test_an_incident_is_open_where_the_services_record_says_so_or_cannot_be_understood(
    dynamodb: Any, claim: Repaired
) -> None:
    """What the ledger itself writes is understood; a service without a record has none."""
    name = claim.service_name
    opened = OpenIncident(dynamodb, TABLE)
    assert not opened.of(CLUSTER, name)
    ledger = DynamoLedger(dynamodb, TABLE)
    record = ledger.save(ServiceRecord(CLUSTER, name), None, None)
    assert not opened.of(CLUSTER, name)
    incident = Incident("one", AT, "the-contender", AT, "it is locked")
    ledger.save(replace(record, incident=incident), None, None)
    assert opened.of(CLUSTER, name)
    key = {"pk": {"S": f"service#{CLUSTER}/{name}"}, "sk": {"S": "state"}}
    dynamodb.put_item(TableName=TABLE, Item={**key, "data": {"S": "{"}})
    assert opened.of(CLUSTER, name)
