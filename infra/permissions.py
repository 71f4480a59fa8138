"""Every IAM action of the functions, with its resources and the reason for each wildcard.

The list is the whole of what they may do: a test compares it with the calls in the product's code,
both ways.
"""

from collections.abc import Iterator

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_ssm as ssm

from infra.grants import Grant

FEED = "feed"  # the ledger's index
CONVERSATIONS = "conversation#"  # the beginning of the notifier's own keys
VERIFICATIONS = "verification#"  # and of the verifier's
DRAIN_TAG = "unwedge:drain"  # on a service that we scaled to 0
EVENT_SOURCE = "unwedge"  # of the events that we send
# What Lambda itself does in the function's name, no code of ours: poll queue and stream, and write the log.
POLLING_ACTIONS = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
STREAMING_ACTIONS = ("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator")
FINDING_STREAMS = "dynamodb:ListStreams"
LOGGING_ACTIONS = ("logs:CreateLogStream", "logs:PutLogEvents")


def acting_grants(
    stack: cdk.Stack,
    *,
    clusters: tuple[str, ...],
    acts: bool,
    updates: bool,
    drains: bool,
    ledger: dynamodb.ITable,
    queues: tuple[sqs.IQueue, ...],
    switch: ssm.IStringParameter,
    log_group: logs.ILogGroup,
) -> Iterator[Grant]:
    """All that one pass at a service needs. `acts`: whether tasks may be stopped, and whatever else is
    allowed; `updates`: whether services may be drained or rolled back; `drains`: whether drained."""
    yield Grant(
        sid="Ledger",
        # TransactWriteItems is authorised as the items that it is made of.
        actions=("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem"),
        resources=(ledger.table_arn,),
    )
    yield Grant(sid="Switch", actions=("ssm:GetParameter",), resources=(switch.parameter_arn,))
    arns = tuple(queue.queue_arn for queue in queues)
    yield Grant(sid="LookAgain", actions=("sqs:SendMessage",), resources=arns)
    yield Grant(sid="OwnLog", actions=LOGGING_ACTIONS, resources=(log_group.log_group_arn,))
    yield from _ecs_grants(stack, clusters)
    if acts:
        yield Grant(
            sid="Stop",
            actions=("ecs:StopTask",),
            resources=_of_clusters(stack, clusters, "task"),
            clusters=clusters,
            wildcard_because="Task ids are random. Given only where the setting `clusters` names clusters, "
            "or says in so many words that all are meant.",
        )
    if acts and updates:
        yield Grant(
            sid="HandOver",
            actions=("ecs:UpdateService",),
            resources=_of_clusters(stack, clusters, "service"),
            clusters=clusters,
            wildcard_because="Services opt in by a tag, so their names are unknown here. Given only where "
            "the settings allow to drain or to roll back.",
        )
    if acts and drains:
        yield Grant(
            sid="DrainMark",
            actions=("ecs:TagResource", "ecs:UntagResource"),
            resources=_of_clusters(stack, clusters, "service"),
            # The key has a value for each tag of a call; without any of it, nothing is allowed.
            when={
                "ForAllValues:StringEquals": {"aws:TagKeys": DRAIN_TAG},
                "Null": {"aws:TagKeys": "false"},
            },
            wildcard_because="Services opt in by a tag, so their names are unknown here. One tag only, and "
            "only where the settings allow to drain.",
        )
    yield _log_grant(stack)


def polling_grants(*queues: sqs.IQueue) -> Iterator[Grant]:
    """What Lambda needs to bring the queues' messages."""
    yield Grant(sid="Poll", actions=POLLING_ACTIONS, resources=tuple(queue.queue_arn for queue in queues))


def sweeping_grants(*, clusters: tuple[str, ...], ledger: dynamodb.ITable) -> Iterator[Grant]:
    """What the sweep reads beyond a pass: open incidents, and the clusters where none are configured."""
    yield Grant(
        sid="OpenIncidents", actions=("dynamodb:Query",), resources=(f"{ledger.table_arn}/index/{FEED}",)
    )
    if not clusters:
        yield Grant(
            sid="Clusters",
            actions=("ecs:ListClusters",),
            resources=("*",),
            wildcard_because="ListClusters has no resource. The setting `clusters` makes it needless.",
        )


