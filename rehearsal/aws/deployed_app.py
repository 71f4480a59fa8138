"""Emulator and deployed app, set up once and used by one scenario after the other."""

import itertools
import json
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from rehearsal.aws.deploy import CdkApp, Deployment, deploy
from rehearsal.aws.emulator import ACCOUNT, REGION, Emulator
from rehearsal.aws.function_log import FunctionLog
from rehearsal.clockwork.clock import ScaledClock
from rehearsal.ecs.launching import ContainerSpec
from rehearsal.ecs.options import SchedulerOptions
from rehearsal.ecs.simulator import Simulator
from rehearsal.ecs.wire import EcsServer
from rehearsal.programs.scripted import Script, ScriptedLauncher
from rehearsal.programs.sessions.server import Sessions

_INTERCEPTED = (
    "ecs",
    "logs",
    "dynamodb",
    "sqs",
    "ssm",
    "secretsmanager",
    "sns",
    "events",
    "cloudwatch",
    "servicediscovery",
    "iam",
    "ec2",
)
_WARM_UP_CLUSTER = "warm-up"
# The outputs of the queues that the remediator works off, and those of the verifier and the auditor.
QUEUES = ("QueueUrl", "PassQueueUrl")
CHECKS, AUDITS = "CheckQueueUrl", "AuditQueueUrl"
_WARM_UP_TIMEOUT_SECONDS = 20.0


class Proxy(Protocol):
    """Something that all AWS calls of the functions can be sent through."""

    upstreams: dict[str, str]

    def environment(self, services: Iterable[str]) -> dict[str, str]:
        """Variables that send an SDK's calls of these services there."""
        ...


class DeployedApp:
    """The app deployed in a running emulator. ECS calls of its functions go to ``ecs``.

    Whoever rehearses puts a fresh simulated ECS behind that server. The server stays, because the functions
    keep their connections open.
    """

    def __init__(
        self, emulator: Emulator, deployment: Deployment, ecs: EcsServer, sessions: Sessions
    ) -> None:
        self.emulator = emulator
        self.deployment = deployment
        self.ecs = ecs
        self.sessions = sessions
        self._numbers = itertools.count(1)

    @property
    def clock(self) -> ScaledClock:
        """The virtual clock of everything here."""
        return self.emulator.clock

    def fresh_suffix(self) -> str:
        """For names that no earlier rehearsal used: ledger and function remember services and definitions."""
        number = next(self._numbers)
        return "" if number == 1 else f"-{number}"

    def function_log(self) -> FunctionLog:
        """The log of the deployed functions."""
        groups = ("RemediatorLogGroup", "ApproverLogGroup", "VerifierLogGroup", "AuditorLogGroup")
        return FunctionLog(self.emulator, *(self.deployment.output(name) for name in groups))

    def clear_queues(self) -> None:
        """Drop what an earlier rehearsal left for later."""
        for output in (*QUEUES, CHECKS, AUDITS):
            self.emulator.client("sqs").purge_queue(QueueUrl=self.deployment.output(output))

    def warm_up(self) -> None:
        """Let the functions start cold: on a service that does not exist, and on nothing to tell.

        A cold start takes real seconds, which the virtual clock would stretch beyond what AWS shows; and the
        emulator brings signals and decisions to their functions one after the other.
        """
        name = self.deployment.output("NotifierFunction")
        self.emulator.client("lambda").invoke(FunctionName=name, Payload=b"{}")
        log = self.function_log()
        list(log.read())
        queue = self.deployment.output("QueueUrl")
        self.emulator.client("sqs").send_message(QueueUrl=queue, MessageBody=json.dumps(_harmless_event()))
        deadline = time.monotonic() + _WARM_UP_TIMEOUT_SECONDS
        seen = log.lines_seen
        while time.monotonic() < deadline and log.lines_seen == seen:
            time.sleep(0.1)
            list(log.read())


def _harmless_event() -> dict[str, object]:
    service = f"arn:aws:ecs:{REGION}:{ACCOUNT}:service/{_WARM_UP_CLUSTER}/none"
    moment = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {
        "version": "0",
        "id": "00000000-0000-4000-8000-000000000000",
        "detail-type": "ECS Deployment State Change",
        "source": "aws.ecs",
        "account": ACCOUNT,
        "time": moment,
        "region": REGION,
        "resources": [service],
        "detail": {
            "eventType": "INFO",
            "eventName": "SERVICE_DEPLOYMENT_COMPLETED",
            "deploymentId": "ecs-svc/0000000000000000000",
            "updatedAt": moment,
            "reason": "ECS deployment ecs-svc/0000000000000000000 completed.",
        },
    }


@contextmanager
def open_deployed_app(
    speed: float,
    *,
    app: CdkApp | None = None,
    log_file: Path | None = None,
    interceptor: Proxy | None = None,
    auth: bool = False,
) -> Iterator[DeployedApp]:
    """Start the emulator at ``speed`` and deploy the app; raises EmulatorError or DeployError.

    All AWS calls of the app's functions go through ``interceptor``, if there is one; its upstreams are set
    here. With ``auth`` the emulator enforces IAM.
    """
    clock = ScaledClock(datetime.now(UTC), speed)
    nothing = Simulator(start=clock.now(), options=SchedulerOptions(), launcher=ScriptedLauncher(_nobody))
    with (
        Sessions() as sessions,
        EcsServer(nothing, clock=clock) as ecs,
        Emulator(
            clock=clock,
            ecs_endpoint=ecs.endpoint,
            log_file=log_file,
            variables={
                **(interceptor.environment(_INTERCEPTED) if interceptor else {}),
                # The functions' sessions of ECS Exec end here, behind a certificate of this run.
                "SSL_CERT_FILE": str(sessions.certificate),
            },
            auth=auth,
        ) as emulator,
    ):
        if interceptor:
            interceptor.upstreams.update(dict.fromkeys(_INTERCEPTED, emulator.endpoint), ecs=ecs.endpoint)
        deployed = DeployedApp(emulator, deploy(emulator, app), ecs, sessions)
        deployed.warm_up()
        yield deployed


def _nobody(spec: ContainerSpec) -> Script:
    raise AssertionError("nothing runs before a scenario starts")
