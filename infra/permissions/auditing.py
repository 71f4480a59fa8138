"""What auditing services needs."""

from collections.abc import Iterator

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs

from infra.grants import Grant
from infra.permissions.names import AUDITED_FEED, DECIDED_FEED, FEED, LOGGING_ACTIONS, POSTURES
from infra.permissions.reading import reading_grants


def auditing_grants(
    stack: cdk.Stack,
    *,
    clusters: tuple[str, ...],
    ledger: dynamodb.ITable,
    queue: sqs.IQueue,
    repairs: sqs.IQueue | None,
    log_group: logs.ILogGroup,
) -> Iterator[Grant]:
    """Reads of ECS, and what it writes of its own: nothing of a service is changed. `repairs`: where it asks
    for one."""
    yield Grant(
        sid="Postures",
        actions=("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:Query"),
        resources=(ledger.table_arn,),
        # Its own items only: an incident that it could write might say that a person had approved a stop.
        when=of_keys(f"{POSTURES}*"),
    )
    # The leading key of the index is the kind of row: its own, and summaries of decisions, to count wedges.
    for sid, kind in (("OwnRows", AUDITED_FEED), ("Wedges", DECIDED_FEED)):
        yield Grant(
            sid=sid,
            actions=("dynamodb:Query",),
            resources=(f"{ledger.table_arn}/index/{FEED}",),
            when=of_keys(kind),
        )
    yield Grant(sid="GoOn", actions=("sqs:SendMessage",), resources=(queue.queue_arn,))
    if repairs:
        yield Grant(sid="AskForRepair", actions=("sqs:SendMessage",), resources=(repairs.queue_arn,))
    yield Grant(sid="OwnLog", actions=LOGGING_ACTIONS, resources=(log_group.log_group_arn,))
    yield from surveying_grants(stack, clusters)
    if not clusters:
        yield Grant(
            sid="Clusters",
            actions=("ecs:ListClusters",),
            resources=("*",),
            wildcard_because="ListClusters has no resource. The setting `clusters` makes it needless.",
        )


def surveying_grants(stack: cdk.Stack, clusters: tuple[str, ...]) -> Iterator[Grant]:
    """Reads of services, what runs of them, and who else may write where they do."""
    yield from reading_grants(
        stack, clusters, tasks=("ecs:DescribeTasks",), services=("ecs:DescribeServices",)
    )
    yield Grant(
        sid="ListingServices",
        actions=("ecs:ListServices",),
        resources=("*",),
        clusters=clusters,
        wildcard_because="IAM knows no resource for ListServices, only the condition key ecs:cluster.",
    )
    yield Grant(
        sid="Balancers",
        actions=("elasticloadbalancing:DescribeTargetGroupAttributes",),
        resources=("*",),
        wildcard_because="IAM knows no resource for DescribeTargetGroupAttributes. Reads only.",
    )


def of_keys(pattern: str) -> dict[str, dict[str, str]]:
    """Items of partitions that begin so, and nothing without a partition."""
    return {
        "ForAllValues:StringLike": {"dynamodb:LeadingKeys": pattern},
        "Null": {"dynamodb:LeadingKeys": "false"},
    }
