"""The stack: composes the constructs and names what other tools need. No logic."""

from pathlib import Path

import aws_cdk as cdk
from constructs import Construct

from infra.alarms import Alarms
from infra.dashboard import Dashboard, dashboard_name
from infra.notifications import NotificationTopic, Notifier
from infra.posture import Auditor
from infra.remediator import VISIBILITY, Approver, Remediator, Wiring
from infra.repairing import Mender
from infra.settings import Settings
from infra.signals import Signals
from infra.state import State
from infra.verification import Verifier
from infra.viewer import Viewer

_ONLY_WATCHES = (
    "Unwedge will watch every cluster of the region and may stop nothing: name clusters in the setting "
    '`clusters`, or set it to "all", to let it act for the services that you tag.'
)


class UnwedgeStack(cdk.Stack):
    """Everything that Unwedge is in an account."""

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings, asset: Path) -> None:
        super().__init__(
            scope, construct_id, description="Unwedge: frees ECS services that are wedged on a storage lock"
        )
        if not settings.acts:
            cdk.Annotations.of(self).add_info(_ONLY_WATCHES)
        state = State(self, "State")
        every = cdk.Duration.minutes(settings.sweep_minutes)
        signals = Signals(
            self, "Signals", clusters=settings.clusters, visibility=VISIBILITY, sweep_every=every
        )
        wiring = Wiring(
            asset,
            settings,
            state.ledger,
            signals.queue,
            signals.passes,
            state.switch,
            state.button_key_arn,
            dashboard_name(self),
        )
        remediator = Remediator(self, "Remediator", wiring=wiring)
        approver = Approver(self, "Approver", wiring=wiring)
        signals.only_from(remediator.role, approver.role)
        verifier = Verifier(
            self,
            "Verifier",
            asset=asset,
            settings=settings,
            ledger=state.ledger,
            dead_letters=signals.dead_letters,
        )
        mender = None
        if settings.repairs:
            mender = Mender(
                self,
                "Mender",
                asset=asset,
                settings=settings,
                ledger=state.ledger,
                switch=state.switch,
                dead_letters=signals.dead_letters,
            )
        auditor = Auditor(
            self,
            "Auditor",
            asset=asset,
            settings=settings,
            ledger=state.ledger,
            dead_letters=signals.dead_letters,
            repairs=mender.queue if mender else None,
        )
        if mender:
            mender.asked_by(auditor.role)
        viewer = Viewer(
            self,
            "Viewer",
            wiring=wiring,
            approver=approver.function,
            verifier=verifier.function,
            auditor=auditor.function,
        )
        people = NotificationTopic(self, "Notifications")
        notifier = Notifier(
            self,
            "Notifier",
            asset=asset,
            ledger=state.ledger,
            topic=people.topic,
            dashboard=dashboard_name(self),
            runbook=settings.runbook_address,
        )
        Dashboard(
            self,
            "Overview",
            functions={
                "Remediator": remediator,
                "Approver": approver,
                "Viewer": viewer,
                "Notifier": notifier,
                "Verifier": verifier,
                "Auditor": auditor,
                **({"Mender": mender} if mender else {}),
            },
            viewer=viewer.function,
            signals=signals.queue,
            passes=signals.passes,
            dead_letters=signals.dead_letters,
            repairs=settings.repairs,
        )
        Alarms(
            self,
            "Alarms",
            topic=people.topic,
            function=remediator.function,
            approver=approver.function,
            viewer=viewer.function,
            notifier=notifier.function,
            verifier=verifier.function,
            auditor=auditor.function,
            audits=auditor.queue,
            signals=signals,
            sweep_every=every,
            runbook=settings.runbook_address,
        )

        cdk.CfnOutput(self, "QueueUrl", value=signals.queue.queue_url)
        cdk.CfnOutput(self, "PassQueueUrl", value=signals.passes.queue_url)
        cdk.CfnOutput(self, "DeadLetterQueueUrl", value=signals.dead_letters.queue_url)
        cdk.CfnOutput(self, "LedgerTable", value=state.ledger.table_name)
        cdk.CfnOutput(self, "KillSwitch", value=state.switch.parameter_name)
        cdk.CfnOutput(self, "RemediatorFunction", value=remediator.function.function_name)
        cdk.CfnOutput(self, "ApproverFunction", value=approver.function.function_name)
        cdk.CfnOutput(self, "NotificationTopic", value=people.topic.topic_arn)
        cdk.CfnOutput(self, "NotifierFunction", value=notifier.function.function_name)
        cdk.CfnOutput(self, "NotifierLogGroup", value=notifier.log_group.log_group_name)
        cdk.CfnOutput(self, "VerifierFunction", value=verifier.function.function_name)
        cdk.CfnOutput(self, "VerifierLogGroup", value=verifier.log_group.log_group_name)
        cdk.CfnOutput(self, "CheckQueueUrl", value=verifier.queue.queue_url)
        cdk.CfnOutput(self, "AuditorFunction", value=auditor.function.function_name)
        cdk.CfnOutput(self, "AuditorLogGroup", value=auditor.log_group.log_group_name)
        cdk.CfnOutput(self, "AuditQueueUrl", value=auditor.queue.queue_url)
        if mender:
            cdk.CfnOutput(self, "MenderFunction", value=mender.function.function_name)
            cdk.CfnOutput(self, "MenderLogGroup", value=mender.log_group.log_group_name)
            cdk.CfnOutput(self, "RepairQueueUrl", value=mender.queue.queue_url)
        cdk.CfnOutput(self, "ViewerFunction", value=viewer.function.function_name)
        cdk.CfnOutput(self, "ViewerLogGroup", value=viewer.log_group.log_group_name)
        cdk.CfnOutput(self, "RemediatorLogGroup", value=remediator.log_group.log_group_name)
        cdk.CfnOutput(self, "ApproverLogGroup", value=approver.log_group.log_group_name)
        cdk.CfnOutput(self, "Dashboard", value=dashboard_name(self))
