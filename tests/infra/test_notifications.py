"""The topic, the stream and the alarms: whoever must be told can be, and reads where to go on."""

import json
import re
from pathlib import Path

from tests.support.template import Assembly, arn_text, synthesised
from unwedge.model.decision import Verdict
from unwedge.people.advice import ADVICE, RUNBOOK

RUNBOOK_TEXT = (Path(__file__).parents[2] / RUNBOOK).read_text()
# States, whose end is news. The end of a count is none: it looks like an all-clear.
STATES = {
    "SignalsLate",
    "PassesLate",
    "AuditsLate",
    "DeadLetters",
    "NotificationsLate",
    "NoSweep",
    "RemediatorSilent",
}


def alarms(assembly: Assembly) -> dict[str, dict[str, object]]:
    """Every alarm's properties by the name that it has in the app."""
    found = assembly.resources("AWS::CloudWatch::Alarm").values()
    return {item["Metadata"]["aws:cdk:path"].split("/")[-2]: item["Properties"] for item in found}


def chapter(title: str) -> dict[str, str]:
    """The sections of one chapter of the runbook, by their anchors as GitHub makes them."""
    text = re.split(rf"^## {title}$", RUNBOOK_TEXT, flags=re.MULTILINE)[1]
    text = re.split(r"^## ", text, flags=re.MULTILINE)[0]
    parts = re.split(r"^### (.+)$", text, flags=re.MULTILINE)[1:]
    return {
        re.sub(r"[^a-z0-9 -]", "", name.lower()).replace(" ", "-"): section
        for name, section in zip(parts[::2], parts[1::2], strict=True)
    }


def test_every_alarm_tells_the_topic(either: Assembly) -> None:
    """An alarm without an action rings where nobody hears it."""
    (topic,) = either.resources("AWS::SNS::Topic")
    for name, alarm in alarms(either).items():
        assert alarm["AlarmActions"] == [{"Ref": topic}], name
        assert alarm.get("OKActions", []) == ([{"Ref": topic}] if name in STATES else []), name


def test_every_alarm_has_a_section_in_the_runbook_and_every_section_an_alarm(either: Assembly) -> None:
    """Named in the alarm's own description."""
    named = {
        name: re.fullmatch(rf".*\. Read on: {re.escape(RUNBOOK)}#([a-z-]+)", str(alarm["AlarmDescription"]))
        for name, alarm in alarms(either).items()
    }
    assert [name for name, found in named.items() if found is None] == []
    anchors = {name: found[1] for name, found in named.items() if found}
    assert {name: anchor.replace("-", "") for name, anchor in anchors.items()} == {
        name: name.lower() for name in anchors
    }
    assert set(anchors.values()) == set(chapter("Alarms"))
    assert max(len(str(alarm["AlarmDescription"])) for alarm in alarms(either).values()) <= 1024


def test_the_setting_runbook_makes_a_link_of_every_alarms_section_and_reaches_the_notices() -> None:
    """From a telephone nobody opens a path in a repository."""
    address = f"https://wiki.example.com/{'x' * 125}"
    found = synthesised({"runbook": address})
    for name, alarm in alarms(found).items():
        text = str(alarm["AlarmDescription"])
        assert re.search(rf" Read on: {address}#[a-z-]+$", text), name
        assert len(text) <= 1024
    assert found.function("Notifier")["Environment"]["Variables"]["UNWEDGE_RUNBOOK"] == address


def test_every_section_about_an_alarm_says_what_it_means_how_to_see_what_to_do_and_when_it_is_over() -> None:
    """The same four answers each time, for somebody who was asleep a minute ago."""
    for anchor, text in chapter("Alarms").items():
        for word in ("**Meaning.**", "**Investigate.**", "**Fix.**", "**Resolved when.**"):
            assert text.count(word) == 1, f"{anchor}: {word}"


def test_every_verdict_that_calls_a_person_has_a_section_in_the_runbook_and_no_other() -> None:
    """A notification names it. That nothing runs has its section among the alarms."""
    verdicts = {Verdict(name).value for name in ADVICE}
    assert set(chapter("What Unwedge asks or hands over")) == verdicts - {"nothing-runs"}
    assert "nothing-runs" in chapter("Alarms")


