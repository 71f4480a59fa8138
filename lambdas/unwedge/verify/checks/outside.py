"""What AWS tells of a service: its status, its tasks, its place in Cloud Map."""

from unwedge.decide.lock import lock_of, relation
from unwedge.model.grip import Relation
from unwedge.model.service import Health
from unwedge.model.situation import ReadFailure
from unwedge.model.verification import Check, Part, Result
from unwedge.verify.facts import Facts

AT_REST = "The service is scaled to 0, and no task of it runs."
_AGAIN = "Verify again; a denied call needs the permission that it names."
READ_LOG = "Open the log of the container in CloudWatch and read it."


def service_status(facts: Facts) -> Check:
    """ACTIVE, at its desired count, and the rollout complete."""
    service, primary = facts.service, facts.service.primary
    told = (
        f"The service is {service.status} with {facts.running} of {service.desired_count} tasks running and "
        f"{facts.pending} pending"
    )
    if service.status != "ACTIVE":
        return Check(Part.SERVICE, Result.FAIL, f"{told}.", "Somebody has deleted it or is about to.")
    if primary is None:
        return Check(Part.SERVICE, Result.UNKNOWN, f"{told}, and it has no PRIMARY deployment.")
    told += (
        f"; its deployment of {_last(primary.task_definition)} is "
        f"{primary.rollout_state or 'in a state that ECS does not tell'}."
    )
    if primary.rollout_state == "FAILED":
        return Check(
            Part.SERVICE, Result.FAIL, told, "See the service's events for why the deployment failed."
        )
    complete = primary.rollout_state == "COMPLETED" and len(service.deployments) == 1
    if complete and facts.running == service.desired_count and facts.pending == 0:
        return Check(Part.SERVICE, Result.PASS, told)
    if primary.rollout_state == "COMPLETED" and facts.running < service.desired_count:
        return Check(
            Part.SERVICE, Result.FAIL, told, "See the service's events for what keeps tasks from running."
        )
    return Check(Part.SERVICE, Result.UNKNOWN, told, "Verify again once the deployment has ended.")


def one_writer(facts: Facts) -> Check:
    """Exactly one task of the cluster can write where the container keeps its data."""
    spec, definition, task = facts.spec, facts.definition, facts.task
    if facts.at_rest:
        return Check(Part.WRITER, Result.SKIPPED, AT_REST)
    if unread := tasks_unread(facts):
        return Check(Part.WRITER, Result.UNKNOWN, unread, _AGAIN)
    if spec is None or definition is None:
        return Check(Part.WRITER, Result.UNKNOWN, "The task definition was not read.")
    if not spec.shares:
        return Check(
            Part.WRITER, Result.SKIPPED, f"Container {spec.name} has no volume that other tasks can reach."
        )
    holding = [item.task for item in facts.tasks if item.task.may_hold_lock]
    if task is None or not holding:
        return Check(
            Part.WRITER,
            Result.FAIL,
            "No task of the service runs, so nobody writes.",
            "See the check of the service.",
        )
    place = lock_of(task.task, spec)
    others = [item for item in holding if item.arn != task.task.arn]
    if not others:
        return _beside(facts, f"Of the service only task {task.task.id} runs. It keeps its data in {place}.")
    ids = ", ".join(item.id for item in others)
    same = [item for item in others if item.task_definition == task.task.task_definition]
    known = [relation(place, lock_of(item, spec)) for item in same]
    if Relation.SAME in known:
        return Check(
            Part.WRITER,
            Result.FAIL,
            f"Task {ids} runs beside task {task.task.id}, and both keep their data in {place}.",
            "Set maximumPercent to 100 and minimumHealthyPercent to 0, and the desired count to 1.",
        )
    wanted = facts.service.desired_count
    if spec.data_path is None and wanted > 1:
        return Check(
            Part.WRITER,
            Result.SKIPPED,
            f"The service wants {wanted} tasks, and container {spec.name} is not known to keep its data "
            "under a lock.",
        )
    return Check(
        Part.WRITER,
        Result.UNKNOWN,
        f"Task {ids} runs beside task {task.task.id}, and whether both use one directory is not known.",
        "Verify again once only one task runs.",
    )


def _beside(facts: Facts, told: str) -> Check:
    """Of the service only one writes: what of the rest of the cluster?"""
    beside = facts.beside
    if beside is None:
        return Check(
            Part.WRITER, Result.UNKNOWN, f"{told} Other tasks of the cluster were not looked at.", _AGAIN
        )
    if beside.others:
        sure = bool(beside.same)
        other = (beside.same or beside.others)[0]
        who = f"task {other.task_arn.rsplit('/', 1)[-1]} of {other.group}"
        return Check(
            Part.WRITER,
            Result.FAIL if sure else Result.UNKNOWN,
            f"{told} So does {who}." if sure else f"{told} So may {who}: it uses {other.volume}.",
            "Give each service a directory or an access point of its own.",
        )
    if beside.unread:
        return Check(
            Part.WRITER,
            Result.UNKNOWN,
            f"{told} Other tasks of the cluster were not all looked at: {beside.unread.rstrip('.')}.",
            _AGAIN,
        )
    return Check(Part.WRITER, Result.PASS, f"{told} No other task of the cluster is known to write there.")


