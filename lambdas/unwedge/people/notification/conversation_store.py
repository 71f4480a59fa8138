"""Where conversations of notifications are kept: in the ledger's table, under keys of their own, so that
whoever writes them cannot write what incidents say."""

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from unwedge.model.codec import from_json, to_json
from unwedge.people.notification.conversation import Conversation
from unwedge.people.notification.notification import Notification
from unwedge.record.dynamo import KEPT

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

# The beginning of every key that the notifier may read and write.
CONVERSATIONS = "conversation#"


class ConversationStore:
    """One item per conversation, `notification#THREAD` under the service's own key for them; it expires like
    a decision."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def load_conversation(self, notification: Notification) -> Conversation:
        """What was told in the notification's conversation. One strongly consistent GetItem."""
        pk, sk = f"{CONVERSATIONS}{notification.record.pk}", f"notification#{notification.conversation}"
        key: dict[str, Any] = {"pk": {"S": pk}, "sk": {"S": sk}}
        answer = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True)
        if "Item" not in answer:
            return Conversation(pk, sk)
        item = answer["Item"]
        try:
            return from_json(Conversation, json.loads(item["data"]["S"]))
        except ValueError:  # of another version, or damaged: better told once more than never again
            return Conversation(pk, sk, int(item["version"]["N"]))

    def save_conversation(self, conversation: Conversation, notification: Notification) -> Conversation:
        """Write the conversation. One PutItem; somebody else's write in between raises, for the stream to
        retry."""
        written = replace(conversation, version=conversation.version + 1)
        item: dict[str, Any] = {
            "pk": {"S": conversation.pk},
            "sk": {"S": conversation.sk},
            "version": {"N": str(written.version)},
            "data": {"S": json.dumps(to_json(written), separators=(",", ":"))},
            "expires_at": {"N": str(int((notification.record.at + KEPT).timestamp()))},
        }
        self._client.put_item(
            TableName=self._table,
            Item=item,
            ConditionExpression="attribute_not_exists(pk) OR version = :version",
            ExpressionAttributeValues={":version": {"N": str(conversation.version)}},
        )
        return written
