"""One rehearsal with an outcome of every kind, for tests that look at all that the deployed app emits."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from rehearsal.aws.deployed_app import CHECKS, DeployedApp
from rehearsal.aws.emulator import ACCOUNT, REGION
from rehearsal.ecs.launching import ContainerSpec
from rehearsal.ecs.options import ExecFault
from rehearsal.programs.scripted import LOCK_HELD, Script
from rehearsal.programs.scripts import script_for
from rehearsal.run.operators import invoke_approver, operate
from rehearsal.scenario.model import ProgramKind, Revision, Step, StepKind
from tests.support.fault_proxy import Interceptor
from tests.support.faults import Fault, FaultKind
from tests.wire.world import ManyServices, a_world, metric_sum
from unwedge.model.verification import VerificationCause
from unwedge.posture.requests import Cluster
from unwedge.posture.requests import message_of as audit_message_of
from unwedge.verify.requests import Request, message_of

SCHEDULED = {"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}}
LONG = 900.0
SERVICES = (
    "recovers",
    "watched",
    "asked",
    "unread",
    "breaks",
    "nobody",
    "drains",
)
# Verdicts that must come up, each with what must come of it.
NOTHING = "nothing-to-do"
WANTED = {
    ("stop-holder", "stopped"),
    ("recovered", NOTHING),
    ("would-stop", NOTHING),
    ("approval-needed", NOTHING),
    ("rejected", NOTHING),
    ("cannot-verify", NOTHING),
    ("nothing-runs", NOTHING),
    ("roll-back", "updated"),
    ("drain-service", "updated"),
    ("restore-service", "updated"),
}


def rehearse_everything(deployed: DeployedApp, interceptor: Interceptor) -> None:
    """Play it to its end. Raises AssertionError, saying what became of each service, when it has none."""
    director = _Director(interceptor)
    with _one_stop_each(deployed), a_world(deployed, SERVICES, director) as world:
        director.world = world
        _visits_of_all_kinds(deployed)
        _signals_of_all_kinds(world, interceptor)
        _verifications_of_all_kinds(world, interceptor)
        _audits_of_all_kinds(world)
        _outcomes_of_all_kinds(world, interceptor)
        assert world.until(lambda: _verified(deployed), LONG)
        interceptor.lift()
        assert not world.wiring.problems


@contextmanager
def _one_stop_each(deployed: DeployedApp) -> Iterator[None]:
    """One stop for each incident, so that the next one is a drain."""
    functions, name = (
        deployed.emulator.client("lambda"),
        deployed.deployment.output("RemediatorFunction"),
    )
    usual = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    less = usual | {"UNWEDGE_STOPS_PER_INCIDENT": "1"}
    functions.update_function_configuration(FunctionName=name, Environment={"Variables": less})
    deployed.warm_up()
    try:
        yield
    finally:
        functions.update_function_configuration(FunctionName=name, Environment={"Variables": usual})
        deployed.warm_up()


class _Director:
    """Says what the programs do, by what the app has done: no step is too late on a busy machine."""

    def __init__(self, interceptor: Interceptor) -> None:
        self._interceptor = interceptor
        self.world: ManyServices | None = None

    def __call__(self, spec: ContainerSpec, revision: Revision) -> Script:
        """The script of one start."""
        script = script_for(spec, revision)
        match spec.service, spec.revision:
            case "breaks", 2:
                return script_for(spec, replace(revision, program=ProgramKind.BROKEN_STORE))
            case "nobody", 2:
                return self._fails_and_is_not_started_again(spec.service)
            case "drains", _ if self._called(spec.service) == {"ecs:StopTask"}:
                # the task after the stop becomes unhealthy too, the one after the drain does not
                return replace(script, unhealthy_after=5.0)
        return script

    def _fails_and_is_not_started_again(self, service: str) -> Script:
        """It never gets the lock, though it is free, and after the stop ECS starts no other: no capacity."""
        if self._called(service) and self.world:
            self.world.simulation.service(service).primary.frozen = True
        return Script(exit_after=0.2, exit_code=1, last_words=(LOCK_HELD,))

    def _called(self, service: str) -> set[str]:
        """How the app has changed a service."""
        calls = [call for call in self._interceptor.calls if service in str(call.params)]
        return {call.operation for call in calls} & {"ecs:StopTask", "ecs:UpdateService"}


def _visits_of_all_kinds(deployed: DeployedApp) -> None:
    """People look, turn the kill switch and answer what nobody asked; the stream brings what is no
    decision."""
    invoke_approver(deployed, {"kill_switch": "resume", "by": "somebody", "reason": "to see what is logged"})
    invoke_approver(deployed, {"answer": "perhaps"})
    functions, output = deployed.emulator.client("lambda"), deployed.deployment.output
    functions.invoke(FunctionName=output("ViewerFunction"), Payload=json.dumps({"view": "now"}).encode())
    damaged = {"Records": [{"eventID": "1", "dynamodb": {}}]}
    functions.invoke(FunctionName=output("NotifierFunction"), Payload=json.dumps(damaged).encode())


def _signals_of_all_kinds(world: ManyServices, interceptor: Interceptor) -> None:
    """Refused, swept, not swept, failed and retried."""
    world.send("no JSON")
    for operation in ("ecs:ListClusters", "dynamodb:Query"):
        fault = interceptor.inject(Fault(operation=operation, kind=FaultKind.DENIED, times=1))
        world.send(SCHEDULED)
        assert world.until(lambda fault=fault: fault.fired == 1, LONG)  # type: ignore[misc]
    world.send(SCHEDULED)


def _verifications_of_all_kinds(world: ManyServices, interceptor: Interceptor) -> None:
    """Refused, nobody's, denied, put off, and one that fails: the agent of `watched` is stopped."""
    cluster = world.service_of("watched").cluster
    arn = f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/{cluster}"
    queue = world.deployed.deployment.output(CHECKS)
    interceptor.inject(
        Fault(operation="ecs:DescribeServices", kind=FaultKind.DENIED, about="verify-denied", times=1)
    )
    with world.simulation.lock:
        world.simulation.simulator.break_exec("watched", ExecFault.AGENT_STOPPED)
    for name in ("verify-nobody", "verify-denied", "watched"):
        request = Request(arn, name, VerificationCause.ASKED)
        world.deployed.emulator.client("sqs").send_message(QueueUrl=queue, MessageBody=message_of(request))
    world.deployed.emulator.client("sqs").send_message(QueueUrl=queue, MessageBody="no JSON")


