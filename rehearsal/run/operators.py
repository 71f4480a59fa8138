"""What operators do to Unwedge itself in a scenario: answer its questions and turn its kill switch."""

import json
from typing import Any

from rehearsal.aws.deployed_app import DeployedApp
from rehearsal.aws.emulator import ACCOUNT, REGION
from rehearsal.ecs.errors import ApiError
from rehearsal.scenario.model import Service, Step, StepKind
from unwedge.model.codec import from_json
from unwedge.record.ledger import ServiceRecord


def operate(deployed: DeployedApp, service: Service, step: Step) -> str:
    """Do one of the steps; returns what was done and what came of it, in words. Raises ApiError when Unwedge
    asks for nothing that could be answered."""
    if step.do in (StepKind.PAUSE, StepKind.RESUME):
        return set_kill_switch(deployed, "run" if step.do is StepKind.RESUME else "paused by the scenario")
    record = _record(deployed, service)
    asked = record.incident.approval_request if record.incident else None
    if record.incident is None or asked is None:
        raise ApiError("NothingAsked", f"Unwedge asks for nothing about {service.name}.")
    answer = {
        "cluster_arn": record.cluster_arn,
        "service_name": record.service_name,
        "incident": record.incident.id,
        "subject": asked.subject,
        "answer": step.do.value,
        "by": "the operator of the scenario",
    }
    reply = invoke_approver(deployed, answer)
    return f"{step.do.value}s acting on {asked.subject}. The approver replies: {reply['sentence']}"


def set_kill_switch(deployed: DeployedApp, value: str) -> str:
    """Set the kill switch."""
    name = deployed.deployment.output("KillSwitch")
    deployed.emulator.client("ssm").put_parameter(Name=name, Value=value, Type="String", Overwrite=True)
    return f"turns the kill switch to {value!r}"


def invoke_approver(deployed: DeployedApp, answer: dict[str, str]) -> dict[str, Any]:
    """Invoke the deployed approver as the dashboard and the command line do."""
    answered = deployed.emulator.client("lambda").invoke(
        FunctionName=deployed.deployment.output("ApproverFunction"), Payload=json.dumps(answer).encode()
    )
    body = answered["Payload"].read()
    if answered.get("FunctionError"):
        raise ApiError("ApproverFailed", body.decode(errors="replace")[:500])
    reply: dict[str, Any] = json.loads(body)
    return reply


def _record(deployed: DeployedApp, service: Service) -> ServiceRecord:
    cluster = f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/{service.cluster}"
    item = deployed.emulator.client("dynamodb").get_item(
        TableName=deployed.deployment.output("LedgerTable"),
        Key={"pk": {"S": f"service#{cluster}/{service.name}"}, "sk": {"S": "state"}},
        ConsistentRead=True,
    )
    if "Item" not in item:
        return ServiceRecord(cluster, service.name)
    return from_json(ServiceRecord, json.loads(item["Item"]["data"]["S"]))
