"""One rehearsal from set-up to verdict."""

import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.console import Console

from rehearsal.aws.deployed_app import DeployedApp
from rehearsal.aws.discovery import Discovery
from rehearsal.aws.function_log import Decision, FunctionLog, Verified
from rehearsal.clockwork.clock import ScaledClock
from rehearsal.ecs.observations import Observation
from rehearsal.programs.choice import ProgramChoice
from rehearsal.programs.launcher import ProgramLauncher
from rehearsal.report.describe import Describer
from rehearsal.report.entries import Entry, TaskNames
from rehearsal.report.judge import Judge
from rehearsal.report.result import Measured, Result, Stop, unmet, unmet_control
from rehearsal.report.timeline import Timeline
from rehearsal.run.blind_stop import blind_gap
from rehearsal.run.operators import operate, set_kill_switch
from rehearsal.run.simulated_scenario import SimulatedScenario
from rehearsal.run.wiring import Wiring
from rehearsal.scenario.model import Expectation, Scenario, Step

_LOOK_SECONDS = 0.2
# Between the end of the preparations and the first step, virtual: the timeline starts at a quiet moment.
_QUIET_SECONDS = 3.0
# Nothing ends a deadlock without Unwedge: watch this long before calling it wedged.
_OFF_SECONDS = 300.0


