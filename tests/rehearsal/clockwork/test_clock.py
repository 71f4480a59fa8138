"""The clock runs fast, slows down for work, and is one clock in all processes."""

import fcntl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest

from rehearsal.clockwork.clock import ScaledClock
from rehearsal.clockwork.hand import WORKING_SPEED, Hand

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

    others.work(1, real())
    assert clock.now() == START + timedelta(seconds=FAST)
    real.seconds += 1
    assert clock.now() == START + timedelta(seconds=FAST + WORKING_SPEED)
    others.work(-1, real())
    real.seconds += 1
    assert clock.now() == START + timedelta(seconds=2 * FAST + WORKING_SPEED)


def test_it_runs_slowly_until_nothing_works_any_more_in_any_process(real: _Real, tmp_path: Path) -> None:
    """A function in the emulator, and a program of this process."""
    clock = ScaledClock(START, FAST, real_time=real)
    clock.share(tmp_path / "clock")
    others = Hand.in_file(tmp_path / "clock")
    clock.work(1)
    others.work(1, real())
    clock.work(-1)
    real.seconds += 1
    assert clock.now() == START + timedelta(seconds=WORKING_SPEED)
    others.work(-1, real())
    real.seconds += 1
    assert clock.now() == START + timedelta(seconds=WORKING_SPEED + FAST)


def test_works_are_counted_by_one_process_at_a_time(real: _Real, tmp_path: Path) -> None:
    """Two that counted at once would leave the clock slow for ever, or fast while something works."""
    clock = ScaledClock(START, FAST, real_time=real)
    clock.share(tmp_path / "clock")
    waiting = Thread(target=clock.work, args=(1,))
    with (tmp_path / "clock").open("rb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        before = (tmp_path / "clock").read_bytes()
        waiting.start()
        waiting.join(0.2)
        assert waiting.is_alive()
        assert (tmp_path / "clock").read_bytes() == before
    waiting.join()
    assert (tmp_path / "clock").read_bytes() != before


def test_what_an_emulator_had_under_way_when_it_was_killed_slows_the_next_one_down_no_more(
    real: _Real, tmp_path: Path
) -> None:
    """Nobody is left to say that it has ended."""
    clock = ScaledClock(START, FAST, real_time=real)
    clock.share(tmp_path / "first")
    Hand.in_file(tmp_path / "first").work(1, real())
    clock.share(tmp_path / "second")
    began = clock.now()
    real.seconds += 1
    assert clock.now() == began + timedelta(seconds=FAST)


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
