"""A verification that failed, told to people and programs."""

import json
from datetime import timedelta
from typing import Any

import pytest

from tests.support.verified import CLUSTER, NOW, SERVICE
from tests.unit.handlers.test_verifier import Context, verification
from tests.unit.people.notification.test_notifier import FakeAws, aws
from unwedge.handlers import notifier
from unwedge.model.codec import to_json
from unwedge.model.verification import Check, Part, Result, Verification
from unwedge.people.notification import verified
from unwedge.people.notification.message import Addresses
from unwedge.people.notification.sending import NotAcceptedError
from unwedge.people.notification.verified import VerifiedService
from unwedge.record.verifications import service_key

__all__ = ["aws"]
ADDRESSES = Addresses("eu-west-1", "Unwedge-eu-west-1", "https://example.com/runbook.md")
HOSTILE = "<!channel> *bold* [link](http://evil.example) \u202e\x1b[31m @here http://evil.example"
FAILED = verification(Result.FAIL)._replace(
    checks=(
        Check(Part.SERVICE, Result.PASS, "All is well."),
        Check(Part.LOGS, Result.FAIL, "1 of 9 lines tells of an error: disk full", "Open the log."),
        Check(Part.EXEC, Result.UNKNOWN, "The agent does not answer.", "Verify again."),
        Check(Part.DNS, Result.SKIPPED, "It has no name."),
    )
)


def service(found: Verification = FAILED) -> VerifiedService:
    """As the ledger's stream brings it."""
    return VerifiedService(service_key(CLUSTER, SERVICE), "at#1", found)


def bring(found: Verification, sk: str = "at#1") -> None:
    """Hand the notifier's handler a record of the stream."""
    change = {
        "Keys": {"pk": {"S": service_key(found.cluster_arn, found.service_name)}, "sk": {"S": sk}},
        "NewImage": {"data": {"S": json.dumps(to_json(found))}},
    }
    notifier.handler({"Records": [{"eventID": "1", "dynamodb": change}]}, Context())


def test_people_hear_of_a_check_that_failed_and_programs_of_every_verification(aws: FakeAws) -> None:
    """Mail, chat and event say the same."""
    bring(FAILED)
    (published,) = aws.published
    assert published["Subject"] == "[Unwedge] Verification failed: prom"
    forms = json.loads(published["Message"])
    assert "disk full" in forms["email"]
    assert json.loads(forms["https"])["content"]["title"] == "Unwedge: Verification failed: prom"
    (event,) = aws.put
    assert event["DetailType"] == "Unwedge Verification"
    told = json.loads(event["Detail"])
    assert (told["result"], [check["result"] for check in told["checks"]]) == (
        "FAIL",
        ["PASS", "FAIL", "UNKNOWN", "SKIPPED"],
    )


@pytest.mark.parametrize("result", [Result.PASS, Result.UNKNOWN])
def test_what_passed_or_could_not_be_proven_is_an_event_and_no_message(aws: FakeAws, result: Result) -> None:
    """The dashboard shows it."""
    bring(verification(result))
    assert aws.published == []
    assert len(aws.put) == 1


def test_one_service_is_told_so_many_times_an_hour_together_with_its_decisions(aws: FakeAws) -> None:
    """Who deploys again and again does not fill people's boxes."""
    for number in range(20):
        bring(FAILED._replace(at=NOW + timedelta(minutes=number)), f"at#{number}")
    assert len(aws.published) == 8
    assert len(aws.put) == 20
    bring(FAILED._replace(at=NOW), "at#0")  # a retry of the stream says the same again
    assert len(aws.published) == 9


def test_what_aws_does_not_take_for_good_on_one_way_is_told_on_the_other(
    aws: FakeAws, capsys: pytest.CaptureFixture[str]
) -> None:
    """Programs do not hear, people do, and it is counted as refused."""
    aws.rejected = "MalformedDetail"
    bring(FAILED)
    assert len(aws.published) == 1
    assert "NotificationsRefused" in capsys.readouterr().out


def test_what_fails_for_a_while_is_tried_again_and_people_hear_once(aws: FakeAws) -> None:
    """The event comes first: when it fails, nobody was told yet."""
    aws.rejected = "InternalFailure"
    with pytest.raises(NotAcceptedError):
        bring(FAILED)
    assert aws.published == []
    aws.rejected = ""
    bring(FAILED)
    assert (len(aws.published), len(aws.put)) == (1, 1)


def test_the_mail_has_what_failed_first_and_what_to_do_under_it() -> None:
    """In the order of urgency, with links."""
    text = verified.telling(service(), ADDRESSES).text
    assert text.index("Logs failed:") < text.index("ECS Exec could not be proven:") < text.index("Passed: ")
    assert "Skipped: DNS name." in text
    assert "https://example.com/runbook.md#a-service-is-not-verified" in text
    assert "eu-west-1.console.aws.amazon.com" in text or "console.aws.amazon.com" in text


def test_foreign_text_does_nothing_in_a_chat_and_keeps_to_its_bounds() -> None:
    """Evidence comes from logs; a name from whoever made the service."""
    checks = tuple(Check(part, Result.FAIL, HOSTILE * 50, HOSTILE * 50) for part in Part)
    found = service(FAILED._replace(checks=checks))
    told = verified.telling(found, ADDRESSES).chat
    text = json.dumps(told["content"], ensure_ascii=False)
    for harm in ("<!channel>", "*bold*", "http://evil.example", "\u202e", "\x1b", "@here"):
        assert harm not in text
    assert len(told["content"]["description"]) <= 2900
    assert all(len(step) <= 350 for step in told["content"]["nextSteps"])
    mail = verified.telling(found, ADDRESSES).text
    assert "http://evil.example" not in mail
    assert len(mail.encode()) < 60_000
    assert len(json.dumps(verified.detail(found))) < 200_000


@pytest.mark.parametrize("data", ["{}", "[]", "{", '{"checks": 7}'])
def test_a_damaged_verification_is_refused_once(aws: FakeAws, data: Any) -> None:
    """It does not block the stream."""
    change = {
        "Keys": {"pk": {"S": service_key(CLUSTER, SERVICE)}, "sk": {"S": "at#1"}},
        "NewImage": {"data": {"S": data}},
    }
    notifier.handler({"Records": [{"eventID": "1", "dynamodb": change}]}, Context())
    assert (aws.published, aws.put) == ([], [])
