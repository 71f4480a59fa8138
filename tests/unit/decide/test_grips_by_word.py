"""What a container's own log says of its grip: that it opened its store, or that it failed on the lock."""

from dataclasses import replace

import pytest

from tests.support.situations import (
    NEW_CODE,
    OLD_CODE,
    ago,
    arn,
    contender,
    definition,
    died,
    holder,
    log,
    new_task,
    opened,
    successor,
    wedged,
)
from tests.unit.decide.tables import YOUNG, made_of, row, table, taker
from unwedge.model.grip import Grip

TWIN = replace(YOUNG, arn=arn("twin"))
OTHER_POINT = (definition(NEW_CODE), definition(OLD_CODE, "fs-0abc:fsap-2:/"))


class TestOpened:
    def test_it_holds_the_lock(self) -> None:
        """With that as the fact."""
        found = row(table(wedged(YOUNG, logs=(opened("holder"),)), contended=False).now)
        assert found[2:4] == (Grip.HOLDS, "its own log says that it opened its store")

    def test_asked_to_stop_it_may_hold_it_and_the_row_says_both(self) -> None:
        """It is on its way out, and no line says when it let go."""
        leaving = replace(YOUNG, desired_status="STOPPED", stopping_at=ago(2))
        found = row(table(wedged(leaving, logs=(opened("holder"),)), contended=False).now)
        assert found[2:4] == (
            Grip.MAY_HOLD,
            "its own log says that it opened its store; it was asked to stop",
        )

    def test_the_line_of_another_container_is_not_its_own(self) -> None:
        """Nor of another task."""
        neighbour = opened("holder")._replace(container="copy-config")
        for said in (neighbour, opened("twin")):
            assert row(table(wedged(YOUNG, logs=(said,)), contended=False).now).grip is Grip.MAY_HOLD

    def test_a_store_that_may_be_another_one_makes_nobody_a_holder(self) -> None:
        """Two access points of one file system may begin anywhere: it opened its own store, and whether this
        lock is of that store is not known."""
        made = wedged(YOUNG, logs=(opened("holder"),), task_definitions=OTHER_POINT)
        found = row(table(made, contended=False).now)
        assert found[2:4] == (
            Grip.MAY_HOLD,
            "its own log says that it opened its store, which may be another one",
        )

    @pytest.mark.parametrize(("seconds", "then"), [(16, Grip.HOLDS), (15.9, Grip.MAY_HOLD)])
    def test_only_who_had_opened_it_by_then_held_it_when_the_contender_failed(
        self, seconds: float, then: Grip
    ) -> None:
        """Its line came 5 s after the contender's, as far as two clocks differ, or later."""
        made = table(wedged(YOUNG, TWIN, contender(), logs=(opened("holder", seconds),)))
        assert row(made.then).grip is then
        assert row(made.now).grip is Grip.HOLDS

    def test_a_line_from_before_the_contention_tells_of_that_moment_too(self) -> None:
        """The other one is still in doubt: nothing says that it failed."""
        made = table(wedged(YOUNG, TWIN, contender(), logs=(opened("holder", 28),)))
        assert (row(made.then).grip, row(made.then, "twin").grip) == (Grip.HOLDS, Grip.MAY_HOLD)


class TestFailed:
    SECOND = contender(18, arn=arn("second"))

    def test_of_two_attempts_that_failed_at_one_moment_neither_held_the_lock(self) -> None:
        """Each says so itself, so the third one held it."""
        made = table(wedged(YOUNG, contender(), self.SECOND, logs=(died(contender()), died(self.SECOND))))
        assert row(made.then, "second")[2:4] == (
            Grip.CANNOT_HOLD,
            "its own log says that it failed on the lock",
        )
        assert made.could_then() == (YOUNG,)
        assert row(made.now).grip is Grip.HOLDS

    @pytest.mark.parametrize(
        "said", [(), (log("level=error msg=config", task="second"),)], ids=["unread", "of something else"]
    )
    def test_one_that_does_not_say_so_may_have_held_it(self, said: tuple[object, ...]) -> None:
        """It ended at that moment, and so did perhaps its lock."""
        made = table(wedged(YOUNG, contender(), self.SECOND, logs=(died(contender()), *said)))
        assert row(made.then, "second").grip is Grip.MAY_HOLD
        assert row(made.now).grip is Grip.MAY_HOLD

    def test_a_lock_line_of_a_task_that_runs_is_of_an_earlier_life(self) -> None:
        """A container may be started again in its task; nothing but its end proves that it failed."""
        again = wedged(YOUNG, contender(), logs=(died(contender()), died(YOUNG)))
        assert row(table(again, contended=False).now).grip is Grip.MAY_HOLD


def test_a_task_that_says_nothing_may_hold_the_lock() -> None:
    """Whether its log is empty or was not read."""
    for logs in ((), (log(task="new"),)):
        found = row(table(wedged(holder(), new_task(3), successor(), logs=logs), contended=False).now, "new")
        assert found[2:4] == (Grip.MAY_HOLD, "it runs, or is about to")


class TestAnotherProgram:
    """A container whose image is a known program's is heard in this program's own words only."""

    OTHER = made_of(OLD_CODE, taker(image="grafana/grafana:12.0.0"))

    def test_a_start_up_line_of_another_program_opens_nothing(self) -> None:
        """Anybody can print it."""
        made = wedged(YOUNG, logs=(opened("holder"),), task_definitions=(definition(NEW_CODE), self.OTHER))
        assert row(table(made, contended=False).now).grip is Grip.MAY_HOLD

    def test_a_lock_line_of_another_program_proves_no_failure(self) -> None:
        """A task that ended at the moment of the contention may have had the lock."""
        second = contender(18, arn=arn("second"), task_definition=OLD_CODE)
        made = wedged(
            contender(),
            second,
            logs=(died(contender()), died(second)),
            task_definitions=(definition(NEW_CODE), self.OTHER),
        )
        assert table(made).could_then() == (second,)
