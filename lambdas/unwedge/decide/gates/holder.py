"""Gates 5 and 6: who holds the lock, and are holder and contender on the sides where a stop helps?"""

from unwedge.decide.gates.case import Case, name, passed, ruled, title
from unwedge.decide.gates.health import split_brain
from unwedge.model.decision import Ruling, Verdict
from unwedge.model.service import Health, Task
from unwedge.model.task_definition import TaskDefinition


def holder(case: Case) -> Ruling:
    """Exactly one running task of this service must hold the lock, and it must not be stopping already."""
    participants = case.participants
    if len(participants.writers) > 1:
        return split_brain(case)
    if participants.stopping:
        return _already_stopping(case, participants.stopping[0])
    if participants.holder:
        return passed(f"{title(participants.holder)} runs and holds the lock.", writers=1)
    if participants.on_trial:
        text = f"{title(participants.on_trial[0])} has just started and is reaching for the lock."
        return ruled(Verdict.SUCCESSOR_STARTED, text, again=3, incident=case.opens)
    return _outside(case) if case.situation.outside else _lock_free(case)


def _already_stopping(case: Case, task: Task) -> Ruling:
    waited = case.since(task.stopping_at)
    late = waited > case.settings.release_patience
    return ruled(
        Verdict.HOLDER_STOPPING,
        f"{title(task)} is already stopping and may hold the lock until it is gone.",
        again=30 if late else 3,
        escalate=late,
        incident=case.opens,
        seconds_stopping=waited,
    )


def _lock_free(case: Case) -> Ruling:
    waited = case.since(case.contender.failed_at if case.contender else None)
    late = waited > case.settings.lock_free_patience
    text = "No task of the service holds the lock any more; the next attempt should get it."
    if late:
        text = (
            f"No task of the service holds the lock, yet none has got it for {waited:.0f} s. Look for a "
            "holder outside ECS, or a lock that EFS still keeps for a client that died."
        )
    again = 15 if late else 5
    return ruled(
        Verdict.LOCK_FREE, text, again=again, escalate=late, incident=case.opens, seconds_waited=waited
    )


def _outside(case: Case) -> Ruling:
    other = case.situation.outside[0]
    text = (
        f"The lock is held outside this service: task {other.task_arn.rsplit('/', 1)[-1]} of {other.group} "
        f"mounts the same volume {other.volume}. Give each service its own directory or access point."
    )
    return ruled(Verdict.LOCK_HELD_ELSEWHERE, text, again=60, escalate=True, incident=case.opens)


def sides(case: Case) -> Ruling:
    """The contender stands for the target, the holder for the past, and both for the same volume."""
    contender, holding = case.parties
    shared = _shared_volume(case, contender, holding)
    if shared is None:
        return _other_volume(case, contender, holding)
    if contender.deployment_id == holding.deployment_id:
        return _same_deployment(case, holding)
    if case.participants.of_primary(holding) or not case.participants.of_primary(contender):
        text = f"{title(contender)} is not of the target deployment: the next attempt counts."
        return ruled(Verdict.STALE_CONTENDER, text, again=10, incident=case.opens)
    return passed(f"Holder and contender are of different deployments and share {shared}.")


def _same_deployment(case: Case, holding: Task) -> Ruling:
    if holding.health is Health.UNHEALTHY:
        return passed(f"{title(holding)} is UNHEALTHY and blocks its own replacement.")
    text = (
        f"{title(holding)} is {holding.health} and of the same deployment as the contender. ECS "
        "may be replacing it for a retirement and will stop it itself."
    )
    return ruled(Verdict.HOLDER_HEALTHY, text, again=60, incident=case.opens)


def _data_volumes(case: Case, definition: TaskDefinition) -> frozenset[str]:
    spec = definition.spec(case.evidence.container) if case.evidence else None
    return spec.data_volumes if spec else definition.volumes


def _shared_volume(case: Case, contender: Task, holding: Task) -> str | None:
    """The one volume identity both write to. Sets that only overlap do not say where the lock is."""
    ours, theirs = (case.situation.definition_of(task) for task in (contender, holding))
    if ours is None or theirs is None:
        return None
    wanted, held = (_data_volumes(case, definition) for definition in (ours, theirs))
    return ", ".join(sorted(wanted)) if wanted and wanted == held else None


def _other_volume(case: Case, contender: Task, holding: Task) -> Ruling:
    if case.situation.outside:
        return _outside(case)
    volumes = []
    for task in (contender, holding):
        definition = case.situation.definition_of(task)
        found = sorted(_data_volumes(case, definition)) if definition else []
        volumes.append(f"{name(task)} writes to {', '.join(found) or 'no EFS volume that we can see'}")
    text = f"Not this lock: {' and '.join(volumes)}."
    return ruled(Verdict.DIFFERENT_LOCK, text, again=60, escalate=True, incident=case.opens)
