"""Runs a CloudWatch Logs Insights query over log lines; no public library does without AWS.

Commands: fields, filter, stats, sort, limit and display. Others raise InsightsError.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from rehearsal.dashboard.expressions import Evaluate, InsightsError, Value, number, shown, tokens
from rehearsal.dashboard.lines import LogLine
from rehearsal.dashboard.parsing import Reader
from rehearsal.dashboard.statistics import grouped, named

_DEFAULT_COLUMNS = ("@timestamp", "@message")
# What a query may return when it does not say: as in Logs Insights.
_DEFAULT_LIMIT = 10_000


@dataclass(frozen=True)
class Table:
    """What a query found: the names of its columns, and its rows as text."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass
class _Run:
    """The rows on their way through the commands of one query."""

    rows: list[dict[str, Value]]
    columns: list[str] = field(default_factory=list)
    limit: int = _DEFAULT_LIMIT
    sorted: bool = False


def run(query: str, lines: Iterable[LogLine]) -> Table:
    """The rows that ``query`` finds in these lines; raises InsightsError for one that is not understood."""
    state = _Run([discover(line) for line in lines])
    words = tokens(query)
    start = 0
    for end in [*(at for at, word in enumerate(words) if word.text == "|"), len(words)]:
        reader = Reader(query, words[start:end])
        command = reader.take().text.lower()
        if command not in _COMMANDS:
            raise InsightsError(f"there is no command {command!r} here")
        _COMMANDS[command](state, reader)
        reader.finish()
        start = end + 1
    if not state.sorted:
        state.rows.sort(key=lambda row: shown(row.get("@timestamp")), reverse=True)
    columns = tuple(state.columns or _DEFAULT_COLUMNS)
    found = state.rows[: state.limit]
    return Table(columns, tuple(tuple(shown(row.get(name)) for name in columns) for row in found))


def discover(line: LogLine) -> dict[str, Value]:
    """The fields of a log line: CloudWatch's own, and those of its JSON by their paths."""
    fields: dict[str, Value] = {
        "@timestamp": line.at,
        "@message": line.message,
        "@log": line.group,
        "@logStream": line.stream,
    }
    try:
        document = json.loads(line.message)
    except ValueError:
        return fields
    return fields | dict(_paths("", document)) if isinstance(document, dict) else fields


def _paths(prefix: str, value: object) -> Iterator[tuple[str, Value]]:
    match value:
        case dict():
            for key, inner in value.items():
                yield from _paths(f"{prefix}.{key}" if prefix else str(key), inner)
        case list():
            for key, inner in enumerate(value):
                yield from _paths(f"{prefix}.{key}", inner)
        case bool() | int() | float():
            yield prefix, float(value)
        case str():
            yield prefix, value
        case _:
            pass  # null: the field is not there


def _fields(state: _Run, reader: Reader) -> None:
    def one() -> None:
        name, value = named(reader)
        for row in state.rows:
            row[name] = value(row)
        if name not in state.columns:
            state.columns.append(name)

    reader.listed(one)


def _display(state: _Run, reader: Reader) -> None:
    state.columns = []
    reader.listed(lambda: state.columns.append(reader.name()))


def _filter(state: _Run, reader: Reader) -> None:
    wanted = reader.expression()
    state.rows = [row for row in state.rows if wanted(row)]


def _limit(state: _Run, reader: Reader) -> None:
    state.limit = min(state.limit, int(reader.take().text))


def _sort(state: _Run, reader: Reader) -> None:
    keys: list[tuple[Evaluate, bool]] = []

    def one() -> None:
        key = reader.expression()
        descending = not reader.accept("asc") and reader.accept("desc")
        keys.append((key, descending))

    reader.listed(one)
    # the last key first: Python's sort keeps the order of equals
    for key, descending in reversed(keys):
        state.rows.sort(key=lambda row, key=key: _order(key(row)), reverse=descending)  # type: ignore[misc]
    state.sorted = True


def _order(value: Value) -> tuple[int, float, str]:
    """Missing before numbers before text, so that a descending sort has what is missing last."""
    as_number = number(value)
    return (0 if value is None else 2 if as_number is None else 1, as_number or 0.0, shown(value))


def _stats(state: _Run, reader: Reader) -> None:
    state.columns, state.rows = grouped(reader, state.rows)
    state.sorted = True


_COMMANDS: dict[str, Callable[[_Run, Reader], None]] = {
    "fields": _fields,
    "filter": _filter,
    "stats": _stats,
    "sort": _sort,
    "limit": _limit,
    "display": _display,
}
