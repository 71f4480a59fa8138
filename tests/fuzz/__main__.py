"""`python -m tests.fuzz`: feed every target for a while; a failure comes with the seed that repeats it."""

import argparse
import sys
import time
import traceback
from collections.abc import Callable
from random import Random

from tests.fuzz.targets import TARGETS

# Of this process, for one input. The function has 30 s for ten messages; the largest inputs take hundredths.
LONGEST_SECONDS = 1.0


class TooSlowError(Exception):
    """An input took longer than any may. Carries the seconds."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds

    def __str__(self) -> str:
        return f"it took {self.seconds:.1f} s; {LONGEST_SECONDS:.0f} s are allowed"


def fed(target: Callable[[Random], object], seed: int) -> float:
    """Feed one input, and say how long it took. Raises TooSlowError, and what the target raises."""
    began = time.process_time()
    target(Random(f"{target.__name__}/{seed}"))
    took = time.process_time() - began
    if took > LONGEST_SECONDS:
        raise TooSlowError(took)
    return took


def main() -> int:
    """0 when nothing failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="for all targets together (60)")
    parser.add_argument("--first", type=int, default=0, help="the first seed (0)")
    parser.add_argument("--seed", type=int, help="this seed only")
    options = parser.parse_args()
    failures = 0
    for target in TARGETS:
        seed, end = options.first, time.monotonic() + options.seconds / len(TARGETS)
        if options.seed is not None:
            seed, end = options.seed, 0.0
        began, slowest = seed, 0.0
        while True:
            try:
                slowest = max(slowest, fed(target, seed))
            except Exception:  # noqa: BLE001 - what it finds is the point
                failures += 1
                print(f"{target.__name__}, seed {seed}:\n{traceback.format_exc()[-1500:]}")
                break
            seed += 1
            if time.monotonic() >= end:
                break
        print(f"{target.__name__:<16}{seed - began:>9} inputs, the slowest {slowest:.3f} s", flush=True)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
