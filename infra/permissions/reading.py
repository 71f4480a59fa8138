"""What several functions read of ECS and of its logs."""

from collections.abc import Iterator

import aws_cdk as cdk

from infra.grants import Grant


def reading_grants(
    stack: cdk.Stack, clusters: tuple[str, ...], *, tasks: tuple[str, ...], services: tuple[str, ...]
) -> Iterator[Grant]:
    """Reads of tasks and services, and their lists and definitions."""
    yield Grant(
        sid="Tasks",
        actions=tasks,
        resources=of_clusters(stack, clusters, "task"),
        clusters=clusters,
        wildcard_because="Task ids are random. Reads only.",
    )
    yield Grant(
        sid="Services",
        actions=services,
        resources=of_clusters(stack, clusters, "service"),
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


def log_grant(stack: cdk.Stack) -> Grant:
    return Grant(
        sid="Logs",
        actions=("logs:GetLogEvents",),
        resources=(_any_log_stream(stack),),
        wildcard_because="The log group of a task stands in its task definition, unknown beforehand.",
    )


def of_clusters(stack: cdk.Stack, clusters: tuple[str, ...], kind: str) -> tuple[str, ...]:
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
