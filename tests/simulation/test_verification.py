"""Verifications of a service in the simulated ECS: what passes, and each cause that keeps ECS Exec from
working, brought about in the simulation."""

import ssl
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, cast

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from rehearsal.ecs.errors import ApiError
from rehearsal.ecs.options import ExecFault
from rehearsal.ecs.wire import EcsServer
from rehearsal.programs.sessions.agent import SessionFault
from rehearsal.programs.sessions.server import Sessions
from tests.support.aws import client_error
from tests.support.simulated_ecs import CLUSTER, SERVICE, Stage, main_container
from unwedge.model.settings import Mode, Settings
from unwedge.model.verification import Check, Part, Result, Verification, VerificationCause
from unwedge.observe.reads import ReadError
from unwedge.verify import verifier as looking
from unwedge.verify.reading import Reads
from unwedge.verify.verifier import Looked, NotVerified, Verifier

ROLE = "arn:aws:iam::000000000000:role/prom-task"
REGISTRY = "arn:aws:servicediscovery:us-east-1:000000000000:service/srv-1"
NAME = "prometheus.dev.internal"
COMMAND = ["--storage.tsdb.path=/prometheus/data"]
GREEN = dict.fromkeys(Part, Result.PASS)


class _Prometheus(BaseHTTPRequestHandler):
    """What a healthy Prometheus answers."""

    answers: ClassVar[dict[str, tuple[int, str]]] = {
        "/-/healthy": (200, "Prometheus Server is Healthy."),
        "/-/ready": (200, "Prometheus Server is Ready."),
        "/api/v1/targets?state=active": (
            200,
            '{"data":{"activeTargets":[{"a":1,"health":"up"},{"health":"down"}]}}',
        ),
        "/metrics": (200, "prometheus_tsdb_clean_start 1\n"),
    }

    pause: ClassVar[float] = 0.0

    def do_GET(self) -> None:
        time.sleep(self.pause)
        # curl and wget take it for a proxy: the path is the whole address
        path = self.path.removeprefix("http://localhost:9090")
        status, text = self.answers.get(path, (404, "no"))
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, format: str, *args: object) -> None:
        """Nobody reads it."""


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Where the program of the container listens on this machine."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Prometheus) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


class Fakes:
    """CloudWatch Logs, Cloud Map, IAM and EC2, as far as a verification asks them."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.lacking: set[str] = set()
        self.endpoints: list[dict[str, Any]] = []
        self.routes: list[dict[str, Any]] = [{"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-1"}]
        self.ingress: list[dict[str, Any]] = []
        self.registered: dict[str, str] | None = None
        self.denied: set[str] = set()

    def get_log_events(self, **params: Any) -> Any:
        """The container's lines, all on one page."""
        stream = params["logStreamName"]
        lines = [item for item in self.stage.logs() if item.log_stream == stream]
        events = [{"timestamp": int(item.at.timestamp() * 1000), "message": item.message} for item in lines]
        return {"events": events[: params["limit"]], "nextBackwardToken": "b", "nextForwardToken": "f"}

    def list_instances(self, **_: Any) -> Any:
        """What ECS registers: the running tasks."""
        self._asked("ListInstances")
        running = {task.id: task.address for task in self.stage.tasks() if task.last_status == "RUNNING"}
        found = running if self.registered is None else self.registered
        return {
            "Instances": [
                {"Id": key, "Attributes": {"AWS_INSTANCE_IPV4": value}} for key, value in found.items()
            ]
        }

    def get_service(self, **_: Any) -> Any:
        dns = {"NamespaceId": "ns-1", "DnsRecords": [{"Type": "A", "TTL": 10}]}
        return {"Service": {"Name": "prometheus", "NamespaceId": "ns-1", "DnsConfig": dns}}

    def get_namespace(self, **_: Any) -> Any:
        return {"Namespace": {"Name": "dev.internal"}}

    def simulate_principal_policy(self, **params: Any) -> Any:
        self._asked("SimulatePrincipalPolicy")
        return {
            "EvaluationResults": [
                {
                    "EvalActionName": name,
                    "EvalDecision": "implicitDeny" if name in self.lacking else "allowed",
                }
                for name in params["ActionNames"]
            ]
        }

    def describe_route_tables(self, **params: Any) -> Any:
        """The subnet uses its VPC's main table, as most do."""
        self._asked("DescribeRouteTables")
        assert params["Filters"] == [{"Name": "vpc-id", "Values": ["vpc-1"]}]
        other = {"Associations": [{"SubnetId": "subnet-other"}], "Routes": []}
        return {"RouteTables": [other, {"Associations": [{"Main": True}], "Routes": self.routes}]}

    def describe_subnets(self, **_: Any) -> Any:
        return {"Subnets": [{"VpcId": "vpc-1"}]}

    def describe_vpc_endpoints(self, **_: Any) -> Any:
        return {"VpcEndpoints": self.endpoints}

    def describe_security_groups(self, **_: Any) -> Any:
        return {"SecurityGroups": [{"GroupId": "sg-9", "IpPermissions": self.ingress}]}

    def _asked(self, operation: str) -> None:
        if operation in self.denied:
            raise client_error("AccessDeniedException", operation)


