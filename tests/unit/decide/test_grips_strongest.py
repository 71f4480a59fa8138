"""Which row counts for a task, and which containers of a definition may take a lock at all."""

import itertools

import pytest

from tests.support.situations import NEW_CODE, OLD_CODE, arn, contender, definition, holder, wedged
from tests.unit.decide.tables import READ_ONLY, made_of, table, taker
from unwedge.decide.grips import keeps_known_data, may_take, strongest, takers
from unwedge.model.grip import Grip, GripRow
from unwedge.model.service import Container
from unwedge.model.task_definition import ContainerSpec


def a_row(grip: Grip, *, lease: bool = False) -> GripRow:
    """A row of one task."""
    return GripRow(arn("holder"), "prometheus", grip, "a fact", lease=lease)


IN_ORDER = (
    a_row(Grip.HOLDS),
    a_row(Grip.MAY_HOLD),
    a_row(Grip.MAY_HOLD, lease=True),
    a_row(Grip.CANNOT_HOLD),
)


@pytest.mark.parametrize(("stronger", "weaker"), list(itertools.combinations(IN_ORDER, 2)))
def test_a_task_has_the_strongest_grip_of_its_containers(stronger: GripRow, weaker: GripRow) -> None:
    """Holds before may, may before a lease, a lease before cannot; in whatever order they come."""
    assert strongest([stronger, weaker]) == stronger
    assert strongest([weaker, stronger]) == stronger


def test_a_task_without_a_container_that_locks_has_no_grip() -> None:
    """It is nobody's holder, and nobody waits for it."""
    assert strongest([]) is None
    stateless = made_of(OLD_CODE, taker("web", volume=None, data_path=None))
    made = table(wedged(task_definitions=(definition(NEW_CODE), stateless)))
    assert all(holder() not in made.of(grip) for grip in Grip)


class TestTakers:
    def test_the_container_of_that_name_may_take_the_lock_without_naming_its_directory(self) -> None:
        """Beside one that names its own."""
        main, other = taker(data_path=None), taker("compactor")
        assert takers((main, other), "prometheus") == (main, other)
        assert takers((main, other), "compactor") == (other,)

    def test_where_none_has_the_name_or_a_directory_all_that_share_a_volume_may(self) -> None:
        """A renamed container is not overlooked; one that cannot write there is."""
        one, two = taker("a", data_path=None), taker("b", data_path=None)
        alone, reader = taker("c", volume=None, data_path=None), taker("d", data_path=None, mounts=READ_ONLY)
        assert takers((one, alone, reader, two), "prometheus") == (one, two)


class TestMayTake:
    """Whose words about a lock count."""

    SIDECAR = taker("sidecar", data_path=None)
    BY_IMAGE = taker(data_path=None, image="prom/prometheus:v3.1.0")

    @pytest.mark.parametrize("program", [taker(), BY_IMAGE], ids=["by its command", "by its image"])
    def test_a_sidecar_does_not_speak_for_a_program_whose_data_are_known(
        self, program: ContainerSpec
    ) -> None:
        """It only shares the mount."""
        assert keeps_known_data(program)
        assert not may_take(self.SIDECAR, (self.SIDECAR, program))
        assert may_take(program, (self.SIDECAR, program))

    def test_where_nobodys_data_are_known_any_of_them_may_speak(self) -> None:
        """An image and a command that tell nothing."""
        unknown = taker(data_path=None, image="corp/metrics:7")
        assert not keeps_known_data(unknown)
        assert may_take(unknown, (self.SIDECAR, unknown))
        assert may_take(self.SIDECAR, (self.SIDECAR, unknown))

    def test_a_container_that_may_start_anything_may_speak_beside_a_known_program(self) -> None:
        """A shell works out where it keeps its data: what is not known is not ruled out."""
        shell = taker("shell", data_path=None, path_unclear="a shell works out its data directory")
        assert may_take(shell, (shell, taker()))


class TestUnnamed:
    """Containers that do not have the contender's name and name no directory."""

    BY_IMAGE = taker("server", data_path=None, image="prom/prometheus:v3.1.0")
    SHELL = taker("server", data_path=None, path_unclear="a shell works out its data directory")

    @pytest.mark.parametrize("server", [BY_IMAGE, SHELL], ids=["known by its image", "started by a shell"])
    def test_one_that_may_take_the_lock_is_not_left_out_for_another_that_names_its_directory(
        self, server: ContainerSpec
    ) -> None:
        """The holder of a renamed container would else be one that cannot hold it."""
        init = taker("migrate")
        assert takers((init, server), "prometheus") == (init, server)
        old = made_of(OLD_CODE, init, server)
        task = holder(containers=(Container("migrate", 0), Container("server")))
        made = table(wedged(task, contender(), task_definitions=(definition(NEW_CODE), old)))
        assert made.could_then() == (task,)

    def test_a_shell_that_can_write_nowhere_beside_others_is_left_out(self) -> None:
        """It cannot take a lock that others can take."""
        alone = taker("server", volume=None, data_path=None, path_unclear="a shell")
        reader = taker("reader", data_path=None, path_unclear="a shell", mounts=READ_ONLY)
        assert takers((alone, taker(), reader), "prometheus") == (taker(),)
