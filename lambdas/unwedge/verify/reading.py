"""The reads of a verification: few calls, each error a value. Counts what it calls."""

from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any, cast

from unwedge.decide.grips import Reference
from unwedge.model.log import ContainerLog, LogStatus
from unwedge.model.task_definition import ContainerSpec
from unwedge.observe.cluster import ClusterReads
from unwedge.observe.definitions import task_definition, text
from unwedge.observe.logstream import LINES_KEPT, read_log, read_start
from unwedge.observe.neighbours import neighbours_of
from unwedge.observe.reads import NOT_THERE, ReadError, read, understood
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
_MOST_TASKS = 100
_MOST_INSTANCES = 100
# What the agent needs beside the channels, by what the cluster's configuration of sessions uses
# (Developer Guide, "Logging Amazon ECS Exec commands").
_FOR_LOGS = ("logs:CreateLogStream", "logs:DescribeLogGroups", "logs:DescribeLogStreams", "logs:PutLogEvents")
_FOR_S3 = ("s3:PutObject", "s3:GetEncryptionConfiguration")
_FOR_KMS = ("kms:Decrypt",)


class _Counted:
    """A client whose calls are counted."""

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
    """Every read that a verification may make. `calls` counts them. All raise ReadError."""

    def __init__(
        self,
        ecs: "ECSClient",
        logs: "CloudWatchLogsClient",
        discovery: Callable[[], "ServiceDiscoveryClient"],
        iam: Callable[[], "IAMClient"],
        ec2: Callable[[], "EC2Client"],
    ) -> None:
        self._ecs, self._logs = ecs, logs
        self._discovery, self._iam, self._ec2 = discovery, iam, ec2
        self.calls = 0

    def service(self, cluster: str, name: str) -> Json | None:
        """DescribeServices' answer for one service; None where there is none."""
        try:
            answer = self._read(
                "ecs:DescribeServices",
                self._ecs.describe_services,
                cluster=cluster,
                services=[name],
                include=["TAGS"],
            )
        except ReadError as error:
            if error.failure.code in NOT_THERE:
                return None
            raise
        found: list[Json] = answer.get("services", [])
        return found[0] if found else None

    def tasks(self, cluster: str, name: str) -> tuple[RunningTask, ...]:
        """The service's tasks that are meant to run, a hundred at most."""
        answer = self._read(
            "ecs:ListTasks", self._ecs.list_tasks, cluster=cluster, serviceName=name, desiredStatus="RUNNING"
        )
        arns = answer.get("taskArns", [])[:_MOST_TASKS]
        if not arns:
            return ()
        found = self._read("ecs:DescribeTasks", self._ecs.describe_tasks, cluster=cluster, tasks=arns)
        return tuple(
            task
            for item in found.get("tasks", [])
            if (task := understood("ecs:DescribeTasks", running_task, item))
        )

    def beside(self, cluster: str, own: Collection[str], task: RunningTask, spec: ContainerSpec) -> Beside:
        """Who else in the cluster may keep data where this container does. Never raises."""
        counted = _Counted(self._ecs)
        reads = ClusterReads(cast("ECSClient", counted))
        found = neighbours_of(reads, cluster, own, Reference(task.task, spec))
        self.calls += counted.calls
        return Beside(*found)

    def definition(self, arn: str) -> Json:
        """DescribeTaskDefinition's answer."""
        answer = self._read(
            "ecs:DescribeTaskDefinition", self._ecs.describe_task_definition, taskDefinition=arn
        )
        found: Json = answer["taskDefinition"]
        understood("ecs:DescribeTaskDefinition", task_definition, found)
        return found

    def log(self, task: RunningTask, spec: ContainerSpec) -> tuple[ContainerLog, bool]:
        """The first lines of a container's log, and its newest where there are more; whether that is all."""
        self.calls += 1
        start = read_start(self._logs, task.task, spec)
        if start.status is not LogStatus.READ or len(start.lines) < LINES_KEPT:
            return start, True
        self.calls += 1
        newest = read_log(self._logs, task.task, spec)
        known = set(start.lines)
        more = tuple(line for line in newest.lines if line not in known)
        return start._replace(lines=(*start.lines, *more)), len(more) < len(newest.lines)

    def registration(self, registry: str) -> Registration:
        """What Cloud Map has for a registry's ARN, with the DNS name that leads there."""
        client = self._discovery()
        service_id = registry.rsplit("/", 1)[-1]
        answer = self._read(
            "servicediscovery:ListInstances",
            client.list_instances,
            ServiceId=service_id,
            MaxResults=_MOST_INSTANCES,
        )
        addresses = {
            str(item.get("Id")): (item.get("Attributes") or {}).get("AWS_INSTANCE_IPV4", "")
            for item in answer.get("Instances", [])
        }
        service = self._read("servicediscovery:GetService", client.get_service, Id=service_id)["Service"]
        dns = service.get("DnsConfig") or {}
        namespace = text(service.get("NamespaceId")) or text(dns.get("NamespaceId"))
        name = str(service.get("Name", ""))
        if namespace and dns.get("DnsRecords"):
            found = self._read("servicediscovery:GetNamespace", client.get_namespace, Id=namespace)
            name = f"{name}.{found['Namespace']['Name']}"
        return Registration(name, addresses)

    def role(self, role: str, actions: tuple[str, ...]) -> Role:
        """Which of these actions IAM's simulation denies the role, on all resources."""
        answer = self._read(
            "iam:SimulatePrincipalPolicy",
            self._iam().simulate_principal_policy,
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
        answer = self._read(
            "ecs:DescribeClusters",
            self._ecs.describe_clusters,
            clusters=[cluster],
            include=["CONFIGURATIONS"],
        )
        found: list[Json] = answer.get("clusters", [])
        whole = (found[0].get("configuration") or {}) if found else {}
        settings: Json = whole.get("executeCommandConfiguration") or {}
        places: Json = settings.get("logConfiguration") or {}
        actions = [*(_FOR_KMS if settings.get("kmsKeyId") else ())]
        actions += _FOR_LOGS if places.get("cloudWatchLogGroupName") else ()
        actions += _FOR_S3 if places.get("s3BucketName") else ()
        return tuple(actions)

    def network(self, subnet: str, address: str | None) -> Network:
        """The way from a subnet to the Session Manager endpoint."""
        client = self._ec2()
        subnets = self._read("ec2:DescribeSubnets", client.describe_subnets, SubnetIds=[subnet])
        vpc = subnets["Subnets"][0]["VpcId"]
        tables = self._read(
            "ec2:DescribeRouteTables",
            client.describe_route_tables,
            Filters=[{"Name": "vpc-id", "Values": [vpc]}],
        ).get("RouteTables", [])
        route = way_out(tables, subnet)
        endpoints = self._read(
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
            found = self._read(
                "ec2:DescribeSecurityGroups", client.describe_security_groups, GroupIds=list(groups)
            )
            admitted = admits(found.get("SecurityGroups", []), address)
        return Network(route, str(endpoint.get("VpcEndpointId")), admitted, groups)

    def _read(self, call: str, method: Callable[..., Any], **params: Any) -> dict[str, Any]:
        self.calls += 1
        answer: dict[str, Any] = read(call, method, **params)
        return answer
