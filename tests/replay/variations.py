"""Every recorded case with one thing changed: a table of decisions in which a change of behaviour shows.

A line has the case, the change, and the decision in short; `~` and eight digits stand for all of it, with
sentences and numbers. Changes that leave the decision as it was have no line.
"""

import json
import zlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from tests.replay.cases import CASES, Case
from tests.support.situations import NEW, OLD, OLD_CODE, ago, arn
from unwedge.decide.decide import decide
from unwedge.model.codec import to_json
from unwedge.model.decision import Decision
from unwedge.model.incident import (
    Approval,
    ApprovalRequest,
    Controls,
    Drain,
    Incident,
    RefusedStop,
    Rollback,
    Stop,
    StopState,
)
from unwedge.model.log import LogStatus
from unwedge.model.service import Container, Health, Rollout, Service, Task
from unwedge.model.settings import Fallback, Settings, WhenBroken, WithoutSuccessor
from unwedge.model.situation import Failure, ReadFailure, Scope, Situation

TABLE = Path(__file__).parent / "variations.txt"
Change = tuple[str, Situation, Settings]
_LATER = (
    -1,
    1,
    4,
    5,
    9,
    10,
    14,
    15,
    20,
    40,
    41,
    45,
    60,
    120,
    180,
    181,
    300,
    600,
    601,
    900,
    1800,
    3600,
    86400,
)
_ROLLOUTS = ("PENDING", "IN_PROGRESS", "SUCCESSFUL", "STOPPED", "ROLLBACK_IN_PROGRESS", "ROLLBACK_SUCCESSFUL")


def table() -> str:
    """The whole table, as its file holds it."""
    lines: dict[str, None] = {}
    for case in CASES:
        base = decide(case.situation, case.settings)
        lines[_line(case.name, "as recorded", base)] = None
        for name, situation, settings in _changes(case):
            decision = decide(situation, settings)
            if decision != base:
                lines[_line(case.name, name, decision)] = None
    return "\n".join(lines) + "\n"


def _line(case: str, change: str, decision: Decision) -> str:
    whole = json.dumps(to_json(decision), sort_keys=True)
    again = f"{decision.requeue.seconds} s" if decision.requeue else "-"
    marks = [
        decision.incident.value,
        "ESCALATED" if decision.escalate else "",
        "ACTS" if decision.action else "",
    ]
    told = " ".join(mark for mark in marks if mark)
    return (
        f"{case} | {change} | {decision.verdict.value} | {again} | {told} ~{zlib.crc32(whole.encode()):08x}"
    )


def _changes(case: Case) -> Iterator[Change]:
    situation, settings = case.situation, case.settings
    for name, changed in _situations(situation):
        yield name, changed, settings
    for name, other in _policies(settings):
        yield name, situation, other


def _situations(situation: Situation) -> Iterator[tuple[str, Situation]]:
    for seconds in _LATER:
        yield (
            f"{seconds:+d} s",
            replace(situation, observed_at=situation.observed_at + timedelta(seconds=seconds)),
        )
    for scope in Scope:
        yield f"scope {scope}", replace(situation, scope=scope)
    for failure in Failure:
        failed = ReadFailure("ecs:ListTasks", failure, "Code", "message")
        yield f"a read was {failure}", replace(situation, failures=(failed,))
    for status in _ROLLOUTS:
        yield f"rollout {status}", replace(situation, rollout=Rollout("arn", status))
    yield "no rollout", replace(situation, rollout=None)
    yield "no logs", replace(situation, logs=())
    yield "no definitions", replace(situation, task_definitions=())
    yield "no incident", replace(situation, incident=None)
    yield from _parts(situation)
    yield from _logs(situation)


def _parts(situation: Situation) -> Iterator[tuple[str, Situation]]:
    for name, controls in _controls(situation):
        yield name, replace(situation, controls=controls)
    for name, incident in _incidents(situation):
        yield name, replace(situation, incident=incident)
    if situation.service:
        for name, service in _services(situation.service):
            yield name, replace(situation, service=service)
    for number, task in enumerate(situation.tasks):
        rest = situation.tasks[:number] + situation.tasks[number + 1 :]
        yield f"without {task.id}", replace(situation, tasks=rest)
        for name, changed in _tasks(task):
            yield f"{task.id} {name}", replace(situation, tasks=(*rest, changed))


def _logs(situation: Situation) -> Iterator[tuple[str, Situation]]:
    for number, log in enumerate(situation.logs):
        rest_of_logs = situation.logs[:number] + situation.logs[number + 1 :]
        for read in LogStatus:
            lines = log.lines if read is LogStatus.READ else ()
            changed_log = log._replace(status=read, lines=lines, detail="told so")
            yield f"log {number} {read}", replace(situation, logs=(*rest_of_logs, changed_log))
        other = log._replace(lines=tuple(line._replace(text="level=info msg=other") for line in log.lines))
        yield f"log {number} says else", replace(situation, logs=(*rest_of_logs, other))


def _controls(situation: Situation) -> Iterator[tuple[str, Controls | None]]:
    now = situation.observed_at
    yield "controls unread", None
    yield "paused", Controls("paused by a person")
    for seconds in (1, 599, 600, 3599):
        yield f"a stop {seconds} s ago", Controls(None, (now - timedelta(seconds=seconds),))
    for count in (9, 10, 11):
        yield f"{count} stops of the account", Controls(None, (), count)
        stops = tuple(now - timedelta(seconds=4000 + 100 * n) for n in range(count))
        yield f"{count} stops of the service", Controls(None, stops)
    for count in (3, 4):
        yield (
            f"{count} stops in the hour",
            Controls(None, tuple(now - timedelta(seconds=700 + n) for n in range(count))),
        )


