"""Gates 8 and 10: limits that hold whatever the situation, and the service's mode.

The limits of the incident come first; those of the whole account, with the kill switch, stand in `controls`.
"""

from unwedge.decide.gates.asking import acting, asked
from unwedge.decide.gates.case import Case, passed, ruled
from unwedge.decide.gates.wording import clock, name, title
from unwedge.model.decision import Requeue, Ruling, Verdict
from unwedge.model.incident import Incident, Limit, Stop, StopState
from unwedge.model.service import Task
from unwedge.model.settings import Mode


def limits(case: Case) -> Ruling:
    """At most one stop per holder, at most the settings's number per incident, and none that cannot help."""
    incident, (contender, holding) = case.situation.incident, case.parties
    spent, allowed = len(case.stops_for_deployment), case.settings.stops_per_incident
    if incident:
        ended = _had_its_chance(case, incident, contender)
        if ended:
            return ended
        if incident.refused and case.since(incident.refused.at) < case.settings.refusal_patience:
            at, why = incident.refused
            text = f"{acting(case)} was refused at {clock(at)}: {why}"
            return ruled(Verdict.STOP_DENIED, text, again=60, escalate=True)
        for stop in incident.stops:
            if stop.task_arn == holding.arn:
                return _claimed(case, holding, stop)
    if case.drains:
        vain = case.in_vain
        why = (
            f"A stop would be in vain: {vain}" if vain else f"All {allowed} stops of this incident are spent"
        )
        return passed(f"{why}; what is left is to drain the service.", stops=spent, allowed=allowed)
    if spent >= allowed or case.cannot_be_won:
        why = (
            f"{spent} of {allowed} stops of this incident are spent and the old revision holds the lock again"
        )
        if case.in_vain:
            why = f"A stop would be in vain: {case.in_vain}"
        text = f"{why}. Scale the service to 0, wait until every task is gone, then back to 1."
        numbers: dict[str, float] = {"stops": spent, "allowed": allowed}
        look = Requeue(60)
        return Ruling(text, Verdict.STOPS_SPENT, numbers, look, escalate=True, incident=case.opens)
    return passed(f"{spent} of {allowed} stops of this incident are spent.", stops=spent, allowed=allowed)


def _had_its_chance(case: Case, incident: Incident, contender: Task) -> Ruling | None:
    """A task of the contender's deployment that took the lock after our stop and ended all the same: another
    stop would hand the lock to a revision that does not keep it."""
    if incident.broken == contender.deployment_id:
        text = "After our stop the new revision failed for another reason, so we do not intervene any more."
        return ruled(Verdict.NEW_REVISION_BROKEN, text, again=60, escalate=True)
    first = min((stop.claimed_at for stop in incident.stops), default=None)
    for task in case.situation.tasks:
        if first is None or task.deployment_id != contender.deployment_id or task.may_hold_lock:
            continue
        if task.started_at is None or task.failed_at is None or task.started_at <= first:
            continue
        lived = (task.failed_at - task.started_at).total_seconds()
        if lived >= case.settings.settled:
            text = (
                f"{title(task)} had the lock after our stop and ended {lived:.0f} s after its start: the new "
                "revision is broken for another reason, so we stop intervening."
            )
            return ruled(Verdict.NEW_REVISION_BROKEN, text, again=60, escalate=True, seconds_lived=lived)
    return None


def _claimed(case: Case, holding: Task, stop: Stop) -> Ruling:
    """This holder was claimed before: wait for the claim's owner, take over when it died, never repeat."""
    waited, lease = case.since(stop.claimed_at), case.settings.claim_lease
    numbers = {"seconds_since_claim": waited, "claim_lease": float(lease)}
    if stop.state is StopState.SENT or waited < lease:
        text = f"{title(holding)} was claimed for a stop {waited:.0f} s ago and still runs."
        late = waited > case.release_patience
        again = 30 if late else 3
        return ruled(Verdict.HOLDER_STOPPING, text, again=again, escalate=late, numbers=numbers)
    text = f"{title(holding)} was claimed {waited:.0f} s ago and never stopped: the claim is taken over."
    return Ruling(text, numbers=numbers)


def mode(case: Case) -> Ruling:
    """Only enforce acts, but for a task under protection. Observe says what it would do; approve asks."""
    _, holding = case.parties
    what = acting(case)
    if case.unproven:
        return _not_proven(case, holding, case.unproven)
    if case.mode in (Mode.APPROVE, Mode.ENFORCE):
        ask = [limit for limit in case.limits if limit is not Limit.ACCOUNT_BUDGET]
        if Limit.PROTECTION in ask:
            what = f"{title(holding)} is under scale-in protection, so a person decides. {what}"
        return answered(case, case.subject, what, *ask) if ask else passed("Mode enforce: we may act.")
    text = f"In mode enforce we would {_would(case, holding)}."
    return ruled(Verdict.WOULD_STOP, text, again=30, incident=case.opens)


def _not_proven(case: Case, holding: Task, program: str) -> Ruling:
    """Whatever the mode, only said. Who opted in hears why nothing is done."""
    text = (
        f"In mode enforce we would {_would(case, holding)}, but the lock line of {program} is not proven by "
        "a run of the program: allow it with the setting `signatures`."
    )
    again = 60 if case.hears else 30
    return ruled(Verdict.WOULD_STOP, text, again=again, escalate=case.hears, incident=case.opens)


def _would(case: Case, holding: Task) -> str:
    return "drain the service" if case.drains else f"stop {name(holding)} as soon as a successor is PENDING"


def answered(case: Case, subject: str, what: str, *ask: Limit, escalate: bool = False) -> Ruling:
    """Approved, rejected, or to be asked. One answer has to lift every limit that is asked about."""
    answers = [case.answer_about(subject, limit) for limit in ask]
    answer = answers[0]
    if answer and answer.granted and all(answers):
        return passed(f"{what} was approved by {answer.by} at {clock(answer.at)}.")
    if answer and not answer.granted:
        text = f"{what} was rejected by {answer.by} at {clock(answer.at)}."
        return ruled(Verdict.REJECTED, text, again=300)
    return asked(case, subject, what, escalate=escalate)
