"""Events and log lines on their way: lost, late, doubled, cut, or forged."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

from rehearsal.ecs import TaskLog
from tests.soak.rules import Kind, Rule
from tests.soak.truth import GENUINE

if TYPE_CHECKING:
    from tests.soak.world import SoakWorld


class Transport:
    """EventBridge and CloudWatch Logs. `lines`: what each stream gets, and when it can be read."""

    def __init__(self, world: "SoakWorld") -> None:
        self._world = world
        self.lines: dict[tuple[str, str], list[tuple[datetime, TaskLog]]] = {}
        self._random = Random(f"{world.seed}/world")
        self._dice = {rule.number: rule.random(world.seed) for rule in world.rules}

    def rolled(self, kind: Kind) -> Rule | None:
        """The rule of this kind that hits now, if any."""
        for rule in self._world.active:
            if rule.kind is kind and self._dice[rule.number].random() < rule.share:
                self._world.faults[kind.value] += 1
                return rule
        return None

    def emit(self, event: dict[str, Any]) -> None:
        """An event that the deployed rules let pass comes to the queue."""
        detail = event["detail"]
        task = detail.get("stopCode") == "EssentialContainerExited" and detail.get("lastStatus") in (
            "DEPROVISIONING",
            "STOPPED",
        )
        unhealthy = (detail.get("stopCode"), detail.get("lastStatus")) == (
            "ServiceSchedulerInitiated",
            "STOPPED",
        ) and detail.get("healthStatus") == "UNHEALTHY"
        ended = detail.get("eventName") in ("SERVICE_DEPLOYMENT_COMPLETED", "SERVICE_DEPLOYMENT_FAILED")
        if (
            not (task or unhealthy or ended)
            or self._world.schedule.no_events
            or self.rolled(Kind.EVENTS_LOST)
        ):
            return
        for _ in range(2 if self.rolled(Kind.EVENTS_DUPLICATED) else 1):
            late = self.rolled(Kind.EVENTS_DELAYED) or self.rolled(Kind.EVENTS_REORDERED)
            self._world.deliveries.send(
                json.dumps(event), self._random.uniform(0.2, late.seconds if late else 0.6)
            )

    def ship(self, line: TaskLog) -> None:
        """A line that a container wrote."""
        if self.rolled(Kind.LOGS_LOST):
            return
        late = self.rolled(Kind.LOGS_LATE)
        due = line.at + timedelta(seconds=late.seconds if late else 1.0)
        if self.rolled(Kind.LOGS_CUT):
            line = replace(line, message=line.message[: len(line.message) * 2 // 3])
        key = (line.log_group or "", line.log_stream or "")
        self.lines.setdefault(key, []).append((due, line))
        if self.rolled(Kind.LOGS_FORGED):
            forged = replace(line, message=f"ts=now caller=x {GENUINE[0]}", task_arn="")
            for stream in (
                f"prometheus/init-config/{line.task_arn[-32:]}",
                f"prometheus/prometheus/{'0' * 32}",
            ):
                self.lines.setdefault((key[0], stream), []).append((due, forged))
