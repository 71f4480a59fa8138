"""The dashboard's pages: sound markup for every case, and what an operator has to see in them."""

import re
from collections import Counter
from datetime import timedelta

import pytest

from tests.support.markup import Markup
from tests.support.rows import CALLS, FRAMES, HOSTILE, asking, frame, opened, recorded, row
from tests.support.situations import NOW
from unwedge.model.decision import Verdict
from unwedge.people.view.context import Frame
from unwedge.people.view.course import Course, Moment
from unwedge.people.view.decision_list import decisions
from unwedge.people.view.decision_page import DecisionView, decision
from unwedge.people.view.now import Check, Overview, now
from unwedge.people.view.reply import reply
from unwedge.people.view.timeline import picture
from unwedge.people.wording import brief
from unwedge.record.rows import Key, OpenIncident, Page, Recorded

ALL = list(recorded())


def overview(*incidents: OpenIncident, **changes: object) -> Overview:
    """The widget Now while Unwedge runs."""
    found = Overview(NOW, list(incidents), None, "observe", 3, 10, [])
    return found._replace(**changes)  # type: ignore[arg-type]


def shown(*incidents: OpenIncident, wanted: str = "", skipped: int = 0, **changes: object) -> Markup:
    """Now as a reader sees it."""
    made = Markup(now(overview(*incidents, **changes), frame(), CALLS, wanted, skipped))
    assert made.faults == []
    return made


@pytest.mark.parametrize("framed", FRAMES)
@pytest.mark.parametrize("one", ALL, ids=lambda one: one.decision.verdict.value)
def test_every_recorded_decision_has_a_sound_page_with_its_gates_in_order(
    one: Recorded, framed: Frame
) -> None:
    """Decisions not to act included: the sentence and each gate's text stand in it."""
    made = Markup(decision(DecisionView(one, [one], None, "ledger", NOW), framed, CALLS))
    assert made.faults == []
    flat = made.text
    places = [flat.find(" ".join(brief(reason.text).split())) for reason in one.decision.reasons]
    hostile = any(not character.isprintable() for reason in one.decision.reasons for character in reason.text)
    assert hostile or (-1 not in places)
    assert one.decision.verdict.value.replace("-", " ") in flat


@pytest.mark.parametrize("framed", FRAMES)
def test_hostile_text_stays_text_on_every_page(framed: Frame) -> None:
    """Names, sentences, evidence, reasons of a pause, alarm texts, form fields."""
    rows = [row(sentence=HOSTILE, evidence=HOSTILE, verdict=HOSTILE)]
    incidents = [asking(sentence=HOSTILE, verdict=HOSTILE, mode=HOSTILE)]
    hostile = overview(*incidents, paused=HOSTILE, checks=[Check(HOSTILE, HOSTILE)])
    pages = [
        decisions(Page(rows, NOW, 1), framed, CALLS, HOSTILE, HOSTILE),
        now(hostile, framed, CALLS, "", 0),
        now(hostile, framed, CALLS, HOSTILE, 0),
        reply(True, HOSTILE, framed),
    ]
    for made in map(Markup, pages):
        assert made.faults == []
        assert "<script>alert(1)</script>" in made.text


def test_nothing_wrong_is_green_and_quiet() -> None:
    """One line says it, and nothing asks for attention."""
    made = shown()
    assert made.text.startswith("No service is wedged.")
    assert "All checks pass" in made.text
    assert not any("uw-trouble" in given.get("class", "") for _, given in made.elements)


def test_a_failed_check_is_not_hidden_by_quiet_services() -> None:
    """Silence may mean that Unwedge does not run."""
    made = shown(checks=[Check("Alarm NoSweep", "No sweep has ended.")])
    assert "Unwedge itself needs a pass" in made.text
    assert "Alarm NoSweep : No sweep has ended." in made.text


def test_a_question_names_the_task_and_its_buttons_ask_before_they_act() -> None:
    """The confirmation names the task, the service and the cluster; both buttons call the approver."""
    made = shown(asking())
    assert "1 asks for an approval" in made.text
    assert "May Unwedge stop task holder ?" in made.text
    answers = {given["answer"]: action for action, given in made.actions if "answer" in given}
    assert set(answers) == {"approve", "reject"}
    for action in answers.values():
        assert action["endpoint"] == CALLS.approver
        for word in ("task holder", "dev-prometheus", "dev-cluster"):
            assert word in action["confirmation"]


