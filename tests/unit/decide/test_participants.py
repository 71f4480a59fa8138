"""Whose lock the table is about where nobody has failed on one."""

from dataclasses import replace

import pytest

from tests.support.situations import OLD_CODE, holder, incident, wedged
from tests.unit.decide.tables import READ_ONLY, made_of, taker
from unwedge.decide.participants import Participants
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
