"""Verifications in the ledger's table, under keys of their own: whoever writes them cannot write what
incidents say.

    pk                             sk         what
    verification#CLUSTER/NAME      latest     the newest verification of a service (in the index `feed`)
    verification#CLUSTER/NAME      at#TIME    one verification (expires)
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from unwedge.model.codec import from_json
from unwedge.model.verification import Result, Verification
from unwedge.observe.reads import read
from unwedge.record.table import FEED

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

VERIFICATIONS = "verification#"
VERIFIED = "verified"
LATEST, ONE = "latest", "at#"
_MOST_ROWS = 200


class VerifiedRow(NamedTuple):
    """The newest verification of a service in a row. `parts`: those that did not pass, by name."""

    cluster_arn: str
    service_name: str
    at: datetime
    result: Result
    cause: str
    revision: str = ""
    parts: tuple[str, ...] = ()


class Verifications:
    """Reads verifications."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def newest_of(self, cluster_arn: str, service_name: str) -> Verification | None:
        """The newest verification of a service; None where there is none that can be read. One GetItem.
        Raises ReadError."""
        key = {"pk": {"S": service_key(cluster_arn, service_name)}, "sk": {"S": LATEST}}
        answer = read(
            "dynamodb:GetItem", self._client.get_item, TableName=self._table, Key=key, ConsistentRead=True
        )
        return verification_in(answer["Item"]) if "Item" in answer else None

    def one_of_each(self) -> tuple[list[VerifiedRow], int]:
        """The newest verification of every service, the latest first, and how many could not be understood.
        Raises ReadError."""
        answer = read(
            "dynamodb:Query",
            self._client.query,
            TableName=self._table,
            IndexName=FEED,
            KeyConditionExpression="feed = :verified",
            ExpressionAttributeValues={":verified": {"S": VERIFIED}},
            ScanIndexForward=False,
            Limit=_MOST_ROWS,
        )
        items = answer.get("Items", [])
        rows = [row for item in items if (row := _row_in(item)) is not None]
        return rows, len(items) - len(rows)


def verification_in(item: Mapping[str, Any]) -> Verification | None:
    """The verification of an item; None for one that is not understood."""
    try:
        return from_json(Verification, json.loads(item["data"]["S"]))
    except (KeyError, TypeError, ValueError):  # DecodeError is a ValueError
        return None


def _row_in(item: Mapping[str, Any]) -> VerifiedRow | None:
    try:
        return from_json(VerifiedRow, json.loads(item["summary"]["S"]))
    except (KeyError, TypeError, ValueError):  # DecodeError is a ValueError
        return None


def service_key(cluster_arn: str, service_name: str) -> str:
    return f"{VERIFICATIONS}{cluster_arn}/{service_name}"
