"""Whose lock the table is about where nobody has failed on one."""

from dataclasses import replace

import pytest

from tests.support.situations import (
    NEW,
    NEW_CODE,
    OLD,
    OLD_CODE,
    ago,
    arn,
    contender,
    definition,
    died,
    holder,
    incident,
    log,
    new_task,
    opened,
    stop,
    stopped,
    successor,
    wedged,
)
from tests.unit.decide.tables import READ_ONLY, made_of, taker
from unwedge.decide.participants import Participants
from unwedge.model.incident import Rollback, StopState
from unwedge.model.service import Health, Task
from unwedge.model.settings import Settings
from unwedge.model.task_definition import ContainerSpec

MAIN = taker()
# What stands before it in the definition, and may take a lock as well.
ON_A_DISK_OF_ITS_OWN = taker("cache", volume=None, data_path="/data")
READER = taker("reader", mounts=READ_ONLY)
INIT = taker("migrate", essential=False)
BY_A_SHELL = taker("helper", data_path=None, path_unclear="a shell works out its data directory")


@pytest.mark.parametrize(
    "other", [ON_A_DISK_OF_ITS_OWN, READER, INIT, BY_A_SHELL], ids=lambda spec: spec.name
)
def test_it_is_the_programs_whose_data_others_can_reach_whatever_stands_before_it(
    other: ContainerSpec,
) -> None:
    """Not a cache's on its own disk, nor of what only reads, prepares or helps."""
    for specs in ((other, MAIN), (MAIN, other)):
        made = wedged(holder(), task_definitions=(made_of(OLD_CODE, *specs),), logs=())
        table = Participants(made, Settings()).table
        assert table is not None
        assert table.reference.spec == MAIN


def test_in_an_incident_it_is_the_container_that_failed_before() -> None:
    """Whatever else may take a lock."""
    named = replace(incident(), container="helper")
    definitions = (made_of(OLD_CODE, MAIN, BY_A_SHELL),)
    made = wedged(holder(), task_definitions=definitions, incident=named, logs=())
    table = Participants(made, Settings()).table
    assert table is not None
    assert table.reference.spec == BY_A_SHELL


def test_a_service_without_a_container_that_takes_a_lock_has_no_table() -> None:
    """Then only ECS's own state says what runs."""
    web = taker("web", volume=None, data_path=None)
    made = wedged(holder(), task_definitions=(made_of(OLD_CODE, web),), logs=())
    found = Participants(made, Settings())
    assert found.table is None
    assert (found.undecided, found.leases, found.holding) == ((holder(),), (), ())


class TestReference:
    """Of which task the table is."""

    @staticmethod
    def reference(*tasks: Task) -> Task:
        table = Participants(wedged(*tasks, logs=()), Settings()).table
        assert table is not None
        return table.reference.task

    def test_it_is_a_task_of_the_target_where_one_runs(self) -> None:
        """In whatever order ECS tells of them."""
        old, new = holder(), new_task()
        assert self.reference(old, new) == new
        assert self.reference(new, old) == new

    def test_one_that_is_asked_to_stop_is_not_it_while_another_runs(self) -> None:
        """Also where it is the target's."""
        leaving = new_task(desired_status="STOPPED", stopping_at=ago(1))
        assert self.reference(leaving, holder()) == holder()

    def test_where_none_runs_it_is_of_one_that_has_ended(self) -> None:
        """Its lease may still be in the way of the next."""
        gone = stopped(holder(), 30)
        assert self.reference(gone) == gone


class TestWhoHasTheLock:
    def test_who_is_asked_to_stop_is_stopping_and_not_undecided(self) -> None:
        """And who is on its way is neither."""
        leaving = holder(started_at=ago(30), desired_status="STOPPED", stopping_at=ago(1))
        young = new_task(3)
        found = Participants(wedged(leaving, young, successor(), logs=()), Settings())
        assert (found.stopping, found.undecided) == ((leaving,), (young,))
        assert found.on_their_way == (successor(),)
        assert found.running == (young, leaving)

    def test_without_a_table_who_has_ended_does_not_run(self) -> None:
        """By ECS's own state."""
        web = made_of(OLD_CODE, taker("web", volume=None, data_path=None))
        gone = stopped(holder(arn=arn("gone")), 30)
        found = Participants(wedged(holder(), gone, task_definitions=(web,), logs=()), Settings())
        assert found.running == (holder(),)


