"""The notifier: from a record of the stream to SNS and EventBridge, at least once and in order."""

import json
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.aws import client_error
from tests.support.entries import PK, STOPPED, entry, stream_event
from tests.support.situations import NOW
from tests.unit.handlers.test_remediator import Context
from unwedge.handlers import notifier
from unwedge.model.outcome import NOTHING, Outcome
from unwedge.people.notification.conversation_store import ConversationStore
from unwedge.people.notification.message import Addresses
from unwedge.people.notification.notifier import Notifier
from unwedge.people.notification.sending import NotAcceptedError, Sender

ADDRESSES = Addresses("eu-west-1", "Overview-1A2B")


class FakeAws:
    """A table, a topic and a bus. `errors[operation]` raises; `before` runs ahead of a write."""

    def __init__(self) -> None:
        self.items: dict[tuple[str, str], dict[str, Any]] = {}
        self.published: list[dict[str, Any]] = []
        self.put: list[dict[str, Any]] = []
        self.errors: dict[str, Exception] = {}
        self.rejected: str | None = None

    def _called(self, operation: str) -> None:
        if operation in self.errors:
            raise self.errors[operation]

    def get_item(self, Key: Any, ConsistentRead: bool, **_: Any) -> Any:  # noqa: N803 - the API's own names
        """One item."""
        self._called("GetItem")
        assert ConsistentRead
        found = self.items.get((Key["pk"]["S"], Key["sk"]["S"]))
        return {"Item": found} if found else {}

    def put_item(self, Item: Any, ExpressionAttributeValues: Any, **params: Any) -> Any:  # noqa: N803
        """A write on the condition that the version is the one that was read."""
        self._called("PutItem")
        assert params["ConditionExpression"] == "attribute_not_exists(pk) OR version = :version"
        key = (Item["pk"]["S"], Item["sk"]["S"])
        before = self.items.get(key)
        if before and before["version"] != ExpressionAttributeValues[":version"]:
            raise client_error("ConditionalCheckFailedException", "PutItem")
        self.items[key] = Item
        return {}

    def publish(self, **params: Any) -> Any:
        """Remembers the message, after any planned error."""
        self._called("Publish")
        self.published.append(params)
        return {"MessageId": "1"}

    def put_events(self, Entries: list[dict[str, Any]]) -> Any:  # noqa: N803
        """Remembers the event, after any planned error, or takes the call and not the event."""
        self._called("PutEvents")
        if self.rejected:
            return {"FailedEntryCount": 1, "Entries": [{"ErrorCode": self.rejected}]}
        self.put += Entries
        return {"FailedEntryCount": 0, "Entries": [{"EventId": "1"}]}

    @property
    def subjects(self) -> list[str]:
        return [params["Subject"].partition("] ")[2] for params in self.published]


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> FakeAws:
    """The handler before a fake AWS."""
    fake: Any = FakeAws()
    made = Notifier(ConversationStore(fake, "ledger"), Sender(fake, "the-topic", fake), ADDRESSES)
    monkeypatch.setattr(notifier, "notifier", lambda: made)
    monkeypatch.setattr(notifier.metrics.provider, "namespace", "Unwedge")
    found: FakeAws = fake
    return found


def notify(name: str, outcome: Outcome = NOTHING, minutes: int = 0, incident: str | None = None) -> None:
    """Hand the handler a decision, observed so many minutes later, of its own or of another incident."""
    sk, data = entry(name, outcome, NOW + timedelta(minutes=minutes))
    data = {**data, "incident": incident or data["incident"]}
    bring(stream_event(sk, json.dumps(data)))


def bring(*events: dict[str, Any]) -> None:
    """Invoke the handler."""
    notifier.handler({"Records": list(events)}, Context())


def counted(capsys: pytest.CaptureFixture[str]) -> dict[str, float]:
    """Sums of the metrics that were printed."""
    sums: dict[str, float] = {}
    for line in capsys.readouterr().out.splitlines():
        printed = json.loads(line)
        for name in ("Notifications", "NotificationsRefused", "NotificationsFailed"):
            if "_aws" in printed and name in printed:
                sums[name] = sums.get(name, 0) + sum(printed[name])
    return sums


