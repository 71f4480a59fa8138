"""IAM decisions about the function's calls: on the policies as deployed, with condition keys."""

import hashlib
import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from rehearsal.aws.deploy import ROOT
from rehearsal.aws.deployed_app import AUDITS, CHECKS, QUEUES, DeployedApp
from rehearsal.aws.emulator import ACCOUNT, REGION
from rehearsal.ecs.errors import ApiError
from tests.support.fault_proxy import Intercepted

Policies = dict[str, dict[str, Any]]
# The emulator asks for GetLogEvents on the log group, where AWS asks on the log stream.
_READ_LOGS = "logs:GetLogEvents"
_GROUPS = {
    "Effect": "Allow",
    "Action": [_READ_LOGS],
    "Resource": [f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:*"],
}
# It gives parameters names with a leading slash, where CloudFormation gives CFN-… without, and drops a slash
# of the ARN that the CDK makes for such a name.
_SWITCH = {
    action: {
        "Effect": "Allow",
        "Action": [action],
        "Resource": [f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/*"],
    }
    for action in ("ssm:GetParameter", "ssm:PutParameter")
}
# It knows no condition key of EventBridge, so a condition on one is never met.
_SEND_EVENTS = "events:PutEvents"
_BUSES = {
    "Effect": "Allow",
    "Action": [_SEND_EVENTS],
    "Resource": [f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/*"],
}
# Nor does it know the leading keys of DynamoDB.
_ITEMS = {
    action: {
        "Effect": "Allow",
        "Action": [action],
        "Resource": [f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/*"],
    }
    for action in ("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:Query")
}
_SUPPLEMENTS = {_READ_LOGS: _GROUPS, _SEND_EVENTS: _BUSES, **_SWITCH, **_ITEMS}
_SCRIPT = Path(__file__).parent / "decide_access.mjs"
_KEY_ID = re.compile(r"Credential=([^/,\s]+)/")


@dataclass(frozen=True)
class Request:
    """What IAM is asked: an action on a resource, with the condition keys that the service sets."""

    action: str
    resource: str
    context: tuple[tuple[str, str | tuple[str, ...]], ...] = ()


class AccessSimulator:
    """IAM's evaluation of identity policies, in a Node process."""

    def __init__(self) -> None:
        node = Path(sys.executable).parent / "node"
        self._process = subprocess.Popen(
            [str(node), str(_SCRIPT), str(ROOT / "package.json")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._lock = threading.Lock()

    def allows(self, policies: Mapping[str, Any], request: Request) -> bool:
        """Whether the policies allow the request; RuntimeError for one that IAM does not know."""
        question = {
            "policies": list(policies.values()),
            "action": request.action,
            "resource": request.resource,
            "context": dict(request.context),
            "account": ACCOUNT,
        }
        with self._lock:
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            self._process.stdin.write(json.dumps(question) + "\n")
            self._process.stdin.flush()
            answer = json.loads(self._process.stdout.readline())
        if answer["result"] == "Error":
            raise RuntimeError(f"{request}: {answer['errors']}")
        return bool(answer["result"] == "Allowed")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate(timeout=10)


@dataclass
class Role:
    """A function's role in the emulator: its inline policies as deployed, and how to change them."""

    deployed: DeployedApp
    function: str = "RemediatorFunction"

    def __post_init__(self) -> None:
        functions = self.deployed.emulator.client("lambda")
        function = functions.get_function_configuration(
            FunctionName=self.deployed.deployment.output(self.function)
        )
        self.arn: str = function["Role"]
        self.name = self.arn.rsplit("/", 1)[-1]
        self.policies = self._read()
        self._supplement()
        # the key id that the emulator gives the function for its role
        digest = hashlib.sha256(f"{function['FunctionArn']}:{self.arn}".encode()).hexdigest()
        self.keys = {f"ASIA{digest[:16].upper()}"}

    def _read(self) -> Policies:
        iam = self.deployed.emulator.client("iam")
        names = iam.list_role_policies(RoleName=self.name)["PolicyNames"]
        return {
            name: iam.get_role_policy(RoleName=self.name, PolicyName=name)["PolicyDocument"] for name in names
        }

    def _write(self, policies: Policies) -> None:
        for name, document in policies.items():
            self.deployed.emulator.client("iam").put_role_policy(
                RoleName=self.name, PolicyName=name, PolicyDocument=json.dumps(document)
            )
        self.policies = policies
        self._supplement()

    def _supplement(self) -> None:
        """Let the emulator's own idea of some actions through as long as the deployed policies allow them."""
        iam, name = self.deployed.emulator.client("iam"), "TheEmulatorsOwnIdeas"
        wanted = [statement for action, statement in _SUPPLEMENTS.items() if action in self.actions]
        document = {"Version": "2012-10-17", "Statement": wanted}
        if wanted:
            iam.put_role_policy(RoleName=self.name, PolicyName=name, PolicyDocument=json.dumps(document))
        else:
            with suppress(iam.exceptions.NoSuchEntityException):
                iam.delete_role_policy(RoleName=self.name, PolicyName=name)

    @property
    def actions(self) -> set[str]:
        """Every action that the role allows."""
        return {
            action
            for document in self.policies.values()
            for statement in document["Statement"]
            for action in _listed(statement["Action"])
        }

    @contextmanager
    def lacking(self, action: str) -> Iterator[None]:
        """The role without one action, within the block."""
        whole = self.policies
        self._write(without(whole, action))
        try:
            yield
        finally:
            self._write(whole)


def without(policies: Policies, action: str) -> Policies:
    """The policies with one action taken away."""

    def reduced(document: dict[str, Any]) -> dict[str, Any]:
        statements = [
            {**statement, "Action": [item for item in _listed(statement["Action"]) if item != action]}
            for statement in document["Statement"]
        ]
        return {**document, "Statement": [item for item in statements if item["Action"]]}

    return {name: reduced(document) for name, document in policies.items()}


def _listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


@dataclass
class EcsGuard:
    """Authorises calls of the simulated ECS as IAM does; goes on EcsServer.before_call."""

    simulator: AccessSimulator
    roles: tuple[Role, ...]
    denied: list[Request] = field(default_factory=list)

    def __call__(
        self, operation: str, params: Mapping[str, Any], headers: Mapping[str, str]
    ) -> ApiError | None:
        found = _KEY_ID.search(headers.get("Authorization", ""))
        role = next((role for role in self.roles if found and found[1] in role.keys), None)
        if role is None:
            return ApiError("UnrecognizedClientException", "The security token is invalid.")
        for request in ecs_requests(operation, params):
            if not self.simulator.allows(role.policies, request):
                self.denied.append(request)
                return ApiError(
                    "AccessDeniedException",
                    f"User: {role.arn} is not authorized to perform: {request.action} on resource: "
                    f"{request.resource} because no identity-based policy allows the {request.action} action",
                )
        return None


def ecs_requests(operation: str, params: Mapping[str, Any]) -> list[Request]:
    """What IAM is asked for one ECS call, by AWS's service authorization reference."""
    action = f"ecs:{operation}"
    cluster = str(params.get("cluster", "default")).rsplit("/", 1)[-1]
    within = (("ecs:cluster", f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/{cluster}"),)
    match operation:
        case "StopTask":
            return [Request(action, _ecs_arn("task", cluster, params["task"]), within)]
        case "DescribeServiceDeployments":
            resources = params["serviceDeploymentArns"]
            clusters = [f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/{arn.split('/')[1]}" for arn in resources]
            return [
                Request(action, arn, (("ecs:cluster", of),))
                for arn, of in zip(resources, clusters, strict=True)
            ]
        case "DescribeTasks" | "GetTaskProtection":
            return [Request(action, _ecs_arn("task", cluster, task), within) for task in params["tasks"]]
        case "ExecuteCommand":
            task = _ecs_arn("task", cluster, params["task"])
            return [Request(action, arn, within) for arn in (within[0][1], task)]
        case "DescribeClusters":
            return [Request(action, arn) for arn in params["clusters"]]
        case "DescribeServices":
            names = params["services"]
            return [Request(action, _ecs_arn("service", cluster, name), within) for name in names]
        case "ListServiceDeployments" | "UpdateService":
            return [Request(action, _ecs_arn("service", cluster, params["service"]), within)]
        case "ListTasks" | "ListServices":
            # no resource but a container instance, and Fargate tasks have none
            return [Request(action, "*", within)]
        case _:
            return [Request(action, "*")]


def _ecs_arn(kind: str, cluster: str, name: str) -> str:
    return f"arn:aws:ecs:{REGION}:{ACCOUNT}:{kind}/{cluster}/{name.rsplit('/', 1)[-1]}"


def requests_of(calls: Iterable[Intercepted]) -> set[Request]:
    """What IAM was asked for these calls of the function."""
    return {request for call in calls for request in _requests(call)}


def _requests(call: Intercepted) -> Iterable[Request]:
    service, operation = call.operation.split(":")
    params = call.params
    match call.operation:
        case "logs:GetLogEvents":
            group, stream = params["logGroupName"], params["logStreamName"]
            yield Request(call.operation, _arn("logs", f"log-group:{group}:log-stream:{stream}"))
        case "ssm:GetParameter" | "ssm:PutParameter":
            yield Request(call.operation, _arn("ssm", f"parameter/{params['Name'].lstrip('/')}"))
        case _ if service in ("servicediscovery", "ec2", "iam"):
            yield _verifying(call.operation, params)
        case "secretsmanager:GetSecretValue":
            yield Request(call.operation, params["SecretId"])
        case _ if service == "ecs":
            yield from ecs_requests(operation, params)
        case _ if service == "dynamodb":
            yield from _ledger(call.operation, params)
        case "cloudwatch:DescribeAlarms":
            yield Request(call.operation, _arn("cloudwatch", f"alarm:{params['AlarmNamePrefix']}Any"))
        case _ if service in ("sns", "events"):
            yield from _telling(call.operation, params)
        case _:
            yield Request(call.operation, _arn("sqs", params["QueueUrl"].rsplit("/", 1)[-1]))


def _verifying(operation: str, params: Mapping[str, Any]) -> Request:
    """Of Cloud Map, EC2 and IAM."""
    match operation:
        case "iam:SimulatePrincipalPolicy":
            return Request(operation, params["PolicySourceArn"])
        case "servicediscovery:GetService":
            return Request(operation, _arn("servicediscovery", f"service/{params['Id']}"))
        case "servicediscovery:GetNamespace":
            return Request(operation, _arn("servicediscovery", f"namespace/{params['Id']}"))
        case _:
            return Request(operation, "*")


def _ledger(operation: str, params: Mapping[str, Any]) -> Iterable[Request]:
    if operation == "dynamodb:TransactWriteItems":
        for item in params["TransactItems"]:
            for kind, part in item.items():
                yield Request(f"dynamodb:{kind}Item", _arn("dynamodb", f"table/{part['TableName']}"))
        return
    table, index = f"table/{params['TableName']}", params.get("IndexName")
    item = params.get("Key") or params.get("Item")
    leading = item["pk"]["S"] if item else _queried(params)
    keys = (("dynamodb:LeadingKeys", (leading,)),) if leading else ()
    yield Request(operation, _arn("dynamodb", f"{table}/index/{index}" if index else table), keys)


def _queried(params: Mapping[str, Any]) -> str | None:
    """The partition that a query names, of the table or of the index."""
    condition = str(params.get("KeyConditionExpression", ""))
    name = condition.partition(" = ")[2].split(" ")[0]
    value = params.get("ExpressionAttributeValues", {}).get(name, {})
    found: str | None = value.get("S")
    return found


def _telling(operation: str, params: Mapping[str, Any]) -> Iterable[Request]:
    if operation == "sns:Publish":
        yield Request(operation, params["TopicArn"])
    for entry in params.get("Entries", ()):
        bus = _arn("events", f"event-bus/{entry.get('EventBusName', 'default')}")
        yield Request(operation, bus, (("events:source", (entry["Source"],)),))


def _arn(service: str, rest: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{rest}"


def requests_of_lambda(role: Role) -> set[Request]:
    """What Lambda itself does in the function's name: it writes the log, and polls the queue or reads the
    stream if there is one."""
    outputs = role.deployed.deployment.output
    group = role.function.replace("Function", "LogGroup")
    stream = _arn("logs", f"log-group:{outputs(group)}:log-stream:any")
    logging = {Request(f"logs:{name}", stream) for name in ("CreateLogStream", "PutLogEvents")}
    if role.function == "RemediatorFunction":
        queues = [_arn("sqs", outputs(output).rsplit("/", 1)[-1]) for output in QUEUES]
        names = ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")
        return logging | {Request(f"sqs:{name}", queue) for name in names for queue in queues}
    fed = {"VerifierFunction": CHECKS, "AuditorFunction": AUDITS, "MenderFunction": "RepairQueueUrl"}
    if role.function in fed:
        queue = _arn("sqs", outputs(fed[role.function]).rsplit("/", 1)[-1])
        names = ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")
        return logging | {Request(f"sqs:{name}", queue) for name in names}
    if role.function == "NotifierFunction":
        tables = role.deployed.emulator.client("dynamodb")
        records = tables.describe_table(TableName=outputs("LedgerTable"))["Table"]["LatestStreamArn"]
        names = ("DescribeStream", "GetRecords", "GetShardIterator")
        listing = Request("dynamodb:ListStreams", "*")
        return logging | {listing} | {Request(f"dynamodb:{name}", records) for name in names}
    return logging
