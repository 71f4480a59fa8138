"""The command ``stats`` of Logs Insights: rows put into groups, and numbers of each group."""

import math
from collections.abc import Callable, Iterable, Sequence

from rehearsal.dashboard.expressions import Evaluate, InsightsError, Row, Value, number, shown
from rehearsal.dashboard.parsing import Reader

Aggregate = Callable[[Sequence[Row]], Value]


def grouped(reader: Reader, rows: Iterable[Row]) -> tuple[list[str], list[dict[str, Value]]]:
    """The columns and rows that ``stats`` makes of these rows. Without groups there is one row, always."""
    aggregates: list[tuple[str, Aggregate]] = []
    groups: list[tuple[str, Evaluate]] = []
    reader.listed(lambda: aggregates.append(_aggregate(reader)))
    if reader.accept("by"):
        reader.listed(lambda: groups.append(named(reader)))
    members: dict[tuple[Value, ...], list[Row]] = {}
    for row in rows:
        members.setdefault(tuple(value(row) for _, value in groups), []).append(row)
    if not groups:
        members.setdefault((), [])
    made = [
        dict(zip((name for name, _ in groups), key, strict=True))
        | {name: aggregate(found) for name, aggregate in aggregates}
        for key, found in members.items()
    ]
    return [name for name, _ in (*groups, *aggregates)], made


def named(reader: Reader) -> tuple[str, Evaluate]:
    """An expression with its alias, or with its own text for a name."""
    start = reader.position
    value = reader.expression()
    name = reader.source(start).strip("`")
    return (reader.name() if reader.accept("as") else name), value


def _aggregate(reader: Reader) -> tuple[str, Aggregate]:
    start = reader.position
    function = reader.take().text.lower()
    reader.expect("(")
    everything = reader.accept("*") or reader.peek() == ")"
    value: Evaluate = (lambda row: 1.0) if everything else reader.expression()
    share = float(reader.take().text) if reader.accept(",") else None
    reader.expect(")")
    name = reader.source(start)
    return (reader.name() if reader.accept("as") else name), _aggregation(function, value, share)


def _aggregation(function: str, value: Evaluate, share: float | None) -> Aggregate:
    if function == "count":
        return lambda rows: float(sum(value(row) is not None for row in rows))
    if function == "count_distinct":
        return lambda rows: float(len({shown(v) for row in rows if (v := value(row)) is not None}))
    reductions: dict[str, Callable[[list[float]], float]] = {
        "sum": sum,
        "avg": lambda numbers: sum(numbers) / len(numbers),
        "max": max,
        "min": min,
        "pct": lambda numbers: percentile(numbers, share or 50.0),
    }
    if function not in reductions:
        raise InsightsError(f"there is no aggregation {function} here")

    def reduced(rows: Sequence[Row]) -> Value:
        numbers = [found for row in rows if (found := number(value(row))) is not None]
        return float(reductions[function](numbers)) if numbers else None

    return reduced


def percentile(numbers: Sequence[float], share: float) -> float:
    """The smallest of these numbers that at least ``share`` percent do not exceed."""
    ordered = sorted(numbers)
    return ordered[max(math.ceil(share / 100 * len(ordered)), 1) - 1]
