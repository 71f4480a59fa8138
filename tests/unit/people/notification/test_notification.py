"""Which decisions people are told of, and what counts as the same again."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.replay.cases import CASES
from tests.support.entries import PK, STOPPED, UPDATED, notice, record
from tests.support.situations import NOW, OLD_CODE, ago, arn
from unwedge.decide.decide import decide
from unwedge.model.codec import DecodeError
from unwedge.model.incident import Drain, Rollback, Stop, StopState
from unwedge.model.outcome import Outcome, OutcomeKind
from unwedge.people.notification.conversation import Missed, Post, Thread, sent, weigh
from unwedge.people.notification.notification import AGAIN_AFTER, Extract, Kind, Notice, extract_of, notice_of

ROOT = Path(__file__).parents[4]
ESCALATED = [case.name for case in CASES if decide(case.situation, case.policy).escalate]
QUIET = (
    "healthy", "verifying", "awaiting-release", "awaiting-evidence", "other-failure", "lock-free", "paused",
    "would-stop", "cooling-down", "awaiting-successor", "primary-holds", "rejected", "draining",
)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "kind", "outcome"),
    [
        ("stop-holder", Kind.STOPPED, STOPPED),
        ("drain-service", Kind.UPDATED, UPDATED),
        ("roll-back", Kind.UPDATED, UPDATED),
        ("recovered", Kind.RECOVERED, None),
        ("approval-needed", Kind.QUESTION, None),
        ("approval-needed-storm", Kind.QUESTION, None),
        ("nothing-runs", Kind.NOTHING_RUNS, None),
        ("split-brain", Kind.ESCALATION, None),
    ],
)
def test_what_people_must_hear_of_is_a_notice(name: str, kind: Kind, outcome: Outcome | None) -> None:
    """A stop and a change that took effect, an end, a question, an alarm, an escalation."""
    found = notice(name, outcome) if outcome else notice(name)
    assert found.kind is kind


@pytest.mark.parametrize("name", ESCALATED)
def test_every_escalated_decision_is_a_notice(name: str) -> None:
    """Nobody waits for a person who was not told."""
    assert notice(name).kind in (Kind.ESCALATION, Kind.NOTHING_RUNS, Kind.QUESTION)


@pytest.mark.parametrize("name", QUIET)
def test_waiting_and_doing_nothing_is_no_notice(name: str) -> None:
    """What needs nobody reaches the dashboard and nobody's phone."""
    assert notice_of(record(name)) is None


@pytest.mark.parametrize("kind", [kind for kind in OutcomeKind if kind not in ("stopped", "updated")])
def test_a_stop_that_did_not_take_effect_is_not_told_as_one(kind: OutcomeKind) -> None:
    """Denied, unknown, not true any more: the looks that follow tell what came of it."""
    assert notice_of(record("stop-holder", Outcome(kind, "It did not."))) is None


def test_the_end_of_an_incident_without_a_stop_is_told_only_to_those_who_were_called() -> None:
    """After a question or an escalation silence would leave somebody looking."""
    assert notice_of(record("withdrawn")) is None
    assert notice("withdrawn", seen=("approval-needed",)).kind is Kind.WITHDRAWN
    assert notice("withdrawn", seen=("no-successor", "no-successor!")).kind is Kind.WITHDRAWN
    assert notice_of(record("withdrawn", seen=("lock-free", "no-successor"))) is None


SENT, CLAIMED = StopState.SENT, StopState.CLAIMED


@pytest.mark.parametrize(
    ("done", "kind"),
    [
        ({"stops": (Stop(arn("holder"), ago(300), SENT),)}, Kind.WITHDRAWN),
        ({"drain": Drain(1, ago(300), SENT)}, Kind.WITHDRAWN),
        ({"drain": Drain(1, ago(300), SENT, over_at=ago(100))}, Kind.WITHDRAWN),
        ({"rollback": Rollback(OLD_CODE, ago(300), SENT)}, Kind.WITHDRAWN),
        ({"stops": (Stop(arn("holder"), ago(300), CLAIMED),)}, None),
        ({"drain": Drain(1, ago(300), CLAIMED)}, None),
        ({"rollback": Rollback(OLD_CODE, ago(300), CLAIMED)}, None),
    ],
    ids=["stop", "drain", "drain over", "rollback", "stop claimed", "drain claimed", "rollback claimed"],
)
def test_the_end_is_told_to_those_who_heard_that_something_was_done(
    done: dict[str, Any], kind: Kind | None
) -> None:
    """Somebody deletes the service or mends it by hand, and whoever read of a stop waits for its end. Of what
    was claimed and never sent nobody heard."""
    found = record("withdrawn")
    before = found.content.situation.incident
    assert before is not None
    situation = found.content.situation._replace(incident=before._replace(**done))
    made = notice_of(found._replace(content=found.content._replace(situation=situation)))
    assert (made.kind if made else None) is kind


