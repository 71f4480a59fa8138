"""The app, synthesised once for all tests here: as it ships, and narrowed to clusters."""

import pytest

from rehearsal.aws.deploy import EVERYWHERE, EXEC_EVERYWHERE, CdkApp, synthesise
from tests.support.template import CLUSTERS, Assembly, synthesised


@pytest.fixture(scope="session")
def shipped() -> Assembly:
    """The app with the settings in cdk.json."""
    return synthesised()


@pytest.fixture(scope="session")
def everywhere() -> Assembly:
    """The app that may act in every cluster, as the rehearsals deploy it."""
    return Assembly(synthesise(CdkApp(context=(EVERYWHERE, EXEC_EVERYWHERE))))


@pytest.fixture(scope="session")
def narrowed() -> Assembly:
    """The app for two clusters, enforcing."""
    return synthesised(
        {
            "clusters": list(CLUSTERS),
            "mode": "enforce",
            "stopsPerIncident": 3,
            "fallback": "drain",
            "execClusters": [CLUSTERS[0]],
        }
    )


@pytest.fixture(scope="session")
def repairing() -> Assembly:
    """The app that may repair services in two clusters."""
    return synthesised({"clusters": list(CLUSTERS), "repairs": True})


@pytest.fixture(params=["shipped", "narrowed"])
def either(request: pytest.FixtureRequest) -> Assembly:
    """What must hold whatever the settings."""
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Assembly)
    return found
