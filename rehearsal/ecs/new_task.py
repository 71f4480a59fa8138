"""How a task begins: its containers, its tags, and how long each of its states will take."""

import random

from rehearsal.ecs.options import Range
from rehearsal.ecs.records import ContainerRecord, DeploymentRecord, ServiceRecord, TaskRecord
from rehearsal.ecs.world import World


def new_task(world: World, service: ServiceRecord, deployment: DeploymentRecord, number: int) -> TaskRecord:
    """A task of the deployment that does not run yet. `number` counts the tasks of the world: with the seed
    it decides how long each of its states takes."""
    options = world.options
    dice = random.Random(f"{options.seed}-task-{number}")
    arn = world.arn("task", f"{service.cluster.name}/{world.hexadecimal(32)}")
    ranges: dict[str, Range] = {
        "provisioning": options.provisioning_seconds,
        "pending": options.pending_seconds,
        "signal": options.stop_signal_delay_seconds,
        "deprovisioning": options.deprovisioning_seconds,
    }
    task = TaskRecord(
        arn=arn,
        cluster_arn=service.cluster.arn,
        service=service.name,
        definition=deployment.definition,
        deployment_id=deployment.id,
        started_by=deployment.id,
        created_at=world.now,
        containers=[
            ContainerRecord(
                definition,
                arn=f"{arn.replace(':task/', ':container/')}/{world.uuid()}",
                runtime_id=str(dice.randrange(10**9, 10**10)),
            )
            for definition in deployment.definition.containers
        ],
        delays={name: dice.uniform(*limits) for name, limits in ranges.items()},
        attachment_id=world.uuid(),
        address=f"10.0.{dice.randrange(256)}.{dice.randrange(4, 255)}",
        enable_execute_command=service.settings.get("enableExecuteCommand", False),
        exec_fault=world.exec_faults.get(service.name),
        tags=_propagated_tags(service, deployment),
    )
    if service.settings.get("loadBalancers"):
        signal = task.delays["signal"] + options.deregistration_seconds
        task.delays = {**task.delays, "signal": signal}
    service.tasks.append(task)
    world.tasks[arn] = task
    return task


def _propagated_tags(service: ServiceRecord, deployment: DeploymentRecord) -> dict[str, str]:
    """A task's tags: its service's or task definition's, as propagateTags says, as they are at its start."""
    source = service.settings.get("propagateTags", "NONE")
    tags = {"SERVICE": service.tags, "TASK_DEFINITION": deployment.definition.tags}.get(source, {})
    managed = {}
    if service.settings.get("enableECSManagedTags"):
        managed = {"aws:ecs:clusterName": service.cluster.name, "aws:ecs:serviceName": service.name}
    return {**tags, **managed}
