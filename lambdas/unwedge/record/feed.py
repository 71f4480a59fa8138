"""Reading the ledger for people: open incidents and decisions by time, and single recorded decisions.

Rows come from the index `feed`, which carries a short summary of each; `record.ledger` has the layout.
Everything here only reads. What cannot be read raises ReadError; what is read but not understood is left out
and counted, so that one damaged item never hides the others.
"""

from collections import deque
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from unwedge.model.codec import to_json
from unwedge.model.decision import IncidentStep
from unwedge.observe.reads import read
from unwedge.record import account
from unwedge.record.rows import (
    Decided,
    Key,
    OpenIncident,
    Page,
    Recorded,
    item_key,
    moment_of,
    named,
    recorded_of,
    row_of,
)
from unwedge.record.table import DECIDED, FEED, OPEN

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

_CLOSING = frozenset({IncidentStep.RECOVERED.value, IncidentStep.WITHDRAWN.value})
# A decision may have a hundred kilobytes. Of a long incident its beginning and its end are read whole.
FIRST_ENTRIES, LAST_ENTRIES = 12, 40
# So many rows are looked through for a service's name before the reader is asked to go on.
MOST_READ = 3000


class Feed:
    """The ledger's table, read only."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def open_incidents(self) -> tuple[list[OpenIncident], int]:
        """Every open incident, the newest first, and how many could not be understood."""
        items = list(self._index("feed = :kind", {":kind": {"S": OPEN}}))
        rows = [row for item in items if (row := row_of(OpenIncident, item)) is not None]
        return rows, len(items) - len(rows)

    def open_incident(self, pk: str) -> OpenIncident | None:
        """The open incident of one service, if there is one."""
        item = self._item(Key(pk, "state"))
        return row_of(OpenIncident, item) if item and "feed" in item else None

    def decisions(self, since: datetime, until: datetime, wanted: str, most: int) -> Page:
        """Decisions in a range of time, of services with `wanted` in their name or cluster; '' for all."""
        values = {
            ":kind": {"S": DECIDED},
            ":since": {"S": to_json(since)},
            ":until": {"S": to_json(until)},
        }
        rows: list[Decided] = []
        damaged = 0
        limit = None if wanted else most + 1
        items = self._index("feed = :kind AND #at BETWEEN :since AND :until", values, limit)
        for read_so_far, item in enumerate(items):
            if len(rows) == most or read_so_far == MOST_READ:
                return Page(rows, moment_of(item), damaged)
            if not named(item_key(item), wanted):
                continue
            row = row_of(Decided, item, at=item["at"]["S"])
            damaged += row is None
            rows += [row] if row else []
        return Page(rows, None, damaged)

    def account_stops(self, now: datetime) -> int:
        """Stops of all services in the last sixty minutes."""
        return account.read_item(self._item(Key(*account.KEY))).within_hour(now)

    def decision(self, key: Key) -> Recorded | None:
        """One recorded decision; None when there is none, or none any more."""
        item = self._item(key)
        return recorded_of(item) if item else None

    def newest(self, pk: str) -> Recorded | None:
        """The newest recorded decision of one service."""
        values = {":pk": {"S": pk}, ":kind": {"S": "decision#"}}
        condition = "pk = :pk AND begins_with(sk, :kind)"
        for item in self._pages(_asked(condition, values) | {"ScanIndexForward": False, "Limit": 1}):
            return recorded_of(item)
        return None

    def course(self, one: Recorded) -> list[Recorded]:
        """The decisions of the same incident in their order; the one alone where it belongs to no incident.

        Of more than FIRST_ENTRIES + LAST_ENTRIES those in the middle are left out, but for this one.
        """
        incident = one.situation.incident
        if one.incident is None:
            return [one]
        values = {
            ":pk": {"S": one.key.pk},
            ":first": {"S": f"decision#{to_json(incident.opened_at if incident else one.at)}"},
            ":end": {"S": "decision#~"},
        }
        first: list[dict[str, Any]] = []
        last: deque[dict[str, Any]] = deque(maxlen=LAST_ENTRIES)
        for item in self._pages(_asked("pk = :pk AND sk BETWEEN :first AND :end", values)):
            row = row_of(Decided, item, at=item["at"]["S"]) if "at" in item else None
            if row is None or row.incident != one.incident:
                continue
            (first if len(first) < FIRST_ENTRIES else last).append(item)
            if row.step in _CLOSING:
                break
        found = [recorded for item in (*first, *last) if (recorded := recorded_of(item))]
        known = any(entry.key == one.key for entry in found)
        return sorted(found if known else [*found, one], key=lambda entry: entry.key.sk)

    def _item(self, key: Key) -> Mapping[str, Any] | None:
        wanted = {"pk": {"S": key.pk}, "sk": {"S": key.sk}}
        answer = read("dynamodb:GetItem", self._client.get_item, TableName=self._table, Key=wanted)
        item: Mapping[str, Any] | None = answer.get("Item")
        return item

    def _index(
        self, condition: str, values: Mapping[str, Any], limit: int | None = None
    ) -> Iterator[dict[str, Any]]:
        """The index, newest first."""
        request = _asked(condition, values) | {"IndexName": FEED, "ScanIndexForward": False}
        if "#at" in condition:
            request["ExpressionAttributeNames"] = {"#at": "at"}
        return self._pages(request | ({"Limit": limit} if limit else {}))

    def _pages(self, request: dict[str, Any]) -> Iterator[dict[str, Any]]:
        pages = iter(self._client.get_paginator("query").paginate(TableName=self._table, **request))
        while page := read("dynamodb:Query", lambda: next(pages, None)):
            yield from page["Items"]


def _asked(condition: str, values: Mapping[str, Any]) -> dict[str, Any]:
    return {"KeyConditionExpression": condition, "ExpressionAttributeValues": values}
