"""Playing schedules: one run, its verdict, and the smallest set of rules that still shows a violation."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tests.soak.around import Neighbour
from tests.soak.rules import Kind, Rule, Schedule, draw
from tests.soak.watch import OPTED_IN, Watch
from tests.soak.world import SoakWorld

# From the end of faults to recovery or a word to people: no wedged service that opted in is silent for longer
# than fifteen minutes, and a lost message's visibility timeout may come before.
BOUND_SECONDS = 900.0 + 120.0


@dataclass(frozen=True)
class Result:
    """What one run came to."""

    seed: int
    steps: int
    faults: Counter[str]
    stops: int
    drains: int
    rollbacks: int
    recovered: bool
    escalated: bool
    dead: int
    violations: tuple[str, ...]
    timeline: tuple[tuple[datetime, str], ...] = ()


def play(schedule: Schedule, *, trace: bool = False) -> Result:
    """Play one schedule to its end."""
    world = SoakWorld(schedule, trace=trace)
    world.open()
    start = world.now
    plan = [(schedule.begins_at, schedule.begin)]
    acts = [(rule.seconds, rule) for rule in schedule.rules if rule.kind is Kind.OPERATOR]
    moments: list[tuple[float, object]] = [*plan, *acts, (schedule.cease_at, None)]
    if schedule.around.neighbour is not Neighbour.NONE:
        moments.append((schedule.around.neighbour_at, world.neighbour_acts))
    for seconds, what in sorted(moments, key=lambda item: item[0]):
        _until(world, start + timedelta(seconds=seconds))
        if what is None:
            world.cease()
        elif isinstance(what, str):
            world.act(what)
        elif isinstance(what, Rule):
            world.operate(what)
        else:
            world.neighbour_acts()
    _finish(world)
    return Result(
        seed=schedule.seed,
        steps=world.steps,
        faults=world.faults,
        stops=sum(len(watch.judge.stops) for watch in world.watches.values()),
        drains=world.verdicts["drain-service"],
        rollbacks=world.verdicts["roll-back"],
        recovered="recovered" in world.verdicts,
        escalated=any(watch.told_at for watch in world.watches.values()),
        dead=len(world.deliveries.dead),
        violations=tuple(world.violations),
        timeline=tuple(world.timeline),
    )


def _until(world: SoakWorld, end: datetime) -> None:
    """Let everything due happen, one step after the other."""
    sim = world.stage.sim
    while world.now < end and not world.violations:
        moments = (
            sim.next_due(),
            world.deliveries.queue[0][0] if world.deliveries.queue else None,
            world.next_sweep,
        )
        due = [moment for moment in moments if moment]
        if not due or min(due) > end:
            break
        sim.advance(max(min(due), world.now))
        world.step()
        world.steps += 1
        world.sweep_if_due()
        while world.now < end and (message := world.deliveries.take()) is not None:
            world.deliveries.deliver(message)
    if world.now < end:
        sim.advance(end)
        world.step()


def _finish(world: SoakWorld) -> None:
    """After the faults: all is settled, or the bound has passed since the first lock line after them."""
    ceased = world.now
    while not world.violations:
        waiting = [watch for watch in world.watches.values() if not _done(world, watch, ceased)]
        if not waiting:
            return
        _until(world, world.now + timedelta(seconds=30))


def _done(world: SoakWorld, watch: Watch, ceased: datetime) -> bool:
    """Whether nothing more is owed to this service. A wedge that outlives the bound is the watch's matter."""
    since = (world.now - ceased).total_seconds()
    drained = watch.limits.at_0_by_us_since
    if drained:
        if (world.now - max(drained, ceased)).total_seconds() > BOUND_SECONDS:
            watch.judge.says("5", "the service that we drained is still scaled to 0")
        return False
    if watch.settled() and world.incident(watch.name) is None:
        return True
    wedged = watch.wedged_since
    if wedged and (world.now - max(wedged, ceased)).total_seconds() > BOUND_SECONDS:
        watch.judge.says(
            "5", f"{watch.name} is wedged since {wedged:%H:%M:%S}, and nobody heard after the faults"
        )
        return True
    told = watch.told_at is not None and watch.told_at > ceased
    if told or (watch.judge.facts.tag not in OPTED_IN and since > 120):
        return True
    return watch.wedged_since is None and since > BOUND_SECONDS


def play_seed(seed: int) -> Result:
    """The run of one seed."""
    return play(draw(seed))


def shrink(schedule: Schedule, violation: str) -> Schedule:
    """Rules are dropped one at a time while what did not hold still does not."""
    number = violation.split(":", 1)[0]
    smaller = True
    while smaller:
        smaller = False
        for rule in schedule.rules:
            less = replace(schedule, rules=tuple(item for item in schedule.rules if item is not rule))
            if any(found.split(":", 1)[0] == number for found in play(less).violations):
                schedule, smaller = less, True
                break
    return schedule
