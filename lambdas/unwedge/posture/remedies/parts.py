"""The steps of a remedy, sorted by what they change."""

from collections.abc import Iterable
from typing import NamedTuple

from unwedge.model.posture import Step, StepKind
from unwedge.posture.remedies.order import ordered

_SETTINGS = frozenset(
    {
        StepKind.ROLLING,
        StepKind.REBALANCING_OFF,
        StepKind.STOP_FIRST,
        StepKind.BREAKER_WITHOUT_ROLLBACK,
        StepKind.ONE_TASK,
        StepKind.PROPAGATE_TAGS,
    }
)


class Container(NamedTuple):
    """The changes of one container. `seconds`: its stop timeout, or 0. `awslogs`: its log driver changes."""

    name: str
    seconds: int = 0
    awslogs: bool = False


class Parts(NamedTuple):
    """A remedy. `settings` of the service start no deployment, nor do the `groups`, which are steps with a
    target group; a change of the `containers` makes a new task definition, and that replaces the task.
    `reasons`: why steps are there; `advice`: what no tool can do."""

    settings: tuple[StepKind, ...]
    groups: tuple[Step, ...]
    containers: tuple[Container, ...]
    new_tasks: bool
    reasons: tuple[str, ...]
    advice: tuple[str, ...]

    @property
    def empty(self) -> bool:
        """Whether nothing is to be said."""
        return not (self.settings or self.groups or self.deploys or self.advice)

    @property
    def deploys(self) -> bool:
        """Whether the remedy replaces the task."""
        return bool(self.containers) or self.new_tasks

    @property
    def logs(self) -> bool:
        """Whether a log driver changes."""
        return any(container.awslogs for container in self.containers)


def parted(steps: Iterable[Step]) -> Parts:
    """What to change, in the order that works within each part."""
    steps = ordered(steps)
    return Parts(
        settings=tuple(step.kind for step in steps if step.kind in _SETTINGS),
        groups=tuple(step for step in steps if step.kind is StepKind.DEREGISTRATION),
        containers=_containers(steps),
        new_tasks=any(step.kind is StepKind.NEW_TASKS for step in steps),
        reasons=tuple(step.text for step in steps if step.text and step.kind is not StepKind.ADVICE),
        advice=tuple(step.text for step in steps if step.kind is StepKind.ADVICE),
    )


def _containers(steps: tuple[Step, ...]) -> tuple[Container, ...]:
    found: dict[str, Container] = {}
    for step in steps:
        container = found.get(step.container, Container(step.container))
        if step.kind is StepKind.STOP_TIMEOUT:
            found[step.container] = container._replace(seconds=step.seconds)
        elif step.kind is StepKind.AWSLOGS:
            found[step.container] = container._replace(awslogs=True)
    return tuple(found.values())
