"""What a container's lock says of its grip, and whether a task's lock is the contended one."""

from dataclasses import replace

from tests.support.situations import (
    NEW_CODE,
    OLD_CODE,
    ago,
    contender,
    definition,
    holder,
    successor,
    wedged,
)
from tests.support.verdicts import verdict
from tests.unit.decide.tables import READ_ONLY, YOUNG, made_of, own_table, row, table, taker
from unwedge.model.decision import Verdict
from unwedge.model.grip import Grip, Relation
from unwedge.model.service import Container
from unwedge.model.task_definition import TaskDefinition

OTHER_POINT, OTHER_SYSTEM = "fs-0abc:fsap-2:/", "fs-0def:fsap-1:/"


def beside(*old: TaskDefinition) -> tuple[TaskDefinition, ...]:
    """The new revision's definition and this old one's."""
    return (definition(NEW_CODE), *old)


class TestRow:
    def test_who_mounts_the_volume_read_only_cannot_hold_its_lock(self) -> None:
        """Nothing can lock there, however long it runs."""
        made = beside(made_of(OLD_CODE, taker(mounts=READ_ONLY)))
        found = row(table(wedged(task_definitions=made)).now)
        assert found[2:5] == (Grip.CANNOT_HOLD, "it mounts the volume read-only", Relation.SAME)

    def test_another_container_of_the_contenders_task_is_judged_by_its_own_life(self) -> None:
        """That the program failed says nothing of its neighbour on the same data."""
        both = made_of(NEW_CODE, taker(), taker("compactor"))
        failing = contender(
            last_status="STOPPING",
            execution_stopped_at=None,
            containers=(Container("prometheus", 1), Container("compactor")),
        )
        made = table(wedged(holder(), failing, task_definitions=(both, definition(OLD_CODE))))
        assert row(made.now, "contender")[2:4] == (Grip.CANNOT_HOLD, "its own log says that it failed")
        assert row(made.now, "contender", "compactor")[2:4] == (Grip.MAY_HOLD, "it runs, or is about to")

    def test_a_container_of_the_same_name_in_another_task_is_not_the_contender(self) -> None:
        """Its own log says nothing of a failure."""
        twin = contender(arn=holder().arn)
        assert row(table(wedged(twin, contender())).then).grip is not Grip.CANNOT_HOLD

    def test_a_task_has_its_own_lock_even_where_nobody_knows_where_it_lies(self) -> None:
        """A start script works out the directory; on a disk of its own nobody else can have it."""
        unclear = taker(data_path=None, path_unclear="a shell works out its data directory")
        apart = taker(volume=None)
        for spec in (unclear, apart):
            made = own_table(wedged(holder(), task_definitions=(made_of(OLD_CODE, spec),)), holder(), spec)
            assert row(made.now)[2:5:2] == (Grip.HOLDS, Relation.SAME)


class TestTask:
    """Whether a task's lock is the contended one, or certainly another."""

    def test_the_same_place_is_this_lock(self) -> None:
        """And no other."""
        made = table(wedged())
        assert made.on_this_lock(holder())
        assert not made.on_another_lock(holder())

    def test_another_file_system_is_another_lock(self) -> None:
        """And not this one."""
        made = table(wedged(task_definitions=beside(definition(OLD_CODE, OTHER_SYSTEM))))
        assert made.on_another_lock(holder())
        assert not made.on_this_lock(holder())

    def test_what_is_not_known_is_neither(self) -> None:
        """Another access point; a definition that was not read; a task without a container that locks."""
        bare = made_of(OLD_CODE, taker("web", volume=None, data_path=None))
        for old in ((definition(OLD_CODE, OTHER_POINT),), (), (bare,)):
            made = table(wedged(task_definitions=beside(*old)))
            assert not made.on_this_lock(holder())
            assert not made.on_another_lock(holder())

    def test_only_a_container_that_may_have_the_lock_puts_its_task_on_it(self) -> None:
        """An init container used this place and ended; what the program uses nobody knows."""
        init = taker("migrate")
        for program, this in ((taker(volume=OTHER_POINT), False), (taker(), True)):
            old = made_of(OLD_CODE, init, program)
            task = replace(YOUNG, containers=(Container("migrate", 0), Container("prometheus")))
            made = table(wedged(task, contender(), successor(), task_definitions=beside(old)))
            assert made.on_this_lock(task) is this

    def test_a_task_with_one_container_on_another_lock_is_not_on_another_lock(self) -> None:
        """The other one takes this lock."""
        old = made_of(OLD_CODE, taker(), taker("compactor", volume=OTHER_SYSTEM))
        made = table(wedged(task_definitions=beside(old)))
        assert made.on_this_lock(holder())
        assert not made.on_another_lock(holder())


def test_a_holder_is_not_stopped_for_a_place_that_only_its_init_container_used() -> None:
    """Whether the program uses the contended lock cannot be told, so a person decides."""
    old = made_of(OLD_CODE, taker("migrate"), taker(volume=OTHER_POINT))
    task = holder(containers=(Container("migrate", 0), Container("prometheus")), started_at=ago(900))
    situation = wedged(task, contender(), successor(), task_definitions=beside(old))
    assert verdict(situation) is Verdict.LOCK_UNDETERMINED
