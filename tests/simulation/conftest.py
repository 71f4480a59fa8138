"""Fixtures of the simulation tests."""

import threading
from collections.abc import Iterator
from http.server import ThreadingHTTPServer

import pytest

from rehearsal.programs.sessions.server import Sessions
from tests.support.simulated_ecs import Stage
from tests.support.verified_service import Prometheus, Verified


@pytest.fixture
def stage() -> Stage:
    """The real incident's shape: a holder of revision 1, healthy, 100/200."""
    made = Stage()
    made.create()
    return made


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Where the program of the container listens on this machine."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Prometheus) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


@pytest.fixture
def verified(port: int) -> Iterator[Verified]:
    """A verifier and an ECS without a service yet."""
    with Sessions(port_of=lambda container: port) as sessions:
        made = Verified(sessions)
        yield made
        made.server.close()
