"""Connects one simulated scenario with the deployed app: ECS calls, events and log lines."""

from collections.abc import Callable
from dataclasses import dataclass, field

from botocore.exceptions import ClientError

from rehearsal.aws.delivery import Delivered, EventDelivery
from rehearsal.aws.deployed_app import DeployedApp
from rehearsal.aws.discovery import Discovery
from rehearsal.aws.logs import Line, LogShipper
from rehearsal.ecs.observations import EcsEvent, Observation, StopCalled, TaskLog
from rehearsal.run.simulated_scenario import SimulatedScenario


@dataclass
class Wiring:
    """Between a simulated scenario and the deployed app; ``close`` it after use."""

    simulation: SimulatedScenario
    deployed: DeployedApp
    delivered: Callable[[Delivered], None] = lambda delivery: None
    stops: list[StopCalled] = field(default_factory=list)
    discovery: Discovery | None = None

    def __post_init__(self) -> None:
        scenario, deployed = self.simulation.scenario, self.deployed
        self._make_log_groups()
        self._delivery = EventDelivery(
            deployed.emulator,
            deployed.clock,
            faults=scenario.events,
            seed=scenario.seed,
            report=lambda delivery: self.delivered(delivery),
        )
        self._shipper = LogShipper(
            deployed.emulator, deployed.clock, faults=scenario.logs, seed=scenario.seed
        )
        with self.simulation.lock:
            self.simulation.simulator.open_sessions_with(deployed.sessions)
            if self.discovery:
                self.discovery.running(self.simulation.simulator.tasks())
            self.simulation.simulator.subscribe(self._observe)

    def _make_log_groups(self) -> None:
        """The owner's infrastructure code makes log groups; the log driver only makes streams."""
        for story in self.simulation.scenario.stories:
            try:
                self.deployed.emulator.client("logs").create_log_group(
                    logGroupName=f"/ecs/{story.service.name}/prometheus"
                )
            except ClientError as error:
                if error.response["Error"]["Code"] != "ResourceAlreadyExistsException":
                    raise

    def _observe(self, observation: Observation) -> None:
        match observation:
            case EcsEvent(at=at, event=event):
                self._delivery.send(at, event)
                if self.discovery:
                    self.discovery.observe(event)
            case TaskLog(at=at, log_group=str(group), log_stream=str(stream), message=message):
                self._shipper.ship(Line(at, group, stream, message))
            case StopCalled(caller=str()):
                self.stops.append(observation)
            case _:
                pass

    @property
    def problems(self) -> list[str]:
        """What failed in the rehearsal's own machinery."""
        found = self.discovery.failures if self.discovery else []
        return [*self._delivery.failures, *self._shipper.failures, *found]

    def close(self) -> None:
        """Deliver and ship nothing more."""
        self._delivery.stop()
        self._shipper.stop()
