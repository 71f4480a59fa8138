"""Invocations are read out of the lines that Lambda writes."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from rehearsal.clockwork.clock import ScaledClock
from rehearsal.clockwork.hand import WORKING_SPEED
from rehearsal.dashboard.invocations import invocations
from rehearsal.dashboard.lines import LogLine
from rehearsal.dashboard.metrics import Metric
from rehearsal.dashboard.source import EmulatorSource

_AT = datetime(2026, 1, 2, tzinfo=UTC)


def _lines(stream: str, *messages: str, group: str = "/g") -> list[LogLine]:
    report = "REPORT RequestId: 1\tDuration: 120 ms\tBilled Duration: 120 ms\tMemory Size: 256 MB"
    return [LogLine(_AT, group, stream, message) for message in ("START RequestId: 1", *messages, report)]


def test_each_report_is_an_invocation_and_only_lambdas_own_words_make_it_a_failure() -> None:
    """A log line of the function that quotes an error is none; a crash is found by its stream."""
    lines = [
        *_lines("a", '{"message": "[ERROR] was said elsewhere"}'),
        *_lines("b", "[ERROR] KeyError: 'x'"),
        *_lines("a", "nothing", group="/other"),
        *_lines("c", "2026-01-02T00:00:00Z 1 Task timed out after 30.00 seconds"),
    ]

    found = invocations(lines)

    assert [(one.group, one.failed) for one in found] == [
        ("/g", False),
        ("/g", True),
        ("/other", False),
        ("/g", True),
    ]
    assert {one.milliseconds for one in found} == {120.0}


def test_a_duration_is_drawn_in_real_time_whatever_the_speed_of_the_rehearsal() -> None:
    """While a function works the clock runs at its working speed, and so Lambda's own report was measured."""
    deployed = SimpleNamespace(
        clock=ScaledClock(_AT, 4 * WORKING_SPEED),
        deployment=SimpleNamespace(outputs={"OurFunction": "ours", "OurLogGroup": "/g"}),
    )
    duration = Metric("AWS/Lambda", "Duration", (("FunctionName", "ours"),))

    samples = EmulatorSource(cast(Any, deployed), _lines("a")).samples(
        duration, _AT, _AT + timedelta(seconds=1)
    )

    assert samples is not None
    assert [sample.value for sample in samples] == [pytest.approx(120 / WORKING_SPEED)]
