"""Planned services for tests, in the shapes of the ECS API."""

from typing import Any

from tests.unit.posture.shapes import AT, container, definition, service
from unwedge.model.settings import Settings
from unwedge_cli.checking.checkup import Checked, Checkup
from unwedge_cli.checking.past import Past
from unwedge_cli.checking.planned import checkup_of
from unwedge_cli.plans import Plan, Planned, Tool

ADDRESS = "aws_ecs_service.prometheus"
CLUSTER = "arn:aws:ecs:us-east-1:123456789012:cluster/dev-cluster"
SECRET = "hunter2"
COMMAND = ["--storage.tsdb.path=/prometheus/data"]
ENFORCE = [{"key": "unwedge", "value": "enforce"}]


def efs(root: str = "/", system: str = "fs-0123456789abcdef0") -> dict[str, Any]:
    """A volume."""
    return {"efsVolumeConfiguration": {"fileSystemId": system, "rootDirectory": root}}


def defined(
    root: str = "/", *, image: str = "prom/prometheus:v2.53.5", system: str = "fs-0123456789abcdef0"
) -> dict[str, Any]:
    """The incident's task definition, with a secret in its environment."""
    secret = [{"name": "PASSWORD", "value": SECRET}]
    made = container(image=image, command=COMMAND, environment=secret)
    return definition(made, volume=efs(root, system))


def planned(
    percent: tuple[int, int] = (100, 200),
    *,
    address: str = ADDRESS,
    described: dict[str, Any] | None = None,
    task: dict[str, Any] | None = None,
    **more: Any,
) -> Planned:
    """The incident's service, which a plan deploys anew, unless told otherwise."""
    before = Planned(address, "dev-prometheus", CLUSTER, service((100, 200)), defined())
    values = {"before": before, "deploys": True, **more}
    made = service(percent, **(described or {}))
    return Planned(address, "dev-prometheus", CLUSTER, made, task or defined(), **values)


def plan(*services: Planned, notes: tuple[str, ...] = ()) -> Plan:
    """A plan of these."""
    return Plan(Tool.TERRAFORM, "plan.json", services, notes)


def checked(*services: Planned, past: Past | None = None, **more: Any) -> Checkup:
    """The same, checked."""
    return checkup_of(plan(*services, **more), AT, Settings(), past or Past())


def one(service: Planned, past: Past | None = None) -> Checked:
    """A single service, checked."""
    (found,) = checked(service, past=past).services
    return found
