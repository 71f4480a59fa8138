"""Scheduled passes: what takes the place of what, what is left out, and what a storm of events costs."""

from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.support.controlled import World, event
from tests.support.situations import (
    LOCK_LINE,
    NOW,
    arn,
    contender,
    holder,
    successor,
)
from unwedge.model.service import Task
from unwedge.signal.signals import Cause, Signal


def following(signal: Signal) -> Signal:
    """The signal with which a quick check goes on."""
    assert signal.quick_check is not None
    return replace(signal, quick_check=signal.quick_check.following)


class TestWaiting:
    def test_while_waiting_for_a_successor_a_look_costs_one_call_and_writes_nothing(self) -> None:
        """A glance, and the message for the next one."""
        world = World(holder(), contender())
        world.reconcile()
        assert world.record.last.verdict == "awaiting-successor"
        version, entries = world.record.version, len(world.ledger.entries)
        world.aws.calls.clear()
        world.reconcile(world.next_look(), NOW + timedelta(seconds=2))
        assert world.aws.calls == ["ListTasks"]
        (before, _), (after, seconds) = world.queue.sent[-2:]
        assert after == following(before)
        assert seconds == 2
        assert (world.record.version, len(world.ledger.entries)) == (version, entries)

    def test_a_successor_that_becomes_pending_gets_the_holder_stopped_at_the_next_glance(self) -> None:
        """Within the two seconds of the pass."""
        world = World(holder(), contender(), successor("PROVISIONING"))
        world.reconcile()
        assert world.queue.sent[-1][1] == 2
        world.aws.tasks[2] = successor()
        world.reconcile(world.next_look(), NOW + timedelta(seconds=2))
        assert world.aws.stopped == [arn("holder")]

    def test_a_provisioning_successor_makes_the_next_glance_come_soon(self) -> None:
        """PENDING may last ten seconds only."""
        world = World(holder(), contender(failed=400))
        world.reconcile(event(contender(failed=400)))
        assert world.queue.sent[-1][1] == 10
        world.aws.tasks.append(successor("PROVISIONING"))
        world.reconcile(world.next_look(), NOW + timedelta(seconds=10))
        assert world.queue.sent[-1][1] == 2

    def test_now_and_then_the_look_is_a_full_one(self) -> None:
        """A glance does not see a rollback."""
        world = World(holder(), contender())
        world.reconcile()
        world.aws.calls.clear()
        world.reconcile(world.next_look(), NOW + timedelta(seconds=61))
        assert "DescribeServices" in world.aws.calls

    def test_a_quick_check_until_the_end_of_time_is_a_full_pass(self) -> None:
        """A forged one would never read the ledger or the kill switch."""
        world = World(holder(), contender())
        world.reconcile()
        ours = world.next_look()
        assert ours.quick_check
        world.aws.calls.clear()
        forged = replace(ours, quick_check=ours.quick_check._replace(until=NOW + timedelta(days=9999)))
        world.reconcile(forged, NOW + timedelta(seconds=2))
        assert "DescribeServices" in world.aws.calls

    def test_a_copy_of_a_quick_check_starts_no_second_chain(self) -> None:
        """SQS may deliver a message twice: else each copy would go on for itself, and be copied again."""
        world = World(holder(), contender())
        world.reconcile()
        quick_check = world.next_look()
        for second in (2, 3, 4):
            world.reconcile(quick_check, NOW + timedelta(seconds=second))
        assert len(world.queue.sent) == 2
        assert world.notes == ["another quick check of this service has taken its place"] * 2

    def test_a_quick_check_that_did_not_come_to_its_end_is_made_again(self) -> None:
        """Its Lambda died: the queue brings the message after the visibility timeout."""
        world = World(holder(), contender())
        world.reconcile()
        quick_check = world.next_look()
        world.reconcile(quick_check, NOW + timedelta(seconds=2))
        world.reconcile(quick_check, NOW + timedelta(seconds=40))
        assert len(world.queue.sent) == 3

    def test_the_quick_checks_of_an_earlier_pass_end_when_another_pass_asks_for_its_own(self) -> None:
        """Every crash of a service brings a pass: only the newest one's checks go on."""
        world = World(holder(), contender())
        world.reconcile()
        old = world.next_look()
        world.reconcile(event(), NOW + timedelta(seconds=6))
        new = world.next_look()
        world.reconcile(new, NOW + timedelta(seconds=8))
        world.aws.calls.clear()
        world.reconcile(old, NOW + timedelta(seconds=9))
        assert world.aws.calls == []
        assert [signal for signal, _ in world.queue.sent[2:]] == [following(new)]

    def test_of_two_passes_at_once_the_checks_of_the_one_that_was_recorded_go_on(self) -> None:
        """Though the other one began later, and its message comes first."""
        world = World(holder(), contender())
        world.reconcile()
        recorded = world.next_look()
        other = replace(recorded, requeue_id="of a pass that met another one")
        for second in (2, 3):
            world.reconcile(other, NOW + timedelta(seconds=second))
            world.reconcile(recorded, NOW + timedelta(seconds=second))
        assert [signal for signal, _ in world.queue.sent[1:]] == [following(recorded)]

    def test_a_signal_in_between_takes_the_place_of_the_scheduled_look(self) -> None:
        """One chain of passes per service, however many events come."""
        world = World(holder(), contender())
        world.reconcile()
        first = replace(world.next_look(), quick_check=None)
        world.reconcile(now=NOW + timedelta(seconds=6))
        world.reconcile(first, NOW + timedelta(seconds=7))
        assert world.notes == ["another pass at this service has taken its place"]
        assert len(world.queue.sent) == 2

    def test_events_of_an_open_incident_bring_a_pass_every_five_seconds_at_most(self) -> None:
        """The first brings one, the next asks for one once the five seconds are over, and that one sees what
        all the others tell of."""
        world = World(holder(), contender())
        world.reconcile()
        made = len(world.aws.calls)
        for second in (1, 2, 3, 4):
            world.reconcile(now=NOW + timedelta(seconds=second))
        assert len(world.aws.calls) == made
        (pass_, seconds) = world.queue.sent[-1]
        assert (len(world.queue.sent), pass_.cause, pass_.hint, seconds) == (2, Cause.REQUEUED, None, 5)
        world.reconcile(pass_, NOW + timedelta(seconds=5))
        assert len(world.aws.calls) > made

    def test_an_event_shortly_before_the_scheduled_pass_is_left_to_it(self) -> None:
        """It reads all that the event tells of."""
        world = World(holder(), contender())
        world.reconcile()
        world.ledger.save(replace(world.record, due=NOW + timedelta(seconds=14)), None, None)
        world.aws.calls.clear()
        world.reconcile(now=NOW + timedelta(seconds=9))
        assert (world.aws.calls, world.notes) == ([], ["a pass at this service is due at 22:32:14Z"])
        world.reconcile(now=NOW + timedelta(seconds=8))
        assert world.aws.calls != []


