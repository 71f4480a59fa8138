"""`python -m tests.sabotage`: plant each fault in a copy of the product and see which check catches it.

Every fault gets the same schedules of the soak first, then the unit tests. Schedules that violate something
without any fault are left out, so that they catch nothing by accident. Exit status 1 when a fault survives or
no longer fits the source.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.sabotage.faults import FAULTS
from tests.sabotage.faults.fault import Fault

ROOT = Path(__file__).parents[2]
PRODUCT = ROOT / "lambdas" / "unwedge"
# The quick ones first: the first failure ends the run.
TESTS = (
    "tests/unit/decide/test_decide.py",
    "tests/unit/decide/gates",
    "tests/unit/decide/test_silence.py",
    "tests/unit/decide/test_lock.py",
    "tests/unit/decide/test_grips.py",
    "tests/unit/controller",
    "tests/unit/act/test_actor.py",
    "tests/unit/people/answer/test_approver.py",
    "tests/unit/test_sweep.py",
    "tests/unit/observe",
    "tests/unit/record",
    "tests/unit/decide/test_signatures.py",
    "tests/unit/decide/catalogue",
    "tests/unit/signal",
    "tests/unit/decide/test_product.py",
    "tests/unit/verify",
    "tests/contract/test_verifications.py",
    "tests/unit/posture/test_auditor.py",
    "tests/unit/people/notification/test_expected.py",
    "tests/contract/test_postures.py",
    "tests/unit/posture/test_repair.py",
    "tests/unit/handlers/test_auditor.py",
    "tests/contract/test_repairs.py",
    "tests/simulation/test_repairs.py",
    "tests/simulation/test_verification.py",
    "tests/simulation/test_sessions.py",
)
_ENDLESS_SECONDS = 240


class DoesNotFitError(Exception):
    """The text to replace does not stand in the source exactly once."""


def main() -> int:
    """0 when every fault is caught."""
    parser = argparse.ArgumentParser(prog="python -m tests.sabotage", description=__doc__)
    parser.add_argument("--schedules", type=int, default=300, help="schedules for each fault (300)")
    parser.add_argument("--only", default="", help="only faults whose name contains this")
    options = parser.parse_args()
    with sabotaged(None) as copy:
        without = _violating(copy, options.schedules)
        tests = not _failed_test(copy)
    print(f"without a fault: {len(without)} of {options.schedules} schedules violate something: {without}")
    if not tests:
        print("without a fault: the unit tests fail, so they are not used")
    survivors = 0
    for fault in FAULTS:
        if options.only in fault.name:
            caught = _catch(fault, options.schedules, without, tests=tests)
            survivors += not caught
            print(f"{'caught' if caught else 'SURVIVED':<9}{fault.name:<52}{caught}", flush=True)
    return 1 if survivors else 0


@contextmanager
def sabotaged(fault: Fault | None) -> Iterator[Path]:
    """A directory with a copy of the product that has the fault. Raises DoesNotFitError."""
    with tempfile.TemporaryDirectory(prefix="sabotage-") as folder:
        copy = Path(folder)
        shutil.copytree(PRODUCT, copy / "unwedge", ignore=shutil.ignore_patterns("__pycache__"))
        edits = () if fault is None else ((fault.file, fault.old, fault.new), *fault.more)
        for file, old, new in edits:
            source = (copy / "unwedge" / file).read_text()
            if source.count(old) != 1:
                raise DoesNotFitError(f"{file} has {source.count(old)} times {old!r}")
            (copy / "unwedge" / file).write_text(source.replace(old, new))
        yield copy


def _catch(fault: Fault, schedules: int, without: list[int], *, tests: bool) -> str:
    """What caught the fault; empty when nothing did."""
    try:
        with sabotaged(fault) as copy:
            return _soak(copy, schedules, without) or (_failed_test(copy) if tests else "")
    except subprocess.TimeoutExpired:
        return f"it does not end within {_ENDLESS_SECONDS} s"
    except DoesNotFitError as error:
        print(f"does not fit the source any more: {error}")
        return ""


def _soak(copy: Path, schedules: int, without: list[int]) -> str:
    """The first violation, with its seed."""
    skipped = [f"--without={seed}" for seed in without]
    output = _run(
        copy, "-m", "tests.soak", f"--schedules={schedules}", "--jobs=1", "--stop-at-first", *skipped
    ).stdout
    found = re.search(r"^seed (\d+): (\w+): (.*)$", output, re.MULTILINE)
    return f"invariant {found[2]} (seed {found[1]}): {found[3][:90]}" if found else ""


def _violating(copy: Path, schedules: int) -> list[int]:
    output = _run(copy, "-m", "tests.soak", f"--schedules={schedules}", "--jobs=1").stdout
    assert str(copy) in output, "the copy is what runs"
    return [int(seed) for seed in re.findall(r"^seed (\d+): ", output, re.MULTILINE)]


def _failed_test(copy: Path) -> str:
    path = f"pythonpath={ROOT} {copy}"
    done = _run(copy, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-o", path, *TESTS)
    found = re.search(r"^(?:FAILED|ERROR) (\S+)", done.stdout, re.MULTILINE)
    return f"test {found[1]}" if found else "" if done.returncode == 0 else f"tests: {done.stdout[-200:]}"


def _run(copy: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=_ENDLESS_SECONDS,
    )


if __name__ == "__main__":
    sys.exit(main())
