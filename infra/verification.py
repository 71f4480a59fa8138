"""What verifies services after their deployments: rules, a queue and a function of its own."""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.function import AssetFunction
from infra.grants import attach
from infra.permissions.acting import polling_grants
from infra.permissions.names import EVENT_SOURCE
from infra.permissions.verifying import verifying_grants
from infra.settings import Settings
from infra.signals import KEEP, TRIES, completed_deployments, only_from

# One session of at most half a minute, and the reads around it.
TIMEOUT = cdk.Duration.seconds(60)
CONCURRENCY = 2


class Verifier(AssetFunction):
    """Looks at a service once a deployment of it completed, and once Unwedge says that it recovered.

    It has no part in what acts: its own queue, its own role, no write but of what it found.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        asset: Path,
        settings: Settings,
        ledger: dynamodb.ITable,
        dead_letters: sqs.IQueue,
    ) -> None:
        queue = sqs.Queue(
            scope,
            f"{construct_id}Queue",
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            visibility_timeout=cdk.Duration.seconds(6 * TIMEOUT.to_seconds()),
            retention_period=KEEP,
            dead_letter_queue=sqs.DeadLetterQueue(queue=dead_letters, max_receive_count=TRIES),
        )
        super().__init__(
            scope,
            construct_id,
            asset=asset,
            handler="unwedge.handlers.verifier.handler",
            description="verifies services after their deployments",
            environment={
                "UNWEDGE_DEFAULT_MODE": settings.mode,
                "UNWEDGE_LEDGER_TABLE": ledger.table_name,
                "UNWEDGE_CHECKS_URL": queue.queue_url,
                "UNWEDGE_EXEC_CLUSTERS": "*"
                if settings.execs_everywhere
                else ",".join(settings.exec_clusters),
            },
            timeout=TIMEOUT,
        )
        self.queue = queue
        stack = cdk.Stack.of(self)
        grants = [
            *verifying_grants(
                stack,
                clusters=settings.clusters,
                exec_clusters=settings.exec_clusters,
                execs=settings.execs,
                ledger=ledger,
                queue=queue,
                log_group=self.log_group,
            ),
            *polling_grants(queue),
        ]
        policy = attach(self.role, "Permissions", grants)
        only_from(queue, self.role)
        self._rule(
            "CompletedDeployments",
            "a deployment completed",
            completed_deployments(settings.clusters),
            dead_letters,
        )
        self._rule("Recovered", "Unwedge says that a service recovered", recovered(), dead_letters)
        source = lambda_.EventSourceMapping(
            self,
            "Source",
            target=self.function,
            event_source_arn=queue.queue_arn,
            batch_size=1,
            report_batch_item_failures=True,
            max_concurrency=CONCURRENCY,
        )
        # Lambda refuses a mapping whose role cannot read the queue yet.
        source.node.add_dependency(policy)

    def _rule(
        self, construct_id: str, description: str, pattern: events.EventPattern, dead_letters: sqs.IQueue
    ) -> None:
        events.Rule(
            self,
            construct_id,
            description=f"Unwedge: {description}",
            event_pattern=pattern,
            targets=[targets.SqsQueue(self.queue, dead_letter_queue=dead_letters)],
        )


def recovered() -> events.EventPattern:
    """Our own decisions that a service recovered."""
    return events.EventPattern(
        source=[EVENT_SOURCE], detail_type=["Unwedge Decision"], detail={"verdict": ["recovered"]}
    )
