"""One simulated ECS with one scenario: its services and its steps."""

import threading
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from rehearsal.clockwork.clock import Clock
from rehearsal.ecs.options import Replacement, Rollback, SchedulerOptions, StopOfStopped, Throttling
from rehearsal.ecs.records import ServiceRecord, TaskRecord
from rehearsal.ecs.simulator import Simulator
from rehearsal.ecs.wire import EcsServer
from rehearsal.programs.launcher import ProgramLauncher
from rehearsal.scenario import services
from rehearsal.scenario.model import Scenario, Step, StepKind

_ENUMS: Mapping[str, type[StrEnum]] = {
    "replacement": Replacement,
    "throttling": Throttling,
    "stop_of_stopped": StopOfStopped,
    "rollback": Rollback,
}
_REAL_PATIENCE_SECONDS = 20.0
_LOOK_SECONDS = 0.05


class ScenarioError(Exception):
    """The scenario's first revision did not come up, or a step has nothing to act on."""


def scheduler_options(scenario: Scenario) -> SchedulerOptions:
    """The scheduler settings of a scenario file as the simulator's options."""
    settings: dict[str, Any] = dict(scenario.scheduler)
    for name, value in settings.items():
        if name in _ENUMS:
            settings[name] = _ENUMS[name](value)
        if isinstance(value, list):
            settings[name] = (float(value[0]), float(value[1]))
    return SchedulerOptions(seed=scenario.seed, **settings)


class SimulatedScenario:
    """Plays a scenario in a simulated ECS: by hand with ``advance``, or live on a clock after ``go_live``.

    ``lock`` guards the simulator, which is single-threaded. ``failures`` collects what went wrong inside.
    """

    def __init__(self, scenario: Scenario, launcher: ProgramLauncher, now: datetime) -> None:
        self.scenario = scenario
        self.launcher = launcher
        self.lock: AbstractContextManager[object] = threading.RLock()
        self.failures: list[str] = []
        self._own_server: EcsServer | None = None
        self.simulator = Simulator(start=now, options=scheduler_options(scenario), launcher=launcher)

    def go_live(self, clock: Clock, server: EcsServer | None = None) -> None:
        """From now on time passes by itself, and API calls over HTTP are answered: by ``server`` if given."""
        if server is None:
            self._own_server = EcsServer(self.simulator, lock=self.lock, clock=clock)
            self.failures = self._own_server.failures
            return
        with server.lock:
            self.lock = server.lock
            self.failures = server.failures
            self.failures.clear()
            server.simulator = self.simulator

    def call(self, operation: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        """One API call, as the operator; raises ApiError."""
        with self.lock:
            return self.simulator.call(operation, params)

    def advance(self, now: datetime) -> None:
        """Bring the simulated ECS up to ``now``."""
        with self.lock:
            self.simulator.advance(now)

    def start(self, registries: Mapping[str, str] | None = None) -> None:
        """Create the services as if they had been running for a day, and wait for their programs.
        ``registries`` are the ARNs of their Cloud Map services by name.

        Raises ShowError when a program does not come up.
        """
        with self.lock:
            for story in self.scenario.stories:
                services.create(
                    self.call,
                    self.simulator.create_running_service,
                    story,
                    log_driver=self.scenario.log_driver,
                    registry=(registries or {}).get(story.service.name),
                )
        deadline = time.monotonic() + _REAL_PATIENCE_SECONDS
        while not all(program.healthy(self.simulator.now) for program in self.launcher.launched):
            if time.monotonic() > deadline:
                raise ScenarioError(self._complaint())
            time.sleep(_LOOK_SECONDS)
            self.advance(self.simulator.now + timedelta(seconds=_LOOK_SECONDS))
        self.launcher.opening = False

    def _complaint(self) -> str:
        ill = next(program for program in self.launcher.launched if not program.healthy(self.simulator.now))
        said = "; ".join(line for _, line in ill.said[-3:]) or "nothing"
        return f"The first revision of {ill.spec.service} did not come up. It printed last: {said}"

    def perform(self, step: Step) -> str:
        """Do one step of the scenario; returns what was done, in words."""
        story = self.scenario.main
        with self.lock:
            match step.do:
                case StepKind.STOP_TASK:
                    task = self._running_task()
                    cluster = story.service.cluster
                    self.call("StopTask", {"cluster": cluster, "task": task.arn, "reason": "stopped by hand"})
                    return f"stops {task.arn} by hand"
                case StepKind.RETIRE_TASK:
                    task = self._running_task()
                    self.simulator.retire_task(task.arn)
                    return f"AWS retires {task.arn}"
                case StepKind.MAKE_UNHEALTHY:
                    task = self._running_task()
                    self.simulator.make_unhealthy(task.arn)
                    return f"{task.arn} fails its health check from now on, and keeps running"
                case _:
                    return services.api_step(self.call, story, step, log_driver=self.scenario.log_driver)

    def _running_task(self) -> TaskRecord:
        running = [task for task in self.main.tasks if task.alive and task.last_status == "RUNNING"]
        if not running:
            raise ScenarioError("A step needs a running task, and there is none.")
        return running[0]

    @property
    def main(self) -> ServiceRecord:
        """The deployed service."""
        return self.service(self.scenario.service.name)

    def service(self, name: str) -> ServiceRecord:
        """One of the scenario's services."""
        return next(service for service in self.simulator.services() if service.name == name)

    def end(self) -> None:
        """Stop the time and kill every program."""
        if self._own_server:
            self._own_server.close()
        with self.lock:
            self.simulator.shut_down()
