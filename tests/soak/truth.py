"""The judge: what must always hold, checked against the simulator's truth, not the product's view of it."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from rehearsal.ecs import StopCalled, TaskLog, TaskRecord
from rehearsal.ecs.records import ServiceRecord
from rehearsal.ecs.simulator import Simulator
from tests.soak.around import Oddity, lock_of
from unwedge.model.incident import Limit
from unwedge.model.settings import Settings

# Clocks that differ, and calls that take their time.
TOLERANCE_SECONDS = 60
FORWARD = frozenset({"PENDING", "IN_PROGRESS", "SUCCESSFUL"})
# Whoever deploys this way, or answers the hook, moves the tasks.
UNTOUCHED = frozenset({*Oddity} - {Oddity.NONE, Oddity.PROTECTED})
# Only these lines are a program dying on a held lock; each is a whole line that a scripted program writes.
GENUINE = (
    'level=error err="opening storage failed: lock DB directory: resource temporarily unavailable"',
    'level=error err="Opening storage failed lock DB directory: resource temporarily unavailable"',
    '"err":"opening storage failed: lock DB directory: resource temporarily unavailable","level":"error"',
)


class Answered(NamedTuple):
    """What a person said, and which limits the question named."""

    at: datetime
    subject: str
    granted: bool
    lifts: tuple[Limit, ...]


class Facts(NamedTuple):
    """Everything about the service, besides its tasks, that a stop depends on, at one moment."""

    tag: str
    desired: int
    primary: str
    rollout_state: str
    rollout: str
    paused: bool


def genuine(line: TaskLog) -> bool:
    """Whether the line is a contender's own report of the held lock."""
    ours = bool(line.task_arn) and line.container == "prometheus"
    return ours and any(line.message.endswith((text, text + "}")) for text in GENUINE)