def test_a_stop_goes_to_people_by_each_protocol_and_to_programs(
    aws: FakeAws, capsys: pytest.CaptureFixture[str]
) -> None:
    """Plain text for mail, the custom notification for what a program reads, and one event."""
    notify("stop-holder", STOPPED)
    (published,) = aws.published
    assert published["TopicArn"] == "the-topic"
    assert published["MessageStructure"] == "json"
    forms = json.loads(published["Message"])
    assert forms["default"] == forms["email"]
    assert forms["email"].startswith("Stopped the task that held the lock")
    for protocol in ("https", "http", "sqs", "lambda"):
        assert json.loads(forms[protocol])["source"] == "custom"
    assert len(forms["sms"]) <= 140
    labels = {name: value["StringValue"] for name, value in published["MessageAttributes"].items()}
    assert labels == {"kind": "stopped", "verdict": "stop-holder", "service": "dev-prometheus"}
    (event,) = aws.put
    assert (event["Source"], event["DetailType"]) == ("unwedge", "Unwedge Decision")
    assert event["Time"] == NOW
    assert event["Resources"] == ["arn:aws:ecs:eu-west-1:123456789012:service/dev-cluster/dev-prometheus"]
    assert json.loads(event["Detail"])["notification"] == "stopped"
    assert counted(capsys) == {"Notifications": 1.0}