def test_only_this_accounts_alarms_and_roles_may_publish_and_only_over_tls(either: Assembly) -> None:
    """A topic's own policy replaces the default one, which would have let the account's alarms in."""
    policy = either.one("AWS::SNS::TopicPolicy")
    (topic,) = either.resources("AWS::SNS::Topic")
    assert policy["Topics"] == [{"Ref": topic}]
    statements = policy["PolicyDocument"]["Statement"]
    (denied,) = [item for item in statements if item["Effect"] == "Deny"]
    assert denied["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    (allowed,) = [item for item in statements if item["Effect"] == "Allow"]
    assert (allowed["Principal"], allowed["Action"]) == (
        {"Service": "cloudwatch.amazonaws.com"},
        "sns:Publish",
    )
    assert allowed["Condition"]["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
    assert arn_text(allowed["Condition"]["ArnLike"]["aws:SourceArn"]) == (
        "arn:<AWS::Partition>:cloudwatch:<AWS::Region>:<AWS::AccountId>:alarm:*"
    )


def test_the_topic_has_no_key_through_which_alarms_cannot_publish(either: Assembly) -> None:
    """CloudWatch may not use SNS's own key, and an alarm that fails to publish says so nowhere."""
    assert "KmsMasterKeyId" not in either.one("AWS::SNS::Topic")


def test_the_notifier_gets_each_new_decision_one_at_a_time_from_the_first_on_for_as_long_as_it_fails(
    either: Assembly,
) -> None:
    """Neither the service's state nor a thread's item wakes it; and no limit of tries drops a
    notification."""
    source = either.source("Notifier")
    (table,) = either.resources("AWS::DynamoDB::Table")
    assert source["EventSourceArn"] == {"Fn::GetAtt": [table, "StreamArn"]}
    assert (source["BatchSize"], source["StartingPosition"]) == (1, "TRIM_HORIZON")
    assert {"MaximumRetryAttempts", "MaximumRecordAgeInSeconds", "ParallelizationFactor"}.isdisjoint(source)
    patterns = [json.loads(item["Pattern"]) for item in source["FilterCriteria"]["Filters"]]
    assert [pattern["eventName"] for pattern in patterns] == [["INSERT"]] * 4
    assert [pattern["dynamodb"]["Keys"] for pattern in patterns] == [
        {"sk": {"S": [{"prefix": "decision#"}]}},
        {"pk": {"S": [{"prefix": "verification#"}]}, "sk": {"S": [{"prefix": "at#"}]}},
        {"pk": {"S": [{"prefix": "posture#"}]}, "sk": {"S": [{"prefix": "expected#"}]}},
        {"pk": {"S": [{"prefix": "repair#"}]}, "sk": {"S": [{"prefix": "made#"}]}},
    ]
    assert either.one("AWS::DynamoDB::Table")["StreamSpecification"] == {"StreamViewType": "NEW_IMAGE"}


def test_what_acts_may_not_notify_and_what_notifies_may_not_act(
    either: Assembly, repairing: Assembly
) -> None:
    """A stop cannot wait for a notification, and a notification cannot stop a task."""
    for construct in ("Remediator", "Approver", "Viewer", "Verifier", "Auditor"):
        actions = {action for statement in either.allowed(construct) for action in statement["Action"]}
        assert [action for action in actions if action.startswith(("sns:", "events:"))] == []
    repairing_actions = {one for item in repairing.allowed("Mender") for one in item["Action"]}
    assert [action for action in repairing_actions if action.startswith(("sns:", "events:"))] == []
    actions = {action for statement in either.allowed("Notifier") for action in statement["Action"]}
    assert [action for action in actions if action.startswith(("ecs:", "sqs:", "ssm:"))] == []


def test_the_notifier_sends_events_only_as_unwedge(either: Assembly) -> None:
    """On the default bus, and with no other source's name."""
    (statement,) = (item for item in either.allowed("Notifier") if "events:PutEvents" in item["Action"])
    assert statement["Condition"] == {
        "ForAllValues:StringEquals": {"events:source": "unwedge"},
        "Null": {"events:source": "false"},
    }
    assert [arn_text(arn) for arn in statement["Resource"]] == [
        "arn:<AWS::Partition>:events:<AWS::Region>:<AWS::AccountId>:event-bus/default"
    ]


def test_the_notifier_knows_topic_table_dashboard_and_runbook(either: Assembly) -> None:
    """By its environment; the region is Lambda's own."""
    (topic,) = either.resources("AWS::SNS::Topic")
    (table,) = either.resources("AWS::DynamoDB::Table")
    variables = either.function("Notifier")["Environment"]["Variables"]
    assert variables["UNWEDGE_TOPIC"] == {"Ref": topic}
    assert variables["UNWEDGE_LEDGER_TABLE"] == {"Ref": table}
    assert variables["UNWEDGE_DASHBOARD"] == either.template["Outputs"]["Dashboard"]["Value"]
    assert variables["UNWEDGE_RUNBOOK"] == RUNBOOK
    assert either.function("Notifier")["Handler"] == "unwedge.handlers.notifier.handler"