def test_an_expired_question_has_no_buttons() -> None:
    """An answer would come too late."""
    late = asking().approval_request
    assert late is not None
    made = shown(asking(approval_request=late._replace(expires_at=NOW - timedelta(seconds=1))))
    assert [given for _, given in made.actions if "answer" in given] == []


def test_a_question_that_was_overtaken_has_no_buttons() -> None:
    """The incident keeps it, but something else is decided by now."""
    made = shown(asking(verdict="verifying"))
    assert [given for _, given in made.actions if "answer" in given] == []


def test_a_look_that_is_overdue_is_a_failed_check() -> None:
    """An open incident without a coming look would be forgotten."""
    assert "Passes overdue" in shown(opened(due=NOW - timedelta(minutes=10))).text
    assert "Passes overdue" in shown(opened(due=None)).text
    assert "Passes overdue" not in shown(opened()).text


def test_paused_says_why_and_offers_to_resume_only() -> None:
    """And running offers to pause only; both ask first."""
    for paused, turn in (("maintenance until noon", "resume"), (None, "pause")):
        made = shown(paused=paused)
        (found,) = [(action, given) for action, given in made.actions if "kill_switch" in given]
        token = {"token": "token of resume"} if paused else {}
        assert found[1] == {"kill_switch": turn, **token}
        assert found[0]["confirmation"]
        assert (paused or "running") in made.text


def test_what_needs_a_person_comes_first_and_the_rest_is_counted() -> None:
    """With five hundred incidents the reader still sees the one that matters."""
    many = [opened(incident=f"incident-{number}", sentence=f"waits {number}") for number in range(499)]
    urgent = opened(incident="urgent", verdict="nothing-runs", escalated=True, sentence="Nothing runs.")
    made = shown(*many, urgent)
    assert made.text.index("Nothing runs.") < made.text.index("waits")
    assert "500 services are wedged, 1 needs a person" in made.text
    assert "1 to 25 of 500" in made.text


def test_every_one_of_five_hundred_incidents_can_be_reached_page_by_page() -> None:
    """Each once, in the order of their urgency."""
    many = [opened(incident=f"incident-{number}", sentence=f"waits <{number}>") for number in range(500)]
    seen: list[str] = []
    skipped = 0
    while True:
        made = shown(*many, skipped=skipped)
        seen += re.findall(r"waits <(\d+)>", made.text)
        following = [given["skip"] for given in made.calls("now") if "skip" in given]
        if not following:
            break
        (skipped,) = following
    assert sorted(map(int, seen)) == list(range(500))


def test_incidents_can_be_kept_to_some_services() -> None:
    """As decisions can; nothing that fits is said."""
    other = opened(
        key=Key("service#arn:aws:ecs:eu-west-1:1:cluster/dev/grafana", "state"), sentence="of grafana"
    )
    made = shown(opened(sentence="of prometheus"), other, wanted="GRAF")
    assert "of grafana" in made.text
    assert "of prometheus" not in made.text
    assert "No open incident of services like 'loki'" in shown(other, wanted="loki").text
    assert "2 services are wedged" in made.text


def test_an_escalated_incident_says_what_a_person_can_do() -> None:
    """In the row, and on the page of the decision."""
    made = shown(opened(verdict="stops-spent", escalated=True))
    assert "Scale the service to 0, wait until every task is gone, then back to 1." in made.text
    one = next(item for item in ALL if item.decision.escalate and item.decision.verdict == "stops-spent")
    page = Markup(decision(DecisionView(one, [one], None, "ledger", NOW), frame(), CALLS))
    assert "What to do: Scale the service to 0" in page.text


def test_fields_stand_in_forms_that_the_enter_key_does_not_send() -> None:
    """CloudWatch collects the fields of forms; one with a second text field waits for its button."""
    made = Markup(now(overview(asking()), frame(), CALLS, "", 0))
    fields = [given for tag, given in made.elements if tag == "input"]
    forms = sum(tag == "form" for tag, _ in made.elements)
    assert [given["name"] for given in fields if "name" in given] == ["reason", "by"]
    assert len(fields) == 2 * forms


