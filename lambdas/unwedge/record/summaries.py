"""What the index `feed` shows of an item without its bulk: a row of the dashboard."""

from collections.abc import Mapping
from typing import Any

from unwedge.model.codec import to_json
from unwedge.model.incident import Incident
from unwedge.record.ledger import Last, ServiceRecord
from unwedge.record.versions import KEY, VERSION

# A row is read by the hundred; the whole text stands in `data`.
_LONGEST_SENTENCE, _LONGEST_EVIDENCE = 700, 300


def opened_summary(record: ServiceRecord, incident: Incident) -> dict[str, Any]:
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


def decided_summary(data: Mapping[str, Any]) -> dict[str, Any]:
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
