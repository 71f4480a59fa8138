"""Where conversations of notifications are kept: in the ledger's table, under keys of their own, so that
whoever writes them cannot write what incidents say."""

import json
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from unwedge.model.codec import from_json, to_json
from unwedge.people.notification.conversation import Conversation
from unwedge.people.notification.hourly import Hour
from unwedge.people.notification.notification import Notification
from unwedge.record.table import KEPT

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

# The beginning of every key that the notifier may read and write.
CONVERSATIONS = "conversation#"
Kept = TypeVar("Kept", Conversation, Hour)


class ConversationStore:
    """One item per conversation, `notification#THREAD` under the service's own key for them, and one per
    service, `hour`; they expire like a decision."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def load_conversation(self, notification: Notification) -> Conversation:
        """What was told in the notification's conversation. One strongly consistent GetItem."""
        return self._load(Conversation, notification.record.pk, f"notification#{notification.conversation}")

    def load_thread(self, service_pk: str, thread: str) -> Conversation:
        """What was told under this name. One strongly consistent GetItem."""
        return self._load(Conversation, service_pk, f"notification#{thread}")

    def load_hour(self, service_pk: str) -> Hour:
        """What the service of this key has sent of late. One strongly consistent GetItem."""
        return self._load(Hour, service_pk, "hour")

    def save(self, kept: Kept, at: datetime) -> Kept:
        """Write it. One PutItem; somebody else's write in between raises, for the stream to retry."""
        written = replace(kept, version=kept.version + 1)
        item: dict[str, Any] = {
            "pk": {"S": kept.pk},
            "sk": {"S": kept.sk},
            "version": {"N": str(written.version)},
            "data": {"S": json.dumps(to_json(written), separators=(",", ":"))},
            "expires_at": {"N": str(int((at + KEPT).timestamp()))},
        }
        self._client.put_item(
            TableName=self._table,
            Item=item,
            ConditionExpression="attribute_not_exists(pk) OR version = :version",
            ExpressionAttributeValues={":version": {"N": str(kept.version)}},
        )
        return written

    def _load(self, kind: type[Kept], service_pk: str, sk: str) -> Kept:
        pk = f"{CONVERSATIONS}{service_pk}"
        key: dict[str, Any] = {"pk": {"S": pk}, "sk": {"S": sk}}
        answer = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True)
        if "Item" not in answer:
            return kind(pk, sk)
        item = answer["Item"]
        try:
            return from_json(kind, json.loads(item["data"]["S"]))
        except ValueError:  # of another version, or damaged: better told once more than never again
            return kind(pk, sk, int(item["version"]["N"]))
