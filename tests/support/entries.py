"""Ledger entries for tests of notifications, made as the controller makes them."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from tests.replay.cases import CASES
from tests.support.situations import CLUSTER, SERVICE
from unwedge.decide.decide import decide
from unwedge.model.codec import to_json
from unwedge.model.outcome import NOTHING, Outcome, OutcomeKind
from unwedge.model.settings import Settings
from unwedge.model.situation import Situation
from unwedge.people.notification.notification import (
    Notification,
    RecordedDecision,
    decision_of,
    notification_of,
)
from unwedge.record.after import entry_for, incident_after
from unwedge.signal.signals import Cause, Signal

PK = f"service#{CLUSTER}/{SERVICE}"
STOPPED = Outcome(OutcomeKind.STOPPED, "StopTask was sent to the holder.")
UPDATED = Outcome(OutcomeKind.UPDATED, "Service dev-prometheus was scaled to 0.")
SIGNAL = Signal(CLUSTER, SERVICE, Cause.TASK)


def case(name: str, **changes: Any) -> tuple[Situation, Settings]:
    """A recorded situation and its settings, by name; `changes` are made to its incident."""
    (found,) = (case for case in CASES if case.name == name)
    situation = found.situation
    if changes and situation.incident:
        situation = replace(situation, incident=replace(situation.incident, **changes))
    return situation, found.settings


def entry(
    name: str, outcome: Outcome = NOTHING, at: datetime | None = None, **changes: Any
) -> tuple[str, dict[str, Any]]:
    """Sort key and data of the ledger's entry for a recorded situation, observed at another time if wanted;
    `changes` are made to its incident."""
    situation, settings = case(name, **changes)
    decision = decide(situation, settings)
    incident = incident_after(decision, situation, settings)
    made = entry_for(decision, situation, outcome, SIGNAL, settings, incident)
    data: dict[str, Any] = dict(made.data)
    if at:
        data["situation"]["observed_at"] = to_json(at)
    return f"decision#{data['situation']['observed_at']}#{made.id}", data


def record(
    name: str, outcome: Outcome = NOTHING, at: datetime | None = None, **changes: Any
) -> RecordedDecision:
    """A recorded decision as the notifier reads it."""
    sk, data = entry(name, outcome, at, **changes)
    return decision_of(PK, sk, data)


def notification(
    name: str, outcome: Outcome = NOTHING, at: datetime | None = None, **changes: Any
) -> Notification:
    """The notification that a recorded decision is worth."""
    found = notification_of(record(name, outcome, at, **changes))
    assert found is not None, f"{name} is worth a notification"
    return found


def stream_event(sk: str, data: str, number: int = 1) -> dict[str, Any]:
    """A record of the ledger's stream."""
    keys = {"pk": {"S": PK}, "sk": {"S": sk}}
    return {
        "eventID": f"{number:032d}",
        "eventName": "INSERT",
        "eventSource": "aws:dynamodb",
        "dynamodb": {
            "Keys": keys,
            "NewImage": {**keys, "data": {"S": data}, "expires_at": {"N": "1771000000"}},
            "SequenceNumber": str(number),
            "StreamViewType": "NEW_IMAGE",
        },
    }
