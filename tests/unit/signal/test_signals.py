"""Signals: whatever arrives becomes a signal or a refusal that says why, and never an exception."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.situations import CLUSTER, NOW, SERVICE, SERVICE_ARN, arn, contender
from unwedge.signal.signals import Cause, QuickCheck, Refusal, Signal, parse_signal, requeue_message


def task_event(**detail: Any) -> dict[str, Any]:
    """A crash of a service task, as ECS sends it."""
    return {
        "source": "aws.ecs",
        "detail-type": "ECS Task State Change",
        "detail": {
            "clusterArn": CLUSTER,
            "taskArn": arn("contender"),
            "taskDefinitionArn": "arn:aws:ecs:eu-west-1:123456789012:task-definition/p:42",
            "group": f"service:{SERVICE}",
            "startedBy": "ecs-svc/2222222222222222222",
            "lastStatus": "DEPROVISIONING",
            "desiredStatus": "STOPPED",
            "stopCode": "EssentialContainerExited",
            "executionStoppedAt": "2025-11-13T22:31:40.123Z",
            "containers": [
                {"name": "copy-config", "exitCode": 0},
                {"name": "prometheus", "exitCode": 1, "managedAgents": [{"status": "STOPPED"}]},
            ],
            **detail,
        },
    }


def test_a_crash_of_a_service_task_is_a_signal_with_a_hint() -> None:
    """The hint is the task as the event shows it."""
    signal = parse_signal(json.dumps(task_event()))
    assert isinstance(signal, Signal)
    assert (signal.cluster_arn, signal.service_name, signal.cause) == (CLUSTER, SERVICE, Cause.TASK)
    assert signal.hint is not None
    assert signal.hint.failed
    assert signal.hint.failed_at is not None


@pytest.mark.parametrize(
    "told",
    [
        {"healthStatus": "UNHEALTHY"},
        {"stoppedReason": "Task failed container health checks"},
        {"stoppedReason": "Task failed ELB health checks in (target-group arn:aws:elasticloadbalancing:x)"},
    ],
)
def test_a_task_that_the_scheduler_ended_for_its_health_is_a_signal(told: dict[str, Any]) -> None:
    """Its exit code tells nothing: the scheduler's stop ended it."""
    ended = {"stopCode": "ServiceSchedulerInitiated", "containers": [{"name": "etcd", "exitCode": 143}]}
    signal = parse_signal(json.dumps(task_event(**ended, **told)))
    assert isinstance(signal, Signal)
    assert signal.hint is not None
    assert signal.hint.failed_health
    assert not signal.hint.failed


def test_a_deployment_event_names_its_service_in_resources() -> None:
    """Its detail has no clusterArn."""
    event = {"source": "aws.ecs", "detail-type": "ECS Deployment State Change", "detail": {}}
    signal = parse_signal(json.dumps({**event, "resources": [SERVICE_ARN]}))
    assert signal == Signal(CLUSTER, SERVICE, Cause.DEPLOYMENT)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("", "not-json"),
        ("{", "not-json"),
        ("[" * 100_000, "not-json"),
        ("[]", "not-an-event"),
        ('"text"', "not-an-event"),
        ("{}", "foreign-source"),
        ('{"source":"aws.ec2"}', "foreign-source"),
        ('{"source":"aws.ecs"}', "no-detail"),
        ('{"source":"aws.ecs","detail":[]}', "no-detail"),
        ('{"source":"aws.ecs","detail":{},"detail-type":"ECS Service Action"}', "unknown-detail-type"),
        ('{"source":"aws.ecs","detail":{},"detail-type":"ECS Deployment State Change"}', "no-service"),
        (
            '{"source":"aws.ecs","detail":{},"detail-type":"ECS Deployment State Change","resources":["x"]}',
            "no-service",
        ),
        ('{"unwedge":{}}', "malformed-requeue"),
        ('{"unwedge":[]}', "malformed-requeue"),
        ('{"unwedge":{"cluster_arn":1,"service_name":"s","cause":"look-again"}}', "malformed-requeue"),
        ('{"unwedge":{"cluster_arn":"c","service_name":"s","cause":"whim"}}', "malformed-requeue"),
        ('{"unwedge":{"cluster_arn":"c","service_name":"s","cause":"look-again"}}', "malformed-requeue"),
    ],
)
def test_input_that_is_no_signal_is_refused_with_a_reason(body: str, code: str) -> None:
    """Recorded and acknowledged, never retried for ever."""
    refusal = parse_signal(body)
    assert isinstance(refusal, Refusal)
    assert refusal.code == code
    assert len(refusal.detail) < 500


