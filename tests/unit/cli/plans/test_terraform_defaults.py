"""What is not set: Availability Zone rebalancing, launch type, cluster and the number of tasks."""

from typing import Any

import pytest

from tests.unit.cli.plans.reading import change, edited, example, service
from unwedge_cli.plans import Planned

NEW, OLD = "aws_ecs_service.prometheus", "aws_ecs_service.prometheus"
REBALANCING = "availabilityZoneRebalancing"


def created(**after: Any) -> Planned:
    """The service of fixed.json, made by a provider that works rebalancing out, with other values."""

    def edit(data: dict[str, Any]) -> None:
        made = change(data, NEW)
        del made["after"]["availability_zone_rebalancing"]
        made["after_unknown"]["availability_zone_rebalancing"] = True
        made["after"].update(after)
        resources = data["configuration"]["root_module"]["resources"]
        next(item for item in resources if item["address"] == NEW)["expressions"].pop(
            "availability_zone_rebalancing"
        )

    return service(edited("fixed.json", edit), NEW)


def test_a_new_service_gets_rebalancing_if_it_is_compatible() -> None:
    """Since September 2025."""
    found = created(deployment_maximum_percent=200)
    assert found.service[REBALANCING] == "ENABLED"
    assert REBALANCING not in found.unknown


@pytest.mark.parametrize(
    "after",
    [
        {"deployment_maximum_percent": 100},
        {"scheduling_strategy": "DAEMON"},
        {"launch_type": "EXTERNAL"},
        {"deployment_controller": [{"type": "CODE_DEPLOY"}]},
        {"load_balancer": [{"elb_name": "classic", "container_name": "x", "container_port": 1}]},
        {
            "placement_constraints": [
                {"type": "memberOf", "expression": "attribute:ecs.availability-zone == a"}
            ]
        },
        {"ordered_placement_strategy": [{"type": "binpack", "field": "cpu"}]},
    ],
)
def test_a_new_service_that_is_not_compatible_gets_none(after: dict[str, Any]) -> None:
    """One thing that rules it out is enough."""
    found = created(**{"deployment_maximum_percent": 200, **after})
    assert found.service[REBALANCING] == "DISABLED"


def test_rebalancing_that_depends_on_something_unknown_is_unknown() -> None:
    """Here on maximumPercent."""

    def edit(data: dict[str, Any]) -> None:
        made = change(data, NEW)
        for key in ("availability_zone_rebalancing", "deployment_maximum_percent"):
            made["after"].pop(key)
        made["after_unknown"]["deployment_maximum_percent"] = True

    found = service(edited("fixed.json", edit), NEW)
    assert REBALANCING not in found.service
    assert REBALANCING in found.unknown


def test_an_existing_service_keeps_its_rebalancing() -> None:
    """An update that does not set it changes nothing; what the state does not say is unknown."""

    def unset(data: dict[str, Any], before: str | None) -> None:
        found = change(data, OLD)
        found["after"].pop("availability_zone_rebalancing")
        found["before"]["availability_zone_rebalancing"] = before

    kept = service(edited("incident.json", lambda data: unset(data, "ENABLED")), OLD)
    assert kept.service[REBALANCING] == "ENABLED"
    never = service(edited("incident.json", lambda data: unset(data, None)), OLD)
    assert REBALANCING not in never.service
    assert REBALANCING in never.unknown


def test_without_a_launch_type_the_cluster_decides() -> None:
    """Its default capacity providers are not in the plan."""
    found = service(example("for-each.json"), "aws_ecs_service.counted[0]")
    assert "launchType" in found.unknown
    assert "launchType" not in service(example("fixed.json"), NEW).unknown


def test_without_a_cluster_it_is_the_default_one() -> None:
    """The provider sends none, and ECS takes `default`."""
    assert service(example("for-each.json"), "aws_ecs_service.counted[0]").cluster == "default"
    assert service(example("fixed.json"), NEW).cluster == "${aws_ecs_cluster.monitoring.arn}"


def test_without_a_desired_count_the_provider_asks_for_no_task() -> None:
    """Its own default, which is not that of CloudFormation."""
    assert created(desired_count=None).service["desiredCount"] == 0


def test_all_tags_with_the_providers_own_are_the_services_tags() -> None:
    """`default_tags` may set the mode of a whole account."""

    def edit(data: dict[str, Any]) -> None:
        found = change(data, OLD)
        found["after"]["tags_all"] = {"unwedge": "enforce", "team": "x"}

    tags = service(edited("incident.json", edit), OLD).service["tags"]
    assert {tag["key"]: tag["value"] for tag in tags} == {"unwedge": "enforce", "team": "x"}
