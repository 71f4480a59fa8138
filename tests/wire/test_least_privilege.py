"""IAM enforced on the functions' own roles as deployed: enough, nothing to spare, and nothing outside.

In one file because one worker then deploys once for all roles: the emulator with IAM takes as long to start
as the tests of a role.
"""

import functools
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import boto3
import pytest
from botocore.exceptions import ClientError

from infra.permissions.names import LOGGING_ACTIONS
from rehearsal.aws.deploy import CdkApp
from rehearsal.aws.deployed_app import CHECKS, DeployedApp, open_deployed_app
from rehearsal.aws.emulator import ACCOUNT, REGION
from rehearsal.ecs.launching import ContainerSpec
from rehearsal.ecs.options import ExecFault
from rehearsal.programs.scripted import Script
from rehearsal.programs.scripts import script_for
from rehearsal.programs.sessions.agent import SessionFault
from rehearsal.run.operators import operate
from rehearsal.run.run import Rehearsed, rehearse_in
from rehearsal.scenario import loading
from rehearsal.scenario.model import ProgramKind, Revision, Step, StepKind
from tests.support.fault_proxy import Interceptor
from tests.support.markup import Markup
from tests.wire.conftest import SPEED, unlimited
from tests.wire.iam import (
    AccessSimulator,
    EcsGuard,
    Request,
    Role,
    ecs_requests,
    requests_of,
    requests_of_lambda,
    without,
)
from tests.wire.test_faults import BALANCING
from tests.wire.world import ManyServices, a_world, metric_sum
from unwedge.model.verification import VerificationCause
from unwedge.verify.requests import Request as VerifyRequest
from unwedge.verify.requests import message_of

# The real incident plays in the first; the others wedge without one of the permissions.
WATCHED = (
    "dev-metrics-cluster",
    "without-stop",
    "without-logs",
    "without-ledger",
    "breaks",
    "asks",
    "asks-without-stop",
    "asks-and-breaks",
    "repairs",
)
OUTSIDE = "outside"
LONG = 900.0


@dataclass
class Guarded:
    """The app in an emulator that enforces IAM, and all that IAM was asked."""

    deployed: DeployedApp
    interceptor: Interceptor
    role: Role
    approver: Role
    notifier: Role
    viewer: Role
    verifier: Role
    auditor: Role
    mender: Role
    simulator: AccessSimulator
    guard: EcsGuard
    incident: Rehearsed
    held: set[str] = field(default_factory=set)

    def spare(self, role: Role, requests: set[Request] | None = None) -> set[str]:
        """The actions of a role whose absence denies none of these requests, or of its own. All of them it
        allows."""
        asked = self.requests(role) if requests is None else requests
        assert [request for request in asked if not self.simulator.allows(role.policies, request)] == []
        return {
            action
            for action in role.actions
            if all(
                self.simulator.allows(without(role.policies, action), request)
                for request in asked
                if request.action == action
            )
        }

    def requests(self, role: Role) -> set[Request]:
        """What IAM was asked so far in a function's name."""
        calls = [call for call in self.interceptor.calls if call.caller in role.keys]
        return requests_of(calls) | requests_of_lambda(role)


def _once(rehearsal: Callable[[Guarded], None]) -> Callable[[Guarded], None]:
    """A rehearsal that several tests build on: held by whichever of them comes first, in any order."""

    @functools.wraps(rehearsal)
    def hold(guarded: Guarded) -> None:
        if rehearsal.__name__ not in guarded.held:
            rehearsal(guarded)
            guarded.held.add(rehearsal.__name__)

    return hold


def _cluster(name: str) -> str:
    return f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/{name}"


