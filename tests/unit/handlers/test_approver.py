"""The approver's handler: JSON for the command line, HTML for a button, the same things done."""

import secrets
import time
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.markup import Markup
from tests.support.memory_ledger import MemoryLedger
from tests.support.situations import CLUSTER, SERVICE, arn
from tests.unit.handlers.test_remediator import Context
from unwedge.handlers import approver, viewer
from unwedge.people.answer.button_key import ButtonKey
from unwedge.people.answer.tokens import RESUME, answer_subject, make_token

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
    monkeypatch.setenv("UNWEDGE_DASHBOARD", "Unwedge")
    key = ButtonKey(lambda **_: {"SecretString": "key"}, "secret")
    monkeypatch.setattr(approver, "button_key", lambda: key)
    return found


def token(event: dict[str, Any], dashboard: str = "Unwedge", age: float = 5) -> str:
    """What the viewer puts on the button that sends this."""
    about = answer_subject(event.get("incident"), event.get("subject"))
    drawn = datetime.fromtimestamp(time.time() - age, UTC)
    return make_token(
        b"key", RESUME if "kill_switch" in event else about, dashboard, drawn, secrets.token_hex(4)
    )


def pressed(event: dict[str, Any], dashboard: str = "Unwedge", **fields: str) -> Markup:
    """What the pop-up of a button shows."""
    context = {"dashboardName": dashboard, "theme": "dark", "forms": {"all": fields}}
    event = {"token": token(event), **event}
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


@pytest.mark.parametrize("event", [ANSWER, {**ANSWER, "answer": "reject"}, {"kill_switch": "resume"}])
@pytest.mark.parametrize(
    ("given", "dashboard", "why"),
    [
        (None, "Unwedge", "it has no token"),
        ("", "Unwedge", "it has no token"),
        ("1.2", "Unwedge", "it has no token"),
        ("1.\u0661.3", "Unwedge", "it has no token"),
        ("x.y.z", "Unwedge", "for another dashboard or another question"),
        ("another question", "Unwedge", "for another dashboard or another question"),
        ("another dashboard", "Unwedge", "for another dashboard or another question"),
        ("old", "Unwedge", "refresh the dashboard"),
        ("right", "somebody's", "only buttons of the dashboard Unwedge act"),
        ("right", "", "only buttons of the dashboard Unwedge act"),
    ],
)
def test_a_widget_that_the_viewer_did_not_draw_here_does_not_act(
    kill_switch: KillSwitch, event: dict[str, Any], given: str | None, dashboard: str, why: str
) -> None:
    """Somebody's widget on any dashboard calls the approver as whoever looks at it."""
    made = {
        "another question": token({**ANSWER, "subject": arn("other")}),
        "another dashboard": token(event, "theirs"),
        "old": token(event, age=901),
        "right": token(event),
    }
    text = pressed({**event, "token": made.get(str(given), given)}, dashboard).text
    assert "Nothing was done" in text
    assert why in text
    assert kill_switch.values == []


def test_a_button_is_pressed_once(kill_switch: KillSwitch) -> None:
    """Whoever copied its parameters has nothing."""
    event = {"kill_switch": "resume", "token": token({"kill_switch": "resume"})}
    assert "runs again" in pressed(event).text
    assert "was pressed before" in pressed(event).text
    assert kill_switch.values == ["run"]


def test_pausing_needs_no_token(kill_switch: KillSwitch) -> None:
    """It stays easy: from any dashboard."""
    assert "is paused" in pressed({"kill_switch": "pause", "token": None}, "somebody's").text


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


@pytest.mark.parametrize("event", [[], "x", 5, None, True, 1.5])
def test_what_is_no_object_is_told_so(kill_switch: KillSwitch, event: Any) -> None:
    """An error would page people for somebody's typing."""
    reply = approver.handler(event, Context())
    assert isinstance(reply, dict)
    assert (reply["taken"], reply["sentence"]) == (False, "This is no answer: it is not a JSON object.")
    assert viewer.handler(event, Context()).startswith("<p>There is nothing to show")


@pytest.mark.parametrize("by", ["", " ", "\u200b", "\u202e\u2066", "\x00\n", "\u3164", "\u2800 \u115f"])
def test_a_name_that_nobody_can_see_is_none(kill_switch: KillSwitch, by: str) -> None:
    """It is what an answer and a pause are recorded under."""
    for event in (ANSWER, {"kill_switch": "pause", "reason": "r"}):
        reply = approver.handler({**event, "by": by}, Context())
        assert isinstance(reply, dict)
        assert "needs a name" in reply["sentence"]
    assert kill_switch.values == []