def test_a_quiet_decision_is_an_event_and_no_message(
    aws: FakeAws, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever else people build sees every recorded decision."""
    notify("healthy")
    assert aws.published == []
    assert json.loads(aws.put[0]["Detail"])["verdict"] == "healthy"
    assert aws.items == {}
    assert counted(capsys) == {"Notifications": 0.0}


def test_an_incident_is_one_thread_in_order_and_repeats_are_counted(aws: FakeAws) -> None:
    """The end says what was not repeated."""
    for minutes, name in enumerate(("stops-spent", "new-revision-broken", "stops-spent", "recovered")):
        notify(name, minutes=minutes)
    assert aws.subjects == [
        "Needs a person (stops-spent): dev-prometheus",
        "Needs a person (new-revision-broken): dev-prometheus",
        "Recovered: dev-prometheus",
    ]
    forms = [json.loads(params["Message"]) for params in aws.published]
    conversations = {json.loads(form["https"])["metadata"]["threadId"] for form in forms}
    assert conversations == {"20251113T223120Z-aaaa"}
    assert "Meanwhile" not in forms[1]["email"]
    assert "Meanwhile stops-spent once more since 22:32:00Z." in forms[2]["email"]


def test_what_sns_did_not_take_is_told_by_the_retry_and_the_event_follows_it(
    aws: FakeAws, capsys: pytest.CaptureFixture[str]
) -> None:
    """The stream brings the record again until it is taken."""
    aws.errors["Publish"] = client_error("Throttling", "Publish")
    sk, data = entry("recovered")
    event = stream_event(sk, json.dumps(data))
    for _ in range(3):
        with pytest.raises(ClientError, match="Throttling"):
            bring(event)
    assert counted(capsys) == {"NotificationsFailed": 3.0}
    assert aws.put == []
    del aws.errors["Publish"]
    bring(event)
    assert aws.subjects == ["Recovered: dev-prometheus"]
    assert len(aws.put) == 1
    assert counted(capsys) == {"Notifications": 1.0}


@pytest.mark.parametrize("rejected", [True, False])
def test_what_eventbridge_did_not_take_is_put_by_the_retry_and_people_hear_of_it_once(
    aws: FakeAws, rejected: bool
) -> None:
    """A failed event must not ring a phone every minute."""
    if rejected:
        aws.rejected = "InternalFailure"
    else:
        aws.errors["PutEvents"] = client_error("InternalException", "PutEvents", 500)
    sk, data = entry("recovered")
    event = stream_event(sk, json.dumps(data))
    for _ in range(2):
        with pytest.raises((NotAcceptedError, ClientError), match="Internal"):
            bring(event)
    aws.rejected = None
    aws.errors.clear()
    bring(event)
    assert aws.subjects == ["Recovered: dev-prometheus"]
    assert len(aws.put) == 1


@pytest.mark.parametrize("operation", ["GetItem", "PutItem"])
def test_without_the_thread_nothing_is_sent_and_the_retry_sends_it(aws: FakeAws, operation: str) -> None:
    """Not known to be new, it might be sent for ever."""
    aws.errors[operation] = client_error("InternalServerError", operation, 500)
    sk, data = entry("recovered")
    with pytest.raises(ClientError):
        bring(stream_event(sk, json.dumps(data)))
    assert aws.published == []
    aws.errors.clear()
    bring(stream_event(sk, json.dumps(data)))
    assert aws.subjects == ["Recovered: dev-prometheus"]


def threads(aws: FakeAws) -> dict[tuple[str, str], dict[str, Any]]:
    """The items of conversations by their keys; the count of the service's notifications left out."""
    return {key: item for key, item in aws.items.items() if key[1].startswith("notification#")}


def test_no_item_is_written_under_a_key_that_an_incident_has(aws: FakeAws) -> None:
    """The role may write no others."""
    notify("stops-spent")
    assert sorted(aws.items) == [
        (f"conversation#{PK}", "hour"),
        (f"conversation#{PK}", f"notification#{threads(aws).popitem()[0][1].split('#', 1)[1]}"),
    ]


def test_a_service_sends_so_many_in_an_hour_and_the_next_one_says_what_was_not_sent(aws: FakeAws) -> None:
    """Incident after incident, each with something to tell: the topic is not flooded, and nothing is lost
    from the bus."""
    for number in range(30):
        notify("stop-holder", STOPPED, minutes=number, incident=f"20251113T2232{number:02}Z-aaaa")
    assert len(aws.published) == 8
    assert len(aws.put) == 30
    last = json.loads(aws.published[-1]["Message"])["email"]
    assert "further ones like this are counted and not sent before 23:32:00Z" in " ".join(last.split())
    aws.errors["Publish"] = client_error("Throttling", "Publish")
    with pytest.raises(ClientError):
        notify("stop-holder", STOPPED, minutes=61, incident="20251113T233300Z-bbbb")
    aws.errors.clear()
    notify("stop-holder", STOPPED, minutes=61, incident="20251113T233300Z-bbbb")
    assert len(aws.published) == 9
    next_ = json.loads(aws.published[-1]["Message"])["email"]
    assert "Since 22:40:00Z, 22 notifications of this service were not sent" in " ".join(next_.split())


def test_what_people_have_to_act_on_has_room_of_its_own(aws: FakeAws) -> None:
    """A flood of news does not take the place of the question that follows."""
    for number in range(30):
        notify("stop-holder", STOPPED, minutes=number, incident=f"20251113T2232{number:02}Z-aaaa")
    for number in range(30):
        notify("stops-spent", minutes=30 + number, incident=f"20251113T2233{number:02}Z-aaaa")
    kinds = [message["MessageAttributes"]["kind"]["StringValue"] for message in aws.published]
    assert kinds == ["stopped"] * 8 + ["escalation"] * 4


def test_a_notification_that_sns_did_not_take_is_not_counted_twice(aws: FakeAws) -> None:
    """The stream brings it again until it is out."""
    aws.errors["Publish"] = client_error("Throttling", "Publish")
    for _ in range(20):
        with pytest.raises(ClientError):
            notify("stops-spent")
    aws.errors.clear()
    notify("stops-spent")
    assert len(aws.published) == 1


def test_a_thread_that_somebody_else_wrote_meanwhile_is_left_to_the_retry(aws: FakeAws) -> None:
    """Two invocations for one service are rare and possible."""
    notify("stops-spent")
    (item,) = threads(aws).values()
    stale = {
        **item,
        "version": {"N": "1"},
        "data": {"S": item["data"]["S"].replace('"version":2', '"version":1')},
    }
    reads = iter([stale])
    fresh = aws.get_item
    aws.get_item = lambda **params: {"Item": next(reads)}  # type: ignore[method-assign]
    sk, data = entry("recovered")
    with pytest.raises(ClientError, match="ConditionalCheckFailed"):
        bring(stream_event(sk, json.dumps(data)))
    assert len(aws.published) == 1
    aws.get_item = fresh  # type: ignore[method-assign]
    bring(stream_event(sk, json.dumps(data)))
    assert len(aws.published) == 2


def test_a_thread_expires_with_the_decisions_that_it_is_about(aws: FakeAws) -> None:
    """After the ledger's 90 days."""
    notify("stops-spent")
    (item,) = threads(aws).values()
    assert item["expires_at"] == {"N": str(int((NOW + timedelta(days=90)).timestamp()))}


def test_a_thread_that_cannot_be_read_begins_anew(aws: FakeAws) -> None:
    """Told once more is better than never again."""
    notify("stops-spent")
    ((key, item),) = threads(aws).items()
    aws.items[key] = {**item, "data": {"S": "{"}}
    notify("stops-spent", minutes=1)
    assert len(aws.published) == 2


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"dynamodb": None},
        {"dynamodb": {"Keys": {"pk": {"S": PK}, "sk": {"S": "decision#x#y"}}}},
        stream_event("decision#x#y", "{"),
        stream_event("decision#x#y", "[]"),
        stream_event("decision#x#y", "null"),
        stream_event("decision#x#y", '{"decision": {"verdict": "stop-holder"}}'),
        stream_event("decision#x#y", "[" * 100_000),
    ],
)
def test_a_record_that_cannot_be_read_ends_in_one_line_and_a_count(
    aws: FakeAws,
    broken: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A retry would read the same, for a day, and hold up what comes behind."""
    bring(broken)
    assert [message for message in caplog.messages if "notification" in message] == ["notification_refused"]
    assert counted(capsys) == {"NotificationsRefused": 1.0}
    assert aws.published == aws.put == []


def test_a_message_that_sns_never_accepts_is_refused_and_does_not_block_the_next(
    aws: FakeAws, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same message would be answered the same."""
    aws.errors["Publish"] = client_error("InvalidParameter", "Publish")
    notify("split-brain")
    assert counted(capsys) == {"NotificationsRefused": 1.0}
    del aws.errors["Publish"]
    notify("recovered", minutes=1)
    assert aws.subjects == ["Recovered: dev-prometheus"]


def test_what_sns_never_accepts_is_an_event_all_the_same(
    aws: FakeAws, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever built on the events hears of what people could not be told."""
    aws.errors["Publish"] = client_error("InvalidParameter", "Publish")
    notify("split-brain")
    (event,) = aws.put
    assert json.loads(event["Detail"])["verdict"] == "split-brain"
    assert counted(capsys) == {"NotificationsRefused": 1.0}


def test_what_sns_refuses_is_refused_only_once_the_event_is_out(
    aws: FakeAws, capsys: pytest.CaptureFixture[str]
) -> None:
    """A refusal ends the retries, which the event may still need."""
    aws.errors = {
        "Publish": client_error("InvalidParameter", "Publish"),
        "PutEvents": client_error("InternalException", "PutEvents", 500),
    }
    sk, data = entry("split-brain")
    event = stream_event(sk, json.dumps(data))
    with pytest.raises(ClientError, match="InternalException"):
        bring(event)
    assert counted(capsys) == {"NotificationsFailed": 1.0}
    del aws.errors["PutEvents"]
    bring(event)
    assert len(aws.put) == 1
    assert counted(capsys) == {"NotificationsRefused": 1.0}


@pytest.mark.parametrize("rejected", [True, False])
def test_an_event_that_eventbridge_never_accepts_does_not_keep_the_next_from_people(
    aws: FakeAws, capsys: pytest.CaptureFixture[str], rejected: bool
) -> None:
    """A retry would be refused for a day, and all later notifications would wait behind it."""
    if rejected:
        aws.rejected = "MalformedDetail"
    else:
        aws.errors["PutEvents"] = client_error("ValidationException", "PutEvents")
    notify("split-brain")
    notify("recovered", minutes=1)
    assert aws.subjects == ["Needs a person (split-brain): dev-prometheus", "Recovered: dev-prometheus"]
    assert counted(capsys) == {"NotificationsRefused": 2.0}


def test_an_event_without_records_only_warms_up(aws: FakeAws) -> None:
    """As the rehearsal does."""
    notifier.handler({}, Context())
    assert aws.published == aws.put == []


def test_one_line_tells_of_each_notice_whether_it_was_sent(
    aws: FakeAws, caplog: pytest.LogCaptureFixture
) -> None:
    """With the conversation and the entry, to be found again."""
    caplog.set_level("INFO")
    notify("stops-spent")
    notify("stops-spent", minutes=1)
    lines = [line for line in caplog.records if line.message.startswith("notification_")]
    assert [line.message for line in lines] == ["notification_sent", "notification_suppressed"]
    assert {line.__dict__["conversation"] for line in lines} == {"20251113T223120Z-aaaa"}
