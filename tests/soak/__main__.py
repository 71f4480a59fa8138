"""`python -m tests.soak`: play schedules for a while and print the figures, or replay one seed."""

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from multiprocessing import Pool
from pathlib import Path

import unwedge
from tests.soak.rules import draw
from tests.soak.runner import Result, play, play_seed, shrink


def main() -> int:
    """0 when nothing was violated."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--seconds", type=float, default=600, help="stop after so long (600)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 2, help="processes (all CPUs)")
    parser.add_argument("--schedules", type=int, default=10_000, help="stop after so many (10000)")
    parser.add_argument("--first", type=int, default=0, help="the first seed (0)")
    parser.add_argument("--seed", type=int, help="replay one seed, with its timeline")
    parser.add_argument("--stop-at-first", action="store_true", help="stop at the first violation")
    parser.add_argument("--without", type=int, action="append", default=[], help="leave this seed out")
    options = parser.parse_args()
    if options.seed is not None:
        return _replay(options.seed)
    began = time.monotonic()
    every = range(options.first, options.first + options.schedules)
    seeds = [seed for seed in every if seed not in options.without]
    results: list[Result] = []
    for result in _results(seeds, options.jobs):
        results.append(result)
        if result.violations:
            print(f"seed {result.seed}: {result.violations[0]}", flush=True)
            if options.stop_at_first:
                break
        if time.monotonic() - began > options.seconds:
            break
    _figures(results, time.monotonic() - began, options.jobs)
    return 1 if any(result.violations for result in results) else 0


def _results(seeds: list[int], jobs: int) -> Iterator[Result]:
    if jobs == 1:
        yield from map(play_seed, seeds)
        return
    with Pool(jobs) as pool:
        yield from pool.imap_unordered(play_seed, seeds, chunksize=10)


def _figures(results: list[Result], seconds: float, jobs: int) -> None:
    faults: Counter[str] = sum((result.faults for result in results), Counter())
    figures = {
        "schedules": len(results),
        "steps": sum(result.steps for result in results),
        "faults": sum(faults.values()),
        "stops": sum(result.stops for result in results),
        "drains": sum(result.drains for result in results),
        "rollbacks": sum(result.rollbacks for result in results),
        "recoveries": sum(result.recovered for result in results),
        "escalations": sum(result.escalated for result in results),
        "dead letters": sum(result.dead for result in results),
        "violations": sum(bool(result.violations) for result in results),
    }
    print(f"{Path(unwedge.__file__).parent}, {seconds:.0f} s, {jobs} processes")
    for name, number in figures.items():
        print(f"  {name:<14}{number:>9,}")
    print("  faults by kind: " + ", ".join(f"{kind} {times:,}" for kind, times in sorted(faults.items())))


def _replay(seed: int) -> int:
    schedule = draw(seed)
    result = play(schedule)
    if result.violations:
        schedule = shrink(schedule, result.violations[0])
    result = play(schedule, trace=True)
    for at, text in result.timeline:
        print(f"{at:%H:%M:%S} {text}")
    print(f"seed {seed}, step {result.steps}: tag {schedule.tag}, {schedule.begin}, {schedule.contender}")
    print("rules: " + ("; ".join(map(str, schedule.rules)) or "none"))
    print("\n".join(result.violations) or "no violation")
    return 1 if result.violations else 0


if __name__ == "__main__":
    sys.exit(main())
