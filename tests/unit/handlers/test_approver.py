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


class Switch:
    """Remembers what it was turned to."""

    def __init__(self) -> None:
        self.values: list[str] = []

    def turn(self, value: str) -> None:
        self.values.append(value)


@pytest.fixture
def switch(monkeypatch: pytest.MonkeyPatch) -> Switch:
    """The handler's parts: a switch, and a ledger without any incident."""
    found = Switch()
    parts = SimpleNamespace(switch=found, ledger=MemoryLedger(), controller=None)
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


def test_the_command_line_gets_json(switch: Switch) -> None:
    """An answer to an incident that is not open does nothing and says so."""
    reply = approver.handler({**ANSWER, "by": "me"}, Context())
    assert isinstance(reply, dict)
    assert (reply["taken"], reply["verdict"]) == (False, None)
    assert "is not open any more" in reply["sentence"]


def test_a_button_gets_the_same_sentence_as_html(switch: Switch) -> None:
    """In the theme of the dashboard."""
    made = pressed(ANSWER)
    assert "Not taken" in made.text
    assert "is not open any more. Nothing was done." in made.text


def test_a_pause_from_the_dashboard_carries_the_name_and_the_reason_of_the_form(switch: Switch) -> None:
    """What the person wrote, else which dashboard it was."""
    assert "Unwedge is paused by Ada" in pressed({"turn": "pause"}, by="Ada", reason="noon").text
    pressed({"turn": "pause"})
    assert switch.values[0].startswith("paused by Ada at ")
    assert switch.values[0].endswith(": noon")
    assert "by somebody at dashboard Unwedge at" in switch.values[1]


def test_a_resume_from_the_dashboard_runs(switch: Switch) -> None:
    """One value, the word itself."""
    assert "Unwedge runs again" in pressed({"turn": "resume"}).text
    assert switch.values == ["run"]


@pytest.mark.parametrize("event", [{}, {"turn": "both"}, {"answer": "maybe"}])
def test_what_is_neither_gets_a_sentence_and_changes_nothing(switch: Switch, event: dict[str, Any]) -> None:
    """For both kinds of caller."""
    assert "Not taken" in pressed(event).text
    reply = approver.handler({**event, "by": "me"}, Context())
    assert isinstance(reply, dict)
    assert not reply["taken"]
    assert switch.values == []
