"""What a rehearsal found out, as data; all times in virtual seconds since the first step."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from rehearsal.scenario.model import Expectation, Outcome


@dataclass(frozen=True, kw_only=True)
class Stop:
    """Unwedge stopped a task: when, which, of which revision, and the reason it gave to ECS."""

    at_seconds: float
    task: str
    revision: int
    reason: str | None


@dataclass(frozen=True, kw_only=True)
class Measured:
    """The simulated ECS's own truth about one world at one moment.

    ``writers`` counts the processes that hold the lock of the service's volume, ``writer_revision`` is the
    revision of the only one. ``gap_seconds`` is the longest time without any, 0 when there always was one.
    ``outcome_since`` says how long the outcome has been what it is. None where something has not happened.
    """

    at_seconds: float
    outcome: Outcome
    outcome_since: float
    writers: int
    writer_revision: int | None
    rollout: str | None
    failed_tasks: int
    first_failure: float | None
    stops: tuple[Stop, ...] = ()
    gap_seconds: float = 0.0

    @property
    def seconds_to_stop(self) -> float | None:
        """From the first contender's failure to the first StopTask."""
        if self.first_failure is None or not self.stops:
            return None
        return self.stops[0].at_seconds - self.first_failure

    @property
    def seconds_to_recover(self) -> float | None:
        """From the first contender's failure to the recovery."""
        if self.first_failure is None or self.outcome not in {Outcome.RECOVERED, Outcome.HEALED}:
            return None
        return self.outcome_since - self.first_failure


@dataclass(frozen=True, kw_only=True)
class Result:
    """A finished rehearsal. ``unmet`` says in sentences what the scenario expected and did not get."""

    scenario: str
    title: str
    speed: float
    stand_in: bool
    unmet: tuple[str, ...]
    truth: Measured | None
    control: Measured
    blind_gap_seconds: float | None = None
    verdicts: Mapping[str, int] = field(default_factory=dict)
    ecs_calls: Mapping[str, int] = field(default_factory=dict)
    why: str | None = None
    problems: tuple[str, ...] = ()
    left_out: int = 0

    @property
    def ok(self) -> bool:
        """Whether the expected outcome came true."""
        return not self.unmet and not self.problems

    def to_json(self) -> dict[str, Any]:
        """Everything, for machines."""
        document = asdict(self) | {"ok": self.ok}
        for key, measured in (("truth", self.truth), ("control", self.control)):
            if measured is not None:
                document[key]["seconds_to_stop"] = measured.seconds_to_stop
                document[key]["seconds_to_recover"] = measured.seconds_to_recover
        return document


def unmet(
    expect: Expectation, truth: Measured, verdicts: Mapping[str, int], verified: str | None = None
) -> list[str]:
    """What is not (yet) as expected, one sentence each; empty when all of it came true. `verified`: what the
    newest verification found, if there was one."""
    stops = len(truth.stops)
    checks = [
        (truth.outcome is expect.outcome, f"the outcome is {truth.outcome}, expected {expect.outcome}"),
        (
            truth.at_seconds >= expect.at_least_seconds,
            f"watched {truth.at_seconds:.0f} s, wanted {expect.at_least_seconds:.0f} s at least",
        ),
        (
            truth.at_seconds - truth.outcome_since >= expect.settle_seconds,
            f"it was so for {truth.at_seconds - truth.outcome_since:.0f} s only",
        ),
        (
            expect.stops_min <= stops <= expect.stops_max,
            f"{stops} task(s) were stopped, expected {expect.stops_min} to {expect.stops_max}",
        ),
        (_as(expect.writers, truth.writers), f"{truth.writers} process(es) write, expected {expect.writers}"),
        (
            _as(expect.revision, truth.writer_revision),
            f"revision {truth.writer_revision} writes, expected revision {expect.revision}",
        ),
        (_as(expect.rollout, truth.rollout), f"the rollout is {truth.rollout}, expected {expect.rollout}"),
        (
            expect.max_gap_seconds is None or truth.gap_seconds <= expect.max_gap_seconds,
            f"nobody wrote for {truth.gap_seconds:.0f} s, accepted are {expect.max_gap_seconds} s",
        ),
    ]
    checks.append(
        (_as(expect.verified, verified), f"the service is verified {verified}, expected {expect.verified}")
    )
    faults = [sentence for met, sentence in checks if not met]
    faults += [
        f"no decision said {verdict}" for verdict in expect.verdicts_include if verdict not in verdicts
    ]
    faults += [f"a decision said {verdict}" for verdict in expect.verdicts_exclude if verdict in verdicts]
    return faults


def unmet_control(expect: Expectation, control: Measured) -> list[str]:
    """The same for the world without Unwedge."""
    if expect.without_unwedge in {None, control.outcome}:
        return []
    return [f"without Unwedge the outcome is {control.outcome}, expected {expect.without_unwedge}"]


def _as(expected: object, found: object) -> bool:
    return expected is None or expected == found
