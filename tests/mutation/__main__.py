"""`python -m tests.mutation`: change the decision core in every small way and see whether a test notices.

A change is noticed by a test that fails, or by mypy. Exit status 1 when less than 95 % are noticed, or a
survivor is not explained in survivors.txt.

A runner of our own beside mutmut: mutmut 3 refuses sources outside `./`, `src/` and `source/`, and in a copy
laid out for it tried 26 mutants in four minutes where this one, which orders the tests and stops at the first
that fails, tries hundreds. It gives decorated methods no mutants either.
"""

import argparse
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from multiprocessing import Pool
from pathlib import Path

from tests.mutation.mutants import Mutant, mutants

ROOT = Path(__file__).parents[2]
PRODUCT = ROOT / "lambdas" / "unwedge"
TARGETS = (
    *sorted(str(path.relative_to(PRODUCT)) for path in (PRODUCT / "decide").rglob("*.py")),
    *(f"model/{name}.py" for name in ("decision", "situation", "task_definition", "settings")),
)
# One run after the other, until one fails: what is quick to collect and notices most comes first. Before all
# of them come the tests of the mutant's own file.
RUNS: tuple[tuple[str, ...], ...] = (
    ("tests/unit/decide/test_decide.py", "tests/unit/decide/gates"),
    ("tests/replay/test_variations.py",),
    (
        "tests/unit/decide",
        "tests/unit/model",
        "tests/unit/observe",
        "tests/unit/controller",
        "tests/unit/act",
        "tests/unit/people/answer/test_approver.py",
        "tests/replay/test_recordings.py",
    ),
)
LEAST = 0.95
# Of the child's own time. All runs together take a minute; a busy machine must not make a survivor endless.
_LONGEST_SECONDS = 180
_SURVIVORS = Path(__file__).parent / "survivors.txt"
_copy = Path()


def main() -> int:
    """0 when enough are noticed and the rest is explained."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("--only", default="", help="only mutants whose name contains this")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 2, help="processes (all CPUs)")
    options = parser.parse_args()
    began, explained = time.monotonic(), _explained()
    every = [mutant for mutant in _all() if options.only in mutant.name]
    with Pool(options.jobs, initializer=_prepare) as pool:
        results: dict[Mutant, str] = {}
        for mutant, state in zip(every, pool.imap(_judge, every, chunksize=4), strict=True):
            results[mutant] = state
            if state == "survived" and mutant.name not in explained:
                print(f"SURVIVED {mutant.name}", flush=True)
    return _report(results, explained, time.monotonic() - began, whole=not options.only)


def _all() -> Iterator[Mutant]:
    for target in TARGETS:
        yield from mutants(target, (PRODUCT / target).read_text())


def _explained() -> dict[str, str]:
    """Names of survivors, and why each is as good as the original."""
    found: dict[str, str] = {}
    name = ""
    for line in _SURVIVORS.read_text().splitlines():
        if line.startswith("    "):
            found[name] = line.strip()
        elif line and not line.startswith("#"):
            name = line
    return found


def _prepare() -> None:
    """Each process has a copy of the product of its own, and has imported what does not change."""
    global _copy
    _copy = Path(tempfile.mkdtemp(prefix="mutation-"))
    shutil.copytree(PRODUCT, _copy / "unwedge", ignore=shutil.ignore_patterns("__pycache__"))
    sys.dont_write_bytecode = True
    import boto3  # noqa: F401 - so that the forks need not
    import hypothesis  # noqa: F401
    import pytest  # noqa: F401


def _judge(mutant: Mutant) -> str:
    """Run the tests on the mutant in a fork, and the type check on what they let pass: killed, endless,
    typed or survived."""
    path = _copy / "unwedge" / mutant.file
    original = path.read_text()
    path.write_text(mutant.source)
    try:
        # What the quick tests let pass, mypy often does not, and the other tests take a minute.
        state = _tested(_own_tests(mutant.file), RUNS[0])
        if state == "survived" and _types_notice():
            return "typed"
        return _tested(*RUNS[1:]) if state == "survived" else state
    finally:
        path.write_text(original)


def _tested(*runs: Sequence[str]) -> str:
    """One run of tests after the other in a fork, until one fails."""
    child = os.fork()
    if child == 0:
        _run_tests(runs)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    if code == -signal.SIGXCPU:
        return "endless"
    return "killed" if code else "survived"


def _types_notice() -> bool:
    """Whether mypy refuses the copy as it is now. It runs before every test run, so that what it refuses
    cannot ship: most of all a guard against None that an earlier gate makes needless, and that no test can
    miss."""
    command = [sys.executable, "-m", "mypy", "--strict", "--explicit-package-bases", "--no-error-summary"]
    command += ["--cache-dir", str(_copy / ".mypy_cache"), "-p", "unwedge.decide", "-p", "unwedge.model"]
    done = subprocess.run(command, cwd=_copy, capture_output=True, text=True, check=False, timeout=300)
    if done.returncode not in (0, 1):
        raise RuntimeError(f"mypy failed: {done.stdout}{done.stderr}")
    return done.returncode == 1


def _own_tests(file: str) -> list[str]:
    """The tests that mirror a file of the product, one file or several by theme, if there are any."""
    path = Path(file)
    mirror = ROOT / "tests" / "unit" / path.parent
    return sorted(str(test.relative_to(ROOT)) for test in mirror.glob(f"test_{path.stem}*.py"))


def _run_tests(runs: Iterable[Sequence[str]]) -> None:
    """In the child: never returns. A mutant that cannot even be imported is killed as well."""
    import pytest

    resource.setrlimit(resource.RLIMIT_CPU, (_LONGEST_SECONDS, _LONGEST_SECONDS + 10))
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    os.dup2(nothing, 2)
    os.chdir(ROOT)
    for name in [name for name in sys.modules if name.split(".")[0] in ("unwedge", "tests")]:
        del sys.modules[name]
    sys.path[:] = [str(_copy), *(entry for entry in sys.path if entry != str(ROOT / "lambdas"))]
    quiet = ("-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:randomly")
    for tests in filter(None, runs):
        code = pytest.main([*quiet, "-o", f"pythonpath={_copy} {ROOT}", *tests])
        if code:
            os._exit(int(code))
    os._exit(0)


def _report(results: dict[Mutant, str], explained: dict[str, str], seconds: float, *, whole: bool) -> int:
    files = list(dict.fromkeys(mutant.file for mutant in results))
    print(f"{'':<28}{'mutants':>9}{'by tests':>9}{'by types':>9}{'survived':>10}")
    for file in files:
        counts = Counter(state for mutant, state in results.items() if mutant.file == file)
        noticed = counts["killed"] + counts["endless"]
        numbers = f"{counts.total():>9}{noticed:>9}{counts['typed']:>9}{counts['survived']:>10}"
        print(f"{file:<28}{numbers}")
    survivors = [mutant.name for mutant, state in results.items() if state == "survived"]
    share = 1 - len(survivors) / max(1, len(results))
    unexplained = [name for name in survivors if name not in explained]
    print(f"{len(results)} mutants in {seconds:.0f} s: {share:.1%} noticed, {len(survivors)} survive,")
    print(f"{len(survivors) - len(unexplained)} of them explained in {_SURVIVORS.relative_to(ROOT)}")
    idle = sorted(set(explained) - set(survivors)) if whole else []
    for name in idle:
        print(f"explained, but does not survive (any more): {name}")
    return 1 if unexplained or share < LEAST or idle else 0


if __name__ == "__main__":
    sys.exit(main())
