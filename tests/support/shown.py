"""What the deployed app shows and watches: its dashboard, its alarms, its saved queries."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from rehearsal.dashboard.insights import named_in
from tests.support.template import Assembly, arn_text

_SEARCH = re.compile(r"SEARCH\('\{(?P<schema>[^}]+)\} (?P<terms>.+)', '(?P<statistic>\w+)', \d+\)")
_QUERY = re.compile(r"(?P<sources>(?:SOURCE '[^']+' \| )+)(?P<query>.+)", re.DOTALL)
_TERM = re.compile(r'(NOT )?(\w+)="([^"]+)"')


class Metric(NamedTuple):
    """A metric that something names. A dimension's value is None where any will do; that of a resource's name
    is the reference to it, `<logical id>`."""

    namespace: str
    name: str
    dimensions: frozenset[tuple[str, str | None]]

    @property
    def dimension_names(self) -> set[str]:
        return {name for name, _ in self.dimensions}


class Search(NamedTuple):
    """A SEARCH expression: what it finds, and the values of dimensions that it leaves out."""

    metric: Metric
    without: frozenset[tuple[str, str]]


def widgets(assembly: Assembly) -> list[dict[str, Any]]:
    """The dashboard's widgets; references to resources stand as `<logical id>`."""
    body = json.loads(arn_text(assembly.one("AWS::CloudWatch::Dashboard")["DashboardBody"]))
    found: list[dict[str, Any]] = body["widgets"]
    return found


def metrics_of(widget: Mapping[str, Any]) -> Iterator[Metric]:
    """What one widget draws; nothing for texts and tables."""
    for entry in widget["properties"].get("metrics", ()):
        if isinstance(entry[0], dict):
            yield search(entry[0]["expression"]).metric
            continue
        namespace, name, *rest = [part for part in entry if isinstance(part, str)]
        yield _metric(namespace, name, zip(rest[::2], rest[1::2], strict=True))


def search(expression: str) -> Search:
    """A SEARCH expression taken apart; any other fails."""
    match = _SEARCH.fullmatch(expression)
    assert match, f"not understood: {expression}"
    namespace, *names = match["schema"].split(",")
    terms = _TERM.findall(match["terms"])
    fixed = {name: value for negated, name, value in terms if not negated}
    metric = fixed.pop("MetricName")
    assert set(fixed) <= set(names), f"dimensions that the schema lacks: {expression}"
    dimensions = frozenset((name, fixed.get(name)) for name in names)
    without = frozenset((name, value) for negated, name, value in terms if negated)
    return Search(Metric(namespace, metric, dimensions), without)


def searches(assembly: Assembly) -> list[Search]:
    """All SEARCH expressions of the dashboard."""
    entries = [entry for widget in widgets(assembly) for entry in widget["properties"].get("metrics", ())]
    return [search(entry[0]["expression"]) for entry in entries if isinstance(entry[0], dict)]


def all_metrics(assembly: Assembly) -> set[Metric]:
    """Every metric that a widget draws or an alarm watches."""
    drawn = {metric for widget in widgets(assembly) for metric in metrics_of(widget)}
    return drawn | set(_watched(assembly))


def saved_queries(assembly: Assembly) -> dict[str, str]:
    """The saved queries by their names without the folder."""
    saved = assembly.properties("AWS::Logs::QueryDefinition")
    return {query["Name"].rpartition("/")[2]: query["QueryString"] for query in saved}


def tables(assembly: Assembly) -> dict[str, tuple[list[str], str]]:
    """The dashboard's queries by title: the log groups that they read, and the query itself."""
    found = {}
    for widget in widgets(assembly):
        if widget["type"] == "log":
            match = _QUERY.fullmatch(widget["properties"]["query"])
            assert match, f"not understood: {widget['properties']['query']}"
            found[widget["properties"]["title"]] = (re.findall(r"<\w+>", match["sources"]), match["query"])
    return found


def fields_of(query: str) -> set[str]:
    """The fields of a log line that a query names; CloudWatch's own and the query's aliases left out."""
    return {name for name in named_in(query) if not name.startswith("@")}


def filters_of(query: str) -> list[str]:
    """The commands of a query that choose lines."""
    return [command for command in query.split("\n| ") if command.startswith("filter ")]


def _watched(assembly: Assembly) -> Iterator[Metric]:
    for alarm in assembly.properties("AWS::CloudWatch::Alarm"):
        dimensions = [(one["Name"], arn_text(one["Value"])) for one in alarm.get("Dimensions", ())]
        yield _metric(alarm["Namespace"], alarm["MetricName"], dimensions)


def _metric(namespace: str, name: str, dimensions: Any) -> Metric:
    return Metric(namespace, name, frozenset(dimensions))
