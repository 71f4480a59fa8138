"""The AWS CLI: bash runs every script, and botocore's model knows every call."""

import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from tests.unit.posture.remedies.awscli import CURRENT, REGISTERED, Call, Machine, model_of
from tests.unit.posture.remedies.cases import (
    ALL,
    ALONE,
    CLUSTER,
    EVERY,
    GROUP,
    HOSTILE,
    PLACE,
    REMEDIES,
    hostile,
    places,
    remedies,
)
from unwedge.model.posture import Step, StepKind
from unwedge.posture.remedies import Language, Place, render
from unwedge.posture.remedies.quoting import plain

AT = {"cluster": PLACE.cluster, "service": PLACE.service}
STOP_FIRST = {"minimumHealthyPercent": 0, "maximumPercent": 100}
BREAKER = {"deploymentCircuitBreaker": {"enable": True, "rollback": False}}
# Of the remedy with every step: counted once by hand, so that no name may add one.
CALLS = 13
AWSLOGS = {
    "logDriver": "awslogs",
    "options": {
        "awslogs-group": "/ecs/dev-prometheus",
        "awslogs-region": "eu-central-1",
        "awslogs-stream-prefix": "prometheus",
        "mode": "non-blocking",
        "max-buffer-size": "25m",
    },
}


def rendered(steps: tuple[Step, ...], place: Place = PLACE) -> str:
    """As people get it."""
    return render(Language.CLI, steps, place)


def described(container: str = "prometheus", **more: Any) -> dict[str, Any]:
    """What DescribeTaskDefinition answers: every member of its own, and tags of CloudFormation."""
    return {
        "taskDefinition": {
            "taskDefinitionArn": CURRENT,
            "family": "dev-prometheus",
            "revision": 7,
            "status": "ACTIVE",
            "requiresAttributes": [{"name": "ecs.capability.task-eni"}],
            "compatibilities": ["EC2", "FARGATE"],
            "registeredAt": "2026-01-01T00:00:00+00:00",
            "registeredBy": "arn:aws:iam::123456789012:role/ci",
            "deregisteredAt": "2026-01-02T00:00:00+00:00",
            "deleteRequestedAt": "2026-01-03T00:00:00+00:00",
            "networkMode": "awsvpc",
            "cpu": "256",
            "containerDefinitions": [
                {"name": "init", "image": "i", "essential": False},
                {"name": container, "image": "prom/prometheus", "essential": True, **more},
            ],
        },
        "tags": [{"key": "team", "value": "sre"}, {"key": "aws:cloudformation:stack-name", "value": "s"}],
    }


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """The service at 100/200, as the deadlock needs it."""
    machine = Machine(tmp_path)
    machine.described = described()
    return machine


def updates(calls: list[Call]) -> list[dict[str, Any]]:
    """What each call changes of the service."""
    changes = [dict(call.parameters) for call in calls if call.operation == "UpdateService"]
    for change in changes:
        assert {change.pop("cluster"), change.pop("service")} == set(AT.values())
    return changes


def test_the_whole_remedy_makes_its_calls_in_the_order_that_works(machine: Machine) -> None:
    """Each is a call that the API knows; the last one is the only one that deploys."""
    ran = machine.run(rendered(tuple(reversed(ALL))))
    assert (ran.status, ran.errors, ran.pager, len(ran.calls)) == (0, "", "", CALLS)
    assert updates(ran.calls) == [
        {
            "deploymentConfiguration": {
                **dict(zip(STOP_FIRST, (100, 200), strict=True)),
                "strategy": "ROLLING",
            }
        },
        {"availabilityZoneRebalancing": "DISABLED"},
        {"deploymentConfiguration": {**STOP_FIRST, "strategy": "ROLLING"}},
        {"deploymentConfiguration": {**STOP_FIRST, "strategy": "ROLLING", **BREAKER}},
        {"desiredCount": 1},
        {"propagateTags": "SERVICE", "enableECSManagedTags": True},
        {"taskDefinition": REGISTERED},
    ]
    assert [call.operation for call in ran.calls][-5:] == [
        "DescribeServices",
        "DescribeTaskDefinition",
        "CreateLogGroup",
        "RegisterTaskDefinition",
        "UpdateService",
    ]
    attributes = {"Key": "deregistration_delay.timeout_seconds", "Value": "30"}
    assert {"TargetGroupArn": GROUP, "Attributes": [attributes]} in [call.parameters for call in ran.calls]


@pytest.mark.parametrize("steps", ALONE)
def test_each_step_alone_is_calls_that_the_api_knows(steps: tuple[Step, ...], machine: Machine) -> None:
    """At 0/100 every one of them may be carried out."""
    machine.percentages = (0, 100)
    ran = machine.run(rendered(steps))
    assert (ran.status, ran.errors) == (0, "")
    assert bool(ran.calls) == (steps[0].kind is not StepKind.ADVICE)


