"""Reading the ledger for people: open incidents and decisions by time, and single recorded decisions.

Rows come from the index `feed`, which carries a short summary of each; `record.ledger` has the layout.
Everything here only reads. What cannot be read raises ReadError; what is read but not understood is left out
and counted, so that one damaged item never hides the others.
"""

import json
from collections import deque
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from unwedge.model.codec import from_json, to_json
from unwedge.model.decision import NOT_MEASURED, Decision, IncidentStep, Times, Verdict
from unwedge.model.situation import Request, Situation
from unwedge.observe.reads import read
from unwedge.record.ledger import DECIDED, FEED, OPEN, hour_key

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

Row = TypeVar("Row")
_CLOSING = frozenset({IncidentStep.RECOVERED.value, IncidentStep.WITHDRAWN.value})
# A decision may have a hundred kilobytes. Of a long incident its beginning and its end are read whole.
FIRST_ENTRIES, LAST_ENTRIES = 12, 40
# So many rows are looked through for a service's name before the reader is asked to go on.
MOST_READ = 3000


class Key(NamedTuple):
    """Where an item stands in the ledger."""

    pk: str
    sk: str

    @property
    def service(self) -> tuple[str, str]:
        """Cluster ARN and name of the service that the item is about."""
        cluster, _, name = self.pk.removeprefix("service#").rpartition("/")
        return cluster, name


class OpenIncident(NamedTuple):
    """An open incident in a row. `due`: when the next look comes; `stops`: how many tasks it cost so far."""

    key: Key
    incident: str
    opened_at: datetime
    verdict: str
    sentence: str
    decided_at: datetime
    mode: str = ""
    escalated: bool = False
    stops: int = 0
    due: datetime | None = None
    request: Request | None = None

    def waiting(self, now: datetime) -> Request | None:
        """The question that waits for an answer. One that was overtaken by another verdict does not."""
        asked = self.request if self.verdict == Verdict.APPROVAL_NEEDED else None
        return asked if asked and now < asked.expires_at else None


class Decided(NamedTuple):
    """A recorded decision in a row."""

    key: Key
    at: datetime
    verdict: str
    sentence: str
    mode: str = ""
    evidence: str = ""
    incident: str | None = None
    escalated: bool = False
    outcome: str | None = None
    step: str = ""
    times: Times = NOT_MEASURED


class Recorded(NamedTuple):
    """A recorded decision, whole. `outcome` and `cause` stay as they were written."""

    key: Key
    decision: Decision
    situation: Situation
    incident: str | None
    outcome: Mapping[str, Any]
    cause: str

    @property
    def at(self) -> datetime:
        """When the service was looked at."""
        return self.situation.observed_at


class _Dated(NamedTuple):
    """The one attribute of an item that says when."""

    at: datetime


class Page(NamedTuple):
    """Rows, newest first; where older ones begin, if any are left; how many items could not be understood."""

    rows: list[Decided]
    older: datetime | None
    damaged: int


class Feed:
    """The ledger's table, read only."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def open_incidents(self) -> tuple[list[OpenIncident], int]:
        """Every open incident, the newest first, and how many could not be understood."""
        items = list(self._index("feed = :kind", {":kind": {"S": OPEN}}))
        rows = [row for item in items if (row := _row(OpenIncident, item)) is not None]
        return rows, len(items) - len(rows)

    def open_incident(self, pk: str) -> OpenIncident | None:
        """The open incident of one service, if there is one."""
        item = self._item(Key(pk, "state"))
        return _row(OpenIncident, item) if item and "feed" in item else None

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
                return Page(rows, _at(item), damaged)
            if not named(_key(item), wanted):
                continue
            row = _row(Decided, item, at=item["at"]["S"])
            damaged += row is None
            rows += [row] if row else []
        return Page(rows, None, damaged)

    def account_stops(self, now: datetime) -> int:
        """Stops of all services in this clock hour and the one before."""
        items = (self._item(Key(*hour_key(moment))) for moment in (now, now - timedelta(hours=1)))
        return sum(int(item["stops"]["N"]) for item in items if item)

    def decision(self, key: Key) -> Recorded | None:
        """One recorded decision; None when there is none, or none any more."""
        item = self._item(key)
        return _recorded(item) if item else None

    def newest(self, pk: str) -> Recorded | None:
        """The newest recorded decision of one service."""
        values = {":pk": {"S": pk}, ":kind": {"S": "decision#"}}
        condition = "pk = :pk AND begins_with(sk, :kind)"
        for item in self._pages(_asked(condition, values) | {"ScanIndexForward": False, "Limit": 1}):
            return _recorded(item)
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
            row = _row(Decided, item, at=item["at"]["S"]) if "at" in item else None
            if row is None or row.incident != one.incident:
                continue
            (first if len(first) < FIRST_ENTRIES else last).append(item)
            if row.step in _CLOSING:
                break
        found = [recorded for item in (*first, *last) if (recorded := _recorded(item))]
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
        while True:
            answer = read("dynamodb:Query", self._client.query, TableName=self._table, **request)
            yield from answer["Items"]
            if not answer.get("LastEvaluatedKey"):
                return
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def _asked(condition: str, values: Mapping[str, Any]) -> dict[str, Any]:
    return {"KeyConditionExpression": condition, "ExpressionAttributeValues": values}


def _at(item: Mapping[str, Any]) -> datetime:
    return from_json(_Dated, {"at": item["at"]["S"]}).at


def named(key: Key, wanted: str) -> bool:
    """Whether a service has this in its name or cluster, in any case of letters."""
    cluster, name = key.service
    return wanted.lower() in f"{cluster.rsplit('/', 1)[-1]}/{name}".lower()


def _key(item: Mapping[str, Any]) -> Key:
    return Key(item["pk"]["S"], item["sk"]["S"])


def _row(kind: type[Row], item: Mapping[str, Any], **more: Any) -> Row | None:
    """A row of the index; None for one that is not understood."""
    try:
        summary = json.loads(item["summary"]["S"])
        return from_json(kind, {"key": _key(item)._asdict(), **summary, **more})
    except (KeyError, TypeError, ValueError):  # DecodeError is a ValueError
        return None


def _recorded(item: Mapping[str, Any]) -> Recorded | None:
    try:
        data = json.loads(item["data"]["S"])
        decision, situation = from_json(Decision, data["decision"]), from_json(Situation, data["situation"])
    except (KeyError, TypeError, ValueError):  # DecodeError is a ValueError
        return None
    outcome, cause, incident = data.get("outcome"), data.get("cause"), data.get("incident")
    kept = situation.incident.id if situation.incident else None
    return Recorded(
        _key(item),
        decision,
        situation,
        incident if isinstance(incident, str) else kept,
        outcome if isinstance(outcome, dict) else {},
        str(cause or ""),
    )
