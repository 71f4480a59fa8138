"""ECS answers and events into the model. Unknown fields are ignored, unusable values become None.

Task events and DescribeTasks name the same fields, except for those of managed agents, which are not read.
Times are datetimes in API answers and ISO 8601 strings in events.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from unwedge.model.service import DRAIN_TAG, Container, Deployment, Health, Rollout, Service, Task
from unwedge.observe.definitions import objects, text

TAG = "unwedge"
Json = Mapping[str, Any]


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


def _health(value: object) -> Health:
    return Health(value) if value in ("HEALTHY", "UNHEALTHY") else Health.UNKNOWN


def _whole(value: object) -> int | None:
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
        container_instance=text(data.get("containerInstanceArn")),
        failed_health=_failed_health(data),
        containers=tuple(
            Container(
                text(item.get("name")) or "",
                _whole(item.get("exitCode")),
                text(item.get("lastStatus")) or "",
            )
            for item in objects(data.get("containers"))
        ),
    )


def _failed_health(data: Json) -> bool:
    """Whether the scheduler ended it for its health. The code is the same as for a scale-in; what tells them
    apart is the health of the task, or for a load balancer's checks, which it does not show, AWS's own words
    (Developer Guide, "Stopped task error messages": `Task failed ELB health checks in …`)."""
    if data.get("stopCode") != "ServiceSchedulerInitiated":
        return False
    return data.get("healthStatus") == "UNHEALTHY" or "health checks" in (
        text(data.get("stoppedReason")) or ""
    )


def service(data: Json) -> Service:
    """A service from DescribeServices, called with include TAGS."""
    tags = {item.get("key"): item.get("value") for item in objects(data.get("tags"))}
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
            for item in objects(data.get("deployments"))
        ),
        tag=tags.get(TAG),
        strategy=text((data.get("deploymentConfiguration") or {}).get("strategy")) or "ROLLING",
        scheduling=text(data.get("schedulingStrategy")) or "REPLICA",
        drain_mark=text(tags.get(DRAIN_TAG)),
        balancers=tuple(
            found
            for item in objects(data.get("loadBalancers"))
            if (found := text(item.get("targetGroupArn")) or text(item.get("loadBalancerName")))
        ),
    )


def rollout(data: Json, *, hooks_seen: bool = True) -> Rollout:
    """A service deployment from DescribeServiceDeployments, or from ListServiceDeployments, which tells
    neither hooks nor the circuit breaker. An SDK that does not know lifecycleHookDetails drops them: then any
    hook that is configured may be waiting."""
    hooks = objects(data.get("lifecycleHookDetails"))
    waits = any(hook.get("status") == "AWAITING_ACTION" for hook in hooks)
    if not hooks_seen:
        waits = bool(objects((data.get("deploymentConfiguration") or {}).get("lifecycleHooks")))
    breaker = data.get("deploymentCircuitBreaker") or {}
    return Rollout(
        data["serviceDeploymentArn"],
        data["status"],
        awaiting=(text(data.get("lifecycleStage")) or "a stage that ECS does not name") if waits else None,
        failures=_whole(breaker.get("failureCount")),
        threshold=_whole(breaker.get("threshold")),
    )
