"""Each cause that keeps ECS Exec from working, brought about in the simulation: it is told, and everything
that does not need ECS Exec is verified all the same."""

from collections.abc import Callable

import pytest

from rehearsal.ecs.errors import ApiError
from rehearsal.ecs.options import ExecFault
from rehearsal.programs.sessions.agent import SessionFault
from tests.support.simulated_ecs import SERVICE
from tests.support.verified_service import NAME, Prometheus, Verified
from unwedge.model.verification import Part, Result
from unwedge.verify import verifier as looking
from unwedge.verify.causes import Cause, Diagnosis
from unwedge.verify.checks import inside
from unwedge.verify.doctor import diagnose
from unwedge.verify.facts import Facts


def _not_enabled(verified: Verified) -> None:
    verified.create(enableExecuteCommand=False)


def _started_before(verified: Verified) -> None:
    verified.create(enableExecuteCommand=False)
    verified.stage.update(enableExecuteCommand=True)


def _agent_stopped(verified: Verified) -> None:
    verified.create()
    verified.stage.sim.break_exec(SERVICE, ExecFault.AGENT_STOPPED)


def _no_agent(verified: Verified) -> None:
    verified.create()
    verified.stage.sim.break_exec(SERVICE, ExecFault.NO_AGENT)


def _old_platform(verified: Verified) -> None:
    verified.create()
    verified.stage.sim.break_exec(SERVICE, ExecFault.OLD_PLATFORM)


def _slow(verified: Verified) -> None:
    verified.create()


def _read_only_root(verified: Verified) -> None:
    verified.create(container={"readonlyRootFilesystem": True})
    verified.stage.sim.break_exec(SERVICE, ExecFault.AGENT_STOPPED)


def _credentials(verified: Verified) -> None:
    verified.create(container={"secrets": [{"name": "AWS_SECRET_ACCESS_KEY", "valueFrom": "arn:x"}]})
    verified.stage.sim.break_exec(SERVICE, ExecFault.NOT_CONNECTED)


def _no_role(verified: Verified) -> None:
    verified.create(definition={"taskRoleArn": ""})
    verified.stage.sim.break_exec(SERVICE, ExecFault.NOT_CONNECTED)


def _role_lacks(verified: Verified) -> None:
    verified.create()
    verified.fakes.lacking = {"ssmmessages:OpenControlChannel"}
    verified.stage.sim.break_exec(SERVICE, ExecFault.NOT_CONNECTED)


def _no_route(verified: Verified) -> None:
    verified.create()
    verified.fakes.routes = [
        {"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-1", "State": "blackhole"}
    ]
    verified.stage.sim.break_exec(SERVICE, ExecFault.NOT_CONNECTED)


def _endpoint_closed(verified: Verified) -> None:
    verified.create()
    verified.fakes.routes = []
    verified.fakes.endpoints = [
        {
            "VpcEndpointId": "vpce-1",
            "ServiceName": "com.amazonaws.us-east-1.ssmmessages",
            "Groups": [{"GroupId": "sg-9"}],
        }
    ]
    verified.fakes.ingress = [
        {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "192.168.0.0/16"}]}
    ]
    verified.stage.sim.break_exec(SERVICE, ExecFault.NOT_CONNECTED)


def _all_green(verified: Verified) -> None:
    verified.create()
    verified.stage.sim.break_exec(SERVICE, ExecFault.NOT_CONNECTED)


def _no_shell(verified: Verified) -> None:
    verified.create()
    verified.sessions.no_shell = True


def _encrypted(verified: Verified) -> None:
    verified.create()
    verified.sessions.fault = SessionFault.ENCRYPTED


def _closed(verified: Verified) -> None:
    verified.create()
    verified.sessions.fault = SessionFault.CLOSED


def _logging_lacks(verified: Verified) -> None:
    verified.stage.sim.call(
        "CreateCluster",
        {
            "clusterName": "logged",
            "configuration": {
                "executeCommandConfiguration": {
                    "kmsKeyId": "key",
                    "logging": "OVERRIDE",
                    "logConfiguration": {"cloudWatchLogGroupName": "/exec", "s3BucketName": "bucket"},
                }
            },
        },
    )
    verified.create(cluster="logged")
    verified.in_cluster = "logged"
    verified.fakes.lacking = {"logs:PutLogEvents", "s3:PutObject", "kms:Decrypt"}
    verified.sessions.fault = SessionFault.CLOSED


def _untrusted(verified: Verified) -> None:
    verified.create()
    verified.trusts = False


def _unreachable(verified: Verified) -> None:
    verified.create()
    verified.sessions.lost = True


def _denied(verified: Verified) -> None:
    verified.create()

    def refuse(name: str, params: object, headers: object) -> ApiError | None:
        return (
            ApiError("AccessDeniedException", "User is not authorized.") if name == "ExecuteCommand" else None
        )

    verified.server.before_call = refuse


