"""The table of grips: each row with the fact that it rests on, and nothing narrowed by what was not read."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.support.situations import (
    LOCK_LINE,
    NEW_CODE,
    NOW,
    OLD,
    OLD_CODE,
    ago,
    arn,
    contender,
    definition,
    holder,
    log,
    new_task,
    opened,
    stopped,
    successor,
    wedged,
)
from unwedge.decide.grips import Reference, Table, takers
from unwedge.model.grip import Grip
from unwedge.model.service import SKEW, Container, Task
from unwedge.model.settings import Settings
from unwedge.model.situation import OutsideHolder, Situation
from unwedge.model.task_definition import TaskDefinition

SETTINGS = Settings()
AT = ago(21)  # when the contender's line was written


def table(situation: Situation, *, contended: bool = True) -> Table:
    """The table for the contender's lock."""
    task = situation.task(arn("contender")) or contender()
    spec = definition(NEW_CODE).containers[1]
    return Table(situation, SETTINGS, Reference(task, spec), AT if contended else None)


def grip(situation: Situation, task: str = "holder", *, contended: bool = True) -> tuple[Grip, str]:
    """What is known of a task now, and why."""
    rows = [row for row in table(situation, contended=contended).now if row.task_arn == arn(task)]
    assert len(rows) == 1
    return rows[0].grip, rows[0].fact


YOUNG = holder(started_at=ago(30), created_at=ago(60))


class TestCannot:
    def test_the_contender_failed_by_its_own_words(self) -> None:
        """It never had the lock."""
        assert grip(wedged(), "contender") == (Grip.CANNOT_HOLD, "its own log says that it failed")

    def test_a_task_that_is_provisioning_has_no_container(self) -> None:
        """PENDING may be starting one."""
        for status, found in (("PROVISIONING", Grip.CANNOT_HOLD), ("PENDING", Grip.MAY_HOLD)):
            assert grip(wedged(holder(), contender(), successor(status)), "successor")[0] is found

    @pytest.mark.parametrize(
        "container", [Container("prometheus", 0), Container("prometheus", None, "STOPPED")]
    )
    def test_an_exited_container_holds_nothing_whatever_its_neighbours_do(self, container: Container) -> None:
        """A sidecar that is deaf to SIGTERM keeps the task, and not the lock."""
        lingering = holder(
            desired_status="STOPPED",
            last_status="STOPPING",
            stopping_at=ago(100),
            stop_code="EssentialContainerExited",
            containers=(container, Container("sidecar")),
        )
        assert grip(wedged(lingering, contender())) == (Grip.CANNOT_HOLD, "it has exited")

    def test_another_lock_is_named(self) -> None:
        """The row says which."""
        apart = (definition(NEW_CODE), definition(OLD_CODE, "fs-0other:fsap-1:/"))
        found, fact = grip(wedged(task_definitions=apart))
        assert found is Grip.CANNOT_HOLD
        assert "fs-0other" in fact

    def test_whoever_was_created_after_the_contention_had_nothing_to_do_with_it(self) -> None:
        """By more than clocks may differ."""
        later = holder(created_at=AT + timedelta(seconds=6), started_at=ago(3))
        assert table(wedged(later, contender())).could_then() == ()
        near = replace(later, created_at=AT + timedelta(seconds=5))
        assert table(wedged(near, contender())).could_then() == (near,)

    def test_whoever_had_ended_before_it_neither(self) -> None:
        """Ended about then is not ended before."""
        gone = stopped(holder(), 30)
        assert table(wedged(gone, contender())).could_then() == ()
        about = stopped(holder(), 22)
        assert table(wedged(about, contender())).could_then() == (about,)


class TestLease:
    def test_a_killed_container_may_leave_its_lock_for_minutes(self) -> None:
        """SIGKILL, or a lost host: the file system may not have noticed."""
        killed = replace(stopped(holder(), 299), containers=(Container("prometheus", 137),))
        found, fact = grip(wedged(killed, contender()))
        assert found is Grip.MAY_HOLD
        assert "may keep its lock" in fact
        assert (
            grip(wedged(replace(killed, execution_stopped_at=ago(300)), contender()))[0] is Grip.CANNOT_HOLD
        )
        lost = replace(
            killed, containers=(Container("prometheus"),), stop_code="SpotInterruption", last_status="STOPPED"
        )
        assert grip(wedged(lost, contender()))[0] is Grip.MAY_HOLD

    def test_a_lease_alone_makes_nobody_the_holder(self) -> None:
        """It is no task that could be stopped, and it leaves in doubt who had the lock."""
        killed = replace(stopped(holder(), 60), containers=(Container("prometheus", 137),))
        made = table(wedged(killed, contender()))
        assert made.of(Grip.HOLDS) == ()
        assert made.of(Grip.MAY_HOLD, lease=True) == (killed,)
        starting = holder(arn=arn("back"), created_at=ago(90), started_at=ago(40))
        both = table(wedged(killed, starting, contender()))
        assert both.of(Grip.HOLDS) == ()


