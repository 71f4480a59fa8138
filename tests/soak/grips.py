"""The judge of the table of grips: whoever truly has the lock is never CANNOT, whoever has not is never
HOLDS.

What the product reads is a little old: ECS and CloudWatch show things late, and calls take their time. So a
row contradicts the truth when it was wrong at every moment of that while.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from rehearsal.ecs import TaskRecord
from tests.soak.around import lock_of
from tests.soak.rules import ASTRAY, Schedule
from tests.soak.truth import Judge
from unwedge.model.grip import Grip

# ECS shows a container's end some seconds after it; a pass takes some more.
_LATE_SECONDS = 12.0


@dataclass
class Grips:
    """Remembers who had this lock when, and holds each decision's table against it."""

    judged: Judge
    lock: str
    rows: int = 0
    narrowed: int = 0
    _seen: int = 0
    _living: list[TaskRecord] = field(default_factory=list)
    _changes: dict[str, list[tuple[datetime, bool]]] = field(default_factory=dict)

    def step(self) -> None:
        """Note who has the lock; after every step."""
        tasks = self.judged.sim.tasks()
        self._living += tasks[self._seen :]
        self._seen = len(tasks)
        for task in self._living:
            known = self._changes.setdefault(task.arn, [])
            held = task.holds_lock and lock_of(task.definition.body) == self.lock
            if not known or known[-1][1] != held:
                known.append((self.judged.sim.now, held))
        self._living = [task for task in self._living if task.last_status != "STOPPED"]

    def judge(self, decision: Any, schedule: Schedule) -> None:
        """One decision's table."""
        slow = max((abs(rule.seconds) for rule in schedule.rules), default=0.0)
        while_ = timedelta(seconds=_LATE_SECONDS + min(slow, 30.0))
        could = {row.task_arn for row in decision.grips if row.grip is not Grip.CANNOT_HOLD}
        self.rows += bool(decision.grips)
        self.narrowed += bool(decision.grips) and len(could) <= 1
        if schedule.contender in ASTRAY:
            return  # two locks: the truth of one says nothing about the other
        for row in decision.grips:
            truth = self._truth(row.task_arn, self.judged.sim.now - while_)
            if row.grip is Grip.HOLDS and True not in truth:
                self.judged.says("8", f"{row.task_arn[-32:]} does not have the lock, and {row.fact}")
            if row.grip is Grip.CANNOT_HOLD and truth == {True}:
                self.judged.says("8", f"{row.task_arn[-32:]} has the lock, and {row.fact}")

    def _truth(self, arn: str, since: datetime) -> set[bool]:
        """Whether the task had the lock, at every moment since then."""
        known = self._changes.get(arn, [])
        before = [held for at, held in known if at <= since][-1:] or [False]
        return {*before, *(held for at, held in known if at > since)}
