"""Audits services and keeps what is found: of one service, or of a cluster as far as time allows.

Nothing is stopped for what an audit finds. Of a service that shares no volume for writing, or that nobody
wants watched, nothing is kept.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple, Protocol

from unwedge.model.posture import FindingKind, Outlook, Posture
from unwedge.model.settings import Mode, Settings
from unwedge.observe.reads import read_all
from unwedge.posture.audit import audit
from unwedge.posture.facts import Facts, History
from unwedge.posture.repair import CERTAIN
from unwedge.posture.requests import Cluster, Service
from unwedge.record.feed import MOST_READ, Feed
from unwedge.record.posture_writer import PostureWriter, Saved
from unwedge.record.postures import Expected, Postures
from unwedge.record.wedged import LATELY, Wedged, wedged

if TYPE_CHECKING:
    from types_boto3_ecs import ECSClient

# An event that comes later tells nothing that the deployment itself has not shown.
SOON = timedelta(minutes=10)
_WATCHED = (Mode.ENFORCE, Mode.APPROVE)
_NEVER = Wedged()


class Reads(Protocol):
    """How the facts of services are read. All methods raise ReadError."""

    def cluster(self, cluster_arn: str, now: datetime, settings: Settings) -> Iterable[Facts]:
        """Every service of a cluster, in the order of their names."""
        ...

    def service(self, cluster_arn: str, name: str, now: datetime, settings: Settings) -> Facts | None:
        """One service; None where there is none."""
        ...


class Audited(NamedTuple):
    """A service audited. `saved`: what is kept of it and what changed, None where a newer audit is.
    `expected`: the deadlock that was found to come, the first time. `repair`: its tag asks for the repair of
    what is certain to go wrong."""

    posture: Posture
    saved: Saved | None = None
    expected: Expected | None = None
    repair: bool = False


class NotAudited(NamedTuple):
    """Why nothing is kept of a service, in one sentence. `closed`: something had been."""

    cluster_arn: str
    service_name: str
    sentence: str
    closed: bool = False


class ClusterAudited(NamedTuple):
    """The services audited, and what is left when time ran out."""

    audits: list[Audited | NotAudited]
    left: Cluster | None = None


class Auditor:
    """Audits. Raises ReadError, AWS's errors of the ledger, and OvertakenError."""

    def __init__(
        self,
        ecs: "ECSClient",
        reads: Reads,
        postures: Postures,
        writer: PostureWriter,
        feed: Feed,
        settings: Settings,
        *,
        acts: bool,
    ) -> None:
        self._ecs, self._reads, self._feed = ecs, reads, feed
        self._postures, self._writer = postures, writer
        self._settings, self._acts = settings, acts

    def clusters(self) -> list[str]:
        """Those of the settings, else all of the region."""
        return list(self._settings.clusters) or read_all(
            "ecs:ListClusters", self._ecs.list_clusters, "clusterArns"
        )

    def cluster(self, wanted: Cluster, now: datetime, late: Callable[[], bool]) -> ClusterAudited:
        """Every service after the one where the audit before this one stopped; one at least, and then until
        it is `late`."""
        arn = wanted.cluster_arn
        known = {row.service_name for row in self._postures.one_of_each()[0] if row.cluster_arn == arn}
        before = self._wedged(now)
        made: list[Audited | NotAudited] = []
        for facts in self._reads.cluster(arn, now, self._settings):
            name = facts.shape.name
            known.discard(name)
            if name <= wanted.after:
                continue
            made.append(self._kept(arn, name, facts, before, now))
            if late():
                return ClusterAudited(made, Cluster(arn, name))
        # What was not among them is asked for by its name before it counts as gone.
        made += [
            self._kept(arn, name, self._reads.service(arn, name, now, self._settings), before, now)
            for name in sorted(known)
        ]
        return ClusterAudited(made)

    def service(self, wanted: Service, now: datetime) -> Audited | NotAudited:
        """One service; at the start of a deployment also what is to be expected of that."""
        arn, name = wanted.cluster_arn, wanted.service_name
        if not self._settings.watches(arn):
            return NotAudited(arn, name, f"Cluster {arn.rsplit('/', 1)[-1]} is not watched.")
        facts = self._reads.service(arn, name, now, self._settings)
        made = self._kept(arn, name, facts, self._wedged(now, f"{arn.rsplit('/', 1)[-1]}/{name}"), now)
        if facts is None or isinstance(made, NotAudited) or not wanted.deployment:
            return made
        if not certain(made.posture, facts, wanted.began, now):
            return made
        posture = made.posture
        expected = Expected(
            arn, name, wanted.deployment, now, posture.mode, posture.program, posture.gap, self._acts
        )
        return made._replace(expected=expected) if self._writer.expect(expected) else made

    def _kept(
        self,
        arn: str,
        name: str,
        facts: Facts | None,
        before: Mapping[tuple[str, str], Wedged],
        now: datetime,
    ) -> Audited | NotAudited:
        """Audit and keep; close what was found of a service of which nothing is to be kept."""
        if facts is None:
            return self._closed(arn, name, now, "There is no such service, or it is not active.")
        # Of a service that could not be described no tag is known, so neither is its mode.
        described = facts.shape.definition is not None or not facts.unread
        if facts.mode is Mode.OFF and described:
            return self._closed(arn, name, now, "It is not watched: its mode is off.")
        past = before.get((arn, name), _NEVER)
        posture = audit(replace(facts, history=History(past.times, past.gaps)))
        # By these names it is kept, however its description spells them.
        posture = posture._replace(cluster_arn=arn, service_name=name)
        if posture.outlook is Outlook.NOT_SHARED:
            return self._closed(arn, name, now, "No task of it can write where another one can.")
        if posture.outlook is Outlook.UNKNOWN and self._postures.newest_of(arn, name) is None:
            why = " ".join(facts.unread) or "Its task definition could not be read."
            return NotAudited(arn, name, f"It is not known whether it shares a volume: {why[:1000]}")
        saved = self._writer.save(posture, past, unproven=unproven(facts))
        wanted = facts.shape.repair_tag is not None and posture.outlook in CERTAIN
        return Audited(posture, saved, repair=saved is not None and wanted)

    def _closed(self, arn: str, name: str, now: datetime, sentence: str) -> NotAudited:
        return NotAudited(arn, name, sentence, closed=self._writer.close(arn, name, now))

    def _wedged(self, now: datetime, wanted: str = "") -> dict[tuple[str, str], Wedged]:
        """The incidents of late, of all services or of those with this in their names."""
        return wedged(self._feed.decisions(now - LATELY, now, wanted, MOST_READ).rows)


def unproven(facts: Facts) -> frozenset[FindingKind]:
    """The kinds that an audit of these facts could not look for: it may open them and closes none."""
    if facts.unread:
        return frozenset(FindingKind)
    return frozenset({FindingKind.SHARED_DIRECTORY} if facts.others_unread else ())


def certain(posture: Posture, facts: Facts, began: datetime | None, now: datetime) -> bool:
    """Whether the deployment that began then is sure to deadlock, and somebody wants the service watched: a
    task from before it still runs and holds what the new one needs."""
    if posture.outlook is not Outlook.WEDGES or facts.mode not in _WATCHED or not facts.shape.desired:
        return False
    if began is None or now - began > SOON:
        return False
    return any(task.created_at is not None and task.created_at < began for task in facts.tasks)
