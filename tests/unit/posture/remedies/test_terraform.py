"""Terraform: python-hcl2 reads every snippet, and every argument is one that the provider documents."""

import pytest
from hypothesis import given

from tests.unit.posture.remedies.cases import (
    CLUSTER,
    EVERY,
    HOSTILE,
    PLACE,
    REMEDIES,
    hostile,
    places,
    remedies,
)
from tests.unit.posture.remedies.hcl import containers, resources
from unwedge.model.posture import Step, StepKind
from unwedge.posture.remedies import Language, Place, render
from unwedge.posture.remedies.quoting import plain

# hashicorp/terraform-provider-aws, website/docs/r, each page's "Argument Reference" (that of ecs_service read
# at commit 0205d166). What stands in jsonencode is the API's: ContainerDefinition, LogConfiguration.
DOCUMENTED = {
    "aws_ecs_service": {
        "availability_zone_rebalancing",
        "deployment_circuit_breaker",
        "deployment_configuration",
        "deployment_maximum_percent",
        "deployment_minimum_healthy_percent",
        "desired_count",
        "enable_ecs_managed_tags",
        "force_new_deployment",
        "propagate_tags",
        "triggers",
    },
    "aws_ecs_task_definition": {"container_definitions"},
    "aws_lb_target_group": {"deregistration_delay"},
    "aws_cloudwatch_log_group": {"name"},
}
EXPECTED: dict[StepKind, dict[str, object]] = {
    StepKind.ROLLING: {"deployment_configuration": [{"strategy": "ROLLING"}]},
    StepKind.REBALANCING_OFF: {"availability_zone_rebalancing": "DISABLED"},
    StepKind.STOP_FIRST: {"deployment_minimum_healthy_percent": 0, "deployment_maximum_percent": 100},
    StepKind.BREAKER_WITHOUT_ROLLBACK: {"deployment_circuit_breaker": [{"enable": True, "rollback": False}]},
    StepKind.ONE_TASK: {"desired_count": 1},
    StepKind.PROPAGATE_TAGS: {"propagate_tags": "SERVICE", "enable_ecs_managed_tags": True},
}
RANKS = {
    "aws_ecs_service": 0,
    "aws_lb_target_group": 1,
    "aws_cloudwatch_log_group": 2,
    "aws_ecs_task_definition": 2,
}
REPLACES = {StepKind.STOP_TIMEOUT, StepKind.AWSLOGS, StepKind.NEW_TASKS}


def rendered(steps: tuple[Step, ...], place: Place = PLACE) -> str:
    """As people get it."""
    return render(Language.TERRAFORM, steps, place)


@pytest.mark.parametrize("steps", REMEDIES)
def test_the_service_has_exactly_the_arguments_of_the_steps(steps: tuple[Step, ...]) -> None:
    """Those of the settings first, in one block; a forced deployment in a block of its own."""
    wanted: dict[str, object] = {}
    for step in steps:
        wanted |= EXPECTED.get(step.kind, {})
    found = [inside for kind, _, inside in resources(rendered(steps)) if kind == "aws_ecs_service"]
    kinds = {step.kind for step in steps}
    if wanted:
        assert found.pop(0) == wanted
    if kinds & REPLACES == {StepKind.NEW_TASKS}:
        assert found.pop() == {"force_new_deployment": True, "triggers": {"redeployment": "1"}}
    assert found == []


@pytest.mark.parametrize("steps", REMEDIES)
def test_every_argument_is_one_that_the_provider_documents(steps: tuple[Step, ...]) -> None:
    """A misspelt one would fail the plan."""
    for kind, _, inside in resources(rendered(steps)):
        assert set(inside) <= DOCUMENTED[kind]


@pytest.mark.parametrize("steps", REMEDIES)
def test_what_replaces_the_task_comes_last(steps: tuple[Step, ...]) -> None:
    """Behind the settings that say how, and behind the sentence that says so."""
    ranks = [
        2 if "force_new_deployment" in inside else RANKS[kind]
        for kind, _, inside in resources(rendered(steps))
    ]
    assert ranks == sorted(ranks)


def test_a_container_gets_its_timeout_and_its_log() -> None:
    """Two changes of one container are one block."""
    steps = (EVERY[StepKind.STOP_TIMEOUT], EVERY[StepKind.AWSLOGS])
    found = {kind: (name, inside) for kind, name, inside in resources(rendered(steps))}
    assert found["aws_cloudwatch_log_group"] == ("prometheus", {"name": "/ecs/dev-prometheus"})
    name, inside = found["aws_ecs_task_definition"]
    assert name == "dev_prometheus"
    assert containers(inside["container_definitions"]) == [
        {
            "name": "prometheus",
            "stopTimeout": 120,
            "logConfiguration": {
                "logDriver": "awslogs",
                "options": {
                    "awslogs-group": "${aws_cloudwatch_log_group.prometheus.name}",
                    "awslogs-region": "${data.aws_region.current.region}",
                    "awslogs-stream-prefix": "prometheus",
                    "mode": "non-blocking",
                    "max-buffer-size": "25m",
                },
            },
        }
    ]


def test_the_region_is_that_of_the_cluster_where_its_arn_is_known() -> None:
    """Then nothing has to be looked up."""
    text = rendered((EVERY[StepKind.AWSLOGS],), PLACE._replace(cluster=CLUSTER))
    assert '= "eu-central-1"' in text
    assert "aws_region" not in text


@pytest.mark.parametrize(
    ("address", "label"),
    [
        ("aws_ecs_service.main", "main"),
        ('module.monitoring["a"].aws_ecs_service.this-one["b"]', "this-one"),
        ("aws_ecs_service.x\n}", "prometheus"),
        ("PrometheusService9A1B", "prometheus"),
        ("", "prometheus"),
    ],
)
def test_the_resource_has_the_name_that_it_has_in_the_plan(address: str, label: str) -> None:
    """And one made of the service's name where there is no plan."""
    ((_, name, _),) = resources(rendered((EVERY[StepKind.ONE_TASK],), PLACE._replace(address=address)))
    assert name == label


def test_two_target_groups_of_one_name_are_two_resources() -> None:
    """Terraform refuses two of one name."""
    groups = [
        f"arn:aws:elasticloadbalancing:eu-central-1:1:targetgroup/{name}/1" for name in ("a.b", "a-b", "c")
    ]
    steps = tuple(Step(StepKind.DEREGISTRATION, seconds=5, target_group=group) for group in groups)
    assert [(name, inside) for _, name, inside in resources(rendered(steps))] == [
        ("a_b", {"deregistration_delay": 5}),
        ("a_b_2", {"deregistration_delay": 5}),
        ("c", {"deregistration_delay": 5}),
    ]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_changes_no_argument(name: str) -> None:
    """It stands in literals and comments, and means itself."""
    tame = [(kind, set(inside)) for kind, _, inside in resources(rendered(*hostile("tame")))]
    found = resources(rendered(*hostile(name)))
    assert [(kind, set(inside)) for kind, _, inside in found] == tame
    definition = next(inside for kind, _, inside in found if kind == "aws_ecs_task_definition")
    (container,) = containers(definition["container_definitions"])
    assert container["name"] == plain(name)
    assert container["logConfiguration"]["options"]["awslogs-stream-prefix"] == plain(name)


@given(remedies, places)
def test_any_remedy_for_any_place_is_hcl(steps: tuple[Step, ...], place: Place) -> None:
    """Whatever the names are."""
    for kind, name, inside in resources(rendered(steps, place)):
        assert set(inside) <= DOCUMENTED[kind]
        assert name.replace("-", "_").isidentifier()
