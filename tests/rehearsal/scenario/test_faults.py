"""Faults on the way of events are as the scenario says, and the same for the same seed."""

import random
from datetime import UTC, datetime, timedelta

from rehearsal.scenario.faults import EventFaults, arrivals

SENT = datetime(2026, 1, 1, tzinfo=UTC)


def _delays(faults: EventFaults, *, seed: int = 1) -> list[float]:
    return [(moment - SENT).total_seconds() for moment in arrivals(SENT, faults, random.Random(seed))]


def test_without_faults_one_copy_arrives_within_a_second() -> None:
    """What EventBridge takes on a good day."""
    delays = _delays(EventFaults())

    assert len(delays) == 1
    assert 0 < delays[0] < 1


def test_copies_and_delays_are_added() -> None:
    """Three copies, none of them early."""
    delays = _delays(EventFaults(duplicate=2, delay_seconds=40))

    assert len(delays) == 3
    assert min(delays) > 40


def test_reordering_spreads_events_over_the_given_time() -> None:
    """Two events sent at once arrive far apart."""
    dice = random.Random(1)
    faults = EventFaults(reorder=True, reorder_seconds=100)
    moments = [arrivals(SENT, faults, dice)[0] for _ in range(20)]

    assert max(moments) - min(moments) > timedelta(seconds=50)


def test_a_lost_event_never_arrives() -> None:
    """Not one copy of it."""
    assert _delays(EventFaults(lose=1.0, duplicate=3)) == []


def test_the_same_seed_gives_the_same_arrivals() -> None:
    """A rehearsal can be repeated."""
    faults = EventFaults(duplicate=3, reorder=True)

    assert _delays(faults, seed=7) == _delays(faults, seed=7)
    assert _delays(faults, seed=7) != _delays(faults, seed=8)
