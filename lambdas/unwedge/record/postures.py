"""Postures in the ledger's table, under keys of their own: whoever writes them cannot write what incidents
say.

    pk                        sk                     what
    posture#CLUSTER/NAME      latest                 the newest audit of a service (in the index `feed`)
    posture#CLUSTER/NAME      finding#KIND#OPENED    when a finding opened and closed (expires once closed)
    posture#CLUSTER/NAME      expected#DEPLOYMENT    a deployment that will deadlock (in `feed` until it ends)

`latest` alone says what is open; the other items follow it.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from unwedge.model.codec import from_json, to_json
from unwedge.model.posture import FindingKind, Outlook, Posture, Severity
from unwedge.observe.reads import read
from unwedge.record.table import FEED

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

POSTURES = "posture#"
AUDITED, EXPECTED = "posture", "expected"
LATEST, FINDING, EXPECTATION = "latest", "finding#", "expected#"
# What did not wedge in an hour does not wedge for this reason.
EXPECTED_FOR = timedelta(hours=1)
MOST_ROWS, _MOST_FINDINGS = 5000, 200
Kept = TypeVar("Kept")


class Opened(NamedTuple):
    """Since when a finding of this kind is open."""

    kind: FindingKind
    at: datetime


class KeptPosture(NamedTuple):
    """A posture with what audits before it knew. `wedges` and `lost`: incidents of the last 30 days, and for
    how many seconds nobody wrote in those that were measured. `carried`: kinds that this audit could not look
    for, kept from one before."""

    posture: Posture
    opened: tuple[Opened, ...] = ()
    wedges: int = 0
    lost: float = 0.0
    carried: tuple[FindingKind, ...] = ()

    def since(self, kind: FindingKind) -> datetime:
        """When the finding opened."""
        return next((opened.at for opened in self.opened if opened.kind is kind), self.posture.at)


class PostureRow(NamedTuple):
    """The newest audit of a service in a row. `worst`: of its findings; `since`: when the oldest of those
    that are so bad opened. `stop_first`: a finding says to stop the old task first."""

    cluster_arn: str
    service_name: str
    at: datetime
    outlook: Outlook
    worst: Severity | None = None
    since: datetime | None = None
    findings: int = 0
    mode: str = ""
    program: str = ""
    gap: float | None = None
    wedges: int = 0
    lost: float = 0.0
    stop_first: bool = False


class FindingRow(NamedTuple):
    """A finding, open or closed."""

    kind: FindingKind
    severity: Severity
    opened_at: datetime
    sentence: str = ""
    closed_at: datetime | None = None


class Expected(NamedTuple):
    """A deployment that is certain to deadlock, told before it does. `gap`: seconds without a writer that a
    stop will cost; `acts`: whether the stack may stop tasks at all."""

    cluster_arn: str
    service_name: str
    deployment: str
    at: datetime
    mode: str
    program: str = ""
    gap: float | None = None
    acts: bool = True


class Postures:
    """Reads postures. All methods raise ReadError."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def newest_of(self, cluster_arn: str, service_name: str) -> KeptPosture | None:
        """The newest audit of a service; None where there is none that can be read. One GetItem."""
        key = {"pk": {"S": service_key(cluster_arn, service_name)}, "sk": {"S": LATEST}}
        answer = read(
            "dynamodb:GetItem", self._client.get_item, TableName=self._table, Key=key, ConsistentRead=True
        )
        return decoded(KeptPosture, answer.get("Item"), "data")

    def findings_of(self, cluster_arn: str, service_name: str) -> list[FindingRow]:
        """Every finding of a service that is kept, the one opened last first."""
        answer = read(
            "dynamodb:Query",
            self._client.query,
            TableName=self._table,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :finding)",
            ExpressionAttributeValues={
                ":pk": {"S": service_key(cluster_arn, service_name)},
                ":finding": {"S": FINDING},
            },
            Limit=_MOST_FINDINGS,
        )
        rows = [finding_in(item) for item in answer.get("Items", [])]
        return sorted((row for row in rows if row), key=lambda row: row.opened_at, reverse=True)

    def one_of_each(self) -> tuple[list[PostureRow], int]:
        """The newest audit of every service, and how many could not be understood."""
        values = {":feed": {"S": AUDITED}}
        items = list(self._index("feed = :feed", values))
        rows = [row for item in items if (row := decoded(PostureRow, item, "summary")) is not None]
        return rows, len(items) - len(rows)

    def deadlocks_to_come(self, now: datetime) -> list[Expected]:
        """Deployments that are expected to deadlock and have not ended, the newest first."""
        values = {":feed": {"S": EXPECTED}, ":since": {"S": to_json(now - EXPECTED_FOR)}}
        items = self._index("feed = :feed AND #at > :since", values, {"#at": "at"})
        return [row for item in items if (row := decoded(Expected, item, "summary")) is not None]

    def _index(
        self, condition: str, values: Mapping[str, Any], names: Mapping[str, str] | None = None
    ) -> Iterator[Mapping[str, Any]]:
        """The index, newest first."""
        request: dict[str, Any] = {
            "TableName": self._table,
            "IndexName": FEED,
            "KeyConditionExpression": condition,
            "ExpressionAttributeValues": dict(values),
            "ScanIndexForward": False,
            **({"ExpressionAttributeNames": dict(names)} if names else {}),
        }
        seen = 0
        while seen < MOST_ROWS:
            answer = read("dynamodb:Query", self._client.query, **request)
            items = answer.get("Items", [])
            seen += len(items)
            yield from items
            if not (last := answer.get("LastEvaluatedKey")):
                return
            request["ExclusiveStartKey"] = last


def decoded(kind: type[Kept], item: Mapping[str, Any] | None, attribute: str) -> Kept | None:
    """What an attribute of an item says; None for one that is not understood."""
    try:
        return from_json(kind, json.loads((item or {})[attribute]["S"]))
    except (KeyError, TypeError, ValueError):  # DecodeError is a ValueError
        return None


def finding_in(item: Mapping[str, Any]) -> FindingRow | None:
    """A finding's item; when it closed stands beside what it says."""
    row = decoded(FindingRow, item, "data")
    closed = item.get("closed_at", {}).get("S")
    try:
        return row._replace(closed_at=datetime.fromisoformat(closed)) if row and closed else row
    except ValueError:
        return None


def service_key(cluster_arn: str, service_name: str) -> str:
    """The partition of a service."""
    return f"{POSTURES}{cluster_arn}/{service_name}"
