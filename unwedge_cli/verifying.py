"""A verifier with the caller's own AWS credentials: nothing deployed is needed."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError

from unwedge.model.settings import Settings
from unwedge.observe.reads import ReadError
from unwedge.verify.reading import Reads
from unwedge.verify.verifier import Verifier
from unwedge_cli.connecting import LedgerError, aws_errors

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


@contextmanager
def told() -> Iterator[None]:
    """Turns what AWS and its client answer into a LedgerError with one sentence, as for every other verb."""
    with aws_errors("Reading the service"):
        try:
            yield
        except ReadError as error:
            if isinstance(error.__cause__, BotoCoreError):
                raise error.__cause__ from error
            raise LedgerError(f"{error}.") from error
