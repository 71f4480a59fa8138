"""Postures in DynamoDB, in the emulator."""

from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Any, cast

import pytest

from tests.contract.conftest import TABLE
from tests.support.postures import CLUSTER, NOW, SHORT, UNSUPPORTED, WEDGES, expected, posture
from unwedge.model.posture import Finding, FindingKind, Outlook, Severity
from unwedge.record.posture_writer import MOST_BYTES, PostureWriter, bounded
from unwedge.record.postures import Postures, service_key
from unwedge.record.wedged import Wedged

_numbers = count()
DAY = timedelta(days=1)
NEVER = Wedged()


@pytest.fixture
def name() -> str:
    """A service that no other test has written of."""
    return f"audited-{next(_numbers)}"


@pytest.fixture
def writer(dynamodb: Any) -> PostureWriter:
    """Writes into the emulator's table."""
    return PostureWriter(dynamodb, TABLE)


@pytest.fixture
def known(dynamodb: Any) -> Postures:
    """Reads from it."""
    return Postures(dynamodb, TABLE)


def items_of(dynamodb: Any, name: str) -> list[dict[str, Any]]:
    """Everything that is kept of a service."""
    found: list[dict[str, Any]] = dynamodb.query(
        TableName=TABLE,
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": service_key(CLUSTER, name)}},
    )["Items"]
    return found


def test_a_finding_opens_when_it_is_first_found_and_closes_when_it_is_found_no_more(
    writer: PostureWriter, known: Postures, name: str, dynamodb: Any
) -> None:
    """With its dates; closed ones expire after ninety days, open ones do not."""
    first = writer.save(posture(service_name=name), NEVER)
    assert first is not None
    assert set(first.opened) == {FindingKind.WEDGES, FindingKind.STOP_TIMEOUT_SHORT}
    second = writer.save(posture(SHORT, service_name=name, at=NOW + DAY), NEVER)
    assert second is not None
    assert (second.opened, second.closed) == ((), (FindingKind.WEDGES,))
    assert second.kept.since(FindingKind.STOP_TIMEOUT_SHORT) == NOW
    found = {finding.kind: finding for finding in known.findings_of(CLUSTER, name)}
    assert found[FindingKind.WEDGES].closed_at == NOW + DAY
    assert found[FindingKind.WEDGES].opened_at == NOW
    assert found[FindingKind.STOP_TIMEOUT_SHORT].closed_at is None
    expiring = {
        item["sk"]["S"].split("#")[1]
        for item in items_of(dynamodb, name)
        if "finding#" in item["sk"]["S"] and "expires_at" in item
    }
    assert expiring == {"wedges"}
    again = writer.save(posture(service_name=name, at=NOW + 2 * DAY), NEVER)
    assert again is not None
    assert again.kept.since(FindingKind.WEDGES) == NOW + 2 * DAY
    assert known.newest_of(CLUSTER, name) == again.kept


def test_what_could_not_be_looked_for_stays_open(writer: PostureWriter, known: Postures, name: str) -> None:
    """An audit that read less than the one before closes nothing of what it did not see."""
    writer.save(posture(service_name=name), NEVER)
    blind = posture(
        Finding(FindingKind.NOT_READ, Severity.LOW, "Denied."),
        service_name=name,
        at=NOW + DAY,
        outlook=Outlook.UNKNOWN,
    )
    saved = writer.save(blind, NEVER, unproven=frozenset(FindingKind))
    assert saved is not None
    assert saved.closed == ()
    assert set(saved.kept.carried) == {FindingKind.WEDGES, FindingKind.STOP_TIMEOUT_SHORT}
    assert saved.kept.since(FindingKind.WEDGES) == NOW
    assert [row.kind for row in known.findings_of(CLUSTER, name) if row.closed_at] == []
    seen = writer.save(posture(UNSUPPORTED, service_name=name, at=NOW + 2 * DAY), NEVER)
    assert seen is not None
    assert set(seen.closed) == {FindingKind.WEDGES, FindingKind.STOP_TIMEOUT_SHORT, FindingKind.NOT_READ}


def test_an_older_audit_never_overwrites_a_newer_one(
    writer: PostureWriter, known: Postures, name: str
) -> None:
    """Two run at a time, and the slower one read first."""
    writer.save(posture(SHORT, service_name=name, at=NOW + DAY), NEVER)
    assert writer.save(posture(service_name=name), NEVER) is None
    assert not writer.close(CLUSTER, name, NOW)
    kept = known.newest_of(CLUSTER, name)
    assert kept is not None
    assert kept.posture.findings == (SHORT,)
    assert [row.kind for row in known.findings_of(CLUSTER, name)] == [FindingKind.STOP_TIMEOUT_SHORT]


class Between:
    """A client ahead of whose first write somebody else writes."""

    def __init__(self, client: Any, other: Callable[[], object]) -> None:
        self._client, self._other = client, other

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def put_item(self, **params: Any) -> Any:
        other, self._other = self._other, lambda: None
        other()
        return self._client.put_item(**params)


@pytest.mark.parametrize("later", [-1, 1])
def test_a_write_in_between_is_seen_and_the_newer_audit_stays(
    writer: PostureWriter, known: Postures, name: str, dynamodb: Any, later: int
) -> None:
    """Whichever of the two it is."""
    other = posture(SHORT, service_name=name, at=NOW + later * DAY)
    slow = PostureWriter(cast(Any, Between(dynamodb, lambda: writer.save(other, NEVER))), TABLE)
    saved = slow.save(posture(WEDGES, service_name=name), NEVER)
    kept = known.newest_of(CLUSTER, name)
    assert kept is not None
    newest = FindingKind.STOP_TIMEOUT_SHORT if later > 0 else FindingKind.WEDGES
    assert (saved is None) is (later > 0)
    assert [opened.kind for opened in kept.opened] == [newest]
    assert [row.kind for row in known.findings_of(CLUSTER, name) if row.closed_at is None] == [newest]


