"""What telling people and programs, and showing, need."""

from collections.abc import Iterator

from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from aws_cdk import aws_ssm as ssm

from infra.grants import Grant
from infra.permissions.names import (
    CONVERSATIONS,
    EVENT_SOURCE,
    FEED,
    FINDING_STREAMS,
    LOGGING_ACTIONS,
    STREAMING_ACTIONS,
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
