"""Services and their deployments in the shapes of the ECS API. Times stay datetimes here."""

from typing import Any

from rehearsal.ecs.options import SchedulerOptions
from rehearsal.ecs.records import DeploymentRecord, ServiceDeploymentRecord, ServiceRecord
from rehearsal.ecs.shapes import PLATFORM_VERSION, present


def service_shape(service: ServiceRecord, options: SchedulerOptions) -> dict[str, Any]:
    """A service for DescribeServices, tags left out."""
    settings = service.settings
    shown = (
        []
        if service.status == "INACTIVE"
        else [item for item in service.deployments if item.status != "INACTIVE"]
    )
    counted = [count_tasks(service, item, options) for item in shown]
    rollout = service.rollouts[-1] if service.rollouts else None
    return present(
        serviceArn=service.arn,
        serviceName=service.name,
        clusterArn=service.cluster.arn,
        loadBalancers=settings.get("loadBalancers", []),
        serviceRegistries=settings.get("serviceRegistries", []),
        status=service.status,
        desiredCount=service.desired_count,
        runningCount=sum(running for running, _ in counted),
        pendingCount=sum(pending for _, pending in counted),
        launchType="FARGATE",
        platformVersion=settings.get("platformVersion", "LATEST"),
        platformFamily="Linux",
        taskDefinition=service.primary.definition.arn if shown else settings["taskDefinition"],
        deploymentConfiguration=settings["deploymentConfiguration"],
        deployments=[_deployment(service, item, *count) for item, count in zip(shown, counted, strict=True)],
        roleArn="arn:aws:iam::" + service.arn.split(":")[4] + ":role/aws-service-role/ecs.amazonaws.com/"
        "AWSServiceRoleForECS",
        events=list(reversed(service.messages[-100:])),
        createdAt=service.created_at,
        currentServiceDeployment=rollout.arn if rollout and rollout.finished_at is None else None,
        currentServiceRevisions=[
            {
                "arn": item.revision_arn,
                "requestedTaskCount": item.target,
                "runningTaskCount": count[0],
                "pendingTaskCount": count[1],
            }
            for item, count in zip(shown, counted, strict=True)
        ],
        placementConstraints=[],
        placementStrategy=[],
        networkConfiguration=settings.get("networkConfiguration"),
        healthCheckGracePeriodSeconds=settings.get("healthCheckGracePeriodSeconds"),
        schedulingStrategy="REPLICA",
        deploymentController={"type": "ECS"},
        enableECSManagedTags=settings.get("enableECSManagedTags", False),
        propagateTags=settings.get("propagateTags", "NONE"),
        enableExecuteCommand=settings.get("enableExecuteCommand", False),
        availabilityZoneRebalancing=settings["availabilityZoneRebalancing"],
    )


def count_tasks(
    service: ServiceRecord, deployment: DeploymentRecord, options: SchedulerOptions
) -> tuple[int, int]:
    """runningCount and pendingCount of a deployment."""
    waiting = {"PENDING", "ACTIVATING"}
    if options.pending_count_includes_provisioning:
        waiting.add("PROVISIONING")
    tasks = [task for task in service.tasks_of(deployment) if task.desired_status == "RUNNING"]
    running = sum(task.last_status == "RUNNING" for task in tasks)
    return running, sum(task.last_status in waiting for task in tasks)


def _deployment(
    service: ServiceRecord, deployment: DeploymentRecord, running: int, pending: int
) -> dict[str, Any]:
    return present(
        id=deployment.id,
        status=deployment.status,
        taskDefinition=deployment.definition.arn,
        desiredCount=deployment.target,
        pendingCount=pending,
        runningCount=running,
        failedTasks=deployment.failed_tasks,
        createdAt=deployment.created_at,
        updatedAt=deployment.updated_at,
        launchType="FARGATE",
        platformVersion=PLATFORM_VERSION,
        platformFamily="Linux",
        networkConfiguration=service.settings.get("networkConfiguration"),
        rolloutState=deployment.rollout_state,
        rolloutStateReason=deployment.reason,
    )


def service_deployment_shape(
    service: ServiceRecord, rollout: ServiceDeploymentRecord, options: SchedulerOptions
) -> dict[str, Any]:
    """A service deployment for DescribeServiceDeployments."""
    target = next(
        (item for item in service.deployments if item.revision_arn == rollout.target_revision), None
    )
    running, pending = count_tasks(service, target, options) if target else (0, 0)
    return present(
        serviceDeploymentArn=rollout.arn,
        serviceArn=service.arn,
        clusterArn=service.cluster.arn,
        createdAt=rollout.created_at,
        startedAt=rollout.created_at,
        finishedAt=rollout.finished_at,
        stoppedAt=rollout.stopped_at,
        updatedAt=rollout.updated_at,
        sourceServiceRevisions=[_revision_summary(arn) for arn in rollout.source_revisions],
        targetServiceRevision={
            "arn": rollout.target_revision,
            "requestedTaskCount": service.desired_count,
            "runningTaskCount": running,
            "pendingTaskCount": pending,
        },
        status=rollout.status,
        statusReason=rollout.status_reason,
        deploymentConfiguration=service.settings["deploymentConfiguration"],
        rollback=rollout.rollback,
        deploymentCircuitBreaker={
            "status": rollout.breaker,
            "failureCount": rollout.failures,
            "threshold": breaker_threshold(service),
        },
        alarms={"status": "DISABLED", "alarmNames": [], "triggeredAlarmNames": []},
    )


def breaker_threshold(service: ServiceRecord) -> int:
    """The circuit breaker's threshold: half the desired count, at least 3 and at most 200."""
    return min(max(3, -(-service.desired_count // 2)), 200)


def _revision_summary(arn: str) -> dict[str, Any]:
    return {"arn": arn, "requestedTaskCount": 0, "runningTaskCount": 0, "pendingTaskCount": 0}


def service_deployment_brief(service: ServiceRecord, rollout: ServiceDeploymentRecord) -> dict[str, Any]:
    """A service deployment for ListServiceDeployments."""
    return present(
        serviceDeploymentArn=rollout.arn,
        serviceArn=service.arn,
        clusterArn=service.cluster.arn,
        startedAt=rollout.created_at,
        createdAt=rollout.created_at,
        finishedAt=rollout.finished_at,
        targetServiceRevisionArn=rollout.target_revision,
        status=rollout.status,
        statusReason=rollout.status_reason,
    )
