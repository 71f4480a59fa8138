"""The gap that stopping blindly would have given, to compare Unwedge's with."""

from datetime import UTC, datetime, timedelta

from rehearsal.ecs.launching import ContainerSpec, Program, VolumeIdentity
from rehearsal.programs.launcher import ProgramLauncher, failed_on_lock
from rehearsal.programs.scripted import ScriptedProgram, VirtualLock, init_container
from rehearsal.programs.scripts import script_for
from rehearsal.report.judge import longest_gap
from rehearsal.run.simulated_scenario import SimulatedScenario
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

    def init_program(spec: ContainerSpec, now: datetime) -> Program:
        return ScriptedProgram(init_container(), now, locks)

    launcher = ProgramLauncher(scenario, play, init_program)
    simulation = SimulatedScenario(scenario, launcher, _START)
    simulation.start()
    return _play(simulation, launcher)


def _play(simulation: SimulatedScenario, launcher: ProgramLauncher) -> float | None:
    scenario, steps, stopped = simulation.scenario, [], False
    steps += [step for step in scenario.steps if not step.do.operates_unwedge]
    volume = scenario.main.volume_of(1)
    identity = VolumeIdentity(volume.file_system, volume.access_point, volume.root_directory)
    limit, now = _START + timedelta(seconds=scenario.limit_seconds), _START
    while now < limit:
        while steps and now >= _START + timedelta(seconds=steps[0].at):
            simulation.perform(steps.pop(0))
        now += timedelta(seconds=_STEP_SECONDS)
        simulation.advance(now)
        on_volume = [program for program in launcher.launched if program.spec.volume == identity]
        writers = [program for program in on_volume if program.holds_lock]
        failed = any(program.exit_code and _on_lock(program.said) for program in on_volume)
        if failed and not stopped and writers:
            stopped = True
            cluster = scenario.service.cluster
            simulation.call(
                "StopTask", {"cluster": cluster, "task": writers[0].spec.task_arn, "reason": "blind"}
            )
        if stopped and writers and sum(len(program.holds) for program in on_volume) > 1:
            return longest_gap(on_volume, _START, now)
    return None


def _on_lock(said: list[tuple[datetime, str]]) -> bool:
    return failed_on_lock(line for _, line in said)
