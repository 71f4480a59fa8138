"""A service in the simulated ECS, what its Prometheus and the rest of AWS answer, and its verifier."""

import ssl
import time
from http.server import BaseHTTPRequestHandler
from typing import Any, ClassVar

import boto3
from botocore.config import Config

from rehearsal.ecs.wire import EcsServer
from rehearsal.programs.sessions.server import Sessions
from tests.support.aws import client_error
from tests.support.simulated_ecs import CLUSTER, SERVICE, Stage, main_container
from unwedge.model.settings import Settings
from unwedge.model.verification import Check, Part, Result, VerificationCause
from unwedge.verify.reading import Reads
from unwedge.verify.verifier import Looked, Verifier

ROLE = "arn:aws:iam::000000000000:role/prom-task"
REGISTRY = "arn:aws:servicediscovery:us-east-1:000000000000:service/srv-1"
NAME = "prometheus.dev.internal"
COMMAND = ["--storage.tsdb.path=/prometheus/data"]
GREEN = dict.fromkeys(Part, Result.PASS)


class Prometheus(BaseHTTPRequestHandler):
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