def _app() -> CdkApp:
    clusters = [_cluster(name) for name in WATCHED]
    settings = {
        "mode": "enforce",
        "clusters": clusters,
        "whenBroken": "rollback",
        "execClusters": clusters[:1],
        "repairs": True,
    }
    command = "python tests/wire/root_credentials_app.py"
    return CdkApp(command=command, context=(("unwedge", json.dumps(settings)),))


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    """The real incident, rehearsed under IAM; tests here change the role for a while and put it back."""
    log_file = tmp_path_factory.mktemp("emulator") / "emulator.log"
    with (
        Interceptor() as interceptor,
        AccessSimulator() as simulator,
        open_deployed_app(
            SPEED, app=_app(), log_file=log_file, interceptor=interceptor, auth=True
        ) as deployed,
    ):
        unlimited(deployed)
        role, approver = Role(deployed), Role(deployed, "ApproverFunction")
        notifier, viewer = Role(deployed, "NotifierFunction"), Role(deployed, "ViewerFunction")
        verifier = Role(deployed, "VerifierFunction")
        auditor, mender = Role(deployed, "AuditorFunction"), Role(deployed, "MenderFunction")
        guard = EcsGuard(simulator, (role, approver, verifier, auditor, mender))
        deployed.ecs.before_call = guard
        incident = rehearse_in(deployed, loading.load("real-incident"), console=None)
        yield Guarded(
            deployed,
            interceptor,
            role,
            approver,
            notifier,
            viewer,
            verifier,
            auditor,
            mender,
            simulator,
            guard,
            incident,
        )


def _the_incident_is_told(guarded: Guarded) -> None:
    """Its stop and its recovery, moments after they were recorded."""
    deadline = time.monotonic() + 20
    while metric_sum(guarded.deployed, "Notifications", "NotifierLogGroup") < 2:
        assert time.monotonic() < deadline, "the incident was not told"
        time.sleep(0.1)


def test_the_real_incident_passes_with_iam_enforced(guarded: Guarded) -> None:
    """The role as deployed is enough: nothing was denied, and every call was signed by it."""
    result = guarded.incident.result

    assert not result.unmet, result.to_json()
    assert not result.problems
    assert guarded.guard.denied == []
    _the_incident_is_told(guarded)
    callers = {call.caller for call in guarded.interceptor.calls}
    assert callers == guarded.role.keys | guarded.notifier.keys | guarded.verifier.keys | guarded.auditor.keys
    assert metric_sum(guarded.deployed, "NotificationsFailed", "NotifierLogGroup") == 0


@_once
def _a_stop_is_denied(guarded: Guarded) -> None:
    name = "without-stop"
    with guarded.role.lacking("ecs:StopTask"), a_world(guarded.deployed, [name]) as world:
        world.deploy(name)
        denied = world.until(lambda: any(d.line["outcome"] == "denied" for d in world.about(name)), LONG)
        assert denied, world.summary()
        assert any("ecs:StopTask" in str(d.line["outcome_sentence"]) for d in world.about(name))
        assert world.stops(name) == []


def test_without_the_permission_to_stop_an_incident_is_escalated_and_says_which_one_is_missing(
    guarded: Guarded,
) -> None:
    """The stop is denied, nothing stops, and the record names the action to grant."""
    _a_stop_is_denied(guarded)


def test_without_the_permission_to_read_logs_nothing_is_stopped_and_it_says_cannot_verify(
    guarded: Guarded,
) -> None:
    """The emulator's own IAM refuses GetLogEvents; without evidence there is no stop."""
    name = "without-logs"
    with guarded.role.lacking("logs:GetLogEvents"), a_world(guarded.deployed, [name]) as world:
        world.deploy(name)
        assert world.until(lambda: "cannot-verify" in world.verdicts(name), LONG), world.summary()
        assert world.stops(name) == []


def test_without_the_permission_to_write_the_ledger_nothing_is_stopped_and_the_queue_keeps_the_signal(
    guarded: Guarded,
) -> None:
    """What cannot be claimed is not stopped."""
    name = "without-ledger"
    with guarded.role.lacking("dynamodb:PutItem"), a_world(guarded.deployed, [name]) as world:
        world.deploy(name)
        assert world.until(lambda: bool(world.errors), LONG), world.summary()
        assert world.stops(name) == []
        assert world.queued() + world.dead_letters > 0


