"""The shipped scenarios against the deployed app, each judged by its own expectations."""

import pytest

from rehearsal.aws.deployed_app import DeployedApp
from rehearsal.run.run import rehearse_in, rehearse_one
from rehearsal.scenario import loading

EVERYDAY = (
    "real-incident",
    "new-revision-broken",
    "approve-mode",
)


def _marked(name: str) -> object:
    return name if name in EVERYDAY else pytest.param(name, marks=pytest.mark.all_scenarios)


@pytest.mark.timeout(420)
@pytest.mark.parametrize("name", [_marked(name) for name in loading.names()])
def test_a_scenario_ends_as_its_file_expects(name: str, deployed: DeployedApp) -> None:
    """Outcome, verdicts, stops, the final state, and the world without Unwedge are what the file says."""
    scenario = loading.load(name)
    if scenario.settings:
        rehearsed = rehearse_one(scenario, console=None, speed=deployed.clock.speed)
    else:
        rehearsed = rehearse_in(deployed, scenario, console=None)

    assert not rehearsed.result.unmet, rehearsed.result.to_json()
    assert not rehearsed.result.problems
