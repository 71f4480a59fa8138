"""What makes services be audited."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.postures import CLUSTER, NOW, SERVICE
from unwedge.posture.requests import (
    Cluster,
    Ended,
    Everything,
    NoRequest,
    Service,
    asked_for,
    message_of,
    parse_request,
)

QUEUE = "arn:aws:sqs:eu-west-1:123456789012:audits"


def deployment(name: str = "SERVICE_DEPLOYMENT_IN_PROGRESS", **detail: Any) -> dict[str, Any]:
    """ECS's event."""
    return {
        "source": "aws.ecs",
        "detail-type": "ECS Deployment State Change",
        "time": "2025-11-13T22:40:00Z",
        "resources": [f"{CLUSTER.replace(':cluster/', ':service/')}/{SERVICE}"],
        "detail": {"eventName": name, "deploymentId": "ecs-svc/2", **detail},
    }


def test_a_deployment_that_begins_and_one_that_ends_are_told_apart() -> None:
    """The one asks for an audit, the other ends what was expected."""
    assert parse_request(json.dumps(deployment()), QUEUE) == Service(CLUSTER, SERVICE, "ecs-svc/2", NOW)
    for name in ("SERVICE_DEPLOYMENT_COMPLETED", "SERVICE_DEPLOYMENT_FAILED"):
        assert parse_request(json.dumps(deployment(name)), QUEUE) == Ended(CLUSTER, SERVICE, "ecs-svc/2")


def test_the_schedule_a_recovery_and_our_own_messages_are_understood() -> None:
    """What is left of a cluster goes on behind the last name."""
    tick = {"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}}
    assert parse_request(json.dumps(tick), QUEUE) == Everything()
    recovered = {"source": "unwedge", "detail": {"cluster": CLUSTER, "service": SERVICE}}
    assert parse_request(json.dumps(recovered), QUEUE) == Service(CLUSTER, SERVICE)
    for cluster in (Cluster(CLUSTER), Cluster(CLUSTER, "m-service")):
        assert parse_request(message_of(cluster), QUEUE) == cluster


@pytest.mark.parametrize(
    "body",
    [
        "{",
        "[]",
        "[" * 2000,
        {},
        {"detail": {}},
        deployment("SERVICE_STEADY_STATE"),
        deployment(deploymentId="../x"),
        deployment(deploymentId=None),
        {**deployment(), "resources": ["x"]},
        {**deployment(), "resources": None},
        {"unwedge-audit": {"cluster_arn": "x"}},
        {"unwedge-audit": {"cluster_arn": CLUSTER, "after": "../x"}},
        {"unwedge-audit": None},
        {"source": "unwedge", "detail": {"cluster": CLUSTER, "service": "../x"}},
        {**deployment(), "resources": ["arn:aws:ecs:us-east-1:123456789012:service/dev/x"]},
        {**deployment(), "resources": ["arn:aws:ecs:eu-west-1:999999999999:service/dev/x"]},
    ],
)
def test_what_is_no_request_or_of_another_account_is_refused(body: Any) -> None:
    """In a sentence."""
    found = parse_request(body if isinstance(body, str) else json.dumps(body), QUEUE)
    assert isinstance(found, NoRequest)
    assert found.why


def test_a_person_asks_for_a_service_or_for_all() -> None:
    """And cannot say that a deployment began."""
    asked = {
        "cluster_arn": CLUSTER,
        "service_name": SERVICE,
        "deployment": "ecs-svc/2",
        "began": "2025-11-13",
    }
    assert asked_for(asked) == Service(CLUSTER, SERVICE)
    assert asked_for({"everything": True}) == Everything()
    assert isinstance(asked_for({"everything": "yes"}), NoRequest)


@given(st.text() | st.binary().map(repr))
def test_no_text_makes_it_fail(text: str) -> None:
    """A message may say anything."""
    parse_request(text, QUEUE)
    parse_request(json.dumps(deployment(updatedAt=text)), QUEUE)