def _breaking(spec: ContainerSpec, revision: Revision) -> Script:
    """Revision 2 of a service that `breaks` dies once it has the lock."""
    broken = spec.revision == 2 and "breaks" in spec.service
    return script_for(spec, replace(revision, program=ProgramKind.BROKEN_STORE) if broken else revision)


@_once
def _a_rollback_and_a_sweep(guarded: Guarded) -> None:
    with a_world(guarded.deployed, ["breaks"], _breaking) as world:
        swept = metric_sum(guarded.deployed, "Sweeps")
        world.send({"source": "aws.events", "detail-type": "Scheduled Event"})
        world.deploy("breaks")
        assert world.until(lambda: "recovered" in world.verdicts("breaks"), LONG), world.summary()
        assert world.recovered("breaks", 1)
        assert world.until(lambda: metric_sum(guarded.deployed, "Sweeps") > swept, LONG)


@pytest.mark.all_scenarios
def test_a_rollback_and_a_sweep_pass_with_iam_enforced(guarded: Guarded) -> None:
    """Both need actions of their own."""
    _a_rollback_and_a_sweep(guarded)


def _answer(guarded: Guarded, world: ManyServices, name: str, *questions: str) -> None:
    """Approve what the service asks, once it asks about a subject that begins so."""
    service = world.service_of(name)
    for kind in questions:

        def asks(kind: str = kind) -> bool:
            told = world.about(name)
            return any(d.verdict == "approval-needed" and f":{kind}/" in str(d.line["request"]) for d in told)

        assert world.until(asks, LONG), world.summary()
        reply = operate(guarded.deployed, service, Step(at=0, do=StepKind.APPROVE))
        assert "Approved" in reply, reply


@_once
def _answers(guarded: Guarded) -> None:
    with a_world(guarded.deployed, ["asks", "asks-and-breaks"], _breaking) as world:
        for name in ("asks", "asks-and-breaks"):
            world.tag(name, "approve")
            world.deploy(name)
        _answer(guarded, world, "asks", "task")
        _answer(guarded, world, "asks-and-breaks", "task", "task-definition")
        done = world.until(lambda: world.recovered("asks") and world.recovered("asks-and-breaks", 1), LONG)
        assert done, world.summary()
    name = "asks-without-stop"
    lacking = (guarded.role.lacking("ecs:StopTask"), guarded.approver.lacking("ecs:StopTask"))
    with lacking[0], lacking[1], a_world(guarded.deployed, [name]) as world:
        world.tag(name, "approve")
        world.deploy(name)
        _answer(guarded, world, name, "task")
        denied = world.until(lambda: any(d.line["outcome"] == "denied" for d in world.about(name)), LONG)
        assert denied, world.summary()
        assert world.stops(name) == []


@pytest.mark.all_scenarios
def test_answers_pass_with_iam_enforced_on_the_approvers_own_role(guarded: Guarded) -> None:
    """A stop, a rollback, and a stop that is denied and gives its claim back."""
    _answers(guarded)


def _pressed(guarded: Guarded, function: str, **event: object) -> Markup:
    """What a widget shows when CloudWatch invokes a function with these parameters."""
    own = guarded.deployed.deployment.output("Dashboard")
    widget = {**event, "widgetContext": {"dashboardName": own, "theme": "light"}}
    answered = guarded.deployed.emulator.client("lambda").invoke(
        FunctionName=guarded.deployed.deployment.output(function), Payload=json.dumps(widget).encode()
    )
    body = answered["Payload"].read()
    assert not answered.get("FunctionError"), body
    made = Markup(json.loads(body))
    assert made.faults == []
    return made


@_once
def _the_switch_is_turned(guarded: Guarded) -> None:
    assert "is paused by" in _pressed(guarded, "ApproverFunction", kill_switch="pause").text
    now = _pressed(guarded, "ViewerFunction", view="now")
    (resume,) = [sent for _, sent in now.actions if sent.get("kill_switch") == "resume"]
    assert "runs again" in _pressed(guarded, "ApproverFunction", **resume).text


