"""Runs scenarios against the deployed app, each with the same scenario without Unwedge beside it."""

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

from rich.console import Console

from rehearsal.aws.deploy import EVERYWHERE, EXEC_EVERYWHERE, CdkApp
from rehearsal.aws.deployed_app import DeployedApp, open_deployed_app
from rehearsal.aws.function_log import Decision
from rehearsal.clockwork.clock import ScaledClock
from rehearsal.report.entries import Entry
from rehearsal.report.result import Result
from rehearsal.report.summary import print_summary
from rehearsal.run.session import Session
from rehearsal.run.simulated_scenario import ScenarioError
from rehearsal.scenario.model import DescribedService, Scenario


class RehearsalError(Exception):
    """The rehearsal itself could not be held; says why in a sentence."""


@dataclass(frozen=True)
class Rehearsed:
    """A result with its timeline."""

    result: Result
    entries: tuple[Entry, ...]
    decisions: tuple[Decision, ...]

    def to_json(self) -> dict[str, Any]:
        """Everything, for machines."""
        timeline = [
            {
                "at": entry.at.isoformat(),
                "party": entry.party.value,
                "text": entry.text,
                "data": dict(entry.data),
            }
            for entry in self.entries
        ]
        return self.result.to_json() | {
            "timeline": timeline,
            "decision_lines": [dict(decision.line) for decision in self.decisions],
        }


def rehearse_one(
    scenario: Scenario, *, console: Console | None, speed: float | None = None, off: bool = False
) -> Rehearsed:
    """Rehearse one scenario in an emulator of its own and print timeline and summary to ``console``.

    ``speed`` is in virtual seconds per real second, the scenario's own by default. With ``off`` only the
    world without Unwedge is played. Raises EmulatorError, DeployError or RehearsalError.
    """
    speed = speed or scenario.speed
    if off:
        return _hold(scenario, ScaledClock(datetime.now(UTC), speed), None, console)
    if console:
        console.print(f"Deploying the app into a local AWS emulator; time runs {speed:g} times faster …")
    with open_deployed_app(speed, app=app_with(scenario.settings)) as deployed:
        return rehearse_in(deployed, scenario, console=console)


def app_with(settings: Mapping[str, Any]) -> CdkApp:
    """The app with these of its settings changed."""
    given = {f"unwedge.{name}": str(value) for name, value in settings.items()}
    return CdkApp(context=tuple(sorted({**dict((EVERYWHERE, EXEC_EVERYWHERE)), **given}.items())))


def rehearse_all(
    scenarios: list[Scenario], *, speed: float | None = None, off: bool = False
) -> Iterator[Rehearsed]:
    """Rehearse scenarios one after the other, those with the same settings in one emulator; the fastest
    common speed by default."""
    speed = speed or min(scenario.speed for scenario in scenarios)
    if off:
        for scenario in scenarios:
            yield rehearse_one(scenario, console=None, speed=speed, off=True)
        return
    alike = sorted(scenarios, key=lambda scenario: sorted(scenario.settings.items()))
    for settings, group in groupby(alike, key=lambda scenario: scenario.settings):
        with open_deployed_app(speed, app=app_with(settings)) as deployed:
            for scenario in group:
                yield rehearse_in(deployed, scenario, console=None)


def rehearse_in(deployed: DeployedApp, scenario: Scenario, *, console: Console | None) -> Rehearsed:
    """Rehearse one scenario against a deployed app that may have seen others before; raises
    RehearsalError."""
    renamed = _renamed(scenario, deployed.fresh_suffix())
    return _hold(renamed, deployed.clock, deployed, console)


def _renamed(scenario: Scenario, suffix: str) -> Scenario:
    def moved(story: DescribedService) -> DescribedService:
        service = story.service
        cluster, family = f"{service.cluster}{suffix}", f"{service.name}{suffix}"
        return replace(story, service=replace(service, cluster=cluster, family=family))

    return replace(
        scenario, main=moved(scenario.main), others=tuple(moved(other) for other in scenario.others)
    )


def _hold(
    scenario: Scenario, clock: ScaledClock, deployed: DeployedApp | None, console: Console | None
) -> Rehearsed:
    with tempfile.TemporaryDirectory(prefix="unwedge-rehearsal-") as folder:
        try:
            result, entries, decisions = Session(scenario, clock, deployed, console, Path(folder)).hold()
        except (ScenarioError, FileNotFoundError) as error:
            raise RehearsalError(str(error)) from error
    if console:
        print_summary(console, result)
    return Rehearsed(result, tuple(entries), tuple(decisions))