def _incidents(situation: Situation) -> Iterator[tuple[str, Incident]]:
    incident = situation.incident or Incident("an-incident", ago(40), arn("contender"), ago(45), "line")
    yield "an incident", incident
    running = next((task.arn for task in situation.tasks if task.desired_status == "RUNNING"), arn("holder"))
    for state in StopState:
        for seconds in (1, 44, 45, 181, 601):
            stop = Stop(running, ago(seconds), state)
            yield f"{state} a stop of the running task {seconds} s ago", replace(incident, stops=(stop,))
            other = Stop(arn("gone"), ago(seconds), state)
            yield f"{state} another stop {seconds} s ago", replace(incident, stops=(other,))
            yield f"{state} a drain {seconds} s ago", replace(incident, drain=Drain(1, ago(seconds), state))
            back = Rollback(OLD_CODE, ago(seconds), state)
            yield f"{state} a rollback {seconds} s ago", replace(incident, rollback=back, previous=OLD_CODE)
    two = (Stop(arn("one"), ago(38), StopState.SENT), Stop(arn("two"), ago(33), StopState.SENT))
    yield "two stops", replace(incident, stops=two)
    yield (
        "two stops, drained before",
        replace(incident, stops=two, drain=Drain(1, ago(90), StopState.SENT, ago(50))),
    )
    for broken in (OLD, NEW):
        yield f"broken {broken}", replace(incident, stops=two, broken=broken, previous=OLD_CODE)
    for seconds in (299, 300):
        yield f"refused {seconds} s ago", replace(incident, refused=RefusedStop(ago(seconds), "why"))
    for granted in (True, False):
        yield f"answered {granted}", replace(incident, approval=Approval(running, granted, "ops", ago(60)))
    for left in (-1, 1):
        yield (
            f"asked, {left} s left",
            replace(incident, approval_request=ApprovalRequest(running, ago(900), ago(-left))),
        )


def _services(service: Service) -> Iterator[tuple[str, Service]]:
    for count in (0, 1, 2):
        yield f"desired count {count}", replace(service, desired_count=count)
    for tag in ("enforce", "approve", "observe", "off", "misspelt", None):
        yield f"tag {tag}", replace(service, tag=tag)
    yield "draining service", replace(service, status="DRAINING")
    yield "code deploy", replace(service, controller="CODE_DEPLOY")
    yield "no deployments", replace(service, deployments=())
    for number, deployment in enumerate(service.deployments):
        rest = service.deployments[:number] + service.deployments[number + 1 :]
        yield f"without deployment {number}", replace(service, deployments=rest)
        for state in ("COMPLETED", "IN_PROGRESS", "FAILED"):
            changed = deployment._replace(rollout_state=state)
            yield f"deployment {number} {state}", replace(service, deployments=(changed, *rest))
        for status in ("PRIMARY", "ACTIVE"):
            kill_switch_changed = deployment._replace(status=status)
            yield f"deployment {number} {status}", replace(service, deployments=(kill_switch_changed, *rest))


def _tasks(task: Task) -> Iterator[tuple[str, Task]]:
    for status in ("PROVISIONING", "PENDING", "RUNNING", "STOPPING", "DEPROVISIONING", "STOPPED"):
        yield status, replace(task, last_status=status)
    for desired in ("RUNNING", "STOPPED"):
        yield f"to be {desired}", replace(task, desired_status=desired)
        yield f"to be {desired}, ended", replace(task, desired_status=desired, execution_stopped_at=ago(5))
    for health in Health:
        yield str(health), replace(task, health=health)
    for deployment in (OLD, NEW):
        yield f"of {deployment}", replace(task, deployment_id=deployment)
    yield "of the old code", replace(task, task_definition=OLD_CODE)
    yield "not started", replace(task, started_at=None)
    for seconds in (1, 19, 20, 21, 39, 40):
        yield f"started {seconds} s ago", replace(task, started_at=ago(seconds))
    for seconds in (0, 14, 15, 30, 59, 60, 301, 601):
        ended = replace(task, stop_code="EssentialContainerExited", execution_stopped_at=ago(seconds))
        containers = (Container("prometheus", 1),)
        failed = replace(ended, desired_status="STOPPED", last_status="STOPPED", containers=containers)
        yield f"failed {seconds} s ago", failed
    yield "ended by a person", replace(task, stop_code="UserInitiated")
    yield (
        "no times",
        replace(task, created_at=None, stopping_at=None, execution_stopped_at=None, stopped_at=None),
    )
    yield "exited 0", replace(task, containers=(Container("prometheus", 0),))
    yield "no containers", replace(task, containers=())
    for seconds in (299, 300):
        yield f"created {seconds} s ago", replace(task, created_at=ago(seconds))


def _policies(settings: Settings) -> Iterator[tuple[str, Settings]]:
    for stops in (1, 3):
        yield f"stops {stops}", replace(settings, stops_per_incident=stops)
    yield "drain", replace(settings, fallback=Fallback.DRAIN)
    yield "drain after one", replace(settings, fallback=Fallback.DRAIN, stops_per_incident=1)
    yield "rollback", replace(settings, when_broken=WhenBroken.ROLLBACK)
    yield "stop without", replace(settings, without_successor=WithoutSuccessor.STOP)
    yield "another cluster", replace(settings, clusters=("arn:aws:ecs:eu-west-1:123456789012:cluster/other",))


if __name__ == "__main__":
    TABLE.write_text(table())
