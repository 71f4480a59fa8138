"""The ledger: incidents, decisions and claims, durable in one DynamoDB table.

    pk                       sk                     what
    service#CLUSTER/NAME     state                  version, open incident, scheduled pass, last decision
    service#CLUSTER/NAME     decision#TIME#ID       one decision with its situation (expires)
    service#CLUSTER/NAME     incident#ID            a closed incident
    claim#TASK_ARN           claim                  the one stop that a task can get (expires)
    service#CLUSTER/NAME     quick-check            the newest quick check (expires)
    token#NONCE              token                  a button's token that was used (expires)
    account                  stops                  when all services had their stops of the last hour

What is shown across services has the attributes `feed`, `at` and `summary`, and the index `feed` lists it by
time without the bulk: the `state` of a service with an open incident under `open`, each decision under
`decision`.

Every write of `state` is conditional on the version that was read: of two that pass at a service at once,
one writes and the other starts over.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol

from unwedge.model.incident import Incident, Stop

# A copy of a message comes within seconds, the second try of one after the queue's visibility timeout.
COPIES = timedelta(seconds=30)


class Last(NamedTuple):
    """The last decision on the service, and how often it came in a row.

    `task` is the failure that it was about; `ended`: that task had been seen STOPPED. `escalated`: it called
    a person.
    """

    key: str
    verdict: str
    decided_at: datetime
    task: str | None = None
    task_definition: str | None = None
    repeats: int = 0
    ended: bool = False
    sentence: str = ""
    mode: str = ""
    escalated: bool = False


@dataclass(frozen=True, slots=True)
class ServiceRecord:
    """What the ledger knows of one service. `requeue_id` is that of the one scheduled pass that counts, `due`
    when it comes; `stops` are those of all its incidents in the last day."""

    cluster_arn: str
    service_name: str
    version: int = 0
    incident: Incident | None = None
    requeue_id: str | None = None
    last: Last | None = None
    stops: tuple[Stop, ...] = ()
    due: datetime | None = None


class Entry(NamedTuple):
    """A decision to be kept: its id, when it was made, and the JSON of decision, situation and outcome."""

    id: str
    decided_at: datetime
    data: Mapping[str, Any]


class LedgerConflictError(Exception):
    """Somebody else wrote first; nothing was written. Carries the service's name. Retryable: look afresh."""

    def __init__(self, service_name: str) -> None:
        super().__init__(service_name)
        self.service_name = service_name

    def __str__(self) -> str:
        return f"the record of {self.service_name} was changed by another pass at the same time"


class AlreadyClaimedError(LedgerConflictError):
    """The task was claimed by another incident: it had its one stop. Nothing was written."""

    def __str__(self) -> str:
        return f"the holder in {self.service_name} was claimed for a stop by an earlier incident"


class BudgetSpentError(LedgerConflictError):
    """The account's stops for the hour were spent by others in the meantime. Nothing was written."""

    def __str__(self) -> str:
        return "the account's budget of stops for this hour was spent by other services in the meantime"


class Ledger(Protocol):
    """What the stages need of a ledger. Every method is atomic; a refused write leaves nothing behind."""

    def load(self, cluster_arn: str, service_name: str) -> ServiceRecord:
        """The record of a service; a fresh one of version 0 when there is none."""
        ...

    def account_stops(self, now: datetime) -> int:
        """Stops of all services in the last sixty minutes."""
        ...

    def open_services(self) -> list[tuple[str, str]]:
        """Cluster ARN and name of every service with an open incident, as of a moment ago."""
        ...

    def claim(self, record: ServiceRecord, incident: Incident, stop: Stop, budget: int) -> ServiceRecord:
        """Claim a task for its one stop and count it in the incident and the account, all or nothing.

        The same incident may take over its own claim, which is not counted again. Raises LedgerConflictError,
        AlreadyClaimedError, or BudgetSpentError when the last hour has `budget` stops already.
        """
        ...

    def release(self, record: ServiceRecord, incident: Incident, task_arn: str) -> ServiceRecord:
        """Give an unused claim back: the task was not stopped. Raises LedgerConflictError."""
        ...

    def spend(self, nonce: str, now: datetime) -> bool:
        """Note that this token was used; False where it had been."""
        ...

    def newest_check(
        self, cluster_arn: str, service_name: str, requeue_id: str, number: int, now: datetime
    ) -> bool:
        """Note that this quick check of a scheduled pass is made now.

        False where another pass counts by now, where a later check was made, or this very one in the last
        half minute: then the message is a copy. Later it is the queue's second try of one that did not come
        to its end.
        """
        ...

    def save(self, record: ServiceRecord, entry: Entry | None, closed: Incident | None) -> ServiceRecord:
        """Write the record, with a decision and a closed incident, if any. Raises LedgerConflictError."""
        ...
