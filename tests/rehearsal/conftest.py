"""Rehearsals in tests: the real app in a real emulator, shared by the scenarios of one test process."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from rehearsal.aws.deployed_app import Workshop, open_workshop

# Fast enough for every day; the function's real 50 to 150 ms still stay within two virtual seconds.
SPEED = 10.0
_HERE = Path(__file__).parent


def pytest_addoption(parser: pytest.Parser) -> None:
    """The everyday run plays a handful of scenarios; this plays all of them."""
    parser.addoption("--all-scenarios", action="store_true", help="rehearse every scenario")


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known under --strict-markers."""
    config.addinivalue_line("markers", "all_scenarios: rehearsed only with --all-scenarios")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what the everyday run leaves out."""
    everything = config.getoption("all_scenarios", False) or "all_scenarios" in config.option.markexpr
    for item in items:
        if _HERE not in item.path.parents:
            continue
        if item.get_closest_marker("all_scenarios") and not everything:
            item.add_marker(pytest.mark.skip(reason="only with --all-scenarios"))


@pytest.fixture(scope="session")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    """The app deployed once; each scenario gets a fresh simulated ECS and a cluster name of its own."""
    with open_workshop(SPEED, log_file=tmp_path_factory.mktemp("emulator") / "emulator.log") as opened:
        yield opened
