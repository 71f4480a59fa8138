"""The decision: a pure, total function from a situation and settings.

No clock, no I/O, no logging. A recorded situation put through `decide` again gives the recorded decision.
"""

from collections.abc import Callable

from unwedge.decide.gates.case import Case
from unwedge.decide.gates.controls import controls
from unwedge.decide.gates.evidence import evidence
from unwedge.decide.gates.health import health
from unwedge.decide.gates.holder import holder, sides
from unwedge.decide.gates.limits import limits, mode
from unwedge.decide.gates.rollout import desired_count, rollout
from unwedge.decide.gates.service import service
from unwedge.decide.gates.timing import timing
from unwedge.decide.silence import broken_silence, looked_after
from unwedge.model.decision import Decision, Reason, Ruling, Times, Verdict
from unwedge.model.grip import Grip, GripRow
from unwedge.model.incident import Incident
from unwedge.model.service import Task
from unwedge.model.settings import Settings
from unwedge.model.situation import Situation

# How many rows of the table of grips a decision shows.
_ROWS = 40
Gate = Callable[[Case], Ruling]

# The order is the design: cheap and certain reasons to do nothing first, the action last. A gate's number
# is its place in it.
GATES: tuple[Gate, ...] = (
    service,
    health,
    evidence,
    desired_count,
    holder,
    sides,
    rollout,
    limits,
    controls,
    mode,
    timing,
)


def decide(situation: Situation, settings: Settings) -> Decision:
    """The verdict on a situation, with every gate that was asked and the numbers it used."""
    case = Case(situation, settings)
    reasons: list[Reason] = []
    for number, gate in enumerate(GATES, 1):
        ruling = looked_after(case, broken_silence(case, gate(case)))
        reasons.append(Reason(number, gate.__name__, ruling.text, ruling.numbers))
        if ruling.verdict is not None:
            return _conclude(case, number, ruling, ruling.verdict, tuple(reasons))
    raise AssertionError("the last gate always rules")


def _conclude(
    case: Case, number: int, ruling: Ruling, verdict: Verdict, reasons: tuple[Reason, ...]
) -> Decision:
    contender, holding = case.contender, case.participants.holder
    successors = case.participants.successors(contender) if contender else ()
    return Decision(
        verdict=verdict,
        gate=number,
        sentence=ruling.text,
        mode=case.mode.value,
        reasons=reasons,
        action=ruling.action,
        approval_request=ruling.approval_request,
        requeue=ruling.requeue,
        escalate=ruling.escalate and case.is_ours,
        incident=ruling.incident,
        contender=contender.arn if contender else None,
        holder=holding.arn if holding else None,
        successor=successors[0].arn if successors else None,
        evidence=case.evidence.line.text if case.evidence else None,
        container=case.evidence.container if case.evidence else None,
        blamed=_blamed(case, verdict),
        grips=_shown(case.participants.table.now) if case.participants.table else (),
        times=_times(case, ruling, verdict),
    )


def _shown(rows: tuple[GripRow, ...]) -> tuple[GripRow, ...]:
    """The table for people: who has the lock or may have it first, and not hundreds who cannot."""
    if len(rows) <= _ROWS:
        return rows
    order = (Grip.HOLDS, Grip.MAY_HOLD, Grip.CANNOT_HOLD)
    return tuple(sorted(rows, key=lambda row: order.index(row.grip))[:_ROWS])


def _blamed(case: Case, verdict: Verdict) -> str | None:
    """The deployment whose task failed for another reason than the lock; the incident's own before."""
    incident, suspect = case.situation.incident, case.participants.suspect
    if verdict not in (Verdict.NEW_REVISION_BROKEN, Verdict.ROLL_BACK) or incident is None:
        return None
    return suspect.deployment_id if suspect and not case.evidence else incident.broken


def _times(case: Case, ruling: Ruling, verdict: Verdict) -> Times:
    incident = case.situation.incident
    if incident is None:
        waited = case.since(case.contender.failed_at) if case.contender else None
        return Times(to_detect=waited, to_stop=waited if ruling.action else None)
    stopped_at = incident.stops[0].claimed_at if incident.stops else None
    if stopped_at is None and ruling.action:
        stopped_at = case.situation.observed_at
    recovered = verdict is Verdict.RECOVERED
    return Times(
        to_detect=(incident.opened_at - incident.failed_at).total_seconds(),
        to_stop=(stopped_at - incident.failed_at).total_seconds() if stopped_at else None,
        to_recover=case.since(incident.failed_at) if recovered else None,
        gap=_gap(case.situation, incident, case.participants.holder) if recovered else None,
    )


def _gap(situation: Situation, incident: Incident, writer: Task | None) -> float | None:
    """Seconds from the end of the last stopped holder to the present writer's start, as ECS dates them."""
    stopped = {stop.task_arn for stop in incident.stops}
    ends = [task.failed_at for task in situation.tasks if task.arn in stopped and task.failed_at]
    if not ends or writer is None or writer.started_at is None:
        return None
    return max(0.0, (writer.started_at - max(ends)).total_seconds())