@pytest.mark.parametrize(
    ("detail", "code"),
    [
        ({"group": "family:prometheus"}, "not-a-service-task"),
        ({"group": None}, "not-a-service-task"),
        ({"group": "service:a/b"}, "not-a-service-task"),
        ({"clusterArn": "arn:aws:ecs:eu-west-1:1:cluster/x"}, "no-cluster"),
        ({"clusterArn": ["x"]}, "no-cluster"),
        ({"taskArn": 7}, "no-task"),
        ({"taskDefinitionArn": None}, "no-task"),
        ({"containers": [{"name": "prometheus", "exitCode": 0}]}, "no-failure"),
        ({"containers": "prometheus"}, "no-failure"),
        ({"containers": [{"exitCode": True}]}, "no-failure"),
        ({"stopCode": "UserInitiated"}, "no-failure"),
        ({"stopCode": None}, "no-failure"),
        ({"stopCode": "ServiceSchedulerInitiated"}, "no-failure"),
        ({"stopCode": "UserInitiated", "healthStatus": "UNHEALTHY"}, "no-failure"),
        (
            {
                "stopCode": "ServiceSchedulerInitiated",
                "stoppedReason": "Scaling activity initiated by (deployment ecs-svc/1)",
            },
            "no-failure",
        ),
    ],
)
def test_task_events_that_are_no_crash_of_a_service_are_refused(detail: dict[str, Any], code: str) -> None:
    """EventBridge's match is re-checked here."""
    refusal = parse_signal(json.dumps(task_event(**detail)))
    assert isinstance(refusal, Refusal)
    assert refusal.code == code


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_times_at_the_ends_of_the_calendar_do_not_break_the_parser(moment: str) -> None:
    """They are unknown times, and one hostile event does not hold up a batch."""
    signal = parse_signal(json.dumps(task_event(createdAt=moment)))
    assert isinstance(signal, Signal)
    message = json.loads(requeue_message(signal))
    message["unwedge"]["hint"]["created_at"] = moment
    assert isinstance(parse_signal(json.dumps(message)), Refusal)


def test_unknown_fields_and_unusable_times_are_ignored() -> None:
    """Events grow fields; a broken time is an unknown time."""
    signal = parse_signal(json.dumps(task_event(brandNew={"a": 1}, executionStoppedAt="soon", stoppedAt=5)))
    assert isinstance(signal, Signal)
    assert signal.hint is not None
    assert signal.hint.failed_at is None


def test_our_own_message_reads_back_as_it_was_sent() -> None:
    """Hint and glance included."""
    quick_check = QuickCheck(arn("holder"), 2, NOW + timedelta(seconds=60))
    signal = Signal(CLUSTER, SERVICE, Cause.REQUEUED, contender(), "look-1", quick_check)
    assert parse_signal(requeue_message(signal)) == signal


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(st.sampled_from(sorted(task_event()["detail"])), JSON)
def test_any_value_in_any_field_is_a_signal_or_a_refusal(field: str, value: Any) -> None:
    """Wrong types never raise."""
    assert isinstance(parse_signal(json.dumps(task_event(**{field: value}))), Signal | Refusal)


@given(st.text() | JSON.map(json.dumps))
def test_any_body_is_a_signal_or_a_refusal(body: str) -> None:
    """So is any text."""
    assert isinstance(parse_signal(body), Signal | Refusal)


@given(st.integers(0, 600))
def test_a_truncated_event_is_refused(length: int) -> None:
    """Half an event says nothing."""
    body = json.dumps(task_event())
    assert isinstance(parse_signal(body[: min(length, len(body) - 1)]), Refusal)


OURS = Signal(CLUSTER, SERVICE, Cause.REQUEUED, None, "0" * 32, QuickCheck("task/holder", 10, NOW, 3), 2)


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"tries": -1}, "tries -1 "),
        ({"tries": 10**9}, "tries 1000000000 "),
        ({"requeue_id": "x" * 65}, "a requeue_id of 65 characters "),
        ({"quick_check": QuickCheck("task/holder", 0, NOW)}, "a quick check every 0 s "),
        ({"quick_check": QuickCheck("task/holder", -5, NOW)}, "a quick check every -5 s "),
        ({"quick_check": QuickCheck("task/holder", 901, NOW)}, "a quick check every 901 s "),
        ({"quick_check": QuickCheck("task/holder", 2, NOW, -1)}, "quick check -1 "),
        ({"quick_check": QuickCheck("task/holder", 2, NOW, 10**12)}, "quick check 1000000000000 "),
        ({"quick_check": QuickCheck("x" * 501, 2, NOW)}, "the holder of a quick check "),
    ],
)
def test_a_message_like_ours_that_we_would_not_send_is_refused(changes: dict[str, Any], what: str) -> None:
    """Whoever may send to the queue can write any number into it."""
    assert parse_signal(requeue_message(OURS)) == OURS
    refusal = parse_signal(requeue_message(replace(OURS, **changes)))
    assert refusal == Refusal("malformed-requeue", f"{what}is none that we send")
