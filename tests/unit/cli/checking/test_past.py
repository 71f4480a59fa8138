"""What the ledger knows of services, by the names that a plan has."""

from datetime import datetime
from typing import Any

import pytest

from tests.unit.posture.shapes import AT, CLUSTER
from unwedge.model.decision import NOT_MEASURED, IncidentStep
from unwedge.model.situation import Failure, ReadFailure
from unwedge.observe.reads import ReadError
from unwedge.posture.facts import History
from unwedge.record.rows import Decided, Key, Page
from unwedge_cli.checking import past
from unwedge_cli.connecting import LedgerError


class Rows:
    """The ledger's index."""

    answer: Any = None

    def __init__(self, client: object, table: str) -> None:
        assert (client, table) == ("client", "Unwedge-Ledger")

    def decisions(self, since: datetime, until: datetime, wanted: str, most: int) -> Page:
        """What it has."""
        assert (until - since).days == 30
        if isinstance(self.answer, Exception):
            raise self.answer
        return Page(self.answer, None, 0)


@pytest.fixture(autouse=True)
def _ledger(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stack with a ledger."""
    monkeypatch.setattr(past, "connect", lambda table, stack: ("client", f"{stack}-Ledger"))
    monkeypatch.setattr(past, "Feed", Rows)


def test_a_service_is_found_by_the_name_of_its_cluster_and_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether the plan has an ARN or a name."""
    row = Decided(
        Key(f"service#{CLUSTER}/dev-prometheus", "decision#1"),
        AT,
        "recovered",
        "It works.",
        incident="one",
        step=IncidentStep.RECOVERED.value,
        times=NOT_MEASURED._replace(gap=41.5),
    )
    monkeypatch.setattr(Rows, "answer", [row])
    found = past.past_of("Unwedge", AT)
    for cluster in (CLUSTER, "dev-cluster"):
        assert found.of(cluster, "dev-prometheus") == History(1, (41.5,))
    assert found.of("other-cluster", "dev-prometheus") == History()


def test_a_ledger_that_cannot_be_read_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the call and the answer."""
    refused = ReadFailure("dynamodb:Query", Failure.DENIED, "AccessDeniedException", "No")
    monkeypatch.setattr(Rows, "answer", ReadError(refused))
    with pytest.raises(LedgerError, match="dynamodb:Query: AccessDeniedException"):
        past.past_of("Unwedge", AT)
