"""A thousand inputs for each target, and some dozens of long lines; `python -m tests.fuzz` feeds more."""

from collections.abc import Callable
from random import Random

import pytest

from tests.fuzz.__main__ import fed
from tests.fuzz.targets import TARGETS, long_lines


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.__name__)
def test_no_input_crashes_anything_or_leads_to_a_stop_without_evidence(
    target: Callable[[Random], None],
) -> None:
    """A failure names the seed: `python -m tests.fuzz --seed N`."""
    for seed in range(40 if target is long_lines else 1000):
        try:
            fed(target, seed)
        except Exception as error:
            raise AssertionError(f"seed {seed}") from error
