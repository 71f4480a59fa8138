"""The core is pure: the same seed and inputs give the same observations, however time is cut up."""

from datetime import timedelta

from rehearsal.ecs import Observation, SchedulerOptions
from tests.support.simulated_ecs import Stage


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
