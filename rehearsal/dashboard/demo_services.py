"""What is rehearsed for the dashboard: many services, so that it has something of everything to show."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from rehearsal.aws.deployed_app import DeployedApp
from rehearsal.ecs.errors import ApiError
from rehearsal.run.many_services import ManyServices, a_service
from rehearsal.run.operators import operate, set_kill_switch
from rehearsal.scenario.model import DescribedService, ProgramKind, Revision, Step, StepKind

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
class Action:
    """Something done so many virtual minutes after the start; ``what`` says it to whoever watches."""

    minute: float
    what: str
    do: Callable[[ManyServices], object]


def _deploy(minute: float, name: str, *, log_driver: str = "awslogs") -> Action:
    return Action(minute, f"deploys {name}", lambda world: world.deploy(name, log_driver=log_driver))


def _answer(minute: float, name: str) -> Action:
    step = Step(at=0, do=StepKind.APPROVE)

    def approve(world: ManyServices) -> str:
        return operate(world.deployed, world.service_of(name), step)

    return Action(minute, f"approves the stop for {name}", approve)


ACTIONS = (
    _deploy(0, "checkout-prometheus"),
    _deploy(0.5, "games-prometheus"),
    _deploy(1, "ads-prometheus"),
    _deploy(1.5, "orders-prometheus"),
    _deploy(3, "search-prometheus"),
    Action(4.5, "takes games-prometheus down", lambda world: world.scale_down("games-prometheus")),
    _answer(5, "orders-prometheus"),
    _deploy(6, "legacy-prometheus", log_driver="awsfirelens"),
    Action(8, "pauses Unwedge", lambda world: set_kill_switch(world.deployed, "the file system is moved")),
    _deploy(8.2, "payments-prometheus"),
    Action(11.5, "resumes Unwedge", lambda world: set_kill_switch(world.deployed, "run")),
    Action(12, "takes legacy-prometheus down", lambda world: world.scale_down("legacy-prometheus")),
    _deploy(14, "catalog-prometheus"),
    _deploy(15, "maps-prometheus"),
    _deploy(17, _ASKING),
)


def services() -> list[DescribedService]:
    """All services, each with its tag and its second revision."""
    return [
        a_service(name, second=Revision(program=kind), tag=tag) for name, (tag, kind) in _SERVICES.items()
    ]


@contextmanager
def rehearsed(deployed: DeployedApp, tell: Callable[[str], None]) -> Iterator[ManyServices]:
    """Do it all; within the block the services live on, with a question unanswered."""
    world = ManyServices(deployed, services(), scheduler=SCHEDULER)
    try:
        start = deployed.clock.now()
        for action in ACTIONS:
            due = start + timedelta(minutes=action.minute)
            deployed.clock.sleep((due - deployed.clock.now()).total_seconds())
            tell(f"minute {action.minute:4.1f}: the operator {action.what}")
            _perform(action, world, tell)
        world.until(lambda: "approval-needed" in world.verdicts(_ASKING), _PATIENCE_SECONDS)
        yield world
    finally:
        world.close()


def _perform(action: Action, world: ManyServices, tell: Callable[[str], None]) -> None:
    try:
        action.do(world)
    except ApiError as error:
        tell(f"             in vain: {error}")
