"""How often services wedged of late, and for how long nobody wrote, from the rows of decisions. Pure."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta
from typing import NamedTuple

from unwedge.model.decision import IncidentStep
from unwedge.record.rows import Decided

LATELY = timedelta(days=30)
Service = tuple[str, str]


class Wedged(NamedTuple):
    """Incidents, and the seconds without a writer of those that were measured."""

    times: int = 0
    gaps: tuple[float, ...] = ()

    @property
    def lost(self) -> float:
        """Seconds without a writer altogether."""
        return sum(self.gaps)


def wedged(rows: Iterable[Decided]) -> dict[Service, Wedged]:
    """By cluster ARN and service name. An incident that was withdrawn was none."""
    incidents: dict[Service, set[str]] = defaultdict(set)
    withdrawn: set[str] = set()
    gaps: dict[Service, dict[str, float]] = defaultdict(dict)
    for row in rows:
        if row.incident is None:
            continue
        incidents[row.key.service].add(row.incident)
        if row.step == IncidentStep.WITHDRAWN:
            withdrawn.add(row.incident)
        if row.step == IncidentStep.RECOVERED and row.times.gap is not None:
            gaps[row.key.service][row.incident] = row.times.gap
    return {
        service: Wedged(len(names - withdrawn), tuple(gaps[service].values()))
        for service, names in incidents.items()
        if names - withdrawn
    }
