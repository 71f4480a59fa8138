"""Where threads of notices are kept: in the ledger's table, with the service that they are about."""

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from unwedge.model.codec import from_json, to_json
from unwedge.people.notification.conversation import Thread
from unwedge.people.notification.notification import Notice
from unwedge.record.dynamo import KEPT

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


class DynamoThreads:
    """One item per thread, `notice#THREAD` under the service's key; it expires like a decision."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def recall(self, notice: Notice) -> Thread:
        """What was told in the notice's thread. One strongly consistent GetItem."""
        pk, sk = notice.record.pk, f"notice#{notice.thread}"
        key: dict[str, Any] = {"pk": {"S": pk}, "sk": {"S": sk}}
        answer = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True)
        if "Item" not in answer:
            return Thread(pk, sk)
        item = answer["Item"]
        try:
            return from_json(Thread, json.loads(item["data"]["S"]))
        except ValueError:  # of another version, or damaged: better told once more than never again
            return Thread(pk, sk, int(item["version"]["N"]))

    def remember(self, thread: Thread, notice: Notice) -> Thread:
        """Write the thread. One PutItem; somebody else's write in between raises, for the stream to retry."""
        written = replace(thread, version=thread.version + 1)
        item: dict[str, Any] = {
            "pk": {"S": thread.pk},
            "sk": {"S": thread.sk},
            "version": {"N": str(written.version)},
            "data": {"S": json.dumps(to_json(written), separators=(",", ":"))},
            "expires_at": {"N": str(int((notice.record.at + KEPT).timestamp()))},
        }
        self._client.put_item(
            TableName=self._table,
            Item=item,
            ConditionExpression="attribute_not_exists(pk) OR version = :version",
            ExpressionAttributeValues={":version": {"N": str(thread.version)}},
        )
        return written
