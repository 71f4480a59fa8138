"""Alarms stand as CloudWatch would have them, by the metrics that the functions logged."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from rehearsal.dashboard.alarms import State, standing
from rehearsal.dashboard.emf import Record
from rehearsal.dashboard.metrics import Metric
from rehearsal.dashboard.series import Span
from rehearsal.dashboard.source import Records

_NOW = datetime(2026, 1, 2, 10, 0, 30, tzinfo=UTC)
_SPAN = Span(_NOW - timedelta(minutes=30), _NOW)


def _alarm(**told: object) -> Mapping[str, Any]:
    usual = {
        "AlarmName": "Escalations",
        "AlarmDescription": "what to do",
        "Namespace": "Unwedge",
        "MetricName": "Escalations",
        "Dimensions": [{"Name": "service", "Value": "unwedge"}],
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 1.0,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "TreatMissingData": "notBreaching",
    }
    return {**usual, **told}


def _source(*seconds_ago: float) -> Records:
    return Records(
        Record("Unwedge", {"service": "unwedge"}, "Escalations", "Count", _NOW - timedelta(seconds=ago), 1.0)
        for ago in seconds_ago
    )


@pytest.mark.parametrize(
    ("told", "ago", "state"),
    [
        ({}, [10], State.ALARM),
        ({}, [40], State.ALARM),
        ({}, [100], State.OK),
        ({}, [], State.OK),
        ({"TreatMissingData": "missing"}, [], State.INSUFFICIENT),
        ({"TreatMissingData": "breaching"}, [], State.ALARM),
        ({"Threshold": 2.0}, [10], State.OK),
        ({"Threshold": 2.0}, [10, 20], State.ALARM),
        ({"ComparisonOperator": "GreaterThanThreshold"}, [10], State.OK),
        ({"ComparisonOperator": "LessThanThreshold"}, [10], State.OK),
        ({"ComparisonOperator": "LessThanOrEqualToThreshold"}, [10], State.ALARM),
        ({"EvaluationPeriods": 3}, [10], State.OK),
        ({"EvaluationPeriods": 3, "DatapointsToAlarm": 2}, [10, 70], State.ALARM),
        ({"EvaluationPeriods": 3, "DatapointsToAlarm": 2}, [10, 250], State.OK),
    ],
)
def test_an_alarm_rings_for_its_newest_periods(
    told: dict[str, object], ago: list[float], state: State
) -> None:
    """As many of them as it wants; a period that is not over counts once it has a value."""
    assert standing(_alarm(**told), _source(*ago), _SPAN).state is state


def test_it_tells_when_it_last_rang_and_what_to_do() -> None:
    """Also when that is over."""
    found = standing(_alarm(), _source(600, 900), _SPAN)

    assert found.state is State.OK
    assert found.last_alarm == datetime(2026, 1, 2, 9, 50, tzinfo=UTC)
    assert (found.name, found.description) == ("Escalations", "what to do")


def test_silence_rings_only_from_when_the_alarm_was_made() -> None:
    """An alarm on missing sweeps must not have rung before there was anything."""
    silent = {"TreatMissingData": "breaching", "ComparisonOperator": "LessThanThreshold"}

    old = standing(_alarm(**silent, EvaluationPeriods=3), _source(), _SPAN)
    made = _NOW - timedelta(seconds=100)
    new = standing(
        _alarm(**silent, EvaluationPeriods=3, AlarmConfigurationUpdatedTimestamp=made), _source(), _SPAN
    )

    assert old.state is State.ALARM
    assert (new.state, new.last_alarm) == (State.OK, None)


def test_a_metric_that_nobody_measures_gives_no_state() -> None:
    """Not even that all is well."""

    class Blind(Records):
        def samples(self, metric: Metric, start: datetime, end: datetime) -> None:
            return None

    assert standing(_alarm(), Blind([]), _SPAN).state is State.NOT_MEASURED
