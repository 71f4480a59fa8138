"""Keeps verifications; `record.verifications` has the layout of their items."""

import json
from typing import TYPE_CHECKING, Any

from unwedge.model.codec import to_json
from unwedge.model.verification import Result, Verification
from unwedge.record.dynamo import KEPT
from unwedge.record.verifications import LATEST, ONE, VERIFIED, VerifiedRow, service_key

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


class VerificationWriter:
    """Writes verifications."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def save(self, verification: Verification) -> None:
        """Keep it, and as the newest of its service. Two PutItem calls: a transaction is authorised without
        the keys of its items, and what may be written here is bound to keys."""
        pk = {"S": service_key(verification.cluster_arn, verification.service_name)}
        at = to_json(verification.at)
        data = {"S": json.dumps(to_json(verification), separators=(",", ":"))}
        expires = {"N": str(int((verification.at + KEPT).timestamp()))}
        one: dict[str, Any] = {"pk": pk, "sk": {"S": f"{ONE}{at}"}, "data": data, "expires_at": expires}
        shown = {"feed": {"S": VERIFIED}, "at": {"S": at}, "summary": {"S": json.dumps(_row(verification))}}
        latest: dict[str, Any] = {"pk": pk, "sk": {"S": LATEST}, "data": data, "expires_at": expires, **shown}
        for item in (one, latest):
            self._client.put_item(TableName=self._table, Item=item)


def _row(verification: Verification) -> dict[str, Any]:
    bad = [check.part.value for check in verification.checks if check.result in (Result.FAIL, Result.UNKNOWN)]
    row = VerifiedRow(
        verification.cluster_arn,
        verification.service_name,
        verification.at,
        verification.result,
        verification.cause.value,
        verification.revision,
        tuple(bad),
    )
    found: dict[str, Any] = to_json(row)
    return found
