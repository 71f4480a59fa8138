"""Repairs in DynamoDB, in the emulator."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from tests.contract.conftest import TABLE
from unwedge.record.repairs import LEASE, Repaired, Repairs, RepairState

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
    repairs = Repairs(dynamodb, TABLE)
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
        (RepairState.REFUSED, LEASE + timedelta(seconds=1), True),
    ],
)
def test_a_repair_is_made_again_only_where_the_last_one_never_took_place_or_is_long_ago(
    dynamodb: Any, claim: Repaired, state: RepairState, later: timedelta, taken: bool
) -> None:
    """A claim whose owner died is taken over after its lease; one that was carried out holds for a week."""
    repairs = Repairs(dynamodb, TABLE)
    assert repairs.claim(claim, WEEK)
    repairs.conclude(claim._replace(state=state))
    assert repairs.claim(claim._replace(at=AT + later), WEEK) is taken


def test_a_repair_that_is_damaged_is_an_error_and_not_no_repair(dynamodb: Any, claim: Repaired) -> None:
    """Otherwise one that somebody took back would be made again."""
    key = {"pk": {"S": f"repair#{CLUSTER}/{claim.service_name}"}, "sk": {"S": "latest"}}
    dynamodb.put_item(TableName=TABLE, Item={**key, "data": {"S": "{"}})
    with pytest.raises(ValueError, match="line 1"):
        Repairs(dynamodb, TABLE).newest_of(CLUSTER, claim.service_name)