def notifying_grants(
    *, ledger: dynamodb.ITable, topic: sns.ITopic, bus: events.IEventBus, log_group: logs.ILogGroup
) -> Iterator[Grant]:
    """What telling people and programs needs; nothing of ECS, and it acts on nothing."""
    yield Grant(
        sid="Conversations",
        actions=("dynamodb:GetItem", "dynamodb:PutItem"),
        resources=(ledger.table_arn,),
        # Its own items only: an incident that it could write might say that a person had approved a stop.
        when={
            "ForAllValues:StringLike": {"dynamodb:LeadingKeys": f"{CONVERSATIONS}*"},
            "Null": {"dynamodb:LeadingKeys": "false"},
        },
    )
    yield Grant(sid="People", actions=("sns:Publish",), resources=(topic.topic_arn,))
    yield Grant(
        sid="Programs",
        actions=("events:PutEvents",),
        resources=(bus.event_bus_arn,),
        # The key has a value for each event of a call; without any of it, nothing is allowed.
        when={
            "ForAllValues:StringEquals": {"events:source": EVENT_SOURCE},
            "Null": {"events:source": "false"},
        },
    )
    yield Grant(sid="OwnLog", actions=LOGGING_ACTIONS, resources=(log_group.log_group_arn,))


def streaming_grants(stream_arn: str) -> Iterator[Grant]:
    """What Lambda needs to bring the records of a table's stream."""
    yield Grant(sid="Stream", actions=STREAMING_ACTIONS, resources=(stream_arn,))
    yield Grant(
        sid="Streams",
        actions=(FINDING_STREAMS,),
        resources=("*",),
        wildcard_because="Lambda asks for the list of streams before it reads one; a list has no resource.",
    )


def verifying_grants(
    stack: cdk.Stack,
    *,
    clusters: tuple[str, ...],
    exec_clusters: tuple[str, ...],
    execs: bool,
    ledger: dynamodb.ITable,
    queue: sqs.IQueue,
    log_group: logs.ILogGroup,
) -> Iterator[Grant]:
    """What verifying a service needs: reads, and where the settings allow it, a command in its containers.
    `execs`: whether they do; in `exec_clusters` only, where any are named."""
    yield Grant(
        sid="Verifications",
        actions=("dynamodb:GetItem", "dynamodb:PutItem"),
        resources=(ledger.table_arn,),
        # Its own items only: an incident that it could write might say that a person had approved a stop.
        when={
            "ForAllValues:StringLike": {"dynamodb:LeadingKeys": f"{VERIFICATIONS}*"},
            "Null": {"dynamodb:LeadingKeys": "false"},
        },
    )
    yield Grant(sid="LookAgain", actions=("sqs:SendMessage",), resources=(queue.queue_arn,))
    yield Grant(sid="OwnLog", actions=LOGGING_ACTIONS, resources=(log_group.log_group_arn,))
    yield from _reading_grants(
        stack, clusters, tasks=("ecs:DescribeTasks",), services=("ecs:DescribeServices",)
    )
    yield _log_grant(stack)
    yield Grant(
        sid="Registrations",
        actions=(
            "servicediscovery:ListInstances",
            "servicediscovery:GetService",
            "servicediscovery:GetNamespace",
        ),
        resources=("*",),
        wildcard_because="The Cloud Map service of an ECS service is unknown beforehand. Reads only.",
    )
    if execs:
        yield from _exec_grants(stack, exec_clusters)


def _exec_grants(stack: cdk.Stack, clusters: tuple[str, ...]) -> Iterator[Grant]:
    arns = clusters or (stack.format_arn(service="ecs", resource="cluster", resource_name="*"),)
    yield Grant(
        sid="Exec",
        actions=("ecs:ExecuteCommand",),
        resources=(*arns, *_of_clusters(stack, clusters, "task")),
        clusters=clusters,
        wildcard_because="Task ids are random. Given only where the setting `execClusters` names them, or "
        "says in so many words that all are meant; the command is written down in the product.",
    )
    yield Grant(
        sid="ExecSettings",
        actions=("ecs:DescribeClusters",),
        resources=arns,
        wildcard_because="Without named clusters any may be asked about. Reads only.",
    )
    yield Grant(
        sid="ExecCauses",
        actions=(
            "iam:SimulatePrincipalPolicy",
            "ec2:DescribeRouteTables",
            "ec2:DescribeSubnets",
            "ec2:DescribeVpcEndpoints",
            "ec2:DescribeSecurityGroups",
        ),
        resources=("*",),
        wildcard_because="A task's role and subnet are unknown beforehand, and EC2's Describe calls know no "
        "resource. Reads only, made when ECS Exec does not work.",
    )


