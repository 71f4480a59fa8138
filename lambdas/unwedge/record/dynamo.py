"""The ledger in DynamoDB; `record.ledger` has the layout of its items."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from unwedge.model.codec import from_json, to_json
from unwedge.model.incident import Incident, Stop
from unwedge.observe.reads import code_of
from unwedge.record.claims import claimed, released
from unwedge.record.ledger import (
    AlreadyClaimedError,
    BudgetSpentError,
    Entry,
    Last,
    LedgerConflictError,
    ServiceRecord,
)
from unwedge.record.versions import KEY, VERSION, current

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


KEPT = timedelta(days=90)


FEED, OPEN, DECIDED = "feed", "open", "decision"


# A row of the feed is read by the hundred; the whole text stands in `data`.
_LONGEST_SENTENCE, _LONGEST_EVIDENCE = 700, 300


_AN_HOUR = timedelta(hours=1)


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
        """See Ledger. Two GetItem."""
        return sum(self._hour_stops(moment) for moment in (now, now - _AN_HOUR))

    def _hour_stops(self, moment: datetime) -> int:
        answer = self._client.get_item(TableName=self._table, Key=_hour(moment), ConsistentRead=True)
        return int(answer["Item"]["stops"]["N"]) if "Item" in answer else 0

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
        """See Ledger. One TransactWriteItems."""
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
        renewed = any(item.task_arn == stop.task_arn for item in incident.stops)
        count = [] if renewed else [self._count(stop.claimed_at, 1, budget)]
        return self._write(claimed(record, incident, stop), [put, *count])

    def release(self, record: ServiceRecord, incident: Incident, task_arn: str) -> ServiceRecord:
        """See Ledger. One TransactWriteItems."""
        delete = {"Delete": {"TableName": self._table, "Key": _key(f"claim#{task_arn}", "claim")}}
        counted = [
            self._count(stop.claimed_at, -1, None) for stop in incident.stops if stop.task_arn == task_arn
        ]
        return self._write(released(record, incident, task_arn), [delete, *counted])

    def _count(self, moment: datetime, by: int, budget: int | None) -> dict[str, Any]:
        """Count a stop in the account's hour, or take it back; no more than the budget."""
        update: dict[str, Any] = {
            "TableName": self._table,
            "Key": _hour(moment),
            "UpdateExpression": "ADD stops :by SET expires_at = :expires",
            "ExpressionAttributeValues": {":by": {"N": str(by)}, ":expires": _expiry(moment)},
        }
        if budget is not None:
            update["ConditionExpression"] = "attribute_not_exists(stops) OR stops < :budget"
            update["ExpressionAttributeValues"][":budget"] = {"N": str(budget)}
        return {"Update": update}

    def save(self, record: ServiceRecord, entry: Entry | None, closed: Incident | None) -> ServiceRecord:
        """See Ledger. One TransactWriteItems."""
        pk = _pk(record.cluster_arn, record.service_name)
        items = []
        if entry:
            expires = _expiry(entry.decided_at)
            sk = f"decision#{to_json(entry.decided_at)}#{entry.id}"
            shown = _feed(DECIDED, entry.decided_at, _decided(entry.data))
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
                **(_feed(OPEN, incident.opened_at, _opened(record, incident)) if incident else {}),
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

    The reasons come in the order of the items: the state first, then the claim, then the account's hour.
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
    return AlreadyClaimedError if failed[1] else BudgetSpentError


def _pk(cluster_arn: str, service_name: str) -> str:
    return f"service#{cluster_arn}/{service_name}"


def _service_of(pk: str) -> tuple[str, str]:
    cluster, _, name = pk.removeprefix("service#").rpartition("/")
    return cluster, name


def _feed(kind: str, at: datetime, summary: Mapping[str, Any]) -> dict[str, Any]:
    """What the index lists an item by, and what it shows of it."""
    return {"feed": {"S": kind}, "at": {"S": to_json(at)}, "summary": _json(summary)}


def _opened(record: ServiceRecord, incident: Incident) -> dict[str, Any]:
    """An open incident in a row: what `feed.OpenIncident` reads."""
    last = record.last or Last("", "", incident.opened_at)
    return {
        KEY: VERSION,
        "incident": incident.id,
        "opened_at": to_json(incident.opened_at),
        "verdict": last.verdict,
        "sentence": last.sentence[:_LONGEST_SENTENCE],
        "decided_at": to_json(last.decided_at),
        "mode": last.mode,
        "escalated": last.escalated,
        "stops": len(incident.stops),
        "due": to_json(record.due),
        "approval_request": to_json(incident.approval_request),
    }


def _decided(data: Mapping[str, Any]) -> dict[str, Any]:
    """A decision in a row: what `feed.Decided` reads."""
    decision = data.get("decision", {})
    return {
        KEY: VERSION,
        "incident": data.get("incident"),
        "verdict": decision.get("verdict"),
        "sentence": str(decision.get("sentence", ""))[:_LONGEST_SENTENCE],
        "evidence": str(decision.get("evidence") or "")[:_LONGEST_EVIDENCE],
        "mode": decision.get("mode"),
        "escalated": decision.get("escalate"),
        "outcome": data.get("outcome", {}).get("kind"),
        "step": decision.get("incident"),
        "times": decision.get("times"),
    }


def hour_key(moment: datetime) -> tuple[str, str]:
    """Where the account's stops of a clock hour are counted: pk and sk."""
    return "account", f"hour#{moment:%Y%m%d%H}"


def _hour(moment: datetime) -> dict[str, Any]:
    return _key(*hour_key(moment))


def _expiry(since: datetime) -> dict[str, str]:
    return {"N": str(int((since + KEPT).timestamp()))}


def _key(pk: str, sk: str) -> dict[str, Any]:
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def _json(data: Any) -> dict[str, str]:
    return {"S": json.dumps(data, separators=(",", ":"))}
