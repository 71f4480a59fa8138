"""Why ECS Exec may not work: the causes, what was found of them, and what the agent needs. Pure."""

from enum import StrEnum
from typing import NamedTuple

# What the agent calls to connect to Session Manager.
ACTIONS = (
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
)


class Cause(StrEnum):
    """Why ECS Exec does not work; each is told apart from every other."""

    NOT_ENABLED = "not enabled"
    STARTED_BEFORE = "task started before it was enabled"
    PLATFORM_TOO_OLD = "platform version too old"
    NO_AGENT = "container without agent"
    READ_ONLY_ROOT = "read-only root file system"
    CREDENTIALS = "credentials in the environment"
    NO_TASK_ROLE = "no task role"
    ROLE_LACKS = "task role lacks permissions"
    NO_ROUTE = "no route to Session Manager"
    ENDPOINT_CLOSED = "VPC endpoint does not let the task in"
    AGENT_STOPPED = "agent not running"
    STARTING = "only just started"
    NO_SHELL = "no shell in the image"
    ENCRYPTED = "session encrypted with a KMS key"
    CALLER_DENIED = "caller may not use it"
    UNREACHABLE = "session cannot be reached"
    UNTRUSTED = "session cannot be trusted"
    LOGGING_LACKS = "task role may not log sessions"
    CLOSED = "session closed"
    TIMED_OUT = "no answer in time"
    UNKNOWN = "unknown"


class Finding(NamedTuple):
    """A cause and the evidence for it in a sentence."""

    cause: Cause
    evidence: str


class Diagnosis(NamedTuple):
    """Why ECS Exec did not work: the first cause that explains it, and others that would come after it.
    `unseen`: what could not be looked at."""

    finding: Finding
    others: tuple[Finding, ...] = ()
    unseen: tuple[str, ...] = ()
