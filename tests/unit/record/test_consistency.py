"""What the ledger reads must not be behind what it wrote, and what it forgets must be old enough."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest

from tests.support.situations import CLUSTER, NOW, SERVICE, arn, incident, stop
from unwedge.model.incident import Stop, StopState
from unwedge.record.claims import claimed
from unwedge.record.dynamo import DynamoLedger
from unwedge.record.ledger import BudgetSpentError, ServiceRecord

BUDGET = 10


class LateTable:
    """DynamoDB at its slowest: an eventually consistent read does not see any write of this test."""

    def __init__(self) -> None:
        self.items: dict[str, Any] = {}

    def get_item(self, Key: Any, ConsistentRead: bool = False, **_: Any) -> Any:  # noqa: N803
        """The item where consistency is asked for."""
        item = self.items.get(str(Key))
        return {"Item": item} if item and ConsistentRead else {}

    def transact_write_items(self, TransactItems: list[Any], **_: Any) -> Any:  # noqa: N803
        """All puts; conditions are the contract tests' affair."""
        for write in TransactItems:
            item = write["Put"]["Item"]
            self.items[str({"pk": item["pk"], "sk": item["sk"]})] = item
        return {}


@pytest.fixture
def ledger() -> DynamoLedger:
    """On a table whose eventually consistent reads are behind."""
    return DynamoLedger(cast(Any, LateTable()), "table")


def test_a_record_is_read_as_it_was_last_written(ledger: DynamoLedger) -> None:
    """A pass that reads an older one does not know of the stop that it made."""
    opened = incident(stop())
    ledger.save(ServiceRecord(CLUSTER, SERVICE, incident=opened), None, None)
    assert ledger.load(CLUSTER, SERVICE).incident == opened


def test_the_stops_of_the_account_are_counted_as_they_were_last_written(ledger: DynamoLedger) -> None:
    """Else every service would have a budget of its own."""
    record = ServiceRecord(CLUSTER, SERVICE)
    ledger.claim(record, incident(), Stop(arn("holder"), NOW, StopState.CLAIMED), BUDGET)
    assert ledger.account_stops(NOW) == 1
    other = ServiceRecord(CLUSTER, "other")
    with pytest.raises(BudgetSpentError):
        ledger.claim(other, incident(), Stop(arn("second"), NOW, StopState.CLAIMED), 1)


@pytest.mark.parametrize(("hours", "kept"), [(1, True), (2, True), (23.9, True), (24, False)])
def test_a_stop_is_remembered_for_a_day(hours: float, kept: bool) -> None:
    """The budget of a day is counted from these."""
    earlier = Stop(arn("first"), NOW - timedelta(hours=hours), StopState.SENT)
    record = replace(ServiceRecord(CLUSTER, SERVICE), stops=(earlier,))
    after = claimed(record, incident(), Stop(arn("holder"), NOW, StopState.CLAIMED))
    assert (earlier in after.stops) is kept
