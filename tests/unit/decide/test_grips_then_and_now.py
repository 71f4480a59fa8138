"""Who had the lock when the contender failed, and who has it now."""

from dataclasses import replace
from datetime import timedelta

from tests.support.situations import ago, arn, contender, holder, new_task, opened, successor, wedged
from tests.unit.decide.tables import YOUNG, row, table
from unwedge.model.grip import Grip, GripRow, Relation
from unwedge.model.service import Container


def test_the_only_one_that_could_have_the_lock_had_it_and_the_row_says_why() -> None:
    """Somebody had it, and everybody else could not."""
    made = table(wedged(YOUNG, contender(), successor()))
    fact = "no other container could hold the lock when the contender failed on it"
    assert row(made.then) == GripRow(YOUNG.arn, "prometheus", Grip.HOLDS, fact, Relation.SAME)
    assert row(made.now).fact == "it held the lock when the contender failed, and still runs"


def test_without_a_contention_nobody_is_known_to_have_held_anything() -> None:
    """Nothing happened whose cause would have to be somebody."""
    made = table(wedged(YOUNG, successor()), contended=False)
    assert made.then == ()
    assert made.could_then() == ()
    assert row(made.now).grip is Grip.MAY_HOLD


def test_who_had_the_lock_does_not_have_it_any_more_once_its_program_was_killed() -> None:
    """Its task runs on with a sidecar; at most the file system keeps the lock, and not for long."""
    killed = replace(YOUNG, containers=(Container("prometheus", 137), Container("sidecar")))
    made = table(wedged(killed, contender()))
    assert row(made.then).grip is Grip.HOLDS
    assert (row(made.now).grip, row(made.now).lease) == (Grip.MAY_HOLD, True)
    assert made.of(Grip.HOLDS) == ()


def test_one_that_came_later_does_not_take_the_lock_from_who_had_it() -> None:
    """It has said nothing yet: it may be waiting, or about to fail."""
    late = new_task(5, created_at=ago(14))
    made = table(wedged(YOUNG, contender(), late))
    assert made.of(Grip.HOLDS) == (YOUNG,)
    assert made.of(Grip.MAY_HOLD) == (late,)


def test_a_task_that_has_run_long_is_not_believed_where_another_one_says_that_it_opened_the_store() -> None:
    """Of the two only the words are a fact."""
    old = holder(started_at=ago(500))
    made = table(wedged(old, new_task(60), logs=(opened(),)), contended=False)
    assert made.of(Grip.HOLDS) == (replace(new_task(60)),)
    assert made.of(Grip.MAY_HOLD) == (old,)


def test_a_task_that_has_run_long_and_is_asked_to_stop_may_hold_the_lock() -> None:
    """Nothing says when it lets go."""
    for leaving in ({"desired_status": "STOPPED"}, {"stopping_at": ago(1)}):
        old = holder(started_at=ago(500), **leaving)
        assert table(wedged(old), contended=False).of(Grip.MAY_HOLD) == (old,)


def test_a_task_whose_start_is_not_dated_is_not_taken_for_one_that_has_run_long() -> None:
    """What ECS does not say is not made up."""
    undated = holder(started_at=None)
    assert table(wedged(undated), contended=False).of(Grip.MAY_HOLD) == (undated,)


def test_the_moment_of_the_contention_is_the_lines_and_not_the_tasks() -> None:
    """A holder that was created after the line, and before its task was gone, is none that had the lock."""
    created = ago(12)
    late = replace(YOUNG, created_at=created, started_at=ago(11))
    made = wedged(late, contender(failed=10))
    assert table(made, at=ago(21)).could_then() == ()
    assert table(made, at=created - timedelta(seconds=5)).could_then() == (late,)


def test_a_task_appears_once_whatever_the_number_of_its_containers() -> None:
    """By the strongest grip that one of them has."""
    twin = replace(YOUNG, arn=arn("twin"))
    made = table(wedged(YOUNG, twin, contender()))
    assert made.of(Grip.MAY_HOLD) == (YOUNG, twin)
    assert made.of(Grip.CANNOT_HOLD) == (contender(),)
    assert made.of(Grip.MAY_HOLD, lease=True) == ()
