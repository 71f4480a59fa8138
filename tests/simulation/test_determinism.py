"""The core is pure: the same seed and inputs give the same observations, however time is cut up."""

from datetime import UTC, datetime, timedelta

from rehearsal.aws.clock import ScaledClock
from rehearsal.ecs import Observation, SchedulerOptions
from tests.support.simulated_ecs import START, Stage


def _story(seed: int, step: float) -> list[Observation]:
    stage = Stage(options=SchedulerOptions(seed=seed))
    stage.create()
    stage.deploy()
    moment = stage.sim.now
    for target in (120.0, 500.0):
        end = moment + timedelta(seconds=target)
        while stage.sim.now < end:
            stage.sim.advance(min(stage.sim.now + timedelta(seconds=step), end))
        if target == 120.0:
            stage.stop(stage.tasks(1)[0])
    return stage.seen


def test_the_same_seed_gives_the_same_observations() -> None:
    """Every event, line and note, identifiers included."""
    assert _story(7, 500) == _story(7, 500)


def test_the_size_of_the_time_steps_changes_nothing() -> None:
    """One leap or many small steps: advance runs what is due in order of time."""
    assert _story(7, 500) == _story(7, 0.37)


def test_another_seed_gives_other_times() -> None:
    """The ranges are drawn from."""
    assert _story(7, 500) != _story(8, 500)


def test_advancing_to_the_same_time_or_back_changes_nothing(stage: Stage) -> None:
    """advance is idempotent."""
    stage.deploy()
    stage.forward(100)
    count, now = len(stage.seen), stage.sim.now
    stage.sim.advance(now)
    stage.sim.advance(now - timedelta(seconds=50))
    assert (len(stage.seen), stage.sim.now) == (count, now)


def test_a_scaled_clock_is_the_same_in_another_process() -> None:
    """Through its environment variable; it runs ``speed`` times as fast as real time."""
    real = [1_000_000.0]
    clock = ScaledClock(START, 10, real_time=lambda: real[0])
    real[0] += 3
    assert clock.now() == START + timedelta(seconds=30)
    copy = ScaledClock.from_env(clock.to_env())
    assert copy.to_env() == clock.to_env()
    present = ScaledClock.from_env(ScaledClock(datetime.now(UTC), 2).to_env())
    assert abs((present.now() - datetime.now(UTC)).total_seconds()) < 5