class TestHolds:
    def test_its_own_start_up_line_says_so(self) -> None:
        """However young it is; until it is asked to stop."""
        fresh = new_task(3)
        assert grip(wedged(fresh, logs=(opened(),)), "new", contended=False)[0] is Grip.HOLDS
        leaving = replace(fresh, desired_status="STOPPED", stopping_at=ago(1))
        assert grip(wedged(leaving, logs=(opened(),)), "new", contended=False)[0] is Grip.MAY_HOLD

    def test_a_start_up_line_of_an_earlier_life_says_nothing(self) -> None:
        """A stream may be older than the task that writes to it."""
        fresh = new_task(3)
        old = opened(seconds=3600)
        assert grip(wedged(fresh, logs=(old,)), "new", contended=False)[0] is Grip.MAY_HOLD

    def test_the_only_one_that_could_have_held_it_held_it(self) -> None:
        """And holds it while it runs."""
        found, fact = grip(wedged(YOUNG, contender(), successor()))
        assert found is Grip.HOLDS
        assert fact == "it held the lock when the contender failed, and still runs"
        leaving = replace(YOUNG, desired_status="STOPPED", stopping_at=ago(1))
        assert grip(wedged(leaving, contender(), successor()))[0] is Grip.MAY_HOLD

    @pytest.mark.parametrize(
        "changes",
        [
            {"outside": (OutsideHolder(arn("x"), "service:other", "the same"),)},
            {"outside_unread": "ecs:ListTasks: AccessDeniedException"},
        ],
    )
    def test_not_where_somebody_outside_may_have_held_it(self, changes: dict[str, object]) -> None:
        """What could not be read narrows nothing."""
        assert grip(wedged(YOUNG, contender(), successor(), **changes))[0] is Grip.MAY_HOLD

    def test_not_where_two_could(self) -> None:
        """One more that had started by then."""
        twin = replace(YOUNG, arn=arn("twin"))
        for name in ("holder", "twin"):
            assert grip(wedged(YOUNG, twin, contender()), name)[0] is Grip.MAY_HOLD

    def test_not_a_task_that_ecs_does_not_show_as_running(self) -> None:
        """Its container may be about to start; who had the lock is somebody else."""
        starting = replace(successor(deployment_id=OLD, task_definition=OLD_CODE), created_at=ago(60))
        assert table(wedged(starting, contender())).of(Grip.HOLDS) == ()

    def test_not_a_task_that_started_only_after_the_contention(self) -> None:
        """Its failure 21 s ago tells nothing of a task that runs since then; clocks may differ a little."""
        created = ago(22)
        in_time = replace(YOUNG, created_at=created, started_at=AT + SKEW)
        late = replace(YOUNG, created_at=created, started_at=AT + SKEW + timedelta(seconds=0.1))
        assert grip(wedged(in_time, contender()))[0] is Grip.HOLDS
        assert grip(wedged(late, contender()))[0] is Grip.MAY_HOLD

    def test_who_runs_for_longer_than_any_program_takes_to_its_lock_holds_it(self) -> None:
        """A program that does not get it exits. Of two neither is believed."""
        old = holder(started_at=ago(120))
        assert grip(wedged(old), contended=False)[0] is Grip.HOLDS
        assert grip(wedged(replace(old, started_at=ago(119))), contended=False)[0] is Grip.MAY_HOLD
        twin = replace(old, arn=arn("twin"))
        assert grip(wedged(old, twin), contended=False)[0] is Grip.MAY_HOLD

    def test_not_on_a_lock_that_may_be_another(self) -> None:
        """It holds its own, and nobody knows whether that is this one."""
        apart = (definition(NEW_CODE), definition(OLD_CODE, "fs-0abc:fsap-2:/"))
        made = wedged(holder(), task_definitions=apart)
        assert grip(made, contended=False)[0] is Grip.MAY_HOLD


class TestUnread:
    def test_a_task_whose_definition_was_not_read_may_hold_it(self) -> None:
        """And cannot once it has ended."""
        only = (definition(NEW_CODE),)
        twin = replace(YOUNG, arn=arn("twin"))
        found = grip(wedged(YOUNG, twin, contender(), task_definitions=only))
        assert found == (Grip.MAY_HOLD, "its task definition was not read")
        assert grip(wedged(stopped(holder()), contender(), task_definitions=only))[0] is Grip.CANNOT_HOLD

    def test_the_order_of_the_tasks_changes_nothing(self) -> None:
        """The table is a set of rows."""
        tasks: tuple[Task, ...] = (holder(), contender(), successor())
        rows = set(table(wedged(*tasks)).now)
        assert set(table(wedged(*reversed(tasks))).now) == rows


def test_the_takers_are_the_container_of_that_name_and_all_that_name_a_data_directory() -> None:
    """Else all that share a volume: what is not known may take it."""
    init, main = definition(NEW_CODE).containers
    assert takers((init, main), "prometheus") == (main,)
    assert takers((replace(init, data_path="/x"), main), "prometheus") == (
        replace(init, data_path="/x"),
        main,
    )
    unnamed = TaskDefinition("x", (replace(init, name="a"), replace(main, name="b", data_path=None)))
    assert takers(unnamed.containers, "prometheus") == unnamed.containers
    assert takers((replace(main, data_path=None, mounts=()),), "other") == ()


def test_the_observation_is_what_now_means() -> None:
    """No clock is read."""
    later = replace(wedged(YOUNG, logs=(log(LOCK_LINE),)), observed_at=NOW + timedelta(seconds=90))
    assert grip(later, contended=False)[0] is Grip.HOLDS
