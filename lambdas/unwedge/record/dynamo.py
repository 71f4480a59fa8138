"""The ledger in DynamoDB; `record.ledger` has the layout of its items."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from unwedge.model.codec import from_json, to_json
from unwedge.model.incident import Incident, Stop
from unwedge.observe.reads import code_of
from unwedge.record import account
from unwedge.record.account import AccountStops
from unwedge.record.claims import claimed, released
from unwedge.record.ledger import (
    COPIES,
    AlreadyClaimedError,
    BudgetSpentError,
    Entry,
    LedgerConflictError,
    ServiceRecord,
)
from unwedge.record.summaries import decided_summary, opened_summary
from unwedge.record.table import DECIDED, FEED, KEPT, OPEN
from unwedge.record.versions import KEY, VERSION, current

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


# How often the account's stops are read again when another service counted one in between.
_TRIES = 8


class _CountedMeanwhileError(LedgerConflictError):
    """Another service counted a stop between our read and our write. Nothing was written."""


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
        return from_json(ServiceRecord, current(json.loads(answer["Item"]["data"]["S"])))

    def account_stops(self, now: datetime) -> int:
        """See Ledger. One strongly consistent GetItem."""
        return self._account().within_hour(now)

    def _account(self) -> AccountStops:
        key = _key(*account.KEY)
        answer = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True)
        return account.read_item(answer.get("Item"))

    def open_services(self) -> list[tuple[str, str]]:
        """See Ledger. One Query of the index `feed` for each megabyte."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            IndexName=FEED,
            KeyConditionExpression="feed = :open",
            ExpressionAttributeValues={":open": {"S": OPEN}},
        )
        keys = (item["pk"]["S"] for page in pages for item in page["Items"])
        return [_service_of(key) for key in keys]

    def claim(self, record: ServiceRecord, incident: Incident, stop: Stop, budget: int) -> ServiceRecord:
        """See Ledger. One GetItem and one TransactWriteItems, again while other services count theirs."""
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
        after = claimed(record, incident, stop)
        if any(item.task_arn == stop.task_arn for item in incident.stops):
            return self._write(after, [put])

        def counted(stops: AccountStops) -> AccountStops:
            if stops.within_hour(stop.claimed_at) >= budget:
                raise BudgetSpentError(record.service_name)
            return stops.with_stop(stop.task_arn, stop.claimed_at)

        return self._counted(after, put, counted)

    def release(self, record: ServiceRecord, incident: Incident, task_arn: str) -> ServiceRecord:
        """See Ledger. As claim."""
        delete = {"Delete": {"TableName": self._table, "Key": _key(f"claim#{task_arn}", "claim")}}
        after = released(record, incident, task_arn)
        return self._counted(after, delete, lambda stops: stops.without(task_arn))

    def _counted(
        self, record: ServiceRecord, claim: dict[str, Any], count: Callable[[AccountStops], AccountStops]
    ) -> ServiceRecord:
        """The record and the claim written together with the account's stops."""
        for _ in range(_TRIES):
            before = self._account()
            put = self._put(_key(*account.KEY), account.attributes(count(before)))
            put["Put"]["ConditionExpression"] = "attribute_not_exists(pk)"
            if before.version:
                put["Put"]["ConditionExpression"] = "version = :version"
                put["Put"]["ExpressionAttributeValues"] = {":version": {"N": str(before.version)}}
            try:
                return self._write(record, [claim, put])
            except _CountedMeanwhileError:
                continue
        raise LedgerConflictError(record.service_name)

    def spend(self, nonce: str, now: datetime) -> bool:
        """See Ledger. One PutItem."""
        item = {**_key(f"token#{nonce}", "token"), "expires_at": _expiry(now)}
        return self._put_if("attribute_not_exists(pk)", item)

    def newest_check(
        self, cluster_arn: str, service_name: str, requeue_id: str, number: int, now: datetime
    ) -> bool:
        """See Ledger. One PutItem; another and a GetItem for the first check of a pass."""
        item = {
            **_key(_pk(cluster_arn, service_name), "quick-check"),
            "requeue_id": {"S": requeue_id},
            "checks": {"N": str(number)},
            "noted_at": {"S": to_json(now)},
            "expires_at": _expiry(now),
        }
        ours = {":ours": {"S": requeue_id}}
        values = {**ours, ":number": {"N": str(number)}, ":before": {"S": to_json(now - COPIES)}}
        later = "checks < :number OR (checks = :number AND noted_at < :before)"
        if self._put_if(f"requeue_id = :ours AND ({later})", item, values):
            return True
        if self.load(cluster_arn, service_name).requeue_id != requeue_id:
            return False
        return self._put_if("attribute_not_exists(pk) OR requeue_id <> :ours", item, ours)

    def _put_if(self, condition: str, item: dict[str, Any], values: dict[str, Any] | None = None) -> bool:
        """Write an item under a condition; False where it does not hold."""
        more: dict[str, Any] = {"ExpressionAttributeValues": values} if values else {}
        try:
            self._client.put_item(TableName=self._table, Item=item, ConditionExpression=condition, **more)
        except ClientError as error:
            if code_of(error) == "ConditionalCheckFailedException":
                return False
            raise
        return True

    def save(self, record: ServiceRecord, entry: Entry | None, closed: Incident | None) -> ServiceRecord:
        """See Ledger. One TransactWriteItems."""
        pk = _pk(record.cluster_arn, record.service_name)
        items = []
        if entry:
            expires = _expiry(entry.decided_at)
            sk = f"decision#{to_json(entry.decided_at)}#{entry.id}"
            shown = _feed(DECIDED, entry.decided_at, decided_summary(entry.data))
            items.append(self._put(_key(pk, sk), {"data": _json(entry.data), "expires_at": expires, **shown}))
        if closed:
            items.append(
                self._put(
                    _key(pk, f"incident#{closed.id}"), {"data": _json({KEY: VERSION, **to_json(closed)})}
                )
            )
        return self._write(record, items)

    def _write(self, record: ServiceRecord, others: list[Any]) -> ServiceRecord:
        """The record under its next version, with other writes, all or nothing."""
        written = replace(record, version=record.version + 1)
        incident = record.incident
        state = self._put(
            _key(_pk(record.cluster_arn, record.service_name), "state"),
            {
                "version": {"N": str(written.version)},
                "data": _json({KEY: VERSION, **to_json(written)}),
                **(_feed(OPEN, incident.opened_at, opened_summary(record, incident)) if incident else {}),
            },
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

    The reasons come in the order of the items: the state first, then the claim, then the account's stops.
    """
    if code_of(error) == "TransactionConflictException":
        return LedgerConflictError
    reasons: Any = error.response.get("CancellationReasons") or []
    codes = [reason.get("Code") for reason in reasons]
    others = set(codes) - {"None", None, "ConditionalCheckFailed", "TransactionConflict"}
    if code_of(error) != "TransactionCanceledException" or others:
        return None
    failed = [code == "ConditionalCheckFailed" for code in codes]
    if any(failed[:1]) or not any(failed):
        return LedgerConflictError
    return AlreadyClaimedError if failed[1] else _CountedMeanwhileError


def _pk(cluster_arn: str, service_name: str) -> str:
    return f"service#{cluster_arn}/{service_name}"


def _service_of(pk: str) -> tuple[str, str]:
    cluster, _, name = pk.removeprefix("service#").rpartition("/")
    return cluster, name


def _feed(kind: str, at: datetime, summary: Mapping[str, Any]) -> dict[str, Any]:
    """What the index lists an item by, and what it shows of it."""
    return {"feed": {"S": kind}, "at": {"S": to_json(at)}, "summary": _json(summary)}


def _expiry(since: datetime) -> dict[str, str]:
    return {"N": str(int((since + KEPT).timestamp()))}


def _key(pk: str, sk: str) -> dict[str, Any]:
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def _json(data: Any) -> dict[str, str]:
    return {"S": json.dumps(data, separators=(",", ":"))}
