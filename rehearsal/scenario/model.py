"""Scenarios: the data files under ``scenarios/``, read into frozen dataclasses."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from rehearsal.scenario.faults import EventFaults, LogFaults


class Outcome(StrEnum):
    """How a scenario can end, judged from the simulated ECS's own truth."""

    RECOVERED = "recovered"
    HEALED = "healed"
    ROLLED_BACK = "rolled-back"
    WEDGED = "wedged"
    FAILING = "failing"
    STEADY = "steady"
    DOWN = "down"
    SPLIT_BRAIN = "split-brain"
    UNFINISHED = "unfinished"  # nothing failed yet, but not everything is up: no scenario expects it


class ProgramKind(StrEnum):
    """What the main container of a revision runs."""

    PROMETHEUS = "prometheus"
    PERMISSION_DENIED = "permission-denied"
    NO_LOCKS = "no-locks"
    BROKEN = "broken"
    STORE = "store"
    BROKEN_STORE = "broken-store"
    LISTED = "listed"


class StepKind(StrEnum):
    """What can be done to a service in a scenario."""

    DEPLOY = "deploy"
    FORCE_DEPLOYMENT = "force-deployment"
    SCALE = "scale"
    STOP_TASK = "stop-task"
    RETIRE_TASK = "retire-task"
    MAKE_UNHEALTHY = "make-unhealthy"
    ROLL_BACK = "roll-back"
    TAG = "tag"
    APPROVE = "approve"
    REJECT = "reject"
    PAUSE = "pause"
    RESUME = "resume"

    @property
    def operates_unwedge(self) -> bool:
        """Whether this is done to Unwedge and not to the service."""
        return self in (StepKind.APPROVE, StepKind.REJECT, StepKind.PAUSE, StepKind.RESUME)


@dataclass(frozen=True, kw_only=True)
class Volume:
    """An EFS volume; its three parts are the volume identity."""

    file_system: str = "fs-0a1b2c3d4e5f60718"
    access_point: str | None = "fsap-0123456789abcdef0"
    root_directory: str = "/"


@dataclass(frozen=True, kw_only=True)
class HealthCheck:
    """A container health check; all in seconds."""

    interval: int = 30
    timeout: int = 5
    retries: int = 3
    start_period: int = 60


@dataclass(frozen=True, kw_only=True)
class CircuitBreaker:
    """The deployment circuit breaker."""

    enable: bool = False
    rollback: bool = False


@dataclass(frozen=True, kw_only=True)
class Service:
    """An ECS service as its owner configured it."""

    name: str
    cluster: str = "dev-metrics-cluster"
    family: str | None = None  # of its task definitions; None: the service's name
    desired_count: int = 1
    minimum_healthy_percent: int = 100
    maximum_percent: int = 200
    tags: Mapping[str, str] = field(default_factory=lambda: {"unwedge": "enforce"})
    circuit_breaker: CircuitBreaker = CircuitBreaker()
    health_check: HealthCheck | None = HealthCheck()
    stop_timeout: int = 30
    init_container: bool = True
    volume: Volume = Volume()
    dns_name: str | None = None


@dataclass(frozen=True, kw_only=True)
class Revision:
    """One revision of a service's task definition, by what its main container does. ``listed`` is the name
    of the catalogue's program that a LISTED one runs."""

    program: ProgramKind = ProgramKind.PROMETHEUS
    listed: str = ""
    version: str = "2.x"
    log_format: str = "logfmt"
    agent: bool = False
    shutdown_seconds: float = 0.0
    first_shutdown_seconds: float | None = None
    volume: Volume | None = None


@dataclass(frozen=True, kw_only=True)
class DescribedService:
    """A service together with its revisions; the first one runs when the scenario starts."""

    service: Service
    revisions: tuple[Revision, ...]

    def volume_of(self, revision: int) -> Volume:
        """The volume that a revision (counted from 1) mounts."""
        return self.revisions[revision - 1].volume or self.service.volume


@dataclass(frozen=True, kw_only=True)
class Step:
    """Something done to the service ``at`` virtual seconds after the start."""

    at: float
    do: StepKind
    revision: int | None = None
    desired_count: int | None = None
    tags: Mapping[str, str] | None = None


@dataclass(frozen=True, kw_only=True)
class Expectation:
    """How a scenario must end; None means anything goes."""

    outcome: Outcome
    at_least_seconds: float = 0.0
    settle_seconds: float = 15.0
    verdicts_include: tuple[str, ...] = ()
    verdicts_exclude: tuple[str, ...] = ()
    stops_min: int = 0
    stops_max: int = 0
    writers: int | None = None
    revision: int | None = None
    rollout: str | None = None
    max_gap_seconds: float | None = None
    verified: str | None = None
    without_unwedge: Outcome | None = None


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """One story to rehearse; all times in virtual seconds."""

    name: str
    title: str
    story: str
    main: DescribedService
    steps: tuple[Step, ...]
    expect: Expectation
    seed: int = 1
    limit_seconds: float = 900.0
    speed: float = 5.0
    others: tuple[DescribedService, ...] = ()
    scheduler: Mapping[str, Any] = field(default_factory=dict)
    log_driver: str = "awslogs"
    logs: LogFaults = field(default_factory=LogFaults)
    events: EventFaults = field(default_factory=EventFaults)
    settings: Mapping[str, Any] = field(default_factory=dict)
    file: Path | None = None

    @property
    def service(self) -> Service:
        """The service that is deployed."""
        return self.main.service

    @property
    def stories(self) -> tuple[DescribedService, ...]:
        """All services, the deployed one first."""
        return (self.main, *self.others)
