"""What dashboard, alarms and saved queries name is what the deployed functions emit, and all of it.

A metric that nobody emits is a graph that stays empty and an alarm that never rings; one that nobody shows is
paid for in vain. One rehearsal with an outcome of every kind tells what is emitted.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from infra.dashboard.queries import A_SERVICE
from infra.function import METRICS_NAMESPACE
from rehearsal.aws.deployed_app import DeployedApp
from rehearsal.dashboard.emf import Record, parse
from rehearsal.dashboard.insights import discover, run
from rehearsal.dashboard.lines import LogLine, function_groups, read_lines
from tests.support.fault_proxy import Interceptor
from tests.support.shown import Metric, all_metrics, fields_of, filters_of, saved_queries
from tests.support.template import Assembly, arn_text
from tests.wire.outcomes import rehearse_everything

# Fields that Powertools puts into every line.
EVERYWHERE = frozenset(
    [
        "level",
        "location",
        "message",
        "timestamp",
        "service",
        "cold_start",
        "function_name",
        "function_memory_size",
        "function_arn",
        "function_request_id",
        "xray_trace_id",
    ]
)
# Fields that no query names, each with its reason.
UNNAMED = {
    "reasons": "one path for each gate and number: `unwedge explain` prints them readably",
    "checks": "one path for each check: the widget Verified shows them readably",
    "exception_name": "the exception's own text begins with it",
    "stack_trace": "frame by frame what `exception` has as one text",
}


@dataclass(frozen=True)
class Emitted:
    """All that the deployed functions have logged, and the app that they belong to. `names` are those that
    its resources got, by their references in the template."""

    app: Assembly
    names: Mapping[str, str]
    lines: tuple[LogLine, ...]

    @property
    def shown(self) -> set[Metric]:
        """What is drawn or watched, with the names that the resources got."""
        return {
            metric._replace(
                dimensions=frozenset(
                    (key, self.names.get(str(value), value)) for key, value in metric.dimensions
                )
            )
            for metric in all_metrics(self.app)
        }

    @property
    def records(self) -> list[Record]:
        """The metrics among the lines."""
        return list(parse(line.message for line in self.lines))

    @property
    def structured(self) -> list[LogLine]:
        """The lines that the functions wrote for people."""
        return [line for line in self.lines if "message" in discover(line) and '"_aws"' not in line.message]

    def chosen_by(self, query: str) -> list[LogLine]:
        """The lines that a query's filters let through."""
        found = run("\n| ".join([*filters_of(query), "fields @message"]), self.structured)
        texts = {message for (message,) in found.rows}
        return [line for line in self.structured if line.message in texts]

    @property
    def queries(self) -> dict[str, str]:
        """The saved queries, with a service in place of the placeholder."""
        return {name: text.replace(A_SERVICE, "recovers") for name, text in saved_queries(self.app).items()}


@pytest.fixture(scope="module")
def emitted(deployed: DeployedApp, interceptor: Interceptor) -> Emitted:
    """One rehearsal of all outcomes."""
    rehearse_everything(deployed, interceptor)
    app = Assembly(deployed.deployment.cloud_assembly)
    outputs = deployed.deployment.outputs
    names = {arn_text(output["Value"]): outputs[name] for name, output in app.template["Outputs"].items()}
    return Emitted(app, names, tuple(read_lines(deployed, function_groups(deployed))))


def _matches(shown: Metric, record: Record) -> bool:
    fixed = {name: value for name, value in shown.dimensions if value is not None}
    return (
        (shown.namespace, shown.name) == (record.namespace, record.name)
        and shown.dimension_names == set(record.dimensions)
        and all(record.dimensions[name] == value for name, value in fixed.items())
    )


def test_every_metric_that_is_drawn_or_watched_is_emitted_with_these_dimensions(emitted: Emitted) -> None:
    """CloudWatch files each set of dimensions as a metric of its own: one more or less finds nothing."""
    named = {metric for metric in emitted.shown if metric.namespace == METRICS_NAMESPACE}
    assert len(named) > 20
    assert [metric for metric in named if not any(_matches(metric, r) for r in emitted.records)] == []


def test_every_metric_that_is_emitted_is_drawn_or_watched(emitted: Emitted) -> None:
    """A custom metric costs money each month."""
    named = emitted.shown
    unseen = [r for r in emitted.records if not any(_matches(metric, r) for metric in named)]
    assert {(record.name, *sorted(record.dimensions)) for record in unseen} == set()


def test_all_metrics_are_ours_or_those_of_aws(emitted: Emitted) -> None:
    """The first are held against a rehearsal here, the others against AWS's documentation elsewhere."""
    namespaces = {metric.namespace for metric in emitted.shown}
    assert {name for name in namespaces if not name.startswith("AWS/")} == {METRICS_NAMESPACE}


def test_every_query_finds_lines_and_every_field_that_it_names_is_in_them(emitted: Emitted) -> None:
    """A field that does not exist is an empty column, and a filter on it lets nothing through."""
    for name, query in emitted.queries.items():
        found: set[str] = set().union(*(discover(line) for line in emitted.chosen_by(query)))
        assert found, f"{name} finds no line"
        assert fields_of(query) - found == set(), name
        assert run(query, emitted.structured).rows, f"{name} has no row"


def test_every_field_of_every_line_is_named_by_a_query(emitted: Emitted) -> None:
    """What is logged and never shown is forgotten in an incident."""
    named = {
        (_kind(line), _root(field))
        for query in emitted.queries.values()
        for line in emitted.chosen_by(query)
        for field in fields_of(query)
    }
    logged = {(_kind(line), _root(field)) for line in emitted.structured for field in discover(line)}
    unnamed = {(kind, field) for kind, field in logged - named if field not in EVERYWHERE | UNNAMED.keys()}
    assert {(kind, field) for kind, field in unnamed if not field.startswith("@")} == set()
    assert {kind for kind, _ in logged} == {kind for kind, _ in named}, "lines that no query finds"


def test_each_exception_is_still_needed(emitted: Emitted) -> None:
    """An exception for what is not logged any more would hide the next field of that name."""
    logged = {_root(field) for line in emitted.structured for field in discover(line)}
    assert UNNAMED.keys() - logged == set()


def _kind(line: LogLine) -> str:
    document: Mapping[str, object] = json.loads(line.message)
    return str(document["message"])


def _root(field: str) -> str:
    return field.partition(".")[0]
