"""Whether an incident of a service is open, for what may read the ledger's records of services and write
none of them."""

import json
from typing import TYPE_CHECKING

from unwedge.observe.reads import read
from unwedge.record.versions import current

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

SERVICES = "service#"


class OpenIncident:
    """Reads it from the service's own record; the index lags behind."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def of(self, cluster_arn: str, service_name: str) -> bool:
        """One strongly consistent GetItem; raises ReadError. A record that cannot be understood counts as one
        with an incident."""
        key = {"pk": {"S": f"{SERVICES}{cluster_arn}/{service_name}"}, "sk": {"S": "state"}}
        answer = read(
            "dynamodb:GetItem", self._client.get_item, TableName=self._table, Key=key, ConsistentRead=True
        )
        if "Item" not in answer:
            return False
        try:
            return current(json.loads(answer["Item"]["data"]["S"])).get("incident") is not None
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
            return True
