"""The product against the simulated ECS, many times over: what must always hold, after every seed."""

from collections import Counter
from dataclasses import dataclass
from random import Random

import pytest

from rehearsal.ecs import Replacement, SchedulerOptions, Throttling
from rehearsal.programs.scripted import Script
from tests.support.in_process import Weather, World
from tests.support.simulated_ecs import AFTER_INIT, HOLDER, INIT, Stage, main_container
from unwedge.model.decision import Verdict
from unwedge.model.settings import Mode, Settings

SEEDS = range(24)
TAGS = [{"key": "unwedge", "value": "enforce"}]


@dataclass(frozen=True)
class Play:
    """One run: the world after it, and the task that ran at its beginning."""

    world: World
    first: str
    seed: int

    @property
    def stops(self) -> Counter[str]:
        """StopTask calls by task."""
        return Counter(stop.task_arn for stop in self.world.stage.stops())

    @property
    def recovered(self) -> bool:
        """One task of revision 2 runs and the rollout is COMPLETED."""
        deployments = self.world.stage.described()["deployments"]
        running = [task for task in self.world.stage.tasks() if task.last_status == "RUNNING"]
        return (
            len(deployments) == 1
            and deployments[0]["rolloutState"] == "COMPLETED"
            and [task.revision for task in running] == [2]
        )


def play(seed: int, *, tags: bool = True, seconds: float = 3000, **fixed: object) -> Play:
    """A wedging deployment under options and weather drawn from the seed."""
    random = Random(seed)
    options = SchedulerOptions(
        seed=seed,
        replacement=random.choice(list(Replacement)),
        throttling=random.choice(list(Throttling)),
        pending_count_includes_provisioning=random.random() < 0.5,
        describe_lag_seconds=random.choice([0, 0, 3, 8]),
    )
    weather = Weather(
        lost_events=random.choice([0, 0, 0.3]),
        duplicated_events=random.choice([0, 0.5]),
        event_delay=random.choice([(0.2, 0.6), (0.2, 90.0)]),
        log_lag=random.choice([0.5, 5, 40]),
        lost_logs=random.choice([0, 0, 0.3]),
    )
    shutdown = random.choice([0.5, 2, 25, 200])
    script = Script(lock="data", shutdown_seconds=shutdown, lines=HOLDER.lines)
    stage = Stage({"prometheus": script}, options)
    world = World(stage, Settings(default_mode=Mode.OBSERVE), weather, seed)
    stage.create(tags=TAGS if tags else [])
    first = stage.tasks()[0].arn
    world.run(random.uniform(1, 100))
    stage.deploy(INIT, main_container(dependsOn=AFTER_INIT))
    world.run(seconds)
    return Play(world, first, seed)


def test_a_service_whose_new_task_only_waits_for_the_lock_is_told_of_and_left_alone() -> None:
    """Its program never fails: ECS replaces it for its health beside the old task, again and again."""
    scripts = {"prometheus": HOLDER, "waiting": Script(unhealthy_after=0)}
    stage = Stage(scripts)
    world = World(stage, Settings(default_mode=Mode.OBSERVE), Weather(), 0)
    stage.create(tags=TAGS)
    world.run(200)
    stage.deploy(INIT, {**main_container(dependsOn=AFTER_INIT), "name": "waiting"})
    world.run(1500)

    assert stage.stops() == []
    assert set(world.verdicts) == {Verdict.HEALTHY, Verdict.FAILS_HEALTH_CHECKS}
    assert world.verdicts.count(Verdict.FAILS_HEALTH_CHECKS) >= 3


@pytest.mark.parametrize("seed", SEEDS)
def test_an_enforced_wedge_ends_recovered_or_escalated_whatever_the_weather(seed: int) -> None:
    """Both replacement behaviours, throttled or not, lost and late events and lines, slow shutdowns."""
    outcome = play(seed)
    escalated = "stops-spent" in outcome.world.verdicts
    assert outcome.recovered or escalated, (seed, outcome.world.verdicts[-20:])
    assert all(times == 1 for times in outcome.stops.values()), outcome.stops
    assert len(outcome.stops) <= 2
    (record,) = outcome.world.ledger.records.values()
    assert (record.incident is None) is outcome.recovered
    assert (record.requeue_id is None) is outcome.recovered


@pytest.mark.parametrize("seed", range(10))
def test_an_untagged_service_is_only_observed(seed: int) -> None:
    """The wedge stays, and the ledger says what would have been done."""
    outcome = play(seed, tags=False, seconds=1800)
    assert not outcome.recovered
    assert not outcome.stops


def test_most_wedges_end_recovered() -> None:
    """Escalation is for races lost twice: slow shutdowns, or evidence that comes late."""
    outcomes = [play(seed).recovered for seed in range(12)]
    assert sum(outcomes) >= 11


def test_the_same_seed_gives_the_same_run() -> None:
    """A failure can be looked at again."""
    first, second = play(7, seconds=1200), play(7, seconds=1200)
    assert first.world.verdicts == second.world.verdicts
    assert first.stops == second.stops