@dataclass
class Judge:
    """Watches the simulator. `violations` are sentences that begin with the number of what did not hold."""

    sim: Simulator
    settings: Settings
    lag: float
    service_name: str
    oddity: Oddity = Oddity.NONE
    violations: list[str] = field(default_factory=list)
    history: list[tuple[datetime, Facts]] = field(default_factory=list)
    read: set[str] = field(default_factory=set)
    stops: list[StopCalled] = field(default_factory=list)
    answers: list[Answered] = field(default_factory=list)
    paused: bool = False
    episode: int = 0
    _stops_in: Counter[int] = field(default_factory=Counter)
    _requests: dict[str, int] = field(default_factory=dict)

    @property
    def service(self) -> ServiceRecord:
        """The service that is judged."""
        return next(item for item in self.sim.services() if item.name == self.service_name)

    @property
    def facts(self) -> Facts:
        """The present."""
        service = self.service
        primary = service.primary
        return Facts(
            service.tags.get("unwedge", ""),
            service.desired_count,
            primary.id,
            primary.rollout_state,
            service.rollouts[-1].status,
            self.paused,
        )

    def step(self) -> None:
        """Note what has changed; after every step."""
        facts = self.facts
        if not self.history or self.history[-1][1] != facts:
            if facts.rollout_state == "COMPLETED":
                self.new_episode()
            self.history.append((self.sim.now, facts))

    def new_episode(self) -> None:
        """Somebody else changed the service: what was a deadlock may be another one now."""
        self.episode += 1

    def says(self, number: str, text: str) -> None:
        """Remember a violation."""
        self.violations.append(f"{number}: {text} (at {self.sim.now:%H:%M:%S})")

    def approved(self, subject: str, limit: Limit = Limit.MODE) -> bool:
        """Whether people's newest answer about this is a yes that lifts the limit, and not an old one."""
        given = [answer for answer in self.answers if answer.subject == subject]
        if not given:
            return False
        age = (self.sim.now - given[-1].at).total_seconds()
        holds = self.settings.approval_patience + self.settings.approval_validity
        return given[-1].granted and limit in given[-1].lifts and age <= holds + TOLERANCE_SECONDS

    def allowed(self, subject: str, facts: Facts) -> bool:
        """Whether the mode lets Unwedge act on this."""
        return facts.tag == "enforce" or (facts.tag == "approve" and self.approved(subject))

    def window(self, mark: int | None) -> list[Facts]:
        """The facts since the re-check, the newest first; without one only the present."""
        return [facts for _, facts in reversed(self.history[-1 if mark is None else mark :])]

    def mark(self) -> int:
        """Where the history stands for somebody who reads now, answers as old as they may be."""
        self.step()
        seen = self.sim.now - timedelta(seconds=self.lag)
        return max((i for i, (at, _) in enumerate(self.history) if at <= seen), default=0)

    def requested(self, task_arn: str) -> None:
        """A StopTask request reached ECS."""
        self._requests[task_arn] = self._requests.get(task_arn, 0) + 1
        if self._requests[task_arn] > 1:
            self.says("3", f"StopTask reached ECS {self._requests[task_arn]} times for {task_arn}")

    def stopped(self, stop: StopCalled, mark: int | None, episode: int | None) -> None:
        """A StopTask of ours took effect. `mark`: where the re-check after the claim read, if it did.
        `episode`: in which the task was claimed; what an operator changes between claim and call begins
        another, whose stops are its own."""
        self.step()
        self.stops.append(stop)
        claimed_in = self.episode if episode is None else episode
        self._stops_in[claimed_in] += 1
        if self._stops_in[claimed_in] > self.settings.stops_per_incident:
            self.says("3", f"{self._stops_in[claimed_in]} stops for one deadlock")
        task = self.sim.task(stop.task_arn)
        if task.service != self.service_name:
            self.says("7", f"task {task.id} of another service was stopped")
        protected = task.protected_until is not None and task.protected_until > self.sim.now
        if protected and not self.approved(stop.task_arn, Limit.PROTECTION):
            self.says("4", f"task {task.id} was stopped under scale-in protection, and nobody was asked")
        if task.executing and not task.holds_lock:
            self.says("7", f"task {task.id} was stopped, and it does not hold the lock")
        # The first complaint is about the present; a stop is fine if one moment of the window allowed it.
        complaints = [self.complaint(task, task.arn, facts) for facts in self.window(mark)]
        if all(complaints):
            self.says(*complaints[0].split(": ", 1))

    def complaint(self, task: TaskRecord, subject: str, facts: Facts) -> str:
        """Why ending the task was wrong under these facts; empty if it was not."""
        under_way = facts.rollout in ("PENDING", "IN_PROGRESS")
        if self.oddity in UNTOUCHED and (under_way or self.oddity is not Oddity.HOOK):
            return f"4: ended a task of a deployment with {self.oddity}"
        if not self.allowed(subject, facts) or facts.paused or facts.desired != 1:
            return f"4: stopped while {facts}"
        same = task.deployment_id == facts.primary
        history = same and facts.rollout == "ROLLBACK_SUCCESSFUL"
        if facts.rollout_state == "FAILED" or not (facts.rollout in FORWARD or history):
            return f"4: stopped while the rollout does not go forward: {facts}"
        contenders = [item for item in self._contenders(task) if self._on_its_side(item, task, facts)]
        if same and not contenders:
            return f"1: task {task.id} of the PRIMARY deployment was stopped"
        if not contenders:
            return f"2: task {task.id} was stopped without a lock line that we read of a contender"
        locks = [lock_of(item.definition.body) for item in contenders]
        return "" if lock_of(task.definition.body) in locks else "7: the contender wants another lock"

    def _on_its_side(self, contender: TaskRecord, holder: TaskRecord, facts: Facts) -> bool:
        """Of the target deployment, or of the holder's own while the holder is UNHEALTHY."""
        if contender.deployment_id == holder.deployment_id:
            return holder.health == "UNHEALTHY"
        return contender.deployment_id == facts.primary

    def _contenders(self, holder: TaskRecord) -> list[TaskRecord]:
        found = (self.sim.task(arn) for arn in self.read)
        return [task for task in found if task is not holder and task.service == holder.service]