def test_a_service_that_is_gone_closes_all_and_leaves_the_list(
    writer: PostureWriter, known: Postures, name: str, dynamodb: Any
) -> None:
    """And of one of which nothing was kept nothing is written."""
    assert not writer.close(CLUSTER, name, NOW)
    assert items_of(dynamodb, name) == []
    writer.save(posture(service_name=name), NEVER)
    assert name in {row.service_name for row in known.one_of_each()[0]}
    assert writer.close(CLUSTER, name, NOW + DAY)
    assert name not in {row.service_name for row in known.one_of_each()[0]}
    assert known.newest_of(CLUSTER, name) is None
    assert all(row.closed_at == NOW + DAY for row in known.findings_of(CLUSTER, name))
    assert not writer.close(CLUSTER, name, NOW + 2 * DAY)
    saved = writer.save(posture(service_name=name, at=NOW + 3 * DAY), NEVER)
    assert saved is not None
    assert saved.kept.since(FindingKind.WEDGES) == NOW + 3 * DAY


def test_what_a_crash_left_between_two_writes_is_mended_by_the_next_audit(
    writer: PostureWriter, known: Postures, name: str, dynamodb: Any
) -> None:
    """The list is right at once; the dates follow."""
    writer.save(posture(service_name=name), NEVER)
    for item in items_of(dynamodb, name):
        if "finding#wedges" in item["sk"]["S"]:
            dynamodb.delete_item(TableName=TABLE, Key={"pk": item["pk"], "sk": item["sk"]})
    writer.save(posture(service_name=name, at=NOW + DAY), NEVER)
    found = {row.kind: row for row in known.findings_of(CLUSTER, name)}
    assert found[FindingKind.WEDGES].opened_at == NOW


def test_a_deadlock_is_expected_once_for_each_deployment_and_until_that_ends(
    writer: PostureWriter, known: Postures, name: str
) -> None:
    """Or an hour has passed: what has not wedged by then does not."""

    def coming(minutes: int = 1) -> list[str]:
        found = known.deadlocks_to_come(NOW + timedelta(minutes=minutes))
        return [one.deployment for one in found if one.service_name == name]

    one = expected(service_name=name)
    assert writer.expect(one)
    assert not writer.expect(one._replace(at=NOW + timedelta(minutes=1)))
    assert coming() == ["ecs-svc/2"]
    assert coming(61) == []
    assert writer.ended(CLUSTER, name, "ecs-svc/2", NOW + timedelta(minutes=2))
    assert not writer.ended(CLUSTER, name, "ecs-svc/2", NOW + timedelta(minutes=3))
    assert not writer.ended(CLUSTER, name, "ecs-svc/3", NOW)
    assert coming() == []
    assert not writer.expect(one), "an event that comes twice opens nothing again"


def test_the_row_has_what_the_list_shows(writer: PostureWriter, known: Postures, name: str) -> None:
    """How often it wedged, how long nobody wrote, and whether the change that ends it is known."""
    writer.save(posture(service_name=name), Wedged(9, (200.0, 40.0)))
    (row,) = [row for row in known.one_of_each()[0] if row.service_name == name]
    assert (row.worst, row.wedges, row.lost, row.stop_first, row.since) == (
        Severity.HIGH,
        9,
        240.0,
        True,
        NOW,
    )


def test_a_damaged_item_is_counted_and_hides_nothing(
    writer: PostureWriter, known: Postures, name: str, dynamodb: Any
) -> None:
    """And the next audit writes over it."""
    writer.save(posture(service_name=name), NEVER)
    key = {"pk": {"S": service_key(CLUSTER, name)}, "sk": {"S": "latest"}}
    item = dynamodb.get_item(TableName=TABLE, Key=key)["Item"]
    dynamodb.put_item(TableName=TABLE, Item={**item, "summary": {"S": "{"}, "data": {"S": "[]"}})
    assert known.newest_of(CLUSTER, name) is None
    assert known.one_of_each()[1] == 1
    assert writer.save(posture(service_name=name, at=NOW + DAY), NEVER) is not None
    assert known.one_of_each()[1] == 0


def test_texts_of_others_have_a_bound() -> None:
    """Whatever the names are."""
    long = "\u202e" * 5000
    finding = WEDGES._replace(sentence=long, cost=long, steps=(WEDGES.steps[1]._replace(text=long),) * 50)
    assert len(str(bounded(posture(*[finding] * 200, program=long)))) < 4 * MOST_BYTES


class ShortPages:
    """DynamoDB with one item a page."""

    def __init__(self, real: Any) -> None:
        self._real = real

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def query(self, **params: Any) -> Any:
        """One item, and where to go on."""
        return self._real.query(**params, Limit=1)


def test_a_finding_behind_many_closed_ones_is_closed_too(name: str, dynamodb: Any) -> None:
    """What came and went before stands on the pages before it."""
    writer = PostureWriter(cast("Any", ShortPages(dynamodb)), TABLE)
    for day in range(5):
        both = posture(service_name=name, at=NOW + day * DAY)
        assert writer.save(both, NEVER)
        assert writer.save(posture(service_name=name, at=both.at + DAY / 2)._replace(findings=()), NEVER)
    findings = [item for item in items_of(dynamodb, name) if item["sk"]["S"].startswith("finding#")]
    assert len(findings) == 10
    assert all("closed_at" in item for item in findings)
