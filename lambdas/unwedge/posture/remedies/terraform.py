"""A remedy in Terraform: the arguments to set in resources that exist.

Names are those of the AWS provider's documentation (hashicorp/terraform-provider-aws, website/docs/r):
aws_ecs_service (availability_zone_rebalancing since 5.77), aws_ecs_task_definition, aws_lb_target_group and
aws_cloudwatch_log_group. Inside jsonencode stand the API's own names.
"""

import re
from collections.abc import Iterable, Iterator

from unwedge.model.posture import Step, StepKind
from unwedge.posture.remedies.parts import Container, Parts
from unwedge.posture.remedies.place import Place
from unwedge.posture.remedies.quoting import commented, hcl, identifier
from unwedge.posture.remedies.words import (
    LOG_ROLE,
    WHY_NON_BLOCKING,
    before_deploying,
    closing,
    opening,
    together,
)

_ARGUMENTS = {
    StepKind.REBALANCING_OFF: {"availability_zone_rebalancing": '"DISABLED"'},
    StepKind.STOP_FIRST: {
        "deployment_minimum_healthy_percent": "0",
        "deployment_maximum_percent": "100",
    },
    StepKind.ONE_TASK: {"desired_count": "1"},
    StepKind.PROPAGATE_TAGS: {"propagate_tags": '"SERVICE"', "enable_ecs_managed_tags": "true"},
}
_BLOCKS = {
    StepKind.ROLLING: ("deployment_configuration", {"strategy": '"ROLLING"'}),
    StepKind.BREAKER_WITHOUT_ROLLBACK: (
        "deployment_circuit_breaker",
        {"enable": "true", "rollback": "false"},
    ),
}
_HAS = "  # ... and what it has already"
_REGION = "data.aws_region.current.region"
_ADDRESSED = re.compile(r"aws_ecs_service\.([A-Za-z_][A-Za-z0-9_-]*)(?:\[|$)")


def lines(parts: Parts, place: Place) -> Iterator[str]:
    """The snippet, line by line."""
    label = _label(place)
    yield from _comments(opening(parts, place))
    if parts.settings:
        yield from _comments(together(parts))
        yield from _service(label, _settings(parts.settings))
    yield from _groups(parts.groups)
    if parts.deploys:
        yield ""
        yield from _comments([before_deploying(parts)])
        yield from _deploying(parts, place, label)
    yield from _comments(closing(parts))


def _deploying(parts: Parts, place: Place, label: str) -> Iterator[str]:
    if parts.logs:
        yield from _comments([WHY_NON_BLOCKING, LOG_ROLE])
        yield from _log_group(place, label)
    if parts.containers:
        name = identifier(place.family, label)
        yield f"resource {hcl('aws_ecs_task_definition')} {hcl(name)} {{"
        yield _HAS
        yield "  container_definitions = jsonencode(["
        for container in parts.containers:
            yield from _container(container, place, label)
        yield "  ])"
        yield "}"
    elif parts.new_tasks:
        yield "# Change the value to deploy once more."
        triggers = ["  triggers = {", '    redeployment = "1"', "  }"]
        yield from _service(label, ["  force_new_deployment = true", *triggers])


def _service(label: str, inside: Iterable[str]) -> Iterator[str]:
    yield f'resource "aws_ecs_service" {hcl(label)} {{'
    yield _HAS
    yield from inside
    yield "}"


def _settings(kinds: tuple[StepKind, ...]) -> Iterator[str]:
    arguments: dict[str, str] = {}
    for kind in kinds:
        arguments |= _ARGUMENTS.get(kind, {})
    yield from _aligned(arguments, "  ")
    for kind in kinds:
        if kind in _BLOCKS:
            name, inside = _BLOCKS[kind]
            yield ""
            yield f"  {name} {{"
            yield from _aligned(inside, "    ")
            yield "  }"


def _groups(steps: tuple[Step, ...]) -> Iterator[str]:
    taken: set[str] = set()
    for number, step in enumerate(steps, 1):
        parts = step.target_group.split("/")
        name = identifier(parts[1] if len(parts) == 3 else "", "target_group")
        name = name if name not in taken else f"{name}_{number}"
        taken.add(name)
        yield ""
        yield from _comments([f"Target group {step.target_group}."])
        yield f'resource "aws_lb_target_group" {hcl(name)} {{'
        yield _HAS
        yield f"  deregistration_delay = {step.seconds}"
        yield "}"


def _log_group(place: Place, label: str) -> Iterator[str]:
    if not place.region:
        yield "# In version 5 of the AWS provider the attribute region is called name."
        yield 'data "aws_region" "current" {}'
        yield ""
    yield "# Leave it out where the container has a log group, and name that one below."
    yield f'resource "aws_cloudwatch_log_group" {hcl(label)} {{'
    yield f"  name = {hcl(place.log_group)}"
    yield "}"
    yield ""


def _container(container: Container, place: Place, label: str) -> Iterator[str]:
    first = {"name": hcl(container.name)}
    if container.seconds:
        first["stopTimeout"] = str(container.seconds)
    yield "    {"
    yield "      # ... and what it has already"
    yield from _aligned(first, "      ")
    if container.awslogs:
        options = {
            '"awslogs-group"': f"aws_cloudwatch_log_group.{label}.name",
            '"awslogs-region"': hcl(place.region) if place.region else _REGION,
            '"awslogs-stream-prefix"': hcl(place.service or container.name),
            '"mode"': '"non-blocking"',
            '"max-buffer-size"': '"25m"',
        }
        yield "      logConfiguration = {"
        yield '        logDriver = "awslogs"'
        yield "        options = {"
        yield from _aligned(options, "          ")
        yield "        }"
        yield "      }"
    yield "    },"


def _aligned(arguments: dict[str, str], indent: str) -> Iterator[str]:
    """As `terraform fmt` writes them."""
    width = max(map(len, arguments), default=0)
    for name, value in arguments.items():
        yield f"{indent}{name:<{width}} = {value}"


def _label(place: Place) -> str:
    """The name of the resource: that of the plan, or one made of the service's name."""
    named = _ADDRESSED.search(place.address)
    return named[1] if named else identifier(place.service, "service")


def _comments(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        yield from commented("#", text)
