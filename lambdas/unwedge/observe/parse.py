"""ECS answers and events into the model. Unknown fields are ignored, unusable values become None.

Task events and DescribeTasks name the same fields, except for those of managed agents, which are not read.
Times are datetimes in API answers and ISO 8601 strings in events.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from unwedge.model.service import Container, Deployment, Health, Service, Task
from unwedge.model.task_definition import ContainerSpec, Mount, TaskDefinition

TAG = "unwedge"
_DATA_PATH = re.compile(r"--storage\.(?:tsdb|agent)\.path[= ]([^\s\"']+)")
Json = Mapping[str, Any]


def text(value: object) -> str | None:
    """A non-empty string, or None."""
    return value if isinstance(value, str) and value else None


def moment(value: object) -> datetime | None:
    """A time from an API answer (datetime) or an event (ISO 8601), in UTC."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    if not isinstance(value, datetime):
        return None
    try:
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    except OverflowError:  # year 1 or 9999 with an offset
        return None


def _objects(value: object) -> list[Json]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, Sequence) else []


def _health(value: object) -> Health:
    return Health(value) if value in ("HEALTHY", "UNHEALTHY") else Health.UNKNOWN


def _exit_code(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def task(data: Json) -> Task | None:
    """A task from DescribeTasks or from the detail of a task event; None without an ARN."""
    arn = text(data.get("taskArn"))
    if arn is None:
        return None
    return Task(
        arn=arn,
        deployment_id=text(data.get("startedBy")) or "",
        task_definition=text(data.get("taskDefinitionArn")) or "",
        last_status=text(data.get("lastStatus")) or "",
        desired_status=text(data.get("desiredStatus")) or "",
        health=_health(data.get("healthStatus")),
        stop_code=text(data.get("stopCode")),
        created_at=moment(data.get("createdAt")),
        started_at=moment(data.get("startedAt")),
        stopping_at=moment(data.get("stoppingAt")),
        execution_stopped_at=moment(data.get("executionStoppedAt")),
        stopped_at=moment(data.get("stoppedAt")),
        containers=tuple(
            Container(text(item.get("name")) or "", _exit_code(item.get("exitCode")))
            for item in _objects(data.get("containers"))
        ),
    )


def service(data: Json) -> Service:
    """A service from DescribeServices, called with include TAGS."""
    tags = {item.get("key"): item.get("value") for item in _objects(data.get("tags"))}
    controller = data.get("deploymentController") or {}
    return Service(
        arn=data["serviceArn"],
        status=data.get("status", ""),
        desired_count=data.get("desiredCount", 0),
        controller=controller.get("type", "ECS"),
        deployments=tuple(
            Deployment(
                id=item.get("id", ""),
                status=item.get("status", ""),
                task_definition=item.get("taskDefinition", ""),
                rollout_state=text(item.get("rolloutState")),
                created_at=moment(item.get("createdAt")),
            )
            for item in _objects(data.get("deployments"))
        ),
        tag=tags.get(TAG),
    )


def task_definition(data: Json) -> TaskDefinition:
    """The part of a task definition that a decision needs: no environment, no command line."""
    volumes = {item.get("name"): _volume_identity(item) for item in _objects(data.get("volumes"))}
    return TaskDefinition(
        arn=data["taskDefinitionArn"],
        containers=tuple(_container(item, volumes) for item in _objects(data.get("containerDefinitions"))),
    )


def _volume_identity(data: Json) -> str | None:
    """File system, access point and root directory: only what agrees in all three shares a lock file."""
    efs = data.get("efsVolumeConfiguration")
    if not isinstance(efs, Mapping) or not efs.get("fileSystemId"):
        return None
    authorization = efs.get("authorizationConfig") or {}
    access_point = authorization.get("accessPointId") or "no-access-point"
    root = (efs.get("rootDirectory") or "/").rstrip("/") or "/"
    return f"{efs['fileSystemId']}:{access_point}:{root}"


def _container(data: Json, volumes: Mapping[Any, str | None]) -> ContainerSpec:
    name = data.get("name", "")
    log = data.get("logConfiguration") or {}
    options = log.get("options") or {}
    awslogs = log.get("logDriver") == "awslogs"
    prefix = options.get("awslogs-stream-prefix") if awslogs else None
    words = " ".join([*(data.get("entryPoint") or []), *(data.get("command") or [])])
    path = _DATA_PATH.search(words)
    return ContainerSpec(
        name=name,
        essential=data.get("essential", True),
        health_check=bool(data.get("healthCheck")),
        log_driver=text(log.get("logDriver")),
        log_region=options.get("awslogs-region") if awslogs else None,
        log_group=options.get("awslogs-group") if awslogs else None,
        log_stream=f"{prefix}/{name}" if prefix else None,
        data_path=path[1] if path else None,
        mounts=tuple(
            Mount(item.get("containerPath", ""), identity)
            for item in _objects(data.get("mountPoints"))
            if not item.get("readOnly") and (identity := volumes.get(item.get("sourceVolume")))
        ),
    )
