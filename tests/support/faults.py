"""Faults of AWS calls in AWS's own error format, for the fault proxy."""

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

# Speaks in forms and XML, the others in JSON.
QUERY = "sns"


class FaultKind(StrEnum):
    """How a call fails. DROPPED: the connection ends before AWS sees the call; ANSWER_LOST: after it took
    effect; TIMED_OUT: it took effect, and the answer comes when nobody waits any more."""

    THROTTLED = "throttled"
    SERVER_ERROR = "server-error"
    DENIED = "denied"
    DROPPED = "dropped"
    ANSWER_LOST = "answer-lost"
    TIMED_OUT = "timed-out"


@dataclass(kw_only=True)
class Fault:
    """The first ``times`` calls of one operation ("ecs:StopTask") whose body contains ``about`` fail.

    ``times`` None: all of them, until the fault is lifted. ``fired`` counts.
    """

    operation: str
    kind: FaultKind
    about: str = ""
    times: int | None = None
    fired: int = 0

    def applies(self, operation: str, body: bytes) -> bool:
        """Whether this call is to fail."""
        left = self.times is None or self.fired < self.times
        return left and operation == self.operation and self.about.encode() in body


@dataclass(frozen=True)
class Answer:
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


_Codes = Callable[[str], tuple[int, str]]


def _throttled(service: str) -> tuple[int, str]:
    if service == QUERY:
        return 400, "Throttling"
    prefix = "com.amazon.coral.service#" if service == "dynamodb" else ""
    return 400, f"{prefix}ThrottlingException"


def _server_error(service: str) -> tuple[int, str]:
    codes = {
        "ecs": (500, "ServerException"),
        "logs": (503, "ServiceUnavailableException"),
        "dynamodb": (500, "com.amazonaws.dynamodb.v20120810#InternalServerError"),
        "sqs": (503, "ServiceUnavailable"),
        "events": (500, "InternalException"),
        "sns": (500, "InternalError"),
    }
    return codes.get(service, (500, "InternalServerError"))


def _denied(service: str) -> tuple[int, str]:
    if service == QUERY:
        return 403, "AuthorizationError"
    prefix = "com.amazon.coral.service#" if service == "dynamodb" else ""
    return 400, f"{prefix}AccessDeniedException"


ERRORS: Mapping[FaultKind, _Codes] = {
    FaultKind.THROTTLED: _throttled,
    FaultKind.SERVER_ERROR: _server_error,
    FaultKind.DENIED: _denied,
}
_MESSAGES = {
    FaultKind.THROTTLED: "Rate exceeded",
    FaultKind.SERVER_ERROR: "The request failed because of an internal error.",
    FaultKind.DENIED: "User is not authorized to perform: {} because no identity-based policy allows it",
}


def error(kind: FaultKind, service: str, name: str) -> Answer:
    status, code = ERRORS[kind](service)
    message = _MESSAGES[kind].format(f"{service}:{name}")
    if service == QUERY:
        text = f"<Type>Sender</Type><Code>{code}</Code><Message>{message}</Message>"
        document = (
            f"<ErrorResponse><Error>{text}</Error><RequestId>{uuid.uuid4()}</RequestId></ErrorResponse>"
        )
        return Answer(status, (("Content-Type", "text/xml"),), document.encode())
    content = "application/x-amz-json-1.0" if service in ("dynamodb", "sqs") else "application/x-amz-json-1.1"
    body = json.dumps({"__type": code, "message": message}).encode()
    return Answer(status, (("Content-Type", content), ("x-amzn-RequestId", str(uuid.uuid4()))), body)
