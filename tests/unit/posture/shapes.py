"""Services as ECS describes them, for tests: the real incident's shape, and what can be changed of it."""

from datetime import UTC, datetime
from typing import Any

from unwedge.model.posture import Posture
from unwedge.model.service import Deregistration
from unwedge.model.settings import Mode
from unwedge.posture.audit import audit
from unwedge.posture.facts import Facts
from unwedge.posture.shape import Shape, shape_of

AT = datetime(2025, 11, 13, 22, 26, tzinfo=UTC)
CLUSTER = "arn:aws:ecs:us-east-1:123456789012:cluster/dev-cluster"
DEFINITION = "arn:aws:ecs:us-east-1:123456789012:task-definition/dev-prometheus:7"
GROUP = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/prometheus/0123456789abcdef"
LOGS: dict[str, Any] = {
    "logDriver": "awslogs",
    "options": {
        "awslogs-group": "/ecs/dev/prometheus",
        "awslogs-region": "us-east-1",
        "awslogs-stream-prefix": "prometheus",
    },
}
EFS = {"fileSystemId": "fs-0123456789abcdef0", "rootDirectory": "/"}


def service(percent: tuple[int, int] = (100, 200), **more: Any) -> dict[str, Any]:
    """The incident's service. `percent`: minimumHealthyPercent and maximumPercent."""
    deployment = {"minimumHealthyPercent": percent[0], "maximumPercent": percent[1], "strategy": "ROLLING"}
    return {
        "serviceArn": CLUSTER.replace(":cluster/", ":service/") + "/dev-prometheus",
        "serviceName": "dev-prometheus",
        "clusterArn": CLUSTER,
        "desiredCount": 1,
        "schedulingStrategy": "REPLICA",
        "launchType": "FARGATE",
        "availabilityZoneRebalancing": "DISABLED",
        "propagateTags": "SERVICE",
        "enableExecuteCommand": False,
        **more,
        "deploymentConfiguration": {**deployment, **more.get("deploymentConfiguration", {})},
    }


def container(**more: Any) -> dict[str, Any]:
    """The incident's container, with all the time to end that Fargate allows."""
    return {
        "name": "prometheus",
        "image": "prom/prometheus:v2.53.5",
        "essential": True,
        "mountPoints": [{"sourceVolume": "data", "containerPath": "/prometheus"}],
        "logConfiguration": LOGS,
        "stopTimeout": 120,
        **more,
    }


def definition(
    *containers: dict[str, Any], volume: dict[str, Any] | None = None, **more: Any
) -> dict[str, Any]:
    """A task definition with one volume, `data`."""
    return {
        "taskDefinitionArn": DEFINITION,
        "containerDefinitions": list(containers) or [container()],
        "volumes": [{"name": "data", **(volume or {"efsVolumeConfiguration": EFS})}],
        **more,
    }


def shape(
    described: dict[str, Any] | None = None,
    defined: dict[str, Any] | None = None,
    *,
    unknown: tuple[str, ...] = (),
    deregistration: Deregistration | None = None,
) -> Shape:
    """The shape of a service; the incident's, unless told otherwise."""
    return shape_of(
        described or service(), defined or definition(), unknown=unknown, deregistration=deregistration
    )


def audited(found: Shape | None = None, *, mode: Mode = Mode.OBSERVE, **more: Any) -> Posture:
    """The audit of a shape."""
    return audit(Facts(found or shape(), AT, mode, **more))


def kinds(found: Posture) -> list[str]:
    """The kinds of its findings."""
    return [finding.kind.value for finding in found.findings]
