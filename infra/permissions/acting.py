"""What observing, deciding and acting need: the remediator and the approver."""

from collections.abc import Iterator

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_ssm as ssm

from infra.grants import Grant
from infra.permissions.names import DRAIN_TAG, FEED, LOGGING_ACTIONS, POLLING_ACTIONS
from infra.permissions.reading import log_grant, of_clusters, reading_grants


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
            resources=of_clusters(stack, clusters, "task"),
            clusters=clusters,
            wildcard_because="Task ids are random. Given only where the setting `clusters` names clusters, "
            "or says in so many words that all are meant.",
        )
    if acts and updates:
        yield Grant(
            sid="HandOver",
            actions=("ecs:UpdateService",),
            resources=of_clusters(stack, clusters, "service"),
            clusters=clusters,
            wildcard_because="Services opt in by a tag, so their names are unknown here. Given only where "
            "the settings allow to drain or to roll back.",
        )
    if acts and drains:
        yield Grant(
            sid="DrainMark",
            actions=("ecs:TagResource", "ecs:UntagResource"),
            resources=of_clusters(stack, clusters, "service"),
            # The key has a value for each tag of a call; without any of it, nothing is allowed.
            when={
                "ForAllValues:StringEquals": {"aws:TagKeys": DRAIN_TAG},
                "Null": {"aws:TagKeys": "false"},
            },
            wildcard_because="Services opt in by a tag, so their names are unknown here. One tag only, and "
            "only where the settings allow to drain.",
        )
    yield log_grant(stack)


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


def turning_grants(switch: ssm.IStringParameter) -> Iterator[Grant]:
    """What a person needs done who pauses Unwedge or lets it run again."""
    yield Grant(sid="Turn", actions=("ssm:PutParameter",), resources=(switch.parameter_arn,))


def button_grants(key_arn: str) -> Iterator[Grant]:
    """What it needs to seal the dashboard's buttons, or to check them."""
    yield Grant(sid="Buttons", actions=("secretsmanager:GetSecretValue",), resources=(key_arn,))


def _ecs_grants(stack: cdk.Stack, clusters: tuple[str, ...]) -> Iterator[Grant]:
    yield from reading_grants(
        stack,
        clusters,
        tasks=("ecs:DescribeTasks", "ecs:GetTaskProtection"),
        services=("ecs:DescribeServices", "ecs:ListServiceDeployments"),
    )
    yield Grant(
        sid="Rollouts",
        actions=("ecs:DescribeServiceDeployments",),
        resources=of_clusters(stack, clusters, "service-deployment"),
        clusters=clusters,
        wildcard_because="Ids of service deployments are random. Reads only.",
    )
    yield Grant(
        sid="Balancers",
        actions=("elasticloadbalancing:DescribeTargetGroupAttributes",),
        resources=("*",),
        wildcard_because="IAM knows no resource for DescribeTargetGroupAttributes. Reads only.",
    )
