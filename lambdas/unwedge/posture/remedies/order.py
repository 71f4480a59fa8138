"""The order in which the steps of a remedy work."""

from collections.abc import Iterable

from unwedge.model.posture import Step, StepKind

# ECS refuses a maximumPercent of 100 or less while Availability Zone rebalancing is ENABLED, and the
# percentages mean stop first only where the strategy is ROLLING. What replaces the task comes when all that
# decides how it is replaced is in place: a deployment of a 100/200 service is the deadlock itself.
_ORDER = (
    StepKind.ROLLING,
    StepKind.REBALANCING_OFF,
    StepKind.STOP_FIRST,
    StepKind.BREAKER_WITHOUT_ROLLBACK,
    StepKind.ONE_TASK,
    StepKind.PROPAGATE_TAGS,
    StepKind.DEREGISTRATION,
    StepKind.STOP_TIMEOUT,
    StepKind.AWSLOGS,
    StepKind.NEW_TASKS,
    StepKind.ADVICE,
)


def ordered(steps: Iterable[Step]) -> tuple[Step, ...]:
    """The steps in the order that works, each change once.

    Of two stop timeouts of a container the longer one stays, of two deregistration delays of a target group
    the shorter one: a program that is killed loses more than one that ends early. Advice comes last.
    """
    kept: dict[tuple[str, ...], Step] = {}
    for step in steps:
        change = _change(step)
        kept[change] = _merged(kept[change], step) if change in kept else step
    return tuple(sorted(kept.values(), key=lambda step: _ORDER.index(step.kind)))


def _change(step: Step) -> tuple[str, ...]:
    """What a step changes: two steps that change the same are one."""
    match step.kind:
        case StepKind.ADVICE:
            return step.kind, step.text
        case StepKind.STOP_TIMEOUT | StepKind.AWSLOGS:
            return step.kind, step.container
        case StepKind.DEREGISTRATION:
            return step.kind, step.target_group
        case _:
            return (step.kind,)


def _merged(one: Step, other: Step) -> Step:
    choose = min if one.kind is StepKind.DEREGISTRATION else max
    return one._replace(seconds=choose(one.seconds, other.seconds), text=one.text or other.text)
