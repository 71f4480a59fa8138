"""Gate 2: is anything wrong? After a stop: is it right again?"""

from datetime import datetime

from unwedge.decide.gates.case import Case, passed, ruled
from unwedge.decide.gates.handover import rolled_back, unfinished
from unwedge.decide.gates.replaced import replaced_beside_another, replaced_in_incident
from unwedge.decide.gates.unclear import split_brain, unclear
from unwedge.decide.gates.wording import clock, name, title
from unwedge.decide.signatures import find_evidence
from unwedge.model.decision import IncidentStep, Ruling, Verdict
from unwedge.model.incident import StopState
from unwedge.model.service import Task
from unwedge.model.situation import Scope


def health(case: Case) -> Ruling:
    """Healthy services end here, and incidents that are over; a failure to explain goes on."""
    situation, participants = case.situation, case.participants
    if situation.scope is Scope.SERVICE:
        return ruled(Verdict.READ_MORE, "Only the service was read so far.")
    if situation.incident:
        ruling = unfinished(case) or _scaled_to_nothing(case)
        ruling = ruling or replaced_in_incident(case)
        ruling = ruling or (_aftermath(case) if situation.incident.stops else None)
        if ruling:
            return ruling
    suspect = participants.suspect
    if suspect is None:
        return _no_failure_in_incident(case) if situation.incident else _no_failure(case)
    if participants.holder and participants.holds_for_target(participants.holder, suspect):
        return _target_holds(case, participants.holder, suspect)
    text = f"{title(suspect)} failed at {clock(suspect.failed_at)}."
    return passed(text, seconds_since_failure=case.since(suspect.failed_at))


def _target_holds(case: Case, holder: Task, suspect: Task) -> Ruling:
    """Another deployment's task failed beside the target's holder. Over only where the rollout is done."""
    done = _arrived(case, holder)
    text = (
        f"{title(holder)} of the target deployment holds the lock; {name(suspect)} of another deployment "
        "failed beside it."
    )
    text += " That is as it should be." if done else " The rollout is not done yet."
    wedged = case.situation.incident is not None
    text = (_taken_back(case, holder) if done else None) or text
    step = IncidentStep.WITHDRAWN if wedged and done else IncidentStep.KEEP
    return ruled(Verdict.TARGET_HOLDS_LOCK, text, again=30 if wedged and not done else None, incident=step)


def _taken_back(case: Case, holder: Task) -> str | None:
    """The whole story of a deployment that failed on the lock and was given up for the task before it."""
    incident, service = case.situation.incident, case.situation.service
    if incident is None or service is None or not incident.deployment:
        return None
    stayed = holder.started_at is not None and holder.started_at < incident.failed_at
    if not stayed or service.deployment(incident.deployment) or holder.deployment_id == incident.deployment:
        return None
    return (
        f"The deployment whose tasks failed on the lock was taken back, by ECS or by a person, and "
        f"{name(holder)} runs alone and healthy: over without a stop by us."
    )


def _no_failure(case: Case) -> Ruling:
    tasks = case.situation.tasks if case.participants.holder else ()
    over = {log for task in tasks if task.failed and task.failed_at for log in case.situation.logs_of(task)}
    told = find_evidence([log for log in case.situation.logs if log not in over])
    if told and case.since(told.line.at) < case.settings.evidence_patience:
        text = f"A lock line was read in {told.stream}, but ECS does not show that task as failed yet."
        return ruled(Verdict.VERIFYING, text, again=5, seconds_since_line=case.since(told.line.at))
    runs = case.participants.running
    text = (
        "No task has failed since the running task started." if runs else "No task runs, and none has failed."
    )
    return replaced_beside_another(case) or _idle(case) or ruled(Verdict.HEALTHY, text)


def _idle(case: Case) -> Ruling | None:
    """Without an incident: nothing runs, a short while after we stopped a task of the service."""
    service, participants = case.situation.service, case.participants
    wanted = service is not None and service.desired_count
    if not case.aftercare or not wanted or participants.running or participants.on_their_way:
        return None
    return _nothing_runs(case) or ruled(Verdict.VERIFYING, "Between two tasks.", again=case.settings.settle)


def _scaled_to_nothing(case: Case) -> Ruling | None:
    service = case.situation.service
    if service is None or service.desired_count or case.participants.running:
        return None
    text = "The service was scaled to 0 and no task runs: there is nothing to free."
    return ruled(Verdict.WITHDRAWN, text, incident=IncidentStep.WITHDRAWN)


def _no_failure_in_incident(case: Case) -> Ruling:
    """An incident without a stop by us, and no failure to explain: is it over?"""
    participants, incident = case.participants, case.situation.incident
    if len(participants.holding) > 1:
        return split_brain(case)
    if participants.holder and _arrived(case, participants.holder):
        text = f"{title(participants.holder)} runs alone and healthy: over without a stop by us."
        text = _taken_back(case, participants.holder) or text
        return ruled(Verdict.WITHDRAWN, text, incident=IncidentStep.WITHDRAWN)
    if participants.primary and participants.primary.rollout_state == "FAILED":
        text = "The deployment FAILED and no task of it tries any more: there is nothing to free."
        return ruled(Verdict.WITHDRAWN, text, incident=IncidentStep.WITHDRAWN)
    if not (participants.running or participants.on_their_way):
        return _nothing_runs(case) or ruled(
            Verdict.VERIFYING, "Between two tasks.", again=case.settings.settle
        )
    open_for = case.since(incident.opened_at if incident else None)
    late = open_for >= case.settings.recovery_patience
    text = "No task fails on the lock now, and the rollout is not done yet."
    if late:
        text += f" The incident is open for {open_for:.0f} s: a person should look."
    again = 60 if late else 15
    return ruled(Verdict.VERIFYING, text, again=again, escalate=late, seconds_open=open_for)


