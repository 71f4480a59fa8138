"""Part of gate 2: tasks that ECS ends for failed health checks, one after the other.

Such a task has not said why, so it is never evidence of the lock. After a stop it mostly starts slowly:
Prometheus replays its write-ahead log. Beside an older task it may wait for the lock instead of exiting.
"""

from unwedge.decide.catalogue.programs import waits_for_its_lock
from unwedge.decide.gates.case import Case, ruled
from unwedge.decide.gates.wording import clock, name
from unwedge.decide.grips import asked_to_stop
from unwedge.model.decision import Ruling, Verdict
from unwedge.model.service import Task
from unwedge.model.task_definition import Storage

# One can be an accident; a second one is a pattern.
_PATTERN = 2


def replaced_in_incident(case: Case) -> Ruling | None:
    """The target's tasks do not become healthy. None where that is not the newest thing to say."""
    participants, incident = case.participants, case.situation.incident
    if incident is None or len(participants.holding) > 1:
        return None
    since = participants.last_stop.claimed_at if participants.last_stop else incident.opened_at
    ended = [
        task
        for task in _replaced(case)
        if participants.for_target(task) and task.created_at is not None and task.created_at > since
    ]
    failures = [task.failed_at for task in participants.suspects if task.failed_at]
    if not ended or any(failed > (ended[0].failed_at or since) for failed in failures):
        return None
    if not (participants.running or participants.on_their_way):
        return None  # then that nothing runs is the news
    if any(participants.for_target(task) and participants.healthy(task) for task in participants.running):
        return None
    text = (
        f"{_counted(ended)} since {clock(since)} because health checks failed, the newest {name(ended[0])} "
        f"{_lasted(ended[0])}. {_more_time(case, ended[0])}"
    )
    return ruled(
        Verdict.FAILS_HEALTH_CHECKS, text, again=60, escalate=len(ended) >= _PATTERN, replaced=len(ended)
    )


def replaced_beside_another(case: Case) -> Ruling | None:
    """Without an incident: tasks that share a volume with an older running one do not become healthy."""
    running = [task for task in case.participants.running if not asked_to_stop(task) and task.started_at]
    older = min(running, key=lambda task: (task.started_at, task.arn), default=None)
    if older is None or older.started_at is None:
        return None
    volumes = _volumes(case, older)
    ended = [
        task
        for task in _replaced(case)
        if task.created_at and task.created_at > older.started_at and volumes & _volumes(case, task)
    ]
    if len(ended) < _PATTERN:
        return None
    program = _waits(case, ended[0])
    why = (
        f"{program} waits for its lock instead of exiting."
        if program
        else "A program that waits for its lock instead of exiting ends so, or one that starts slowly."
    )
    text = (
        f"{_counted(ended)} because health checks failed, the newest {name(ended[0])}, while the older "
        f"{name(older)} runs on a volume that they share. {why} "
        "Nothing is stopped: no line says that a task failed on the lock."
    )
    return ruled(Verdict.FAILS_HEALTH_CHECKS, text, escalate=case.hears, replaced=len(ended))


def _replaced(case: Case) -> list[Task]:
    """The newest first."""
    found = [task for task in case.situation.tasks if task.failed_health]
    return sorted(
        found, key=lambda task: (task.failed_at or case.situation.observed_at, task.arn), reverse=True
    )


def _counted(tasks: list[Task]) -> str:
    return "ECS has ended 1 task" if len(tasks) == 1 else f"ECS has ended {len(tasks)} tasks"


def _lasted(task: Task) -> str:
    if task.started_at is None or task.failed_at is None:
        return "after a start that ECS does not date"
    return f"{(task.failed_at - task.started_at).total_seconds():.0f} s after it started"


def _more_time(case: Case, task: Task) -> str:
    """AWS: the service's grace period covers the checks of containers too; startPeriod goes up to 300 s."""
    definition = case.situation.definition_of(task)
    text = "If its program only starts slowly, raise the service's healthCheckGracePeriodSeconds"
    if definition and definition.health_checked:
        text += " or the startPeriod of its health check (at most 300 s)"
    return f"{text}."


def _volumes(case: Case, task: Task) -> set[tuple[Storage, str]]:
    """What its containers can write and others too."""
    definition = case.situation.definition_of(task)
    mounts = [mount for spec in definition.containers for mount in spec.mounts] if definition else []
    return {
        (mount.storage, mount.volume)
        for mount in mounts
        if mount.storage is not Storage.TASK and not mount.read_only
    }


def _waits(case: Case, task: Task) -> str | None:
    definition = case.situation.definition_of(task)
    specs = definition.containers if definition else ()
    return next(
        (program for spec in specs if spec.shares and (program := waits_for_its_lock(spec.image))), None
    )
