"""Judging: gaps between writers, and expectations against the truth."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from rehearsal.programs.launcher import Hold
from rehearsal.report.judge import longest_gap
from rehearsal.report.result import Measured, unmet
from rehearsal.run.blind_stop import blind_gap
from rehearsal.scenario import loading
from rehearsal.scenario.model import Expectation, Outcome

START = datetime(2026, 1, 1, tzinfo=UTC)


def _at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def _gap(*holds: tuple[float, float | None], now: float = 100) -> float:
    launched: Any = [
        SimpleNamespace(holds=[Hold(_at(since), None if until is None else _at(until))])
        for since, until in holds
    ]
    return longest_gap(launched, START, _at(now))


@pytest.mark.parametrize(
    ("holds", "gap"),
    [
        (((-5.0, None),), 0),
        (((-5.0, 10.0), (30.0, None)), 20),
        (((-5.0, 10.0), (10.0, 40.0), (45.0, None)), 5),
        (((-5.0, 90.0),), 10),
        (((-50.0, -40.0), (-2.0, None)), 0),
        (((-5.0, 50.0), (20.0, 30.0), (60.0, None)), 10),
        (((-5.0, 10.0), (30.0, 40.0), (42.0, None)), 20),
        (((-50.0, -10.0), (6.0, None)), 6),
        ((), 0),
    ],
)
def test_the_gap_is_the_longest_time_without_any_lock_since_the_first_step(
    holds: tuple[tuple[float, float | None], ...], gap: float
) -> None:
    """A present gap counts up to now; what was before the first step does not count."""
    assert _gap(*holds) == pytest.approx(gap)


def _truth(**changes: Any) -> Measured:
    settings: dict[str, Any] = {
        "at_seconds": 100.0,
        "outcome": Outcome.RECOVERED,
        "outcome_since": 50.0,
        "writers": 1,
        "writer_revision": 2,
        "rollout": "COMPLETED",
        "failed_tasks": 1,
        "first_failure": 20.0,
    }
    return Measured(**(settings | changes))


@pytest.mark.parametrize(
    ("expect", "truth", "sentence"),
    [
        ({}, {"outcome": Outcome.WEDGED}, "the outcome is wedged, expected recovered"),
        ({"at_least_seconds": 200.0}, {}, "watched 100 s, wanted 200 s at least"),
        ({}, {"outcome_since": 95.0}, "it was so for 5 s only"),
        ({"stops_min": 1, "stops_max": 2}, {}, "0 task(s) were stopped, expected 1 to 2"),
        ({"writers": 1}, {"writers": 2}, "2 process(es) write, expected 1"),
        ({"revision": 2}, {"writer_revision": 1}, "revision 1 writes, expected revision 2"),
        ({"rollout": "COMPLETED"}, {"rollout": "FAILED"}, "the rollout is FAILED, expected COMPLETED"),
        ({"max_gap_seconds": 10.0}, {"gap_seconds": 12.0}, "nobody wrote for 12 s, accepted are 10.0 s"),
        ({"verdicts_include": ("recovered",)}, {}, "no decision said recovered"),
        ({"verdicts_exclude": ("verifying",)}, {}, "a decision said verifying"),
    ],
)
def test_each_expectation_that_is_not_met_is_one_sentence(
    expect: dict[str, Any], truth: dict[str, Any], sentence: str
) -> None:
    """Nothing else is said to be wrong."""
    expectation = Expectation(**({"outcome": Outcome.RECOVERED} | expect))

    assert unmet(expectation, _truth(**truth), {"verifying": 1}) == [sentence]


def test_nothing_is_unmet_when_all_came_true() -> None:
    """The end of a good rehearsal."""
    assert unmet(Expectation(outcome=Outcome.RECOVERED), _truth(), {}) == []


def test_stopping_blindly_leaves_a_gap_of_the_rest_of_a_whole_task_start() -> None:
    """At the first failure no successor exists yet: it is provisioned and pulled while nobody writes."""
    gap = blind_gap(loading.load("real-incident"))

    assert gap is not None
    assert 20 < gap < 85


def test_there_is_no_blind_gap_when_no_task_failed_on_the_lock() -> None:
    """Nothing to compare with."""
    assert blind_gap(loading.load("new-revision-broken")) is None
