"""Verifications of a service in the simulated ECS: what passes, what fails, and what is not proven."""

from datetime import datetime, timedelta
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError

from rehearsal.ecs.errors import ApiError
from rehearsal.ecs.options import ExecFault
from tests.support.aws import client_error
from tests.support.simulated_ecs import CLUSTER, SERVICE, main_container
from tests.support.verified_service import COMMAND, GREEN, NAME, Verified
from unwedge.model.settings import Mode, Settings
from unwedge.model.verification import Part, Result, Verification, VerificationCause
from unwedge.observe.reads import ReadError
from unwedge.verify.verifier import Looked, NotVerified


def test_a_service_that_works_passes_every_check_in_ten_calls(verified: Verified) -> None:
    """The real story's six, one writer, and ECS Exec; measured."""
    verified.create()
    before = sum(verified.stage.sim.api_calls.values())
    looked = verified.look()
    found = looked.verification
    assert {check.part: check.result for check in found.checks} == GREEN
    assert found.result is Result.PASS
    assert looked.soon is None
    assert found.calls == 10
    assert (
        found.calls == sum(verified.stage.sim.api_calls.values()) - before + 4
    )  # one log, three of Cloud Map
    assert found.seconds < 10
    evidence = {check.part: check.evidence for check in found.checks}
    assert "1 of 2 targets are up. It found no lock file" in evidence[Part.ENDPOINTS]
    assert f"{NAME} resolves to" in evidence[Part.DNS]


@pytest.mark.parametrize(
    ("volume", "result", "words"),
    [
        ({}, Result.FAIL, "So does task"),
        (
            {"rootDirectory": "/elsewhere"},
            Result.PASS,
            "No other task of the cluster is known to write there.",
        ),
        (
            {"fileSystemId": "fs-87654321"},
            Result.PASS,
            "No other task of the cluster is known to write there.",
        ),
    ],
)
def test_a_task_of_another_service_that_writes_there_is_a_second_writer(
    verified: Verified, volume: dict[str, str], result: Result, words: str
) -> None:
    """Two services that were given one directory: either wedges the other."""
    verified.create()
    efs = {"fileSystemId": "fs-12345678", "rootDirectory": "/", **volume}
    definition = verified.stage.register(
        main_container(command=COMMAND), volumes=[{"name": "data", "efsVolumeConfiguration": efs}]
    )
    beside = {"cluster": CLUSTER, "serviceName": "beside", "taskDefinition": definition, "desiredCount": 1}
    verified.stage.sim.create_running_service(beside)
    verified.stage.forward(1)
    found = verified.look().verification
    check = next(check for check in found.checks if check.part is Part.WRITER)
    assert (check.result, words in check.evidence) == (result, True), check
    assert found.calls == 12
    if result is Result.FAIL:
        assert "of service:beside." in check.evidence


def test_where_the_clusters_tasks_cannot_be_listed_there_may_be_a_second_writer(verified: Verified) -> None:
    """The service's own tasks are another call of the same operation."""
    verified.create()

    def refuse(name: str, params: Any, headers: object) -> ApiError | None:
        whole = name == "ListTasks" and "serviceName" not in params
        return ApiError("AccessDeniedException", "No.", 400) if whole else None

    verified.server.before_call = refuse
    checks = verified.checks()
    assert checks[Part.WRITER].result is Result.UNKNOWN
    assert checks[Part.WRITER].evidence.endswith(
        "not all looked at: ecs:ListTasks: AccessDeniedException: No."
    )
    assert {part for part, check in checks.items() if check.result is not Result.PASS} == {Part.WRITER}


def test_denied_reads_make_checks_unknown_and_never_pass(verified: Verified) -> None:
    """Each names the call."""
    verified.create()
    verified.fakes.denied = {"ListInstances", "SimulatePrincipalPolicy", "DescribeRouteTables"}
    verified.stage.sim.break_exec(SERVICE, ExecFault.NOT_CONNECTED)
    checks = verified.checks()
    assert checks[Part.DISCOVERY].result is Result.UNKNOWN
    assert "servicediscovery:ListInstances answered AccessDeniedException" in checks[Part.DISCOVERY].evidence
    assert "iam:SimulatePrincipalPolicy answered AccessDeniedException" in checks[Part.EXEC].evidence
    assert "ec2:DescribeRouteTables answered AccessDeniedException" in checks[Part.EXEC].evidence


