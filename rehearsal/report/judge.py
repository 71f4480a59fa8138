"""Judges a rehearsal by the simulated ECS's own truth, never by what Unwedge says of itself."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from rehearsal.ecs.launching import VolumeIdentity
from rehearsal.ecs.records import ServiceRecord, TaskRecord
from rehearsal.programs.launcher import LaunchedProgram, ProgramLauncher, failed_on_lock
from rehearsal.report.result import Measured, Stop
from rehearsal.scenario.model import DescribedService, Outcome

_ROLLED_BACK = "ROLLBACK_SUCCESSFUL"


class Judge:
    """Watches one service in one simulated ECS; ask it again and again, it remembers when outcomes began."""

    def __init__(self, story: DescribedService, launcher: ProgramLauncher, start: datetime) -> None:
        self._story = story
        self._launcher = launcher
        self._start = start
        self._outcome: tuple[Outcome, datetime] = (Outcome.UNFINISHED, start)

    def measure(self, service: ServiceRecord, stops: tuple[Stop, ...], now: datetime) -> Measured:
        """The truth at ``now``."""
        failed = self._failed(service)
        volumes = {self._identity(revision + 1) for revision in range(len(self._story.revisions))}
        writers = [program for program in self._launcher.writers() if program.spec.volume in volumes]
        own = [program for program in writers if program.spec.service == service.name]
        outcome = self._classify(service, writers, failed, stopped=bool(stops))
        if outcome is not self._outcome[0]:
            self._outcome = (outcome, now)
        only = own if len(own) == 1 else writers
        return Measured(
            at_seconds=self._seconds(now),
            outcome=outcome,
            outcome_since=self._seconds(self._outcome[1]),
            writers=max((_count(writers, volume) for volume in volumes), default=0),
            writer_revision=only[0].spec.revision if len(only) == 1 else None,
            rollout=service.primary.rollout_state,
            failed_tasks=len(failed),
            first_failure=min(
                (self._seconds(program.exited_at) for program in failed if program.exited_at),
                default=None,
            ),
            stops=stops,
            gap_seconds=self._gap(now),
        )

    def _classify(
        self,
        service: ServiceRecord,
        writers: list[LaunchedProgram],
        failed: list[LaunchedProgram],
        *,
        stopped: bool,
    ) -> Outcome:
        if any(_count(writers, program.spec.volume) > 1 for program in writers):
            return Outcome.SPLIT_BRAIN
        if service.desired_count and not writers:
            return Outcome.DOWN
        if self._stable(service):
            if any(rollout.status == _ROLLED_BACK for rollout in service.rollouts):
                return Outcome.ROLLED_BACK
            if stopped:
                return Outcome.RECOVERED
            return Outcome.HEALED if failed else Outcome.STEADY
        if not failed:
            return Outcome.UNFINISHED
        on_lock = failed_on_lock(line for _, line in failed[-1].said)
        return Outcome.WEDGED if on_lock else Outcome.FAILING

    def _stable(self, service: ServiceRecord) -> bool:
        """Exactly the wanted tasks run, they are healthy, hold the lock, and the rollout is complete."""
        executing = [task for task in service.tasks if task.executing or task.alive]
        return (
            service.primary.rollout_state == "COMPLETED"
            and len(executing) == service.desired_count
            and all(self._sound(task) for task in executing)
        )

    @staticmethod
    def _sound(task: TaskRecord) -> bool:
        healthy = task.health == "HEALTHY" if task.has_health_check else task.health != "UNHEALTHY"
        return task.alive and task.last_status == "RUNNING" and task.holds_lock and healthy

    def _failed(self, service: ServiceRecord) -> list[LaunchedProgram]:
        """The service's main programs that ended by themselves with an error, oldest first."""
        failed = [
            program
            for program in self._launcher.launched
            if program.spec.service == service.name
            and program.exit_code not in {None, 0}
            and program.exited_at is not None
            and program.exited_at >= self._start
            and not program.signalled
        ]
        return sorted(failed, key=lambda program: program.exited_at or self._start)

    def _gap(self, now: datetime) -> float:
        """The longest time since the first step in which no process held the lock of the old volume."""
        volume = self._identity(1)
        return longest_gap(
            (program for program in self._launcher.launched if program.spec.volume == volume),
            self._start,
            now,
        )

    def _identity(self, revision: int) -> VolumeIdentity:
        volume = self._story.volume_of(revision)
        return VolumeIdentity(volume.file_system, volume.access_point, volume.root_directory)

    def _seconds(self, moment: datetime) -> float:
        return (moment - self._start).total_seconds()


def _count(writers: Iterable[LaunchedProgram], volume: VolumeIdentity | None) -> int:
    return sum(program.spec.volume == volume for program in writers)


def longest_gap(launched: Iterable[LaunchedProgram], start: datetime, now: datetime) -> float:
    """Seconds of the longest stretch after ``start``, and after the first lock, without any lock held."""
    holds = sorted(
        ((hold.since, hold.until or now) for program in launched for hold in program.holds),
        key=lambda hold: hold[0],
    )
    if not holds:
        return 0.0
    longest, covered = timedelta(0), holds[0][0]
    for since, until in [*holds, (now, now)]:
        if since > max(covered, start):
            longest = max(longest, since - max(covered, start))
        covered = max(covered, until)
    return longest.total_seconds()