def test_the_kill_switch_can_be_turned_from_the_dashboard_with_iam_enforced(guarded: Guarded) -> None:
    """Paused, seen to be paused, and resumed."""
    _the_switch_is_turned(guarded)


def test_the_viewers_role_is_enough_and_taking_away_any_action_hides_something(guarded: Guarded) -> None:
    """Every view of the real incident; what cannot be read is said, never shown as empty."""
    present = _pressed(guarded, "ViewerFunction", view="now").text
    assert "Unwedge is running" in present
    assert not any(f"cannot be {seen}" in present for seen in ("read", "counted", "shown"))
    decisions = _pressed(guarded, "ViewerFunction", view="decisions")
    (first, *_) = decisions.calls("decision")
    assert "Gates in order" in _pressed(guarded, "ViewerFunction", **first).text
    assert "Gates in order" in _pressed(guarded, "ViewerFunction", view="incident", pk=first["pk"]).text

    role, simulator = guarded.viewer, guarded.simulator
    asked = guarded.requests(role)
    assert [request for request in asked if not simulator.allows(role.policies, request)] == []
    for action in sorted(role.actions - set(LOGGING_ACTIONS)):
        reduced = without(role.policies, action)
        assert any(not simulator.allows(reduced, item) for item in asked if item.action == action), action
    for action, told in (
        ("dynamodb:Query", "cannot be shown"),
        ("ssm:GetParameter", "cannot be read"),
        ("cloudwatch:DescribeAlarms", "Alarms cannot be read"),
        ("secretsmanager:GetSecretValue", "Unwedge is running"),
    ):
        with role.lacking(action):
            assert told in _pressed(guarded, "ViewerFunction", view="now").text


@pytest.mark.all_scenarios
@pytest.mark.parametrize("which", ["role", "approver"])
def test_taking_away_any_single_action_denies_a_call_that_was_made(guarded: Guarded, which: str) -> None:
    """No action of a role is to spare: each one's absence denies a call of the rehearsals above.

    A stop that was denied gives its claim back, which is what DeleteItem is for. Which of the two functions
    acts after an approval is a matter of timing, and the code is the same: calls that both may make count
    for both. No service of the emulator is behind a load balancer.
    """
    for rehearsal in (_a_stop_is_denied, _a_rollback_and_a_sweep, _answers, _the_switch_is_turned):
        rehearsal(guarded)
    role, simulator = getattr(guarded, which), guarded.simulator
    theirs = guarded.requests(guarded.role if which == "approver" else guarded.approver)
    asked = guarded.requests(role) | {item for item in theirs if simulator.allows(role.policies, item)}
    assert guarded.spare(role, asked) == BALANCING


def test_the_notifiers_role_is_enough_and_taking_away_any_action_denies_a_call_that_was_made(
    guarded: Guarded,
) -> None:
    """The real incident was told with it. Whatever else it asked for is allowed too."""
    _the_incident_is_told(guarded)
    assert guarded.spare(guarded.notifier) == set()


