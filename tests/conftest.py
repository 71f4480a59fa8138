"""What every test gets: the tools of this environment first on PATH, and the network rules of its folder."""

import os
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
# jsii starts Node from PATH: it must be the pinned one, however pytest was started.
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Unit tests have no sockets."""
    for item in items:
        folder = item.path.relative_to(TESTS).parts[0]
        if folder == "unit":
            item.add_marker(pytest.mark.disable_socket)
