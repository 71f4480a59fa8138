"""The judge of hand-overs and budgets: drains, rollbacks, and how many stops there may be."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.soak.truth import FORWARD, TOLERANCE_SECONDS, Facts, Judge
from unwedge.model.incident import Incident, Limit
from unwedge.model.settings import Fallback, WhenBroken

# A task that ends sooner can be stopped in time for any attempt, but for bad luck.
_QUICK_TO_END = 10.0


@dataclass
class Limits:
    """Counts what Unwedge did to one service, from what took effect and not from its ledger. `account`: when
    any service's task was ended."""

    judge: Judge
    account: list[datetime]
    acts: list[tuple[datetime, str]] = field(default_factory=list)
    drains: Counter[str] = field(default_factory=Counter)
    rollbacks: Counter[str] = field(default_factory=Counter)
    at_0_by_us_since: datetime | None = None
    _before: int = 0

    def new_episode(self, action: str) -> None:
        """An operator changed the service: what was done once may be right once more."""
        self.drains.clear()
        self.rollbacks.clear()
        if action.startswith("scale"):
            self.at_0_by_us_since = None

    def claimed(self) -> None:
        """A task is claimed: the account's stops of this moment count against it. What others claim between
        this and our call is counted against theirs."""
        self._before = len(self.account)

    def stopped(self, incident: Incident | None, subject: str) -> None:
        """A stop, or a drain that ends a task, took effect: the budgets and the cooldown."""
        settings, now, judge = self.judge.settings, self.judge.sim.now, self.judge
        name = incident.id if incident else "no incident"
        for at, other in self.acts:
            if other != name and (now - at).total_seconds() < settings.cooldown - TOLERANCE_SECONDS:
                judge.says("4", f"stopped {now - at} after the stop of an earlier incident")
        self.acts.append((now, name))
        earlier = self.account[: self._before]
        self.account.append(now)
        hour = [at for at, _ in self.acts if now - at < timedelta(seconds=3600 - TOLERANCE_SECONDS)]
        if len(hour) > settings.stops_per_service_hour or len(self.acts) > settings.stops_per_service_day:
            judge.says("3", f"{len(hour)} stops of the service in an hour, {len(self.acts)} in a day")
        spent = 1 + sum(now - at < timedelta(seconds=3600 - TOLERANCE_SECONDS) for at in earlier)
        approved = judge.approved(subject, Limit.ACCOUNT_BUDGET)
        most = settings.stops_per_account_hour
        if len(hour) > 1:
            most = (most + 1) // 2  # the rest is for services that had none
        if spent > most and not approved:
            judge.says("3", f"{spent} stops of the account in an hour")

    def updating(self, params: Mapping[str, Any], incident: Incident | None, mark: int | None) -> str:
        """Why this UpdateService is wrong; empty when it is right. Asked before it takes effect."""
        self.judge.step()
        if incident is None:
            return "4: the service is updated without an incident"
        window = self.judge.window(mark)
        if "taskDefinition" in params:
            return self._rollback(params["taskDefinition"], incident, window)
        if params["desiredCount"] == 0:
            return self._drain(incident, window)
        if self.at_0_by_us_since is None or all(facts.desired for facts in window):
            return f"4: scaled to {params['desiredCount']} what we had not scaled to 0"
        return ""

    def updated(self, params: Mapping[str, Any], incident: Incident | None) -> None:
        """It took effect."""
        name = incident.id if incident else ""
        if "taskDefinition" in params:
            self.rollbacks[name] += 1
            if self.rollbacks[name] > 1:
                self.judge.says("3", "rolled back twice in one incident")
        elif params["desiredCount"] == 0:
            self.drains[name] += 1
            self.at_0_by_us_since = self.judge.sim.now
            if self.drains[name] > 1:
                self.judge.says("3", "drained twice in one incident")
            self.stopped(incident, self._service)
        else:
            self.at_0_by_us_since = None

    @property
    def _service(self) -> str:
        return self.judge.service.arn

    def _slow(self, incident: Incident) -> bool:
        """Whether a stop may be in vain: a load balancer keeps the task for long, or one that was stopped
        truly took so long to end."""
        balanced = "loadBalancers" in self.judge.service.settings
        if balanced and self.judge.sim.options.deregistration_seconds > _QUICK_TO_END:
            return True
        ends = {task.arn: task.execution_stopped_at for task in self.judge.sim.tasks()}
        return any(
            ended is not None and (ended - stop.claimed_at).total_seconds() > _QUICK_TO_END
            for stop in incident.stops
            if (ended := ends.get(stop.task_arn))
        )

    def _drain(self, incident: Incident, window: list[Facts]) -> str:
        settings = self.judge.settings
        if settings.fallback is not Fallback.DRAIN:
            return "4: drained without the option"
        if len(incident.stops) <= settings.stops_per_incident and not self._slow(incident):
            return f"3: drained after {len(incident.stops) - 1} stops"
        holder = self.judge.sim.task(incident.stops[-1].task_arn)
        if holder.executing and not holder.holds_lock:
            return f"7: task {holder.id} is drained, and it does not hold the lock"
        complaints = [self.judge.complaint(holder, self._service, facts) for facts in window]
        return complaints[0] if all(complaints) else ""

    def _rollback(self, way: str, incident: Incident, window: list[Facts]) -> str:
        sim, settings = self.judge.sim, self.judge.settings
        if settings.when_broken is not WhenBroken.ROLLBACK:
            return "4: rolled back without the option"
        if way != sim.task(incident.stops[0].task_arn).definition.arn:
            return "7: rolled back to what did not run before"
        for task in sim.tasks():
            lived = (sim.now - task.started_at).total_seconds() if task.started_at else 0.0
            settled = lived >= settings.settled + TOLERANCE_SECONDS or task.definition.arn == way
            ours = task.service == self.judge.service_name
            if ours and task.holds_lock and task.alive and settled:
                return f"7: rolled back while task {task.id} of revision {task.revision} has the lock"
        right = (
            self.judge.allowed(way, facts)
            and not facts.paused
            and facts.desired == 1
            and facts.rollout in FORWARD
            and facts.rollout_state != "FAILED"
            for facts in window
        )
        return "" if any(right) else f"4: rolled back while {window[0]}"
