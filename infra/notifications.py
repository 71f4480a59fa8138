"""How people and programs hear of decisions: a topic, and the function that reads the ledger's stream."""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from constructs import Construct

from infra.function import AssetFunction
from infra.grants import attach
from infra.permissions.names import POSTURES, REPAIRS, VERIFICATIONS
from infra.permissions.telling import notifying_grants, streaming_grants

# One record at a time: with more, those before one that fails would be told again with it.
BATCH = 1
NEW_VERIFICATIONS = {
    "eventName": ["INSERT"],
    "dynamodb": {"Keys": {"pk": {"S": [{"prefix": VERIFICATIONS}]}, "sk": {"S": [{"prefix": "at#"}]}}},
}
NEW_EXPECTATIONS = {
    "eventName": ["INSERT"],
    "dynamodb": {"Keys": {"pk": {"S": [{"prefix": POSTURES}]}, "sk": {"S": [{"prefix": "expected#"}]}}},
}
NEW_REPAIRS = {
    "eventName": ["INSERT"],
    "dynamodb": {"Keys": {"pk": {"S": [{"prefix": REPAIRS}]}, "sk": {"S": [{"prefix": "made#"}]}}},
}
NEW_DECISIONS = {
    "eventName": ["INSERT"],
    "dynamodb": {"Keys": {"sk": {"S": [{"prefix": "decision#"}]}}},
}


class NotificationTopic(Construct):
    """The topic for people: mail, and Slack and Teams through Amazon Q Developer. Alarms publish here too."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        # Not encrypted with SNS's own key: CloudWatch alarms cannot publish through that one.
        self.topic = sns.Topic(self, "Topic", display_name="Unwedge", enforce_ssl=True)
        self.topic.add_to_resource_policy(_alarms_may_publish(cdk.Stack.of(self), self.topic))


class Notifier(AssetFunction):
    """The function that turns each recorded decision into an event, and a notable one into a message.

    What acts has no part in it: a stop neither waits for a notification nor fails with one.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        asset: Path,
        ledger: dynamodb.Table,
        topic: sns.ITopic,
        dashboard: str,
        runbook: str,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            asset=asset,
            handler="unwedge.handlers.notifier.handler",
            description="tells people and programs of what was decided",
            environment={
                "UNWEDGE_LEDGER_TABLE": ledger.table_name,
                "UNWEDGE_TOPIC": topic.topic_arn,
                "UNWEDGE_DASHBOARD": dashboard,
                "UNWEDGE_RUNBOOK": runbook,
            },
        )
        bus = events.EventBus.from_event_bus_name(self, "DefaultBus", "default")
        stream = ledger.table_stream_arn
        assert stream is not None, "the ledger has a stream"
        grants = [
            *notifying_grants(ledger=ledger, topic=topic, bus=bus, log_group=self.log_group),
            *streaming_grants(stream),
        ]
        policy = attach(self.role, "Permissions", grants)
        source = lambda_.EventSourceMapping(
            self,
            "Source",
            target=self.function,
            event_source_arn=stream,
            # From the oldest record on, so that none is missed while the mapping comes up; and with Lambda's
            # own default of retries, until a record is a day old and leaves the stream.
            starting_position=lambda_.StartingPosition.TRIM_HORIZON,
            batch_size=BATCH,
            filters=[
                lambda_.FilterCriteria.filter(one)
                for one in (NEW_DECISIONS, NEW_VERIFICATIONS, NEW_EXPECTATIONS, NEW_REPAIRS)
            ],
        )
        # Lambda refuses a mapping whose role cannot read the stream yet.
        source.node.add_dependency(policy)


def _alarms_may_publish(stack: cdk.Stack, topic: sns.ITopic) -> iam.PolicyStatement:
    """A topic with a policy of its own has lost the default one, so the alarms of this account are named."""
    alarms = stack.format_arn(
        service="cloudwatch",
        resource="alarm",
        resource_name="*",
        arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
    )
    return iam.PolicyStatement(
        sid="AlarmsPublish",
        principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
        actions=["sns:Publish"],
        resources=[topic.topic_arn],
        conditions={
            "StringEquals": {"aws:SourceAccount": stack.account},
            "ArnLike": {"aws:SourceArn": alarms},
        },
    )