def test_what_is_registered_is_what_the_service_uses_with_the_changes_alone(machine: Machine) -> None:
    """Without what only the description has, and without tags that are CloudFormation's."""
    ran = machine.run(rendered((EVERY[StepKind.STOP_FIRST], EVERY[StepKind.STOP_TIMEOUT])))
    (registered,) = [call.parameters for call in ran.calls if call.operation == "RegisterTaskDefinition"]
    was = described()["taskDefinition"]
    assert registered == {
        "family": "dev-prometheus",
        "networkMode": "awsvpc",
        "cpu": "256",
        "containerDefinitions": [
            was["containerDefinitions"][0],
            was["containerDefinitions"][1] | {"stopTimeout": 120},
        ],
        "tags": [{"key": "team", "value": "sre"}],
    }
    asked = next(call for call in ran.calls if call.operation == "DescribeTaskDefinition")
    assert asked.parameters == {"taskDefinition": CURRENT, "include": ["TAGS"]}


def test_every_member_that_only_the_description_has_is_dropped() -> None:
    """RegisterTaskDefinition refuses a member that it does not know."""
    ecs = model_of("ecs")
    described_only = set(ecs.shape_for("TaskDefinition").members) - set(  # type: ignore[attr-defined]
        ecs.shape_for("RegisterTaskDefinitionRequest").members  # type: ignore[attr-defined]
    )
    assert described_only == set(described()["taskDefinition"]) - {
        "family",
        "networkMode",
        "cpu",
        "containerDefinitions",
    }


@pytest.mark.parametrize(
    ("log", "options", "creates"),
    [
        (None, {}, True),
        ({"logDriver": "awsfirelens", "options": {"Name": "cloudwatch"}}, {}, True),
        (
            {
                "logDriver": "awslogs",
                "options": {
                    "awslogs-group": "/mine",
                    "awslogs-region": "us-east-1",
                    "awslogs-stream-prefix": "p",
                    "mode": "blocking",
                    "awslogs-datetime-format": "%Y",
                    "awslogs-multiline-pattern": "^x",
                },
            },
            {"awslogs-group": "/mine", "awslogs-region": "us-east-1", "awslogs-stream-prefix": "p"},
            False,
        ),
    ],
)
def test_a_log_of_awslogs_keeps_its_place_and_any_other_gets_a_new_group(
    log: dict[str, Any] | None, options: dict[str, str], creates: bool, machine: Machine
) -> None:
    """Lines are no longer joined, and not waited for."""
    machine.described = described(logConfiguration=log) if log else described()
    ran = machine.run(rendered((EVERY[StepKind.STOP_FIRST], EVERY[StepKind.AWSLOGS])))
    (registered,) = [call.parameters for call in ran.calls if call.operation == "RegisterTaskDefinition"]
    found = registered["containerDefinitions"][1]["logConfiguration"]
    assert found == AWSLOGS | {"options": {**AWSLOGS["options"], **options}}  # type: ignore[dict-item]
    assert ("CreateLogGroup" in [call.operation for call in ran.calls]) == creates


def test_a_log_group_that_cannot_be_created_must_exist(machine: Machine) -> None:
    """A task whose log group is missing does not start."""
    script = rendered((EVERY[StepKind.STOP_FIRST], EVERY[StepKind.AWSLOGS]))
    ran = machine.run(script, fails="logs create-log-group")
    assert ran.status == 0
    assert Call("DescribeLogStreams", {"logGroupName": "/ecs/dev-prometheus", "limit": 1}) in ran.calls


@pytest.mark.parametrize(
    "fails", ["ecs update-service", "ecs describe-services", "ecs describe-task-definition"]
)
def test_a_call_that_fails_ends_the_script_before_anything_is_deployed(fails: str, machine: Machine) -> None:
    """Otherwise the deployment would meet the settings that the failed call was to change."""
    ran = machine.run(rendered(ALL), fails=fails)
    assert ran.status != 0
    assert {"taskDefinition": REGISTERED} not in updates(ran.calls)
    assert "RegisterTaskDefinition" not in [call.operation for call in ran.calls]


def test_a_container_that_the_definition_has_not_ends_the_script(machine: Machine) -> None:
    """Nothing is registered that changes nothing."""
    machine.described = described(container="other")
    ran = machine.run(rendered((EVERY[StepKind.STOP_FIRST], EVERY[StepKind.STOP_TIMEOUT])))
    assert ran.status != 0
    assert "no container prometheus" in ran.errors
    assert "RegisterTaskDefinition" not in [call.operation for call in ran.calls]


