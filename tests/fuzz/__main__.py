"""`python -m tests.fuzz`: feed every target for a while; a failure comes with the seed that repeats it."""

import argparse
import sys
import time
import traceback
from random import Random

from tests.fuzz.targets import TARGETS


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
        began = seed
        while True:
            try:
                target(Random(f"{target.__name__}/{seed}"))
            except Exception:  # noqa: BLE001 - what it finds is the point
                failures += 1
                print(f"{target.__name__}, seed {seed}:\n{traceback.format_exc()[-1500:]}")
                break
            seed += 1
            if time.monotonic() >= end:
                break
        print(f"{target.__name__:<16}{seed - began:>9} inputs", flush=True)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
