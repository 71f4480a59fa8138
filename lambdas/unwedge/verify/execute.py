"""One try of ECS Exec: ExecuteCommand, the session, and how it ended as a fact."""

import ssl
from typing import TYPE_CHECKING, NamedTuple

from unwedge.model.situation import Failure
from unwedge.observe.reads import ReadError, read
from unwedge.verify.facts import Attempt, AttemptKind
from unwedge.verify.session.connection import Ran, Session, SessionError, run

if TYPE_CHECKING:
    from types_boto3_ecs import ECSClient

_REFUSED = "InvalidParameterException"
_NOT_CONNECTED = "TargetNotConnectedException"


class Target(NamedTuple):
    """The container to run something in."""

    cluster: str
    task_arn: str
    container: str


def execute(
    ecs: "ECSClient",
    target: Target,
    script: str,
    *,
    seconds: float,
    trust: ssl.SSLContext | None = None,
) -> Ran:
    """Run a script in a container. Raises ReadError for what ECS answers, and SessionError."""

    def opened(command: str) -> Session:
        answer = read(
            "ecs:ExecuteCommand",
            ecs.execute_command,
            cluster=target.cluster,
            task=target.task_arn,
            container=target.container,
            command=command,
            interactive=True,  # ECS takes nothing else
        )
        session = answer["session"]
        return Session(
            session.get("sessionId", ""), session.get("streamUrl", ""), session.get("tokenValue", "")
        )

    return run(opened, script, seconds=seconds, trust=trust)


def attempt(
    ecs: "ECSClient",
    target: Target,
    script: str,
    *,
    seconds: float,
    trust: ssl.SSLContext | None = None,
) -> Attempt:
    """The same with every outcome as a value."""
    try:
        ran = execute(ecs, target, script, seconds=seconds, trust=trust)
    except ReadError as error:
        return Attempt(_kind(error), f"{error}.".replace("..", "."))
    except SessionError as error:
        return Attempt(AttemptKind.BROKEN, error.sentence, error.trouble, error.output)
    said = ran.said
    return Attempt(AttemptKind.RAN, said=said.text, status=said.status, cut=said.cut, warnings=ran.warnings)


def _kind(error: ReadError) -> AttemptKind:
    if error.failure.code == _NOT_CONNECTED:
        return AttemptKind.NOT_CONNECTED
    if error.failure.code == _REFUSED:
        return AttemptKind.REFUSED
    return AttemptKind.DENIED if error.failure.failure is Failure.DENIED else AttemptKind.FAILED
