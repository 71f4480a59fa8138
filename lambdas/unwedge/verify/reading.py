"""The reads of a verification: few calls, each counted."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar, cast

from unwedge.decide.grips import Reference
from unwedge.model.log import ContainerLog, LogStatus
from unwedge.model.task_definition import ContainerSpec
from unwedge.observe.cluster import ClusterReads
from unwedge.observe.definitions import task_definition, text
from unwedge.observe.logstream import LINES_KEPT, read_log, read_start
from unwedge.observe.neighbours import neighbours_of
from unwedge.observe.reads import read, understood
from unwedge.verify.described import running_task
from unwedge.verify.facts import (
    Beside,
    Network,
    Registration,
    Role,
    RunningTask,
)
from unwedge.verify.network import admits, way_out

if TYPE_CHECKING:
    from types_boto3_ec2 import EC2Client
    from types_boto3_ecs import ECSClient
    from types_boto3_iam import IAMClient
    from types_boto3_logs import CloudWatchLogsClient
    from types_boto3_servicediscovery import ServiceDiscoveryClient

Json = Mapping[str, Any]
T = TypeVar("T")
_MOST_INSTANCES = 100
# What the agent needs beside the channels, by what the cluster's configuration of sessions uses
# (Developer Guide, "Logging Amazon ECS Exec commands").
_FOR_LOGS = ("logs:CreateLogStream", "logs:DescribeLogGroups", "logs:DescribeLogStreams", "logs:PutLogEvents")
_FOR_S3 = ("s3:PutObject", "s3:GetEncryptionConfiguration")
_FOR_KMS = ("kms:Decrypt",)


class _Counted:
    """A client whose calls are counted, also those of a list that has pages."""

    def __init__(self, client: object) -> None:
        self._client = client
        self.calls = 0

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._client, name)

        def call(**params: object) -> object:
            self.calls += 1
            return method(**params)

        return call


class Reads:
    """Every read that a verification may make. All raise ReadError."""

    def __init__(
        self,
        ecs: "ECSClient",
        logs: "CloudWatchLogsClient",
        discovery: Callable[[], "ServiceDiscoveryClient"],
        iam: Callable[[], "IAMClient"],
        ec2: Callable[[], "EC2Client"],
    ) -> None:
        self._clients: list[_Counted] = []
        self._ecs, self._logs = self._counted(ecs), self._counted(logs)
        self._cluster = ClusterReads(self._ecs)
        self._discovery, self._iam, self._ec2 = discovery, iam, ec2

    @property
    def calls(self) -> int:
        """How many calls were made so far."""
        return sum(client.calls for client in self._clients)

    def service(self, cluster: str, name: str) -> Json | None:
        """DescribeServices' answer for one service; None where there is none."""
        return self._cluster.described_service(cluster, name)

    def tasks(self, cluster: str, name: str) -> tuple[RunningTask, ...]:
        """The service's tasks that are meant to run."""
        described = self._cluster.describe(cluster, self._cluster.list_tasks(cluster, name, "RUNNING"))
        return tuple(
            task for item in described if (task := understood("ecs:DescribeTasks", running_task, item))
        )

    def beside(self, cluster: str, own: Collection[str], task: RunningTask, spec: ContainerSpec) -> Beside:
        """Who else in the cluster may keep data where this container does. Never raises."""
        return Beside(*neighbours_of(self._cluster, cluster, own, Reference(task.task, spec)))

    def definition(self, arn: str) -> Json:
        """DescribeTaskDefinition's answer."""
        call = "ecs:DescribeTaskDefinition"
        answer = read(call, self._ecs.describe_task_definition, taskDefinition=arn)
        found: Json = answer["taskDefinition"]
        understood(call, task_definition, found)
        return found

    def log(self, task: RunningTask, spec: ContainerSpec) -> tuple[ContainerLog, bool]:
        """The first lines of a container's log, and its newest where there are more; whether that is all."""
        start = read_start(self._logs, task.task, spec)
        if start.status is not LogStatus.READ or len(start.lines) < LINES_KEPT:
            return start, True
        newest = read_log(self._logs, task.task, spec)
        known = set(start.lines)
        more = tuple(line for line in newest.lines if line not in known)
        return start._replace(lines=(*start.lines, *more)), len(more) < len(newest.lines)

    def registration(self, registry: str) -> Registration:
        """What Cloud Map has for a registry's ARN, with the DNS name that leads there."""
        client = self._counted(self._discovery())
        service_id = registry.rsplit("/", 1)[-1]
        answer = read(
            "servicediscovery:ListInstances",
            client.list_instances,
            ServiceId=service_id,
            MaxResults=_MOST_INSTANCES,
        )
        addresses = {
            str(item.get("Id")): (item.get("Attributes") or {}).get("AWS_INSTANCE_IPV4", "")
            for item in answer.get("Instances", [])
        }
        service = read("servicediscovery:GetService", client.get_service, Id=service_id)["Service"]
        dns: Json = service.get("DnsConfig") or {}
        namespace = text(service.get("NamespaceId")) or text(dns.get("NamespaceId"))
        name = str(service.get("Name", ""))
        if namespace and dns.get("DnsRecords"):
            found = read("servicediscovery:GetNamespace", client.get_namespace, Id=namespace)
            name = f"{name}.{found['Namespace']['Name']}"
        return Registration(name, addresses, whole="NextToken" not in answer)

    def role(self, role: str, actions: tuple[str, ...]) -> Role:
        """Which of these actions IAM's simulation denies the role, on all resources."""
        answer = read(
            "iam:SimulatePrincipalPolicy",
            self._counted(self._iam()).simulate_principal_policy,
            PolicySourceArn=role,
            ActionNames=list(actions),
        )
        lacking = [
            item["EvalActionName"]
            for item in answer.get("EvaluationResults", [])
            if item.get("EvalDecision") != "allowed"
        ]
        return Role(tuple(lacking))

    def logging_actions(self, cluster: str) -> tuple[str, ...]:
        """What the cluster's configuration of ECS Exec makes the agent need beside its channels."""
        answer = read(
            "ecs:DescribeClusters",
            self._ecs.describe_clusters,
            clusters=[cluster],
            include=["CONFIGURATIONS"],
        )
        found: Sequence[Json] = answer.get("clusters", [])
        whole = (found[0].get("configuration") or {}) if found else {}
        settings: Json = whole.get("executeCommandConfiguration") or {}
        places: Json = settings.get("logConfiguration") or {}
        actions = [*(_FOR_KMS if settings.get("kmsKeyId") else ())]
        actions += _FOR_LOGS if places.get("cloudWatchLogGroupName") else ()
        actions += _FOR_S3 if places.get("s3BucketName") else ()
        return tuple(actions)

    def network(self, subnet: str, address: str | None) -> Network:
        """The way from a subnet to the Session Manager endpoint."""
        client = self._counted(self._ec2())
        subnets = read("ec2:DescribeSubnets", client.describe_subnets, SubnetIds=[subnet])
        vpc = subnets["Subnets"][0]["VpcId"]
        tables = read(
            "ec2:DescribeRouteTables",
            client.describe_route_tables,
            Filters=[{"Name": "vpc-id", "Values": [vpc]}],
        ).get("RouteTables", [])
        route = way_out(tables, subnet)
        endpoints = read(
            "ec2:DescribeVpcEndpoints",
            client.describe_vpc_endpoints,
            Filters=[{"Name": "vpc-id", "Values": [vpc]}],
        ).get("VpcEndpoints", [])
        endpoint = next(
            (item for item in endpoints if str(item.get("ServiceName", "")).endswith(".ssmmessages")), None
        )
        if endpoint is None:
            return Network(route)
        groups = tuple(str(item.get("GroupId")) for item in endpoint.get("Groups", []))
        admitted = None
        if groups:
            found = read("ec2:DescribeSecurityGroups", client.describe_security_groups, GroupIds=list(groups))
            admitted = admits(found.get("SecurityGroups", []), address)
        return Network(route, str(endpoint.get("VpcEndpointId")), admitted, groups)

    def _counted(self, client: T) -> T:
        counted = _Counted(client)
        self._clients.append(counted)
        return cast("T", counted)
