"""A verifier with the caller's own AWS credentials: nothing deployed is needed."""

from datetime import UTC, datetime

import boto3
from botocore.config import Config

from unwedge.model.settings import Settings
from unwedge.verify.reading import Reads
from unwedge.verify.verifier import Verifier

_CONFIG = Config(connect_timeout=5, read_timeout=20, retries={"mode": "standard", "total_max_attempts": 4})


def verifier(*, execs: bool) -> Verifier:
    """Region and credentials are found as by every AWS tool. Raises botocore's errors without them."""
    session = boto3.Session()
    ecs, logs = session.client("ecs", config=_CONFIG), session.client("logs", config=_CONFIG)

    def reads() -> Reads:
        return Reads(
            ecs,
            logs,
            lambda: session.client("servicediscovery", config=_CONFIG),
            lambda: session.client("iam", config=_CONFIG),
            lambda: session.client("ec2", config=_CONFIG),
        )

    return Verifier(reads, ecs, Settings(), lambda cluster: execs)


def now() -> datetime:
    """The present in UTC."""
    return datetime.now(UTC)
