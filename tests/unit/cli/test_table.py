"""Which of a service's recorded decisions belong to an incident, and what AWS's answers become."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError

from tests.support.situations import CLUSTER, LOCK_LINE, SERVICE, ago, arn, incident, wedged
from unwedge.decide.decide import decide
from unwedge.model.codec import to_json
from unwedge.model.incident import Incident
from unwedge.model.settings import Settings
from unwedge.model.situation import Situation
from unwedge.record.after import incident_after
from unwedge.record.versions import KEY, VERSION
from unwedge_cli.connecting import LedgerError, aws_errors
from unwedge_cli.table import Listed, Table


def entry(situation: Situation, **changes: Any) -> dict[str, Any]:
    """The part of a ledger entry that tells whose it is."""
    decision = to_json(decide(situation, Settings())) | changes
    return {KEY: VERSION, "decision": decision, "situation": to_json(situation)}


class Pages:
    """A DynamoDB client that answers a Query or a Scan with these pages."""

    def __init__(self, *pages: list[dict[str, Any]]) -> None:
        self.pages = pages
        self.asked: list[dict[str, Any]] = []

    def get_paginator(self, operation: str) -> "Pages":
        """Itself: it pages whatever is asked."""
        return self

    def paginate(self, **request: Any) -> Iterator[dict[str, Any]]:
        """Page after page, as they are wanted."""
        for page in self.pages:
            self.asked.append(request)
            yield {"Items": [item if "data" in item else _item(item) for item in page]}


def _item(data: dict[str, Any]) -> dict[str, Any]:
    return {"data": {"S": json.dumps(data)}}


def table(client: object) -> Table:
    """The ledger's table behind this client."""
    return Table(client, "ledger")  # type: ignore[arg-type]


def listed(of: Incident) -> Listed:
    """The incident as the ledger lists it."""
    return Listed(CLUSTER, SERVICE, of, True)


def opened_by(situation: Situation) -> Incident:
    """The incident that a decision of this situation opens."""
    found = incident_after(decide(situation, Settings()), situation, Settings())
    assert found is not None
    return found


def test_the_decision_that_opened_an_incident_belongs_to_it() -> None:
    """Its situation has no incident yet."""
    opening = entry(wedged())
    of = opened_by(wedged())
    assert list(table(Pages([opening])).decisions(listed(of))) == [opening]


@pytest.mark.parametrize(
    "other",
    [
        entry(wedged(incident=replace(incident(), id="20251113T223120Z-ffff"))),
        entry(wedged(observed_at=ago(-1))),
        entry(wedged(), contender=arn("another")),
        entry(wedged(), incident="keep"),
        {"decision": {}, "situation": {}},
        {},
    ],
)
def test_decisions_of_another_incident_or_of_none_do_not(other: dict[str, Any]) -> None:
    """Also those that this version cannot read."""
    assert list(table(Pages([other])).decisions(listed(opened_by(wedged())))) == []


def test_reading_ends_with_the_decision_that_closed_the_incident() -> None:
    """Later pages are not asked for."""
    of = incident()
    closing = entry(wedged(incident=of), incident="recovered")
    client = Pages([entry(wedged(incident=of)), closing], [entry(wedged(incident=of))])
    assert list(table(client).decisions(listed(of)))[-1] == closing
    assert len(client.asked) == 1


def test_every_page_is_asked_for() -> None:
    """The query begins with the moment at which the incident was opened."""
    of = incident()
    client = Pages([entry(wedged(incident=of))], [], [entry(wedged(incident=of))])
    assert len(list(table(client).decisions(listed(of)))) == 2
    assert len(client.asked) == 3
    values = client.asked[0]["ExpressionAttributeValues"]
    assert values[":first"] == {"S": f"decision#{to_json(of.opened_at)}"}
    assert values[":pk"] == {"S": f"service#{CLUSTER}/{SERVICE}"}


def test_the_state_of_a_closed_incident_is_the_verdict_that_closed_it() -> None:
    """An escalation mark is no verdict."""
    of = replace(incident(), seen=("stop-holder", "recovered"), evidence=LOCK_LINE)
    closed = Listed(CLUSTER, SERVICE, of, False)
    assert (closed.state, closed.escalated) == ("recovered", False)
    told = closed._replace(incident=replace(of, seen=("nothing-runs", "nothing-runs!")))
    assert (told.state, told.escalated) == ("nothing-runs", True)
    assert closed._replace(incident=replace(of, seen=())).state == "-"


def test_an_item_that_cannot_be_read_is_named() -> None:
    """With its key, and not as a trace."""
    item = {"pk": {"S": "service#c/s"}, "sk": {"S": "state"}, "data": {"S": "{"}}

    with pytest.raises(LedgerError, match=r"service#c/s"):
        table(Pages([item])).incidents(closed=False)
    item["data"] = {"S": json.dumps({"cluster_arn": 7})}
    with pytest.raises(LedgerError, match=r"cannot be read at \$\.cluster_arn"):
        table(Pages([item])).incidents(closed=False)


@pytest.mark.parametrize(
    ("raised", "told"),
    [
        (
            ClientError({"Error": {"Code": "AccessDeniedException", "Message": "not you"}}, "Scan"),
            "Reading failed. AWS answered AccessDeniedException: not you.",
        ),
        (ClientError({}, "Scan"), "Reading failed. AWS answered an error."),
        (NoCredentialsError(), "No AWS credentials were found."),
        (EndpointConnectionError(endpoint_url="http://x"), "Reading failed. Could not connect"),
    ],
)
def test_what_aws_answers_becomes_one_sentence(raised: Exception, told: str) -> None:
    """Access denied, no answer, nobody logged in."""
    with pytest.raises(LedgerError) as caught, aws_errors("Reading"):
        raise raised
    assert str(caught.value).startswith(told)
    assert caught.value.__cause__ is raised
