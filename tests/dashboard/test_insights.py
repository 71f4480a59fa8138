"""Queries of CloudWatch Logs Insights find what they would find there."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from rehearsal.dashboard.insights import InsightsError, Table, run
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
        ('service in ["b", "c"]', ["would-stop", "split-brain"]),
        (
            'service not in ["b", "c"] and verdict like "-" or verdict = "recovered"',
            ["stop-holder", "recovered"],
        ),
        ('verdict like "stop"', ["stop-holder", "would-stop"]),
        ("seconds_to_stop > 30", ["recovered"]),
        ("action.kind > 0", []),
        ('service = "b" or service = "c" and action.kind = "none"', ["would-stop", "split-brain"]),
    ],
)
def test_a_filter_keeps_what_its_condition_holds_for(condition: str, found: list[str]) -> None:
    """Comparisons, patterns and lists, joined in the usual order of precedence."""
    query = f'fields verdict | filter {condition} | filter verdict like "-" or verdict like "r" '
    query += "| sort @timestamp asc"

    assert _column(query) == found


def test_a_bar_inside_a_text_or_a_pattern_ends_no_command() -> None:
    """It is part of what is looked for."""
    assert _column('fields @message | filter @message like "1|2"') == [_LINES[4].message]


def test_lines_without_json_have_their_message_and_lists_their_numbers() -> None:
    """By default the message is shown; items of a list are fields by their place."""
    assert run("limit 2", _LINES).columns == ("@timestamp", "@message")
    assert _column("fields read.1 | limit 1") == ["8"]


def test_statistics_are_per_group_in_the_order_of_a_sort() -> None:
    """What is missing is not counted."""
    query = (
        'filter message = "decision_recorded" | stats count(*) as decisions, max(seconds_to_stop) as most '
        "by service | sort decisions desc, service asc"
    )

    assert run(query, _LINES) == Table(
        ("service", "decisions", "most"), (("a", "2", "50.5"), ("b", "1", ""), ("c", "1", ""))
    )


def test_numbers_sort_as_numbers_and_what_is_missing_sorts_last_when_descending() -> None:
    """9 comes before 50.5 only in ascending order."""
    lines = [_line(0, f'{{"n": {value}}}') for value in (9, 50.5, 10)] + [_line(1, "{}")]

    assert [row[0] for row in run("fields n | sort n desc", lines).rows] == ["50.5", "10", "9", ""]


def test_a_word_of_the_language_is_a_name_between_backquotes() -> None:
    """As in the query of changes of the kill switch."""
    assert run("fields `by`", [_line(0, '{"by": "ada"}')]) == Table(("by",), (("ada",),))


@pytest.mark.parametrize(
    "query",
    [
        "parse @message 'x*' as y",
        "fields @timestamp, | limit 1",
        "filter service == 'a'",
        "filter lower(service) = 'a'",
        "stats median(n)",
        "filter service like service",
        "filter (service = 'a'",
        "filter service not = 'a'",
        "fields a b",
        "fields ~",
        "stats count(*) as n by bin(5m)",
        "display service",
        "filter service like /a/",
        "filter service != 'a'",
    ],
)
def test_what_is_not_understood_is_an_error_and_never_half_a_result(query: str) -> None:
    """Unknown commands, functions and signs."""
    with pytest.raises(InsightsError):
        run(query, _LINES)
