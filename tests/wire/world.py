"""Many small services in one simulated ECS, each wedging itself, before the deployed app: one case each."""

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from rehearsal import stage
from rehearsal.cast import Cast
from rehearsal.decisions import Decision, FunctionLog, Remark
from rehearsal.ecs.launching import ContainerSpec, Program
from rehearsal.ecs.observations import EcsEvent
from rehearsal.programs import Script, ScriptedProgram, VirtualLock, init_container
from rehearsal.scenario import (
    Expectation,
    HealthCheck,
    Outcome,
    ProgramKind,
    Revision,
    Scenario,
    Service,
    ServiceStory,
    Step,
    StepKind,
    Volume,
)
from rehearsal.scripts import script_for
from rehearsal.show import Show
from rehearsal.wiring import Wiring
from rehearsal.workshop import Workshop

# Starts are as quick as Fargate's quickest, so that a case takes some ten real seconds.
_SCHEDULER = {
    "replacement": "newest-revision",
    "provisioning_seconds": [8, 10],
    "pending_seconds": [8, 12],
    "deprovisioning_seconds": [5, 6],
}
_CHECK = HealthCheck(interval=5, timeout=2, retries=3, start_period=10)
_LOOK_SECONDS = 0.1
_PEEK_SECONDS = 20  # virtual
Direct = Callable[[ContainerSpec, Revision], Script]


def _story(name: str) -> ServiceStory:
    # its name is in the cluster, the family and the log group too: whatever call is about it names it
    service = Service(
        name=name,
        cluster=name,
        health_check=_CHECK,
        init_container=False,
        volume=Volume(file_system=f"fs-{name}"),
    )
    store = Revision(program=ProgramKind.STORE)
    return ServiceStory(service=service, revisions=(store, store))