CAUSES: dict[Cause, tuple[Callable[[Verified], None], Result, str]] = {
    Cause.NOT_ENABLED: (_not_enabled, Result.FAIL, "Neither the service nor the task"),
    Cause.STARTED_BEFORE: (_started_before, Result.FAIL, "only tasks that start afterwards have it"),
    Cause.AGENT_STOPPED: (
        _agent_stopped,
        Result.FAIL,
        "and ECS says: Received Container Stopped event",
    ),
    Cause.NO_AGENT: (_no_agent, Result.FAIL, "shows no ExecuteCommandAgent for container"),
    Cause.PLATFORM_TOO_OLD: (
        _old_platform,
        Result.FAIL,
        "platform version 1.3.0; ECS Exec needs 1.4.0",
    ),
    Cause.TIMED_OUT: (_slow, Result.UNKNOWN, "The command did not end in time."),
    Cause.READ_ONLY_ROOT: (_read_only_root, Result.FAIL, "readonlyRootFilesystem"),
    Cause.CREDENTIALS: (_credentials, Result.FAIL, "AWS_SECRET_ACCESS_KEY"),
    Cause.NO_TASK_ROLE: (_no_role, Result.FAIL, "no task role"),
    Cause.ROLE_LACKS: (_role_lacks, Result.FAIL, "denies the task role ssmmessages:OpenControlChannel"),
    Cause.NO_ROUTE: (_no_route, Result.FAIL, "no default route"),
    Cause.ENDPOINT_CLOSED: (_endpoint_closed, Result.FAIL, "VPC endpoint vpce-1"),
    Cause.UNKNOWN: (_all_green, Result.UNKNOWN, "Nothing that was looked at explains it"),
    Cause.NO_SHELL: (_no_shell, Result.FAIL, "has no shell"),
    Cause.ENCRYPTED: (_encrypted, Result.FAIL, "KMS key"),
    Cause.CLOSED: (_closed, Result.UNKNOWN, "ended before the command did"),
    Cause.CALLER_DENIED: (_denied, Result.FAIL, "AccessDeniedException"),
    Cause.LOGGING_LACKS: (
        _logging_lacks,
        Result.FAIL,
        "kms:Decrypt, logs:PutLogEvents, s3:PutObject",
    ),
    Cause.UNTRUSTED: (_untrusted, Result.FAIL, "CERTIFICATE_VERIFY_FAILED"),
    Cause.UNREACHABLE: (_unreachable, Result.UNKNOWN, "cannot be reached"),
}


@pytest.mark.parametrize("cause", CAUSES)
def test_each_cause_that_keeps_exec_from_working_is_told_and_the_rest_is_verified(
    verified: Verified, cause: Cause, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Brought about in the simulation; what does not need ECS Exec passes all the same."""
    arrange, result, words = CAUSES[cause]
    diagnosed: list[Diagnosis | None] = []

    def heard(facts: Facts) -> Diagnosis | None:
        diagnosed.append(diagnose(facts))
        return diagnosed[-1]

    monkeypatch.setattr(inside, "diagnose", heard)
    if arrange is _slow:
        monkeypatch.setattr(Prometheus, "pause", 1.0)
        monkeypatch.setattr(looking, "_EXEC_SECONDS", 0.5)
    arrange(verified)
    found = verified.look().verification
    checks = {check.part: check for check in found.checks}
    assert (checks[Part.EXEC].result, words in checks[Part.EXEC].evidence) == (result, True), checks[
        Part.EXEC
    ]
    assert [found and found.finding.cause for found in diagnosed] == [cause]
    assert checks[Part.EXEC].remedy
    for part in (Part.SERVICE, Part.WRITER, Part.HEALTH, Part.LOGS, Part.DISCOVERY):
        assert checks[part].result is Result.PASS, checks[part]
    for part in (Part.ENDPOINTS, Part.DNS):
        assert checks[part].result is Result.UNKNOWN, checks[part]
    assert found.calls <= 15  # the search for a cause, on top


def test_every_cause_is_brought_about() -> None:
    """A new one has its scenario here; the one that passes by itself has the next test."""
    assert set(CAUSES) == set(Cause) - {Cause.STARTING}


def test_what_has_only_just_started_is_worth_another_look_and_passes_then(verified: Verified) -> None:
    """Nothing is searched for meanwhile."""
    verified.create()
    verified.stage.update(
        forceNewDeployment=True, deploymentConfiguration={"minimumHealthyPercent": 0, "maximumPercent": 100}
    )
    verified.stage.until(lambda: verified.stage.newest().last_status == "RUNNING")
    first = verified.look(last=False)
    assert first.soon is not None
    assert verified.stage.sim.api_calls["DescribeClusters"] == 0
    verified.stage.until(lambda: verified.stage.rollouts()[0]["status"] == "SUCCESSFUL")
    verified.stage.forward(30)
    verified.sessions.image.resolve({NAME: verified.stage.newest().address})
    second = verified.look(last=False)
    assert second.soon is None
    assert second.verification.result is Result.PASS