def _arrived(case: Case, holder: Task) -> bool:
    """Alone, on the target, healthy, and ECS calls the rollout done."""
    participants = case.participants
    done = participants.primary is not None and participants.primary.rollout_state == "COMPLETED"
    alone = not participants.stopping and not participants.undecided
    return done and alone and participants.for_target(holder) and participants.healthy(holder)


def _aftermath(case: Case) -> Ruling | None:
    """After a stop: exactly one holds the lock, on the target, healthy, rollout done. None: the gates go
    on."""
    participants = case.participants
    if len(participants.holding) > 1:
        return split_brain(case)
    if participants.holder is None:
        return _between_holders(case)
    if participants.suspect and not participants.holds_for_target(participants.holder, participants.suspect):
        return None
    return _one_holder(case, participants.holder)


def _one_holder(case: Case, holder: Task) -> Ruling:
    participants = case.participants
    waited = case.since(participants.last_stop.claimed_at if participants.last_stop else None)
    if participants.last_stop and holder.arn == participants.last_stop.task_arn:
        late = waited > case.release_patience
        text = f"{title(holder)} was told to stop {waited:.0f} s ago and still runs."
        again = 30 if late else 3
        return ruled(Verdict.HOLDER_STOPPING, text, again=again, escalate=late, seconds_since_stop=waited)
    if _arrived(case, holder):
        text = f"{title(holder)} holds the lock alone, is healthy, and the rollout is COMPLETED."
        incident = case.situation.incident
        sent = incident.rollback if incident else None
        if sent and sent.state is StopState.SENT and holder.task_definition == sent.task_definition:
            text += " The service is back on its previous revision: the new one is broken."
        return ruled(Verdict.RECOVERED, text, incident=IncidentStep.RECOVERED)
    late = waited > case.settings.recovery_patience
    if participants.of_primary(holder):
        state = participants.primary.rollout_state if participants.primary else None
        text = (
            f"{title(holder)} of the target deployment holds the lock, {holder.health}, the rollout {state}."
        )
    else:
        text = f"{title(holder)} of the old revision took the lock again; the next attempt decides."
    if late:
        text += f" That has not changed for {waited:.0f} s since our stop: a person should look."
    again = 60 if late else 10
    return ruled(Verdict.VERIFYING, text, again=again, escalate=late, seconds_since_stop=waited)


def _between_holders(case: Case) -> Ruling | None:
    """Nobody is known to hold the lock after our stop. Short is expected; long, or nobody on the way, is an
    alarm."""
    participants = case.participants
    if participants.stopping:
        waited = case.since(participants.stopping[0].stopping_at)
        late = waited > case.release_patience
        text = f"{title(participants.stopping[0])} is stopping and may still hold the lock."
        again = 30 if late else 2
        return ruled(Verdict.HOLDER_STOPPING, text, again=again, escalate=late, seconds_stopping=waited)
    coming = participants.undecided + participants.on_their_way
    gap = case.since(_last_holder_ended(case))
    if not coming or (gap > case.settings.without_writer and not participants.undecided):
        alarm = _nothing_runs(case, gap if coming else None)
        if alarm or participants.suspect is None:
            return alarm or ruled(Verdict.VERIFYING, "Between two tasks.", again=case.settings.settle)
    if participants.suspect:
        return None  # a failure is worth explaining first
    if participants.undecided:
        return unclear(case) or _reaching(participants.undecided[0])
    return ruled(Verdict.VERIFYING, f"The holder is gone and {name(coming[0])} is coming up.", again=5)


def _reaching(task: Task) -> Ruling:
    text = f"The holder is gone and {name(task)} runs; nothing says yet that it has the lock."
    return ruled(Verdict.VERIFYING, text, again=5)


def _last_holder_ended(case: Case) -> datetime | None:
    """When the last holder that we stopped ended, as far as ECS still shows it."""
    incident = case.situation.incident
    stopped = {stop.task_arn for stop in incident.stops} if incident else set()
    ends = [task.failed_at for task in case.situation.tasks if task.arn in stopped and task.failed_at]
    return max(ends, default=None)


def _nothing_runs(case: Case, gap: float | None = None) -> Ruling | None:
    """The alarm that nobody writes; None while ECS may just be starting the next task."""
    ended = max((task.failed_at for task in case.situation.tasks if task.failed_at), default=None)
    idle = gap if gap is not None else case.since(ended)
    if ended is not None and idle < case.settings.settle:
        return None
    coming = "its tasks start and do not stay" if gap is not None else "nothing is on its way"
    text = f"No task of the service has the data for {idle:.0f} s, and {coming}. See to it by hand now."
    alarm = ruled(Verdict.NOTHING_RUNS, text, again=15, escalate=True, seconds_idle=idle)
    return rolled_back(case, alarm)