def test_five_hundred_incidents_stay_below_a_megabyte() -> None:
    """The longest texts that the ledger keeps in a row, and as many rows as can be asked for."""
    long = "task 0123456789abcdef0123456789abcdef & " * 17
    many = [asking(incident=f"incident-{number}", sentence=long) for number in range(500)]
    assert len(now(overview(*many), frame(), CALLS, "", 0).encode()) < 1_000_000
    rows = [row(sentence=long, evidence="&" * 300)] * 50
    assert len(decisions(Page(rows, NOW, 0), frame(), CALLS, "", "").encode()) < 1_000_000


def test_a_verdict_is_told_by_word_and_shape_besides_the_colour() -> None:
    """Each tone has a shape of its own."""
    cases = {
        "good": row(verdict="recovered", outcome=None),
        "acted": row(),
        "asks": row(verdict="approval-needed", outcome=None),
        "trouble": row(verdict="stops-spent", outcome=None, escalated=True),
        "held": row(verdict="would-stop", outcome=None),
        "waiting": row(verdict="verifying", outcome=None),
    }
    shapes: Counter[str] = Counter()
    for tone, one in cases.items():
        made = Markup(decisions(Page([one], None, 0), frame(), CALLS, "", ""))
        assert any(f"uw-{tone}" in given.get("class", "") for _, given in made.elements)
        assert one.verdict.replace("-", " ") in made.text
        drawn = [str(item) for item in made.elements if item[0] in ("path", "rect", "circle")]
        shapes[drawn[0]] += 1
    assert len(shapes) == len(cases)


def test_measured_seconds_stand_in_their_columns() -> None:
    """To detect, to stop, to recover."""
    made = Markup(decisions(Page([row()], None, 0), frame(), CALLS, "", ""))
    assert "1.6 s 21.8 s 86.2 s" in made.text


def test_an_older_page_goes_on_where_this_one_ends_and_keeps_the_filter() -> None:
    """The button carries both."""
    made = Markup(decisions(Page([row()], NOW, 0), frame(), CALLS, "prom", ""))
    older = next(given for given in made.calls("decisions") if "until" in given)
    assert older == {"view": "decisions", "until": NOW.isoformat(), "service": "prom"}


def test_an_empty_time_range_says_so() -> None:
    """An empty account sees a sentence, not an empty box."""
    made = Markup(decisions(Page([], None, 0), frame(), CALLS, "", ""))
    assert "No decision was recorded in this time range" in made.text


def test_the_page_of_a_decision_tells_evidence_with_its_stream_and_where_to_look() -> None:
    """Log line, stream, time, and links to tasks, stream and item."""
    one = next(item for item in ALL if item.decision.verdict == "stop-holder")
    made = Markup(decision(DecisionView(one, [one], None, "ledger", NOW), frame(), CALLS))
    assert one.decision.evidence is not None
    assert one.decision.evidence in made.text
    links = " ".join(given["href"] for tag, given in made.elements if tag == "a")
    for part in ("/tasks/contender/", "/tasks/holder/", "log-events/", "table=ledger"):
        assert part in links
    assert "dev-prometheus:41" in made.text
    assert "dev-prometheus:42" in made.text


def test_markers_of_a_time_line_share_a_place_rather_than_cover_each_other() -> None:
    """Two stand apart, three in one moment become one with a range."""
    at = [NOW + timedelta(seconds=seconds) for seconds in (0, 1, 1.2, 1.4, 60, 119, 120)]
    drawn = Markup(picture(Course([Moment(moment, "x") for moment in at])))
    assert drawn.faults == []
    for words in ("1-4", "5", "6-7", "2 min"):
        assert f">{words}</text>" in str(picture(Course([Moment(moment, "x") for moment in at]))), words


def test_who_has_the_lock_is_shown_with_the_fact_for_each() -> None:
    """A reader sees why a task was taken for the holder."""
    one = next(one for one in ALL if one.decision.verdict is Verdict.STOP_HOLDER)
    made = Markup(decision(DecisionView(one, [one], None, "ledger", NOW), FRAMES[0], CALLS))
    for grip in one.decision.grips:
        assert grip.fact in made.text
