"""The function behind the dashboard's custom widgets. It reads, and may not change anything."""

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.function import AssetFunction
from infra.grants import attach
from infra.permissions.acting import button_grants
from infra.permissions.telling import viewing_grants
from infra.remediator import Wiring, button_environment, environment


class Viewer(AssetFunction):
    """Shows incidents and decisions. Who may look at the dashboard needs lambda:InvokeFunction on it."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        wiring: Wiring,
        approver: lambda_.IFunction,
        verifier: lambda_.IFunction,
        auditor: lambda_.IFunction,
    ) -> None:
        stack = cdk.Stack.of(scope)
        super().__init__(
            scope,
            construct_id,
            asset=wiring.asset,
            handler="unwedge.handlers.viewer.handler",
            description="shows incidents and decisions on the dashboard",
            # Lambda gives CPU by memory, and a person waits: with 256 MB half a second would become three.
            memory=1024,
            environment={
                **environment(wiring),
                **button_environment(wiring),
                "UNWEDGE_APPROVER_FUNCTION": approver.function_arn,
                "UNWEDGE_VERIFIER_FUNCTION": verifier.function_arn,
                "UNWEDGE_AUDITOR_FUNCTION": auditor.function_arn,
                # So CloudFormation begins the names of this stack's alarms, and of no other stack's whose
                # name begins alike.
                "UNWEDGE_ALARM_PREFIX": f"{stack.stack_name}-Alarms",
            },
        )
        grants = viewing_grants(ledger=wiring.ledger, switch=wiring.switch, log_group=self.log_group)
        attach(self.role, "Permissions", [*grants, *button_grants(wiring.button_key_arn)])
