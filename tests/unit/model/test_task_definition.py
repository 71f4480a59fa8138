"""The part of a task definition that a decision needs."""

import pytest

from unwedge.model.task_definition import ContainerSpec, Mount, Storage, TaskDefinition


def container(*mounts: Mount, essential: bool = True, health_check: bool = False) -> ContainerSpec:
    """A container with these mounts."""
    return ContainerSpec("main", essential, health_check, None, None, None, None, None, mounts)


@pytest.mark.parametrize(
    ("storage", "read_only", "shares"),
    [
        (Storage.NETWORK, False, True),
        (Storage.HOST, False, True),
        (Storage.DOCKER, False, True),
        (Storage.UNKNOWN, False, True),
        (Storage.NETWORK, True, False),
        (Storage.TASK, False, False),
        (Storage.TASK, True, False),
    ],
)
def test_a_container_shares_a_volume_that_it_can_write_and_other_tasks_can_too(
    storage: Storage, read_only: bool, shares: bool
) -> None:
    """A volume of an unknown kind may be one; a disk of the task's own is none."""
    assert container(Mount("/data", "x", storage, read_only)).shares is shares
    both = container(Mount("/tmp", "", Storage.TASK), Mount("/data", "x", storage, read_only))
    assert both.shares is shares


def test_a_container_without_mounts_shares_nothing_and_starts_as_its_image_does() -> None:
    """Until its definition says otherwise."""
    assert not container().shares
    assert not container().overrides_start


@pytest.mark.parametrize(
    ("essential", "health_check", "checked"),
    [(True, True, True), (True, False, False), (False, True, False), (False, False, False)],
)
def test_ecs_reports_the_health_of_essential_containers_with_a_check(
    essential: bool, health_check: bool, checked: bool
) -> None:
    """A sidecar's check says nothing of the task."""
    made = TaskDefinition("x", (container(), container(essential=essential, health_check=health_check)))
    assert made.health_checked is checked


def test_a_container_is_found_by_its_name() -> None:
    """And none where there is none."""
    made = TaskDefinition("x", (container(),))
    assert made.spec("main") == container()
    assert made.spec("other") is None
