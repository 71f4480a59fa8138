"""The deployed app with a fault proxy on every AWS call that its function makes."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from rehearsal.aws.deployed_app import Workshop, open_workshop
from rehearsal.aws.proxy import Interceptor

SPEED = 10.0
# Visibility in virtual seconds: what the function could not handle comes back soon, and to the dead letters
# within minutes. What the SDK retries takes the function some 3 real seconds, 30 of these.
VISIBILITY = 60
_HERE = Path(__file__).parent


def pytest_addoption(parser: pytest.Parser) -> None:
    """The same option as the rehearsals have, for when only these tests are run."""
    with suppress(ValueError):
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
def interceptor() -> Iterator[Interceptor]:
    """Between the deployed function and all AWS that it calls."""
    with Interceptor() as opened:
        yield opened


@pytest.fixture(scope="session")
def workshop(interceptor: Interceptor, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    """The app deployed once, with limits that do not come between cases that share an account."""
    log_file = tmp_path_factory.mktemp("emulator") / "emulator.log"
    with open_workshop(SPEED, log_file=log_file, interceptor=interceptor) as opened:
        unlimited(opened)
        yield opened


@pytest.fixture(autouse=True)
def _no_faults_left(request: pytest.FixtureRequest) -> Iterator[None]:
    """A test that fails leaves no fault to the next."""
    yield
    if "interceptor" in request.fixturenames:
        request.getfixturevalue("interceptor").lift()


def unlimited(workshop: Workshop) -> None:
    """No storm brake: these cases wedge many services at once, each on purpose. And drains and
    rollbacks, which are opt-in, so that their call can fail, and lost races end well all the same."""
    functions, name = workshop.emulator.client("lambda"), workshop.deployment.output("RemediatorFunction")
    variables = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    variables["UNWEDGE_STOPS_PER_ACCOUNT_HOUR"] = "100000"
    variables["UNWEDGE_WHEN_BROKEN"] = "rollback"
    variables["UNWEDGE_FALLBACK"] = "drain"
    functions.update_function_configuration(FunctionName=name, Environment={"Variables": variables})
    workshop.emulator.client("sqs").set_queue_attributes(
        QueueUrl=workshop.deployment.output("QueueUrl"), Attributes={"VisibilityTimeout": str(VISIBILITY)}
    )
    workshop.warm_up()
