"""What a look is about: which container, whether the service is ours, and whether to look again. Pure."""

from unwedge.decide.grips import may_take
from unwedge.model.service import Health
from unwedge.model.task_definition import ContainerSpec, TaskDefinition
from unwedge.verify.doctor import starting
from unwedge.verify.facts import Facts


def main_container(definition: TaskDefinition) -> ContainerSpec | None:
    """The container that a verification is about: the one that takes the lock, else the first essential
    one."""
    specs = definition.containers
    locking = [spec for spec in specs if spec.essential and spec.shares and may_take(spec, specs)]
    essential = [spec for spec in specs if spec.essential]
    return next(iter([*locking, *essential]), None)


def concerns_us(facts: Facts) -> bool:
    """Whether a service that nobody asked about is one for us: tagged, or with a volume that tasks share."""
    return facts.service.tag is not None or (facts.spec is not None and facts.spec.shares)


def soon(facts: Facts) -> str | None:
    """Why another look in a moment may find more."""
    service, task = facts.service, facts.task
    primary = service.primary
    if primary and primary.rollout_state == "IN_PROGRESS":
        return "the deployment is still in progress"
    if service.desired_count and (task is None or facts.running < service.desired_count):
        return "its tasks do not all run yet"
    if facts.definition and facts.definition.health_checked and task and task.task.health is Health.UNKNOWN:
        return "its health check has no result yet"
    if starting(facts):
        return "the agent of ECS Exec has only just started"
    return None
