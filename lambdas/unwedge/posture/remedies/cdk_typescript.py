"""The CDK for TypeScript."""

from collections.abc import Iterator

from unwedge.model.posture import StepKind
from unwedge.posture.remedies.cdk import Dialect, written
from unwedge.posture.remedies.parts import Container, Parts
from unwedge.posture.remedies.place import Place
from unwedge.posture.remedies.quoting import construct_id, typescript

_PROPERTIES = {
    StepKind.ROLLING: ("deploymentStrategy: ecs.DeploymentStrategy.ROLLING",),
    StepKind.REBALANCING_OFF: ("availabilityZoneRebalancing: ecs.AvailabilityZoneRebalancing.DISABLED",),
    StepKind.STOP_FIRST: ("minHealthyPercent: 0", "maxHealthyPercent: 100"),
    StepKind.BREAKER_WITHOUT_ROLLBACK: ("circuitBreaker: { enable: true, rollback: false }",),
    StepKind.ONE_TASK: ("desiredCount: 1",),
    StepKind.PROPAGATE_TAGS: ("propagateTags: ecs.PropagatedTagSource.SERVICE", "enableECSManagedTags: true"),
}
_HAS = "  // ... and what it has already"


def lines(parts: Parts, place: Place) -> Iterator[str]:
    """The snippet, line by line, for use where `this` is the stack."""
    return written(_TYPESCRIPT, parts, place)


def _imports(duration: bool, size: bool) -> Iterator[str]:
    names = ["Duration"] * duration + ["Size"] * size + ["aws_ecs as ecs"]
    yield f"import {{ {', '.join(names)} }} from 'aws-cdk-lib';"


def _service(kinds: tuple[StepKind, ...], construct: str) -> Iterator[str]:
    yield f"const service = new ecs.FargateService(this, {typescript(construct)}, {{"
    yield "  cluster,"
    yield "  taskDefinition,"
    yield _HAS
    for kind in kinds:
        for named in _PROPERTIES[kind]:
            yield f"  {named},"
    yield "});"


def _container(container: Container, prefix: str) -> Iterator[str]:
    construct = construct_id(container.name, "container")
    yield f"taskDefinition.addContainer({typescript(construct)}, {{"
    if construct != container.name:
        yield f"  containerName: {typescript(container.name)},"
    yield "  image,"
    yield _HAS
    if container.seconds:
        yield f"  stopTimeout: Duration.seconds({container.seconds}),"
    if container.awslogs:
        yield "  logging: ecs.LogDrivers.awsLogs({"
        yield f"    streamPrefix: {typescript(prefix)},"
        yield "    mode: ecs.AwsLogDriverMode.NON_BLOCKING,"
        yield "    maxBufferSize: Size.mebibytes(25),"
        yield "  }),"
    yield "});"


def _group(name: str, seconds: int) -> str:
    return f"{name}.setAttribute('deregistration_delay.timeout_seconds', '{seconds}');"


_TYPESCRIPT = Dialect(
    "//", _imports, _service, _container, _group, "targetGroup", "service.forceNewDeployment('1');"
)
