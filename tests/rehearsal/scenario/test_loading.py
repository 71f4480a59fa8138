"""Scenario files are checked, and what is wrong with one is said in plain sentences."""

from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from rehearsal.ecs.options import Replacement, Rollback, SchedulerOptions
from rehearsal.run.simulated_scenario import scheduler_options
from rehearsal.scenario import loading
from rehearsal.scenario.model import Outcome


def _document(**changes: Any) -> dict[str, Any]:
    return {
        "title": "A title",
        "story": "A story.",
        "service": {"name": "prometheus"},
        "revisions": [{}, {}],
        "steps": [{"at": 0, "do": "deploy", "revision": 2}],
        "expect": {"outcome": "recovered"},
        **changes,
    }


@pytest.mark.parametrize("name", loading.names())
def test_every_shipped_scenario_is_valid_and_says_how_it_ends_without_unwedge(name: str) -> None:
    """A scenario without its control proves little."""
    scenario = loading.load(name)

    assert scenario.expect.without_unwedge is not None
    assert scenario.expect.outcome is not Outcome.UNFINISHED
    assert len(scenario.title) < 80


def test_a_scenario_can_set_everything_that_the_simulated_scheduler_leaves_open() -> None:
    """The schema and the simulator's options know the same settings; the seed is the scenario's own."""
    known = set(loading.schema()["$defs"]["scheduler"]["properties"])

    assert known == {option.name for option in fields(SchedulerOptions)} - {"seed"}


def test_settings_of_the_scheduler_reach_the_simulator() -> None:
    """Words become enums, pairs become ranges."""
    scheduler = {"replacement": "newest-revision", "pending_seconds": [1, 2], "rollback": "revive"}

    options = scheduler_options(loading.parse(_document(scheduler=scheduler, seed=9), name="x"))

    assert options == SchedulerOptions(
        replacement=Replacement.NEWEST_REVISION, pending_seconds=(1.0, 2.0), rollback=Rollback.REVIVE, seed=9
    )


def test_the_defaults_are_the_real_incidents_shape() -> None:
    """One task, 100/200, EFS, a health check and an init container."""
    service = loading.parse(_document(), name="x").service

    assert (service.desired_count, service.minimum_healthy_percent, service.maximum_percent) == (1, 100, 200)
    assert service.health_check is not None
    assert service.init_container


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"speed": 0}, "x: speed is 0; it must be greater than 0."),
        ({"service": {}}, "x: service lacks name."),
        ({"service": {"nam": "y", "name": "x"}}, "x: service has no setting 'nam'. Did you mean name?"),
        ({"revisions": []}, "x: revisions has 0 entries; it must have at least 1."),
        ({"title": 3}, "x: title is 3; it must be of type string."),
        (
            {"steps": [{"at": 0, "do": "deploy", "revision": 3}]},
            "x: steps.0 (deploy) names revision 3, but the scenario has only 2.",
        ),
        ({"steps": [{"at": 0, "do": "deploy"}]}, "x: steps.0 (deploy) lacks the revision to deploy."),
        (
            {"steps": [{"at": 9, "do": "force-deployment"}, {"at": 0, "do": "force-deployment"}]},
            "x: the steps are not in order of time.",
        ),
    ],
)
def test_a_wrong_setting_is_named_with_what_would_be_right(changes: dict[str, Any], sentence: str) -> None:
    """Where it is, what it is, and what it must be."""
    with pytest.raises(loading.ScenarioError) as refused:
        loading.parse(_document(**changes), name="x")

    assert str(refused.value) == sentence


def test_all_faults_of_a_file_are_told_at_once() -> None:
    """One line each."""
    with pytest.raises(loading.ScenarioError) as refused:
        loading.parse(_document(title=3, speed=0), name="x")

    assert len(str(refused.value).splitlines()) == 2


def test_an_unknown_name_suggests_near_ones() -> None:
    """A typing error is recognised."""
    with pytest.raises(loading.ScenarioError, match="Did you mean real-incident"):
        loading.load("real-incidnt")


def test_a_file_that_is_no_yaml_is_refused_in_one_line(tmp_path: Path) -> None:
    """The position is kept, the line breaks are not."""
    file = tmp_path / "mine.yaml"
    file.write_text("title: [")

    with pytest.raises(loading.ScenarioError) as refused:
        loading.load(str(file))

    assert str(refused.value).startswith("mine.yaml is not valid YAML: ")
    assert "\n" not in str(refused.value)
