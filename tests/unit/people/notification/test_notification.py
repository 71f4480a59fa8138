"""Which decisions people are told of, and what counts as the same again."""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.replay.cases import CASES
from tests.support.entries import PK, SIGNAL, STOPPED, UPDATED, notification, record
from tests.support.situations import NOW, OLD_CODE, ago, arn, contender, holder, incident, successor, wedged
from unwedge.decide.decide import decide
from unwedge.model.codec import DecodeError
from unwedge.model.incident import Drain, Rollback, Stop, StopState
from unwedge.model.outcome import NOTHING, Outcome, OutcomeKind
from unwedge.model.settings import Settings
from unwedge.people.advice import headline
from unwedge.people.notification.conversation import Conversation, Message, Suppressed, admit, sent
from unwedge.people.notification.notification import (
    AGAIN_AFTER,
    Kind,
    Notification,
    RecordedDecision,
    decision_of,
    notification_of,
    stopped_unheard,
)
from unwedge.record.after import entry_for, incident_after

ROOT = Path(__file__).parents[4]
ESCALATED = [case.name for case in CASES if decide(case.situation, case.settings).escalate]
QUIET = (
    "healthy", "verifying", "holder-stopping", "awaiting-evidence", "other-failure", "lock-free", "paused",
    "would-stop", "cooling-down", "awaiting-successor", "target-holds-lock", "rejected", "draining",
)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "kind", "outcome"),
    [
        ("stop-holder", Kind.STOPPED, STOPPED),
        ("drain-service", Kind.UPDATED, UPDATED),
        ("roll-back", Kind.UPDATED, UPDATED),
        ("recovered", Kind.RECOVERED, None),
        ("approval-needed", Kind.APPROVAL_REQUEST, None),
        ("approval-needed-storm", Kind.APPROVAL_REQUEST, None),
        ("nothing-runs", Kind.NOTHING_RUNS, None),
        ("split-brain", Kind.ESCALATION, None),
    ],
)
def test_what_people_must_hear_of_is_a_notice(name: str, kind: Kind, outcome: Outcome | None) -> None:
    """A stop and a change that took effect, an end, a question, an alarm, an escalation."""
    found = notification(name, outcome) if outcome else notification(name)
    assert found.kind is kind


@pytest.mark.parametrize("name", ESCALATED)
def test_every_escalated_decision_is_a_notice(name: str) -> None:
    """Nobody waits for a person who was not told."""
    assert notification(name).kind in (Kind.ESCALATION, Kind.NOTHING_RUNS, Kind.APPROVAL_REQUEST)


@pytest.mark.parametrize("name", QUIET)
def test_waiting_and_doing_nothing_is_no_notice(name: str) -> None:
    """What needs nobody reaches the dashboard and nobody's phone."""
    assert notification_of(record(name)) is None


@pytest.mark.parametrize(
    "kind", [kind for kind in OutcomeKind if kind not in ("stopped", "updated", "already-gone")]
)
def test_a_stop_that_did_not_take_effect_is_not_told_as_one(kind: OutcomeKind) -> None:
    """Denied, unknown, not true any more: the passes that follow tell what came of it."""
    assert notification_of(record("stop-holder", Outcome(kind, "It did not."))) is None


def test_a_task_that_was_gone_already_is_told_as_that() -> None:
    """Somebody else's stop in the same second is not ours."""
    found = notification("stop-holder", Outcome(OutcomeKind.ALREADY_GONE, "Somebody else had stopped it."))
    assert found.kind is Kind.STOPPED
    assert headline(found) == "The task that held the lock is stopping"


@pytest.mark.parametrize(("since", "told"), [(-6, False), (-5, True), (3, True), (None, False)])
def test_a_stop_whose_answer_was_lost_is_told_by_the_first_decision_that_sees_it(
    since: float | None, told: bool
) -> None:
    """The claim carries enough: its time, and that nobody heard whether it was sent."""
    claimed = ago(30)
    claim = Stop(arn("holder"), claimed, StopState.CLAIMED)
    stopping = claimed + timedelta(seconds=since) if since is not None else None
    going = holder(desired_status="STOPPED", stopping_at=stopping)
    seen = wedged(going, contender(), successor(), incident=incident(claim))
    decision = decide(seen, Settings())
    after = incident_after(decision, seen, Settings())
    assert after is not None
    assert (after.stops[0].state is StopState.SENT) is told
    entry = entry_for(decision, seen, NOTHING, SIGNAL, Settings(), after)
    made = decision_of(PK, "sk", dict(entry.data))
    assert (stopped_unheard(made) is not None) is told
    again = entry_for(decision, replace(seen, incident=after), NOTHING, SIGNAL, Settings(), after)
    assert stopped_unheard(decision_of(PK, "sk", dict(again.data))) is None


