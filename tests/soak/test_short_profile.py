"""The short profile of the soak: sixty schedules of faults, and what must always hold in each."""

from functools import cache

import pytest

from tests.soak.rules import draw
from tests.soak.runner import Result, play, play_seed

_SCHEDULES = 60


@cache
def _played(seed: int) -> Result:
    return play_seed(seed)


@pytest.mark.parametrize("first", range(0, _SCHEDULES, 20))
def test_what_must_always_hold_holds_whatever_goes_wrong(first: int) -> None:
    """No violation in any schedule; `python -m tests.soak --seed N` replays one."""
    found = {seed: _played(seed).violations for seed in range(first, first + 20)}
    assert not {seed: violations for seed, violations in found.items() if violations}


def test_a_schedule_and_its_run_depend_on_nothing_but_the_seed() -> None:
    """A violation can be looked at again."""
    assert draw(31) == draw(31)
    assert play(draw(31)) == play(draw(31))
    assert play(draw(31), trace=True).timeline


def test_the_schedules_are_worth_playing() -> None:
    """Wedges are freed and given up, and faults of many kinds do happen."""
    results = [_played(seed) for seed in range(_SCHEDULES)]
    assert sum(result.stops for result in results) >= 10
    assert sum(result.recovered for result in results) >= 8
    assert sum(result.escalated for result in results) >= 5
    assert len({kind for result in results for kind in result.faults}) >= 20
