"""IAM enforced on the function's own role as deployed: enough, nothing to spare, and nothing outside."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import boto3
import pytest
from botocore.exceptions import ClientError

from rehearsal import loading
from rehearsal.deploy import CdkApp
from rehearsal.emulator import ACCOUNT, REGION
from rehearsal.intercept import Interceptor
from rehearsal.run import Rehearsed, rehearse_in
from rehearsal.workshop import Workshop, open_workshop
from tests.wire.conftest import SPEED, unlimited
from tests.wire.iam import AccessSimulator, EcsGuard, Request, Role, requests_of, requests_of_lambda, without
from tests.wire.world import a_world

# The real incident plays in the first; the others wedge without one of the permissions.
WATCHED = ("dev-metrics-cluster", "without-stop", "without-logs", "without-ledger")
OUTSIDE = "outside"
LONG = 900.0


@dataclass
class Guarded:
    """The app in an emulator that enforces IAM, and all that IAM was asked."""

    workshop: Workshop
    interceptor: Interceptor
    role: Role
    simulator: AccessSimulator
    guard: EcsGuard
    incident: Rehearsed

    def requests(self) -> set[Request]:
        """What IAM was asked so far in the function's name."""
        return requests_of(self.interceptor.calls) | requests_of_lambda(self.workshop)


def _cluster(name: str) -> str:
    return f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/{name}"


def _app() -> CdkApp:
    settings = {"mode": "enforce", "clusters": [_cluster(name) for name in WATCHED]}
    command = "python tests/wire/root_credentials_app.py"
    return CdkApp(command=command, context=(("unwedge", json.dumps(settings)),))


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    """The real incident, rehearsed under IAM; tests here change the role for a while and put it back."""
    log_file = tmp_path_factory.mktemp("emulator") / "emulator.log"
    with (
        Interceptor() as interceptor,
        AccessSimulator() as simulator,
        open_workshop(SPEED, app=_app(), log_file=log_file, interceptor=interceptor, auth=True) as workshop,
    ):
        unlimited(workshop)
        role = Role(workshop)
        guard = EcsGuard(simulator, role)
        workshop.ecs.before_call = guard
        incident = rehearse_in(workshop, loading.load("real-incident"), console=None)
        yield Guarded(workshop, interceptor, role, simulator, guard, incident)


def test_the_real_incident_passes_with_iam_enforced(guarded: Guarded) -> None:
    """The role as deployed is enough: nothing was denied, and every ECS call was signed by it."""
    result = guarded.incident.result

    assert not result.unmet, result.to_json()
    assert not result.problems
    assert guarded.guard.denied == []
    assert {call.caller for call in guarded.interceptor.calls} == guarded.role.keys


def test_without_the_permission_to_stop_an_incident_is_escalated_and_says_which_one_is_missing(
    guarded: Guarded,
) -> None:
    """The stop is denied, nothing stops, and the record names the action to grant."""
    name = "without-stop"
    with guarded.role.lacking("ecs:StopTask"), a_world(guarded.workshop, [name]) as world:
        world.deploy(name)
        denied = world.until(lambda: any(d.line["outcome"] == "denied" for d in world.about(name)), LONG)
        assert denied, world.summary()
        assert any("ecs:StopTask" in str(d.line["outcome_sentence"]) for d in world.about(name))
        assert world.stops(name) == []


def test_without_the_permission_to_read_logs_nothing_is_stopped_and_it_says_cannot_verify(
    guarded: Guarded,
) -> None:
    """The emulator's own IAM refuses GetLogEvents; without evidence there is no stop."""
    name = "without-logs"
    with guarded.role.lacking("logs:GetLogEvents"), a_world(guarded.workshop, [name]) as world:
        world.deploy(name)
        assert world.until(lambda: "cannot-verify" in world.verdicts(name), LONG), world.summary()
        assert world.stops(name) == []


def test_without_the_permission_to_write_the_ledger_nothing_is_stopped_and_the_queue_keeps_the_signal(
    guarded: Guarded,
) -> None:
    """What cannot be claimed is not stopped."""
    name = "without-ledger"
    with guarded.role.lacking("dynamodb:PutItem"), a_world(guarded.workshop, [name]) as world:
        world.deploy(name)
        assert world.until(lambda: bool(world.errors), LONG), world.summary()
        assert world.stops(name) == []
        assert world.queued() > 0


def test_taking_away_any_single_action_denies_a_call_that_was_made(guarded: Guarded) -> None:
    """No action of the role is to spare: each one's absence denies a call of the rehearsals above.

    Runs after them: a stop that was denied gives its claim back, which is what DeleteItem is for.
    """
    asked, role, simulator = guarded.requests(), guarded.role, guarded.simulator
    assert [request for request in asked if not simulator.allows(role.policies, request)] == []

    def is_spare(action: str) -> bool:
        reduced = without(role.policies, action)
        return all(simulator.allows(reduced, request) for request in asked if request.action == action)

    assert {action for action in role.actions if is_spare(action)} == set()


def test_iam_denies_a_stop_outside_the_configured_clusters(guarded: Guarded) -> None:
    """With the function's own role and no code of ours in between."""
    workshop = guarded.workshop
    session = workshop.emulator.client("sts").assume_role(
        RoleArn=guarded.role.arn, RoleSessionName="by-hand"
    )["Credentials"]
    guarded.role.keys.add(session["AccessKeyId"])
    with a_world(workshop, [OUTSIDE]) as world:
        ecs = boto3.client(
            "ecs",
            endpoint_url=workshop.ecs.endpoint,
            region_name=REGION,
            aws_access_key_id=session["AccessKeyId"],
            aws_secret_access_key=session["SecretAccessKey"],
            aws_session_token=session["SessionToken"],
        )
        (task,) = world.show.simulator.tasks()
        with pytest.raises(ClientError) as refusal:
            ecs.stop_task(cluster=OUTSIDE, task=task.arn, reason="must not work")
        with pytest.raises(ClientError):
            # a cluster that is allowed does not help: the task's own ARN is outside
            ecs.stop_task(cluster=WATCHED[0], task=task.arn, reason="must not work")

        assert refusal.value.response["Error"]["Code"] == "AccessDeniedException"
        assert task.alive


def test_a_function_whose_code_would_watch_every_cluster_still_cannot_reach_outside(guarded: Guarded) -> None:
    """Its list of clusters is emptied and events come past the rules: IAM alone is left, and denies."""
    workshop = guarded.workshop
    functions, function = workshop.emulator.client("lambda"), workshop.deployment.output("RemediatorFunction")
    variables = functions.get_function_configuration(FunctionName=function)["Environment"]["Variables"]
    functions.update_function_configuration(
        FunctionName=function, Environment={"Variables": {**variables, "UNWEDGE_CLUSTERS": ""}}
    )
    try:
        with a_world(workshop, [OUTSIDE]) as world:
            world.past_the_rules()
            world.deploy(OUTSIDE)
            assert world.until(lambda: "cannot-observe" in world.verdicts(OUTSIDE), LONG), world.summary()
            assert world.stops(OUTSIDE) == []
            assert any(request.action == "ecs:DescribeServices" for request in guarded.guard.denied)
    finally:
        functions.update_function_configuration(FunctionName=function, Environment={"Variables": variables})
