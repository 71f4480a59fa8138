"""Records in the shapes of the ECS API: what Describe and List calls answer. Times stay datetimes here."""

from typing import Any

from rehearsal.ecs.options import SchedulerOptions
from rehearsal.ecs.records import (
    ClusterRecord,
    ContainerRecord,
    DefinitionRecord,
    DeploymentRecord,
    ServiceDeploymentRecord,
    ServiceRecord,
    TaskRecord,
)

PLATFORM_VERSION = "1.4.0"


def present(**fields: Any) -> dict[str, Any]:
    """The fields that have a value: AWS leaves the others out."""
    return {key: value for key, value in fields.items() if value is not None}


def tag_list(tags: dict[str, str]) -> list[dict[str, str]]:
    """Tags as the API lists them."""
    return [{"key": key, "value": value} for key, value in tags.items()]


def cluster_shape(
    cluster: ClusterRecord, *, active_services: int, running: int, pending: int
) -> dict[str, Any]:
    """A cluster for DescribeClusters."""
    return {
        "clusterArn": cluster.arn,
        "clusterName": cluster.name,
        "status": "ACTIVE",
        "registeredContainerInstancesCount": 0,
        "runningTasksCount": running,
        "pendingTasksCount": pending,
        "activeServicesCount": active_services,
        "statistics": [],
        "tags": tag_list(cluster.tags),
        "settings": [{"name": "containerInsights", "value": "disabled"}],
        "capacityProviders": [],
        "defaultCapacityProviderStrategy": [],
    }


def task_shape(task: TaskRecord) -> dict[str, Any]:
    """A task for DescribeTasks, tags left out."""
    body = task.definition.body
    return present(
        attachments=[_attachment(task)],
        attributes=[{"name": "ecs.cpu-architecture", "value": "x86_64"}],
        availabilityZone="us-east-1a",
        clusterArn=task.cluster_arn,
        connectivity="CONNECTED" if task.connectivity_at else None,
        connectivityAt=task.connectivity_at,
        containers=[_container(task, container) for container in task.containers],
        cpu=body.get("cpu", "256"),
        createdAt=task.created_at,
        desiredStatus=task.desired_status,
        enableExecuteCommand=task.enable_execute_command,
        ephemeralStorage={"sizeInGiB": 20},
        executionStoppedAt=task.execution_stopped_at,
        group=f"service:{task.service}",
        healthStatus=task.health,
        lastStatus=task.last_status,
        launchType="FARGATE",
        memory=body.get("memory", "512"),
        overrides={
            "containerOverrides": [{"name": container.name} for container in task.containers],
            "inferenceAcceleratorOverrides": [],
        },
        platformFamily="Linux",
        platformVersion=PLATFORM_VERSION,
        pullStartedAt=task.pull_started_at,
        pullStoppedAt=task.pull_stopped_at,
        startedAt=task.started_at,
        startedBy=task.started_by,
        stopCode=task.stop_code,
        stoppedAt=task.stopped_at,
        stoppedReason=task.stopped_reason,
        stoppingAt=task.stopping_at,
        taskArn=task.arn,
        taskDefinitionArn=task.definition.arn,
        version=task.version,
    )


def _attachment(task: TaskRecord) -> dict[str, Any]:
    if task.last_status == "PROVISIONING":
        return {
            "id": task.attachment_id,
            "type": "ElasticNetworkInterface",
            "status": "PRECREATED",
            "details": [{"name": "subnetId", "value": "subnet-0a1b2c3d"}],
        }
    status = {"DEPROVISIONING": "DETACHING", "STOPPED": "DELETED"}.get(task.last_status, "ATTACHED")
    details = [
        {"name": "subnetId", "value": "subnet-0a1b2c3d"},
        {"name": "networkInterfaceId", "value": f"eni-{task.attachment_id[-12:]}00000"},
        {"name": "macAddress", "value": "0a:58:" + ":".join(task.id[i : i + 2] for i in (0, 2, 4, 6))},
        {"name": "privateIPv4Address", "value": task.address},
    ]
    return {
        "id": task.attachment_id,
        "type": "ElasticNetworkInterface",
        "status": status,
        "details": details,
    }


def _container(task: TaskRecord, container: ContainerRecord) -> dict[str, Any]:
    started = container.launched_at is not None
    return present(
        containerArn=container.arn,
        taskArn=task.arn,
        name=container.name,
        image=container.definition.get("image"),
        runtimeId=f"{task.id}-{container.runtime_id}" if started else None,
        lastStatus=container.status,
        exitCode=container.exit_code,
        networkBindings=[],
        networkInterfaces=[
            {"attachmentId": task.attachment_id, "privateIpv4Address": task.address},
        ]
        if task.last_status != "PROVISIONING"
        else [],
        healthStatus=container.health,
        managedAgents=_managed_agents(task, container),
        cpu=str(container.definition.get("cpu", 0)),
        memory=_text(container.definition.get("memory")),
        memoryReservation=_text(container.definition.get("memoryReservation")),
    )


def _text(value: int | None) -> str | None:
    return None if value is None else str(value)


def _managed_agents(task: TaskRecord, container: ContainerRecord) -> list[dict[str, Any]] | None:
    if not task.enable_execute_command:
        return None
    agent = present(
        name="ExecuteCommandAgent", lastStatus=container.status, lastStartedAt=container.launched_at
    )
    return [agent]


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
        loadBalancers=[],
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


def definition_shape(definition: DefinitionRecord) -> dict[str, Any]:
    """A task definition for DescribeTaskDefinition."""
    return dict(definition.body)
