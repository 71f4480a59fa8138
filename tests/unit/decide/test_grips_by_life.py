"""What a container's life says of its grip: it cannot hold before it began and after it ended."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.support.situations import NEW_CODE, ago, contender, definition, holder, stopped, successor, wedged
from tests.unit.decide.tables import AT, YOUNG, row, table
from unwedge.model.grip import Grip, GripRow, Relation
from unwedge.model.service import SKEW, Container, Task

RUNS = holder(containers=(Container("prometheus"), Container("sidecar")))
LEASE = "and the file system may keep its lock for minutes"


def ended(seconds: float, *containers: Container, **changes: object) -> Task:
    """The holder with these containers, all of them gone for so many seconds."""
    return replace(stopped(holder(), seconds), containers=containers, **changes)  # type: ignore[arg-type]


class TestNow:
    def test_a_killed_program_whose_task_still_runs_leaves_a_lease_and_holds_nothing(self) -> None:
        """However long the task runs, and whoever had the lock when the contender failed: a stop of the task
        would free nothing."""
        killed = replace(RUNS, containers=(Container("prometheus", 137), Container("sidecar")))
        for contended in (True, False):
            found = row(table(wedged(killed, contender()), contended=contended).now)
            assert (found.grip, found.lease) == (Grip.MAY_HOLD, True)
            assert found.fact == f"it was killed, {LEASE}"

    def test_a_killed_sidecar_leaves_no_lease_of_the_programs_lock(self) -> None:
        """The program itself has ended, and unlocked."""
        found = row(table(wedged(ended(60, Container("prometheus", 0), Container("sidecar", 137)))).now)
        assert (found.grip, found.fact, found.lease) == (Grip.CANNOT_HOLD, "it has exited", False)

    def test_a_program_that_was_lost_with_its_host_leaves_a_lease(self) -> None:
        """Nobody unlocked. Whose exit code is known has ended before."""
        lost = ended(60, Container("prometheus"), stop_code="TerminationNotice", last_status="STOPPED")
        found = row(table(wedged(lost)).now)
        assert (found.grip, found.lease) == (Grip.MAY_HOLD, True)
        assert found.fact == f"it was lost with its host, {LEASE}"
        known = replace(lost, containers=(Container("prometheus", 0),))
        assert row(table(wedged(known)).now)[2:4] == (Grip.CANNOT_HOLD, "it has exited")

    def test_a_task_that_runs_is_not_ended_for_want_of_a_container_that_ecs_shows(self) -> None:
        """ECS may not list the containers yet."""
        bare = replace(YOUNG, containers=())
        assert row(table(wedged(bare), contended=False).now).grip is Grip.MAY_HOLD
        for status in ("DEPROVISIONING", "STOPPED", "DELETED"):
            gone = replace(bare, last_status=status, desired_status="STOPPED")
            assert row(table(wedged(gone), contended=False).now).grip is Grip.CANNOT_HOLD

    def test_a_program_that_ecs_still_counts_as_running_cannot_hold_once_its_task_has_ended(self) -> None:
        """The state of a container lags behind the state of its task."""
        for lagging in (
            replace(RUNS, last_status="DEPROVISIONING"),
            replace(RUNS, execution_stopped_at=ago(3), last_status="STOPPING"),
        ):
            assert row(table(wedged(lagging)).now)[2:4] == (Grip.CANNOT_HOLD, "it has exited")


class TestUnread:
    """Of a task whose definition was not read only the life is known."""

    @staticmethod
    def now(task: Task) -> GripRow:
        return row(table(wedged(task, contender(), task_definitions=(definition(NEW_CODE),))).now)

    def test_it_may_hold_the_lock_while_it_runs(self) -> None:
        """And nothing says which of its containers, or which lock."""
        found = self.now(replace(YOUNG, desired_status="STOPPED"))
        fact = "its task definition was not read"
        assert found == GripRow(YOUNG.arn, "", Grip.MAY_HOLD, fact, Relation.UNKNOWN, lease=False)

    def test_it_cannot_once_it_has_ended_and_the_row_says_so(self) -> None:
        """That its definition was not read is no reason any more."""
        found = self.now(ended(60, Container("prometheus", 0)))
        assert found == GripRow(
            YOUNG.arn, "", Grip.CANNOT_HOLD, "it has exited", Relation.UNKNOWN, lease=False
        )

    def test_a_lease_of_whichever_container_was_killed_is_a_lease(self) -> None:
        """Any of them may have been the program; and a lease is no task that could be waited for to stop."""
        found = self.now(ended(60, Container("prometheus", 0), Container("other", 137)))
        assert (found.grip, found.lease) == (Grip.MAY_HOLD, True)


class TestThen:
    """At the moment of the contention."""

    def test_who_was_created_afterwards_could_not_hold_it(self) -> None:
        """And leaves no lease."""
        made = table(wedged(holder(), contender(), successor(created_at=ago(15)))).then
        fact = "its task was created after that moment"
        expected = GripRow(successor().arn, "prometheus", Grip.CANNOT_HOLD, fact, Relation.SAME, lease=False)
        assert row(made, "successor") == expected

    def test_who_ended_afterwards_could_hold_it(self) -> None:
        """It was there, so this is no lease."""
        twin = replace(YOUNG, arn=holder().arn + "2")
        gone = ended(10, Container("prometheus", 137))
        found = row(table(wedged(gone, twin, contender())).then)
        fact = "it had not ended by then"
        assert found == GripRow(gone.arn, "prometheus", Grip.MAY_HOLD, fact, Relation.SAME, lease=False)

    @pytest.mark.parametrize(("before", "could"), [(0.0, True), (0.1, False)])
    def test_two_clocks_may_differ_by_five_seconds(self, before: float, could: bool) -> None:
        """ECS dates the end, CloudWatch the line."""
        gone = replace(
            stopped(holder()), execution_stopped_at=AT - SKEW - timedelta(seconds=before), started_at=ago(900)
        )
        assert table(wedged(gone, contender())).could_then() == ((gone,) if could else ())

    def test_the_age_of_a_lease_is_counted_to_that_moment(self) -> None:
        """The file system kept the lock then, and does not any more."""
        killed = ended(310, Container("prometheus", 137))
        made = table(wedged(killed, contender()))
        assert (row(made.then).grip, row(made.then).lease) == (Grip.MAY_HOLD, True)
        assert row(made.now).grip is Grip.CANNOT_HOLD

    def test_a_lease_alone_is_nobody_who_held_it(self) -> None:
        """The task had ended: at most the file system kept its lock."""
        killed = ended(60, Container("prometheus", 137))
        found = row(table(wedged(killed, contender())).then)
        assert (found.grip, found.lease) == (Grip.MAY_HOLD, True)


LINGERS: dict[str, object] = {
    "desired_status": "STOPPED",
    "last_status": "STOPPING",
    "stop_code": "EssentialContainerExited",
    "stopping_at": ago(100),
}


class TestEnd:
    """When a container can have ended at the latest."""

    @staticmethod
    def could(task: Task) -> bool:
        """Whether it could hold the lock when the contender failed, 21 s ago."""
        return bool(table(wedged(task, contender())).could_then())

    def test_who_ended_its_task_had_ended_when_the_task_began_to_stop(self) -> None:
        """A sidecar that is deaf to SIGTERM keeps the task, and not the program."""
        exited = (Container("prometheus", 0), Container("sidecar"))
        assert not self.could(holder(**LINGERS, containers=exited))
        gone = holder(**LINGERS, containers=exited, execution_stopped_at=ago(10))
        assert not self.could(gone)

    def test_of_two_that_have_exited_nobody_knows_which_came_first(self) -> None:
        """The sidecar may have ended the task, and the program may have lived on."""
        both = (Container("prometheus", 0), Container("sidecar", 1))
        assert self.could(holder(**LINGERS, containers=both, execution_stopped_at=ago(10)))
        assert not self.could(holder(**LINGERS, containers=both, execution_stopped_at=ago(60)))

    def test_a_program_that_outlived_the_container_that_ended_its_task_ends_with_the_task(self) -> None:
        """No exit code of it is known."""
        outlived = (Container("prometheus"), Container("sidecar", 1))
        changes = {**LINGERS, "last_status": "DEPROVISIONING"}
        assert self.could(holder(**changes, containers=outlived, execution_stopped_at=ago(10)))
        assert not self.could(holder(**changes, containers=outlived, execution_stopped_at=ago(60)))

    def test_a_task_that_was_asked_to_stop_tells_only_of_its_end(self) -> None:
        """Its containers may have taken until then."""
        exited = (Container("prometheus", 0), Container("sidecar"))
        asked = {**LINGERS, "stop_code": "UserInitiated"}
        assert self.could(holder(**asked, containers=exited, execution_stopped_at=ago(10)))

    def test_a_program_whose_end_is_not_dated_at_all_may_have_ended_just_now(self) -> None:
        """So it could hold the lock at any moment before."""
        undated = {**LINGERS, "stopping_at": None}
        assert self.could(holder(**undated, containers=(Container("prometheus", 0), Container("sidecar"))))

    def test_where_ecs_does_not_date_the_beginning_of_the_end_the_end_itself_counts(self) -> None:
        """Though the program ended its task."""
        undated = {**LINGERS, "stopping_at": None, "last_status": "DEPROVISIONING"}
        exited = (Container("prometheus", 0), Container("sidecar"))
        assert not self.could(holder(**undated, containers=exited, execution_stopped_at=ago(60)))
        assert self.could(holder(**undated, containers=exited, execution_stopped_at=ago(10)))

    @pytest.mark.parametrize(("seconds", "could"), [(10, True), (60, False)])
    def test_the_end_of_the_task_counts_where_ecs_does_not_date_the_end_of_its_containers(
        self, seconds: float, could: bool
    ) -> None:
        """stoppedAt comes later than the containers' end, never earlier."""
        gone = replace(stopped(holder(), seconds), execution_stopped_at=None, stopped_at=ago(seconds))
        assert self.could(gone) is could
