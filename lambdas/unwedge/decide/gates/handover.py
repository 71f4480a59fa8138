"""When stopping the holder did not help: drain the service, or return it to its previous revision.

Both are opt-in. A drain does not race: with desiredCount 0 no replacement of the old revision starts, and
with every task gone the lock is free. What we scaled down we scale up again, whatever has changed in between.
"""

from datetime import datetime

from unwedge.decide.gates.case import Case, ruled
from unwedge.decide.gates.limits import answered
from unwedge.decide.gates.rollout import goes_back
from unwedge.decide.gates.wording import clock, name
from unwedge.model.decision import IncidentStep, Requeue, Ruling, UpdateService, Verdict
from unwedge.model.incident import Drain, Limit, StopState
from unwedge.model.service import DRAIN_TAG, Task
from unwedge.model.settings import Mode, WhenBroken


def drain(case: Case) -> Ruling:
    """Scale the service to 0: the holder ends, and no replacement takes the lock before the new revision."""
    _, holding = case.parties
    situation = case.situation
    why = case.in_vain or "the old revision took the lock again after every stop"
    text = (
        f"Drain service {situation.service_name}: {why}. "
        f"With desiredCount 0 {name(holding)} ends, and when every task is gone, the count goes back to 1."
    )
    action = UpdateService(situation.cluster_arn, situation.service_name, desired_count=0, holder=holding.arn)
    return Ruling(text, Verdict.DRAIN_SERVICE, requeue=Requeue(5), incident=case.opens, action=action)


def unfinished(case: Case) -> Ruling | None:
    """A drain that we began is ended first, whatever the mode and the kill switch say now."""
    incident, service = case.situation.incident, case.situation.service
    if incident is None or incident.drain is None or service is None:
        return None
    begun = incident.drain
    if begun.over_at is not None:
        return _just_restored(case, begun.over_at) if service.desired_count == 0 else None
    waited = case.since(begun.claimed_at)
    if service.desired_count:
        if waited < case.settings.claim_lease:
            text = f"The service was scaled to 0 {waited:.0f} s ago; ECS does not show it yet."
            return ruled(Verdict.DRAINING, text, again=5, seconds_draining=waited)
        return None  # it never took effect, or somebody else has scaled the service up: the drain is over
    if begun.mark and service.drain_mark != begun.mark:
        return _not_our_zero(case, begun, waited)
    return _drained(case, begun, waited)


def _not_our_zero(case: Case, begun: Drain, waited: float) -> Ruling | None:
    """The count is 0 without our mark on the service. We mark it before we scale it, so whoever scaled it,
    or took the mark off, wants it to stay."""
    if waited < case.settings.claim_lease:
        text = (
            f"The service is at desiredCount 0; {waited:.0f} s after our claim it does not have our tag "
            f"{DRAIN_TAG}."
        )
        return ruled(Verdict.DRAINING, text, again=5, seconds_draining=waited)
    if begun.state is StopState.CLAIMED:
        return None
    text = (
        f"We scaled the service to 0 at {clock(begun.claimed_at)}, and somebody has removed or changed our "
        f"tag {DRAIN_TAG} since, so it is left at 0. If it is to run, scale it to {begun.desired_count} by "
        "hand."
    )
    return ruled(Verdict.WITHDRAWN, text, escalate=True, incident=IncidentStep.WITHDRAWN)


def _just_restored(case: Case, over_at: datetime) -> Ruling | None:
    waited = case.since(over_at)
    if waited >= case.settings.claim_lease:
        return None  # somebody has scaled it to 0 since
    text = f"The service was scaled up again {waited:.0f} s ago; ECS does not show it yet."
    return ruled(Verdict.DRAINING, text, again=5, seconds_since_restored=waited)


def _drained(case: Case, begun: Drain, waited: float) -> Ruling:
    situation = case.situation
    left = [task for task in situation.tasks if task.may_hold_lock or task.on_its_way]
    if left and waited < case.drain_patience:
        text = (
            f"The service is drained: {name(left[0])} is still to end, {waited:.0f} s after the scaling to 0."
        )
        return ruled(Verdict.DRAINING, text, again=3, seconds_draining=waited, tasks_left=len(left))
    ended = f"{name(left[0])} has not ended in {waited:.0f} s" if left else "every task has ended"
    text = f"Restore service {situation.service_name} to desiredCount {begun.desired_count}: {ended}."
    refused = situation.incident.refused if situation.incident else None
    if refused and refused.at < begun.claimed_at:
        refused = None  # that was about something else
    if refused:
        text += f" The last try was refused at {clock(refused.at)}: {refused.why} Or scale it by hand now."
    action = UpdateService(situation.cluster_arn, situation.service_name, desired_count=begun.desired_count)
    return Ruling(
        text,
        Verdict.RESTORE_SERVICE,
        {"seconds_draining": waited, "tasks_left": float(len(left))},
        Requeue(15 if refused else 5),
        escalate=bool(left or refused),
        action=action,
    )


