"""What the ledger writes, the dashboard reads: rows by time, whole decisions, and five hundred incidents."""

import json
import time
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, cast

import pytest

from tests.contract.conftest import TABLE
from tests.support.kill_switch import FakeKillSwitch
from tests.support.markup import Markup
from tests.support.rows import CALLS
from tests.support.situations import CLUSTER, LOCK_LINE, NOW, arn, deployed, incident, new_task, wedged
from tests.unit.people.view.test_viewer import FakePostures
from unwedge.decide.decide import decide
from unwedge.model.decision import Decision
from unwedge.model.incident import Incident, Stop, StopState
from unwedge.model.outcome import NOTHING
from unwedge.model.settings import Mode, Settings
from unwedge.model.situation import Situation
from unwedge.people.answer.button_key import ButtonKey
from unwedge.people.view.now import Check
from unwedge.people.view.viewer import Alarms, Sources, Viewer
from unwedge.record.after import entry_for, incident_after, last_after
from unwedge.record.dynamo import DynamoLedger
from unwedge.record.feed import FIRST_ENTRIES, LAST_ENTRIES, Feed
from unwedge.record.postures import Postures
from unwedge.record.repairs import Repairs
from unwedge.record.rows import Decided, Key, Recorded
from unwedge.record.verifications import Verifications
from unwedge.signal.signals import Cause, Signal

SETTINGS = Settings(default_mode=Mode.ENFORCE)
CLUSTER_OF = "arn:aws:ecs:eu-west-1:123456789012:cluster/{}"


VERIFICATIONS = cast(Verifications, None)
POSTURES = cast(Postures, FakePostures())
REPAIRS = cast(Repairs, None)
BUTTON_KEY = ButtonKey(lambda **_: {"SecretString": "key"}, "secret")


class NoAlarms:
    """No alarm rings."""

    def ringing(self) -> list[Check]:
        """See Alarms."""
        return []


def write(client: Any, situation: Situation, repeats: bool = False) -> tuple[Decision, Incident | None]:
    """Decide on a situation and record it as the controller does."""
    ledger = DynamoLedger(client, TABLE)
    decision = decide(situation, SETTINGS)
    signal = Signal(situation.cluster_arn, situation.service_name, Cause.TASK)
    after = incident_after(decision, situation, SETTINGS)
    record = ledger.load(situation.cluster_arn, situation.service_name)
    record = replace(
        record,
        incident=None if decision.incident.closes else after,
        last=last_after(decision, situation, NOTHING, signal, record.last),
        due=situation.observed_at + timedelta(seconds=30),
    )
    entry = None if repeats else entry_for(decision, situation, NOTHING, signal, SETTINGS, after)
    ledger.save(record, entry, after if decision.incident.closes else None)
    return decision, after


def asking(name: str, at: datetime, cluster: str = "feed", **changes: Any) -> Situation:
    """A wedge of a service in mode approve, seen at this time."""
    found = wedged(cluster_arn=CLUSTER_OF.format(cluster), service_name=name, observed_at=at, **changes)
    assert found.service is not None
    return replace(found, service=replace(found.service, tag="approve"))


@pytest.fixture
def feed(dynamodb: Any) -> Feed:
    """The table, empty before each test."""
    pages = dynamodb.get_paginator("scan").paginate(TableName=TABLE)
    for item in [item for page in pages for item in page["Items"]]:
        dynamodb.delete_item(TableName=TABLE, Key={"pk": item["pk"], "sk": item["sk"]})
    return Feed(dynamodb, TABLE)


def test_a_recorded_decision_comes_back_as_a_row_and_whole(dynamodb: Any, feed: Feed) -> None:
    """Nothing that the page shows is lost on the way."""
    situation = asking("one", NOW)
    decision, opened = write(dynamodb, situation)
    (row,) = feed.decisions(NOW - timedelta(hours=1), NOW, "", 50).rows
    assert opened is not None
    assert row == Decided(
        row.key, NOW, "approval-needed", decision.sentence, "approve", LOCK_LINE, opened.id, False,
        NOTHING.kind.value, "open", decision.times,
    )  # fmt: skip
    whole = feed.decision(row.key)
    assert whole == Recorded(row.key, decision, situation, opened.id, _json(NOTHING), "task-stopped")
    assert feed.newest(row.key.pk) == whole


def _json(outcome: Any) -> dict[str, str]:
    return {"kind": outcome.kind.value, "sentence": outcome.sentence}


