"""Queries of CloudWatch Logs Insights find what they would find there."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from rehearsal.dashboard.expressions import InsightsError
from rehearsal.dashboard.insights import Table, run
from rehearsal.dashboard.lines import LogLine

_START = datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC)
_DECISIONS: tuple[dict[str, object], ...] = (
    {"service": "a", "verdict": "stop-holder", "seconds_to_stop": 30, "escalated": False},
    {"service": "b", "verdict": "would-stop", "seconds_to_stop": None, "escalated": False},
    {"service": "a", "verdict": "recovered", "seconds_to_stop": 50.5, "escalated": False},
    {"service": "c", "verdict": "split-brain", "action": {"kind": "none"}, "escalated": True},
)


def _line(number: int, message: str) -> LogLine:
    return LogLine(_START + timedelta(seconds=number), "/a/group", "stream", message)


_LINES = [
    _line(number, json.dumps({"message": "decision_recorded", **decision}))
    for number, decision in enumerate(_DECISIONS)
] + [_line(9, "START RequestId: 1|2 version"), _line(10, '{"message": "sweep", "read": [7, 8]}')]


def _column(query: str, column: int = 0) -> list[str]:
    return [row[column] for row in run(query, _LINES).rows]


def test_the_fields_asked_for_are_columns_newest_row_first() -> None:
    """Also without a sort; a field that a line does not have is empty."""
    table = run('fields @timestamp, service, seconds_to_stop | filter message = "decision_recorded"', _LINES)

    assert table == Table(
        ("@timestamp", "service", "seconds_to_stop"),
        (
            ("2026-01-02 03:04:08.678", "c", ""),
            ("2026-01-02 03:04:07.678", "a", "50.5"),
            ("2026-01-02 03:04:06.678", "b", ""),
            ("2026-01-02 03:04:05.678", "a", "30"),
        ),
    )


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ('service = "a"', ["stop-holder", "recovered"]),
        ("service != 'a'", ["would-stop", "split-brain"]),
        ('service in ["b", "c"]', ["would-stop", "split-brain"]),
        ('service not in ["b", "c"] and ispresent(verdict)', ["stop-holder", "recovered"]),
        ("verdict like /^(?:stop|would)-/", ["stop-holder", "would-stop"]),
        ("verdict like /STOP/i", ["stop-holder", "would-stop"]),
        ("verdict =~ /stop-h/", ["stop-holder"]),
        ('verdict not like "o" and ispresent(verdict)', ["split-brain"]),
        ('@message like "|2"', []),
        ("seconds_to_stop > 30", ["recovered"]),
        ("seconds_to_stop >= 30.0", ["stop-holder", "recovered"]),
        ("seconds_to_stop / 2 < 20", ["stop-holder"]),
        ("escalated = 1", ["split-brain"]),
        ("not ispresent(action.kind) and escalated = 0", ["stop-holder", "would-stop", "recovered"]),
        ('service = "b" or service = "c" and escalated = 1', ["would-stop", "split-brain"]),
        ('(service = "b" or service = "c") and escalated = 1', ["split-brain"]),
        ('coalesce(action.kind, service) = "none"', ["split-brain"]),
    ],
)
def test_a_filter_keeps_what_its_condition_holds_for(condition: str, found: list[str]) -> None:
    """Comparisons, patterns and lists, joined in the usual order of precedence."""
    query = f"fields verdict | filter {condition} | filter ispresent(verdict) | sort @timestamp asc"

    assert _column(query) == found


def test_a_bar_inside_a_text_or_a_pattern_ends_no_command() -> None:
    """It is part of what is looked for."""
    assert _column('fields @message | filter @message like "1|2"') == [_LINES[4].message]
    assert _column("fields @message | filter @message like /1\\|2/") == [_LINES[4].message]


def test_lines_without_json_have_their_message_and_lists_their_numbers() -> None:
    """By default the message is shown; items of a list are fields by their place."""
    assert run("limit 2", _LINES).columns == ("@timestamp", "@message")
    assert _column("fields read.1 | limit 1") == ["8"]


def test_statistics_are_per_group_in_the_order_of_a_sort() -> None:
    """Counts, sums and percentiles with and without a name; what is missing is not counted."""
    query = (
        'filter message = "decision_recorded" | stats count(*) as decisions, sum(seconds_to_stop), '
        "max(seconds_to_stop), min(seconds_to_stop), avg(seconds_to_stop) as mean, "
        "pct(seconds_to_stop, 90) as p90, count(seconds_to_stop), count_distinct(service) by service "
        "| sort decisions desc, service asc"
    )

    table = run(query, _LINES)

    assert table.columns == (
        "service", "decisions", "sum(seconds_to_stop)", "max(seconds_to_stop)", "min(seconds_to_stop)",
        "mean", "p90", "count(seconds_to_stop)", "count_distinct(service)",
    )  # fmt: skip
    assert table.rows == (
        ("a", "2", "80.5", "50.5", "30", "40.25", "50.5", "2", "1"),
        ("b", "1", "", "", "", "", "", "0", "1"),
        ("c", "1", "", "", "", "", "", "0", "1"),
    )


def test_statistics_over_spans_of_time_and_over_nothing() -> None:
    """A span starts at its full multiple; a count over no rows is 0, as one row."""
    by_span = run("filter ispresent(verdict) | stats count(*) as n by bin(3s) | sort n desc", _LINES)

    assert by_span.rows == (("2026-01-02 03:04:06.000", "3"), ("2026-01-02 03:04:03.000", "1"))
    assert run('filter service = "nobody" | stats count(*)', _LINES).rows == (("0",),)


def test_display_names_the_columns_anew_and_limit_comes_last() -> None:
    """As in Logs Insights, whatever the order of the commands."""
    query = 'limit 1 | fields service, verdict, concat(service, "/", verdict) as both | display both, service'

    assert run(query + " | filter ispresent(service)", _LINES) == Table(
        ("both", "service"), (("c/split-brain", "c"),)
    )


def test_numbers_sort_as_numbers_and_what_is_missing_sorts_last_when_descending() -> None:
    """9 comes before 50.5 only in ascending order."""
    lines = [_line(0, f'{{"n": {value}}}') for value in (9, 50.5, 10)] + [_line(1, "{}")]

    assert [row[0] for row in run("fields n | sort n desc", lines).rows] == ["50.5", "10", "9", ""]


def test_comments_and_quoted_names_are_understood() -> None:
    """A name with a hyphen stands between backquotes."""
    lines = [_line(0, '{"x-y": 1}')]

    assert run("# of one field\nfields `x-y` as z", lines) == Table(("z",), (("1",),))


@pytest.mark.parametrize(
    "query",
    [
        "parse @message 'x*' as y",
        "fields @timestamp, | limit 1",
        "filter service == 'a'",
        "filter service = true",
        "filter lower(service) = 'a'",
        "stats median(n)",
        "filter service like service",
        "filter (service = 'a'",
        "filter service not = 'a'",
        "fields a b",
        "fields ~",
        "stats count(*) by bin(5)",
    ],
)
def test_what_is_not_understood_is_an_error_and_never_half_a_result(query: str) -> None:
    """Unknown commands, functions and signs."""
    with pytest.raises(InsightsError):
        run(query, _LINES)
