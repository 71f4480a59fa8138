"""What every ledger keeps: the same tests against DynamoDB in the emulator and against the one in memory."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest

from tests.contract.conftest import TABLE
from tests.support.memory_ledger import MemoryLedger
from tests.support.situations import CLUSTER, LOCK_LINE, NOW, arn, incident
from unwedge.model.incident import Incident, Stop, StopState
from unwedge.record.claims import with_state
from unwedge.record.dynamo import DynamoLedger
from unwedge.record.ledger import (
    AlreadyClaimedError,
    BudgetSpentError,
    Entry,
    Last,
    Ledger,
    LedgerConflictError,
)
from unwedge.record.table import KEPT

_numbers = count()


@pytest.fixture(params=["dynamodb", "memory"])
def ledger(request: pytest.FixtureRequest) -> Ledger:
    """One of the two ledgers."""
    if request.param == "memory":
        return MemoryLedger()
    return DynamoLedger(request.getfixturevalue("dynamodb"), TABLE)


@pytest.fixture
def name() -> str:
    """A service that no other test has written to."""
    return f"service-{next(_numbers)}"


def stop_of(task: str) -> Stop:
    """A claim of a task."""
    return Stop(arn(task), NOW, StopState.CLAIMED)


def test_an_unknown_service_has_a_fresh_record(ledger: Ledger, name: str) -> None:
    """Version 0, nothing open."""
    record = ledger.load(CLUSTER, name)
    assert (record.version, record.incident, record.requeue_id, record.last) == (0, None, None, None)


def test_what_is_saved_is_loaded(ledger: Ledger, name: str) -> None:
    """The whole record, one version further."""
    last = Last("key", "healthy", NOW, arn("a"), "definition", 3)
    record = replace(ledger.load(CLUSTER, name), incident=incident(), requeue_id="look-1", last=last)
    saved = ledger.save(record, Entry("id", NOW, {"decision": {"sentence": LOCK_LINE}}), None)
    assert saved.version == 1
    assert ledger.load(CLUSTER, name) == saved


def test_of_two_that_write_at_once_one_is_refused(ledger: Ledger, name: str) -> None:
    """And its write leaves nothing behind."""
    first = ledger.save(ledger.load(CLUSTER, name), None, None)
    ledger.save(replace(first, requeue_id="one"), None, None)
    with pytest.raises(LedgerConflictError):
        ledger.save(replace(first, requeue_id="two"), None, None)
    assert ledger.load(CLUSTER, name).requeue_id == "one"


def test_two_first_writers_are_told_apart_as_well(ledger: Ledger, name: str) -> None:
    """Version 0 exists once."""
    fresh = ledger.load(CLUSTER, name)
    ledger.save(fresh, None, None)
    with pytest.raises(LedgerConflictError):
        ledger.save(fresh, None, None)


def test_a_claim_is_counted_in_the_incident(ledger: Ledger, name: str) -> None:
    """Claim and count are one write."""
    claimed = ledger.claim(ledger.load(CLUSTER, name), incident(), stop_of(name), 10)
    assert claimed.incident is not None
    assert claimed.incident.stops == (stop_of(name),)
    assert ledger.load(CLUSTER, name) == claimed


def test_another_incident_cannot_claim_the_same_task(ledger: Ledger, name: str) -> None:
    """One stop per holder, in whatever service or incident."""
    ledger.claim(ledger.load(CLUSTER, name), incident(), stop_of(name), 10)
    other = replace(incident(), id="another")
    fresh = ledger.load(CLUSTER, f"{name}-twin")
    with pytest.raises(AlreadyClaimedError):
        ledger.claim(fresh, other, stop_of(name), 10)
    assert ledger.load(CLUSTER, f"{name}-twin") == fresh


def test_the_same_incident_takes_over_its_own_claim_without_counting_it_twice(
    ledger: Ledger, name: str
) -> None:
    """After a crash between claim and stop."""
    claimed = ledger.claim(ledger.load(CLUSTER, name), incident(), stop_of(name), 10)
    later = stop_of(name)._replace(claimed_at=NOW + timedelta(seconds=50))
    assert claimed.incident is not None
    renewed = ledger.claim(claimed, claimed.incident, later, 10)
    assert renewed.incident is not None
    assert renewed.incident.stops == (later,)


def test_a_claim_on_a_stale_record_is_a_conflict_and_claims_nothing(ledger: Ledger, name: str) -> None:
    """Both or neither."""
    stale = ledger.load(CLUSTER, name)
    current = ledger.save(stale, None, None)
    with pytest.raises(LedgerConflictError) as caught:
        ledger.claim(stale, incident(), stop_of(name), 10)
    assert not isinstance(caught.value, AlreadyClaimedError)
    other: Incident = replace(incident(), id="another")
    ledger.claim(current, other, stop_of(name), 10)


def test_a_released_claim_is_free_again_and_not_counted(ledger: Ledger, name: str) -> None:
    """The task was not stopped."""
    claimed = ledger.claim(ledger.load(CLUSTER, name), incident(), stop_of(name), 10)
    assert claimed.incident is not None
    released = ledger.release(claimed, claimed.incident, arn(name))
    assert released.incident is not None
    assert released.incident.stops == ()
    ledger.claim(released, replace(incident(), id="another"), stop_of(name), 10)


def test_stops_are_counted_for_the_account_and_the_hour_and_not_beyond_the_budget(
    ledger: Ledger, name: str
) -> None:
    """A refused claim leaves nothing behind; a released one is not counted."""
    hour = NOW + timedelta(days=next(_numbers) + 1)
    stop = Stop(arn(name), hour, StopState.CLAIMED)
    claimed = ledger.claim(ledger.load(CLUSTER, name), incident(), stop, 1)
    assert ledger.account_stops(hour) == 1
    assert ledger.account_stops(hour + timedelta(seconds=3599)) == 1
    assert ledger.account_stops(hour + timedelta(hours=1)) == 0
    fresh = ledger.load(CLUSTER, f"{name}-next")
    next_stop = Stop(arn(f"{name}-next"), hour, StopState.CLAIMED)
    with pytest.raises(BudgetSpentError):
        ledger.claim(fresh, incident(), next_stop, 1)
    assert ledger.load(CLUSTER, f"{name}-next") == fresh
    assert claimed.incident is not None
    renewed = ledger.claim(claimed, claimed.incident, stop, 1)
    assert ledger.account_stops(hour) == 1
    assert renewed.incident is not None
    released = ledger.release(renewed, renewed.incident, arn(name))
    assert ledger.account_stops(hour) == 0
    assert released.stops == ()
    ledger.claim(fresh, incident(), next_stop, 1)


def test_the_accounts_stops_are_those_of_any_sixty_minutes(ledger: Ledger, name: str) -> None:
    """Not of clock hours: nine before the hour and five after it are fourteen in ten minutes."""
    full = (NOW + timedelta(days=next(_numbers) + 1)).replace(minute=0, second=0, microsecond=0)

    def claim(number: int, at: datetime, budget: int) -> None:
        stop = Stop(arn(f"{name}-{number}"), at, StopState.CLAIMED)
        ledger.claim(ledger.load(CLUSTER, f"{name}-{number}"), incident(), stop, budget)

    for number in range(9):
        claim(number, full - timedelta(minutes=5), 10)
    claim(9, full + timedelta(minutes=5), 10)
    with pytest.raises(BudgetSpentError):
        claim(10, full + timedelta(minutes=5), 10)
    claim(10, full + timedelta(minutes=55, seconds=1), 10)
    assert ledger.account_stops(full + timedelta(minutes=55, seconds=1)) == 2


def test_a_stop_that_another_lambda_counts_in_between_is_counted(ledger: Ledger, name: str) -> None:
    """Two claims read the same count; the one that writes later reads again, and finds the budget spent."""
    if not isinstance(ledger, DynamoLedger):
        pytest.skip("what is in memory is not read before it is written")
    at = NOW + timedelta(days=next(_numbers) + 1)
    other = DynamoLedger(ledger._client, ledger._table)
    read = ledger._account

    def overtaken() -> Any:
        before = read()
        if ledger._account == overtaken:
            ledger._account = read  # type: ignore[method-assign]
            stop = Stop(arn(f"{name}-other"), at, StopState.CLAIMED)
            other.claim(other.load(CLUSTER, f"{name}-other"), incident(), stop, 1)
        return before

    ledger._account = overtaken  # type: ignore[method-assign]
    fresh = ledger.load(CLUSTER, name)
    with pytest.raises(BudgetSpentError):
        ledger.claim(fresh, incident(), Stop(arn(name), at, StopState.CLAIMED), 1)
    assert ledger.account_stops(at) == 1
    claimed = ledger.claim(fresh, incident(), Stop(arn(name), at, StopState.CLAIMED), 2)
    assert ledger.account_stops(at) == 2
    assert claimed.incident is not None


def test_a_stop_given_back_twice_is_given_back_once(ledger: Ledger, name: str) -> None:
    """The count never goes below what was claimed."""
    at = NOW + timedelta(days=next(_numbers) + 1)
    records = []
    for number in range(2):
        stop = Stop(arn(f"{name}-{number}"), at, StopState.CLAIMED)
        records.append(ledger.claim(ledger.load(CLUSTER, f"{name}-{number}"), incident(), stop, 10))
    given_back = ledger.release(records[0], records[0].incident or incident(), arn(f"{name}-0"))
    ledger.release(given_back, records[0].incident or incident(), arn(f"{name}-0"))
    assert ledger.account_stops(at) == 1


def test_a_stop_keeps_its_state(ledger: Ledger, name: str) -> None:
    """Sent stays sent."""
    claimed = ledger.claim(ledger.load(CLUSTER, name), incident(), stop_of(name), 10)
    assert claimed.incident is not None
    sent = replace(claimed, incident=with_state(claimed.incident, arn(name), StopState.SENT))
    ledger.save(sent, None, None)
    loaded = ledger.load(CLUSTER, name).incident
    assert loaded is not None
    assert loaded.stops[0].state is StopState.SENT


def test_decisions_expire_and_closed_incidents_stay(dynamodb: Any, name: str) -> None:
    """What DynamoDB keeps, item by item."""
    ledger = DynamoLedger(dynamodb, TABLE)
    ledger.save(ledger.load(CLUSTER, name), Entry("abc", NOW, {"decision": {}}), incident())
    items = dynamodb.query(
        TableName=TABLE,
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": f"service#{CLUSTER}/{name}"}},
    )["Items"]
    expires = {item["sk"]["S"].split("#")[0]: item.get("expires_at") for item in items}
    assert expires == {
        "decision": {"N": str(int((NOW + KEPT).timestamp()))},
        "incident": None,
        "state": None,
    }


def test_services_with_an_open_incident_are_found_until_it_closes(ledger: Ledger, name: str) -> None:
    """By the index, which only their records are in; ARNs and names come back whole."""
    other = "arn:aws:ecs:eu-west-1:123456789012:cluster/dev-metrics-2"
    opened = ledger.save(replace(ledger.load(CLUSTER, name), incident=incident()), None, None)
    elsewhere = replace(ledger.load(other, name), incident=replace(incident(), opened_at=NOW))
    ledger.save(elsewhere, Entry("id", NOW, {}), None)
    ledger.save(ledger.load(CLUSTER, f"{name}-quiet"), None, None)
    ours = [key for key in ledger.open_services() if key[1].startswith(name)]
    assert sorted(ours) == [(CLUSTER, name), (other, name)]
    ledger.save(replace(opened, incident=None), None, incident())
    assert (CLUSTER, name) not in ledger.open_services()


def test_every_page_of_open_services_is_read(dynamodb: Any, name: str) -> None:
    """DynamoDB answers in pages of a megabyte; here one item each. Names with hyphens come back whole."""
    ledger = DynamoLedger(dynamodb, TABLE)
    wanted = [(f"{CLUSTER}-{number}", f"{name}-of-pages") for number in range(3)]
    for cluster, service in wanted:
        ledger.save(replace(ledger.load(cluster, service), incident=incident()), None, None)
    pages = []

    def one_each(params: dict[str, Any], **_: Any) -> None:
        pages.append(params.setdefault("Limit", 1))

    event = "provide-client-params.dynamodb.Query"
    dynamodb.meta.events.register(event, one_each)
    try:
        found = ledger.open_services()
    finally:
        dynamodb.meta.events.unregister(event, one_each)
    assert len(pages) >= len(wanted)
    assert sorted(key for key in found if key[1] == f"{name}-of-pages") == wanted


def test_of_the_quick_checks_of_a_service_those_of_the_recorded_pass_go_on(ledger: Ledger, name: str) -> None:
    """A copy is refused; the second try of the same one, much later, is not."""

    def made(requeue_id: str, number: int, seconds: int) -> bool:
        return ledger.newest_check(CLUSTER, name, requeue_id, number, NOW + timedelta(seconds=seconds))

    record = ledger.save(replace(ledger.load(CLUSTER, name), requeue_id="one"), None, None)
    assert not made("another", 0, 0)
    assert made("one", 0, 0)
    assert not made("one", 0, 1)
    assert not made("another", 7, 1)
    assert made("one", 1, 2)
    assert not made("one", 0, 60)
    assert not made("one", 1, 30)
    assert made("one", 1, 33)
    ledger.save(replace(record, requeue_id="two"), None, None)
    assert made("two", 0, 34)
    assert not made("one", 2, 35)
    assert made("two", 1, 36)
