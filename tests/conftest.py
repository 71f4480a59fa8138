"""What every test gets: the tools of this environment first on PATH, and the network rules of its folder."""

import os
import sys
from pathlib import Path

import pytest
from hypothesis import settings

# Every day the same examples, however busy the machine is; `make fuzz` searches for new ones, and what it
# finds becomes an @example.
settings.register_profile("everyday", derandomize=True, database=None, deadline=None)
settings.register_profile("search", max_examples=2000, deadline=None, database=None, print_blob=True)
settings.load_profile(os.environ.get("UNWEDGE_HYPOTHESIS", "everyday"))

TESTS = Path(__file__).parent
_IN_VIRTUAL_TIME = frozenset({"dashboard", "rehearsal", "wire"})
# jsii starts Node from PATH: it must be the pinned one, however pytest was started.
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])


def pytest_addoption(parser: pytest.Parser) -> None:
    """The everyday run plays a handful of scenarios and faults; this plays all of them."""
    parser.addoption("--all-scenarios", action="store_true", help="rehearse every scenario and every fault")


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known under --strict-markers."""
    config.addinivalue_line("markers", "all_scenarios: only with --all-scenarios")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Unit tests have no sockets; what the everyday run leaves out is skipped. What waits for virtual time
    comes first: beside tests that compute, its functions would be slow, and the world would move on."""
    items.sort(key=lambda item: item.path.relative_to(TESTS).parts[0] not in _IN_VIRTUAL_TIME)
    for item in items:
        if item.get_closest_marker("all_scenarios") and not config.getoption("all_scenarios"):
            item.add_marker(pytest.mark.skip(reason="only with --all-scenarios"))
        folder = item.path.relative_to(TESTS).parts[0]
        if folder == "unit":
            item.add_marker(pytest.mark.disable_socket)
