"""Reading the deployed ledger: the one place of this command that asks DynamoDB. It never writes.

The layout of the items stands in `unwedge.record.ledger`.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from unwedge.model.codec import DecodeError, from_json, to_json
from unwedge.model.incident import ApprovalRequest, Incident
from unwedge.record.ledger import Last, ServiceRecord
from unwedge.record.versions import current
from unwedge_cli.connecting import LedgerError, aws_errors

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

_CLOSING = ("recovered", "withdrawn")


class Listed(NamedTuple):
    """An incident with its service. `last` is the service's last decision, for an open incident."""

    cluster_arn: str
    service_name: str
    incident: Incident
    is_open: bool
    last: Last | None = None

    @property
    def state(self) -> str:
        """The last verdict; of a closed incident the one that closed it."""
        if self.last:
            return self.last.verdict
        return next((mark for mark in reversed(self.incident.seen) if not mark.endswith("!")), "-")

    @property
    def escalated(self) -> bool:
        """Whether a person was called at some time."""
        return any(mark.endswith("!") for mark in self.incident.seen)

    def waiting(self, now: datetime) -> ApprovalRequest | None:
        """The question that waits for an answer: of an open incident, and not expired."""
        asked = self.incident.approval_request
        return asked if self.is_open and asked and now < asked.expires_at else None


class Table:
    """The ledger's table, read only."""

    def __init__(self, client: "DynamoDBClient", name: str) -> None:
        self._client = client
        self._name = name

    def incidents(self, *, closed: bool) -> list[Listed]:
        """The open incidents, and the closed ones if wanted, newest first.

        A Scan of the whole table, paginated and filtered by DynamoDB: it reads, and is charged for, every
        item, decisions included. Good enough for a ledger that forgets decisions after 90 days and for a
        command that a person types; nothing may call it on a schedule.
        """
        values = {":state": "state", **({":closed": "incident#"} if closed else {})}
        wanted = "sk = :state OR begins_with(sk, :closed)" if closed else "sk = :state"
        found = [listed for item in self._scan(wanted, values) if (listed := _listed(item))]
        return sorted(found, key=lambda listed: listed.incident.opened_at, reverse=True)

    def find(self, incident_id: str) -> Listed:
        """One incident, open or closed, by the same Scan. Raises LedgerError when there is none."""
        values = {":state": "state", ":closed": f"incident#{incident_id}"}
        for item in self._scan("sk = :state OR sk = :closed", values):
            listed = _listed(item)
            if listed and listed.incident.id == incident_id:
                return listed
        raise LedgerError(
            f"There is no incident {incident_id} in table {self._name}. "
            "`unwedge incidents --all` lists what there is."
        )

    def decisions(self, listed: Listed) -> Iterator[dict[str, Any]]:
        """The recorded decisions of an incident in their order: a paginated Query of its service, from the
        moment it was opened to the decision that closed it. Decisions older than 90 days have expired."""
        request = {
            "KeyConditionExpression": "pk = :pk AND sk BETWEEN :first AND :end",
            "ExpressionAttributeValues": {
                ":pk": {"S": f"service#{listed.cluster_arn}/{listed.service_name}"},
                ":first": {"S": f"decision#{to_json(listed.incident.opened_at)}"},
                ":end": {"S": "decision#~"},
            },
            "ConsistentRead": True,
        }
        for item in self._pages("query", request):
            entry = _data(item)
            if not belongs(entry, listed.incident):
                continue
            yield entry
            if entry["decision"].get("incident") in _CLOSING:
                return

    def _scan(self, wanted: str, values: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        request = {
            "FilterExpression": wanted,
            "ExpressionAttributeValues": {key: {"S": value} for key, value in values.items()},
            "ConsistentRead": True,
        }
        return self._pages("scan", request)

    def _pages(self, operation: Any, request: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        pages = iter(self._client.get_paginator(operation).paginate(TableName=self._name, **request))
        while True:
            with aws_errors(f"Reading table {self._name}"):
                page = next(pages, None)
            if page is None:
                return
            yield from page["Items"]


def belongs(entry: Mapping[str, Any], incident: Incident) -> bool:
    """Whether a recorded decision is of this incident: made while it was open, or the one that opened it."""
    try:
        situation, decision = entry["situation"], entry["decision"]
        during = situation.get("incident")
        if during is not None:
            return bool(during["id"] == incident.id)
        opened = situation["observed_at"] == to_json(incident.opened_at)
        return bool(opened and decision["incident"] == "open" and decision["contender"] == incident.contender)
    except (KeyError, TypeError, AttributeError):
        return False


def _listed(item: Mapping[str, Any]) -> Listed | None:
    """An incident from a `state` or an `incident#` item; None for a state without one."""
    data = _data(item)
    try:
        if item["sk"]["S"] == "state":
            record = from_json(ServiceRecord, data)
            if record.incident is None:
                return None
            return Listed(record.cluster_arn, record.service_name, record.incident, True, record.last)
        cluster_arn, _, name = item["pk"]["S"].removeprefix("service#").rpartition("/")
        return Listed(cluster_arn, name, from_json(Incident, data), False)
    except DecodeError as error:
        raise LedgerError(f"Item {item['pk']['S']} {item['sk']['S']} cannot be read at {error}.") from error


def _data(item: Mapping[str, Any]) -> dict[str, Any]:
    try:
        data = current(json.loads(item["data"]["S"]))
    except (KeyError, ValueError) as error:
        raise LedgerError(
            f"Item {item.get('pk')} {item.get('sk')} of the ledger has no JSON in `data`."
        ) from error
    return data
