"""The deployed approver: what the command line asks it to record, under the caller's name."""

import json
from collections.abc import Mapping
from typing import Any

import boto3
from botocore.config import Config

from unwedge_cli.connecting import LedgerError, aws_errors, stack_output
from unwedge_cli.printing import plain

OUTPUT = "ApproverFunction"
# The function observes, decides and acts before it replies, and must not be asked twice by itself.
_CONFIG = Config(connect_timeout=5, read_timeout=60, retries={"total_max_attempts": 1})


def caller() -> str:
    """The ARN under which AWS knows who calls. Raises LedgerError."""
    with aws_errors("Asking AWS who you are (or give --by)"):
        return str(boto3.Session().client("sts").get_caller_identity()["Arn"])


def invoke(stack: str, payload: Mapping[str, str]) -> dict[str, Any]:
    """Invoke the approver of a stack; its reply. Raises LedgerError."""
    function = stack_output(stack, OUTPUT, "deploy the present version first")
    with aws_errors(f"Invoking {function}"):
        client = boto3.Session().client("lambda", config=_CONFIG)
        answer = client.invoke(FunctionName=function, Payload=json.dumps(payload).encode())
        body = answer["Payload"].read()
    if answer.get("FunctionError"):
        raise LedgerError(
            f"{function} failed ({plain(body[:300].decode(errors='replace'))}). Its log group says why, "
            "and whether anything was done before."
        )
    try:
        reply: dict[str, Any] = json.loads(body)
    except ValueError as error:
        raise LedgerError(f"{function} replied what is no JSON.") from error
    return reply
