"""What is counted of a decision: services, not passes, and one trouble under one name."""

from typing import Any
from unittest.mock import Mock

import pytest

from tests.support.entries import SIGNAL, case
from tests.support.situations import CLUSTER, SERVICE
from unwedge.decide.decide import decide
from unwedge.model.outcome import NOTHING
from unwedge.record.after import incident_after
from unwedge.record.ledger import ServiceRecord
from unwedge.record.reporter import Reporter


def counted(name: str, **changes: Any) -> set[str]:
    """The metrics of a recorded situation; `changes` are made to its incident."""
    situation, settings = case(name, **changes)
    decision = decide(situation, settings)
    metrics, service = Mock(namespace="T", service="t"), ServiceRecord(CLUSTER, SERVICE)
    incident = incident_after(decision, situation, settings)
    Reporter(Mock(), metrics).decided(decision, situation, NOTHING, service, incident, SIGNAL)
    return {call.kwargs["name"] for call in metrics.add_metric.call_args_list}


@pytest.mark.parametrize("name", ["stops-spent", "new-revision-broken"])
def test_an_escalation_is_counted_once_per_incident(name: str) -> None:
    """Its alarm rings at the first, not at each pass."""
    assert "Escalations" in counted(name)
    assert "Escalations" not in counted(name, seen=(name, f"{name}!"))


def test_that_nothing_runs_is_counted_as_that_and_not_as_an_escalation_too() -> None:
    """Both have an alarm: one trouble must not ring twice."""
    found = counted("nothing-runs")
    assert "NothingRuns" in found
    assert "Escalations" not in found
    assert "NothingRuns" not in counted("nothing-runs", seen=("nothing-runs", "nothing-runs!"))
