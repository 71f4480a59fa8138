"""Repairs in the ledger's table, under keys of their own.

    pk                       sk        what
    repair#CLUSTER/NAME      latest    the newest repair of a service: claimed, then what came of it (expires)
    repair#CLUSTER/NAME      made#AT   a repair that was made, or refused by ECS: told once (expires)
    repair#CLUSTER/NAME      answer    why the newest request for a repair was not granted (expires)

`record.repair_writer` writes them.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from unwedge.model.codec import from_json
from unwedge.observe.reads import read

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

REPAIRS = "repair#"
LATEST, MADE, ANSWER = "latest", "made#", "answer"
# Whoever claimed it and has not said what came of it by then has died.
LEASE = timedelta(minutes=15)


class RepairState(StrEnum):
    """What became of a repair. CLAIMED: about to be sent, or its sender died. WITHDRAWN: nothing was sent,
    because the second look found a reason against it. REFUSED: ECS did not take all of it."""

    CLAIMED = "claimed"
    WITHDRAWN = "withdrawn"
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


class Answer(NamedTuple):
    """Why a service that asks for a repair was not repaired. `told`: somebody has to change something."""

    at: datetime
    sentence: str
    told: bool = False


class Repairs:
    """Reads repairs. Raises ReadError, and ValueError for what is damaged."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def newest_of(self, cluster_arn: str, service_name: str) -> Repaired | None:
        """The newest repair of a service, read consistently. Raises ValueError for one that is damaged: then
        nobody knows when it was repaired."""
        item = self._item(cluster_arn, service_name, LATEST)
        return None if item is None else from_json(Repaired, _data(item))

    def answer_to(self, cluster_arn: str, service_name: str) -> Answer | None:
        """Why the newest request of the service that was not granted was not; None if there was none."""
        item = self._item(cluster_arn, service_name, ANSWER)
        return None if item is None else from_json(Answer, _data(item))

    def _item(self, cluster_arn: str, service_name: str, sk: str) -> Mapping[str, Any] | None:
        key = {"pk": {"S": service_key(cluster_arn, service_name)}, "sk": {"S": sk}}
        answer = read(
            "dynamodb:GetItem", self._client.get_item, TableName=self._table, Key=key, ConsistentRead=True
        )
        return answer.get("Item")


def _data(item: Mapping[str, Any]) -> Any:
    try:
        return json.loads(item["data"]["S"])
    except (KeyError, TypeError, RecursionError) as error:
        raise ValueError(f"{type(error).__name__}: {error}") from error


def service_key(cluster_arn: str, service_name: str) -> str:
    """The partition of a service."""
    return f"{REPAIRS}{cluster_arn}/{service_name}"