@pytest.mark.parametrize("kind", [StepKind.NEW_TASKS, StepKind.STOP_TIMEOUT, StepKind.AWSLOGS])
def test_a_service_that_starts_first_is_not_deployed(kind: StepKind, machine: Machine) -> None:
    """A forced deployment of a 100/200 service is the deadlock itself."""
    ran = machine.run(rendered((EVERY[kind],)))
    assert ran.status == 1
    assert "maximumPercent is 200: set it to 100 first." in ran.errors
    assert updates(ran.calls) == []
    machine.percentages = (0, 100)
    (change,) = updates(machine.run(rendered((EVERY[kind],))).calls)
    assert change == (
        {"forceNewDeployment": True} if kind is StepKind.NEW_TASKS else {"taskDefinition": REGISTERED}
    )


@pytest.mark.parametrize("strategy", ["BLUE_GREEN", "LINEAR", "CANARY", "ONE_DAY_SOMETHING_ELSE"])
def test_a_service_that_runs_both_tasks_side_by_side_is_not_deployed(strategy: str, machine: Machine) -> None:
    """Its percentages decide nothing."""
    machine.percentages, machine.strategy = (0, 100), strategy
    ran = machine.run(rendered((EVERY[StepKind.AWSLOGS],)))
    assert ran.status == 1
    assert f"The strategy is {strategy}" in ran.errors
    assert updates(ran.calls) == []


def test_a_service_that_shows_no_strategy_is_a_rolling_one(machine: Machine) -> None:
    """As the CLI prints a value that is not there."""
    machine.percentages, machine.strategy = (0, 100), "None"
    assert machine.run(rendered((EVERY[StepKind.NEW_TASKS],))).status == 0


def test_a_breaker_alone_keeps_the_percentages_that_the_service_has(machine: Machine) -> None:
    """Nobody says whether ECS would."""
    machine.percentages = (0, 100)
    (change,) = updates(machine.run(rendered((EVERY[StepKind.BREAKER_WITHOUT_ROLLBACK],))).calls)
    assert change == {"deploymentConfiguration": {**STOP_FIRST, **BREAKER}}


def test_the_region_is_that_of_the_cluster_where_its_arn_is_known(machine: Machine) -> None:
    """A cluster of the same name elsewhere is another one."""
    place = PLACE._replace(cluster=CLUSTER)
    assert machine.run(rendered((EVERY[StepKind.ONE_TASK],), place)).region == "eu-central-1"
    assert machine.run(rendered((EVERY[StepKind.ONE_TASK],))).region == ""


def test_a_script_without_names_asks_for_them_and_calls_nothing(machine: Machine) -> None:
    """A plan need not know them."""
    ran = machine.run(rendered((EVERY[StepKind.ONE_TASK],), Place("", "", address="aws_ecs_service.x")))
    assert ran.status != 0
    assert "CLUSTER: not set" in ran.errors
    assert ran.calls == []


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_a_name_and_does_nothing(name: str, machine: Machine) -> None:
    """In names, in ARNs and in comments; what would be read from a file is spoilt instead."""
    sent = plain(name).replace("://", ":__")
    machine.described = described(container=plain(name))
    before = set(machine.folder.iterdir())
    ran = machine.run(rendered(*hostile(name)))
    assert (ran.status, ran.errors) == (0, "")
    assert len(ran.calls) == CALLS
    for call in ran.calls:
        assert call.parameters.get("cluster", sent) == sent
        assert call.parameters.get("service", sent) == sent
        assert call.parameters.get("services", [sent]) == [sent]
        assert call.parameters.get("TargetGroupArn", sent) == sent
    (registered,) = [call.parameters for call in ran.calls if call.operation == "RegisterTaskDefinition"]
    assert registered["containerDefinitions"][1]["stopTimeout"] == 120
    assert {path.name for path in set(machine.folder.iterdir()) - before} <= {
        "calls",
        "described",
        "environment",
        "fails",
        "percentages",
    }


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=50)
@given(remedies, places)
def test_any_remedy_for_any_place_is_a_script(steps: tuple[Step, ...], place: Place) -> None:
    """Inside the heredoc and around it."""
    text = rendered(steps, place)
    assert is_script(text)


@pytest.mark.parametrize("steps", REMEDIES)
def test_every_remedy_is_a_script_of_words(steps: tuple[Step, ...]) -> None:
    """bash reads it, and so does shlex, whose words are what a person sees."""
    text = rendered(steps)
    assert is_script(text)
    assert shlex.split(text, comments=True)[:3] == ["bash", "-euo", "pipefail"]


def is_script(text: str) -> bool:
    """Whether bash takes all of it, with the only line that ends the heredoc at its end."""
    if not text:
        return True
    first, *body, last = text.splitlines()
    assert (first, last) == ("bash -euo pipefail <<'UNWEDGE'", "UNWEDGE")
    assert "UNWEDGE" not in body
    inside = "\n".join(body) + "\n"
    return all(
        subprocess.run(["bash", "-n"], input=part.encode(), capture_output=True, timeout=60).returncode == 0
        for part in (text, inside)
    )
