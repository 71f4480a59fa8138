"""The ``metrics`` array of a metric widget. The CDK writes no shorthands, so they are refused.

After "Dashboard body structure and syntax" in the CloudWatch API reference.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_DEFAULT_PERIOD = 300
_DEFAULT_STATISTIC = "Average"


class DashboardError(Exception):
    """A dashboard that this page cannot show as CloudWatch would; says what it does not know."""


@dataclass(frozen=True)
class Metric:
    """A metric by its names."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class Plotted:
    """One entry of a widget: a metric or an expression, and how to draw it. ``period`` in seconds."""

    id: str
    metric: Metric | None = None
    expression: str | None = None
    label: str = ""
    statistic: str = _DEFAULT_STATISTIC
    period: int = _DEFAULT_PERIOD
    right: bool = False
    color: str | None = None


def plotted(properties: Mapping[str, Any]) -> list[Plotted]:
    """The entries of a metric widget; raises DashboardError for one that is not understood."""
    found: list[Plotted] = []
    for number, row in enumerate(properties.get("metrics", [])):
        options = dict(row[-1]) if row and isinstance(row[-1], Mapping) else {}
        names = [part for part in row if isinstance(part, str)]
        if len(names) + bool(options) != len(row) or "." in names or "..." in names:
            raise DashboardError(f"not understood in metrics: {row!r}")
        found.append(_entry(names, options, properties, number))
    return found


def _entry(
    names: Sequence[str], options: Mapping[str, Any], properties: Mapping[str, Any], number: int
) -> Plotted:
    if not names and "expression" not in options:
        raise DashboardError(f"neither metric nor expression: {options!r}")
    if names and len(names) % 2:
        raise DashboardError(f"a dimension without a value: {names!r}")
    metric = None
    if names:
        dimensions = tuple(sorted(zip(names[2::2], names[3::2], strict=True)))
        metric = Metric(names[0], names[1], dimensions)
    return Plotted(
        id=options.get("id", f"unnamed{number}"),
        metric=metric,
        expression=options.get("expression"),
        label=options.get("label", metric.name if metric else options.get("id", "")),
        statistic=options.get("stat", properties.get("stat", _DEFAULT_STATISTIC)),
        period=int(options.get("period", properties.get("period", _DEFAULT_PERIOD))),
        right=options.get("yAxis", "left") == "right",
        color=options.get("color"),
    )
