"""The judges of one service, and how long it has been wedged without a word."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from rehearsal.ecs import TaskRecord
from rehearsal.ecs.records import ServiceRecord
from tests.soak.around import Sidecar
from tests.soak.grips import Grips
from tests.soak.limits import Limits
from tests.soak.rules import Schedule
from tests.soak.truth import FORWARD, Judge

OPTED_IN = frozenset({"enforce", "approve"})
# No wedged service that opted in is silent for longer than fifteen minutes; a lost message's visibility
# timeout, and the sweep, may come before.
SILENCE = timedelta(seconds=900 + 180 + 300)


@dataclass
class Watch:
    """One service as its judges see it. `on_the_lock`: whether new tasks fail for that alone."""

    judge: Judge
    limits: Limits
    grips: Grips
    on_the_lock: bool
    told_at: datetime | None = None
    wedged_since: datetime | None = None

    @property
    def name(self) -> str:
        """The service's name."""
        return self.judge.service_name

    @property
    def service(self) -> ServiceRecord:
        """The service's record."""
        return self.judge.service

    def step(self) -> None:
        """Let the judges note what has changed; after every step."""
        self.judge.step()
        self.grips.step()
        now = self.judge.sim.now
        if not self.wedged():
            self.wedged_since = None
            return
        self.wedged_since = self.wedged_since or now
        told = self.told_at is not None and self.told_at >= self.wedged_since
        if not told and now - self.wedged_since > SILENCE:
            self.judge.says(
                "5", f"{self.name} is wedged since {self.wedged_since:%H:%M:%S}, and nobody heard"
            )

    def told(self) -> None:
        """People hear of the service: an escalation, a question, or a message among the dead letters."""
        self.told_at = self.judge.sim.now

    def tasks(self) -> list[TaskRecord]:
        """Its tasks of all times."""
        return [task for task in self.judge.sim.tasks() if task.service == self.name]

    def settled(self) -> bool:
        """Whether its deployment is complete, and as many tasks run as are wanted."""
        running = [task for task in self.tasks() if task.last_status == "RUNNING"]
        done = self.service.primary.rollout_state == "COMPLETED"
        return done and len(running) == self.service.desired_count

    def wedged(self) -> bool:
        """The service's own truth: its newest tasks fail on the lock that an older deployment's task holds,
        or nobody of it has had the lock since we stopped its holder."""
        facts, service = self.judge.facts, self.service
        if facts.tag not in OPTED_IN or facts.desired != 1 or facts.rollout_state != "IN_PROGRESS":
            return False
        if facts.rollout not in FORWARD or not self.on_the_lock:
            return False
        failed = [task for task in service.tasks_of(service.primary) if task.execution_stopped_at is not None]
        if not failed:
            return False
        holders = [task for task in self.tasks() if task.holds_lock]
        stuck = any(task.deployment_id != service.primary.id for task in holders)
        return stuck or (not holders and bool(self.judge.stops))


def fails_on_the_lock(schedule: Schedule) -> bool:
    """Whether the new revision of a schedule fails on the lock, and on nothing else."""
    return schedule.contender in ("lock", "json", "capital") and schedule.around.sidecar is not Sidecar.DIES
