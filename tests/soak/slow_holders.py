"""How stops fare with a holder that takes long to end: `python -m tests.soak.slow_holders`.

For each time to exit, services of many seeds wedge themselves, with Fargate's usual times to start, which
differ much, or with steady ones. Prints the tables of docs/trust.md.
"""

from dataclasses import dataclass
from random import Random
from typing import Any

from rehearsal.ecs import Replacement, SchedulerOptions, Throttling
from rehearsal.programs.scripted import Script
from tests.support.in_process import Weather, World
from tests.support.simulated_ecs import AFTER_INIT, BALANCER, HOLDER, INIT, Stage, main_container
from unwedge.model.settings import Fallback, Mode, Settings

SECONDS_TO_EXIT = (1, 5, 10, 15, 20, 25, 30, 45, 60, 90, 120)
DELAYS = (5, 15, 30, 60, 300)
SEEDS = range(20)
Times = tuple[tuple[float, float], tuple[float, float]]
DIFFERING: Times = ((10, 20), (10, 25))
STEADY: Times = ((13, 15), (17, 20))
TAGS = [{"key": "unwedge", "value": "enforce"}]


@dataclass(frozen=True)
class Fate:
    """What became of one wedge: the stops it took, and whether the new revision runs at last."""

    stops: int
    recovered: bool
    told: bool


def fate(
    seconds_to_exit: float,
    seed: int,
    times: Times,
    *,
    delay: float | None = None,
    fallback: Fallback = Fallback.ESCALATE,
) -> Fate:
    """One wedge, with replacements on the old revision; with a `delay`, behind a load balancer that keeps a
    task for so many seconds."""
    random = Random(seed)
    options = SchedulerOptions(
        seed=seed,
        replacement=Replacement.SAME_REVISION,
        throttling=random.choice(list(Throttling)),
        provisioning_seconds=times[0],
        pending_seconds=times[1],
        deregistration_seconds=delay or 0.0,
    )
    script = Script(lock="data", shutdown_seconds=seconds_to_exit, lines=HOLDER.lines)
    stage = Stage({"prometheus": script}, options)
    world = World(stage, Settings(default_mode=Mode.OBSERVE, fallback=fallback), Weather(), seed)
    program = main_container(dependsOn=AFTER_INIT, stopTimeout=120)
    balancers: dict[str, Any] = {} if delay is None else {"loadBalancers": [BALANCER]}
    stage.create(definition=stage.register(INIT, program), tags=TAGS, **balancers)
    world.run(random.uniform(1, 100))
    stage.deploy(INIT, program)
    world.run(1800)
    deployments = stage.described()["deployments"]
    running = [task.revision for task in stage.tasks() if task.last_status == "RUNNING"]
    recovered = len(deployments) == 1 and deployments[0]["rolloutState"] == "COMPLETED" and running == [2]
    return Fate(len(stage.stops()), recovered, "stops-spent" in world.verdicts)


def main() -> None:
    """Print the tables."""
    for what, times in (("differ", DIFFERING), ("are steady", STEADY)):
        print(f"\nStart times {what}: {times[0]} s of PROVISIONING, {times[1]} s of PENDING\n")
        print("| Seconds to exit | Freed by one stop | by two | Stops in vain | Stops in all |")
        print("|---|---|---|---|---|")
        for seconds in SECONDS_TO_EXIT:
            fates = [fate(seconds, seed, times) for seed in SEEDS]
            one, two = (sum(each.recovered and each.stops == number for each in fates) for number in (1, 2))
            every = sum(each.stops for each in fates)
            print(f"| {seconds} | {one} | {two} | {every - one - two} | {every} |", flush=True)

    print("\nBehind a load balancer, tasks that exit within 1 s, start times that differ\n")
    print("| Seconds of delay | Freed | Stops | Told | Freed with `fallback: drain` |")
    print("|---|---|---|---|---|")
    for delay in DELAYS:
        fates = [fate(1, seed, DIFFERING, delay=delay) for seed in SEEDS]
        drained = [fate(1, seed, DIFFERING, delay=delay, fallback=Fallback.DRAIN) for seed in SEEDS]
        numbers = (
            sum(each.recovered for each in fates),
            sum(each.stops for each in fates),
            sum(each.told for each in fates),
            sum(each.recovered for each in drained),
        )
        print(f"| {delay} | {' | '.join(map(str, numbers))} |", flush=True)


if __name__ == "__main__":
    main()
