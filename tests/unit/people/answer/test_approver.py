"""Answers of people: observed and decided on afresh; stale ones do nothing and say so."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, cast

import pytest
from aws_lambda_powertools import Logger, Metrics

from tests.support.controlled import World, event
from tests.support.situations import (
    CLUSTER,
    NOW,
    SERVICE,
    arn,
    contender,
    holder,
    new_task,
    stopped,
    successor,
)
from unwedge.people.answer.approver import Answer, Approver, Reply, parse_answer
from unwedge.record.ledger import LedgerConflictError
from unwedge.record.reporter import Reporter

ASKED_AT = NOW
SOON = NOW + timedelta(seconds=20)


def asked() -> World:
    """A wedge in approve mode, with the question put."""
    world = World(holder(), contender(), successor(), tag="approve")
    world.reconcile(event())
    assert world.record.incident.approval_request.subject == arn("holder")
    return world


def answer(world: World, how: str = "approve", **changes: Any) -> Answer:
    """An answer to the question."""
    given = Answer(CLUSTER, SERVICE, world.record.incident.id, arn("holder"), how, "ops@example.com")
    return given._replace(**changes)


def take(world: World, given: Answer, now: datetime = SOON) -> Reply:
    """Let a fresh approver take it."""
    reporter = Reporter(Logger(service="test", level="CRITICAL"), Metrics(namespace="T", service="t"))
    reporter.ignored = lambda signal, why: world.notes.append(why)  # type: ignore[method-assign]
    return Approver(world.controller(), cast(Any, world.ledger), reporter).take(given, now)


def test_an_approval_leads_to_the_stop_and_the_reply_says_so() -> None:
    """At once, by the same gates as ever, and the record names who approved."""
    world = asked()
    reply = take(world, answer(world))
    assert (reply.taken, reply.verdict, reply.outcome) == (True, "stop-holder", "stopped")
    assert world.aws.stopped == [arn("holder")]
    assert "StopTask was sent" in reply.sentence
    assert world.record.incident.approval.by == "ops@example.com"
    assert world.record.incident.approval_request is None


def test_an_approval_given_before_its_moment_waits_for_the_successor() -> None:
    """Timing is a gate of its own; the next pass goes on by itself."""
    world = asked()
    world.aws.tasks = [holder(), contender()]
    reply = take(world, answer(world))
    assert (reply.taken, reply.verdict, world.aws.stopped) == (True, "awaiting-successor", [])
    world.aws.tasks = [holder(), contender(), successor()]
    look = replace(world.next_look(), quick_check=None)
    world.reconcile(look, SOON + timedelta(seconds=5))
    assert world.aws.stopped == [arn("holder")]


def test_a_rejection_is_recorded_and_nothing_is_stopped() -> None:
    """Not at the following looks either."""
    world = asked()
    reply = take(world, answer(world, "reject"))
    assert (reply.taken, reply.verdict) == (True, "rejected")
    world.reconcile(world.next_look(), SOON + timedelta(seconds=30))
    assert world.aws.stopped == []


def test_an_approval_of_what_is_not_right_any_more_stops_nothing() -> None:
    """The rollout is being taken back: the service is observed afresh."""
    world = asked()
    world.aws.rollout = "ROLLBACK_IN_PROGRESS"
    reply = take(world, answer(world))
    assert (reply.verdict, world.aws.stopped) == ("rollback-in-progress", [])
    assert "nothing is done now" in reply.sentence


def test_an_approval_lifts_no_kill_switch() -> None:
    """Paused is paused."""
    world = asked()
    world.kill_switch.reason = "maintenance"
    assert take(world, answer(world)).verdict == "paused"
    assert world.aws.stopped == []


@pytest.mark.parametrize(
    ("changes", "now", "said"),
    [
        ({"incident": "another"}, SOON, "not open any more"),
        ({"subject": arn("another")}, SOON, "is about"),
        ({"service_name": "another"}, SOON, "not open any more"),
        ({}, ASKED_AT + timedelta(seconds=900), "expired"),
    ],
)
def test_a_stale_answer_does_nothing_and_says_so(changes: dict[str, Any], now: datetime, said: str) -> None:
    """Nothing is written, nothing is stopped, and the log has a line."""
    world = asked()
    before = world.record
    reply = take(world, answer(world, **changes), now)
    assert not reply.taken
    assert said in reply.sentence
    assert "othing was done" in reply.sentence
    assert (world.record, world.aws.stopped) == (before, [])
    assert any("not taken" in note for note in world.notes)


def test_an_answer_is_taken_in_the_last_second() -> None:
    """The question expires at its time, not before."""
    world = asked()
    assert take(world, answer(world), ASKED_AT + timedelta(seconds=899)).taken


def test_a_second_answer_finds_no_question() -> None:
    """Whoever was first has decided."""
    world = asked()
    take(world, answer(world, "reject"))
    reply = take(world, answer(world, "approve"))
    assert not reply.taken
    assert world.record.incident.approval.granted is False


def test_an_approval_can_be_taken_back_until_the_call_is_sent() -> None:
    """The last word counts: the stop waits for a successor, and a person thinks again."""
    world = asked()
    world.aws.tasks = [holder(), contender()]
    assert take(world, answer(world)).verdict == "awaiting-successor"
    reply = take(world, answer(world, "reject", by="second@example.com"), SOON + timedelta(seconds=5))
    assert (reply.taken, reply.verdict) == (True, "rejected")
    world.aws.tasks.append(successor())
    world.reconcile(event(), SOON + timedelta(seconds=20))
    assert world.aws.stopped == []
    assert world.record.incident.approval.by == "second@example.com"


def test_an_approval_is_taken_back_between_the_claim_and_the_call() -> None:
    """The ledger is read once more after the claim: the stop is not sent, and costs no budget."""
    world = asked()

    def think_again() -> None:
        given = world.record.incident.approval
        if given and given.granted and world.record.incident.stops:
            no = replace(world.record.incident, approval=given._replace(granted=False, by="second"))
            world.ledger.save(replace(world.record, incident=no), None, None)

    world.aws.before["ListServiceDeployments"] = think_again
    reply = take(world, answer(world))
    assert world.aws.stopped == []
    assert reply.outcome == "no-longer-true"
    assert "second said no" in reply.sentence
    assert world.record.incident.stops == ()
    assert world.record.incident.approval.granted is False


def test_a_stop_that_was_sent_is_not_taken_back() -> None:
    """The reply says so instead of promising what cannot be."""
    world = asked()
    take(world, answer(world))
    assert world.aws.stopped == [arn("holder")]
    assert not take(world, answer(world, "reject"), SOON + timedelta(seconds=5)).taken


def test_an_answer_after_recovery_finds_no_incident() -> None:
    """The button may have been on a dashboard for an hour."""
    world = asked()
    given = answer(world)
    world.aws.tasks = [stopped(holder()), new_task(started=100)]
    closed = replace(world.record, incident=None)
    world.ledger.save(closed, None, None)
    reply = take(world, given)
    assert (reply.taken, world.aws.stopped) == (False, [])


def test_an_answer_that_meets_another_look_is_kept_and_taken_up() -> None:
    """The answer is in the ledger already; the postponed look decides on it."""
    world = asked()
    approver_conflict = world.controller()

    def meanwhile(*_: Any) -> Any:
        raise LedgerConflictError(SERVICE)

    approver_conflict.reconcile = meanwhile  # type: ignore[method-assign,assignment]
    reporter = Reporter(Logger(service="test", level="CRITICAL"), Metrics(namespace="T", service="t"))
    reply = Approver(approver_conflict, cast(Any, world.ledger), reporter).take(answer(world), SOON)
    assert reply.taken
    world.reconcile(world.next_look(), SOON + timedelta(seconds=2))
    assert world.aws.stopped == [arn("holder")]


def test_an_answer_that_always_meets_another_write_is_given_back() -> None:
    """Rather than lost: the person is told to answer again."""
    world = asked()
    given = answer(world)

    def save(*_: Any) -> Any:
        raise LedgerConflictError(SERVICE)

    world.ledger.save = save  # type: ignore[method-assign,assignment]
    reply = take(world, given)
    assert not reply.taken
    assert "answer again" in reply.sentence


GOOD = Answer(CLUSTER, SERVICE, "i", arn("holder"), "approve", "ops")._asdict()


@pytest.mark.parametrize(
    "changes",
    [
        {"answer": "yes"},
        {"answer": None},
        {"by": "  "},
        {"by": 5},
        {"cluster_arn": "arn:aws:s3:::bucket"},
        {"service_name": "../other"},
        {"incident": ["x"]},
        {"subject": {}},
    ],
)
def test_what_is_no_answer_is_refused_with_a_sentence(changes: dict[str, Any]) -> None:
    """Whoever may invoke the function may send anything."""
    reply = parse_answer({**GOOD, **changes})
    assert isinstance(reply, Reply)
    assert not reply.taken


def test_a_good_answer_is_read_and_a_long_name_cut() -> None:
    """The ledger keeps it."""
    read = parse_answer({**GOOD, "by": "x" * 500, "more": "ignored"})
    assert isinstance(read, Answer)
    assert len(read.by) == 200
    assert isinstance(parse_answer({}), Reply)
