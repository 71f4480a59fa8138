"""The dashboard: it can be read, it explains itself, and it stays within what CloudWatch takes."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

from infra.function import METRICS_NAMESPACE
from rehearsal.dashboard.insights import run
from tests.support.shown import all_metrics, metrics_of, saved_queries, searches, tables, widgets
from tests.support.template import CLUSTERS, Assembly, arn_text, synthesised
from unwedge.model.decision import Verdict
from unwedge.people.view.viewer import DESCRIPTION

RECORDINGS = Path(__file__).parents[1] / "replay"
COLUMNS = 24
# CloudWatch user guide, "CloudWatch service quotas".
MOST_WIDGETS, MOST_METRICS_OF_A_WIDGET, MOST_METRICS = 500, 500, 2500
# At some 70 pixels a column and 50 a row; a third is taken by margins and short lines.
CHARACTERS_PER_CELL = 15
WORRY = "**Worry** "
# Metrics of AWS with their dimensions. Amazon SQS developer guide, "Available CloudWatch metrics for Amazon
# SQS"; AWS Lambda developer guide, "Types of metrics for Lambda functions".
WORDS = {
    12: "twelve",
    13: "thirteen",
    14: "fourteen",
    15: "fifteen",
    16: "sixteen",
    17: "seventeen",
    20: "twenty",
}
AWS_METRICS = {
    ("AWS/SQS", "ApproximateAgeOfOldestMessage"): {"QueueName"},
    ("AWS/SQS", "ApproximateNumberOfMessagesVisible"): {"QueueName"},
    ("AWS/Events", "Invocations"): {"RuleName"},
    ("AWS/Lambda", "Invocations"): {"FunctionName"},
    ("AWS/Lambda", "Errors"): {"FunctionName"},
    ("AWS/Lambda", "Throttles"): {"FunctionName"},
    ("AWS/Lambda", "Duration"): {"FunctionName"},
    ("AWS/Lambda", "IteratorAge"): {"FunctionName"},
}


def _cells(widget: dict[str, Any]) -> set[tuple[int, int]]:
    return {
        (widget["x"] + column, widget["y"] + row)
        for column in range(widget["width"])
        for row in range(widget["height"])
    }


def _beside(widget: dict[str, Any]) -> tuple[int, int, int]:
    """Where what stands at a widget's right begins, and how high it is."""
    return widget["x"] + widget["width"], widget["y"], widget["height"]


def test_the_widgets_fill_the_page_without_a_hole_and_on_no_other_widget(either: Assembly) -> None:
    """A row that is too wide is broken by itself, and tears a graph and its text apart."""
    taken = Counter(cell for widget in widgets(either) for cell in _cells(widget))
    assert [cell for cell, times in taken.items() if times > 1] == []
    bottom = max(row for _, row in taken) + 1
    assert set(taken) == {(column, row) for column in range(COLUMNS) for row in range(bottom)}


def test_every_graph_says_beside_it_what_it_means_and_when_to_worry(either: Assembly) -> None:
    """A number that nobody can judge is decoration."""
    texts = {(w["x"], w["y"], w["height"]): w for w in widgets(either) if w["type"] == "text"}
    graphs = [widget for widget in widgets(either) if widget["type"] == "metric"]
    assert len(graphs) > 10
    for graph in graphs:
        text = texts.pop(_beside(graph), None)
        title = graph["properties"]["title"]
        assert text, f"{title} has no text beside it"
        means, _, worry = text["properties"]["markdown"].partition(WORRY)
        assert min(len(means.split()), len(worry.split())) > 4, title
    assert {text["width"] for text in texts.values()} == {COLUMNS}, "a text beside nothing"


def test_every_text_fits_its_box(either: Assembly) -> None:
    """What does not fit is cut off until somebody scrolls inside the box."""
    for widget in widgets(either):
        if widget["type"] == "text":
            text = widget["properties"]["markdown"]
            most = widget["width"] * widget["height"] * CHARACTERS_PER_CELL
            assert len(text) <= most, f"{len(text)} characters, room for {most}: {text}"


def test_the_dashboard_stays_within_the_quotas(either: Assembly) -> None:
    """A search counts as all that it may find: one line for each verdict."""
    found = [len(list(metrics_of(widget))) for widget in widgets(either)]
    most = len(Verdict) * len(searches(either))
    assert len(found) <= MOST_WIDGETS
    assert max(found) + most <= MOST_METRICS_OF_A_WIDGET
    assert sum(found) + most <= MOST_METRICS


def test_the_readme_counts_the_metrics_and_the_alarms_that_it_gives_prices_of(either: Assembly) -> None:
    """Each metric once; the searches apart, as it says in words what they find."""
    readme = " ".join((Path(__file__).parents[2] / "README.md").read_text().split())
    shown = len({metric for widget in widgets(either) for metric in metrics_of(widget)})
    alarms = len(either.resources("AWS::CloudWatch::Alarm"))
    assert f"this one has {shown - len(searches(either))} and one more for each" in readme
    assert f"{WORDS[alarms]} alarms (0.10 USD each)" in readme


