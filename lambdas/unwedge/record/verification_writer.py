"""Keeps verifications; `record.verifications` has the layout of their items."""

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from unwedge.model.codec import to_json
from unwedge.model.verification import Result, Verification, VerificationCause
from unwedge.observe.reads import code_of
from unwedge.record.table import KEPT
from unwedge.record.verifications import LATEST, ONE, VERIFIED, VerifiedRow, service_key

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


# What the other event that tells of a deployment finds again is not kept and told a second time.
SAME_DEPLOYMENT = timedelta(minutes=15)


class VerificationWriter:
    """Writes verifications."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def save(self, verification: Verification) -> bool:
        """Keep it, and as the newest of its service. False: an event has brought the same result for the same
        deployment a short while ago; nothing is written then. What a person asks for is always kept, and
        stands in the way of nothing: it may have been asked before the deployment was over.

        Two PutItem calls: a transaction is authorised without the keys of its items, and what may be written
        here is bound to keys.
        """
        pk = {"S": service_key(verification.cluster_arn, verification.service_name)}
        at = to_json(verification.at)
        data = {"S": json.dumps(to_json(verification), separators=(",", ":"))}
        expires = {"N": str(int((verification.at + KEPT).timestamp()))}
        one: dict[str, Any] = {"pk": pk, "sk": {"S": f"{ONE}{at}"}, "data": data, "expires_at": expires}
        shown = {"feed": {"S": VERIFIED}, "at": {"S": at}, "summary": {"S": json.dumps(_row(verification))}}
        of = {
            "deployment": {"S": verification.deployment or "unknown"},
            "result": {"S": verification.result.value},
            "cause": {"S": verification.cause.value},
        }
        latest: dict[str, Any] = {"pk": pk, "sk": {"S": LATEST}, "data": data, "expires_at": expires}
        if not self._put_newest({**latest, **shown, **of}, verification):
            return False
        self._client.put_item(TableName=self._table, Item=one)
        return True

    def _put_newest(self, item: dict[str, Any], verification: Verification) -> bool:
        """Unless the other event that tells of this deployment has brought one."""
        if verification.cause is VerificationCause.ASKED or not verification.deployment:
            self._client.put_item(TableName=self._table, Item=item)
            return True
        try:
            self._client.put_item(
                TableName=self._table,
                Item=item,
                ConditionExpression="attribute_not_exists(pk) OR deployment <> :same OR #at < :before "
                "OR #result <> :result OR #cause = :asked",
                ExpressionAttributeNames={"#at": "at", "#result": "result", "#cause": "cause"},
                ExpressionAttributeValues={
                    ":same": item["deployment"],
                    ":result": item["result"],
                    ":asked": {"S": VerificationCause.ASKED.value},
                    ":before": {"S": to_json(verification.at - SAME_DEPLOYMENT)},
                },
            )
        except ClientError as error:
            if code_of(error) == "ConditionalCheckFailedException":
                return False
            raise
        return True


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
