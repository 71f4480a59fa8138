"""Rehearsals in tests: the real app in a real emulator, shared by the scenarios of one test process."""

from collections.abc import Iterator

import pytest

from rehearsal.aws.deployed_app import DeployedApp, open_deployed_app
from tests.support.pace import pace

# Fast enough for every day. The clock slows down while a function works, but not while a real Prometheus
# starts or ends: on a busy machine that takes a real second, in which a task must still be PENDING.
SPEED = pace(15.0)


@pytest.fixture(scope="session")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeployedApp]:
    """The app deployed once; each scenario gets a fresh simulated ECS and a cluster name of its own."""
    with open_deployed_app(SPEED, log_file=tmp_path_factory.mktemp("emulator") / "emulator.log") as opened:
        yield opened