def turning_grants(switch: ssm.IStringParameter) -> Iterator[Grant]:
    """What a person needs done who pauses Unwedge or lets it run again."""
    yield Grant(sid="Turn", actions=("ssm:PutParameter",), resources=(switch.parameter_arn,))


def button_grants(key_arn: str) -> Iterator[Grant]:
    """What it needs to seal the dashboard's buttons, or to check them."""
    yield Grant(sid="Buttons", actions=("secretsmanager:GetSecretValue",), resources=(key_arn,))


def viewing_grants(
    *, ledger: dynamodb.ITable, switch: ssm.IStringParameter, log_group: logs.ILogGroup
) -> Iterator[Grant]:
    """Reads for the dashboard, and nothing else."""
    tables = (ledger.table_arn, f"{ledger.table_arn}/index/{FEED}")
    yield Grant(sid="Items", actions=("dynamodb:GetItem",), resources=(ledger.table_arn,))
    yield Grant(sid="Lists", actions=("dynamodb:Query",), resources=tables)
    yield Grant(sid="Switch", actions=("ssm:GetParameter",), resources=(switch.parameter_arn,))
    yield Grant(sid="OwnLog", actions=LOGGING_ACTIONS, resources=(log_group.log_group_arn,))
    yield Grant(
        sid="FailedChecks",
        actions=("cloudwatch:DescribeAlarms",),
        resources=("*",),
        wildcard_because="Alarms are asked for by a prefix of their names, which no ARN can express, and "
        "AWS answers about composite alarms only with this scope.",
    )


def _ecs_grants(stack: cdk.Stack, clusters: tuple[str, ...]) -> Iterator[Grant]:
    yield from _reading_grants(
        stack,
        clusters,
        tasks=("ecs:DescribeTasks", "ecs:GetTaskProtection"),
        services=("ecs:DescribeServices", "ecs:ListServiceDeployments"),
    )
    yield Grant(
        sid="Rollouts",
        actions=("ecs:DescribeServiceDeployments",),
        resources=_of_clusters(stack, clusters, "service-deployment"),
        clusters=clusters,
        wildcard_because="Ids of service deployments are random. Reads only.",
    )
    yield Grant(
        sid="Balancers",
        actions=("elasticloadbalancing:DescribeTargetGroupAttributes",),
        resources=("*",),
        wildcard_because="IAM knows no resource for DescribeTargetGroupAttributes. Reads only.",
    )


def _log_grant(stack: cdk.Stack) -> Grant:
    return Grant(
        sid="Logs",
        actions=("logs:GetLogEvents",),
        resources=(_any_log_stream(stack),),
        wildcard_because="The log group of a task stands in its task definition, unknown beforehand.",
    )


def _reading_grants(
    stack: cdk.Stack, clusters: tuple[str, ...], *, tasks: tuple[str, ...], services: tuple[str, ...]
) -> Iterator[Grant]:
    """Reads of tasks and services, and their lists and definitions."""
    yield Grant(
        sid="Tasks",
        actions=tasks,
        resources=_of_clusters(stack, clusters, "task"),
        clusters=clusters,
        wildcard_because="Task ids are random. Reads only.",
    )
    yield Grant(
        sid="Services",
        actions=services,
        resources=_of_clusters(stack, clusters, "service"),
        clusters=clusters,
        wildcard_because="Services opt in by a tag, so their names are unknown here. Reads only.",
    )
    yield Grant(
        sid="Listing",
        actions=("ecs:ListTasks",),
        resources=("*",),
        clusters=clusters,
        wildcard_because="The only resource of ListTasks is a container instance, which Fargate tasks lack.",
    )
    yield Grant(
        sid="Definitions",
        actions=("ecs:DescribeTaskDefinition",),
        resources=("*",),
        wildcard_because="IAM knows neither a resource nor a condition key for DescribeTaskDefinition.",
    )


def _of_clusters(stack: cdk.Stack, clusters: tuple[str, ...], kind: str) -> tuple[str, ...]:
    """ARNs of all tasks or services of the clusters; of the account and region where none are given."""
    if clusters:
        return tuple(f"{cluster.replace(':cluster/', f':{kind}/', 1)}/*" for cluster in clusters)
    return (stack.format_arn(service="ecs", resource=kind, resource_name="*"),)


def _any_log_stream(stack: cdk.Stack) -> str:
    return stack.format_arn(
        service="logs",
        resource="log-group",
        resource_name="*:log-stream:*",
        arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
    )
