"""What repairs services, where a setting allows it: a queue and a function of its own."""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from infra.function import AssetFunction
from infra.grants import attach
from infra.permissions.acting import polling_grants
from infra.permissions.repairing import repairing_grants
from infra.settings import Settings
from infra.signals import KEEP, TRIES, only_from

# Two looks at one service. Six times as long until a message comes again: with five tries that outlasts the
# 15 minutes after which a claim may be taken over.
TIMEOUT = cdk.Duration.seconds(60)
CONCURRENCY = 2


class Mender(AssetFunction):
    """Makes services stop their old task first, where their tags ask for it.

    Only the auditor may ask it. It starts no deployment, stops no task, and writes no item of an incident.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        asset: Path,
        settings: Settings,
        ledger: dynamodb.ITable,
        switch: ssm.IStringParameter,
        dead_letters: sqs.IQueue,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            asset=asset,
            handler="unwedge.handlers.mender.handler",
            description="makes services stop their old task first where their tags ask for it",
            environment={
                "UNWEDGE_DEFAULT_MODE": settings.mode,
                "UNWEDGE_CLUSTERS": ",".join(settings.clusters),
                "UNWEDGE_LEDGER_TABLE": ledger.table_name,
                "UNWEDGE_KILL_SWITCH": switch.parameter_name,
            },
            timeout=TIMEOUT,
        )
        self.queue = sqs.Queue(
            scope,
            f"{construct_id}Queue",
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            visibility_timeout=cdk.Duration.seconds(6 * TIMEOUT.to_seconds()),
            retention_period=KEEP,
            dead_letter_queue=sqs.DeadLetterQueue(queue=dead_letters, max_receive_count=TRIES),
        )
        grants = [
            *repairing_grants(
                cdk.Stack.of(self),
                clusters=settings.clusters,
                ledger=ledger,
                switch=switch,
                log_group=self.log_group,
            ),
            *polling_grants(self.queue),
        ]
        policy = attach(self.role, "Permissions", grants)
        source = lambda_.EventSourceMapping(
            self,
            "Source",
            target=self.function,
            event_source_arn=self.queue.queue_arn,
            batch_size=1,
            report_batch_item_failures=True,
            max_concurrency=CONCURRENCY,
        )
        # Lambda refuses a mapping whose role cannot read the queue yet.
        source.node.add_dependency(policy)

    def asked_by(self, role: iam.IRole) -> None:
        """Let this role, and no other, ask for repairs."""
        only_from(self.queue, role)
