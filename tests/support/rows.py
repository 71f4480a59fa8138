"""Rows and recorded decisions for tests of the dashboard's pages."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.support.situations import CLUSTER, NOW, SERVICE, arn
from unwedge.model.codec import from_json, to_json
from unwedge.model.decision import Decision, IncidentStep, Times
from unwedge.model.incident import ApprovalRequest
from unwedge.model.situation import Situation
from unwedge.people.view.context import Calls, Frame
from unwedge.record.rows import Decided, Key, OpenIncident, Recorded

CALLS = Calls(
    "arn:aws:lambda:eu-west-1:123456789012:function:viewer",
    "arn:aws:lambda:eu-west-1:123456789012:function:approver",
    token=lambda about: f"token of {about}",
)
PK = f"service#{CLUSTER}/{SERVICE}"
HOSTILE = '</td><script>alert(1)</script><img src=x onerror=alert(1)> \x1b[31mred \u202e {"a": "b"} \'" &lt;'
RECORDINGS = sorted((Path(__file__).parents[1] / "replay").glob("*.json"))


def frame(**changes: Any) -> Frame:
    """The frame of a wide widget over the last day, in the light theme."""
    return Frame(NOW - timedelta(days=1), NOW)._replace(**changes)


FRAMES = [frame(dark=dark, width=width) for dark in (False, True) for width in (320, 1300)]


def row(**changes: Any) -> Decided:
    """A decision in a row."""
    found = Decided(
        Key(PK, f"decision#{to_json(NOW)}#1"),
        NOW,
        "stop-holder",
        "Stop task holder.",
        "enforce",
        "the lock line",
        "incident-1",
        False,
        "stopped",
        "keep",
        Times(1.6, 21.8, 86.2),
    )
    return found._replace(**changes)


def opened(**changes: Any) -> OpenIncident:
    """An open incident in a row; its next pass is soon."""
    found = OpenIncident(
        Key(PK, "state"),
        "incident-1",
        NOW - timedelta(seconds=90),
        "awaiting-successor",
        "No successor is on its way.",
        NOW,
        "enforce",
        due=NOW + timedelta(seconds=10),
    )
    return found._replace(**changes)


def asking(**changes: Any) -> OpenIncident:
    """An open incident that waits for an answer."""
    request = ApprovalRequest(arn("holder"), NOW, NOW + timedelta(minutes=15))
    return opened(verdict="approval-needed", approval_request=request)._replace(**changes)


def recorded() -> Iterator[Recorded]:
    """Every recorded situation of tests/replay as the ledger keeps it, with its decision."""
    for number, path in enumerate(RECORDINGS):
        data = json.loads(path.read_text())
        decision, situation = from_json(Decision, data["decision"]), from_json(Situation, data["situation"])
        incident = situation.incident.id if situation.incident else None
        if decision.incident is IncidentStep.OPEN:
            incident = "the-opened-one"
        key = Key(
            f"service#{situation.cluster_arn}/{situation.service_name}",
            f"decision#{to_json(situation.observed_at)}#{number}",
        )
        yield Recorded(key, decision, situation, incident, data.get("outcome") or {}, "task")
