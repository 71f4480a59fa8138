"""The CDK for Python."""

from collections.abc import Iterator

from unwedge.model.posture import StepKind
from unwedge.posture.remedies.cdk import Dialect, written
from unwedge.posture.remedies.parts import Container, Parts
from unwedge.posture.remedies.place import Place
from unwedge.posture.remedies.quoting import construct_id, python

_PROPERTIES = {
    StepKind.ROLLING: ("deployment_strategy=ecs.DeploymentStrategy.ROLLING",),
    StepKind.REBALANCING_OFF: ("availability_zone_rebalancing=ecs.AvailabilityZoneRebalancing.DISABLED",),
    StepKind.STOP_FIRST: ("min_healthy_percent=0", "max_healthy_percent=100"),
    StepKind.BREAKER_WITHOUT_ROLLBACK: (
        "circuit_breaker=ecs.DeploymentCircuitBreaker(enable=True, rollback=False)",
    ),
    StepKind.ONE_TASK: ("desired_count=1",),
    StepKind.PROPAGATE_TAGS: (
        "propagate_tags=ecs.PropagatedTagSource.SERVICE",
        "enable_ecs_managed_tags=True",
    ),
}
_HAS = "    # ... and what it has already"


def lines(parts: Parts, place: Place) -> Iterator[str]:
    """The snippet, line by line, for use where `self` is the stack."""
    return written(_PYTHON, parts, place)


def _imports(duration: bool, size: bool) -> Iterator[str]:
    if names := ", ".join(["Duration"] * duration + ["Size"] * size):
        yield f"from aws_cdk import {names}"
    yield "from aws_cdk import aws_ecs as ecs"


def _service(kinds: tuple[StepKind, ...], construct: str) -> Iterator[str]:
    yield "service = ecs.FargateService("
    yield "    self,"
    yield f"    {python(construct)},"
    yield "    cluster=cluster,"
    yield "    task_definition=task_definition,"
    yield _HAS
    for kind in kinds:
        for named in _PROPERTIES[kind]:
            yield f"    {named},"
    yield ")"


def _container(container: Container, prefix: str) -> Iterator[str]:
    construct = construct_id(container.name, "container")
    yield "task_definition.add_container("
    yield f"    {python(construct)},"
    if construct != container.name:
        yield f"    container_name={python(container.name)},"
    yield "    image=image,"
    yield _HAS
    if container.seconds:
        yield f"    stop_timeout=Duration.seconds({container.seconds}),"
    if container.awslogs:
        yield "    logging=ecs.LogDrivers.aws_logs("
        yield f"        stream_prefix={python(prefix)},"
        yield "        mode=ecs.AwsLogDriverMode.NON_BLOCKING,"
        yield "        max_buffer_size=Size.mebibytes(25),"
        yield "    ),"
    yield ")"


def _group(name: str, seconds: int) -> str:
    return f'{name}.set_attribute("deregistration_delay.timeout_seconds", "{seconds}")'


_PYTHON = Dialect(
    "#", _imports, _service, _container, _group, "target_group", 'service.force_new_deployment("1")'
)
