"""Requests for a repair: messages of the auditor. Pure."""

import json
from typing import NamedTuple

from unwedge.model.codec import DecodeError, from_json, to_json
from unwedge.posture.requests import NoRequest
from unwedge.signal.signals import plausible

_OWN = "unwedge-repair"


class RepairRequest(NamedTuple):
    """Look whether this service is to be repaired. It says nothing else: what is done is decided anew."""

    cluster_arn: str
    service_name: str


def message_of(request: RepairRequest) -> str:
    """A request as a message of the queue."""
    return json.dumps({_OWN: to_json(request)})


def parse_request(body: str) -> RepairRequest | NoRequest:
    """A message of the queue. Never raises."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return NoRequest("It is no JSON.")
    if not isinstance(data, dict) or _OWN not in data:
        return NoRequest("It is no message of ours.")
    try:
        request = from_json(RepairRequest, data[_OWN])
    except DecodeError as error:
        return NoRequest(f"It is no request: {error}.")
    if not plausible(request.cluster_arn, request.service_name):
        return NoRequest(f"There is no such service: {json.dumps(request.service_name[:80])}.")
    return request
