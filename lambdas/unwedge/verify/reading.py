"""The reads of a verification: few calls, each error a value. Counts what it calls."""

from collections.abc import Callable, Mapping
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Any

from unwedge.model.log import ContainerLog, LogStatus
from unwedge.model.service import Service
from unwedge.model.task_definition import ContainerSpec
from unwedge.observe import parse
from unwedge.observe.definitions import objects, task_definition, text
from unwedge.observe.logstream import LINES_KEPT, read_log, read_start
from unwedge.observe.reads import NOT_THERE, ReadError, read, understood
from unwedge.verify.doctor import ACTIONS
from unwedge.verify.facts import (
    Agent,
    ContainerState,
    ExecSetup,
    Network,
    Registration,
    Role,
    RunningTask,
)

if TYPE_CHECKING:
    from types_boto3_ec2 import EC2Client
    from types_boto3_ecs import ECSClient
    from types_boto3_iam import IAMClient
    from types_boto3_logs import CloudWatchLogsClient
    from types_boto3_servicediscovery import ServiceDiscoveryClient

Json = Mapping[str, Any]
_MOST_TASKS = 100
_MOST_INSTANCES = 100
_CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
_HTTPS = 443
# What the agent needs beside the channels, by what the cluster's configuration of sessions uses
# (Developer Guide, "Logging Amazon ECS Exec commands").
_FOR_LOGS = ("logs:CreateLogStream", "logs:DescribeLogGroups", "logs:DescribeLogStreams", "logs:PutLogEvents")
_FOR_S3 = ("s3:PutObject", "s3:GetEncryptionConfiguration")
_FOR_KMS = ("kms:Decrypt",)


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
            task for item in found.get("tasks", []) if (task := understood("ecs:DescribeTasks", _task, item))
        )

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
        way_out = _way_out(tables, subnet)
        endpoints = self._read(
            "ec2:DescribeVpcEndpoints",
            client.describe_vpc_endpoints,
            Filters=[{"Name": "vpc-id", "Values": [vpc]}],
        ).get("VpcEndpoints", [])
        endpoint = next(
            (item for item in endpoints if str(item.get("ServiceName", "")).endswith(".ssmmessages")), None
        )
        if endpoint is None:
            return Network(way_out)
        groups = tuple(str(item.get("GroupId")) for item in endpoint.get("Groups", []))
        admits = None
        if groups:
            found = self._read(
                "ec2:DescribeSecurityGroups", client.describe_security_groups, GroupIds=list(groups)
            )
            admits = _admits(found.get("SecurityGroups", []), address)
        return Network(way_out, str(endpoint.get("VpcEndpointId")), admits, groups)

    def _read(self, call: str, method: Callable[..., Any], **params: Any) -> dict[str, Any]:
        self.calls += 1
        answer: dict[str, Any] = read(call, method, **params)
        return answer


def role_actions() -> tuple[str, ...]:
    """What every agent needs."""
    return ACTIONS


def one_at_a_time(service: Json) -> bool:
    """Whether a deployment stops the old task before it starts the new one."""
    settings = service.get("deploymentConfiguration") or {}
    return settings.get("maximumPercent") == 100 and settings.get("minimumHealthyPercent") == 0


def registries(service: Json) -> tuple[str, ...]:
    """The ARNs of the Cloud Map services that ECS registers the tasks with."""
    return tuple(
        found
        for item in objects(service.get("serviceRegistries"))
        if (found := text(item.get("registryArn")))
    )


def tag(service: Json, name: str) -> str | None:
    """The value of a tag of the service."""
    return next((item.get("value") for item in objects(service.get("tags")) if item.get("key") == name), None)


def exec_setup(definition: Json, container: str) -> ExecSetup:
    """What a task definition says that ECS Exec depends on. Of the environment only names are looked at."""
    found = next(
        (item for item in objects(definition.get("containerDefinitions")) if item.get("name") == container),
        {},
    )
    names = {item.get("name") for key in ("environment", "secrets") for item in objects(found.get(key))}
    linux = found.get("linuxParameters") or {}
    return ExecSetup(
        text(definition.get("taskRoleArn")),
        read_only_root=found.get("readonlyRootFilesystem") is True,
        credentials=tuple(name for name in _CREDENTIALS if name in names),
        init_process=linux.get("initProcessEnabled") is True,
        pid_mode=text(definition.get("pidMode")),
    )


def parsed(service: Json) -> Service:
    """The service in the model's words. Raises ReadError."""
    return understood("ecs:DescribeServices", parse.service, service)


def _task(data: Json) -> RunningTask | None:
    task = parse.task(data)
    if task is None:
        return None
    details = {
        str(item.get("name")): text(item.get("value"))
        for attachment in objects(data.get("attachments"))
        if attachment.get("type") == "ElasticNetworkInterface"
        for item in objects(attachment.get("details"))
    }
    return RunningTask(
        task,
        exec_enabled=data.get("enableExecuteCommand") is True,
        containers=tuple(_container(item) for item in objects(data.get("containers"))),
        launch_type=text(data.get("launchType")) or "",
        platform_version=text(data.get("platformVersion")) or "",
        address=details.get("privateIPv4Address"),
        subnet=details.get("subnetId"),
    )


def _container(data: Json) -> ContainerState:
    agents = [
        Agent(
            text(item.get("lastStatus")) or "",
            text(item.get("reason")) or "",
            parse.moment(item.get("lastStartedAt")),
        )
        for item in objects(data.get("managedAgents"))
        if item.get("name") == "ExecuteCommandAgent"
    ]
    return ContainerState(
        text(data.get("name")) or "",
        text(data.get("lastStatus")) or "",
        text(data.get("healthStatus")) or "",
        agents[0] if agents else None,
    )


def _way_out(tables: list[Json], subnet: str) -> str | None:
    """Where the default route of a subnet leads: by its own table, else by its VPC's main one. A black hole
    leads nowhere."""
    own = [table for table in tables if _associated(table, "SubnetId", subnet)]
    main = [table for table in tables if _associated(table, "Main", True)]
    for route in objects((own or main or [{}])[0].get("Routes")):
        if route.get("DestinationCidrBlock") != "0.0.0.0/0" or route.get("State") == "blackhole":
            continue
        keys = ("NatGatewayId", "GatewayId", "TransitGatewayId", "InstanceId", "NetworkInterfaceId")
        target = next((text(route.get(key)) for key in keys if route.get(key)), None)
        return target or "a target that AWS does not name"
    return None


def _associated(table: Json, key: str, value: object) -> bool:
    return any(item.get(key) == value for item in objects(table.get("Associations")))


def _admits(groups: list[Json], address: str | None) -> bool | None:
    """Whether one of the groups lets an address in on 443; None where a rule names another group or a
    prefix list, whose members are not read."""
    unsure = False
    for group in groups:
        for rule in objects(group.get("IpPermissions")):
            if not _on_https(rule):
                continue
            if any(_within(address, text(item.get("CidrIp"))) for item in objects(rule.get("IpRanges"))):
                return True
            unsure |= bool(rule.get("UserIdGroupPairs") or rule.get("PrefixListIds"))
    return None if unsure else False


def _on_https(rule: Json) -> bool:
    if rule.get("IpProtocol") == "-1":
        return True
    low, high = rule.get("FromPort"), rule.get("ToPort")
    return (
        rule.get("IpProtocol") == "tcp"
        and isinstance(low, int)
        and isinstance(high, int)
        and low <= _HTTPS <= high
    )


def _within(address: str | None, block: str | None) -> bool:
    try:
        return ip_address(address or "") in ip_network(block or "", strict=False)
    except ValueError:
        return False
