"""Playing schedules: one run, its verdict, and the smallest set of rules that still shows a violation."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tests.soak.rules import Kind, Schedule, draw
from tests.soak.truth import FORWARD
from tests.soak.world import SoakWorld

# From the end of faults to recovery or a word to people: no wedged service that opted in is silent for longer
# than fifteen minutes, and a lost message's visibility timeout and a sweep may come before.
BOUND_SECONDS = 900.0 + 120.0
_OPTED_IN = ("enforce", "approve")


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
    for seconds, what in sorted(moments, key=lambda item: item[0]):
        _until(world, start + timedelta(seconds=seconds))
        if what is None:
            world.cease()
        elif isinstance(what, str):
            world.act(what)
        else:
            world.operate(what)  # type: ignore[arg-type]
    _finish(world)
    return Result(
        seed=schedule.seed,
        steps=world.steps,
        faults=world.faults,
        stops=len(world.judge.stops),
        drains=world.verdicts["drain-service"],
        rollbacks=world.verdicts["roll-back"],
        recovered="recovered" in world.verdicts,
        escalated=world.escalated_at is not None,
        dead=len(world.dead),
        violations=tuple(world.judge.violations),
        timeline=tuple(world.timeline),
    )


def _until(world: SoakWorld, end: datetime) -> None:
    """Let everything due happen, one step after the other."""
    sim = world.stage.sim
    while world.now < end and not world.judge.violations:
        moments = (sim.next_due(), world.queue[0][0] if world.queue else None, world.next_sweep)
        due = [moment for moment in moments if moment]
        if not due or min(due) > end:
            break
        sim.advance(max(min(due), world.now))
        world.step()
        world.steps += 1
        world.sweep_if_due()
        while world.now < end and (message := world.take()) is not None:
            world.deliver(message)
    if world.now < end:
        sim.advance(end)
        world.step()


def _finish(world: SoakWorld) -> None:
    """After the faults: all is settled, or the bound has passed since the first lock line after them."""
    ceased = world.now
    enforced = world.judge.facts.tag in _OPTED_IN
    wedged_at: datetime | None = None
    while not world.judge.violations:
        if world.limits.at_0_by_us:
            if (world.now - ceased).total_seconds() > BOUND_SECONDS:
                world.judge.says("5", "the service that we drained is still scaled to 0")
            _until(world, world.now + timedelta(seconds=30))
            continue
        if _settled(world) or (world.escalated_at or ceased) > ceased:
            return
        since = (world.now - (wedged_at or ceased)).total_seconds()
        if not enforced and since > 120:
            return
        if since > BOUND_SECONDS:
            if wedged_at is not None and _wedged(world):
                world.judge.says("5", f"wedged for {since:.0f} s and neither recovered nor escalated")
            return
        _until(world, world.now + timedelta(seconds=30))
        if wedged_at is None and _wedged(world, ceased):
            wedged_at = world.now


def _settled(world: SoakWorld) -> bool:
    service = world.stage.service
    running = [task for task in world.stage.tasks() if task.last_status == "RUNNING"]
    done = service.primary.rollout_state == "COMPLETED" and len(running) == service.desired_count
    return done and not any(record.incident for record in world.ledger.records.values())


def _wedged(world: SoakWorld, since: datetime | None = None) -> bool:
    """The service's own truth: its newest tasks fail on the lock that an older deployment's task holds, or
    nobody has had the lock since we stopped its holder."""
    facts, service = world.judge.facts, world.stage.service
    if facts.tag not in _OPTED_IN or facts.desired != 1 or facts.rollout_state != "IN_PROGRESS":
        return False
    if facts.rollout not in FORWARD or world.schedule.contender not in ("lock", "json", "capital"):
        return False
    holders = [task for task in world.stage.tasks() if task.holds_lock]
    stuck = any(task.deployment_id != service.primary.id for task in holders)
    failed = [task for task in service.tasks_of(service.primary) if task.execution_stopped_at is not None]
    late = [task for task in failed if since is None or (task.execution_stopped_at or since) > since]
    nobody = not holders and bool(world.judge.stops)
    return bool(late) and (stuck or nobody)


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
