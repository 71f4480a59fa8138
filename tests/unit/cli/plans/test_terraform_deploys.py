"""Whether applying a plan starts a deployment."""

import gzip
import json
import re
from pathlib import Path
from typing import Any

import botocore
import pytest

from tests.unit.cli.plans.reading import Edit, change, edited, service
from unwedge_cli.plans import Planned
from unwedge_cli.plans.terraform.deploying import TRIGGERS

SERVICE = "aws_ecs_service.prometheus"


def updated(edit: Edit) -> Planned:
    """The service of the plan in which nothing changes, with a change of its own."""

    def both(data: dict[str, Any]) -> None:
        change(data, SERVICE)["actions"] = ["update"]
        edit(change(data, SERVICE))

    return service(edited("unchanged.json", both), SERVICE)


def test_the_parameters_that_trigger_a_deployment_are_those_that_botocore_names() -> None:
    """Its copy of the API reference says so of each parameter of UpdateService."""
    packed = Path(botocore.__file__).parent / "data/ecs/2014-11-13/service-2.json.gz"
    members = json.loads(gzip.decompress(packed.read_bytes()))["shapes"]["UpdateServiceRequest"]["members"]
    named = {
        name
        for name, member in members.items()
        if re.search(r"(?<!no)\b(This parameter|it) triggers a new", member.get("documentation", ""))
    }
    assert named == set(TRIGGERS.values())


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("platform_version", "1.4.0"),
        ("network_configuration", [{"assign_public_ip": True, "subnets": ["subnet-0a1b2c3d"]}]),
        ("load_balancer", []),
        ("service_registries", [{"registry_arn": "arn:x"}]),
        ("volume_configuration", [{"name": "data", "managed_ebs_volume": [{"size_in_gb": 1}]}]),
        ("task_definition", "prometheus:2"),
    ],
)
def test_a_change_of_what_is_deployed_deploys(key: str, value: Any) -> None:
    """Each parameter by itself."""
    assert updated(lambda found: found["after"].update({key: value})).deploys is True


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("desired_count", 2),
        ("deployment_maximum_percent", 100),
        ("enable_execute_command", True),
        ("tags", {"unwedge": "off"}),
        ("health_check_grace_period_seconds", 1),
    ],
)
def test_a_change_of_settings_does_not_deploy(key: str, value: Any) -> None:
    """Unless it is told to: then every change does, but that of tags."""

    def forced(found: dict[str, Any]) -> None:
        found["after"].update({key: value, "force_new_deployment": True})
        found["before"]["force_new_deployment"] = True

    assert updated(lambda found: found["after"].update({key: value})).deploys is False
    assert updated(forced).deploys is (key != "tags")


def test_a_value_that_is_known_only_afterwards_leaves_it_open() -> None:
    """It may be the same one."""

    def registry(found: dict[str, Any]) -> None:
        found["after_unknown"]["service_registries"] = True
        found["after"].pop("service_registries")

    assert updated(registry).deploys is None


def test_a_revision_that_is_known_only_afterwards_leaves_it_open_unless_it_is_made() -> None:
    """A data source may find the same one again; what the plan replaces is another one."""

    def hidden(found: dict[str, Any]) -> None:
        found["after_unknown"]["task_definition"] = True
        found["after"].pop("task_definition")

    assert updated(hidden).deploys is None


def test_an_empty_list_false_and_none_are_no_change() -> None:
    """The provider shows one before and the other after."""

    def empty(found: dict[str, Any]) -> None:
        found["before"]["network_configuration"][0]["security_groups"] = None
        found["after"]["network_configuration"][0]["security_groups"] = []
        found["before"]["network_configuration"][0]["assign_public_ip"] = None
        found["before"]["platform_version"] = found["after"]["platform_version"] = ""

    assert updated(empty).deploys is False


@pytest.mark.parametrize("actions", [["create", "delete"], ["delete", "create"]])
def test_a_replaced_service_deploys_and_says_in_which_order(actions: list[str]) -> None:
    """Made before the old one is deleted, the two run side by side."""
    found = updated(lambda edit: edit.update(actions=actions))
    assert found.deploys is True
    assert found.before is not None
    first = "it creates the new one" if actions[0] == "create" else "it deletes the old one"
    assert any(f"Terraform replaces the service: {first}" in note for note in found.notes)