def test_the_readme_counts_the_custom_metrics_of_a_stack_that_may_do_everything() -> None:
    """At most so many are paid for."""
    readme = " ".join((Path(__file__).parents[2] / "README.md").read_text().split())
    app = synthesised({"clusters": list(CLUSTERS), "repairs": True})
    own = {metric.name for metric in all_metrics(app) if metric.namespace == METRICS_NAMESPACE}
    assert f"and {len(own)} custom metrics" in readme


def test_each_time_is_shown_as_median_and_90th_percentile(either: Assembly) -> None:
    """A mean of a few incidents says nothing; both over time, and over the whole range."""
    shown = Counter(
        (metric[1], metric[-1]["stat"])
        for widget in widgets(either)
        for metric in widget["properties"].get("metrics", ())
        if isinstance(metric[0], str)
    )
    for name in ("SecondsToDetect", "SecondsToStop", "SecondsToRecover", "GapSeconds"):
        assert (shown[name, "p50"], shown[name, "p90"]) == (2, 2), name


def test_metrics_of_aws_have_the_names_and_dimensions_that_aws_documents(either: Assembly) -> None:
    """CloudWatch takes any name, and draws nothing."""
    foreign = [metric for metric in all_metrics(either) if metric.namespace.startswith("AWS/")]
    assert foreign
    for metric in foreign:
        assert AWS_METRICS.get((metric.namespace, metric.name)) == metric.dimension_names, metric


def test_the_graph_of_refusals_leaves_out_every_verdict_that_acts(either: Assembly) -> None:
    """All recorded decisions with an action tell which these are."""
    (found,) = [search for search in searches(either) if search.metric.name == "Decisions"]
    left_out = {value for _, value in found.without}
    assert left_out <= {verdict.value for verdict in Verdict}
    recorded = [json.loads(path.read_text())["decision"] for path in RECORDINGS.glob("*.json")]
    acting = {decision["verdict"] for decision in recorded if decision["action"]}
    assert len(acting) > 3
    assert acting - left_out == set()


def test_every_function_is_watched_and_its_log_is_read(either: Assembly) -> None:
    """A function that is added later must not be missing on the page."""
    functions = {f"<{name}>" for name in either.resources("AWS::Lambda::Function")}
    drawn = {
        metric[3]
        for widget in widgets(either)
        for metric in widget["properties"].get("metrics", ())
        if metric[:2] == ["AWS/Lambda", "Errors"]
    }
    assert drawn == functions
    groups = {arn_text(f["LoggingConfig"]["LogGroup"]) for f in either.properties("AWS::Lambda::Function")}
    for title, (read, _) in tables(either).items():
        assert set(read) == groups, title
    for query in either.properties("AWS::Logs::QueryDefinition"):
        assert {arn_text(group) for group in query["LogGroupNames"]} == groups, query["Name"]


def test_the_custom_widgets_ask_the_viewer_for_pages_that_it_describes(either: Assembly) -> None:
    """One for what is open now, one for what is verified, one for what was decided, and all "
    "drawn anew whenever the page is."""
    custom = [widget["properties"] for widget in widgets(either) if widget["type"] == "custom"]
    assert [properties["params"]["view"] for properties in custom] == [
        "now",
        "verified",
        "posture",
        "decisions",
    ]
    viewer = arn_text(either.template["Outputs"]["ViewerFunction"]["Value"])
    for properties in custom:
        assert properties["endpoint"] == viewer
        assert f"`{properties['params']['view']}`" in DESCRIPTION
        assert set(properties["updateOn"].values()) == {True}


def test_every_table_of_the_page_is_a_saved_query_as_well(either: Assembly) -> None:
    """Who wants to dig deeper begins where the page ends."""
    saved = saved_queries(either)
    shown = {title: query for title, (_, query) in tables(either).items()}
    assert len(shown) > 3
    assert {title: saved.get(title) for title in shown} == shown
    assert len(saved) > len(shown), "some are only saved: they have a placeholder, or are rarely needed"


def test_saved_queries_stand_in_a_folder_of_the_stack(either: Assembly) -> None:
    """Their names are unique in an account and region: a second stack must be deployable."""
    names = [query["Name"] for query in either.properties("AWS::Logs::QueryDefinition")]
    assert {name.partition("/")[0] for name in names} == {"Unwedge"}
    assert len(set(names)) == len(names)


def test_every_query_is_understood_and_bounded(either: Assembly) -> None:
    """By our own reading of the language, which refuses what it does not know; and with a limit."""
    for name, query in saved_queries(either).items():
        assert run(query, []).columns, name
        assert query.rpartition("\n| ")[2].startswith("limit "), name


def test_where_services_may_be_repaired_the_page_counts_and_lists_it(
    repairing: Assembly, shipped: Assembly
) -> None:
    """Elsewhere a metric that nobody sends would be an empty box."""
    names = {metric.name for metric in all_metrics(repairing)} - {
        metric.name for metric in all_metrics(shipped)
    }
    assert names == {"Repairs", "RepairsRefused", "RepairsFailed"}
    assert set(saved_queries(repairing)) - set(saved_queries(shipped)) == {"Repairs"}
    test_the_widgets_fill_the_page_without_a_hole_and_on_no_other_widget(repairing)
    test_every_text_fits_its_box(repairing)
    test_every_function_is_watched_and_its_log_is_read(repairing)
    test_the_dashboard_stays_within_the_quotas(repairing)