def crash(number: int, second: int) -> Task:
    """One of many contenders, all of whose times are so many seconds later."""
    one = contender(1, arn=arn(f"crash-{number}"))
    moved: dict[str, Any] = {
        field.name: moment + timedelta(seconds=second)
        for field in fields(one)
        if isinstance(moment := getattr(one, field.name), datetime)
    }
    return replace(one, **moved)


@pytest.mark.parametrize(
    ("tag", "shared", "line", "most"),
    [
        pytest.param("", False, LOCK_LINE, 0.15, id="no-shared-volume"),
        pytest.param("", True, "panic: out of luck", 0.15, id="another-failure"),
        pytest.param("", True, LOCK_LINE, 4.0, id="an-open-incident"),
        pytest.param("off", True, LOCK_LINE, 1.1, id="not-watched"),
    ],
)
def test_a_crash_a_second_for_ten_minutes_costs_few_calls(
    tag: str, shared: bool, line: str, most: float
) -> None:
    """AWS calls for each crash, the scheduled passes included; of a service that is not watched one, its
    tags."""
    world = World(holder(), lines=(line,), tag=tag)
    world.aws.page, world.aws.shared = 100, shared
    for second in range(600):
        now = NOW + timedelta(seconds=second)
        for pass_, _ in [sent for sent in world.queue.sent if sent[0].requeue_id == world.record.requeue_id]:
            if world.record.due and world.record.due <= now:
                world.reconcile(pass_, now)
        task = crash(second, second)
        world.aws.tasks.append(task)
        world.reconcile(event(task), now)
    assert len(world.aws.calls) / 600 < most