class Verified:
    """A service in the simulated ECS, with a verifier beside it."""

    def __init__(self, sessions: Sessions) -> None:
        self.stage, self.sessions = Stage(), sessions
        self.fakes = Fakes(self.stage)
        self.stage.sim.open_sessions_with(sessions)
        self.server = EcsServer(self.stage.sim)
        self.ecs: Any = boto3.client(
            "ecs",
            endpoint_url=self.server.endpoint,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(retries={"total_max_attempts": 1}),
        )
        self.may_exec = True
        self.trusts = True
        self.in_cluster = CLUSTER

    @property
    def cluster(self) -> str:
        """Its ARN."""
        return f"arn:aws:ecs:us-east-1:000000000000:cluster/{self.in_cluster}"

    def create(
        self,
        *,
        definition: dict[str, Any] | None = None,
        container: dict[str, Any] | None = None,
        **more: Any,
    ) -> None:
        """The service, up for a day, with ECS Exec and a task role unless told otherwise."""
        made = main_container(command=COMMAND, **(container or {}))
        arn = self.stage.register(made, **{"taskRoleArn": ROLE, **(definition or {})})
        settings = {
            "enableExecuteCommand": True,
            "serviceRegistries": [{"registryArn": REGISTRY}],
            "launchType": "FARGATE",
            "tags": [{"key": "unwedge", "value": "enforce"}],
            **more,
        }
        self.stage.create(definition=arn, **settings)
        self.stage.forward(120)
        self.sessions.image.resolve({NAME: self.stage.newest().address})

    def verifier(self, settings: Settings | None = None) -> Verifier:
        """With the caller's own credentials."""
        fakes: Any = self.fakes
        trust = ssl.create_default_context(cafile=str(self.sessions.certificate))
        return Verifier(
            lambda: Reads(self.ecs, fakes, lambda: fakes, lambda: fakes, lambda: fakes),
            self.ecs,
            settings or Settings(),
            lambda cluster: self.may_exec,
            trust if self.trusts else None,
        )

    def look(self, *, last: bool = True, cause: VerificationCause = VerificationCause.ASKED) -> Looked:
        """One look now."""
        found = self.verifier().look(self.cluster, SERVICE, cause, self.stage.sim.now, last=last)
        assert isinstance(found, Looked)
        return found

    def checks(self) -> dict[Part, Check]:
        """The checks of one look."""
        return {check.part: check for check in self.look().verification.checks}


@pytest.fixture
def verified(port: int) -> Iterator[Verified]:
    """A verifier and an ECS without a service yet."""
    with Sessions(port_of=lambda container: port) as sessions:
        made = Verified(sessions)
        yield made
        made.server.close()


def test_a_service_that_works_passes_every_check_in_at_most_twelve_calls(verified: Verified) -> None:
    """The real story's six, one writer, and ECS Exec; measured."""
    verified.create()
    before = sum(verified.stage.sim.api_calls.values())
    looked = verified.look()
    found = looked.verification
    assert {check.part: check.result for check in found.checks} == GREEN
    assert found.result is Result.PASS
    assert looked.soon is None
    assert found.calls <= 12
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
    assert found.calls <= 12
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


@pytest.mark.parametrize(
    ("arrange", "result", "words"),
    [
        (_not_enabled, Result.FAIL, "Neither the service nor the task"),
        (_started_before, Result.FAIL, "only tasks that start afterwards have it"),
        (_agent_stopped, Result.FAIL, "is STOPPED, and ECS says: Received Container Stopped event"),
        (_no_agent, Result.FAIL, "shows no ExecuteCommandAgent for container"),
        (_old_platform, Result.FAIL, "runs on platform version 1.3.0; ECS Exec needs 1.4.0"),
        (_slow, Result.UNKNOWN, "The command did not end in time."),
        (_read_only_root, Result.FAIL, "readonlyRootFilesystem"),
        (_credentials, Result.FAIL, "AWS_SECRET_ACCESS_KEY"),
        (_no_role, Result.FAIL, "no task role"),
        (_role_lacks, Result.FAIL, "denies the task role ssmmessages:OpenControlChannel"),
        (_no_route, Result.FAIL, "no default route"),
        (_endpoint_closed, Result.FAIL, "VPC endpoint vpce-1"),
        (_all_green, Result.UNKNOWN, "Nothing that was looked at explains it"),
        (_no_shell, Result.FAIL, "has no shell"),
        (_encrypted, Result.FAIL, "KMS key"),
        (_closed, Result.UNKNOWN, "ended before the command did"),
        (_denied, Result.FAIL, "AccessDeniedException"),
        (
            _logging_lacks,
            Result.FAIL,
            "kms:Decrypt, logs:PutLogEvents, s3:PutObject, which the cluster's logging",
        ),
        (_untrusted, Result.FAIL, "CERTIFICATE_VERIFY_FAILED"),
        (_unreachable, Result.UNKNOWN, "cannot be reached"),
    ],
)
def test_each_cause_that_keeps_exec_from_working_is_told_and_the_rest_is_verified(
    verified: Verified,
    arrange: Callable[[Verified], None],
    result: Result,
    words: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Brought about in the simulation; what does not need ECS Exec passes all the same."""
    if arrange is _slow:
        monkeypatch.setattr(_Prometheus, "pause", 1.0)
        monkeypatch.setattr(looking, "_EXEC_SECONDS", 0.5)
    arrange(verified)
    found = verified.look().verification
    checks = {check.part: check for check in found.checks}
    assert (checks[Part.EXEC].result, words in checks[Part.EXEC].evidence) == (result, True), checks[
        Part.EXEC
    ]
    assert checks[Part.EXEC].remedy
    for part in (Part.SERVICE, Part.WRITER, Part.HEALTH, Part.LOGS, Part.DISCOVERY):
        assert checks[part].result is Result.PASS, checks[part]
    for part in (Part.ENDPOINTS, Part.DNS):
        assert checks[part].result is Result.UNKNOWN, checks[part]
    assert found.calls <= 15  # the search for a cause, on top


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
