"""The functions that observe, decide and act: the remediator for signals, the approver for answers."""

from pathlib import Path
from typing import NamedTuple

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from infra.function import TIMEOUT, AssetFunction
from infra.grants import Grant, attach
from infra.permissions.acting import (
    acting_grants,
    button_grants,
    polling_grants,
    sweeping_grants,
    turning_grants,
)
from infra.settings import Settings
from infra.work_queue import worked_off_by

# AWS advises six times the function's timeout, so that a message is not seen twice while it is worked on.
VISIBILITY = cdk.Duration.seconds(6 * TIMEOUT.to_seconds())
BATCH = 10
# For each queue. A storm of failing services must not take the account's concurrency, nor the ECS API's
# request quota.
CONCURRENCY = 3


class Wiring(NamedTuple):
    """What both functions work with."""

    asset: Path
    settings: Settings
    ledger: dynamodb.ITable
    signals: sqs.IQueue
    passes: sqs.IQueue
    switch: ssm.IStringParameter
    button_key_arn: str
    dashboard: str


class Remediator(AssetFunction):
    """The function that works off the queue of signals."""

    def __init__(self, scope: Construct, construct_id: str, *, wiring: Wiring) -> None:
        super().__init__(
            scope,
            construct_id,
            asset=wiring.asset,
            handler="unwedge.handlers.remediator.handler",
            description="frees ECS services that are wedged on a storage lock",
            environment=environment(wiring),
        )
        stack = cdk.Stack.of(self)
        grants = [
            *_acting(stack, wiring, self),
            *sweeping_grants(clusters=wiring.settings.clusters, ledger=wiring.ledger),
            *polling_grants(wiring.signals, wiring.passes),
        ]
        policy = attach(self.role, "Permissions", grants)
        for construct_id, queue in (("Source", wiring.signals), ("PassSource", wiring.passes)):
            worked_off_by(
                self, construct_id, self.function, queue, policy, concurrency=CONCURRENCY, batch=BATCH
            )


class Approver(AssetFunction):
    """The function that takes a person's answer. Who may invoke it, may approve: that is IAM's business."""

    def __init__(self, scope: Construct, construct_id: str, *, wiring: Wiring) -> None:
        super().__init__(
            scope,
            construct_id,
            asset=wiring.asset,
            handler="unwedge.handlers.approver.handler",
            description="takes the answer to what an incident asks for, and turns the kill switch",
            environment={**environment(wiring), **button_environment(wiring)},
        )
        grants = [
            *_acting(cdk.Stack.of(self), wiring, self),
            *turning_grants(wiring.switch),
            *button_grants(wiring.button_key_arn),
        ]
        attach(self.role, "Permissions", grants)


def _acting(stack: cdk.Stack, wiring: Wiring, function: AssetFunction) -> list[Grant]:
    return list(
        acting_grants(
            stack,
            clusters=wiring.settings.clusters,
            acts=wiring.settings.acts,
            updates=wiring.settings.updates_services,
            drains=wiring.settings.fallback == "drain",
            ledger=wiring.ledger,
            queues=(wiring.signals, wiring.passes),
            switch=wiring.switch,
            log_group=function.log_group,
        )
    )


def button_environment(wiring: Wiring) -> dict[str, str]:
    """What those are told who draw or take the dashboard's buttons."""
    return {"UNWEDGE_BUTTON_KEY": wiring.button_key_arn, "UNWEDGE_DASHBOARD": wiring.dashboard}


def environment(wiring: Wiring) -> dict[str, str]:
    """What every function is told: the settings, and where ledger, queue and switch are."""
    settings = wiring.settings
    return {
        "UNWEDGE_DEFAULT_MODE": settings.mode,
        "UNWEDGE_CLUSTERS": ",".join(settings.clusters),
        "UNWEDGE_STOPS_PER_INCIDENT": str(settings.stops_per_incident),
        "UNWEDGE_STOPS_PER_SERVICE_DAY": str(settings.stops_per_service_day),
        "UNWEDGE_STOPS_PER_ACCOUNT_HOUR": str(settings.stops_per_account_hour),
        "UNWEDGE_COOLDOWN_SECONDS": str(settings.cooldown_seconds),
        "UNWEDGE_EVIDENCE_PATIENCE_SECONDS": str(settings.evidence_patience_seconds),
        "UNWEDGE_SUCCESSOR_PATIENCE_SECONDS": str(settings.successor_patience_seconds),
        "UNWEDGE_APPROVAL_VALIDITY_SECONDS": str(settings.approval_validity_seconds),
        "UNWEDGE_WITHOUT_SUCCESSOR": settings.without_successor,
        "UNWEDGE_FALLBACK": settings.fallback,
        "UNWEDGE_WHEN_BROKEN": settings.when_broken,
        "UNWEDGE_SIGNATURES": ",".join(settings.signatures),
        "UNWEDGE_LEDGER_TABLE": wiring.ledger.table_name,
        "UNWEDGE_SIGNALS_URL": wiring.signals.queue_url,
        "UNWEDGE_PASSES_URL": wiring.passes.queue_url,
        "UNWEDGE_KILL_SWITCH": wiring.switch.parameter_name,
    }
