"""The ledger: incidents, decisions and claims, durable in one DynamoDB table.

    pk                       sk                     what
    service#CLUSTER/NAME     state                  version, open incident, scheduled look, last decision
    service#CLUSTER/NAME     decision#TIME#ID       one decision with its situation (expires)
    service#CLUSTER/NAME     incident#ID            a closed incident
    claim#TASK_ARN           claim                  the one stop that a task can get

Every write of `state` is conditional on the version that was read: of two that look at a service at once,
one writes and the other starts over.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from botocore.exceptions import ClientError

from unwedge.codec import from_json, to_json
from unwedge.reads import code_of
from unwedge.situation import Incident, Stop, StopState

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

KEPT = timedelta(days=90)


class Last(NamedTuple):
    """The last decision on the service, and how often it came in a row.

    `task` is the failure that it was about; `ended`: that task had been seen STOPPED.
    """

    key: str
    verdict: str
    decided_at: datetime
    task: str | None = None
    task_definition: str | None = None
    repeats: int = 0
    ended: bool = False


@dataclass(frozen=True, slots=True)
class ServiceRecord:
    """What the ledger knows of one service. `look` is the id of the one scheduled look that counts."""

    cluster_arn: str
    service_name: str
    version: int = 0
    incident: Incident | None = None
    look: str | None = None
    last: Last | None = None


class Entry(NamedTuple):
    """A decision to be kept: its id, when it was made, and the JSON of decision, situation and outcome."""

    id: str
    decided_at: datetime
    data: Mapping[str, Any]


class LedgerConflictError(Exception):
    """Somebody else wrote first; nothing was written. Carries the service's name. Retryable: look afresh."""

    def __init__(self, service_name: str) -> None:
        super().__init__(service_name)
        self.service_name = service_name

    def __str__(self) -> str:
        return f"the record of {self.service_name} was changed by another look at the same time"


class AlreadyClaimedError(LedgerConflictError):
    """The task was claimed by another incident: it had its one stop. Nothing was written."""

    def __str__(self) -> str:
        return f"the holder in {self.service_name} was claimed for a stop by an earlier incident"


class Ledger(Protocol):
    """What the stages need of a ledger. Every method is atomic; a refused write leaves nothing behind."""

    def load(self, cluster_arn: str, service_name: str) -> ServiceRecord:
        """The record of a service; a fresh one of version 0 when there is none."""
        ...

    def claim(self, record: ServiceRecord, incident: Incident, stop: Stop) -> ServiceRecord:
        """Claim a task for its one stop and count it in the incident, both or neither.

        The same incident may take over its own claim. Raises LedgerConflictError, or AlreadyClaimedError.
        """
        ...

    def release(self, record: ServiceRecord, incident: Incident, task_arn: str) -> ServiceRecord:
        """Give an unused claim back: the task was not stopped. Raises LedgerConflictError."""
        ...

    def save(self, record: ServiceRecord, entry: Entry | None, closed: Incident | None) -> ServiceRecord:
        """Write the record, with a decision and a closed incident, if any. Raises LedgerConflictError."""
        ...


def with_stop(incident: Incident, stop: Stop) -> Incident:
    """The incident with this stop counted, or its own earlier claim of the same task renewed."""
    others = tuple(item for item in incident.stops if item.task_arn != stop.task_arn)
    return replace(incident, stops=(*others, stop))


def without_stop(incident: Incident, task_arn: str) -> Incident:
    """The incident without the stop of this task."""
    return replace(incident, stops=tuple(stop for stop in incident.stops if stop.task_arn != task_arn))


def with_state(incident: Incident, task_arn: str, state: StopState) -> Incident:
    """The incident with the stop of this task brought to a state."""
    return replace(
        incident,
        stops=tuple(
            stop._replace(state=state) if stop.task_arn == task_arn else stop for stop in incident.stops
        ),
    )


