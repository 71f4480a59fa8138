"""How this ECS behaves where AWS does not say, has changed its mind, or leaves a range."""

from dataclasses import dataclass
from enum import StrEnum


class Replacement(StrEnum):
    """Which revision replaces a terminated or unhealthy task while a rollout is in progress."""

    SAME_REVISION = "same-revision"  # ECS since November 2025
    NEWEST_REVISION = "newest-revision"  # ECS before


class Throttling(StrEnum):
    """Whether ECS waits longer and longer between the starts of tasks that fail."""

    NONE = "none"
    BACKOFF = "backoff"


class StopOfStopped(StrEnum):
    """What StopTask answers for a task that has stopped; AWS does not say."""

    SUCCESS = "success"
    ERROR = "error"


class Rollback(StrEnum):
    """What becomes PRIMARY in a rollback; AWS does not say what happens to the old tasks."""

    ADOPT = "adopt"  # a new deployment of the old revision, which takes over its running tasks
    REPLACE = "replace"  # a new deployment of the old revision, which starts tasks of its own
    REVIVE = "revive"  # the old deployment itself, under its old id


class ExecFault(StrEnum):
    """What keeps ECS Exec from a service's tasks. AGENT_STOPPED: ECS shows its agents as STOPPED.
    NOT_CONNECTED: they run, and Session Manager does not hear of them. NO_AGENT: ECS shows none.
    OLD_PLATFORM: the tasks run on platform version 1.3.0, which has none."""

    AGENT_STOPPED = "agent-stopped"
    NOT_CONNECTED = "not-connected"
    NO_AGENT = "no-agent"
    OLD_PLATFORM = "old-platform"

    @property
    def without_agent(self) -> bool:
        """Whether ECS shows no agent."""
        return self in (ExecFault.NO_AGENT, ExecFault.OLD_PLATFORM)


Range = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class SchedulerOptions:
    """All in seconds; a pair is a range from which each task draws with the seed.

    ``state_lag_seconds`` passes between the end of a container and ECS showing it. With
    ``quick_exit_shows_running`` off, a program that ends within that time is never seen RUNNING.
    ``stop_signal_delay_seconds`` passes between the wish to stop a task and its SIGTERM.
    ``deregistration_seconds`` comes before it for the tasks of a service behind a load balancer.
    ``exec_connects_after_seconds`` pass between the start of a container and its agent being reachable.
    ``describe_lag_seconds`` is how old the answers of Describe and List calls are.
    ``stopping_counts_towards_maximum`` makes a new task wait until the old one has gone; by default it may
    start as soon as the old one has been asked to stop (aws/containers-roadmap#959).
    """

    replacement: Replacement = Replacement.SAME_REVISION
    throttling: Throttling = Throttling.NONE
    provisioning_seconds: Range = (10.0, 20.0)
    pending_seconds: Range = (10.0, 60.0)
    deprovisioning_seconds: Range = (13.0, 25.0)
    stop_signal_delay_seconds: Range = (0.5, 2.0)
    deregistration_seconds: float = 300.0
    state_lag_seconds: float = 1.0
    replacement_delay_seconds: float = 1.0
    failures_count_towards_breaker: bool = True
    pending_count_includes_provisioning: bool = True
    quick_exit_shows_running: bool = True
    stopping_counts_towards_maximum: bool = False
    stop_of_stopped: StopOfStopped = StopOfStopped.SUCCESS
    rollback: Rollback = Rollback.ADOPT
    describe_lag_seconds: float = 0.0
    exec_connects_after_seconds: float = 8.0
    seed: int = 0
