"""What repairs services, where a setting allows it: a queue and a function of its own."""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from infra.function import AssetFunction
from infra.grants import attach
from infra.permissions.acting import polling_grants
from infra.permissions.repairing import repairing_grants
from infra.settings import Settings
from infra.work_queue import only_from, patience, work_queue, worked_off_by

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
        self.queue = work_queue(
            scope, f"{construct_id}Queue", visibility=patience(TIMEOUT), dead_letters=dead_letters
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
        worked_off_by(self, "Source", self.function, self.queue, policy, concurrency=CONCURRENCY)

    def asked_by(self, role: iam.IRole) -> None:
        """Let this role, and no other, ask for repairs."""
        only_from(self.queue, role)
