"""Items of the ledger as readers want them: rows of the index `feed`, and whole recorded decisions."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from unwedge.model.codec import from_json
from unwedge.model.decision import NOT_MEASURED, Decision, Times, Verdict
from unwedge.model.incident import ApprovalRequest
from unwedge.model.situation import Situation
from unwedge.record.versions import current

Row = TypeVar("Row")


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
    """An open incident in a row. `due`: when the next pass comes; `stops`: how many tasks it cost so far."""

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
    approval_request: ApprovalRequest | None = None

    def waiting(self, now: datetime) -> ApprovalRequest | None:
        """The question that waits for an answer. One that was overtaken by another verdict does not."""
        asked = self.approval_request if self.verdict == Verdict.APPROVAL_NEEDED else None
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


def moment_of(item: Mapping[str, Any]) -> datetime:
    return from_json(_Dated, {"at": item["at"]["S"]}).at


def named(key: Key, wanted: str) -> bool:
    """Whether a service has this in its name or cluster, in any case of letters."""
    cluster, name = key.service
    return wanted.lower() in f"{cluster.rsplit('/', 1)[-1]}/{name}".lower()


def item_key(item: Mapping[str, Any]) -> Key:
    return Key(item["pk"]["S"], item["sk"]["S"])


def row_of(kind: type[Row], item: Mapping[str, Any], **more: Any) -> Row | None:
    """A row of the index; None for one that is not understood."""
    try:
        summary = current(json.loads(item["summary"]["S"]))
        return from_json(kind, {"key": item_key(item)._asdict(), **summary, **more})
    except (KeyError, TypeError, ValueError):  # DecodeError is a ValueError
        return None


def recorded_of(item: Mapping[str, Any]) -> Recorded | None:
    try:
        data = current(json.loads(item["data"]["S"]))
        decision, situation = from_json(Decision, data["decision"]), from_json(Situation, data["situation"])
    except (KeyError, TypeError, ValueError):  # DecodeError is a ValueError
        return None
    outcome, cause, incident = data.get("outcome"), data.get("cause"), data.get("incident")
    kept = situation.incident.id if situation.incident else None
    return Recorded(
        item_key(item),
        decision,
        situation,
        incident if isinstance(incident, str) else kept,
        outcome if isinstance(outcome, dict) else {},
        str(cause or ""),
    )