class TestSuspects:
    """Failures that are still to be explained."""

    @staticmethod
    def suspects(*tasks: Task, **changes: object) -> tuple[Task, ...]:
        changes.setdefault("logs", ())
        return Participants(wedged(*tasks, **changes), Settings()).suspects

    def test_a_failure_from_before_any_of_two_took_the_lock_explains_nothing(self) -> None:
        """The last one that took it came after that attempt."""
        late = holder(arn=arn("late"), started_at=ago(25), created_at=ago(30))
        said = (opened("holder"), opened("late"))
        for before in (26, 25):
            assert self.suspects(holder(), late, contender(before), logs=said) == ()
        assert self.suspects(holder(), late, contender(24), logs=said) == (contender(24),)

    def test_a_failure_from_before_our_last_stop_is_over(self) -> None:
        """A stop that was only claimed has changed nothing."""
        for state, over in ((StopState.SENT, True), (StopState.CLAIMED, False)):
            since = incident(stop("holder", 30, state))
            assert (self.suspects(contender(31), incident=since) == ()) is over
            assert self.suspects(contender(29), incident=since) == (contender(29),)

    def test_of_the_deployment_that_was_given_up_none_is_a_suspect(self) -> None:
        """Once we have sent the service back to the revision before it."""
        for state, given_up in ((StopState.SENT, True), (StopState.CLAIMED, False)):
            back = replace(incident(), broken=NEW, rollback=Rollback(OLD_CODE, ago(60), state))
            assert (self.suspects(contender(), incident=back) == ()) is given_up

    def test_they_are_the_newest_one_from_within_the_patience_and_one_from_beyond(self) -> None:
        """In a fast crash loop the newest is always too young for late lines."""
        failed = [contender(seconds, arn=arn(f"f{seconds}")) for seconds in (5, 20, 30, 45, 60, 90)]
        assert [task.id for task in self.suspects(*reversed(failed))] == ["f5", "f30", "f60"]

    def test_those_of_the_target_come_first(self) -> None:
        """Its failure is what a stop would help."""
        old = contender(10, arn=arn("old"), deployment_id=OLD)
        assert self.suspects(old, contender(20))[0] == contender(20)

    def test_a_failure_without_a_time_is_none(self) -> None:
        """Nobody knows what it was before."""
        undated = contender(execution_stopped_at=None, stopping_at=None, stopped_at=None)
        assert self.suspects(undated) == ()

    def test_the_newest_that_says_something_is_the_suspect(self) -> None:
        """And the newest of all where none says anything."""
        young = contender(5, arn=arn("young"))
        made = wedged(holder(), young, contender(40), logs=(died(contender(40)),))
        assert Participants(made, Settings()).suspect == contender(40)
        assert Participants(replace(made, logs=()), Settings()).suspect == young
        words = log("level=error msg=config", task="young")
        assert Participants(replace(made, logs=(*made.logs, words)), Settings()).suspect == young

    def test_in_an_incident_each_of_them_may_have_failed_on_the_lock(self) -> None:
        """Without one only a container that failed beside others."""
        bare = tuple(made_of(code, taker(volume=None)) for code in (OLD_CODE, NEW_CODE))
        made = wedged(holder(), contender(), task_definitions=bare, logs=())
        assert Participants(made, Settings()).may_be_the_lock == ()
        wedge = replace(made, incident=incident())
        assert Participants(wedge, Settings()).may_be_the_lock == (contender(),)


class TestSides:
    """Whose side a task is on."""

    OLD_ONE, NEW_ONE = holder(), new_task()
    # After a rollback: the target's revision under an older deployment, as ECS may keep it.
    SAME_CODE = new_task(arn=arn("same-code"), deployment_id="ecs-svc/3")
    # Read a moment after the service: its deployment's id is what counts.
    SAME_ID = new_task(arn=arn("same-id"), task_definition=OLD_CODE)

    def test_the_targets_are_those_of_its_deployment_or_of_its_very_revision(self) -> None:
        """Only the first belong to it."""
        found = Participants(wedged(), Settings())
        for task, target, primary in (
            (self.OLD_ONE, False, False),
            (self.NEW_ONE, True, True),
            (self.SAME_CODE, True, False),
            (self.SAME_ID, True, True),
        ):
            assert found.for_target(task) is target
            assert found.of_primary(task) is primary

    def test_without_a_service_nobody_is_the_targets(self) -> None:
        """What was not read has no side."""
        found = Participants(wedged(service=None), Settings())
        assert not found.for_target(self.NEW_ONE)
        assert found.primary is None

    def test_a_holder_stands_for_the_target_beside_one_that_does_not(self) -> None:
        """Of two of one side neither stands for it against the other."""
        found = Participants(wedged(), Settings())
        for holding, failed, stands in (
            (self.NEW_ONE, self.OLD_ONE, True),
            (self.NEW_ONE, self.SAME_CODE, True),
            (self.NEW_ONE, contender(), False),
            (self.SAME_CODE, self.OLD_ONE, True),
            (self.SAME_CODE, contender(), False),
            (self.OLD_ONE, self.OLD_ONE, False),
            (self.OLD_ONE, contender(), False),
        ):
            assert found.holds_for_target(holding, failed) is stands

    def test_successors_are_of_the_contenders_deployment_and_on_their_way(self) -> None:
        """One of another deployment would not take the lock for it."""
        other = successor(arn=arn("other"), deployment_id=OLD)
        started = new_task(3)
        found = Participants(wedged(holder(), contender(), successor(), other, started), Settings())
        assert found.successors(contender()) == (successor(),)


class TestHealthy:
    @pytest.mark.parametrize("health", Health)
    def test_with_a_check_only_its_result_counts(self, health: Health) -> None:
        """However long the task runs."""
        found = Participants(wedged(), Settings())
        assert found.healthy(new_task(health=health)) is (health is Health.HEALTHY)

    @pytest.mark.parametrize(("seconds", "healthy"), [(39.9, False), (40, True)])
    def test_without_one_forty_seconds_count(self, seconds: float, healthy: bool) -> None:
        """Unless something else says UNHEALTHY, or ECS does not date the start; nor is an unread definition
        one with a check."""
        unchecked = (definition(NEW_CODE, health_check=False),)
        for definitions in (unchecked, ()):
            found = Participants(wedged(task_definitions=definitions), Settings())
            assert found.healthy(new_task(seconds, health=Health.UNKNOWN)) is healthy
            assert not found.healthy(new_task(seconds, health=Health.UNHEALTHY))
            assert not found.healthy(new_task(started_at=None))