def test_an_open_incident_is_listed_until_it_is_closed(dynamodb: Any, feed: Feed) -> None:
    """With its newest decision, repeats included, and the question that waits."""
    decision, opened = write(dynamodb, asking("one", NOW))
    later = asking("one", NOW + timedelta(seconds=30), incident=opened)
    write(dynamodb, later, repeats=True)
    ((row,), damaged) = feed.open_incidents()
    assert opened is not None
    assert (row.incident, row.opened_at, row.decided_at) == (opened.id, NOW, NOW + timedelta(seconds=30))
    assert row.approval_request == decision.approval_request
    assert (row.sentence, row.due, damaged) == (decision.sentence, NOW + timedelta(seconds=60), 0)
    assert feed.open_incident(row.key.pk) == row
    over = replace(later, tasks=(new_task(),), service=deployed(), logs=(), rollout=None)
    assert write(dynamodb, over)[0].incident.closes
    assert feed.open_incidents() == ([], 0)
    assert feed.open_incident(row.key.pk) is None


def test_decisions_come_newest_first_within_the_range_and_page_by_page(dynamodb: Any, feed: Feed) -> None:
    """Each once, none outside."""
    times = [NOW + timedelta(minutes=number) for number in range(12)]
    for number, at in enumerate(times):
        write(dynamodb, asking(f"service-{number}", at))
    first = feed.decisions(times[1], times[10], "", 6)
    assert first.older is not None
    second = feed.decisions(times[1], first.older, "", 6)
    assert (first.older, second.older) == (times[4], None)
    assert [row.at for row in (*first.rows, *second.rows)] == times[10:0:-1]


def test_a_part_of_a_service_or_cluster_name_filters(dynamodb: Any, feed: Feed) -> None:
    """In any case of letters."""
    for name, cluster in (("prometheus", "dev"), ("grafana", "dev"), ("loki", "prod")):
        write(dynamodb, asking(name, NOW, cluster))
    found = {
        wanted: sorted(row.key.service[1] for row in feed.decisions(NOW, NOW, wanted, 50).rows)
        for wanted in ("PROM", "dev", "dev/graf", "nothing")
    }
    assert found == {
        "PROM": ["prometheus"],
        "dev": ["grafana", "prometheus"],
        "dev/graf": ["grafana"],
        "nothing": [],
    }


def test_the_course_of_an_incident_is_its_own_decisions_in_order(dynamodb: Any, feed: Feed) -> None:
    """Not those before it was opened, nor those of another service."""
    healthy = asking("one", NOW - timedelta(minutes=5))
    write(dynamodb, replace(healthy, tasks=healthy.tasks[:1], logs=()))
    _, opened = write(dynamodb, asking("one", NOW))
    write(dynamodb, asking("one", NOW + timedelta(minutes=1), incident=opened))
    write(dynamodb, asking("two", NOW + timedelta(minutes=1)))
    newest = feed.newest(f"service#{CLUSTER_OF.format('feed')}/one")
    assert newest is not None
    assert [entry.at for entry in feed.course(newest)] == [NOW, NOW + timedelta(minutes=1)]


def test_a_long_incident_is_read_from_its_beginning_and_its_end_within_a_second(
    dynamodb: Any, feed: Feed
) -> None:
    """Three hundred decisions: the opening one, the newest ones, and the one that is asked for."""
    _, opened = write(dynamodb, asking("one", NOW))
    for number in range(1, 300):
        write(dynamodb, asking("one", NOW + timedelta(minutes=number), incident=opened))
    pk = f"service#{CLUSTER_OF.format('feed')}/one"
    asked_for = feed.decisions(NOW, NOW + timedelta(minutes=100), "", 1).rows[0]
    one = feed.decision(asked_for.key)
    assert one is not None
    start = time.perf_counter()
    course = feed.course(one)
    took = time.perf_counter() - start
    assert [entry.at for entry in (course[0], course[-1])] == [NOW, NOW + timedelta(minutes=299)]
    assert one in course
    assert len(course) == FIRST_ENTRIES + LAST_ENTRIES + 1
    assert course == sorted(course, key=lambda entry: entry.at)
    assert took < 1.0
    sources = Sources(
        feed,
        FakeKillSwitch(),
        cast(Alarms, NoAlarms()),
        SETTINGS,
        TABLE,
        BUTTON_KEY,
        "ours",
        VERIFICATIONS,
        POSTURES,
        REPAIRS,
    )
    html = Viewer(sources, CALLS).show({"view": "incident", "pk": pk}, NOW)
    assert Markup(html).faults == []
    assert len(html.encode()) < 1_000_000


