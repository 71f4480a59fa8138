"""Where the page's numbers come from, and what is not measured on one machine."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from rehearsal.dashboard import emf
from rehearsal.dashboard.emf import Record
from rehearsal.dashboard.lines import LogLine
from rehearsal.dashboard.metrics import Metric
from rehearsal.workshop import Workshop

# The emulator's own finest period for what it measures of Lambda.
_FINEST_SECONDS = 60
_MOST_POINTS = 1440
_VISIBLE = Metric("AWS/SQS", "ApproximateNumberOfMessagesVisible", ())


@dataclass(frozen=True)
class Sample:
    """One measured value."""

    at: datetime
    value: float


class Source(Protocol):
    """Knows the values of metrics."""

    def samples(self, metric: Metric, start: datetime, end: datetime) -> Sequence[Sample] | None:
        """The values from ``start`` until ``end``; None when nobody measures this metric here."""
        ...

    def known(self) -> Iterable[Metric]:
        """All metrics that have a value, for searches."""
        ...


class Records:
    """A source of what the functions counted themselves."""

    def __init__(self, records: Iterable[Record]) -> None:
        self._samples: dict[Metric, list[Sample]] = {}
        for record in records:
            self._samples.setdefault(_metric(record), []).append(Sample(record.at, record.value))

    def samples(self, metric: Metric, start: datetime, end: datetime) -> Sequence[Sample] | None:
        """Counted by the functions, so always measured, and often nothing."""
        return [sample for sample in self._samples.get(metric, []) if start <= sample.at < end]

    def known(self) -> Iterable[Metric]:
        """Every metric that was counted."""
        return self._samples.keys()


def _metric(record: Record) -> Metric:
    return Metric(record.namespace, record.name, tuple(sorted(record.dimensions.items())))


class EmulatorSource:
    """The functions' own metrics, what the emulator measures of Lambda, and what its queues hold now."""

    def __init__(self, workshop: Workshop, lines: Iterable[LogLine]) -> None:
        self._workshop = workshop
        self._counted = Records(emf.parse(line.message for line in lines))

    def known(self) -> Iterable[Metric]:
        """What the functions counted: no search looks for metrics of AWS."""
        return self._counted.known()

    def samples(self, metric: Metric, start: datetime, end: datetime) -> Sequence[Sample] | None:
        """None for metrics of AWS that the emulator does not have."""
        if not metric.namespace.startswith("AWS/"):
            return self._counted.samples(metric, start, end)
        if metric.namespace == "AWS/Lambda":
            return self._of_lambda(metric, start, end)
        if (metric.namespace, metric.name) == (_VISIBLE.namespace, _VISIBLE.name):
            return self._in_queue(dict(metric.dimensions)["QueueName"])
        return None

    def _of_lambda(self, metric: Metric, start: datetime, end: datetime) -> Sequence[Sample] | None:
        """The emulator's sums per minute. It writes a value only for what happened: no errors, no values."""
        watch = self._workshop.emulator.client("cloudwatch")
        first = max(start, end - timedelta(seconds=_FINEST_SECONDS * (_MOST_POINTS - 1)))
        answer = watch.get_metric_statistics(
            Namespace=metric.namespace,
            MetricName=metric.name,
            Dimensions=[{"Name": name, "Value": value} for name, value in metric.dimensions],
            StartTime=first,
            EndTime=end,
            Period=_FINEST_SECONDS,
            Statistics=["Sum" if metric.name in ("Errors", "Invocations", "Throttles") else "Maximum"],
        )
        return [
            Sample(point["Timestamp"], point.get("Sum", point.get("Maximum", 0.0)))
            for point in sorted(answer["Datapoints"], key=lambda point: point["Timestamp"])
        ]

    def _in_queue(self, name: str) -> Sequence[Sample]:
        """One value, now: the queue itself is asked, because the emulator measures none over time."""
        queues = self._workshop.emulator.client("sqs")
        url = queues.get_queue_url(QueueName=name)["QueueUrl"]
        attribute = "ApproximateNumberOfMessages"
        told: Mapping[str, str] = queues.get_queue_attributes(QueueUrl=url, AttributeNames=[attribute])[
            "Attributes"
        ]
        return [Sample(self._workshop.clock.now(), float(told[attribute]))]
