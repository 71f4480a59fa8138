"""The course of an incident as moments, worked out from its recorded decisions alone.

Each moment is dated by ECS, or by the observation that first saw it; `source` says which.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from unwedge.model.decision import IncidentStep
from unwedge.model.service import Health, Task
from unwedge.people.view.words import who
from unwedge.record.rows import Recorded

# These are not "not acted": a call without an answer may have taken effect.
_UNSENT = {"unknown": "Sent, and no answer came", "already-gone": "Nothing to stop: the task was gone"}
_ENDED = ("stopped", "already-gone", "updated")


class Moment(NamedTuple):
    """One thing that happened. `about` tells the reader what, in a few words."""

    at: datetime
    about: str
    source: str = "ECS"


class Course(NamedTuple):
    """Moments in order, and when the old writer was gone and the new one began, where that is known."""

    moments: list[Moment]
    gone: datetime | None = None
    began: datetime | None = None

    @property
    def start(self) -> datetime:
        """The first moment."""
        return self.moments[0].at


def course_of(entries: list[Recorded]) -> Course:
    """The course of one incident from its decisions, oldest first."""
    moments = [*_failure(entries), *_evidence(entries), *_answers(entries), *_acts(entries)]
    gone = _ends(entries)
    moments += [Moment(at, f"Holder {who(task)} gone") for task, at in gone]
    new = _writer(entries)
    if new and new.started_at:
        moments.append(Moment(new.started_at, f"New task {who(new)} started"))
    moments += _seen(entries, new)
    last_end = max((at for _, at in gone), default=None)
    began = new.started_at if new and new.started_at and last_end and new.started_at >= last_end else None
    return Course(sorted(moments, key=lambda moment: moment.at), last_end, began)


def _failure(entries: list[Recorded]) -> Iterable[Moment]:
    first = entries[0]
    incident = first.situation.incident
    contender = incident.contender if incident else first.decision.contender
    seen = (entry.situation.task(contender) for entry in entries if contender)
    task = next((found for found in seen if found), None)
    at = incident.failed_at if incident else (task.failed_at if task else None)
    if at:
        yield Moment(at, f"Contender {who(task)} failed" if task else "The contender failed")


def _evidence(entries: list[Recorded]) -> Iterable[Moment]:
    for entry in entries:
        if entry.decision.incident is IncidentStep.OPEN:
            yield Moment(entry.situation.observed_at, "Evidence read: the lock line", "Unwedge")
            return


def _answers(entries: list[Recorded]) -> Iterable[Moment]:
    """Questions and answers, each once."""
    told: set[datetime] = set()
    for entry in entries:
        incident, asked = entry.situation.incident, entry.decision.approval_request
        if asked and asked.asked_at not in told:
            told.add(asked.asked_at)
            yield Moment(asked.asked_at, "Asked for an approval", "Unwedge")
        answer = incident.approval if incident else None
        if answer and answer.at not in told:
            told.add(answer.at)
            given = "Approved" if answer.granted else "Rejected"
            yield Moment(answer.at, f"{given} by {answer.by}", "Unwedge")


def _acts(entries: list[Recorded]) -> Iterable[Moment]:
    escalated: set[str] = set()
    for entry in entries:
        at, decision = entry.situation.observed_at, entry.decision
        kind = entry.outcome.get("kind")
        if kind == "stopped":
            holder = entry.situation.task(decision.holder) if decision.holder else None
            yield Moment(at, f"Stop sent to {who(holder)}" if holder else "Stop sent", "Unwedge")
        elif kind == "updated":
            yield Moment(at, f"Service updated: {decision.verdict.replace('-', ' ')}", "Unwedge")
        elif decision.action is not None:
            told = _UNSENT.get(str(kind)) or f"Not acted: {str(kind).replace('-', ' ')}"
            yield Moment(at, told, "Unwedge")
        if decision.escalate and decision.verdict not in escalated:
            escalated.add(decision.verdict)
            yield Moment(at, f"A person was called: {decision.verdict.replace('-', ' ')}", "Unwedge")


def _ends(entries: list[Recorded]) -> list[tuple[Task, datetime]]:
    """The tasks that were stopped by us, and when their containers ended."""
    stopped = {
        entry.decision.holder
        for entry in entries
        if entry.decision.action is not None and entry.outcome.get("kind") in _ENDED
    }
    ends: dict[str, tuple[Task, datetime]] = {}
    for entry in entries:
        for task in entry.situation.tasks:
            ended = task.execution_stopped_at or task.stopped_at
            if task.arn in stopped and ended:
                ends[task.arn] = (task, ended)
    return list(ends.values())


def _writer(entries: list[Recorded]) -> Task | None:
    """The task that holds the lock at the end, where it is not the one of the beginning."""
    last = entries[-1]
    holder = last.situation.task(last.decision.holder) if last.decision.holder else None
    earlier = {entry.decision.holder for entry in entries[:-1] if entry.decision.action is not None}
    return holder if holder and holder.arn not in earlier and earlier else None


def _seen(entries: list[Recorded], new: Task | None) -> Iterable[Moment]:
    """What an observation saw first: health, the end of the rollout, the recovery."""
    healthy = completed = False
    for entry in entries:
        situation, at = entry.situation, entry.situation.observed_at
        task = situation.task(new.arn) if new else None
        if task and task.health is Health.HEALTHY and not healthy:
            healthy = True
            yield Moment(at, "New task seen healthy", "Unwedge")
        primary = situation.service.primary if situation.service else None
        if task and primary and primary.rollout_state == "COMPLETED" and not completed:
            completed = True
            yield Moment(at, "Rollout seen COMPLETED", "Unwedge")
        if entry.decision.incident.closes:
            yield Moment(at, entry.decision.incident.value.capitalize(), "Unwedge")