class DynamoLedger:
    """The ledger in DynamoDB."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def load(self, cluster_arn: str, service_name: str) -> ServiceRecord:
        """See Ledger. One strongly consistent GetItem."""
        answer = self._client.get_item(
            TableName=self._table, Key=_key(_pk(cluster_arn, service_name), "state"), ConsistentRead=True
        )
        if "Item" not in answer:
            return ServiceRecord(cluster_arn, service_name)
        return from_json(ServiceRecord, json.loads(answer["Item"]["data"]["S"]))

    def claim(self, record: ServiceRecord, incident: Incident, stop: Stop) -> ServiceRecord:
        """See Ledger. One TransactWriteItems."""
        claimed = replace(record, incident=with_stop(incident, stop))
        put = self._put(
            _key(f"claim#{stop.task_arn}", "claim"),
            {
                "incident": {"S": incident.id},
                "claimed_at": {"S": to_json(stop.claimed_at)},
                "expires_at": _expiry(stop.claimed_at),
            },
        )
        put["Put"]["ConditionExpression"] = "attribute_not_exists(pk) OR incident = :incident"
        put["Put"]["ExpressionAttributeValues"] = {":incident": {"S": incident.id}}
        return self._write(claimed, [put])

    def release(self, record: ServiceRecord, incident: Incident, task_arn: str) -> ServiceRecord:
        """See Ledger. One TransactWriteItems."""
        delete = {"Delete": {"TableName": self._table, "Key": _key(f"claim#{task_arn}", "claim")}}
        return self._write(replace(record, incident=without_stop(incident, task_arn)), [delete])

    def save(self, record: ServiceRecord, entry: Entry | None, closed: Incident | None) -> ServiceRecord:
        """See Ledger. One TransactWriteItems."""
        pk = _pk(record.cluster_arn, record.service_name)
        items = []
        if entry:
            expires = _expiry(entry.decided_at)
            sk = f"decision#{to_json(entry.decided_at)}#{entry.id}"
            items.append(self._put(_key(pk, sk), {"data": _json(entry.data), "expires_at": expires}))
        if closed:
            items.append(self._put(_key(pk, f"incident#{closed.id}"), {"data": _json(to_json(closed))}))
        return self._write(record, items)

    def _write(self, record: ServiceRecord, others: list[Any]) -> ServiceRecord:
        """The record under its next version, with other writes, all or nothing."""
        written = replace(record, version=record.version + 1)
        state = self._put(
            _key(_pk(record.cluster_arn, record.service_name), "state"),
            {"version": {"N": str(written.version)}, "data": _json(to_json(written))},
        )
        condition = "attribute_not_exists(pk)"
        if record.version:
            condition = "version = :version"
            state["Put"]["ExpressionAttributeValues"] = {":version": {"N": str(record.version)}}
        state["Put"]["ConditionExpression"] = condition
        try:
            items: list[Any] = [state, *others]
            self._client.transact_write_items(TransactItems=items)
        except ClientError as error:
            conflict = _conflict(error)
            if conflict is None:
                raise
            raise conflict(record.service_name) from error
        return written

    def _put(self, key: Mapping[str, Any], attributes: Mapping[str, Any]) -> dict[str, Any]:
        return {"Put": {"TableName": self._table, "Item": {**key, **attributes}}}


def _conflict(error: ClientError) -> type[LedgerConflictError] | None:
    """Which condition failed; None where something else is wrong: too large, throttled.

    The reasons come in the order of the items: the state first, then the claim.
    """
    if code_of(error) == "TransactionConflictException":
        return LedgerConflictError
    reasons: Any = error.response.get("CancellationReasons") or []
    codes = [reason.get("Code") for reason in reasons]
    others = set(codes) - {"None", None, "ConditionalCheckFailed", "TransactionConflict"}
    if code_of(error) != "TransactionCanceledException" or others:
        return None
    claim_failed = "ConditionalCheckFailed" in codes[1:] and codes[0] != "ConditionalCheckFailed"
    return AlreadyClaimedError if claim_failed else LedgerConflictError


def _pk(cluster_arn: str, service_name: str) -> str:
    return f"service#{cluster_arn}/{service_name}"


def _expiry(since: datetime) -> dict[str, str]:
    return {"N": str(int((since + KEPT).timestamp()))}


def _key(pk: str, sk: str) -> dict[str, Any]:
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def _json(data: Any) -> dict[str, str]:
    return {"S": json.dumps(data, separators=(",", ":"))}
