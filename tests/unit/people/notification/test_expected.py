"""A deadlock to come, told to people and programs."""

import json
from datetime import timedelta
from typing import Any

import pytest

from tests.support.postures import CLUSTER, NOW, SERVICE, expected
from tests.unit.handlers.test_verifier import Context
from tests.unit.people.notification.test_notifier import FakeAws, aws
from tests.unit.people.notification.test_verified import ADDRESSES, HOSTILE
from unwedge.handlers import notifier
from unwedge.model.codec import to_json
from unwedge.people.expectation import what_follows
from unwedge.people.notification import expected as words
from unwedge.people.notification.expected import ExpectedDeadlock
from unwedge.people.notification.sending import NotAcceptedError
from unwedge.record.postures import Expected, service_key

__all__ = ["aws"]


def bring(found: Expected) -> None:
    """Hand the notifier's handler a record of the stream."""
    change = {
        "Keys": {
            "pk": {"S": service_key(found.cluster_arn, found.service_name)},
            "sk": {"S": f"expected#{found.deployment}"},
        },
        "NewImage": {"data": {"S": json.dumps(to_json(found))}},
    }
    notifier.handler({"Records": [{"eventID": "1", "dynamodb": change}]}, Context())


def test_people_and_programs_hear_what_will_happen_and_what_unwedge_will_do(aws: FakeAws) -> None:
    """Mail, chat and event say the same."""
    bring(expected())
    (published,) = aws.published
    assert published["Subject"] == "[Unwedge] Deadlock expected: prom"
    forms = json.loads(published["Message"])
    said = " ".join(forms["email"].split())
    assert "The deployment ecs-svc/2 of service prom will deadlock" in said
    assert "will stop the old task once the new one has failed on the lock" in said
    assert "about 30 s without a writer" in said
    assert json.loads(forms["https"])["content"]["title"] == "Unwedge: Deadlock expected: prom"
    (event,) = aws.put
    assert event["DetailType"] == "Unwedge Expectation"
    assert json.loads(event["Detail"])["deployment"] == "ecs-svc/2"
    assert published["MessageAttributes"]["kind"]["StringValue"] == "expectation"


def test_people_hear_of_one_deployment_once_however_often_the_stream_brings_it(aws: FakeAws) -> None:
    """Also when that is much later."""
    bring(expected())
    bring(expected())
    bring(expected(at=NOW + timedelta(hours=3)))
    assert len(aws.published) == 1
    bring(expected(deployment="ecs-svc/3"))
    assert len(aws.published) == 2


def test_what_fails_for_a_while_is_tried_again_and_people_hear_once(aws: FakeAws) -> None:
    """A message that SNS did not take counts as not told."""
    aws.rejected = "InternalFailure"
    with pytest.raises(NotAcceptedError):
        bring(expected())
    aws.rejected = ""
    aws.errors["Publish"] = RuntimeError("no")
    with pytest.raises(RuntimeError):
        bring(expected())
    del aws.errors["Publish"]
    bring(expected())
    assert len(aws.published) == 1


def test_one_service_is_told_so_many_times_an_hour(aws: FakeAws) -> None:
    """Who deploys again and again does not fill people's boxes."""
    for number in range(20):
        bring(expected(deployment=f"ecs-svc/{number}", at=NOW + timedelta(minutes=number)))
    assert len(aws.published) == 8


def test_each_mode_is_told_what_follows() -> None:
    """And a stack that may stop nothing does not promise to."""
    assert "will ask you" in what_follows(expected(mode="approve"))
    assert "will stop the old task" in what_follows(expected())
    assert "may stop nothing" in what_follows(expected(acts=False))
    assert "Expect about" not in what_follows(expected(gap=None))


def test_foreign_text_does_nothing_in_a_chat_and_keeps_to_its_bounds() -> None:
    """Names are those of whoever made the service."""
    found = expected(service_name=HOSTILE * 20, program=HOSTILE * 50)
    deadlock = ExpectedDeadlock(service_key(CLUSTER, SERVICE), "expected#ecs-svc/2", found)
    told = words.telling(deadlock, ADDRESSES)
    text = json.dumps(told.chat["content"], ensure_ascii=False)
    for harm in ("<!channel>", "*bold*", "http://evil.example", "\u202e", "\x1b", "@here"):
        assert harm not in text
    assert len(told.chat["content"]["description"]) <= 2900
    assert len(told.subject) < 100
    assert len(told.brief) <= 140
    assert len(told.text) < 20_000


@pytest.mark.parametrize("data", ["{}", "[]", "{", '{"deployment": 7}'])
def test_a_damaged_expectation_is_refused_once(aws: FakeAws, data: Any) -> None:
    """It does not block the stream."""
    keys = {"pk": {"S": service_key(CLUSTER, SERVICE)}, "sk": {"S": "expected#ecs-svc/2"}}
    change = {"Keys": keys, "NewImage": {"data": {"S": data}}}
    notifier.handler({"Records": [{"eventID": "1", "dynamodb": change}]}, Context())
    assert (aws.published, aws.put) == ([], [])
