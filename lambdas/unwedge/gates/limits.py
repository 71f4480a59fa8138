"""Gates 7 and 8: limits that hold whatever the situation, and the service's mode.

The kill switch, cooldowns and the budgets per service, day and account have their place in `limits`, before
the stops of this incident are counted.
"""

from unwedge.decision import LookAgain, Ruling, Verdict
from unwedge.gates.case import Case, name, passed, ruled, title
from unwedge.policy import Mode
from unwedge.situation import Stop, StopState, Task


def limits(case: Case) -> Ruling:
    """At most one stop per holder, and at most the policy's number per incident."""
    incident, holding = case.situation.incident, case.roles.holder
    stops = incident.stops if incident else ()
    allowed = case.policy.stops_per_incident
    if holding:
        for stop in stops:
            if stop.task_arn == holding.arn:
                return _claimed(case, holding, stop)
    if len(stops) >= allowed:
        text = (
            f"{len(stops)} of {allowed} stops of this incident are spent and the old revision holds the lock "
            "again. Scale the service to 0, wait until every task is gone, then back to 1."
        )
        return ruled(Verdict.STOPS_SPENT, text, again=60, escalate=True, stops=len(stops), allowed=allowed)
    return passed(
        f"{len(stops)} of {allowed} stops of this incident are spent.", stops=len(stops), allowed=allowed
    )


def _claimed(case: Case, holding: Task, stop: Stop) -> Ruling:
    """This holder was claimed before: wait for the claim's owner, take over when it died, never repeat."""
    waited = case.since(stop.claimed_at)
    if stop.state is StopState.DENIED:
        text = (
            f"StopTask was denied for {name(holding)}. Grant the remediator's role ecs:StopTask on tasks of "
            "this cluster, or stop the task by hand."
        )
        return ruled(Verdict.STOP_DENIED, text, again=60, escalate=True)
    lease = case.policy.claim_lease
    if stop.state is StopState.SENT or waited < lease:
        text = f"{title(holding)} was claimed for a stop {waited:.0f} s ago and still runs."
        late = waited > case.policy.release_patience
        return ruled(
            Verdict.AWAITING_RELEASE,
            text,
            again=3,
            escalate=late,
            seconds_since_stop=waited,
            claim_lease=lease,
        )
    return passed(
        f"{title(holding)} was claimed {waited:.0f} s ago and never stopped: the claim is taken over.",
        seconds_since_claim=waited,
        claim_lease=lease,
    )


def mode(case: Case) -> Ruling:
    """Only enforce acts. Observe says what it would do; approve asks."""
    holding = case.roles.holder
    who = name(holding) if holding else "the holder"
    again = LookAgain(30)
    if case.mode is Mode.ENFORCE:
        return passed("Mode enforce: we may act.")
    if case.mode is Mode.APPROVE:
        text = f"Stopping {who} needs an approval."
        return Ruling(text, Verdict.APPROVAL_NEEDED, look_again=again, incident=case.opens)
    text = f"In mode enforce we would stop {who} as soon as a successor is PENDING."
    return Ruling(text, Verdict.WOULD_STOP, look_again=again, incident=case.opens)
