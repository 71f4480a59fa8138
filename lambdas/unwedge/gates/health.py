"""Gate 2: is anything wrong? After a stop: is it right again?"""

from unwedge.decision import IncidentStep, Ruling, Verdict
from unwedge.gates.case import Case, clock, name, passed, ruled, title
from unwedge.signatures import find_evidence
from unwedge.situation import Scope, Task


def health(case: Case) -> Ruling:
    """Healthy services end here, and incidents that are over; a failure to explain goes on."""
    situation, roles = case.situation, case.roles
    if situation.scope is Scope.SERVICE:
        return ruled(Verdict.LOOK_CLOSER, "Only the service was read so far.")
    if situation.incident and situation.incident.stops:
        ruling = _aftermath(case)
        if ruling:
            return ruling
    suspect = roles.suspect
    if suspect is None:
        return _nothing_failed(case)
    if roles.holder and roles.holds_for_primary(roles.holder, suspect):
        text = (
            f"{title(roles.holder)} of the target deployment holds the lock; {name(suspect)} "
            "of another deployment failed beside it. That is as it should be."
        )
        return ruled(Verdict.PRIMARY_HOLDS, text, incident=_withdrawn(case))
    text = f"{title(suspect)} failed at {clock(suspect.failed_at)}."
    return passed(text, seconds_since_failure=case.since(suspect.failed_at))


def _withdrawn(case: Case) -> IncidentStep:
    return IncidentStep.WITHDRAWN if case.situation.incident else IncidentStep.KEEP


def _nothing_failed(case: Case) -> Ruling:
    situation, roles = case.situation, case.roles
    if situation.incident is None:
        told = find_evidence(situation.logs)
        if told and case.since(told.line.at) < case.policy.evidence_patience:
            text = f"A lock line was read in {told.stream}, but ECS does not show that task as failed yet."
            return ruled(Verdict.VERIFYING, text, again=5, seconds_since_line=case.since(told.line.at))
        return ruled(Verdict.HEALTHY, "No task has failed since the running task started.")
    if situation.service and situation.service.desired_count == 0 and not roles.writers:
        text = "The service was scaled to 0: there is nothing to free."
        return ruled(Verdict.WITHDRAWN, text, incident=IncidentStep.WITHDRAWN)
    holder = roles.holder
    if holder and _arrived(case, holder):
        text = f"{title(holder)} runs alone and healthy: over without a stop by us."
        return ruled(Verdict.WITHDRAWN, text, incident=IncidentStep.WITHDRAWN)
    return ruled(
        Verdict.VERIFYING, "No task fails on the lock now, and the rollout is not done yet.", again=15
    )


def _arrived(case: Case, holder: Task) -> bool:
    """Alone, on the target, healthy, and ECS calls the rollout done."""
    primary = case.roles.primary
    done = primary is not None and primary.rollout_state == "COMPLETED"
    alone = not case.roles.stopping and not case.roles.on_trial
    return done and alone and case.roles.of_primary(holder) and case.roles.healthy(holder)


def _aftermath(case: Case) -> Ruling | None:
    """After a stop: exactly one writer, on the target, healthy, rollout done. None: the gates go on."""
    roles = case.roles
    if len(roles.writers) > 1:
        return split_brain(case)
    if roles.holder is None:
        return _between_writers(case)
    if roles.suspect and not roles.holds_for_primary(roles.holder, roles.suspect):
        return None
    if roles.last_stop and roles.holder.arn == roles.last_stop.task_arn:
        text = f"{title(roles.holder)} was told to stop and still runs."
        waited = case.since(roles.last_stop.claimed_at)
        late = waited > case.policy.release_patience
        return ruled(Verdict.AWAITING_RELEASE, text, again=3, escalate=late, seconds_since_stop=waited)
    if _arrived(case, roles.holder):
        text = f"{title(roles.holder)} is the only writer, healthy, and the rollout is COMPLETED."
        return ruled(Verdict.RECOVERED, text, incident=IncidentStep.RECOVERED)
    if roles.of_primary(roles.holder):
        text = f"{title(roles.holder)} of the target deployment runs; not healthy or done yet."
        return ruled(Verdict.VERIFYING, text, again=10)
    text = f"{title(roles.holder)} of the old revision took the lock again; the next attempt decides."
    return ruled(Verdict.VERIFYING, text, again=5)


def _between_writers(case: Case) -> Ruling | None:
    """No writer after our stop: the gap. Short is expected; nobody on the way is an alarm at once."""
    roles = case.roles
    if roles.stopping:
        waited = case.since(roles.stopping[0].stopping_at)
        text = f"{title(roles.stopping[0])} is stopping and may still hold the lock."
        late = waited > case.policy.release_patience
        return ruled(Verdict.AWAITING_RELEASE, text, again=2, escalate=late, seconds_stopping=waited)
    if roles.on_trial or roles.on_their_way:
        if roles.suspect:
            return None
        text = f"The holder is gone and {name((roles.on_trial + roles.on_their_way)[0])} is coming up."
        return ruled(Verdict.VERIFYING, text, again=5)
    ended = max((task.failed_at for task in case.situation.tasks if task.failed_at), default=None)
    idle = case.since(ended)
    if idle < case.policy.settle:
        # ECS takes a moment to start the next task; and a failure is worth explaining first.
        return (
            None
            if roles.suspect
            else ruled(Verdict.VERIFYING, "Between two tasks.", again=case.policy.settle, seconds_idle=idle)
        )
    text = "Nothing runs and nothing is on its way since our stop. Start the service by hand now."
    return ruled(Verdict.NOTHING_RUNS, text, again=15, escalate=True, seconds_idle=idle)


def split_brain(case: Case) -> Ruling:
    """More than one writer on one data directory. We never choose between writers."""
    tasks = ", ".join(name(task) for task in case.roles.writers)
    text = f"More than one task runs on the volume: {tasks}. Stop all but one by hand, at once."
    writers = len(case.roles.writers)
    return ruled(
        Verdict.SPLIT_BRAIN, text, again=30, escalate=True, incident=IncidentStep.KEEP, writers=writers
    )
