"""Gates 5 and 6: who holds the lock, and are holder and contender on the sides where a stop helps?"""

from unwedge.decide.gates.case import Case, passed, ruled
from unwedge.decide.gates.unclear import known_of, split_brain, unclear
from unwedge.decide.gates.wording import clock, listed, name, title
from unwedge.decide.grips import Table, strongest, takers
from unwedge.decide.lock import Lock, lock_of
from unwedge.model.decision import Ruling, Verdict
from unwedge.model.service import Health, Task
from unwedge.model.task_definition import Storage


def holder(case: Case) -> Ruling:
    """One task of this service held the lock when the contender failed, holds it now, and is not stopping."""
    participants = case.participants
    if len(participants.holding) > 1:
        return split_brain(case)
    if participants.stopping:
        return _already_stopping(case, participants.stopping[0])
    if participants.undecided:
        text = f"{title(participants.undecided[0])} may be reaching for the lock; its outcome comes first."
        waiting = ruled(Verdict.SUCCESSOR_STARTED, text, again=3, incident=case.opens_late)
        return unclear(case) or waiting
    if participants.holder:
        return _held_then(case, participants.holder)
    return _outside(case) if case.situation.outside else _nobody(case)


def _held_then(case: Case, holding: Task) -> Ruling:
    """The holder of now must be the one on whom the contender failed."""
    table = _table(case)
    if holding not in table.could_then():
        text = f"{title(holding)} took the lock after the contender had failed: the next attempt counts."
        return ruled(Verdict.STALE_CONTENDER, text, again=10, incident=case.opens)
    row = strongest(table.rows_of(holding))
    assert row is not None, "it is read from the table that it holds"
    return passed(f"{title(holding)} holds the lock ({row.fact}).", holding=1)


def _table(case: Case) -> Table:
    """The table of grips for the contender's lock."""
    table = case.participants.table
    assert table is not None, "gate 3 has passed, so there is evidence and a definition that it is of"
    return table


def _already_stopping(case: Case, task: Task) -> Ruling:
    waited = case.since(task.stopping_at)
    late = waited > case.release_patience
    return ruled(
        Verdict.HOLDER_STOPPING,
        f"{title(task)} is already stopping and may hold the lock until it is gone.",
        again=30 if late else 3,
        escalate=late,
        incident=case.opens if late else case.opens_late,
        seconds_stopping=waited,
    )


def _nobody(case: Case) -> Ruling:
    """No task of the service holds the contended lock: it is free, or somebody else's, or not this one."""
    apart = _apart(case)
    if apart:
        return apart
    waited = case.since(_table(case).reference.task.failed_at)
    incident = case.situation.incident
    open_for = max(waited, case.since(incident.opened_at if incident else None))
    late = open_for > case.settings.lock_free_patience
    text = _why_free(case)
    if late:
        text = (
            f"No task of the service holds the lock, yet none has got it for {open_for:.0f} s"
            f"{_failed_since(case)}. Look for a holder outside ECS, or a lock that EFS still keeps for a "
            "client that died."
        )
    again = 15 if late else 5
    step = case.opens if late or case.participants.leases else case.opens_late
    return ruled(Verdict.LOCK_FREE, text, again=again, escalate=late, incident=step, seconds_waited=waited)


def _why_free(case: Case) -> str:
    """What is to be expected of the next attempt, by what was seen of the last one."""
    if case.participants.leases:
        ended = case.participants.leases[0]
        return (
            f"{title(ended)} was killed; EFS may keep its lock for minutes, until when attempts "
            f"fail{_failed_since(case)}."
        )
    table = _table(case)
    if table.could_then():
        return "No task of the service holds the lock any more; the next attempt should get it."
    return (
        f"No task that ECS lists for the service held the lock when {name(table.reference.task)} failed on it"
        f"{_failed_since(case)}. For minutes EFS may keep the lock of a client that is gone; or a client "
        "outside ECS has it."
    )