class World:
    """The services, what the app decided about each, and what is left in its queues."""

    def __init__(self, workshop: Workshop, names: Iterable[str], direct: Direct) -> None:
        self.workshop = workshop
        main, *others = [_story(name) for name in names]
        self._stories = {story.service.name: story for story in (main, *others)}
        expect = Expectation(outcome=Outcome.RECOVERED)
        scenario = Scenario(
            name="wire", title="", story="", main=main, others=tuple(others), steps=(), expect=expect,
            scheduler=_SCHEDULER,
        )  # fmt: skip
        locks, nothing = VirtualLock(), VirtualLock()

        def play(spec: ContainerSpec, revision: Revision, now: datetime) -> Program:
            return ScriptedProgram(direct(spec, revision), now, locks)

        cast = Cast(scenario, play, lambda spec, now: ScriptedProgram(init_container(), now, nothing))
        self.show = Show(scenario, cast, workshop.clock.now())
        self.show.raise_curtain()
        workshop.clear_queue()
        self._sqs.purge_queue(QueueUrl=workshop.deployment.output("DeadLetterQueueUrl"))
        self.show.go_live(workshop.clock, workshop.ecs)
        self.wiring = Wiring(self.show, workshop)
        self._unfiltered: list[Mapping[str, Any]] = []
        self._dead_bodies = ""
        self.decisions: list[Decision] = []
        self.remarks: list[Remark] = []
        self._log: FunctionLog = workshop.function_log()
        list(self._log.read())

    def close(self) -> None:
        """End the show; nothing is delivered any more."""
        self.wiring.close()
        self.show.end()

    def deploy(self, name: str) -> None:
        """The operator deploys revision 2, which wedges."""
        step = Step(at=0, do=StepKind.DEPLOY, revision=2)
        stage.api_step(self.show.call, self._stories[name], step, log_driver="awslogs")

    def service_of(self, name: str) -> Service:
        """A service as its owner configured it."""
        return self._stories[name].service

    def tag(self, name: str, mode: str) -> None:
        """Give a service another mode."""
        step = Step(at=0, do=StepKind.TAG, tags={"unwedge": mode})
        stage.api_step(self.show.call, self._stories[name], step, log_driver="awslogs")

    def scale_down(self, name: str) -> None:
        """The operator gives up: no task is wanted any more."""
        step = Step(at=0, do=StepKind.SCALE, desired_count=0)
        stage.api_step(self.show.call, self._stories[name], step, log_driver="awslogs")

    def past_the_rules(self) -> None:
        """From now on every ECS event goes into the queue, whatever the rules let through."""
        with self.show.lock:
            self.show.simulator.subscribe(
                lambda seen: self._unfiltered.append(seen.event) if isinstance(seen, EcsEvent) else None
            )

    # what came of it

    def until(self, done: Callable[[], bool], virtual_seconds: float) -> bool:
        """Watch until ``done`` holds; False when it does not within so long."""
        deadline = self.workshop.clock.now() + timedelta(seconds=virtual_seconds)
        while not (held := done()) and self.workshop.clock.now() < deadline:
            time.sleep(_LOOK_SECONDS)
            self.read_log()
        self.read_log()
        return held or done()

    def read_log(self) -> None:
        """Take up what the function logged; hand over what is to go past the rules."""
        while self._unfiltered:
            self.send(self._unfiltered.pop(0))
        for told in self._log.read():
            if isinstance(told, Decision):
                self.decisions.append(told)
            else:
                self.remarks.append(told)

    def verdicts(self, name: str) -> list[str]:
        """The verdicts on one service, in order."""
        return [decision.verdict for decision in self.about(name)]

    def about(self, name: str) -> list[Decision]:
        """The decisions on one service, in order."""
        return [decision for decision in self.decisions if decision.line.get("service") == name]

    @property
    def errors(self) -> list[str]:
        """Signals that the function could not handle, as its log says it."""
        return [remark.text for remark in self.remarks if remark.error]

    def stops(self, name: str) -> list[str]:
        """Tasks of one service that the app stopped."""
        return [stop.task_arn for stop in self.wiring.stops if f"/{name}/" in stop.task_arn]

    def service(self, name: str) -> dict[str, Any]:
        """The service as DescribeServices shows it."""
        found = self.show.call("DescribeServices", {"cluster": name, "services": [name]})
        service: dict[str, Any] = found["services"][0]
        return service

    def recovered(self, name: str, revision: int = 2) -> bool:
        """One task of the revision writes alone, and the rollout is COMPLETED: by ECS, not by the app."""
        with self.show.lock:
            primary = self.service(name)["deployments"][0]
            writers = [actor for actor in self.show.cast.writers() if actor.spec.service == name]
        ready = primary["rolloutState"] == "COMPLETED" and primary["taskDefinition"].endswith(f":{revision}")
        return ready and len(writers) == 1 and writers[0].spec.revision == revision

    def queued(self, output: str = "QueueUrl") -> int:
        """Messages in the queue: waiting, delayed or being handled."""
        kinds = ("", "NotVisible", "Delayed")
        names = [f"ApproximateNumberOfMessages{kind}" for kind in kinds]
        told = self._sqs.get_queue_attributes(
            QueueUrl=self.workshop.deployment.output(output), AttributeNames=names
        )["Attributes"]
        return sum(int(told[name]) for name in names)

    @property
    def dead_letters(self) -> int:
        """Messages in the dead-letter queue."""
        return self.queued("DeadLetterQueueUrl")

    def peek_dead_letters(self) -> str:
        """The bodies of all dead letters seen so far; the letters stay where they are."""
        url = self.workshop.deployment.output("DeadLetterQueueUrl")
        found = self._sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=_PEEK_SECONDS
        ).get("Messages", [])
        self._dead_bodies += "".join(message["Body"] for message in found)
        return self._dead_bodies

    def summary(self) -> str:
        """What became of each service, to be read when a test fails."""
        lines = [
            f"{name}: recovered={self.recovered(name)} stops={len(self.stops(name))} "
            + " ".join(f"{d.verdict}/{d.line['outcome']}/{d.line['signal']}" for d in self.about(name))
            for name in self._stories
        ]
        return "\n".join([*lines, f"queued {self.queued()}, dead {self.dead_letters}", *self.errors[-2:]])

    def redrive(self) -> int:
        """Send every dead letter to the queue again; returns how many.

        As StartMessageMoveTask does, which the emulator does not have.
        """
        dead = self.workshop.deployment.output("DeadLetterQueueUrl")
        moved = 0
        time.sleep(_PEEK_SECONDS / self.workshop.clock.speed)  # who peeked hid them for so long
        while found := self._sqs.receive_message(QueueUrl=dead, MaxNumberOfMessages=10).get("Messages"):
            for message in found:
                self.send(message["Body"])
                self._sqs.delete_message(QueueUrl=dead, ReceiptHandle=message["ReceiptHandle"])
                moved += 1
        return moved

    def send(self, message: object) -> None:
        """Put a message into the queue: text as it is, anything else as JSON."""
        body = message if isinstance(message, str) else json.dumps(message)
        self._sqs.send_message(QueueUrl=self.workshop.deployment.output("QueueUrl"), MessageBody=body)

    @property
    def _sqs(self) -> Any:
        return self.workshop.emulator.client("sqs")


@contextmanager
def a_world(workshop: Workshop, names: Iterable[str], direct: Direct = script_for) -> Iterator[World]:
    """A world with a service per name, each with revision 1 running; it ends with the block."""
    world = World(workshop, names, direct)
    try:
        yield world
    finally:
        world.close()


def metric_sum(workshop: Workshop, name: str) -> float:
    """All that the function has counted under one metric, from the metrics in its log."""
    logs, total = workshop.emulator.client("logs"), 0.0
    group = workshop.deployment.output("RemediatorLogGroup")
    for page in logs.get_paginator("filter_log_events").paginate(logGroupName=group):
        for event in page["events"]:
            if '"_aws"' in event["message"]:
                value = json.loads(event["message"]).get(name, 0)
                total += sum(value) if isinstance(value, list) else value
    return total


@contextmanager
def quick_retries(workshop: Workshop, seconds: int = 8) -> Iterator[None]:
    """What the function could not handle comes back after so many virtual seconds, within the block."""
    sqs, url = workshop.emulator.client("sqs"), workshop.deployment.output("QueueUrl")
    name = "VisibilityTimeout"
    usual = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"][name]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={name: str(seconds)})
    try:
        yield
    finally:
        sqs.set_queue_attributes(QueueUrl=url, Attributes={name: usual})