def test_the_end_of_an_incident_without_a_stop_is_told_only_to_those_who_were_called() -> None:
    """After a question or an escalation silence would leave somebody looking."""
    assert notification_of(record("withdrawn")) is None
    assert notification("withdrawn", seen=("approval-needed",)).kind is Kind.WITHDRAWN
    assert notification("withdrawn", seen=("no-successor", "no-successor!")).kind is Kind.WITHDRAWN
    assert notification_of(record("withdrawn", seen=("lock-free", "no-successor"))) is None


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
    made = notification_of(found._replace(content=found.content._replace(situation=situation)))
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
    assert notification("stop-holder", STOPPED).conversation == opened.incident
    assert notification("recovered").conversation == "20251113T223120Z-aaaa"
    assert notification("cannot-observe").conversation == "service"


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
        decision_of(PK, "decision#x#y", data)


def test_a_verdict_of_another_version_is_told_all_the_same() -> None:
    """An entry that is newer than the notifier, in the minute of a deployment."""
    found = record("split-brain")
    newer = found._replace(
        content=found.content._replace(decision=found.decision._replace(verdict="something-new"))
    )
    made = notification_of(newer)
    assert made is not None
    assert (made.kind, made.what) == (Kind.ESCALATION, "escalation#something-new")


# conversations

EMPTY = Conversation(PK, "notification#x")


def told_of(
    conversation: Conversation, *names: str, minutes: int = 0
) -> tuple[Conversation, list[Message | None]]:
    """Decisions one minute after the other, each sent at once if it is to be."""
    came: list[Message | None] = []
    for number, name in enumerate(names):
        at = NOW + timedelta(minutes=minutes + number)
        conversation, told = admit(conversation, notification(name, at=at))
        conversation = sent(conversation, told) if told else conversation
        came.append(told)
    return conversation, came


def test_the_same_escalation_of_an_incident_is_told_once_and_then_counted() -> None:
    """However long the incident lasts."""
    conversation, (first, *rest) = told_of(EMPTY, "stops-spent", "stops-spent", "stops-spent")
    assert first is not None
    assert rest == [None, None]
    conversation, later = told_of(conversation, "stops-spent", minutes=60 * 24 * 3)
    assert later == [None]
    assert [told.more for told in conversation.messages] == [3]


def test_the_next_message_of_the_thread_says_what_was_counted_and_since_when() -> None:
    """Once: the one after it counts from there."""
    conversation, _ = told_of(EMPTY, "stops-spent", "stops-spent", "stops-spent")
    conversation, (other,) = told_of(conversation, "split-brain", minutes=10)
    assert other is not None
    assert other.suppressed == (Suppressed("stops-spent", 2, NOW),)
    conversation, (_, end) = told_of(conversation, "stops-spent", "recovered", minutes=20)
    assert end is not None
    assert end.suppressed == (Suppressed("stops-spent", 1, NOW + timedelta(minutes=10)),)


def test_without_an_incident_the_same_is_told_again_after_an_hour() -> None:
    """Nothing says when such a trouble ends."""
    almost = int(AGAIN_AFTER.total_seconds() / 60) - 1
    conversation, (first, again) = told_of(EMPTY, "cannot-observe", "cannot-observe")
    assert first is not None
    assert again is None
    conversation, (late,) = told_of(conversation, "cannot-observe", minutes=almost)
    assert late is None
    conversation, (after,) = told_of(conversation, "cannot-observe", minutes=almost + 1)
    assert after is not None
    assert after.suppressed == (Suppressed("cannot-observe", 2, NOW),)


def test_that_nothing_runs_is_told_again_in_the_same_incident() -> None:
    """The one trouble that is worse the longer it lasts."""
    conversation, (first, soon) = told_of(EMPTY, "nothing-runs", "nothing-runs")
    _, (late,) = told_of(conversation, "nothing-runs", minutes=61)
    assert first is not None
    assert soon is None
    assert late is not None


def stop_of(task: str, minutes: int = 0) -> Notification:
    """The stop of this task, so many minutes later."""
    found = notification("stop-holder-second-round", STOPPED, at=NOW + timedelta(minutes=minutes))
    return found._replace(
        record=found.record._replace(
            content=found.record.content._replace(decision=found.record.decision._replace(holder=arn(task)))
        )
    )


def test_every_stop_and_every_end_is_told() -> None:
    """Two stops of one incident are two messages; one that two decisions tell of is one."""
    conversation, one = admit(EMPTY, stop_of("one"))
    conversation, two = admit(conversation, stop_of("two", 2))
    conversation, again = admit(conversation, stop_of("two", 3))
    assert one is not None
    assert two is not None
    assert again is None


def asking(minutes: int, looked: int = 0) -> Notification:
    """The question of the recorded situation, asked so many minutes later, and looked at again after that."""
    found = record("approval-needed")
    request = found.decision.approval_request
    assert request is not None
    asked_at = request.asked_at + timedelta(minutes=minutes)
    asked = request._replace(asked_at=asked_at, expires_at=asked_at + timedelta(minutes=15))
    situation = found.content.situation._replace(observed_at=asked_at + timedelta(minutes=looked))
    decision = found.decision._replace(approval_request=asked)
    content = found.content._replace(decision=decision, situation=situation)
    made = notification_of(RecordedDecision(PK, f"decision#{situation.observed_at.isoformat()}#x", content))
    assert made is not None
    assert made.kind is Kind.APPROVAL_REQUEST
    return made