def test_the_verifiers_role_is_enough_and_taking_away_any_action_denies_a_call_that_was_made(
    guarded: Guarded,
) -> None:
    """The real incident was verified with it, by ECS Exec too, and so are two causes that keep that from
    working. The emulator has no subnet of the task's, so that what comes after it is not asked."""
    deployed, name = guarded.deployed, WATCHED[0]

    def verified() -> str:
        asked = {"cluster_arn": _cluster(name), "service_name": name}
        answer = deployed.emulator.client("lambda").invoke(
            FunctionName=deployed.deployment.output("VerifierFunction"), Payload=json.dumps(asked).encode()
        )
        assert not answer.get("FunctionError")
        return str(json.loads(answer["Payload"].read()))

    with a_world(deployed, [name]) as world:
        simulator_of_ecs = world.simulation.simulator
        assert world.until(lambda: "'part': 'ECS Exec', 'result': 'PASS'" in verified(), 60)
        simulator_of_ecs.break_exec(name, ExecFault.NOT_CONNECTED)
        assert "'part': 'ECS Exec', 'result': 'PASS'" not in verified()
        simulator_of_ecs.break_exec(name, None)
        deployed.sessions.fault = SessionFault.CLOSED
        assert "ended before the command did" in verified()
        deployed.sessions.fault = None
        world.deploy(name)  # while that is in progress, a look is put off
        request = VerifyRequest(_cluster(name), name, VerificationCause.DEPLOYED)
        queue = deployed.deployment.output(CHECKS)
        deployed.emulator.client("sqs").send_message(QueueUrl=queue, MessageBody=message_of(request))
        assert world.until(
            lambda: any(item.action == "sqs:SendMessage" for item in guarded.requests(guarded.verifier)), LONG
        )
    behind = {"RouteTables", "VpcEndpoints", "SecurityGroups"}
    assert guarded.spare(guarded.verifier) == {f"ec2:Describe{name}" for name in behind}


def test_the_menders_role_is_enough_and_taking_away_any_action_denies_a_call_that_was_made(
    guarded: Guarded,
) -> None:
    """The auditor, asked by a person, hands a service on that asks for it; ECS has the new percentages, and
    people are told. No service of the emulator is behind a load balancer."""
    deployed, name = guarded.deployed, "repairs"
    with a_world(deployed, [name]) as world:
        arn = _cluster(name).replace(":cluster/", ":service/") + f"/{name}"
        tags = [{"key": "unwedge-repair", "value": "stop-first"}]
        world.simulation.call("TagResource", {"resourceArn": arn, "tags": tags})
        asked = json.dumps({"cluster_arn": _cluster(name), "service_name": name}).encode()
        answer = deployed.emulator.client("lambda").invoke(
            FunctionName=deployed.deployment.output("AuditorFunction"), Payload=asked
        )
        assert not answer.get("FunctionError"), answer["Payload"].read()
        assert world.until(lambda: metric_sum(deployed, "Repairs", "MenderLogGroup") > 0, LONG)
        updated = [
            dict(call.params)
            for call in world.simulation.simulator.api_call_list
            if call.operation == "UpdateService"
        ]
        assert updated[-1]["deploymentConfiguration"]["maximumPercent"] == 100
    assert guarded.spare(guarded.mender) == BALANCING


def test_iam_lets_the_mender_change_no_service_outside_and_write_no_item_of_an_incident(
    guarded: Guarded,
) -> None:
    """Nor may anything but the settings of the remediator's rollback update a service elsewhere."""
    allows, policies = guarded.simulator.allows, guarded.mender.policies
    for cluster, allowed in ((WATCHED[0], True), (OUTSIDE, False)):
        (request,) = ecs_requests("UpdateService", {"cluster": cluster, "service": "payroll"})
        assert allows(policies, request) is allowed
        (stop,) = ecs_requests("StopTask", {"cluster": cluster, "task": "0" * 32})
        assert not allows(policies, stop)
    table = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{guarded.deployed.deployment.output('LedgerTable')}"
    service = f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/dev/payroll"
    for action, pk, allowed in (
        ("dynamodb:PutItem", f"repair#{service}", True),
        ("dynamodb:PutItem", f"service#{service}", False),
        ("dynamodb:PutItem", f"posture#{service}", False),
        ("dynamodb:GetItem", f"service#{service}", True),
        ("dynamodb:GetItem", f"conversation#{service}", False),
    ):
        assert allows(policies, Request(action, table, (("dynamodb:LeadingKeys", (pk,)),))) is allowed


def test_iam_lets_nobody_run_a_command_outside_the_named_clusters(guarded: Guarded) -> None:
    """And nobody but the verifier."""
    for cluster, allowed in ((WATCHED[0], True), (WATCHED[1], False), (OUTSIDE, False)):
        params = {"cluster": cluster, "task": "0" * 32, "container": "prometheus"}
        for request in ecs_requests("ExecuteCommand", params):
            assert guarded.simulator.allows(guarded.verifier.policies, request) is allowed
            assert not guarded.simulator.allows(guarded.role.policies, request)


