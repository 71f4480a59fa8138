"""What audits services, on a schedule and at deployments: rules, a queue and a function of its own."""

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
from infra.permissions.auditing import auditing_grants
from infra.settings import Settings
from infra.signals import KEEP, TRIES, changed_deployments, only_from
from infra.verification import recovered

# A cluster of a thousand services is read in about a minute and a half; what is left goes into a new message.
TIMEOUT = cdk.Duration.minutes(3)
CONCURRENCY = 2


class Auditor(AssetFunction):
    """Audits every service on a schedule, and one when a deployment of it starts or it recovered.

    It has no part in what acts: its own queue, its own role, no write but of what it found. `repairs`: the
    queue of what may repair a service whose tag asks for it, where there is one.
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
        repairs: sqs.IQueue | None,
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
            handler="unwedge.handlers.auditor.handler",
            description="audits what the next deployment of a service does to its data",
            environment={
                "UNWEDGE_DEFAULT_MODE": settings.mode,
                "UNWEDGE_CLUSTERS": ",".join(settings.clusters),
                "UNWEDGE_LEDGER_TABLE": ledger.table_name,
                "UNWEDGE_AUDITS_URL": queue.queue_url,
                "UNWEDGE_ACTS": "true" if settings.acts else "false",
                **({"UNWEDGE_REPAIRS_URL": repairs.queue_url} if repairs else {}),
            },
            memory=512,
            timeout=TIMEOUT,
        )
        self.queue = queue
        self._dead_letters = dead_letters
        grants = [
            *auditing_grants(
                cdk.Stack.of(self),
                clusters=settings.clusters,
                ledger=ledger,
                queue=queue,
                repairs=repairs,
                log_group=self.log_group,
            ),
            *polling_grants(queue),
        ]
        policy = attach(self.role, "Permissions", grants)
        only_from(queue, self.role)
        started = changed_deployments(settings.clusters)
        self._rule("Deployments", "a deployment of a service began or ended", pattern=started)
        self._rule("Recovered", "Unwedge says that a service recovered", pattern=recovered())
        if settings.audit_hours:
            every = events.Schedule.rate(cdk.Duration.hours(settings.audit_hours))
            self._rule("Schedule", "audit all services", schedule=every)
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
        self,
        construct_id: str,
        description: str,
        *,
        pattern: events.EventPattern | None = None,
        schedule: events.Schedule | None = None,
    ) -> None:
        events.Rule(
            self,
            construct_id,
            description=f"Unwedge: {description}",
            event_pattern=pattern,
            schedule=schedule,
            targets=[targets.SqsQueue(self.queue, dead_letter_queue=self._dead_letters)],
        )
