"""The remediator: the one function that observes, decides and stops, with its role and its log."""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from infra.permissions import attach, remediator_grants
from infra.settings import Settings

HANDLER = "unwedge.handlers.remediator.handler"
METRICS_NAMESPACE = "Unwedge"
SERVICE = "unwedge"
TIMEOUT = cdk.Duration.seconds(30)
# AWS advises six times the function's timeout, so that a message is not seen twice while it is worked on.
VISIBILITY = cdk.Duration.seconds(6 * 30)
BATCH = 10
# A storm of failing services must not take the account's concurrency, nor the ECS API's request quota.
CONCURRENCY = 5


class Remediator(Construct):
    """The function that works off the queue of signals."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        asset: Path,
        settings: Settings,
        ledger: dynamodb.ITable,
        queue: sqs.IQueue,
        switch: ssm.IStringParameter,
    ) -> None:
        super().__init__(scope, construct_id)
        self.log_group = logs.LogGroup(self, "Log", retention=logs.RetentionDays.THREE_MONTHS)
        role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        self.function = lambda_.Function(
            self,
            "Function",
            description="Unwedge: frees ECS services that are wedged on a storage lock",
            runtime=lambda_.Runtime.PYTHON_3_13,
            architecture=lambda_.Architecture.ARM_64,
            code=lambda_.Code.from_asset(str(asset)),
            handler=HANDLER,
            memory_size=256,
            timeout=TIMEOUT,
            role=role,
            log_group=self.log_group,
            environment=_environment(settings, ledger, queue, switch),
        )
        cdk.Validations.of(self.function).acknowledge(
            cdk.Acknowledgment(
                id="AwsSolutions::AwsSolutions-L1",
                reason="Python 3.13 is the version that the tests run on; it is supported until 2029.",
            )
        )
        grants = remediator_grants(
            cdk.Stack.of(self),
            clusters=settings.clusters,
            ledger=ledger,
            queue=queue,
            switch=switch,
            log_group=self.log_group,
        )
        policy = attach(role, "Permissions", list(grants))
        source = lambda_.EventSourceMapping(
            self,
            "Source",
            target=self.function,
            event_source_arn=queue.queue_arn,
            batch_size=BATCH,
            report_batch_item_failures=True,
            max_concurrency=CONCURRENCY,
        )
        # Lambda refuses a mapping whose role cannot read the queue yet.
        source.node.add_dependency(policy)


def _environment(
    settings: Settings, ledger: dynamodb.ITable, queue: sqs.IQueue, switch: ssm.IStringParameter
) -> dict[str, str]:
    return {
        "UNWEDGE_DEFAULT_MODE": settings.mode,
        "UNWEDGE_CLUSTERS": ",".join(settings.clusters),
        "UNWEDGE_STOPS_PER_INCIDENT": str(settings.stops_per_incident),
        "UNWEDGE_STOPS_PER_SERVICE_DAY": str(settings.stops_per_service_day),
        "UNWEDGE_STOPS_PER_ACCOUNT_HOUR": str(settings.stops_per_account_hour),
        "UNWEDGE_COOLDOWN_SECONDS": str(settings.cooldown_seconds),
        "UNWEDGE_EVIDENCE_PATIENCE_SECONDS": str(settings.evidence_patience_seconds),
        "UNWEDGE_SUCCESSOR_PATIENCE_SECONDS": str(settings.successor_patience_seconds),
        "UNWEDGE_WITHOUT_SUCCESSOR": settings.without_successor,
        "UNWEDGE_LEDGER_TABLE": ledger.table_name,
        "UNWEDGE_QUEUE_URL": queue.queue_url,
        "UNWEDGE_SWITCH_PARAMETER": switch.parameter_name,
        "POWERTOOLS_SERVICE_NAME": SERVICE,
        "POWERTOOLS_METRICS_NAMESPACE": METRICS_NAMESPACE,
        "POWERTOOLS_LOG_LEVEL": "INFO",
    }
