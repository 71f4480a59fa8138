"""The gap that stopping blindly would have given, to compare Unwedge's with."""

from datetime import UTC, datetime, timedelta

from rehearsal.ecs.launching import ContainerSpec, Program, VolumeIdentity
from rehearsal.programs.launcher import LOCK_FAILURE, Cast
from rehearsal.programs.scripted import ScriptedProgram, VirtualLock, init_container
from rehearsal.programs.scripts import script_for
from rehearsal.report.judge import longest_gap
from rehearsal.run.simulated_scenario import Show
from rehearsal.scenario.model import Revision, Scenario

_STEP_SECONDS = 0.25
_START = datetime(2026, 1, 1, tzinfo=UTC)


def blind_gap(scenario: Scenario) -> float | None:
    """Seconds without a writer if the holder had been asked to stop at the first contender's failure.

    The scenario is played once more in this process, with scripted programs and the same seed, so that tasks
    take the same times to start. At the moment when the first contender ends with the lock failure, StopTask
    is called for the task that holds the lock, whatever is or is not on its way to replace it. The answer is
    the time from the holder's release of the lock to the next process that takes it, of whichever revision;
    None when no contender failed on the lock, or nobody took it within the scenario's limit.
    """
    locks = VirtualLock()

    def play(spec: ContainerSpec, revision: Revision, now: datetime) -> Program:
        return ScriptedProgram(script_for(spec, revision), now, locks)

    def support(spec: ContainerSpec, now: datetime) -> Program:
        return ScriptedProgram(init_container(), now, locks)

    cast = Cast(scenario, play, support)
    show = Show(scenario, cast, _START)
    show.raise_curtain()
    return _play(show, cast)


def _play(show: Show, cast: Cast) -> float | None:
    scenario, steps, stopped = show.scenario, [], False
    steps += [step for step in scenario.steps if not step.do.operates_unwedge]
    volume = scenario.main.volume_of(1)
    identity = VolumeIdentity(volume.file_system, volume.access_point, volume.root_directory)
    limit, now = _START + timedelta(seconds=scenario.limit_seconds), _START
    while now < limit:
        while steps and now >= _START + timedelta(seconds=steps[0].at):
            show.perform(steps.pop(0))
        now += timedelta(seconds=_STEP_SECONDS)
        show.advance(now)
        on_volume = [actor for actor in cast.actors if actor.spec.volume == identity]
        writers = [actor for actor in on_volume if actor.holds_lock]
        failed = any(actor.exit_code and _on_lock(actor.said) for actor in on_volume)
        if failed and not stopped and writers:
            stopped = True
            cluster = scenario.service.cluster
            show.call("StopTask", {"cluster": cluster, "task": writers[0].spec.task_arn, "reason": "blind"})
        if stopped and writers and sum(len(actor.holds) for actor in on_volume) > 1:
            return longest_gap(on_volume, _START, now)
    return None


def _on_lock(said: list[tuple[datetime, str]]) -> bool:
    return any(LOCK_FAILURE in line for _, line in said)