def test_a_notice_reads_a_stop_a_drain_and_a_rollback_from_the_entry() -> None:
    """As the ledger writes them."""
    drain, rollback = Drain(1, ago(300), SENT), Rollback(OLD_CODE, ago(300), SENT)
    before = record("stops-spent", drain=drain, rollback=rollback).content.situation.incident
    assert before is not None
    assert (before.drain, before.rollback) == (drain, rollback)
    assert [stop.state for stop in before.stops] == [SENT, SENT]


def test_the_thread_is_the_incident_that_the_decision_leaves_and_else_the_service() -> None:
    """A stop often opens the incident and ends the wedge in one decision."""
    opened = record("stop-holder", STOPPED)
    assert opened.content.situation.incident is None
    assert opened.incident is not None
    assert notice("stop-holder", STOPPED).thread == opened.incident
    assert notice("recovered").thread == "20251113T223120Z-aaaa"
    assert notice("cannot-observe").thread == "service"


def test_an_entry_without_the_incidents_id_is_told_with_the_one_that_it_was_made_from() -> None:
    """Records of an earlier version have none."""
    found = record("recovered")
    older = found._replace(content=found.content._replace(incident=None))
    assert older.incident == "20251113T223120Z-aaaa"


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ({}, r"missing 3 required positional arguments"),
        ({"decision": [], "situation": {}, "outcome": {}}, r"\$\.decision: expected dict"),
        ({"decision": {"verdict": 7}, "situation": {}, "outcome": {}}, r"\$\.decision\.verdict"),
    ],
)
def test_an_entry_of_another_shape_is_refused(data: dict[str, object], problem: str) -> None:
    """With the place that is wrong."""
    with pytest.raises(DecodeError, match=problem):
        extract_of(PK, "decision#x#y", data)


def test_a_verdict_of_another_version_is_told_all_the_same() -> None:
    """An entry that is newer than the notifier, in the minute of a deployment."""
    found = record("split-brain")
    newer = found._replace(
        content=found.content._replace(decision=found.decision._replace(verdict="something-new"))
    )
    made = notice_of(newer)
    assert made is not None
    assert (made.kind, made.what) == (Kind.ESCALATION, "escalation#something-new")


# threads

EMPTY = Thread(PK, "notice#x")


def told_of(thread: Thread, *names: str, minutes: int = 0) -> tuple[Thread, list[Post | None]]:
    """Decisions one minute after the other, each sent at once if it is to be."""
    came: list[Post | None] = []
    for number, name in enumerate(names):
        at = NOW + timedelta(minutes=minutes + number)
        thread, told = weigh(thread, notice(name, at=at))
        thread = sent(thread, told) if told else thread
        came.append(told)
    return thread, came


def test_the_same_escalation_of_an_incident_is_told_once_and_then_counted() -> None:
    """However long the incident lasts."""
    thread, (first, *rest) = told_of(EMPTY, "stops-spent", "stops-spent", "stops-spent")
    assert first is not None
    assert rest == [None, None]
    thread, later = told_of(thread, "stops-spent", minutes=60 * 24 * 3)
    assert later == [None]
    assert [told.more for told in thread.posts] == [3]


def test_the_next_message_of_the_thread_says_what_was_counted_and_since_when() -> None:
    """Once: the one after it counts from there."""
    thread, _ = told_of(EMPTY, "stops-spent", "stops-spent", "stops-spent")
    thread, (other,) = told_of(thread, "split-brain", minutes=10)
    assert other is not None
    assert other.missed == (Missed("stops-spent", 2, NOW),)
    thread, (_, end) = told_of(thread, "stops-spent", "recovered", minutes=20)
    assert end is not None
    assert end.missed == (Missed("stops-spent", 1, NOW + timedelta(minutes=10)),)


def test_without_an_incident_the_same_is_told_again_after_an_hour() -> None:
    """Nothing says when such a trouble ends."""
    almost = int(AGAIN_AFTER.total_seconds() / 60) - 1
    thread, (first, again) = told_of(EMPTY, "cannot-observe", "cannot-observe")
    assert first is not None
    assert again is None
    thread, (late,) = told_of(thread, "cannot-observe", minutes=almost)
    assert late is None
    thread, (after,) = told_of(thread, "cannot-observe", minutes=almost + 1)
    assert after is not None
    assert after.missed == (Missed("cannot-observe", 2, NOW),)


def test_that_nothing_runs_is_told_again_in_the_same_incident() -> None:
    """The one trouble that is worse the longer it lasts."""
    thread, (first, soon) = told_of(EMPTY, "nothing-runs", "nothing-runs")
    _, (late,) = told_of(thread, "nothing-runs", minutes=61)
    assert first is not None
    assert soon is None
    assert late is not None


def test_every_stop_and_every_end_is_told() -> None:
    """Two stops of one incident are two messages."""
    thread, one = weigh(EMPTY, notice("stop-holder-second-round", STOPPED))
    thread, two = weigh(thread, notice("stop-holder-second-round", STOPPED, at=NOW + timedelta(minutes=2)))
    assert one is not None
    assert two is not None


