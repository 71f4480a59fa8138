"""What acts knows nothing of verifications: not a millisecond of its start goes into them."""

import subprocess
import sys

import pytest


def loaded(handler: str) -> list[str]:
    """The modules that are there once a handler is imported, in a Python of its own."""
    script = f"import unwedge.handlers.{handler}, sys; print(*sorted(sys.modules))"
    environment = {
        "POWERTOOLS_METRICS_NAMESPACE": "x",
        "POWERTOOLS_SERVICE_NAME": "x",
        "PYTHONPATH": "lambdas",
    }
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    names = done.stdout.split()
    assert f"unwedge.handlers.{handler}" in names
    return names


@pytest.mark.parametrize("handler", ["remediator", "approver"])
def test_what_acts_imports_nothing_that_verifies(handler: str) -> None:
    """Neither the wing nor the websockets library."""
    assert [name for name in loaded(handler) if name.startswith(("unwedge.verify", "websockets"))] == []


def test_what_verifies_imports_nothing_that_acts() -> None:
    """It cannot stop a task, nor write what an incident says, whatever is wrong with it."""
    acting = {"unwedge.act.actor", "unwedge.controller", "unwedge.record.dynamo", "unwedge.record.claims"}
    assert acting.isdisjoint(loaded("verifier"))
    assert acting.isdisjoint(loaded("auditor"))


def test_what_repairs_imports_nothing_that_stops_tasks_or_writes_incidents() -> None:
    """It changes how the next deployment goes, and nothing else; and what audits cannot even do that."""
    stopping = {"unwedge.act.actor", "unwedge.controller", "unwedge.record.dynamo", "unwedge.record.claims"}
    assert stopping.isdisjoint(loaded("mender"))
    repairing = {"unwedge.act.repairer", "unwedge.repairs", "unwedge.record.repair_writer"}
    assert repairing.isdisjoint([*loaded("auditor"), *loaded("viewer"), *loaded("notifier")])
