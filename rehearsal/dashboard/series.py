"""The curves of a metric widget: samples put into periods, and searches found."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from rehearsal.dashboard.metrics import DashboardError, Plotted
from rehearsal.dashboard.search import search
from rehearsal.dashboard.source import Source

_REDUCTIONS: dict[str, Callable[[Sequence[float]], float]] = {
    "Sum": sum,
    "Maximum": max,
    "Minimum": min,
    "Average": lambda values: sum(values) / len(values),
    "SampleCount": len,
}
Values = dict[datetime, float]


@dataclass(frozen=True)
class Span:
    """A stretch of virtual time."""

    start: datetime
    end: datetime

    def bins(self, period: int) -> list[datetime]:
        """The starts of all periods that begin before the end, the first one around the start."""
        first = _bin(self.start, period)
        count = math.ceil((self.end - first).total_seconds() / period)
        return [first + timedelta(seconds=period * number) for number in range(count)]


@dataclass(frozen=True)
class Series:
    """One curve: its entry in the widget, and a value for each period that has one. ``measured`` is False
    for a metric that nobody measures on this machine."""

    entry: Plotted
    values: Values
    measured: bool = True

    @property
    def label(self) -> str:
        """What the legend calls it."""
        return self.entry.label


def curves(entries: Sequence[Plotted], source: Source, span: Span, *, whole: bool = False) -> list[Series]:
    """What a widget draws: its metrics and what its searches find. With ``whole`` all the time is one
    period."""
    drawn: list[Series] = []
    for entry in entries:
        found = [entry] if entry.metric else search(entry, source.known())
        drawn += [measure(one, source, span, whole=whole) for one in found]
    return drawn


def reduce(statistic: str, values: Sequence[float]) -> float:
    """All values of a period as one; raises DashboardError for a statistic that is not known."""
    if statistic in _REDUCTIONS:
        return float(_REDUCTIONS[statistic](values))
    share = statistic.removeprefix("p")
    if statistic.startswith("p") and share.replace(".", "", 1).isdigit():
        # the smallest of these numbers that at least so many percent do not exceed
        return sorted(values)[max(math.ceil(float(share) / 100 * len(values)), 1) - 1]
    raise DashboardError(f"unknown statistic {statistic!r}")


def measure(entry: Plotted, source: Source, span: Span, *, whole: bool = False) -> Series:
    """The curve of one metric; with ``whole`` all the time is one period."""
    assert entry.metric is not None
    start = span.start if whole else _bin(span.start, entry.period)  # the first period counts as a whole
    samples = source.samples(entry.metric, start, span.end)
    if samples is None:
        return Series(entry, {}, measured=False)
    grouped: dict[datetime, list[float]] = {}
    for sample in samples:
        at = start if whole else _bin(sample.at, entry.period)
        grouped.setdefault(at, []).append(sample.value)
    return Series(entry, {at: reduce(entry.statistic, values) for at, values in sorted(grouped.items())})


def _bin(at: datetime, period: int) -> datetime:
    return datetime.fromtimestamp(at.timestamp() // period * period, UTC)
