"""Where the page's numbers come from, and what is not measured on one machine."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from rehearsal.aws.deployed_app import DeployedApp
from rehearsal.dashboard import emf
from rehearsal.dashboard.emf import Record
from rehearsal.dashboard.invocations import Invocation, invocations
from rehearsal.dashboard.lines import LogLine
from rehearsal.dashboard.metrics import Metric

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
    """The functions' own metrics, what their logs tell of their invocations, and what the queues hold now."""

    def __init__(self, deployed: DeployedApp, lines: Sequence[LogLine]) -> None:
        self._deployed = deployed
        self._counted = Records(emf.parse(line.message for line in lines))
        self._invocations = invocations(lines)

    def known(self) -> Iterable[Metric]:
        """What the functions counted: no search looks for metrics of AWS."""
        return self._counted.known()

    def samples(self, metric: Metric, start: datetime, end: datetime) -> Sequence[Sample] | None:
        """None for metrics of AWS that nobody measures here."""
        if not metric.namespace.startswith("AWS/"):
            return self._counted.samples(metric, start, end)
        if metric.namespace == "AWS/Lambda":
            return self._of_lambda(metric, start, end)
        if (metric.namespace, metric.name) == (_VISIBLE.namespace, _VISIBLE.name):
            return self._in_queue(dict(metric.dimensions)["QueueName"])
        return None

    def _of_lambda(self, metric: Metric, start: datetime, end: datetime) -> Sequence[Sample] | None:
        """Durations are turned back into real time: a function's work is as fast as it is."""
        speed = self._deployed.clock.working_speed
        values: Mapping[str, Callable[[Invocation], float]] = {
            "Invocations": lambda one: 1.0,
            "Errors": lambda one: float(one.failed),
            "Duration": lambda one: one.milliseconds / speed,
        }
        group = self._group_of(dict(metric.dimensions).get("FunctionName", ""))
        if metric.name not in values or group is None:
            return None
        value = values[metric.name]
        return [
            Sample(one.ended_at, value(one))
            for one in self._invocations
            if one.group == group and start <= one.ended_at < end
        ]

    def _group_of(self, function: str) -> str | None:
        """The log group of a function: the stack's outputs name both, with the same beginning."""
        outputs = self._deployed.deployment.outputs
        names = [name for name, value in outputs.items() if value == function and name.endswith("Function")]
        return outputs.get(names[0].removesuffix("Function") + "LogGroup") if names else None

    def _in_queue(self, name: str) -> Sequence[Sample]:
        """One value, now: the queue itself is asked, because the emulator measures none over time."""
        queues = self._deployed.emulator.client("sqs")
        url = queues.get_queue_url(QueueName=name)["QueueUrl"]
        attribute = "ApproximateNumberOfMessages"
        told: Mapping[str, str] = queues.get_queue_attributes(QueueUrl=url, AttributeNames=[attribute])[
            "Attributes"
        ]
        return [Sample(self._deployed.clock.now(), float(told[attribute]))]
