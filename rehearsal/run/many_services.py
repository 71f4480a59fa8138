"""Many small services in one simulated ECS before the deployed app: one case each, all at the same time."""

import time
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from rehearsal.aws.deployed_app import DeployedApp
from rehearsal.aws.function_log import Decision, FunctionLog, Remark
from rehearsal.ecs.launching import ContainerSpec, Program
from rehearsal.programs.launcher import ProgramLauncher
from rehearsal.programs.scripted import Script, ScriptedProgram, VirtualLock, init_container
from rehearsal.programs.scripts import script_for
from rehearsal.run.simulated_scenario import SimulatedScenario
from rehearsal.run.wiring import Wiring
from rehearsal.scenario import services
from rehearsal.scenario.model import (
    DescribedService,
    Expectation,
    HealthCheck,
    Outcome,
    ProgramKind,
    Revision,
    Scenario,
    Service,
    Step,
    StepKind,
    Volume,
)

# Starts are as quick as Fargate's quickest, so that a case takes some ten real seconds at speed 10.
QUICK: Mapping[str, Any] = {
    "replacement": "newest-revision",
    "provisioning_seconds": [8, 10],
    "pending_seconds": [8, 12],
    "deprovisioning_seconds": [5, 6],
}
_CHECK = HealthCheck(interval=5, timeout=2, retries=3, start_period=10)
_LOOK_SECONDS = 0.25
Direct = Callable[[ContainerSpec, Revision], Script]


def a_service(name: str, *, second: Revision | None = None, tag: str = "enforce") -> DescribedService:
    """A service that wedges itself with its second revision, unless that one is another."""
    # its name is in the cluster, the family and the log group too: whatever call is about it names it
    service = Service(
        name=name,
        cluster=name,
        health_check=_CHECK,
        init_container=False,
        # Scripted programs have no endpoints to ask.
        tags={"unwedge": tag, "unwedge:endpoints": "off"},
        volume=Volume(file_system=f"fs-{name}"),
    )
    store = Revision(program=ProgramKind.STORE)
    return DescribedService(service=service, revisions=(store, second or store))


class ManyServices:
    """The services, and what the app decided about each. ``close`` it after use."""

    def __init__(
        self,
        deployed: DeployedApp,
        stories: Iterable[DescribedService],
        direct: Direct = script_for,
        scheduler: Mapping[str, Any] = QUICK,
    ) -> None:
        self.deployed = deployed
        main, *others = stories
        self._stories = {story.service.name: story for story in (main, *others)}
        expect = Expectation(outcome=Outcome.RECOVERED)
        scenario = Scenario(
            name="world", title="", story="", main=main, others=tuple(others), steps=(), expect=expect,
            scheduler=scheduler,
        )  # fmt: skip
        locks, nothing = VirtualLock(), VirtualLock()

        def play(spec: ContainerSpec, revision: Revision, now: datetime) -> Program:
            return ScriptedProgram(direct(spec, revision), now, locks)

        launcher = ProgramLauncher(
            scenario, play, lambda spec, now: ScriptedProgram(init_container(), now, nothing)
        )
        self.simulation = SimulatedScenario(scenario, launcher, deployed.clock.now())
        self.simulation.start()
        deployed.clear_queues()
        self.simulation.go_live(deployed.clock, deployed.ecs)
        self.wiring = Wiring(self.simulation, deployed)
        self.decisions: list[Decision] = []
        self.remarks: list[Remark] = []
        self._log: FunctionLog = deployed.function_log()
        list(self._log.read())

    def close(self) -> None:
        """End it; nothing is delivered any more."""
        self.wiring.close()
        self.simulation.end()

    def deploy(self, name: str, *, log_driver: str = "awslogs") -> None:
        """The operator deploys revision 2."""
        self._step(name, Step(at=0, do=StepKind.DEPLOY, revision=2), log_driver)

    def service_of(self, name: str) -> Service:
        """A service as its owner configured it."""
        return self._stories[name].service

    def tag(self, name: str, mode: str) -> None:
        """Give a service another mode."""
        self._step(name, Step(at=0, do=StepKind.TAG, tags={"unwedge": mode}))

    def scale_down(self, name: str) -> None:
        """The operator gives up: no task is wanted any more."""
        self._step(name, Step(at=0, do=StepKind.SCALE, desired_count=0))

    def _step(self, name: str, step: Step, log_driver: str = "awslogs") -> None:
        services.api_step(self.simulation.call, self._stories[name], step, log_driver=log_driver)

    # what came of it

    def until(self, done: Callable[[], bool], virtual_seconds: float) -> bool:
        """Watch until ``done`` holds; False when it does not within so long."""
        deadline = self.deployed.clock.now() + timedelta(seconds=virtual_seconds)
        while not (held := done()) and self.deployed.clock.now() < deadline:
            time.sleep(_LOOK_SECONDS)
            self.read_log()
        self.read_log()
        return held or done()

    def read_log(self) -> None:
        """Take up what the function logged."""
        for told in self._log.read():
            if isinstance(told, Decision):
                self.decisions.append(told)
            elif isinstance(told, Remark):
                self.remarks.append(told)

    def verdicts(self, name: str) -> list[str]:
        """The verdicts on one service, in order."""
        return [decision.verdict for decision in self.about(name)]

    def about(self, name: str) -> list[Decision]:
        """The decisions on one service, in order."""
        return [decision for decision in self.decisions if decision.line.get("service") == name]

    def stops(self, name: str) -> list[str]:
        """Tasks of one service that the app stopped."""
        return [stop.task_arn for stop in self.wiring.stops if f"/{name}/" in stop.task_arn]

    def service(self, name: str) -> dict[str, Any]:
        """The service as DescribeServices shows it."""
        found = self.simulation.call("DescribeServices", {"cluster": name, "services": [name]})
        service: dict[str, Any] = found["services"][0]
        return service

    def recovered(self, name: str, revision: int = 2) -> bool:
        """One task of the revision writes alone, and the rollout is COMPLETED: by ECS, not by the app."""
        with self.simulation.lock:
            primary = self.service(name)["deployments"][0]
            writers = [
                program for program in self.simulation.launcher.writers() if program.spec.service == name
            ]
        ready = primary["rolloutState"] == "COMPLETED" and primary["taskDefinition"].endswith(f":{revision}")
        return ready and len(writers) == 1 and writers[0].spec.revision == revision
