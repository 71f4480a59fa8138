"""The clock runs fast, slows down for work, and is one clock in all processes."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from rehearsal.aws.clock import ScaledClock
from rehearsal.aws.clockwork.hand import WORKING_SPEED, Hand

START = datetime(2030, 1, 1, tzinfo=UTC)
FAST = 4 * WORKING_SPEED


class _Real:
    def __init__(self) -> None:
        self.seconds = 1_000_000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def real() -> _Real:
    """The machine's clock, moved by hand."""
    return _Real()


def test_it_runs_as_many_times_faster_as_its_speed(real: _Real) -> None:
    """From its origin, and from the moment at which it was made."""
    clock = ScaledClock(START, 10, real_time=real)
    real.seconds += 3

    assert clock.now() == START + timedelta(seconds=30)


@pytest.mark.parametrize("speed", [0, -1])
def test_a_clock_that_would_not_run_forward_is_refused(speed: float) -> None:
    """A mistake in a scenario or on the command line."""
    with pytest.raises(ValueError, match="speed must be above 0"):
        ScaledClock(START, speed)


def test_while_a_function_works_it_goes_on_from_where_it_is_more_slowly(real: _Real, tmp_path: Path) -> None:
    """No jump at the beginning of the work and none at its end; another process turns the hand."""
    clock = ScaledClock(START, FAST, real_time=real)
    clock.share(tmp_path / "clock")
    others = Hand.in_file(tmp_path / "clock")
    real.seconds += 1

    others.turn(others.working_speed, real())
    assert clock.now() == START + timedelta(seconds=FAST)
    real.seconds += 1
    assert clock.now() == START + timedelta(seconds=FAST + WORKING_SPEED)
    others.turn(others.speed, real())
    real.seconds += 1
    assert clock.now() == START + timedelta(seconds=2 * FAST + WORKING_SPEED)


def test_a_clock_slower_than_that_has_one_speed(real: _Real) -> None:
    """What people watch runs evenly."""
    clock = ScaledClock(START, WORKING_SPEED, real_time=real)

    assert clock.working_speed == clock.speed


def test_sharing_changes_no_time(real: _Real, tmp_path: Path) -> None:
    """A clock may have run before its emulator starts."""
    clock = ScaledClock(START, FAST, real_time=real)
    real.seconds += 7
    before = clock.now()
    clock.share(tmp_path / "clock")

    assert clock.now() == before == START + timedelta(seconds=7 * FAST)


def test_nobody_sees_half_a_turn(real: _Real) -> None:
    """Until it is counted, everybody goes by the stretch before, all of which is still there."""
    hand = Hand.starting(0.0, real(), FAST)
    for _ in range(3):
        before, seconds = bytes(hand), real()
        expected = hand.at(seconds + 5)
        hand.turn(hand.working_speed, seconds)
        uncounted = Hand(bytearray(before[:8] + bytes(hand)[8:]))

        assert uncounted.at(seconds + 5) == expected
        real.seconds += 1


def test_a_file_without_a_hand_is_refused(tmp_path: Path) -> None:
    """Not a clock that stands still."""
    with pytest.raises(OSError, match="No such file"):
        Hand.in_file(tmp_path / "none")
    (tmp_path / "short").write_bytes(b"12345678")
    with pytest.raises(ValueError, match="length"):
        Hand.in_file(tmp_path / "short")


def test_sleeping_waits_for_the_virtual_time_even_where_it_slows_down() -> None:
    """Whoever waits by the fast speed only would wake too early."""
    clock = ScaledClock(START, FAST)
    until = clock.now() + timedelta(seconds=1)
    clock._hand.turn(clock.working_speed, clock._real_time())
    clock.sleep(1)

    assert clock.now() >= until
