"""The state of the deployed alarms, worked out from what was measured.

The emulator keeps alarms but evaluates them only against metrics that were put into it, and EMF never is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from rehearsal.dashboard.metrics import DashboardError, Metric, Plotted
from rehearsal.dashboard.series import Span, measure
from rehearsal.dashboard.source import Source


class State(StrEnum):
    """How an alarm can stand. The last one is ours: nobody measures its metric on this machine."""

    ALARM = "In alarm"
    OK = "OK"
    INSUFFICIENT = "Insufficient data"
    NOT_MEASURED = "Not measured here"


@dataclass(frozen=True)
class Standing:
    """An alarm's name and description, its state now, and when it was last in alarm in the time looked at."""

    name: str
    description: str
    state: State
    last_alarm: datetime | None


def standing(alarm: Mapping[str, Any], source: Source, span: Span) -> Standing:
    """How one alarm, as DescribeAlarms tells of it, stands at the end of ``span``."""
    entry = _entry(alarm)
    period = entry.period
    count, needed = int(alarm["EvaluationPeriods"]), int(alarm.get("DatapointsToAlarm") or 0)
    made = alarm.get("AlarmConfigurationUpdatedTimestamp", span.start)  # nothing counts from before it was
    before = Span(max(made, span.start - timedelta(seconds=period * count)), span.end)
    curve = measure(entry, source, before)
    times = before.bins(period)
    if times[-1] not in curve.values:
        times.pop()  # this period is not over: what is missing may still come
    breaches = [_breaches(alarm, curve.values.get(at)) for at in times]
    alarmed = [
        at
        for number, at in enumerate(times)
        if sum(breaches[max(0, number - count + 1) : number + 1]) >= (needed or count)
    ]
    missing = not any(at in curve.values for at in times[-count:])
    if not curve.measured:
        state, alarmed = State.NOT_MEASURED, []
    elif alarmed and alarmed[-1] == times[-1]:
        state = State.ALARM
    elif missing and _missing(alarm) == "missing":
        state = State.INSUFFICIENT
    else:
        state = State.OK
    last = max(alarmed, default=None)
    return Standing(alarm["AlarmName"], alarm.get("AlarmDescription", ""), state, last)


def _missing(alarm: Mapping[str, Any]) -> str:
    return str(alarm.get("TreatMissingData") or "missing")


def _breaches(alarm: Mapping[str, Any], value: float | None) -> bool:
    if value is None:
        return _missing(alarm) == "breaching"
    threshold = float(alarm["Threshold"])
    match alarm["ComparisonOperator"]:
        case "GreaterThanOrEqualToThreshold":
            return value >= threshold
        case "GreaterThanThreshold":
            return value > threshold
        case "LessThanThreshold":
            return value < threshold
        case "LessThanOrEqualToThreshold":
            return value <= threshold
    raise DashboardError(f"unknown comparison {alarm['ComparisonOperator']!r}")


def _entry(alarm: Mapping[str, Any]) -> Plotted:
    """The alarm's metric; raises DashboardError for an alarm on an expression, which this app has none of."""
    if alarm.get("Metrics"):
        raise DashboardError(f"an alarm on an expression: {alarm['AlarmName']}")
    statistic = alarm.get("Statistic") or alarm.get("ExtendedStatistic") or "Average"
    return Plotted(id="m", metric=_metric(alarm), statistic=statistic, period=int(alarm["Period"]))


def _metric(told: Mapping[str, Any]) -> Metric:
    dimensions = tuple(sorted((one["Name"], one["Value"]) for one in told.get("Dimensions", [])))
    return Metric(told["Namespace"], told["MetricName"], dimensions)
