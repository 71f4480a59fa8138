"""What verifying a service needs."""

from collections.abc import Iterator

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs

from infra.grants import Grant
from infra.permissions.names import LOGGING_ACTIONS, VERIFICATIONS
from infra.permissions.reading import log_grant, of_clusters, reading_grants


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
        actions=("dynamodb:PutItem",),
        resources=(ledger.table_arn,),
        # Its own items only: an incident that it could write might say that a person had approved a stop.
        when={
            "ForAllValues:StringLike": {"dynamodb:LeadingKeys": f"{VERIFICATIONS}*"},
            "Null": {"dynamodb:LeadingKeys": "false"},
        },
    )
    yield Grant(sid="LookAgain", actions=("sqs:SendMessage",), resources=(queue.queue_arn,))
    yield Grant(sid="OwnLog", actions=LOGGING_ACTIONS, resources=(log_group.log_group_arn,))
    yield from reading_grants(
        stack, clusters, tasks=("ecs:DescribeTasks",), services=("ecs:DescribeServices",)
    )
    yield log_grant(stack)
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
        resources=(*arns, *of_clusters(stack, clusters, "task")),
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
