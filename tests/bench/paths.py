"""The paths a signal can take, each run once against a fake AWS that counts calls."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from tests.support.controlled import World, event
from tests.support.situations import CLUSTER, NOW, SERVICE, contender, holder, successor
from unwedge.signal.signals import Cause, Signal


@dataclass(frozen=True)
class Measured:
    """Calls on the user's resources (ECS, CloudWatch Logs), and on our own ledger and queue."""

    watched: int
    own: int


@dataclass(frozen=True)
class Path:
    """One path with the number of calls it may take on the user's resources."""

    name: str
    allowed: int
    run: Callable[[], Measured]


def _counted(world: World, *, until_stop: bool = False) -> Measured:
    watched = world.aws.calls.index("StopTask") if until_stop else len(world.aws.calls)
    return Measured(watched, world.ledger.calls + len(world.queue.sent) + world.kill_switch.asked)


def _reset(world: World) -> None:
    world.aws.calls.clear()
    world.ledger.calls = 0
    world.kill_switch.asked = 0
    world.queue.sent.clear()


def _wedge() -> Measured:
    world = World(holder(), contender(), successor())
    world.reconcile()
    return _counted(world, until_stop=True)


def _waiting(*on_their_way: str) -> Measured:
    world = World(holder(), contender(), *(successor(status) for status in on_their_way))
    world.reconcile()
    look = world.next_look()
    _reset(world)
    world.reconcile(look, NOW + timedelta(seconds=2))
    return _counted(world)


def _other(crashes: int) -> Measured:
    world = World(holder(), contender(), lines=("panic",))
    for crash in range(crashes):
        _reset(world)
        world.reconcile(event(contender(arn=f"{CLUSTER}/task-{crash}")), NOW + timedelta(seconds=40 * crash))
    return _counted(world)


def _deployment() -> Measured:
    world = World(holder())
    world.reconcile(Signal(CLUSTER, SERVICE, Cause.DEPLOYMENT))
    return _counted(world)


PATHS = (
    # One looks for other services on the lock; hooks and protection are read before and after the claim.
    Path("wedge: first decision and re-check, before StopTask", 16, _wedge),
    Path("waiting, nothing on its way: one pass", 2, _waiting),
    Path("waiting, successor PROVISIONING: one pass", 2, lambda: _waiting("PROVISIONING")),
    Path("crash for another reason: first event", 4, lambda: _other(1)),
    Path("crash for another reason: next crash of the loop", 4, lambda: _other(2)),
    Path("deployment event, no incident open", 4, _deployment),
)