@pytest.mark.parametrize("code", ["AccessDeniedException", "ThrottlingException", "ServerException"])
@pytest.mark.parametrize(
    "operation", ["ListTasks", "DescribeTasks", "DescribeTaskDefinition", "ExecuteCommand", "GetLogEvents"]
)
def test_a_call_that_gives_no_answer_makes_nothing_fail_and_nothing_pass_that_rests_on_it(
    verified: Verified, operation: str, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not read is not broken."""
    verified.create()

    def refuse(name: str, params: object, headers: object) -> ApiError | None:
        return ApiError(code, "No.", 500 if code == "ServerException" else 400) if name == operation else None

    def no_log(**_: Any) -> Any:
        raise client_error(code, operation)

    verified.server.before_call = refuse
    if operation == "GetLogEvents":
        monkeypatch.setattr(verified.fakes, "get_log_events", no_log)
    checks = verified.checks()
    caller = operation == "ExecuteCommand" and code == "AccessDeniedException"
    failed = {part for part, check in checks.items() if check.result is Result.FAIL}
    assert failed == ({Part.EXEC} if caller else set())
    resting = {
        "ListTasks": set(Part) - {Part.SERVICE},
        "DescribeTasks": set(Part) - {Part.SERVICE},
        "DescribeTaskDefinition": set(Part) - {Part.SERVICE, Part.HEALTH, Part.DISCOVERY},
        "ExecuteCommand": {Part.EXEC, Part.ENDPOINTS, Part.DNS},
        "GetLogEvents": {Part.LOGS},
    }[operation]
    assert {part for part, check in checks.items() if check.result is Result.PASS} == set(Part) - resting


def test_a_service_that_cannot_be_read_is_no_verification(verified: Verified) -> None:
    """Whoever asked hears the call and the answer."""
    verified.create()
    verified.server.before_call = lambda name, params, headers: ApiError("AccessDeniedException", "No.")
    with pytest.raises(ReadError, match="ecs:DescribeServices: AccessDeniedException"):
        verified.look()


def test_a_command_is_run_only_where_it_is_allowed(verified: Verified) -> None:
    """The setting names the clusters."""
    verified.create()
    verified.may_exec = False
    checks = verified.checks()
    assert verified.stage.sim.api_calls["ExecuteCommand"] == 0
    assert {checks[part].result for part in (Part.EXEC, Part.ENDPOINTS, Part.DNS)} == {Result.SKIPPED}


@pytest.mark.parametrize(
    ("tags", "settings", "made"),
    [
        ([{"key": "unwedge", "value": "enforce"}], Settings(), True),
        ([{"key": "unwedge", "value": "off"}], Settings(), False),
        ([], Settings(), True),  # it shares a volume
        ([], Settings(default_mode=Mode.OFF), False),
    ],
)
def test_after_a_deployment_only_what_is_watched_is_verified(
    verified: Verified, tags: list[dict[str, str]], settings: Settings, made: bool
) -> None:
    """And whatever a person asks for."""
    verified.create(tags=tags)
    now: datetime = verified.stage.sim.now
    found = verified.verifier(settings).look(verified.cluster, SERVICE, VerificationCause.DEPLOYED, now)
    assert isinstance(found, Looked if made else NotVerified)
    asked = verified.verifier(settings).look(verified.cluster, SERVICE, VerificationCause.ASKED, now)
    assert isinstance(asked, Looked)


def test_a_service_at_0_is_verified_only_when_somebody_asks_and_nothing_of_it_fails(
    verified: Verified,
) -> None:
    """A deployment of nothing completes as well."""
    verified.create()
    verified.stage.update(desiredCount=0)
    verified.stage.forward(120)
    now = verified.stage.sim.now
    found = verified.verifier().look(verified.cluster, SERVICE, VerificationCause.DEPLOYED, now)
    assert isinstance(found, NotVerified)
    assert found.sentence == f"Service {SERVICE} is scaled to 0."
    results = {part: check.result for part, check in verified.checks().items()}
    assert results == dict.fromkeys(Part, Result.SKIPPED) | {Part.SERVICE: Result.PASS}


def test_a_service_without_a_shared_volume_that_nobody_tagged_is_none_of_ours(verified: Verified) -> None:
    """Of services that are not ours to watch nothing is kept."""
    verified.create(tags=[], container={"mountPoints": []})
    now = verified.stage.sim.now
    found = verified.verifier().look(verified.cluster, SERVICE, VerificationCause.DEPLOYED, now)
    assert isinstance(found, NotVerified)
    assert verified.stage.sim.api_calls["ExecuteCommand"] == 0


@pytest.mark.parametrize(("cluster", "service"), [(CLUSTER, "nobody"), ("nowhere", SERVICE)])
def test_what_does_not_exist_is_said_to_be_missing(verified: Verified, cluster: str, service: str) -> None:
    """Not an error."""
    verified.create()
    found = verified.verifier().look(cluster, service, VerificationCause.ASKED, verified.stage.sim.now)
    assert isinstance(found, NotVerified)
    assert service in found.sentence


def test_endpoints_that_fail_and_a_name_that_leads_elsewhere_fail(verified: Verified) -> None:
    """Each with what was found."""
    verified.create(tags=[{"key": "unwedge:endpoints", "value": "9090/-/healthy 9090/missing"}])
    verified.sessions.image.resolve({NAME: "10.9.9.9"})
    checks = verified.checks()
    assert checks[Part.ENDPOINTS].result is Result.FAIL
    assert "http://localhost:9090/missing" in checks[Part.ENDPOINTS].evidence
    assert checks[Part.DNS].result is Result.FAIL
    assert "resolves to 10.9.9.9, and the task has" in checks[Part.DNS].evidence


def test_a_person_runs_a_command_and_hears_the_cause_when_it_does_not_work(verified: Verified) -> None:
    """The output and the status are the command's own."""
    verified.create()
    now = verified.stage.sim.now
    ran = verified.verifier().run(
        verified.cluster, SERVICE, "echo hi; exit 3", now, seconds=10, container=None
    )
    assert not isinstance(ran, NotVerified)
    attempt, check = ran
    assert attempt is not None
    assert (attempt.said, attempt.status, check.result) == ("hi", 3, Result.PASS)
    verified.stage.sim.break_exec(SERVICE, ExecFault.AGENT_STOPPED)
    failed = verified.verifier().run(verified.cluster, SERVICE, "true", now, seconds=10, container=None)
    assert not isinstance(failed, NotVerified)
    assert failed[0] is None
    assert "is STOPPED" in failed[1].evidence
    nobody = verified.verifier().run(verified.cluster, SERVICE, "true", now, seconds=10, container="nobody")
    assert isinstance(nobody, NotVerified)


def test_the_simulated_ecs_refuses_in_the_words_of_aws(verified: Verified) -> None:
    """As the documentation of ExecuteCommand and people's reports have them."""
    verified.create()
    task = verified.stage.newest().arn
    params = {"cluster": CLUSTER, "task": task, "command": "true", "interactive": True}
    for change, code in (
        ({"interactive": False}, "InvalidParameterException"),
        ({"task": "0" * 32}, "InvalidParameterException"),
        ({"container": "nobody"}, "InvalidParameterException"),
    ):
        with pytest.raises(ClientError) as caught:
            verified.ecs.execute_command(**{**params, **change})
        assert caught.value.response["Error"]["Code"] == code
    verified.stage.sim.break_exec(SERVICE, ExecFault.NOT_CONNECTED)
    with pytest.raises(ClientError) as caught:
        verified.ecs.execute_command(**params)
    assert caught.value.response["Error"]["Code"] == "TargetNotConnectedException"
    verified.stage.sim.break_exec(SERVICE, None)
    assert verified.ecs.execute_command(**params)["session"]["streamUrl"].startswith("wss://")


def test_a_verification_is_the_same_after_it_was_kept(verified: Verified) -> None:
    """To JSON and back."""
    from unwedge.model.codec import from_json, to_json

    verified.create()
    found = verified.look().verification
    assert from_json(Verification, to_json(found)) == found
    assert cast(Any, found).at - found.at == timedelta(0)
