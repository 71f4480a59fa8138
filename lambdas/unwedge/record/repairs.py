"""Repairs in the ledger's table, under keys of their own.

    pk                       sk        what
    repair#CLUSTER/NAME      latest    the newest repair of a service: claimed, then done or refused (expires)

The claim is a conditional write, so of two invocations one repairs.
"""

import json
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from botocore.exceptions import ClientError

from unwedge.model.codec import from_json, to_json
from unwedge.observe.reads import code_of, read
from unwedge.record.table import KEPT

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

REPAIRS, LATEST = "repair#", "latest"
# Whoever claimed it and has not said what came of it by then has died.
LEASE = timedelta(minutes=15)


class RepairState(StrEnum):
    """What became of a repair. CLAIMED: about to be sent, or its sender died."""

    CLAIMED = "claimed"
    DONE = "done"
    REFUSED = "refused"


class Repaired(NamedTuple):
    """A repair. `before`: the percentages and the rebalancing as they were, for whoever wants them back."""

    cluster_arn: str
    service_name: str
    at: datetime
    state: RepairState
    before: str
    sentence: str = ""


class Repairs:
    """Claims repairs and keeps what came of them. Raises ReadError, and AWS's errors of writes."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def newest_of(self, cluster_arn: str, service_name: str) -> Repaired | None:
        """The newest repair of a service, read consistently. Raises ValueError for one that is damaged: then
        nobody knows when it was repaired."""
        key = {"pk": {"S": _key(cluster_arn, service_name)}, "sk": {"S": LATEST}}
        answer = read(
            "dynamodb:GetItem", self._client.get_item, TableName=self._table, Key=key, ConsistentRead=True
        )
        if "Item" not in answer:
            return None
        return from_json(Repaired, json.loads(answer["Item"]["data"]["S"]))

    def claim(self, repair: Repaired, after: timedelta) -> bool:
        """Whether it is ours: none was made since `after` before it, but one that was never sent."""
        try:
            self._put(
                repair,
                ConditionExpression="attribute_not_exists(pk) OR #at < :before "
                "OR (#state <> :done AND #at < :lease)",
                ExpressionAttributeNames={"#at": "at", "#state": "state"},
                ExpressionAttributeValues={
                    ":before": {"S": to_json(repair.at - after)},
                    ":done": {"S": RepairState.DONE.value},
                    ":lease": {"S": to_json(repair.at - LEASE)},
                },
            )
        except ClientError as error:
            if code_of(error) == "ConditionalCheckFailedException":
                return False
            raise
        return True

    def conclude(self, repair: Repaired) -> None:
        """What came of a claim of ours."""
        self._put(repair)

    def _put(self, repair: Repaired, **condition: object) -> None:
        item = {
            "pk": {"S": _key(repair.cluster_arn, repair.service_name)},
            "sk": {"S": LATEST},
            "at": {"S": to_json(repair.at)},
            "state": {"S": repair.state.value},
            "data": {"S": json.dumps(to_json(repair), separators=(",", ":"))},
            "expires_at": {"N": str(int((repair.at + KEPT).timestamp()))},
        }
        self._client.put_item(TableName=self._table, Item=item, **condition)  # type: ignore[arg-type]


def _key(cluster_arn: str, service_name: str) -> str:
    return f"{REPAIRS}{cluster_arn}/{service_name}"
