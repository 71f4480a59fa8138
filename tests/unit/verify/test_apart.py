"""What acts knows nothing of verifications: not a millisecond of its start goes into them."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize("handler", ["remediator", "approver"])
def test_what_acts_imports_nothing_that_verifies(handler: str) -> None:
    """Neither the wing nor the websockets library."""
    script = f"import unwedge.handlers.{handler}, sys; print(*sorted(sys.modules))"
    environment = {
        "POWERTOOLS_METRICS_NAMESPACE": "x",
        "POWERTOOLS_SERVICE_NAME": "x",
        "PYTHONPATH": "lambdas",
    }
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
    )
    loaded = done.stdout.split()
    assert f"unwedge.handlers.{handler}" in loaded
    assert [name for name in loaded if name.startswith(("unwedge.verify", "websockets"))] == []


def test_what_verifies_imports_nothing_that_acts() -> None:
    """It cannot stop a task, whatever is wrong with it."""
    script = "import unwedge.handlers.verifier, sys; print(*sorted(sys.modules))"
    environment = {
        "POWERTOOLS_METRICS_NAMESPACE": "x",
        "POWERTOOLS_SERVICE_NAME": "x",
        "PYTHONPATH": "lambdas",
    }
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
    )
    loaded = done.stdout.split()
    assert "unwedge.verify.verifier" in loaded
    assert [name for name in loaded if name in ("unwedge.act.actor", "unwedge.controller")] == []
