"""Metrics are read out of log lines as CloudWatch does."""

import json
from datetime import UTC, datetime

import pytest
from aws_lambda_powertools import Metrics
from aws_lambda_powertools.metrics import MetricUnit, single_metric

from rehearsal.dashboard.emf import parse


def test_what_powertools_prints_comes_back_value_by_value(capsys: pytest.CaptureFixture[str]) -> None:
    """Repeated counts, units, the service dimension, and a metric of its own with one dimension more."""
    metrics = Metrics(namespace="Unwedge", service="unwedge")
    metrics.clear_metrics()  # Powertools keeps them for the process: another test may have left some
    before = datetime.now(UTC)

    metrics.add_metric(name="Stops", unit=MetricUnit.Count, value=1)
    metrics.add_metric(name="Stops", unit=MetricUnit.Count, value=2)
    metrics.add_metric(name="SecondsToStop", unit=MetricUnit.Seconds, value=12.5)
    metrics.flush_metrics()
    with single_metric(
        name="Decisions", unit=MetricUnit.Count, value=1, namespace="Unwedge",
        default_dimensions={"service": "unwedge"},
    ) as single:  # fmt: skip
        single.add_dimension("verdict", "stop-holder")
    records = list(parse(capsys.readouterr().out.splitlines()))

    assert [(record.name, record.unit, record.value) for record in records] == [
        ("Stops", "Count", 1.0),
        ("Stops", "Count", 2.0),
        ("SecondsToStop", "Seconds", 12.5),
        ("Decisions", "Count", 1.0),
    ]
    assert {record.namespace for record in records} == {"Unwedge"}
    assert records[0].dimensions == {"service": "unwedge"}
    assert records[3].dimensions == {"service": "unwedge", "verdict": "stop-holder"}
    assert abs((records[0].at - before).total_seconds()) < 5


def test_each_set_of_dimensions_gets_the_value() -> None:
    """A line with two sets is two metrics."""
    line = {
        "_aws": {
            "Timestamp": 1_700_000_000_000,
            "CloudWatchMetrics": [
                {"Namespace": "N", "Dimensions": [["a"], ["a", "b"]], "Metrics": [{"Name": "M"}]}
            ],
        },
        "a": "1",
        "b": "2",
        "M": 7,
    }

    first, second = parse([json.dumps(line)])

    assert (first.dimensions, second.dimensions) == ({"a": "1"}, {"a": "1", "b": "2"})
    assert (first.value, second.value, first.unit) == (7.0, 7.0, "None")


@pytest.mark.parametrize(
    "line",
    ["START RequestId: 1", '{"message": "decision_recorded"}', '{"_aws": ', '"_aws"', '{"_aws": null}', ""],
)
def test_other_lines_hold_no_metrics(line: str) -> None:
    """Also those that only look like it."""
    assert list(parse([line])) == []