def _failed_since(case: Case) -> str:
    """How many attempts were seen to fail since the task that we stopped last, or one that was killed, was
    gone."""
    incident, tasks = case.situation.incident, case.situation.tasks
    stopped = {stop.task_arn for stop in incident.stops} if incident else set()
    gone = [*(task for task in tasks if task.arn in stopped), *case.participants.leases]
    ends = [(task.failed_at, name(task)) for task in gone if task.failed_at]
    if not ends:
        return ""
    ended, who = max(ends)
    failed = sum(task.failed and task.failed_at is not None and task.failed_at > ended for task in tasks)
    attempts = "1 attempt has" if failed == 1 else f"{failed} attempts have"
    return f"; {attempts} failed since {who} ended at {clock(ended)}" if failed else ""


def _apart(case: Case) -> Ruling | None:
    """Tasks of the service run, but on another lock than the contender's."""
    table = _table(case)
    running = [task for task in case.situation.tasks if task.may_hold_lock and table.on_another_lock(task)]
    if not running:
        return None
    others = [f"{name(task)} writes to {_lock_of(table, task)}" for task in running]
    text = f"Not this lock: {name(table.reference.task)} wants {table.reference.lock}, and {listed(others)}."
    if case.situation.outside_unread:
        text += f" Other services were not all read: {case.situation.outside_unread}."
    return ruled(Verdict.DIFFERENT_LOCK, text, again=60, escalate=True, incident=case.opens)


def _lock_of(table: Table, task: Task) -> Lock:
    """The lock that its container takes: the one named like the contender's, or else the first that may."""
    definition = table.situation.definition_of(task)
    found = takers(definition.containers, table.reference.spec.name) if definition else ()
    if not found:
        return Lock(Storage.UNKNOWN, None, None, why="nothing was read of it")
    return lock_of(task, found[0])


def _outside(case: Case) -> Ruling:
    other = case.situation.outside[0]
    text = (
        f"The lock may be held outside this service: task {other.task_arn.rsplit('/', 1)[-1]} of "
        f"{other.group} uses {other.volume}. Give each service its own directory or access point."
    )
    return ruled(Verdict.LOCK_HELD_ELSEWHERE, text, again=60, escalate=True, incident=case.opens)


def sides(case: Case) -> Ruling:
    """The contender stands for the target, the holder for the past, and both for the same lock."""
    contender, holding = case.parties
    table = _table(case)
    if not table.on_this_lock(holding):
        text = (
            f"It cannot be told whether {name(contender)} and {name(holding)} use the same lock, so nothing "
            f"is stopped: {table.reference.lock}, and {_lock_of(table, holding)}. {known_of(case)}"
        )
        return ruled(Verdict.LOCK_UNDETERMINED, text, again=60, escalate=True, incident=case.opens)
    if contender.deployment_id == holding.deployment_id:
        return _same_deployment(case, holding)
    if not case.participants.of_primary(contender):
        text = f"{title(contender)} is not of the target deployment: the next attempt counts."
        return ruled(Verdict.STALE_CONTENDER, text, again=10, incident=case.opens)
    return passed(f"Holder and contender are of different deployments and share {table.reference.lock}.")


def _same_deployment(case: Case, holding: Task) -> Ruling:
    if holding.health is Health.UNHEALTHY:
        return passed(f"{title(holding)} is UNHEALTHY and blocks its own replacement.")
    text = (
        f"{title(holding)} is {holding.health} and of the same deployment as the contender. ECS "
        "may be replacing it for a retirement and will stop it itself."
    )
    incident = case.situation.incident
    open_for = case.since(incident.opened_at if incident else None)
    late = open_for > case.settings.recovery_patience
    if late:
        text += f" That has not happened for {open_for:.0f} s: a person should look."
    return ruled(Verdict.HOLDER_HEALTHY, text, again=60, escalate=late, incident=case.opens)