def asking(minutes: int, looked: int = 0) -> Notice:
    """The question of the recorded situation, asked so many minutes later, and looked at again after that."""
    found = record("approval-needed")
    request = found.decision.request
    assert request is not None
    asked_at = request.asked_at + timedelta(minutes=minutes)
    asked = request._replace(asked_at=asked_at, expires_at=asked_at + timedelta(minutes=15))
    situation = found.content.situation._replace(observed_at=asked_at + timedelta(minutes=looked))
    decision = found.decision._replace(request=asked)
    content = found.content._replace(decision=decision, situation=situation)
    made = notice_of(Extract(PK, f"decision#{situation.observed_at.isoformat()}#x", content))
    assert made is not None
    assert made.kind is Kind.QUESTION
    return made


def told_at(thread: Thread, *minutes: int) -> tuple[Thread, dict[int, Post]]:
    """Which of these askings are told, each sent at once."""
    told: dict[int, Post] = {}
    for minute in minutes:
        thread, post = weigh(thread, asking(minute))
        if post:
            thread = sent(thread, post)
            told[minute] = post
    return thread, told


def test_a_question_is_told_once_however_often_it_is_looked_at() -> None:
    """It is the same by what it asks and when it was asked, whoever looks."""
    thread, told = told_at(EMPTY, 0)
    assert set(told) == {0}
    assert weigh(thread, asking(0, looked=1)) == (thread, None)


def test_an_unanswered_question_is_told_twice_then_after_an_hour_and_then_every_four() -> None:
    """It is asked again every 15 minutes, for days if nobody comes."""
    _, told = told_at(EMPTY, *range(0, 24 * 60, 15))
    assert list(told) == [0, 15, 75, 315, 555, 795, 1035, 1275]


def test_a_question_says_how_often_it_was_asked_without_being_told() -> None:
    """And since when."""
    _, told = told_at(EMPTY, *range(0, 320, 15))
    assert (told[0].missed, told[15].missed) == ((), ())
    assert told[75].missed == (Missed("asked", 3, NOW + timedelta(minutes=15)),)
    assert told[315].missed == (Missed("asked", 15, NOW + timedelta(minutes=75)),)


def test_a_question_that_was_counted_is_not_counted_again_by_another_look_or_a_retry() -> None:
    """Three askings are three, however many decisions speak of them."""
    thread, _ = told_at(EMPTY, 0, 15, 30)
    assert weigh(thread, asking(30)) == (thread, None)
    assert weigh(thread, asking(30, looked=1)) == (thread, None)
    assert [post.more for post in thread.posts] == [0, 1]


def test_a_question_about_something_else_is_told_at_once() -> None:
    """Another task to stop is another question."""
    thread, _ = told_at(EMPTY, 0, 15, 30)
    found = asking(45).record
    request = found.decision.request
    assert request is not None
    decision = found.decision._replace(request=request._replace(subject=arn("another")))
    other = notice_of(found._replace(content=found.content._replace(decision=decision)))
    assert other is not None
    _, post = weigh(thread, other)
    assert post is not None
    assert post.missed == (Missed("asked", 1, NOW + timedelta(minutes=15)),)


def test_a_second_asking_that_was_not_sent_is_sent_by_the_retry() -> None:
    """Not counted as told before it is out."""
    thread, _ = told_at(EMPTY, 0)
    thread, post = weigh(thread, asking(15))
    assert post is not None
    assert weigh(thread, asking(15)) == (thread, post)


def test_a_retry_of_what_was_not_sent_sends_the_same_message_and_of_what_was_sent_none() -> None:
    """At least once, and not once for every retry of what came behind it."""
    thread, _ = told_of(EMPTY, "stops-spent", "stops-spent")
    found = notice("recovered", at=NOW + timedelta(minutes=5))
    thread, told = weigh(thread, found)
    assert told is not None
    assert told.missed
    assert weigh(thread, found) == (thread, told)
    thread = sent(thread, told)
    assert weigh(thread, found) == (thread, None)


def test_a_retry_is_not_counted_twice() -> None:
    """A stream brings records at least once."""
    thread, _ = told_of(EMPTY, "stops-spent")
    again = notice("stops-spent", at=NOW + timedelta(minutes=1))
    thread, _ = weigh(thread, again)
    assert weigh(thread, again) == (thread, None)
    assert [told.more for told in thread.posts] == [1]


def test_a_thread_stays_bounded() -> None:
    """An item of the ledger has a greatest size."""
    thread = EMPTY
    for minute in range(100):
        thread, told = weigh(thread, notice("stop-holder", STOPPED, at=NOW + timedelta(minutes=minute)))
        assert told is not None
    assert len(thread.posts) == 60
    assert thread.posts[-1].at == NOW + timedelta(minutes=99)


def test_no_class_of_the_notices_is_called_as_one_elsewhere_in_the_product() -> None:
    """A reader who searches for a name finds one thing."""
    product = ROOT / "lambdas" / "unwedge"
    modules = {str(path.relative_to(product)): path.read_text() for path in product.rglob("*.py")}
    named = {name: set(re.findall(r"^class (\w+)", text, re.MULTILINE)) for name, text in modules.items()}
    for ours in sorted(name for name in named if name.startswith("people/notification/")):
        others = set().union(*(names for name, names in named.items() if name != ours))
        assert named[ours] & others == set()
