"""What audits services, on a schedule and at deployments: rules, a queue and a function of its own."""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.function import AssetFunction
from infra.grants import attach
from infra.permissions.acting import polling_grants
from infra.permissions.auditing import auditing_grants
from infra.settings import Settings
from infra.signals import changed_deployments
from infra.verification import recovered
from infra.work_queue import filled_by, only_from, patience, work_queue, worked_off_by

# What is left of a cluster when time runs short goes into a new message.
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
        queue = work_queue(
            scope, f"{construct_id}Queue", visibility=patience(TIMEOUT), dead_letters=dead_letters
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
        for name, description, pattern in (
            ("Deployments", "a deployment of a service began or ended", started),
            ("Recovered", "Unwedge says that a service recovered", recovered()),
        ):
            filled_by(self, name, description, queue, dead_letters, pattern=pattern)
        if settings.audit_hours:
            every = events.Schedule.rate(cdk.Duration.hours(settings.audit_hours))
            filled_by(self, "Schedule", "audit all services", queue, dead_letters, schedule=every)
        worked_off_by(self, "Source", self.function, queue, policy, concurrency=CONCURRENCY)
