"""Curves, searches and calculations come to what CloudWatch would draw."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from rehearsal.dashboard.emf import Record
from rehearsal.dashboard.metrics import DashboardError, Metric, plotted
from rehearsal.dashboard.series import Series, Span, curves
from rehearsal.dashboard.source import Records

_START = datetime(2026, 1, 2, 10, tzinfo=UTC)
_SPAN = Span(_START, _START + timedelta(minutes=15))


def _record(name: str, minute: float, value: float = 1, **dimensions: str) -> Record:
    at = _START + timedelta(minutes=minute)
    return Record("Unwedge", {"service": "unwedge", **dimensions}, name, "Count", at, value)


_SOURCE = Records(
    [
        _record("Stops", 1),
        _record("Stops", 2, 2),
        _record("Stops", 11, 4),
        _record("Seconds", 1, 10),
        _record("Seconds", 2, 30),
        _record("Seconds", 3, 20),
        _record("Seconds", 6, 5),
        _record("Decisions", 1, verdict="stop-holder"),
        _record("Decisions", 2, verdict="paused"),
        _record("Decisions", 7, verdict="paused"),
        _record("Decisions", 2, verdict="healthy"),
        _record("Decisions", 2),
    ]
)
_STOPS = ["Unwedge", "Stops", "service", "unwedge"]


def _drawn(*metrics: object, whole: bool = False, **properties: object) -> list[Series]:
    return curves(plotted({"metrics": list(metrics), **properties}), _SOURCE, _SPAN, whole=whole)


def _minutes(series: Series) -> dict[int, float]:
    return {int((at - _START).total_seconds() / 60): value for at, value in series.values.items()}


@pytest.mark.parametrize("row", [["N", "A", "d"], [{"label": "x"}], [7, "A"], [".", "A"], ["..."]])
def test_a_row_that_is_not_understood_is_an_error(row: list[object]) -> None:
    """It would draw something else than CloudWatch."""
    with pytest.raises(DashboardError):
        plotted({"metrics": [row]})


@pytest.mark.parametrize(
    ("statistic", "values"),
    [
        ("Sum", {0: 60, 5: 5}),
        ("Maximum", {0: 30, 5: 5}),
        ("Minimum", {0: 10, 5: 5}),
        ("Average", {0: 20, 5: 5}),
        ("SampleCount", {0: 3, 5: 1}),
        ("p50", {0: 20, 5: 5}),
        ("p90", {0: 30, 5: 5}),
    ],
)
def test_the_samples_of_a_period_become_one_value(statistic: str, values: dict[int, float]) -> None:
    """Periods without samples have none."""
    [series] = _drawn(["Unwedge", "Seconds", "service", "unwedge", {"stat": statistic, "period": 300}])

    assert _minutes(series) == values


def test_over_the_whole_time_there_is_one_value_and_outside_of_it_nothing() -> None:
    """As numbers that are set to the time range."""
    short = Span(_START + timedelta(minutes=2), _START + timedelta(minutes=11))
    entries = plotted({"metrics": [_STOPS], "stat": "Sum"})

    assert list(curves(entries, _SOURCE, _SPAN, whole=True)[0].values.values()) == [7]
    assert list(curves(entries, _SOURCE, short, whole=True)[0].values.values()) == [2]


def test_the_first_period_counts_as_a_whole() -> None:
    """CloudWatch moves the start back to the period's."""
    late = Span(_START + timedelta(minutes=2), _START + timedelta(minutes=15))

    [series] = curves(plotted({"metrics": [_STOPS], "stat": "Sum"}), _SOURCE, late)

    assert _minutes(series) == {0: 3, 10: 4}


def test_a_search_finds_every_metric_with_exactly_these_dimensions() -> None:
    """Labelled by what tells them apart; the count without a verdict is another metric."""
    search = "SEARCH('{Unwedge,service,verdict} MetricName=\"Decisions\" service=\"unwedge\"', 'Sum', 300)"

    found = _drawn([{"expression": search, "id": "e1"}])

    assert {series.label: _minutes(series) for series in found} == {
        "healthy": {0: 1},
        "paused": {0: 1, 5: 1},
        "stop-holder": {0: 1},
    }


def test_a_search_leaves_out_what_it_denies_and_fills_its_label_in() -> None:
    """A dynamic label names a dimension."""
    terms = 'MetricName="Decisions" NOT verdict="stop-holder" NOT verdict="healthy"'
    search = f"SEARCH('{{Unwedge,service,verdict}} {terms}', 'Sum', 300)"

    [series] = _drawn([{"expression": search, "label": "of ${PROP('Dim.verdict')}"}])

    assert series.label == "of paused"


@pytest.mark.parametrize(
    "expression",
    [
        "ANOMALY_DETECTION_BAND(stops)",
        "SUM(METRICS())",
        "stops / 2",
        "SEARCH('Unwedge Decisions', 'Sum', 300)",
        "SEARCH('{Unwedge,service,verdict} (MetricName=\"Decisions\" OR MetricName=\"Stops\")', 'Sum', 300)",
        "__import__('os').getcwd()",
    ],
)
def test_an_expression_that_is_not_understood_is_an_error(expression: str) -> None:
    """Nothing of it is executed, and nothing half right is drawn."""
    with pytest.raises(DashboardError):
        _drawn([*_STOPS, {"id": "stops"}], [{"expression": expression, "id": "e1"}])


def test_what_nobody_measures_is_told_apart_from_what_did_not_happen() -> None:
    """A source that does not know a metric says so, and what is calculated from it is not measured either."""

    class Blind(Records):
        def samples(self, metric: Metric, start: datetime, end: datetime) -> Any:
            return None if metric.namespace == "AWS/SQS" else super().samples(metric, start, end)

    entries = plotted(
        {
            "metrics": [
                ["AWS/SQS", "Age", "QueueName", "q", {"id": "age"}],
                [*_STOPS, {"id": "stops"}],
            ]
        }
    )

    measured = [series.measured for series in curves(entries, Blind([]), _SPAN)]

    assert measured == [False, True]
