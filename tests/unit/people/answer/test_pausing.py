"""Turning the kill switch: only resume lets Unwedge run, and whoever reads the kill switch learns who and
why."""

from typing import Any

import pytest
from aws_lambda_powertools import Logger, Metrics

from tests.support.situations import NOW
from unwedge.act.kill_switch import RUN
from unwedge.people.answer.approver import Reply
from unwedge.people.answer.pausing import KillSwitchChange, change_kill_switch, parse_change
from unwedge.record.reporter import Reporter

REPORTER = Reporter(Logger(service="test", level="CRITICAL"), Metrics(namespace="T", service="t"))


def kill_switch_changed(**request: Any) -> tuple[str, Reply]:
    """What the kill switch says after a request, and the reply."""
    turn = parse_change(request)
    assert isinstance(turn, KillSwitchChange)
    said: list[str] = []
    answer = change_kill_switch(turn, NOW, said.append, REPORTER)
    (value,) = said
    return value, answer


def test_resume_lets_unwedge_run_and_says_by_whom() -> None:
    """The one word that runs."""
    value, answer = kill_switch_changed(kill_switch="resume", by="ops@example.com")
    assert value == RUN
    assert answer.taken
    assert "resumed by ops@example.com at 2025-11-13 22:32:00Z" in answer.sentence


def test_pause_keeps_who_when_and_why_in_the_switch() -> None:
    """Every decision that it stops quotes it."""
    value, answer = kill_switch_changed(kill_switch="pause", by="ops", reason="maintenance until noon")
    assert value == "paused by ops at 2025-11-13 22:32:00Z: maintenance until noon"
    assert "is paused by ops" in answer.sentence


@pytest.mark.parametrize("reason", ["run", " RUN\n", "run\x00", ""])
def test_no_reason_makes_a_pause_run(reason: str) -> None:
    """The switch runs on the word `run` alone."""
    value, _ = kill_switch_changed(kill_switch="pause", by="run", reason=reason)
    assert value.strip().lower() != RUN


def test_a_name_and_a_reason_are_bounded_and_stay_on_one_line() -> None:
    """A parameter is shown in many places."""
    value, _ = kill_switch_changed(kill_switch="pause", by="a\nb\x1b[31m", reason="x" * 10_000)
    assert "\n" not in value
    assert "\x1b" not in value
    assert len(value) < 500


@pytest.mark.parametrize(
    "request_",
    [
        {},
        {"kill_switch": "pause"},
        {"kill_switch": "pause", "by": "  "},
        {"kill_switch": "off", "by": "me"},
        {"kill_switch": 1, "by": "me"},
        {"kill_switch": "pause", "by": ["me"]},
        {"kill_switch": "pause", "by": "me", "reason": 3},
    ],
)
def test_what_turns_nothing_is_told_in_a_sentence(request_: dict[str, Any]) -> None:
    """The switch is not touched."""
    answer = parse_change(request_)
    assert isinstance(answer, Reply)
    assert not answer.taken
    assert answer.sentence.endswith(".")
