"""The ledger in memory. The contract tests hold it to what DynamoDB does."""

from dataclasses import replace
from datetime import datetime

from unwedge.model.incident import Incident, Stop
from unwedge.record.account import AccountStops
from unwedge.record.claims import claimed, released
from unwedge.record.ledger import (
    COPIES,
    AlreadyClaimedError,
    BudgetSpentError,
    Entry,
    LedgerConflictError,
    ServiceRecord,
)


class MemoryLedger:
    """Same conditions, same errors, same versions as the ledger in DynamoDB."""

    def __init__(self) -> None:
        self.records: dict[tuple[str, str], ServiceRecord] = {}
        self.claims: dict[str, str] = {}
        self.entries: list[Entry] = []
        self.closed: list[Incident] = []
        self.calls = 0
        self.account = AccountStops()
        self.tokens: set[str] = set()
        self.checks: dict[tuple[str, str], tuple[str, int, datetime]] = {}

    def load(self, cluster_arn: str, service_name: str) -> ServiceRecord:
        """See Ledger."""
        self.calls += 1
        return self._current(cluster_arn, service_name)

    def _current(self, cluster_arn: str, service_name: str) -> ServiceRecord:
        key = (cluster_arn, service_name)
        return self.records.get(key, ServiceRecord(cluster_arn, service_name))

    def account_stops(self, now: datetime) -> int:
        """See Ledger."""
        self.calls += 1
        return self.account.within_hour(now)

    def open_services(self) -> list[tuple[str, str]]:
        """See Ledger."""
        self.calls += 1
        return [key for key, record in self.records.items() if record.incident]

    def claim(self, record: ServiceRecord, incident: Incident, stop: Stop, budget: int) -> ServiceRecord:
        """See Ledger."""
        self._check(record)
        if self.claims.get(stop.task_arn, incident.id) != incident.id:
            raise AlreadyClaimedError(record.service_name)
        if not any(item.task_arn == stop.task_arn for item in incident.stops):
            if self.account.within_hour(stop.claimed_at) >= budget:
                raise BudgetSpentError(record.service_name)
            self.account = self.account.with_stop(stop.task_arn, stop.claimed_at)
        self.claims[stop.task_arn] = incident.id
        return self._write(claimed(record, incident, stop))

    def release(self, record: ServiceRecord, incident: Incident, task_arn: str) -> ServiceRecord:
        """See Ledger."""
        self._check(record)
        self.claims.pop(task_arn, None)
        self.account = self.account.without(task_arn)
        return self._write(released(record, incident, task_arn))

    def spend(self, nonce: str, now: datetime) -> bool:
        """See Ledger."""
        self.calls += 1
        fresh = nonce not in self.tokens
        self.tokens.add(nonce)
        return fresh

    def newest_check(
        self, cluster_arn: str, service_name: str, requeue_id: str, number: int, now: datetime
    ) -> bool:
        """See Ledger."""
        self.calls += 1
        service = (cluster_arn, service_name)
        before, last, noted_at = self.checks.get(service, ("", 0, now))
        if before == requeue_id:
            newer = number > last or (number == last and noted_at < now - COPIES)
        else:
            newer = self._current(*service).requeue_id == requeue_id
        if newer:
            self.checks[service] = requeue_id, number, now
        return newer

    def save(self, record: ServiceRecord, entry: Entry | None, closed: Incident | None) -> ServiceRecord:
        """See Ledger."""
        self._check(record)
        if entry:
            self.entries.append(entry)
        if closed:
            self.closed.append(closed)
        return self._write(record)

    def _check(self, record: ServiceRecord) -> None:
        self.calls += 1
        if self._current(record.cluster_arn, record.service_name).version != record.version:
            raise LedgerConflictError(record.service_name)

    def _write(self, record: ServiceRecord) -> ServiceRecord:
        written = replace(record, version=record.version + 1)
        self.records[(record.cluster_arn, record.service_name)] = written
        return written
