"""The deployed app with a fault proxy on every AWS call that its function makes."""

from collections.abc import Iterator

import pytest

from rehearsal.aws.deployed_app import QUEUES, DeployedApp, open_deployed_app
from tests.support.fault_proxy import Interceptor
from tests.support.pace import pace

SPEED = pace(15.0)
# Visibility in virtual seconds: what the function could not handle comes back soon, and to the dead letters
# within minutes. What the SDK retries takes the function some 3 real seconds, 30 of these.
VISIBILITY = 60


@pytest.fixture(scope="session")
def interceptor() -> Iterator[Interceptor]:
    """Between the deployed function and all AWS that it calls."""
    with Interceptor() as opened:
        yield opened


@pytest.fixture(scope="session")
def deployed(interceptor: Interceptor, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeployedApp]:
    """The app deployed once, with limits that do not come between cases that share an account."""
    log_file = tmp_path_factory.mktemp("emulator") / "emulator.log"
    with open_deployed_app(SPEED, log_file=log_file, interceptor=interceptor) as opened:
        unlimited(opened)
        yield opened


@pytest.fixture(autouse=True)
def _no_faults_left(request: pytest.FixtureRequest) -> Iterator[None]:
    """A test that fails leaves no fault to the next."""
    yield
    if "interceptor" in request.fixturenames:
        request.getfixturevalue("interceptor").lift()


def unlimited(deployed: DeployedApp) -> None:
    """No storm brake: these cases wedge many services at once, each on purpose. And drains and
    rollbacks, which are opt-in, so that their call can fail, and lost races end well all the same."""
    functions = deployed.emulator.client("lambda")
    # the approver decides as well, in the pass that follows an answer
    for output in ("RemediatorFunction", "ApproverFunction"):
        name = deployed.deployment.output(output)
        variables = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
        variables["UNWEDGE_STOPS_PER_ACCOUNT_HOUR"] = "100000"
        variables["UNWEDGE_WHEN_BROKEN"] = "rollback"
        variables["UNWEDGE_FALLBACK"] = "drain"
        functions.update_function_configuration(FunctionName=name, Environment={"Variables": variables})
    for output in QUEUES:
        deployed.emulator.client("sqs").set_queue_attributes(
            QueueUrl=deployed.deployment.output(output), Attributes={"VisibilityTimeout": str(VISIBILITY)}
        )
    deployed.warm_up()