def task_health(facts: Facts) -> Check:
    """The task runs, its containers run, and ECS calls it healthy where it can tell."""
    task, definition = facts.task, facts.definition
    if facts.at_rest:
        return Check(Part.HEALTH, Result.SKIPPED, AT_REST)
    if unread := tasks_unread(facts):
        return Check(Part.HEALTH, Result.UNKNOWN, unread, _AGAIN)
    if task is None:
        return Check(Part.HEALTH, Result.FAIL, "No task of the service runs.", "See the service's events.")
    primary = facts.service.primary
    if primary and task.task.deployment_id != primary.id:
        return Check(
            Part.HEALTH,
            Result.FAIL,
            f"Task {task.task.id} runs {task.task.revision}, and the deployment is of "
            f"{_last(primary.task_definition)}.",
            "See the service's events for why no task of the new revision runs.",
        )
    essential = {spec.name for spec in definition.containers if spec.essential} if definition else set()
    down = [item.name for item in task.containers if item.status != "RUNNING" and item.name in essential]
    if down:
        return Check(
            Part.HEALTH,
            Result.FAIL,
            f"In task {task.task.id} container {', '.join(down)} does not run.",
            READ_LOG,
        )
    told = f"Task {task.task.id} of {task.task.revision} is RUNNING"
    if task.task.health is Health.HEALTHY:
        return Check(Part.HEALTH, Result.PASS, f"{told} and HEALTHY.")
    if task.task.health is Health.UNHEALTHY:
        return Check(Part.HEALTH, Result.FAIL, f"{told} and UNHEALTHY.", READ_LOG)
    if definition and definition.health_checked:
        return Check(
            Part.HEALTH,
            Result.UNKNOWN,
            f"{told}, and its health check has no result yet.",
            "Verify again in a minute.",
        )
    return Check(
        Part.HEALTH, Result.PASS, f"{told}. No essential container has a health check, so ECS knows no more."
    )


def discovery(facts: Facts) -> Check:
    """Cloud Map has the address of the task, and no other."""
    task, found = facts.task, facts.registration
    if not facts.registries:
        return Check(Part.DISCOVERY, Result.SKIPPED, "The service is not registered with Cloud Map.")
    if isinstance(found, ReadFailure):
        return Check(
            Part.DISCOVERY, Result.UNKNOWN, f"Cloud Map was not read: {found.call} answered {found.code}."
        )
    if facts.at_rest and found and not found.addresses:
        return Check(Part.DISCOVERY, Result.SKIPPED, AT_REST)
    if found is None or task is None or task.address is None:
        return Check(Part.DISCOVERY, Result.UNKNOWN, "There is no running task with an address to look for.")
    if not found.whole:
        return Check(
            Part.DISCOVERY,
            Result.UNKNOWN,
            f"{found.name} has more than {len(found.addresses)} addresses, and no more are read.",
        )
    own = found.addresses.get(task.task.id)
    stale = {
        key: value
        for key, value in found.addresses.items()
        if key not in {item.task.id for item in facts.tasks}
    }
    if own != task.address:
        there = (
            f" It has {', '.join(sorted(found.addresses.values()))}."
            if found.addresses
            else " It has no address."
        )
        return Check(
            Part.DISCOVERY,
            Result.FAIL,
            f"{found.name} does not have the address {task.address} of task {task.task.id}.{there}",
            "ECS registers a task when it starts to run: see the service's events for why it did not.",
        )
    if stale:
        return Check(
            Part.DISCOVERY,
            Result.FAIL,
            f"{found.name} has the address {own} of task {task.task.id}, and besides "
            f"{', '.join(sorted(stale.values()))} of a task that is gone.",
            "Deregister the old instance: aws servicediscovery deregister-instance.",
        )
    return Check(
        Part.DISCOVERY,
        Result.PASS,
        f"{found.name} has the address {own} of task {task.task.id}, and no other.",
    )


def tasks_unread(facts: Facts) -> str | None:
    """That the tasks were not read, and what AWS answered; None where they were."""
    failure = facts.unread("ecs:ListTasks", "ecs:DescribeTasks")
    return f"The tasks were not read: {failure.call} answered {failure.code}." if failure else None


def _last(arn: str) -> str:
    return arn.rsplit("/", 1)[-1]
