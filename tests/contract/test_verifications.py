"""Verifications in DynamoDB, in the emulator."""

from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from tests.contract.conftest import TABLE
from tests.unit.handlers.test_verifier import verification
from unwedge.model.verification import Result, VerificationCause
from unwedge.record.verification_writer import VerificationWriter
from unwedge.record.verifications import Verifications, service_key

_numbers = count()


@pytest.fixture
def name() -> str:
    """A service that no other test has written of."""
    return f"verified-{next(_numbers)}"


def test_the_newest_verification_is_found_and_every_one_is_kept(dynamodb: Any, name: str) -> None:
    """One item for each, which expires, and one for the newest."""
    writer, known = VerificationWriter(dynamodb, TABLE), Verifications(dynamodb, TABLE)
    first = verification(service_name=name)
    second = verification(
        Result.FAIL, service_name=name, at=first.at + timedelta(minutes=1), deployment="ecs-svc/3"
    )
    assert known.newest_of(first.cluster_arn, name) is None
    writer.save(first)
    writer.save(second)
    assert known.newest_of(first.cluster_arn, name) == second
    key = {":pk": {"S": service_key(first.cluster_arn, name)}}
    items = dynamodb.query(TableName=TABLE, KeyConditionExpression="pk = :pk", ExpressionAttributeValues=key)[
        "Items"
    ]
    assert len(items) == 3
    assert all("expires_at" in item for item in items)


def test_the_list_has_one_row_for_each_service_the_newest_first(dynamodb: Any, name: str) -> None:
    """What failed is named, so that a row says it."""
    writer, known = VerificationWriter(dynamodb, TABLE), Verifications(dynamodb, TABLE)
    made = verification(Result.FAIL, service_name=name)
    assert writer.save(made)
    assert writer.save(made._replace(at=made.at + timedelta(minutes=2), deployment="ecs-svc/3"))
    rows, damaged = known.one_of_each()
    (row,) = [row for row in rows if row.service_name == name]
    assert (row.result, row.parts, row.at) == (Result.FAIL, ("Logs",), made.at + timedelta(minutes=2))
    assert [row.at for row in rows] == sorted((row.at for row in rows), reverse=True)
    assert damaged == 0


def test_of_one_deployment_a_second_verification_is_kept_only_later_or_when_a_person_asks(
    dynamodb: Any, name: str
) -> None:
    """Two events tell of it, and two functions may be at work."""
    writer, known = VerificationWriter(dynamodb, TABLE), Verifications(dynamodb, TABLE)
    made = verification(service_name=name)
    assert writer.save(made)
    for minutes, kept in ((1, False), (14.9, False), (15.1, True)):
        again = made._replace(at=made.at + timedelta(minutes=minutes), cause=VerificationCause.RECOVERED)
        assert writer.save(again) is kept
    asked = made._replace(at=made.at + timedelta(minutes=16), cause=VerificationCause.ASKED)
    assert writer.save(asked)
    assert known.newest_of(made.cluster_arn, name) == asked


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"result": Result.PASS}, {"result": Result.FAIL}),
        ({"result": Result.UNKNOWN}, {"result": Result.PASS}),
        ({"cause": VerificationCause.ASKED}, {}),
        ({"cause": VerificationCause.ASKED}, {"cause": VerificationCause.RECOVERED}),
    ],
)
def test_what_an_event_finds_anew_is_kept_however_soon(
    dynamodb: Any, name: str, before: dict[str, Any], after: dict[str, Any]
) -> None:
    """Another result is news; and somebody may have asked while the deployment was still in progress."""
    writer, known = VerificationWriter(dynamodb, TABLE), Verifications(dynamodb, TABLE)
    made = verification(service_name=name, **before)
    assert writer.save(made)
    later = verification(service_name=name, at=made.at + timedelta(seconds=20), **after)
    assert writer.save(later)
    assert known.newest_of(made.cluster_arn, name) == later


def test_a_damaged_item_is_counted_and_hides_nothing(dynamodb: Any, name: str) -> None:
    """Of another version, or cut."""
    writer, known = VerificationWriter(dynamodb, TABLE), Verifications(dynamodb, TABLE)
    made = verification(service_name=name)
    writer.save(made)
    pk = service_key(made.cluster_arn, name)
    key = {"pk": {"S": pk}, "sk": {"S": "latest"}}
    item = dynamodb.get_item(TableName=TABLE, Key=key)["Item"]
    dynamodb.put_item(TableName=TABLE, Item={**item, "summary": {"S": "{"}, "data": {"S": "[]"}})
    assert known.newest_of(made.cluster_arn, name) is None
    assert known.one_of_each()[1] == 1
    dynamodb.delete_item(TableName=TABLE, Key=key)
