"""The approver's handler: JSON for the command line, HTML for a button, the same things done."""

from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.markup import Markup
from tests.support.memory_ledger import MemoryLedger
from tests.support.situations import CLUSTER, SERVICE, arn
from tests.unit.handlers.test_remediator import Context
from unwedge.handlers import approver

ANSWER = {
    "cluster_arn": CLUSTER,
    "service_name": SERVICE,
    "incident": "20251113T223120Z-aaaa",
    "subject": arn("holder"),
    "answer": "approve",
}


class KillSwitch:
    """Remembers what it was turned to."""

    def __init__(self) -> None:
        self.values: list[str] = []

    def change_to(self, value: str) -> None:
        self.values.append(value)


@pytest.fixture
def kill_switch(monkeypatch: pytest.MonkeyPatch) -> KillSwitch:
    """The handler's parts: a switch, and a ledger without any incident."""
    found = KillSwitch()
    parts = SimpleNamespace(kill_switch=found, ledger=MemoryLedger(), controller=None)
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Unwedge")
    monkeypatch.setattr(approver.metrics.provider, "namespace", "Unwedge")
    monkeypatch.setattr(approver, "parts", lambda: parts)
    return found


def pressed(event: dict[str, Any], **fields: str) -> Markup:
    """What the pop-up of a button shows."""
    context = {"dashboardName": "Unwedge", "theme": "dark", "forms": {"all": fields}}
    made = Markup(approver.handler({**event, "widgetContext": context}, Context()))
    assert made.faults == []
    return made


def test_the_command_line_gets_json(kill_switch: KillSwitch) -> None:
    """An answer to an incident that is not open does nothing and says so."""
    reply = approver.handler({**ANSWER, "by": "me"}, Context())
    assert isinstance(reply, dict)
    assert (reply["taken"], reply["verdict"]) == (False, None)
    assert "is not open any more" in reply["sentence"]


def test_a_button_gets_the_same_sentence_as_html(kill_switch: KillSwitch) -> None:
    """In the theme of the dashboard."""
    made = pressed(ANSWER)
    assert "Not taken" in made.text
    assert "is not open any more. Nothing was done." in made.text


def test_a_pause_from_the_dashboard_carries_the_name_and_the_reason_of_the_form(
    kill_switch: KillSwitch,
) -> None:
    """What the person wrote, else which dashboard it was."""
    assert "Unwedge is paused by Ada" in pressed({"kill_switch": "pause"}, by="Ada", reason="noon").text
    pressed({"kill_switch": "pause"})
    assert kill_switch.values[0].startswith("paused by Ada at ")
    assert kill_switch.values[0].endswith(": noon")
    assert "by somebody at dashboard Unwedge at" in kill_switch.values[1]


def test_a_resume_from_the_dashboard_runs(kill_switch: KillSwitch) -> None:
    """One value, the word itself."""
    assert "Unwedge runs again" in pressed({"kill_switch": "resume"}).text
    assert kill_switch.values == ["run"]


@pytest.mark.parametrize("event", [{}, {"kill_switch": "both"}, {"answer": "maybe"}])
def test_what_is_neither_gets_a_sentence_and_changes_nothing(
    kill_switch: KillSwitch, event: dict[str, Any]
) -> None:
    """For both kinds of caller."""
    assert "Not taken" in pressed(event).text
    reply = approver.handler({**event, "by": "me"}, Context())
    assert isinstance(reply, dict)
    assert not reply["taken"]
    assert kill_switch.values == []