def test_a_rare_name_is_looked_for_in_so_many_rows_and_then_the_reader_goes_on(
    dynamodb: Any, feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An answer in time, and a button that goes on where it ended."""
    monkeypatch.setattr("unwedge.record.feed.MOST_READ", 5)
    for number in range(8):
        write(dynamodb, asking(f"service-{number}", NOW + timedelta(minutes=number)))
    end = NOW + timedelta(minutes=8)
    first = feed.decisions(NOW, end, "service-1", 50)
    assert (first.rows, first.older) == ([], NOW + timedelta(minutes=2))
    assert first.older is not None
    second = feed.decisions(NOW, first.older, "service-1", 50)
    assert [row.key.service[1] for row in second.rows] == ["service-1"]
    assert second.older is None


def test_the_account_s_stops_are_those_that_the_ledger_counted(dynamodb: Any, feed: Feed) -> None:
    """Of this clock hour and the one before."""
    ledger = DynamoLedger(dynamodb, TABLE)
    assert feed.account_stops(NOW) == 0
    ledger.claim(ledger.load(CLUSTER, "one"), incident(), Stop(arn("one"), NOW, StopState.CLAIMED), 10)
    assert feed.account_stops(NOW) == ledger.account_stops(NOW) == 1
    assert feed.account_stops(NOW + timedelta(hours=2)) == 0


def test_a_damaged_item_hides_no_other_and_is_counted(dynamodb: Any, feed: Feed) -> None:
    """Half a summary, and a decision of another version."""
    write(dynamodb, asking("one", NOW))
    (row,) = feed.decisions(NOW, NOW, "", 50).rows
    damaged = Key("service#x/y", "decision#z")
    item = {"pk": damaged.pk, "sk": damaged.sk, "feed": "decision", "at": "2025-11-13T22:32:00.000000Z"}
    item |= {"summary": '{"verdict": 7}', "data": '{"decision": {}}'}
    dynamodb.put_item(TableName=TABLE, Item={name: {"S": value} for name, value in item.items()})
    page = feed.decisions(NOW, NOW, "", 50)
    assert (page.rows, page.damaged) == ([row], 1)
    assert feed.decision(damaged) is None


def seed(client: Any, number: int) -> None:
    """One of many incidents as the ledger keeps it, with a decision."""
    at = NOW + timedelta(seconds=number)
    write(client, asking(f"prometheus-{number:03}", at, f"cluster-{number % 7}"))


def test_five_hundred_incidents_are_answered_within_a_second_and_below_a_megabyte(
    dynamodb: Any, feed: Feed
) -> None:
    """Each widget, on the emulator's DynamoDB, where a query takes longer than it does in AWS."""
    for number in range(500):
        seed(dynamodb, number)
    sources = Sources(
        feed,
        FakeKillSwitch(),
        cast(Alarms, NoAlarms()),
        SETTINGS,
        TABLE,
        BUTTON_KEY,
        "ours",
        VERIFICATIONS,
        POSTURES,
        REPAIRS,
    )
    viewer = Viewer(sources, CALLS)
    late = NOW + timedelta(seconds=510)
    viewer.show({"view": "now"}, late)  # the connection is made
    for event in (
        {"view": "now"},
        {"view": "now", "skip": 475},
        {"view": "now", "service": "prometheus-4"},
        {"view": "decisions"},
        {"view": "decisions", "service": "prometheus-00"},
        {"view": "incident", "pk": f"service#{CLUSTER_OF.format('cluster-0')}/prometheus-007"},
    ):
        start = time.perf_counter()
        html = viewer.show(event, late)
        took = time.perf_counter() - start
        assert Markup(html).faults == []
        assert len(html.encode()) < 1_000_000
        assert took < 1.0, (event, took)
    assert (
        "500 services are wedged, 500 ask for an approval" in Markup(viewer.show({"view": "now"}, late)).text
    )


def test_the_longest_record_fits_a_row(dynamodb: Any, feed: Feed) -> None:
    """Sentences and evidence are cut in the row, and whole in the decision."""
    long = LOCK_LINE.replace("main.go", "m" * 1500)
    situation = asking("one", NOW)
    situation = replace(
        situation,
        logs=tuple(log._replace(lines=(log.lines[0]._replace(text=long),)) for log in situation.logs),
    )
    write(dynamodb, situation)
    (row,) = feed.decisions(NOW, NOW, "", 50).rows
    whole = feed.decision(row.key)
    assert whole is not None
    assert whole.decision.evidence == long
    assert len(json.dumps(row, default=str)) < 2500


def test_an_unknown_service_has_nothing(feed: Feed) -> None:
    """No decision, no incident."""
    assert feed.newest("service#a/b") is None
    assert feed.open_incident("service#a/b") is None