class Session:
    """A scenario with Unwedge (unless ``deployed`` is None) and, on the same clock, without it."""

    def __init__(
        self,
        scenario: Scenario,
        clock: ScaledClock,
        deployed: DeployedApp | None,
        console: Console | None,
        folder: Path,
    ) -> None:
        self._scenario = scenario
        self._clock = clock
        self._deployed = deployed
        self._console = console
        self._choice = ProgramChoice()
        self._names = TaskNames(scenario.service.name)
        self._verdicts: Counter[str] = Counter()
        self._decisions: list[Decision] = []
        self._problems: list[str] = []
        self._log: FunctionLog | None = None
        self._wiring: Wiring | None = None
        self._discovery: Discovery | None = None
        self._verified: str | None = None
        self._control = self._make_simulation(folder / "without")
        self._simulation = self._make_simulation(folder / "with") if deployed else None
        self._simulations = [simulation for simulation in (self._simulation, self._control) if simulation]

    def _make_simulation(self, folder: Path) -> SimulatedScenario:
        folder.mkdir()
        launcher = ProgramLauncher(
            self._scenario, self._choice.programs_in(folder, self._clock.work), self._choice.init_program
        )
        return SimulatedScenario(self._scenario, launcher, self._clock.now())

    @property
    def stand_in(self) -> bool:
        """Whether another program than Prometheus runs."""
        return self._choice.stand_in

    def hold(self) -> tuple[Result, list[Entry], list[Decision]]:
        """Play it to its end. Raises ShowError when the first revision does not come up."""
        try:
            registries = self._registered()
            for simulation in self._simulations:
                simulation.start(registries)
            self._control.go_live(self._clock)
            self._connect()
            truth, control, timeline = self._play()
            return self._result(truth, control, timeline), timeline.entries, self._decisions
        finally:
            for simulation in self._simulations:
                simulation.end()
            if self._wiring:
                self._wiring.close()

    def _registered(self) -> dict[str, str]:
        """Cloud Map services for the services that have a DNS name: their ARNs by name."""
        if self._deployed is None:
            return {}
        self._discovery = Discovery(self._deployed.emulator, self._deployed.sessions.image)
        return {
            story.service.name: self._discovery.make(story.service.name, story.service.dns_name)
            for story in self._scenario.stories
            if story.service.dns_name
        }

    def _connect(self) -> None:
        """Let the deployed app see the simulated ECS, and start its function before anything happens."""
        if self._deployed is None or self._simulation is None:
            return
        self._deployed.clear_queues()
        set_kill_switch(self._deployed, "run")
        self._simulation.go_live(self._clock, self._deployed.ecs)
        self._wiring = Wiring(self._simulation, self._deployed, discovery=self._discovery)
        self._log = self._deployed.function_log()
        list(self._log.read())

    def _play(self) -> tuple[Measured | None, Measured, Timeline]:
        start = self._clock.now() + timedelta(seconds=_QUIET_SECONDS)
        timeline = Timeline(start, console=self._console, speed=self._clock.speed)
        describer = Describer(self._names, timeline.add)
        seen = self._simulation or self._control
        seen.simulator.subscribe(lambda observation: self._describe(describer, observation))
        if self._wiring:
            self._wiring.delivered = describer.delivered
        judges = {
            id(simulation): Judge(self._scenario.main, simulation.launcher, start)
            for simulation in self._simulations
        }
        steps = list(self._scenario.steps)
        while True:
            now = self._clock.now()
            while steps and now >= start + timedelta(seconds=steps[0].at):
                step, moment = steps.pop(0), self._simulations[0].simulator.now
                # what is done comes before what follows from it
                describer.stepped(moment - timedelta(microseconds=1), step, self._perform(step))
            self._read_log(describer)
            timeline.flush(now)
            truth = self._measure(judges, self._simulation, timeline)
            control = self._measure(judges, self._control, timeline)
            assert control is not None
            over = timeline.seconds(now) >= self._scenario.limit_seconds or self._failures()
            if over or (not steps and self._finished(truth, control)):
                break
            self._wait(start, steps)
        self._problems += self._failures()
        self._read_log(describer)
        timeline.flush(now, everything=True)
        return truth, control, timeline

    def _perform(self, step: Step) -> str:
        """A step of the scenario, in both worlds; Unwedge itself is operated where there is one."""
        if not step.do.operates_unwedge:
            told = [simulation.perform(step) for simulation in self._simulations]
            return told[0]
        if self._deployed is None:
            return f"would {step.do.value}, but there is no Unwedge"
        return operate(self._deployed, self._scenario.service, step)

    def _wait(self, start: datetime, steps: list[Step]) -> None:
        until = start + timedelta(seconds=steps[0].at) if steps else datetime.max.replace(tzinfo=UTC)
        due = (until - self._clock.now()).total_seconds() / self._clock.speed
        time.sleep(min(max(due, 0.0), _LOOK_SECONDS))

    def _failures(self) -> list[str]:
        return [failure for simulation in self._simulations for failure in simulation.failures]

    def _describe(self, describer: Describer, observation: Observation) -> None:
        simulation = self._simulation or self._control
        for program in simulation.launcher.launched[-3:]:
            self._names.learn(program.spec.task_arn, program.spec.service, program.spec.revision)
        for task in simulation.simulator.tasks():
            self._names.learn(task.arn, task.service, task.revision)
        describer.observed(observation)

    def _read_log(self, describer: Describer) -> None:
        if self._log is None:
            return
        cluster = self._scenario.service.cluster
        for told in self._log.read():
            if isinstance(told, Verified):
                if str(told.line.get("cluster", "")).endswith(f"/{cluster}"):
                    if told.line.get("service") == self._scenario.service.name:
                        self._verified = told.result
                    describer.verified(told)
            elif not isinstance(told, Decision):
                describer.remarked(told)
                if told.error:
                    self._problems.append(f"the function reported an error: {told.text.splitlines()[0]}")
            elif str(told.line.get("cluster", "")).endswith(f"/{cluster}"):
                self._verdicts[told.verdict] += 1
                self._decisions.append(told)
                describer.decided(told)

    def _measure(
        self, judges: dict[int, Judge], simulation: SimulatedScenario | None, timeline: Timeline
    ) -> Measured | None:
        if simulation is None:
            return None
        with simulation.lock:
            stops = self._stops(timeline) if simulation is self._simulation else ()
            return judges[id(simulation)].measure(simulation.main, stops, self._clock.now())

    def _stops(self, timeline: Timeline) -> tuple[Stop, ...]:
        assert self._wiring is not None
        return tuple(
            Stop(
                at_seconds=timeline.seconds(stop.at),
                task=self._names.label(stop.task_arn),
                revision=self._names.revision(stop.task_arn) or 0,
                reason=self._names.shorten(stop.reason or ""),
            )
            for stop in self._wiring.stops
        )

    def _finished(self, truth: Measured | None, control: Measured) -> bool:
        expect = self._scenario.expect
        if truth is None:
            enough = min(max(expect.at_least_seconds, _OFF_SECONDS), self._scenario.limit_seconds)
            return control.at_seconds >= enough
        if _hopeless(expect, truth, self._verdicts):
            return True
        return not unmet(expect, truth, self._verdicts, self._verified) and not unmet_control(expect, control)

    def _result(self, truth: Measured | None, control: Measured, timeline: Timeline) -> Result:
        expect, wiring = self._scenario.expect, self._wiring
        faults = unmet_control(expect, control)
        if truth is not None:
            faults = unmet(expect, truth, self._verdicts, self._verified) + faults
        return Result(
            scenario=self._scenario.name,
            title=self._scenario.title,
            speed=self._clock.speed,
            stand_in=self.stand_in,
            unmet=tuple(faults),
            truth=truth,
            control=control,
            blind_gap_seconds=blind_gap(self._scenario) if truth and truth.stops else None,
            verdicts=dict(self._verdicts),
            ecs_calls=self._ecs_calls(timeline),
            why=self._why(),
            problems=tuple(dict.fromkeys([*self._problems, *(wiring.problems if wiring else ())])),
            left_out=timeline.left_out,
        )

    def _ecs_calls(self, timeline: Timeline) -> dict[str, int]:
        """How often the deployed app called which ECS operation since the first step."""
        if self._simulation is None:
            return {}
        calls = self._simulation.simulator.api_call_list
        return dict(Counter(c.operation for c in calls if c.caller and timeline.seconds(c.at) >= 0))

    def _why(self) -> str | None:
        told = [decision for decision in self._decisions if decision.verdict == "stop-holder"]
        return self._names.shorten(told[0].sentence) if told else None


def _hopeless(expect: Expectation, truth: Measured, verdicts: Counter[str]) -> bool:
    """What has been done cannot be undone: no need to watch any longer."""
    return len(truth.stops) > expect.stops_max or any(
        verdict in verdicts for verdict in expect.verdicts_exclude
    )