def told_at(conversation: Conversation, *minutes: int) -> tuple[Conversation, dict[int, Message]]:
    """Which of these askings are told, each sent at once."""
    told: dict[int, Message] = {}
    for minute in minutes:
        conversation, message = admit(conversation, asking(minute))
        if message:
            conversation = sent(conversation, message)
            told[minute] = message
    return conversation, told


def test_a_question_is_told_once_however_often_it_is_looked_at() -> None:
    """It is the same by what it asks and when it was asked, whoever looks."""
    conversation, told = told_at(EMPTY, 0)
    assert set(told) == {0}
    assert admit(conversation, asking(0, looked=1)) == (conversation, None)


def test_an_unanswered_question_is_told_twice_then_after_an_hour_and_then_every_four() -> None:
    """It is asked again every 15 minutes, for days if nobody comes."""
    _, told = told_at(EMPTY, *range(0, 24 * 60, 15))
    assert list(told) == [0, 15, 75, 315, 555, 795, 1035, 1275]


def test_a_question_says_how_often_it_was_asked_without_being_told() -> None:
    """And since when."""
    _, told = told_at(EMPTY, *range(0, 320, 15))
    assert (told[0].suppressed, told[15].suppressed) == ((), ())
    assert told[75].suppressed == (Suppressed("asked", 3, NOW + timedelta(minutes=15)),)
    assert told[315].suppressed == (Suppressed("asked", 15, NOW + timedelta(minutes=75)),)


def test_a_question_that_was_counted_is_not_counted_again_by_another_look_or_a_retry() -> None:
    """Three askings are three, however many decisions speak of them."""
    conversation, _ = told_at(EMPTY, 0, 15, 30)
    assert admit(conversation, asking(30)) == (conversation, None)
    assert admit(conversation, asking(30, looked=1)) == (conversation, None)
    assert [message.more for message in conversation.messages] == [0, 1]


def test_a_question_about_something_else_is_told_at_once() -> None:
    """Another task to stop is another question."""
    conversation, _ = told_at(EMPTY, 0, 15, 30)
    found = asking(45).record
    request = found.decision.approval_request
    assert request is not None
    decision = found.decision._replace(approval_request=request._replace(subject=arn("another")))
    other = notification_of(found._replace(content=found.content._replace(decision=decision)))
    assert other is not None
    _, message = admit(conversation, other)
    assert message is not None
    assert message.suppressed == (Suppressed("asked", 1, NOW + timedelta(minutes=15)),)


def test_a_second_asking_that_was_not_sent_is_sent_by_the_retry() -> None:
    """Not counted as told before it is out."""
    conversation, _ = told_at(EMPTY, 0)
    conversation, message = admit(conversation, asking(15))
    assert message is not None
    assert admit(conversation, asking(15)) == (conversation, message)


def test_a_retry_of_what_was_not_sent_sends_the_same_message_and_of_what_was_sent_none() -> None:
    """At least once, and not once for every retry of what came behind it."""
    conversation, _ = told_of(EMPTY, "stops-spent", "stops-spent")
    found = notification("recovered", at=NOW + timedelta(minutes=5))
    conversation, told = admit(conversation, found)
    assert told is not None
    assert told.suppressed
    assert admit(conversation, found) == (conversation, told)
    conversation = sent(conversation, told)
    assert admit(conversation, found) == (conversation, None)


def test_a_retry_is_not_counted_twice() -> None:
    """A stream brings records at least once."""
    conversation, _ = told_of(EMPTY, "stops-spent")
    again = notification("stops-spent", at=NOW + timedelta(minutes=1))
    conversation, _ = admit(conversation, again)
    assert admit(conversation, again) == (conversation, None)
    assert [told.more for told in conversation.messages] == [1]


def test_a_thread_stays_bounded() -> None:
    """An item of the ledger has a greatest size."""
    conversation = EMPTY
    for minute in range(100):
        conversation, told = admit(conversation, stop_of(f"task-{minute}", minute))
        assert told is not None
    assert len(conversation.messages) == 60
    assert conversation.messages[-1].at == NOW + timedelta(minutes=99)


def test_no_class_of_the_notices_is_called_as_one_elsewhere_in_the_product() -> None:
    """A reader who searches for a name finds one thing."""
    product = ROOT / "lambdas" / "unwedge"
    modules = {str(path.relative_to(product)): path.read_text() for path in product.rglob("*.py")}
    named = {name: set(re.findall(r"^class (\w+)", text, re.MULTILINE)) for name, text in modules.items()}
    for ours in sorted(name for name in named if name.startswith("people/notification/")):
        others = set().union(*(names for name, names in named.items() if name != ours))
        assert named[ours] & others == set()