def _audits_of_all_kinds(world: ManyServices) -> None:
    """On the schedule, and of a cluster that is not there."""
    queue = world.deployed.deployment.output("AuditQueueUrl")
    nowhere = Cluster(f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/nowhere")
    for body in (json.dumps(SCHEDULED), audit_message_of(nowhere)):
        world.deployed.emulator.client("sqs").send_message(QueueUrl=queue, MessageBody=body)


def _verified(deployed: DeployedApp) -> bool:
    """Whether a verification failed, and one was not made."""
    counted = ("VerificationsFailed", "VerificationsNotMade")
    return all(metric_sum(deployed, name, "VerifierLogGroup") for name in counted)


def _outcomes_of_all_kinds(world: ManyServices, interceptor: Interceptor) -> None:
    interceptor.inject(Fault(operation="logs:GetLogEvents", kind=FaultKind.DENIED, about="unread"))
    interceptor.inject(
        Fault(operation="dynamodb:GetItem", kind=FaultKind.DENIED, about="notification#", times=1)
    )
    world.tag("watched", "observe")
    world.tag("asked", "approve")
    for name in SERVICES:
        if name == "drains":
            with world.simulation.lock:
                world.simulation.simulator.make_unhealthy(_writer(world, name))
        else:
            world.deploy(name)
    assert world.until(lambda: "approval-needed" in world.verdicts("asked"), LONG), world.summary()
    operate(world.deployed, world.service_of("asked"), Step(at=0, do=StepKind.REJECT))
    assert world.until(lambda: _missing(world) == set(), LONG), f"{_missing(world)}\n{world.summary()}"


def _missing(world: ManyServices) -> set[tuple[str, str]]:
    return WANTED - {(decision.verdict, decision.line["outcome"]) for decision in world.decisions}


def _writer(world: ManyServices, name: str) -> str:
    """The task of a service that holds the lock."""
    (program,) = [program for program in world.simulation.launcher.writers() if program.spec.service == name]
    return program.spec.task_arn
