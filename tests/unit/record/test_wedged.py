"""How often services wedged."""

from typing import Any

from tests.support.rows import PK, row
from unwedge.model.decision import IncidentStep, Times
from unwedge.record.rows import Decided, Key
from unwedge.record.wedged import Wedged, wedged

SERVICE = Key(PK, "").service


def decided(incident: str | None, step: IncidentStep = IncidentStep.KEEP, **more: Any) -> Decided:
    """A decision at an incident."""
    return row(incident=incident, step=step.value, **more)


def test_each_incident_counts_once_with_the_gap_that_its_recovery_measured() -> None:
    """One that is open counts, one that was withdrawn does not."""
    rows = [
        decided("one", IncidentStep.OPEN),
        decided("one", IncidentStep.RECOVERED, times=Times(gap=30.0)),
        decided("two", times=Times(gap=5.0)),
        decided("three", IncidentStep.OPEN),
        decided("three", IncidentStep.WITHDRAWN),
        decided(None),
    ]
    assert wedged(rows) == {SERVICE: Wedged(2, (30.0,))}
    assert wedged(rows)[SERVICE].lost == 30.0


def test_a_service_whose_only_incident_was_withdrawn_has_none() -> None:
    """Nor has one without decisions."""
    assert wedged([decided("one", IncidentStep.WITHDRAWN)]) == {}
    assert wedged([]) == {}
