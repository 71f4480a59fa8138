"""The EventBridge events that ECS sends, with the fields that captured events have."""

from datetime import UTC, datetime
from typing import Any

from rehearsal.ecs.observations import EcsEvent
from rehearsal.ecs.records import DeploymentRecord, ServiceRecord, TaskRecord
from rehearsal.ecs.shapes import task_shape
from rehearsal.ecs.world import World

_DEPLOYMENT_EVENT_TYPES = {
    "SERVICE_DEPLOYMENT_IN_PROGRESS": "INFO",
    "SERVICE_DEPLOYMENT_COMPLETED": "INFO",
    "SERVICE_DEPLOYMENT_FAILED": "ERROR",
}


def iso(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds, as in the detail of ECS events."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def task_state_change(world: World, task: TaskRecord) -> None:
    """Send ``ECS Task State Change`` with the task as it is now."""
    detail = _iso_times(task_shape(task))
    detail["updatedAt"] = iso(task.updated_at or task.created_at)
    for container in detail["containers"]:
        # In events the agents' state is called `status`, in the API `lastStatus`.
        container["managedAgents"] = [
            {"status" if key == "lastStatus" else key: value for key, value in agent.items()}
            for agent in container.get("managedAgents", [])
        ]
        if not container["managedAgents"]:
            del container["managedAgents"]
    for attachment in detail["attachments"]:
        attachment["type"] = "eni"
    _send(world, "ECS Task State Change", task.arn, detail)


def deployment_state_change(
    world: World, service: ServiceRecord, deployment: DeploymentRecord, name: str
) -> None:
    """Send ``ECS Deployment State Change``: its resource is the service, and it has no clusterArn."""
    detail = {
        "eventType": _DEPLOYMENT_EVENT_TYPES[name],
        "eventName": name,
        "deploymentId": deployment.id,
        "updatedAt": iso(world.now),
        "reason": deployment.reason,
    }
    _send(world, "ECS Deployment State Change", service.arn, detail)


def service_action(world: World, service: ServiceRecord, kind: str, name: str, **more: Any) -> None:
    """Send ``ECS Service Action``; ``kind`` is INFO, WARN or ERROR. These have no version."""
    detail = {
        "eventType": kind,
        "eventName": name,
        "clusterArn": service.cluster.arn,
        "createdAt": iso(world.now),
        **more,
    }
    _send(world, "ECS Service Action", service.arn, detail)


def service_message(world: World, service: ServiceRecord, text: str) -> None:
    """Add a line to the service's own event list, as DescribeServices shows it."""
    service.messages.append(
        {"id": world.uuid(), "createdAt": world.now, "message": f"(service {service.name}) {text}"}
    )


def _send(world: World, detail_type: str, resource: str, detail: dict[str, Any]) -> None:
    event = {
        "version": "0",
        "id": world.uuid(),
        "detail-type": detail_type,
        "source": "aws.ecs",
        "account": world.account,
        "time": world.now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": world.region,
        "resources": [resource],
        "detail": detail,
    }
    world.tell(EcsEvent(world.now, event))


def _iso_times(value: Any) -> Any:
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, dict):
        return {key: _iso_times(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_iso_times(item) for item in value]
    return value
