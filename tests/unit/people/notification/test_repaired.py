"""A repair, told to people and programs."""

import json
from datetime import timedelta
from typing import Any

import pytest

from tests.support.postures import CLUSTER, NOW, SERVICE
from tests.unit.handlers.test_verifier import Context
from tests.unit.people.notification.test_notifier import FakeAws, aws
from tests.unit.people.notification.test_verified import ADDRESSES, HOSTILE
from unwedge.handlers import notifier
from unwedge.model.codec import to_json
from unwedge.people import repairing
from unwedge.people.notification import repaired as words
from unwedge.people.notification.repaired import RepairedService
from unwedge.people.notification.sending import NotAcceptedError
from unwedge.record.repairs import Repaired, RepairState, service_key

__all__ = ["aws"]
BEFORE = '{"minimumHealthyPercent": 100, "maximumPercent": 200, "availabilityZoneRebalancing": "ENABLED"}'
DONE = Repaired(CLUSTER, SERVICE, NOW, RepairState.DONE, BEFORE, "Service prom now stops its old task first.")
REFUSED = DONE._replace(state=RepairState.REFUSED, sentence="ECS refused it: AccessDenied.")


def bring(found: Repaired) -> None:
    """Hand the notifier's handler a record of the stream."""
    key = {
        "pk": {"S": service_key(found.cluster_arn, found.service_name)},
        "sk": {"S": f"made#{to_json(found.at)}"},
    }
    change = {"Keys": key, "NewImage": {"data": {"S": json.dumps(to_json(found))}}}
    notifier.handler({"Records": [{"eventID": "1", "dynamodb": change}]}, Context())


def test_people_hear_what_was_changed_what_was_before_what_to_change_and_how_to_take_it_back(
    aws: FakeAws,
) -> None:
    """In the mail; chat and event say what was done."""
    bring(DONE)
    (published,) = aws.published
    assert published["Subject"] == "[Unwedge] Service repaired: prom"
    forms = json.loads(published["Message"])
    mail = forms["email"]
    said = " ".join(mail.split())
    for text in (
        "Service prom now stops its old task first.",
        "Before: minimumHealthyPercent 100, maximumPercent 200, availabilityZoneRebalancing ENABLED.",
        "No deployment was started and no task was stopped",
        "Your infrastructure code now differs",
        "deployment_minimum_healthy_percent = 0",
        "min_healthy_percent=0",
        "minHealthyPercent: 0",
        "availabilityZoneRebalancing: ecs.AvailabilityZoneRebalancing.DISABLED",
        "remove the tag unwedge-repair",
    ):
        assert text in said
    back = "--deployment-configuration minimumHealthyPercent=100,maximumPercent=200\n"
    assert mail.index(back) < mail.index("--availability-zone-rebalancing ENABLED")
    content = json.loads(forms["https"])["content"]
    assert content["title"] == "Unwedge: Service repaired: prom"
    assert "maximumPercent 200" in content["description"]
    (event,) = aws.put
    assert event["DetailType"] == "Unwedge Repair"
    told = json.loads(event["Detail"])
    assert (told["state"], told["before"]["maximumPercent"]) == ("done", 200)
    assert published["MessageAttributes"]["kind"]["StringValue"] == "repair"


def test_what_was_refused_asks_nobody_to_change_code(aws: FakeAws) -> None:
    """The first of two changes may have taken effect, so the way back stands there all the same."""
    bring(REFUSED)
    (published,) = aws.published
    assert published["Subject"] == "[Unwedge] Repair not completed: prom"
    mail = json.loads(published["Message"])["email"]
    assert "AccessDenied" in mail.replace("\u200b", "")
    assert "deployment_minimum_healthy_percent" not in mail
    assert "--availability-zone-rebalancing ENABLED" in mail


def test_people_hear_of_one_repair_once_however_often_the_stream_brings_it(aws: FakeAws) -> None:
    """What fails for a while is tried again."""
    aws.rejected = "InternalFailure"
    with pytest.raises(NotAcceptedError):
        bring(DONE)
    aws.rejected = ""
    bring(DONE)
    bring(DONE)
    assert len(aws.published) == 1
    bring(DONE._replace(at=NOW + timedelta(days=8)))
    assert len(aws.published) == 2


@pytest.mark.parametrize(
    ("before", "told", "back"),
    [
        ("{", "cannot be read", False),
        ('{"maximumPercent": "200; rm -rf /"}', "cannot be read", False),
        ('{"minimumHealthyPercent": null, "maximumPercent": null}', "maximumPercent not set", False),
        (
            '{"minimumHealthyPercent": 1, "maximumPercent": 2, "availabilityZoneRebalancing": "$(x)"}',
            "cannot be read",
            False,
        ),
        ('{"minimumHealthyPercent": 1, "maximumPercent": 2}', "availabilityZoneRebalancing not set", True),
    ],
)
def test_what_stood_before_gets_into_a_command_only_where_it_is_a_number(
    before: str, told: str, back: bool
) -> None:
    """Whoever pastes it runs it."""
    found = DONE._replace(before=before)
    assert told in repairing.was(found)
    assert bool(repairing.taken_back(found)) is back
    assert "ENABLED" not in repairing.taken_back(found)


def test_where_rebalancing_was_off_the_code_says_nothing_of_it() -> None:
    """It has not changed."""
    found = DONE._replace(before=BEFORE.replace("ENABLED", "DISABLED"))
    assert all("ebalancing" not in text for _, text in repairing.code(found))
    assert "rebalancing" not in repairing.taken_back(found)


def test_foreign_text_does_nothing_in_a_chat_and_keeps_to_its_bounds() -> None:
    """What ECS answered is text of others."""
    found = REFUSED._replace(sentence=HOSTILE * 50)
    service = RepairedService(service_key(CLUSTER, SERVICE), "made#1", found)
    told = words.telling(service, ADDRESSES)
    text = json.dumps(told.chat["content"], ensure_ascii=False)
    for harm in ("<!channel>", "*bold*", "http://evil.example", "\u202e", "\x1b", "@here"):
        assert harm not in text
    assert "http://evil.example" not in told.text
    assert len(told.text) < 20_000
    assert len(told.chat["content"]["description"]) <= 2900


@pytest.mark.parametrize(
    "data",
    [
        "{}",
        "{",
        json.dumps(to_json(DONE._replace(service_name="x; rm -rf /"))),
        json.dumps(to_json(DONE._replace(cluster_arn="$(x)"))),
    ],
)
def test_a_damaged_repair_and_one_that_names_no_service_is_refused_once(aws: FakeAws, data: Any) -> None:
    """It does not block the stream, and no command is made of it."""
    keys = {"pk": {"S": service_key(CLUSTER, SERVICE)}, "sk": {"S": "made#1"}}
    change = {"Keys": keys, "NewImage": {"data": {"S": data}}}
    notifier.handler({"Records": [{"eventID": "1", "dynamodb": change}]}, Context())
    assert (aws.published, aws.put) == ([], [])
