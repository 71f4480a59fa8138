"""The CDK for Python: every snippet is executed in a stack, and the stack synthesised."""

from collections.abc import Mapping
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import assertions
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_elasticloadbalancingv2 as elbv2

from tests.unit.posture.remedies.cases import ALL, ALONE, HOSTILE, PLACE, hostile
from unwedge.model.posture import Step, StepKind
from unwedge.posture.remedies import Language, Place, render
from unwedge.posture.remedies.quoting import plain

SERVICE = "AWS::ECS::Service"
EXPECTED: Mapping[StepKind, Mapping[str, Any]] = {
    StepKind.ROLLING: {"DeploymentConfiguration": {"Strategy": "ROLLING"}},
    StepKind.REBALANCING_OFF: {"AvailabilityZoneRebalancing": "DISABLED"},
    StepKind.STOP_FIRST: {"DeploymentConfiguration": {"MinimumHealthyPercent": 0, "MaximumPercent": 100}},
    StepKind.BREAKER_WITHOUT_ROLLBACK: {
        "DeploymentConfiguration": {"DeploymentCircuitBreaker": {"Enable": True, "Rollback": False}}
    },
    StepKind.ONE_TASK: {"DesiredCount": 1},
    StepKind.PROPAGATE_TAGS: {"PropagateTags": "SERVICE", "EnableECSManagedTags": True},
    StepKind.NEW_TASKS: {
        "ForceNewDeployment": {"EnableForceNewDeployment": True, "ForceNewDeploymentNonce": "1"}
    },
}
DEFINITION = {StepKind.STOP_TIMEOUT, StepKind.AWSLOGS}
CASES: tuple[tuple[tuple[Step, ...], Place], ...] = (
    *((steps, PLACE) for steps in (*ALONE, ALL, ALL[::-1])),
    *(hostile(name) for name in HOSTILE),
)


def stacked(app: cdk.App, name: str, steps: tuple[Step, ...], place: Place) -> None:
    """A stack with what a snippet finds where it is pasted, and the snippet executed in it."""
    stack = cdk.Stack(app, name)
    vpc = ec2.Vpc.from_vpc_attributes(
        stack, "Vpc", vpc_id="vpc-1", availability_zones=["a"], private_subnet_ids=["subnet-1"]
    )
    cluster = ecs.Cluster.from_cluster_attributes(stack, "Cluster", cluster_name="dev-cluster", vpc=vpc)
    definition = ecs.FargateTaskDefinition(stack, "Definition")
    image = ecs.ContainerImage.from_registry("prom/prometheus")
    names: dict[str, Any] = {
        "self": stack,
        "cluster": cluster,
        "task_definition": definition,
        "image": image,
        "target_group": elbv2.ApplicationTargetGroup(stack, "Group", port=80, vpc=vpc),
    }
    text = render(Language.CDK_PYTHON, steps, place)
    kinds = {step.kind for step in steps}
    if not kinds & DEFINITION:
        definition.add_container("main", image=image)
    if "ecs.FargateService(" not in text:
        names["service"] = ecs.FargateService(stack, "Has", cluster=cluster, task_definition=definition)
    exec(compile(text, name, "exec"), names)


@pytest.fixture(scope="module")
def templates() -> list[assertions.Template]:
    """Those of all cases, synthesised together."""
    app = cdk.App()
    for number, (steps, place) in enumerate(CASES):
        stacked(app, f"Case{number}", steps, place)
    assembly = app.synth()
    return [
        assertions.Template.from_json(assembly.get_stack_by_name(f"Case{number}").template)
        for number in range(len(CASES))
    ]


@pytest.mark.parametrize("number", range(len(CASES)))
def test_the_template_has_what_the_steps_ask_for(number: int, templates: list[assertions.Template]) -> None:
    """Of the service, the target group and the container."""
    (steps, place), template = CASES[number], templates[number]
    kinds = {step.kind for step in steps}
    for step in steps:
        if step.kind in EXPECTED and not (step.kind is StepKind.NEW_TASKS and kinds & DEFINITION):
            template.has_resource_properties(SERVICE, EXPECTED[step.kind])
        elif step.kind is StepKind.DEREGISTRATION:
            delay = {"Key": "deregistration_delay.timeout_seconds", "Value": str(step.seconds)}
            template.has_resource_properties(
                "AWS::ElasticLoadBalancingV2::TargetGroup",
                {"TargetGroupAttributes": assertions.Match.array_with([delay])},
            )
        elif step.kind is StepKind.STOP_TIMEOUT:
            assert container(template)["StopTimeout"] == step.seconds
        elif step.kind is StepKind.AWSLOGS:
            log = container(template)["LogConfiguration"]
            assert log["LogDriver"] == "awslogs"
            assert set(log["Options"]) == {
                "awslogs-group",
                "awslogs-region",
                "awslogs-stream-prefix",
                "mode",
                "max-buffer-size",
            }
            assert log["Options"]["mode"] == "non-blocking"
            assert log["Options"]["max-buffer-size"] == f"{25 * 1024 * 1024}b"
            assert log["Options"]["awslogs-stream-prefix"] == plain(place.service)
        if step.container:
            assert container(template)["Name"] == plain(step.container)


def container(template: assertions.Template) -> dict[str, Any]:
    """The only one of the task definition."""
    (definition,) = template.find_resources("AWS::ECS::TaskDefinition").values()
    (only,) = definition["Properties"]["ContainerDefinitions"]
    assert isinstance(only, dict)
    return only


def test_a_service_that_is_not_to_change_is_not_written_down() -> None:
    """A second FargateService would be a second service."""
    assert "FargateService" not in render(Language.CDK_PYTHON, [Step(StepKind.NEW_TASKS)], PLACE)


def test_a_comment_cannot_name_the_encoding_of_the_file() -> None:
    """Python looks for one in the first two lines, the second only after a comment."""
    text = render(Language.CDK_PYTHON, *hostile("# coding: utf-7"))
    assert text.startswith("from aws_cdk import ")
