"""A Lambda function of Unwedge: the one asset, a role of its own and a log of its own."""

from collections.abc import Mapping
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

METRICS_NAMESPACE = "Unwedge"
SERVICE = "unwedge"
TIMEOUT = cdk.Duration.seconds(30)
_POWERTOOLS = {
    "POWERTOOLS_SERVICE_NAME": SERVICE,
    "POWERTOOLS_METRICS_NAMESPACE": METRICS_NAMESPACE,
    "POWERTOOLS_LOG_LEVEL": "INFO",
}


class AssetFunction(Construct):
    """One handler of the asset. Grants are made by whoever composes it."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        asset: Path,
        handler: str,
        description: str,
        environment: Mapping[str, str],
        memory: int = 256,
        timeout: cdk.Duration = TIMEOUT,
    ) -> None:
        super().__init__(scope, construct_id)
        self.log_group = logs.LogGroup(self, "Log", retention=logs.RetentionDays.THREE_MONTHS)
        self.role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        self.function = lambda_.Function(
            self,
            "Function",
            description=f"Unwedge: {description}",
            runtime=lambda_.Runtime.PYTHON_3_13,
            architecture=lambda_.Architecture.ARM_64,
            code=lambda_.Code.from_asset(str(asset)),
            handler=handler,
            memory_size=memory,
            timeout=timeout,
            role=self.role,
            log_group=self.log_group,
            environment={**environment, **_POWERTOOLS},
        )
        cdk.Validations.of(self.function).acknowledge(
            cdk.Acknowledgment(
                id="AwsSolutions::AwsSolutions-L1",
                reason="Python 3.13 is the version that the tests run on; it is supported until 2029.",
            )
        )
