"""Finding the deployed ledger, and what AWS says when that fails."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, NoRegionError

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

OUTPUT = "LedgerTable"
_CONFIG = Config(connect_timeout=5, read_timeout=20, retries={"mode": "standard", "total_max_attempts": 4})


class LedgerError(Exception):
    """The deployed ledger cannot be read. Carries the sentence that says why."""


def connect(table: str | None, stack: str) -> tuple["DynamoDBClient", str]:
    """A client, and the table of this name, else the one that the stack names in its outputs.

    Region and credentials are found as by every AWS tool. Raises LedgerError.
    """
    with aws_errors("Connecting to AWS"):
        client = boto3.Session().client("dynamodb", config=_CONFIG)
    return client, table or stack_output(stack, OUTPUT, "name the ledger's table with --table")


def stack_output(stack: str, key: str, otherwise: str) -> str:
    """An output of the deployed stack. Raises LedgerError, saying what to do otherwise."""
    with aws_errors(f"Looking for {key} in the outputs of stack {stack} (or {otherwise})"):
        formation = boto3.Session().client("cloudformation", config=_CONFIG)
        stacks = formation.describe_stacks(StackName=stack)["Stacks"]
    outputs: Any = stacks[0].get("Outputs", []) if stacks else []
    for output in outputs:
        if output.get("OutputKey") == key:
            return str(output["OutputValue"])
    raise LedgerError(f"Stack {stack} has no output {key}; {otherwise}.")


@contextmanager
def aws_errors(doing: str) -> Iterator[None]:
    """Turns what AWS and its client raise into a LedgerError with one sentence."""
    try:
        yield
    except ClientError as error:
        answer = error.response.get("Error", {})
        message = f"{answer.get('Code', 'an error')}: {answer.get('Message', '')}".rstrip(": .")
        raise LedgerError(f"{doing} failed. AWS answered {message}.") from error
    except NoCredentialsError as error:
        raise LedgerError(
            "No AWS credentials were found. Log in as for the AWS command line, or set AWS_PROFILE."
        ) from error
    except NoRegionError as error:
        raise LedgerError(
            "No AWS region is set. Set AWS_DEFAULT_REGION to the region of the stack, or one in the profile."
        ) from error
    except BotoCoreError as error:
        raise LedgerError(f"{doing} failed. {str(error).rstrip('.')}.") from error