def test_iam_lets_the_notifier_write_no_item_of_an_incident(guarded: Guarded) -> None:
    """What it writes could say that a person had approved a stop."""
    table = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{guarded.deployed.deployment.output('LedgerTable')}"
    service = f"service#arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/dev/payroll"

    def allowed(action: str, *keys: str) -> bool:
        asked = Request(action, table, (("dynamodb:LeadingKeys", keys),) if keys else ())
        return guarded.simulator.allows(guarded.notifier.policies, asked)

    for action in ("dynamodb:GetItem", "dynamodb:PutItem"):
        assert allowed(action, f"conversation#{service}")
        assert not allowed(action, service)
        assert not allowed(action, f"conversation#{service}", service)
        assert not allowed(action)


def test_iam_lets_the_notifier_send_no_event_in_another_name(guarded: Guarded) -> None:
    """Not even as AWS, whose names EventBridge itself refuses."""
    bus = f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/default"
    allowed = guarded.simulator.allows
    policies = guarded.notifier.policies

    def request(where: str, *sources: str) -> Request:
        return Request("events:PutEvents", where, (("events:source", sources),) if sources else ())

    assert allowed(policies, request(bus, "unwedge"))
    assert not allowed(policies, request(bus, "payroll"))
    assert not allowed(policies, request(bus, "unwedge", "payroll"))
    assert not allowed(policies, request(bus))
    assert not allowed(policies, request(f"{bus}-other", "unwedge"))


def test_iam_denies_a_stop_outside_the_configured_clusters(guarded: Guarded) -> None:
    """With the function's own role and no code of ours in between."""
    deployed = guarded.deployed
    session = deployed.emulator.client("sts").assume_role(
        RoleArn=guarded.role.arn, RoleSessionName="by-hand"
    )["Credentials"]
    guarded.role.keys.add(session["AccessKeyId"])
    with a_world(deployed, [OUTSIDE]) as world:
        ecs = boto3.client(
            "ecs",
            endpoint_url=deployed.ecs.endpoint,
            region_name=REGION,
            aws_access_key_id=session["AccessKeyId"],
            aws_secret_access_key=session["SecretAccessKey"],
            aws_session_token=session["SessionToken"],
        )
        (task,) = world.simulation.simulator.tasks()
        with pytest.raises(ClientError) as refusal:
            ecs.stop_task(cluster=OUTSIDE, task=task.arn, reason="must not work")
        with pytest.raises(ClientError):
            # a cluster that is allowed does not help: the task's own ARN is outside
            ecs.stop_task(cluster=WATCHED[0], task=task.arn, reason="must not work")

        assert refusal.value.response["Error"]["Code"] == "AccessDeniedException"
        assert task.alive


def test_a_function_whose_code_would_watch_every_cluster_still_cannot_reach_outside(guarded: Guarded) -> None:
    """Its list of clusters is emptied and events come past the rules: IAM alone is left, and denies."""
    deployed = guarded.deployed
    functions, function = (
        deployed.emulator.client("lambda"),
        deployed.deployment.output("RemediatorFunction"),
    )
    variables = functions.get_function_configuration(FunctionName=function)["Environment"]["Variables"]
    functions.update_function_configuration(
        FunctionName=function, Environment={"Variables": {**variables, "UNWEDGE_CLUSTERS": ""}}
    )
    try:
        with a_world(deployed, [OUTSIDE]) as world:
            world.past_the_rules()
            world.deploy(OUTSIDE)
            assert world.until(lambda: "cannot-observe" in world.verdicts(OUTSIDE), LONG), world.summary()
            assert world.stops(OUTSIDE) == []
            assert any(request.action == "ecs:DescribeServices" for request in guarded.guard.denied)
    finally:
        functions.update_function_configuration(FunctionName=function, Environment={"Variables": variables})
