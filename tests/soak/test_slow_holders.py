"""The table of docs/trust.md in short: what the second stop has learned from the first."""

from tests.soak.slow_holders import STEADY, fate

SEEDS = range(6)


def test_with_steady_start_times_the_second_stop_frees_what_the_first_could_not() -> None:
    """20 s to end: there is a moment at which the next attempt wins."""
    fates = [fate(20, seed, STEADY) for seed in SEEDS]

    assert sum(each.recovered for each in fates) >= len(SEEDS) - 1
    assert any(each.stops == 2 for each in fates)


def test_a_stop_that_cannot_be_won_is_not_made_and_told_at_once() -> None:
    """25 s to end: there is none."""
    fates = [fate(25, seed, STEADY) for seed in SEEDS]

    assert [each.stops for each in fates] == [1] * len(SEEDS)
    assert all(each.told for each in fates)
