"""The simulator's common ground: state, time, dice, and the way out for observations."""

import heapq
import itertools
import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from rehearsal.ecs.launching import Launcher, Sessions
from rehearsal.ecs.observations import Listener, Note, Observation
from rehearsal.ecs.options import ExecFault, SchedulerOptions
from rehearsal.ecs.records import ClusterRecord, DefinitionRecord, ServiceRecord, TaskRecord

_URL_SAFE = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


@dataclass(frozen=True)
class ApiCall:
    """One API call as it came in; ``error`` is the code it was refused with."""

    at: datetime
    operation: str
    params: Mapping[str, Any]
    error: str | None
    caller: str | None


class World:
    """Everything the parts of the simulator share. Single-threaded."""

    def __init__(
        self, *, start: datetime, options: SchedulerOptions, launcher: Launcher, account: str, region: str
    ) -> None:
        self.now = start
        self.options = options
        self.launcher = launcher
        self.sessions: Sessions | None = None
        self.exec_faults: dict[str, ExecFault | None] = {}
        self.account = account
        self.region = region
        self.clusters: dict[str, ClusterRecord] = {}
        self.definitions: dict[str, list[DefinitionRecord]] = {}
        self.services: dict[str, ServiceRecord] = {}
        self.tasks: dict[str, TaskRecord] = {}
        self.calls: list[ApiCall] = []
        self.call_counts: Counter[str] = Counter()
        self.dice = random.Random(f"{options.seed}-ids")
        self.caller: str | None = None
        self.after_each: Callable[[], None] | None = None
        self._agenda: list[tuple[datetime, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._listeners: list[Listener] = []

    # time

    def at(self, when: datetime, action: Callable[[], None]) -> None:
        """Do something at ``when``; at the present if that is past."""
        heapq.heappush(self._agenda, (max(when, self.now), next(self._order), action))

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        """Do something ``seconds`` from now."""
        self.at(self.now + timedelta(seconds=seconds), action)

    def next_due(self) -> datetime | None:
        """When the next thing is due."""
        return self._agenda[0][0] if self._agenda else None

    def run_until(self, now: datetime) -> None:
        """Do everything due up to ``now`` in order of time; going back does nothing."""
        while self._agenda and self._agenda[0][0] <= max(now, self.now):
            when, _, action = heapq.heappop(self._agenda)
            self.now = max(when, self.now)
            action()
            if self.after_each:
                self.after_each()
        self.now = max(now, self.now)

    # observations

    def subscribe(self, listener: Listener) -> None:
        """Tell ``listener`` everything from now on."""
        self._listeners.append(listener)

    def tell(self, observation: Observation) -> None:
        """Tell all listeners."""
        for listener in self._listeners:
            listener(observation)

    def note(self, text: str, task: TaskRecord | None = None) -> None:
        """Tell in one sentence what ECS did."""
        self.tell(Note(self.now, text, task.arn if task else None))

    # names

    def arn(self, kind: str, name: str) -> str:
        """An ECS ARN in this account and region."""
        return f"arn:aws:ecs:{self.region}:{self.account}:{kind}/{name}"

    def hexadecimal(self, digits: int) -> str:
        """A fresh identifier of hexadecimal digits."""
        return f"{self.dice.getrandbits(4 * digits):0{digits}x}"

    def uuid(self) -> str:
        """A fresh identifier in the shape of a UUID."""
        text = self.hexadecimal(32)
        return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))

    def deployment_id(self) -> str:
        """``ecs-svc/`` and 19 digits, as startedBy shows it."""
        return f"ecs-svc/{self.dice.randrange(10**18, 10**19)}"

    def revision_id(self) -> str:
        """The number at the end of a service revision's ARN: 19 digits."""
        return str(self.dice.randrange(10**18, 10**19))

    def token(self) -> str:
        """The end of a service deployment's ARN: 21 characters."""
        return "".join(self.dice.choice(_URL_SAFE) for _ in range(21))

    # look-ups

    def service_key(self, cluster: ClusterRecord, name: str) -> str:
        """The key of a service in ``services``: names are unique within a cluster."""
        return f"{cluster.name}/{name}"

    def service_of(self, task: TaskRecord) -> ServiceRecord:
        """The service that a task belongs to."""
        return self.services[f"{task.cluster_arn.rsplit('/', 1)[-1]}/{task.service}"]
