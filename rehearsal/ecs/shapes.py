"""Tasks, clusters and task definitions in the shapes of the ECS API. Times stay datetimes here."""

from typing import Any

from rehearsal.ecs.options import ExecFault
from rehearsal.ecs.records import ClusterRecord, ContainerRecord, DefinitionRecord, TaskRecord

PLATFORM_VERSION, _WITHOUT_EXEC = "1.4.0", "1.3.0"


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
        platformVersion=_WITHOUT_EXEC if task.exec_fault is ExecFault.OLD_PLATFORM else PLATFORM_VERSION,
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
    if not task.enable_execute_command or (task.exec_fault and task.exec_fault.without_agent):
        return None
    stopped = task.exec_fault is ExecFault.AGENT_STOPPED and container.launched_at is not None
    agent = present(
        name="ExecuteCommandAgent",
        lastStatus="STOPPED" if stopped else container.status,
        lastStartedAt=container.launched_at,
        reason="Received Container Stopped event" if stopped else None,
    )
    return [agent]


def definition_shape(definition: DefinitionRecord) -> dict[str, Any]:
    """A task definition for DescribeTaskDefinition."""
    return dict(definition.body)
