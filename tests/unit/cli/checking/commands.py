"""`unwedge check` as tests call it: before a plan, and before a cluster that was read."""

from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.unit.cli.checking.made import defined, plan
from tests.unit.posture.shapes import AT, service
from unwedge.model.settings import Settings
from unwedge.posture.facts import Facts
from unwedge.posture.shape import shape_of
from unwedge_cli.checking import planned as checking_planned
from unwedge_cli.main import main
from unwedge_cli.plans import Plan, Planned
from unwedge_cli.verbs import check


class Reads:
    """What was read of a cluster."""

    def __init__(self, *found: Facts, error: Exception | None = None) -> None:
        self.found, self.error = found, error

    def names(self, cluster: str) -> list[str]:
        return sorted(facts.shape.name for facts in self.found)

    def cluster(self, cluster: str, now: object, settings: Settings) -> list[Facts]:
        if self.error:
            raise self.error
        return list(self.found)

    def service(self, cluster: str, name: str, now: object, settings: Settings) -> Facts | None:
        return next(
            (facts for facts in self.cluster(cluster, now, settings) if facts.shape.name == name), None
        )


def facts(name: str = "dev-prometheus", percent: tuple[int, int] = (100, 200), **more: Any) -> Facts:
    """One service of a cluster."""
    return Facts(shape_of(service(percent, serviceName=name), defined()), AT, **more)


def run(*words: str, stdin: str | None = None) -> Result:
    """The command."""
    return CliRunner().invoke(main, ["check", *words], input=stdin)


def on_cluster(monkeypatch: pytest.MonkeyPatch, reads: Reads, *words: str) -> Result:
    """The command before this cluster."""
    monkeypatch.setattr(check, "posture_reads", lambda: reads)
    return run(*words)


def on_plan(monkeypatch: pytest.MonkeyPatch, found: Plan | Planned, *words: str) -> Result:
    """The command before this plan."""
    made = found if isinstance(found, Plan) else plan(found)
    monkeypatch.setattr(checking_planned, "read_plan", lambda path: made)
    return run("--plan", "plan.json", *words)