def rolled_back(case: Case, said: Ruling) -> Ruling:
    """What was said of a broken revision, or the way back to the previous one, where that is allowed and
    nothing runs."""
    way = _way_back(case)
    if way is None:
        return said
    refusal = _refusal(case, way)
    if refusal is not None:
        return refusal if refusal.verdict in _ASKING else _beside(said, refusal)
    situation = case.situation
    suspect = case.participants.suspect
    told = f" For {name(suspect)} {last_words(case, suspect)}" if suspect else ""
    text = (
        "The new revision fails for another reason after our stop, and nothing runs: the service goes back "
        f"to {_revision(way)}, which ran before.{told}"
    )
    action = UpdateService(situation.cluster_arn, situation.service_name, task_definition=way)
    return Ruling(text, Verdict.ROLL_BACK, said.numbers, Requeue(10), escalate=True, action=action)


_ASKING = frozenset({Verdict.READ_MORE, Verdict.APPROVAL_NEEDED})


def last_words(case: Case, task: Task) -> str:
    """What the task's own log says at last."""
    lines = [line for log in case.situation.logs_of(task) for line in log.lines]
    if not lines:
        return "no line was read."
    return f"its last line is: {max(lines, key=lambda line: line.at).text[:300]}"


def _fails_otherwise(case: Case) -> bool:
    """Whether the target deployment's newest explained failure is not about the lock."""
    suspect = case.participants.suspect
    known = (
        suspect is not None and case.participants.of_primary(suspect) and case.participants.explained(suspect)
    )
    return known and case.evidence is None


def _way_back(case: Case) -> str | None:
    """The task definition that ran before our first stop, when going back to it is what is left."""
    incident, primary, service = case.situation.incident, case.participants.primary, case.situation.service
    if case.settings.when_broken is not WhenBroken.ROLLBACK or incident is None or not incident.stops:
        return None
    if primary is None or service is None or service.desired_count != 1:
        return None
    if incident.previous in (None, primary.task_definition) or primary.rollout_state == "FAILED":
        return None
    if not (_fails_otherwise(case) or incident.broken == primary.id):
        return None
    if case.participants.running:
        return None
    if any(task.task_definition == incident.previous for task in case.participants.on_their_way):
        return None  # the previous revision comes back by itself, and serves meanwhile
    sent = incident.rollback
    if sent and (sent.state is StopState.SENT or case.since(sent.claimed_at) < case.settings.claim_lease):
        return None
    if goes_back(case.situation.rollout):
        return None
    return incident.previous


def _refusal(case: Case, way: str) -> Ruling | None:
    """Why it is not done (yet): nobody has been waited for, the kill switch, the mode, an earlier refusal."""
    incident, held = case.situation.incident, case.situation.controls
    ends = [task.failed_at for task in case.situation.tasks if task.failed_at and _ours(case, task.arn)]
    patience = case.settings.rollback_patience
    if ends and (idle := case.since(max(ends))) < patience:
        text = (
            f"Nobody writes for {idle:.0f} s; after {patience} s the service goes back to {_revision(way)}."
        )
        return ruled(Verdict.NEW_REVISION_BROKEN, text, again=10)
    if incident and incident.refused and case.since(incident.refused.at) < case.settings.refusal_patience:
        text = f"Going back was refused at {clock(incident.refused.at)}: {incident.refused.why}"
        return ruled(Verdict.NEW_REVISION_BROKEN, text, again=60)
    if held is None:
        return ruled(Verdict.READ_MORE, "The kill switch has not been read yet.")
    if held.paused is not None:
        text = f"Unwedge is paused, so the service does not go back to {_revision(way)}: {held.paused}"
        return ruled(Verdict.NEW_REVISION_BROKEN, text, again=60)
    if case.mode is Mode.ENFORCE:
        return None
    what = f"Returning the service to {_revision(way)}"
    if case.mode is not Mode.APPROVE:
        return ruled(Verdict.NEW_REVISION_BROKEN, f"{what} would need mode enforce.", again=60)
    ruling = answered(case, way, what, Limit.MODE)
    return ruling if ruling.verdict else None


def _ours(case: Case, arn: str) -> bool:
    incident = case.situation.incident
    return incident is not None and any(stop.task_arn == arn for stop in incident.stops)


def _beside(said: Ruling, refusal: Ruling) -> Ruling:
    """The same verdict as before, with the reason why nothing is done about it."""
    return Ruling(
        f"{said.text} {refusal.text}",
        said.verdict,
        said.numbers,
        refusal.requeue,
        escalate=said.escalate,
    )


def _revision(task_definition: str) -> str:
    return task_definition.rpartition("/")[2]
