"""Fixtures of the simulation tests."""

import pytest

from tests.support.simulated_ecs import Stage


@pytest.fixture
def stage() -> Stage:
    """The real incident's shape: a holder of revision 1, healthy, 100/200."""
    made = Stage()
    made.create()
    return made
