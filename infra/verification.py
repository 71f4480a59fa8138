"""What verifies services after their deployments: rules, a queue and a function of its own."""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.function import AssetFunction
from infra.grants import attach
from infra.permissions.acting import polling_grants
from infra.permissions.names import EVENT_SOURCE
from infra.permissions.verifying import verifying_grants
from infra.settings import Settings
from infra.signals import completed_deployments
from infra.work_queue import filled_by, only_from, patience, work_queue, worked_off_by

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
        queue = work_queue(
            scope, f"{construct_id}Queue", visibility=patience(TIMEOUT), dead_letters=dead_letters
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
        for name, description, pattern in (
            ("CompletedDeployments", "a deployment completed", completed_deployments(settings.clusters)),
            ("Recovered", "Unwedge says that a service recovered", recovered()),
        ):
            filled_by(self, name, description, queue, dead_letters, pattern=pattern)
        worked_off_by(self, "Source", self.function, queue, policy, concurrency=CONCURRENCY)


def recovered() -> events.EventPattern:
    """Our own decisions that a service recovered."""
    return events.EventPattern(
        source=[EVENT_SOURCE], detail_type=["Unwedge Decision"], detail={"verdict": ["recovered"]}
    )
