"""Runs the deployed queries of CloudWatch Logs Insights over log lines; no public library does without AWS.

The grammar has what this project's own queries use, after "CloudWatch Logs Insights language query syntax" in
the CloudWatch Logs user guide. Anything else is refused: a query half understood would show half a truth.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from lark import Lark, Token, Transformer
from lark.exceptions import LarkError

from rehearsal.dashboard.lines import LogLine

# A field's value. Booleans of JSON are 1 and 0 in Logs Insights.
Value = str | float | datetime | None
Row = dict[str, Value]
Rows = tuple[list[str], list[Row]]
Command = Callable[[Rows], Rows]
Test = Callable[[Row], bool]
Aggregate = Callable[[list[Row]], Value]

_DEFAULT_COLUMNS = ["@timestamp", "@message"]
_GRAMMAR = r"""
    query: command ("|" command)*
    ?command: "fields" names -> fields
            | "filter" any -> filter
            | "stats" aggregate ("," aggregate)* "by" names -> stats
            | "sort" key ("," key)* -> sort
            | "limit" NUMBER -> limit
    names: NAME ("," NAME)*
    any: all ("or" all)*
    all: test ("and" test)*
    ?test: NAME "=" value -> equal
         | NAME ">" NUMBER -> more
         | NAME "in" "[" values "]" -> one_of
         | NAME "not" "in" "[" values "]" -> none_of
         | NAME "like" TEXT -> like
    values: value ("," value)*
    ?value: TEXT | NUMBER
    ?aggregate: "count" "(" "*" ")" "as" NAME -> count
              | "max" "(" NAME ")" "as" NAME -> highest
    key: NAME ORDER
    ORDER: "asc" | "desc"
    NAME: /[@A-Za-z_][\w.@]*/ | /`[^`]+`/
    TEXT: /"[^"\\]*"/
    NUMBER: /\d+(\.\d+)?/
    %ignore /\s+/
"""


class InsightsError(Exception):
    """A query that is wrong, or beyond what is understood here; says where."""


@dataclass(frozen=True)
class Table:
    """What a query found: the names of its columns, and its rows as text."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def run(query: str, lines: Iterable[LogLine]) -> Table:
    """The rows that ``query`` finds in these lines; raises InsightsError for one that is not understood."""
    try:
        commands: list[Command] = _Commands().transform(_parser().parse(query)).children
    except LarkError as error:
        raise InsightsError(f"not understood: {query!r}: {error}") from error
    # without a sort the newest come first
    found: Rows = ([], sorted(map(discover, lines), key=lambda row: shown(row["@timestamp"]), reverse=True))
    for command in commands:
        found = command(found)
    columns, rows = found
    columns = columns or _DEFAULT_COLUMNS
    return Table(tuple(columns), tuple(tuple(shown(row.get(name)) for name in columns) for row in rows))


def named_in(query: str) -> set[str]:
    """The fields of a log line that a query names; its own aliases left out."""
    tree = _parser().parse(query)
    aliases = {node.children[-1] for kind in ("count", "highest") for node in tree.find_data(kind)}
    names = tree.scan_values(lambda token: isinstance(token, Token) and token.type == "NAME")
    return {str(name).strip("`") for name in names if name not in aliases}


@cache
def _parser() -> Lark:
    return Lark(_GRAMMAR, start="query", parser="lalr")


def discover(line: LogLine) -> Row:
    """The fields of a log line: CloudWatch's own, and those of its JSON by their paths."""
    fields: Row = {"@timestamp": line.at, "@message": line.message}
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


def shown(value: Value) -> str:
    """A value as Logs Insights shows it."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.") + f"{value.microsecond // 1000:03d}"
    return f"{value:.4f}".rstrip("0").rstrip(".") if isinstance(value, float) else value


def _order(value: Value) -> tuple[int, float, str]:
    """Missing before numbers before text, so that a descending sort has what is missing last."""
    number = value if isinstance(value, float) else 0.0
    return (0 if value is None else 1 if isinstance(value, float) else 2, number, shown(value))


def _number(value: Value) -> float | None:
    return value if isinstance(value, float) else None


class _Commands(Transformer[Token, Any]):
    """Each command as a function of the rows before it; names and texts without their quotation marks."""

    def __default_token__(self, token: Token) -> object:
        if token.type == "NUMBER":
            return float(token)
        return str(token)[1:-1] if token.type == "TEXT" else str(token).strip("`")

    def names(self, found: list[str]) -> list[str]:
        return found

    values = names

    def fields(self, found: list[list[str]]) -> Command:
        return lambda rows: ([*rows[0], *found[0]], rows[1])

    def filter(self, found: list[Test]) -> Command:
        return lambda rows: (rows[0], [row for row in rows[1] if found[0](row)])

    def limit(self, found: list[float]) -> Command:
        return lambda rows: (rows[0], rows[1][: int(found[0])])

    def key(self, found: list[str]) -> tuple[str, bool]:
        return found[0], found[1] == "desc"

    def sort(self, keys: list[tuple[str, bool]]) -> Command:
        def ordered(rows: Rows) -> Rows:
            made = list(rows[1])
            # the last key first: Python's sort keeps the order of equals
            for name, descending in reversed(keys):
                made.sort(key=lambda row, name=name: _order(row.get(name)), reverse=descending)  # type: ignore[misc]
            return rows[0], made

        return ordered

    def any(self, tests: list[Test]) -> Test:
        return lambda row: any(test(row) for test in tests)

    def all(self, tests: list[Test]) -> Test:
        return lambda row: all(test(row) for test in tests)

    def equal(self, found: Sequence[str]) -> Test:
        return lambda row: row.get(found[0]) == found[1]

    def more(self, found: tuple[str, float]) -> Test:
        return lambda row: (value := _number(row.get(found[0]))) is not None and value > found[1]

    def one_of(self, found: tuple[str, list[str]]) -> Test:
        return lambda row: row.get(found[0]) in found[1]

    def none_of(self, found: tuple[str, list[str]]) -> Test:
        return lambda row: row.get(found[0]) not in found[1]

    def like(self, found: Sequence[str]) -> Test:
        return lambda row: found[1] in shown(row.get(found[0]))

    def count(self, found: Sequence[str]) -> tuple[str, Aggregate]:
        return found[0], lambda rows: float(len(rows))

    def highest(self, found: Sequence[str]) -> tuple[str, Aggregate]:
        def value(rows: list[Row]) -> Value:
            numbers = (_number(row.get(found[0])) for row in rows)
            return max((number for number in numbers if number is not None), default=None)

        return found[1], value

    def stats(self, found: list[Any]) -> Command:
        aggregates: list[tuple[str, Aggregate]] = found[:-1]
        groups: list[str] = found[-1]

        def grouped(rows: Rows) -> Rows:
            members: dict[tuple[Value, ...], list[Row]] = {}
            for row in rows[1]:
                members.setdefault(tuple(row.get(name) for name in groups), []).append(row)
            made = [
                dict(zip(groups, key, strict=True)) | {name: value(same) for name, value in aggregates}
                for key, same in members.items()
            ]
            return [*groups, *(name for name, _ in aggregates)], made

        return grouped
