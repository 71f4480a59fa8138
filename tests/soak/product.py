"""The product as a schedule has it: its parts wired to the simulator, with a gate before every edge."""

from collections import deque
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from aws_lambda_powertools import Logger, Metrics

from rehearsal.ecs import Simulator
from tests.soak.around import Oddity
from tests.soak.edges import Edge, Gate
from tests.soak.rules import Kind
from tests.soak.truth import genuine
from tests.support.in_process import BalancersClient, EcsClient, LogsClient
from tests.support.memory_ledger import MemoryLedger
from tests.support.simulated_ecs import SERVICE
from unwedge.act.actor import Actor
from unwedge.controller import Controller
from unwedge.observe.observer import Observer
from unwedge.record.reporter import Reporter
from unwedge.signal.signals import Signal, Sweep, sweep_message
from unwedge.sweep import Sweeper

if TYPE_CHECKING:
    from tests.soak.world import SoakWorld

_LOGGER = Logger(service="soak", level="CRITICAL")
_METRICS = Metrics(namespace="Soak", service="soak")
_STRATEGIES = (Oddity.BLUE_GREEN, Oddity.LINEAR, Oddity.CANARY)


class Told(Reporter):
    """Keeps what the product says instead of logging it."""

    def __init__(self, world: "SoakWorld") -> None:
        super().__init__(_LOGGER, _METRICS)
        self._world = world

    def decided(self, decision: Any, situation: Any, *_: Any, **__: Any) -> None:
        """See Reporter."""
        self._world.decided(decision, situation.service_name)

    def ignored(self, signal: Signal, why: str) -> None:
        """See Reporter."""
        self._world.recorded(f"ignored: {why}")


class Logs(LogsClient):
    """Remembers whose genuine lock lines the product has read."""

    def get_log_events(self, **params: Any) -> Any:
        """See LogsClient."""
        answer = super().get_log_events(**params)
        world = cast("SoakWorld", self._world)
        for due, line in world.lines.get((params["logGroupName"], params["logStreamName"]), []):
            if due <= world.now and genuine(line):
                world.read.add(line.task_arn)
        return answer


class QuickSimulator(Simulator):
    """Reads are answered without the copy that protects the simulator: the product changes no answer, and
    copying was a third of a run."""

    def _answer(self, operation_name: str, params: Mapping[str, Any]) -> dict[str, Any]:
        if operation_name.startswith(("Describe", "List")):
            return self._operations[operation_name](params)
        return super()._answer(operation_name, params)


class LateIndexLedger(MemoryLedger):
    """DynamoDB answers reads of an index from a while ago; all others of the ledger are consistent."""

    def __init__(self, world: "SoakWorld") -> None:
        super().__init__()
        self._world = world
        self._before: deque[tuple[datetime, list[tuple[str, str]]]] = deque([(world.now, [])])

    def _write(self, record: Any) -> Any:
        written = super()._write(record)
        self._before.append((self._world.now, super().open_services()))
        return written

    def open_services(self) -> list[tuple[str, str]]:
        """See Ledger."""
        self.calls += 1
        late = max(
            (rule.seconds for rule in self._world.active if rule.kind is Kind.INDEX_STALE), default=0.0
        )
        since = self._world.now - timedelta(seconds=late)
        return next((found for at, found in reversed(self._before) if at <= since), [])


class Ecs(EcsClient):
    """Hands the world what is changed, and shows the deployment as unusual as the schedule has it."""

    def __init__(self, world: "SoakWorld") -> None:
        super().__init__(world.stage)
        self._world = world
        self._oddity = world.schedule.around.oddity

    def __getattr__(self, name: str) -> Any:
        real = super().__getattr__(name)
        if name == "update_service":
            return lambda **params: self._world.update(real, params)
        if name == "stop_task":
            return lambda **params: self._world.stop(real, params)
        if name in ("describe_services", "describe_service_deployments"):
            return lambda **params: self._shown(real(**params))
        return real

    def _shown(self, answer: dict[str, Any]) -> dict[str, Any]:
        """The answer with what the simulator does not play."""
        if "services" in answer:
            return {**answer, "services": [self._service(item) for item in answer["services"]]}
        if self._oddity is not Oddity.HOOK:
            return answer
        hook = {"lifecycleHookDetails": [{"status": "AWAITING_ACTION"}], "lifecycleStage": "PRE_SCALE_UP"}
        found = [
            {**item, **hook} if item["serviceArn"].endswith(f"/{SERVICE}") else item
            for item in answer["serviceDeployments"]
        ]
        return {**answer, "serviceDeployments": found}

    def _service(self, shown: dict[str, Any]) -> dict[str, Any]:
        if shown["serviceName"] != SERVICE:
            return shown
        if self._oddity in _STRATEGIES:
            configuration = {**shown["deploymentConfiguration"], "strategy": self._oddity.value}
            return {**shown, "deploymentConfiguration": configuration}
        return {**shown, "schedulingStrategy": "DAEMON"} if self._oddity is Oddity.DAEMON else shown


class Queue:
    """Messages to ourselves."""

    def __init__(self, world: "SoakWorld") -> None:
        self._world = world

    def schedule(self, signal: Signal, seconds: int) -> None:
        """See the product's queue."""
        self._world.deliveries.schedule_look(signal, seconds)

    def sweep(self, sweep: Sweep) -> None:
        """See the product's queue."""
        self._world.deliveries.send(sweep_message(sweep), 0)


def wired(world: "SoakWorld", gate: Gate) -> tuple[Controller, Sweeper]:
    """A new process of the product, which remembers nothing."""

    def edge(name: str, inner: object) -> Any:
        return Edge(name, inner, gate)

    ecs, kill_switch = edge("ecs", Ecs(world)), edge("switch", world.kill_switch)
    balancers = edge("balancers", BalancersClient(world.stage))
    observer = Observer(ecs, edge("logs", Logs(cast(Any, world))), world.settings, lambda: balancers)
    ledger, queue = edge("ledger", world.ledger), edge("queue", Queue(world))
    actor = Actor(ecs, observer, ledger, world.settings, kill_switch)
    controller = Controller(observer, actor, ledger, queue, Told(world), world.settings, kill_switch)
    return controller, Sweeper(ecs, ledger, queue, world.settings)
