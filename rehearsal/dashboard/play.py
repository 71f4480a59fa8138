"""What is rehearsed for the dashboard: many services, so that it has something of everything to show."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from rehearsal.aws.deployed_app import Workshop
from rehearsal.ecs.errors import ApiError
from rehearsal.run.many_services import World, a_story
from rehearsal.run.operators import operate, turn
from rehearsal.scenario.model import ProgramKind, Revision, ServiceStory, Step, StepKind

# Fast, but a task stays PENDING for longer than a real second, in which the function sees it.
SPEED = 15.0
SCHEDULER: Mapping[str, Any] = {
    "replacement": "newest-revision",  # so that a broken new revision leaves nothing running
    "provisioning_seconds": [8, 10],
    "pending_seconds": [20, 30],
    "deprovisioning_seconds": [5, 8],
}
_PATIENCE_SECONDS = 420.0
_ASKING = "billing-prometheus"  # its question is left to whoever looks at the page

# name: tag, program of the second revision
_SERVICES: Mapping[str, tuple[str, ProgramKind]] = {
    "checkout-prometheus": ("enforce", ProgramKind.STORE),
    "search-prometheus": ("enforce", ProgramKind.STORE),
    "payments-prometheus": ("enforce", ProgramKind.STORE),
    "catalog-prometheus": ("enforce", ProgramKind.STORE),
    "ads-prometheus": ("observe", ProgramKind.STORE),
    _ASKING: ("approve", ProgramKind.STORE),
    "orders-prometheus": ("approve", ProgramKind.STORE),
    "maps-prometheus": ("enforce", ProgramKind.BROKEN_STORE),
    "games-prometheus": ("enforce", ProgramKind.PERMISSION_DENIED),
    "legacy-prometheus": ("enforce", ProgramKind.STORE),
}


@dataclass(frozen=True)
class Act:
    """Something done so many virtual minutes after the start; ``what`` says it to whoever watches."""

    minute: float
    what: str
    do: Callable[[World], object]


def _deploy(minute: float, name: str, *, log_driver: str = "awslogs") -> Act:
    return Act(minute, f"deploys {name}", lambda world: world.deploy(name, log_driver=log_driver))


def _answer(minute: float, name: str) -> Act:
    step = Step(at=0, do=StepKind.APPROVE)

    def approve(world: World) -> str:
        return operate(world.workshop, world.service_of(name), step)

    return Act(minute, f"approves the stop for {name}", approve)


ACTS = (
    _deploy(0, "checkout-prometheus"),
    _deploy(0.5, "games-prometheus"),
    _deploy(1, "ads-prometheus"),
    _deploy(1.5, "orders-prometheus"),
    _deploy(3, "search-prometheus"),
    Act(4.5, "takes games-prometheus down", lambda world: world.scale_down("games-prometheus")),
    _answer(5, "orders-prometheus"),
    _deploy(6, "legacy-prometheus", log_driver="awsfirelens"),
    Act(8, "pauses Unwedge", lambda world: turn(world.workshop, "the file system is moved")),
    _deploy(8.2, "payments-prometheus"),
    Act(11.5, "resumes Unwedge", lambda world: turn(world.workshop, "run")),
    Act(12, "takes legacy-prometheus down", lambda world: world.scale_down("legacy-prometheus")),
    _deploy(14, "catalog-prometheus"),
    _deploy(15, "maps-prometheus"),
    _deploy(17, _ASKING),
)


def services() -> list[ServiceStory]:
    """All services, each with its tag and its second revision."""
    return [
        a_story(name, second=Revision(program=program), tag=tag) for name, (tag, program) in _SERVICES.items()
    ]


@contextmanager
def played(workshop: Workshop, tell: Callable[[str], None]) -> Iterator[World]:
    """Play all acts; within the block the services live on, with a question unanswered."""
    stories = [
        a_story(name, second=Revision(program=program), tag=tag) for name, (tag, program) in _SERVICES.items()
    ]
    world = World(workshop, stories, scheduler=SCHEDULER)
    try:
        start = workshop.clock.now()
        for act in ACTS:
            due = start + timedelta(minutes=act.minute)
            workshop.clock.sleep((due - workshop.clock.now()).total_seconds())
            tell(f"minute {act.minute:4.1f}: the operator {act.what}")
            _perform(act, world, tell)
        world.until(lambda: "approval-needed" in world.verdicts(_ASKING), _PATIENCE_SECONDS)
        yield world
    finally:
        world.close()


def _perform(act: Act, world: World, tell: Callable[[str], None]) -> None:
    try:
        act.do(world)
    except ApiError as error:
        tell(f"             in vain: {error}")
