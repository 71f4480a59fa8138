"""What repairing services needs."""

from collections.abc import Iterator

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_logs as logs
from aws_cdk import aws_ssm as ssm

from infra.grants import Grant
from infra.permissions.auditing import of_keys, surveying_grants
from infra.permissions.names import LOGGING_ACTIONS, REPAIRS, SERVICES
from infra.permissions.reading import of_clusters


def repairing_grants(
    stack: cdk.Stack,
    *,
    clusters: tuple[str, ...],
    ledger: dynamodb.ITable,
    switch: ssm.IStringParameter,
    log_group: logs.ILogGroup,
) -> Iterator[Grant]:
    """Reads, one change of services, and what it writes of its own. It stops no task."""
    yield Grant(
        sid="Repairs",
        actions=("dynamodb:GetItem", "dynamodb:PutItem"),
        resources=(ledger.table_arn,),
        # Its own items only: an incident that it could write might say that a person had approved a stop.
        when=of_keys(f"{REPAIRS}*"),
    )
    yield Grant(
        sid="Incidents",
        actions=("dynamodb:GetItem",),
        resources=(ledger.table_arn,),
        # Whether one is open.
        when=of_keys(f"{SERVICES}*"),
    )
    yield Grant(sid="Switch", actions=("ssm:GetParameter",), resources=(switch.parameter_arn,))
    yield Grant(sid="OwnLog", actions=LOGGING_ACTIONS, resources=(log_group.log_group_arn,))
    yield from surveying_grants(stack, clusters)
    yield Grant(
        sid="StopFirst",
        actions=("ecs:UpdateService",),
        resources=of_clusters(stack, clusters, "service"),
        clusters=clusters,
        wildcard_because="Services opt in by a tag, so their names are unknown here. Given only where the "
        "setting `repairs` allows it, in the clusters of the setting `clusters`.",
    )
