"""A plan from a file or standard input: bounded, decoded, and handed to the reader of its kind."""

import json
import sys
from pathlib import Path
from typing import Any, BinaryIO, Final, Literal

from unwedge_cli.plans.cloudformation.services import template_plan
from unwedge_cli.plans.cloudformation.template import from_json, from_yaml
from unwedge_cli.plans.planned import Plan, PlanError
from unwedge_cli.plans.terraform.plan import terraform_plan

LARGEST_PLAN: Final = 200 * 2**20
# CloudFormation takes templates up to 1 MB.
LARGEST_TEMPLATE: Final = 10 * 2**20
_BYTE_ORDER_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


def read_plan(path: Path | Literal["-"]) -> Plan:
    """The ECS services of a Terraform or OpenTofu plan as JSON, or of a CloudFormation template as JSON or
    YAML; "-" is standard input. Raises PlanError."""
    source = "standard input" if str(path) == "-" else str(path)
    try:
        if str(path) == "-":
            data = _bounded(sys.stdin.buffer, source)
        else:
            with Path(path).open("rb") as file:
                data = _bounded(file, source)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "this is not a path"
        raise PlanError(source, f"it cannot be read: {reason or 'the system does not say why'}.") from error
    return plan_of(_decoded(data, source), source)


def plan_of(text: str, source: str) -> Plan:
    """The services of a plan's text. Raises PlanError."""
    try:
        if text.lstrip().startswith(("{", "[")):
            return _from_json(text, source)
        if len(text) > LARGEST_TEMPLATE:
            raise PlanError(source, "it is neither JSON nor a template of at most 10 MB.")
        return template_plan(from_yaml(text, source), source)
    except RecursionError as error:
        raise PlanError(source, "it is nested too deeply.") from error


def _bounded(file: BinaryIO, source: str) -> bytes:
    data = file.read(LARGEST_PLAN + 1)
    if len(data) > LARGEST_PLAN:
        raise PlanError(source, f"it is larger than {LARGEST_PLAN // 2**20} MB, which is more than is read.")
    return data


def _decoded(data: bytes, source: str) -> str:
    """Text in UTF-8, or in UTF-16 with its mark, as PowerShell writes what it redirects."""
    if data.startswith(b"PK"):
        raise PlanError(source, "this is a saved plan; pass what `terraform show -json PLAN` prints of it.")
    try:
        return data.decode(_BYTE_ORDER_MARKS.get(data[:2], "utf-8-sig"))
    except UnicodeDecodeError as error:
        raise PlanError(source, "it is not text in UTF-8.") from error


def _from_json(text: str, source: str) -> Plan:
    try:
        data = json.loads(text)
    except ValueError as error:
        raise PlanError(source, _what_else(text, error)) from error
    if not isinstance(data, dict):
        raise PlanError(source, "it is neither a Terraform plan nor a CloudFormation template.")
    if "resource_changes" in data or "planned_values" in data:
        return terraform_plan(data, source)
    if "Resources" in data:
        if len(text) > LARGEST_TEMPLATE:
            raise PlanError(source, "templates of more than 10 MB are not read.")
        return template_plan(from_json(text, data, source), source)
    raise PlanError(source, _which(data))


def _what_else(text: str, error: ValueError) -> str:
    if '"@level"' in text[:1000]:
        return "this is the log of `terraform plan -json`; pass what `terraform show -json PLAN` prints."
    if isinstance(error, json.JSONDecodeError):
        return f"it is not valid JSON: line {error.lineno} cannot be read."
    return "it is not valid JSON: it has a number that is too long."


def _which(data: dict[str, Any]) -> str:
    if {"values", "terraform_version"} & data.keys():
        return "this is a state, not a plan; pass what `terraform show -json PLAN` prints of a saved plan."
    if "artifacts" in data:
        return "this is the manifest of a cloud assembly; pass a *.template.json that lies beside it."
    return "it is neither a Terraform plan nor a CloudFormation template."
