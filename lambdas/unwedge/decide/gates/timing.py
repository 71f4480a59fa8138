"""Gate 11: when to stop the holder.

The old task still serves, so waiting is cheap, and the gap without a writer is the cost. A successor that is
PENDING pulls its image and has not reached for the lock: a holder asked to stop now is usually gone before
it does, and an old-revision replacement, which starts from PROVISIONING, comes too late to take the lock.
"""

from unwedge.decide.gates.case import Case
from unwedge.decide.gates.handover import drain
from unwedge.decide.gates.race import Race
from unwedge.decide.gates.wording import clock, name, title
from unwedge.model.decision import Requeue, Ruling, StopTask, Verdict
from unwedge.model.service import Task
from unwedge.model.settings import WithoutSuccessor


def timing(case: Case) -> Ruling:
    """The last gate: it always rules."""
    contender, holding = case.parties
    if case.drains:
        return drain(case)
    successors = case.participants.successors(contender)
    if case.race and successors:
        return _timed(case, case.race, contender, holding, successors)
    pending = next((task for task in successors if task.last_status == "PENDING"), None)
    if pending:
        return _stop(case, contender, holding, f"and successor {name(pending)} is PENDING")
    waited = case.since(contender.failed_at)
    if successors and case.since(successors[0].created_at) < case.settings.provisioning_patience:
        text = f"Successor {name(successors[0])} is PROVISIONING: stopping waits until it is PENDING."
        look = Requeue(2, holder=holding.arn)
        return Ruling(text, Verdict.AWAITING_SUCCESSOR, {"seconds_waited": waited}, look, incident=case.opens)
    return _without_successor(case, contender, holding, waited)


def _timed(case: Case, race: Race, contender: Task, holding: Task, successors: tuple[Task, ...]) -> Ruling:
    """Where the holder ends slowly, the stop comes when the successor reaches for the lock last."""
    known = f"{race.why}, and attempts reach for the lock {race.seconds} after ECS creates them"
    for successor in successors:
        if race.won_by(successor, case.situation.observed_at):
            return _stop(
                case, contender, holding, f"and successor {name(successor)} comes late enough: {known}"
            )
    text = f"A stop now would not help successor {name(successors[0])}, so it waits: {known}."
    numbers = {"seconds_waited": case.since(contender.failed_at)}
    return Ruling(text, Verdict.AWAITING_SUCCESSOR, numbers, Requeue(2), incident=case.opens)


def _without_successor(case: Case, contender: Task, holding: Task, waited: float) -> Ruling:
    patience = case.settings.successor_patience
    numbers = {"seconds_waited": waited, "successor_patience": float(patience)}
    # A quick check waits for PENDING, which is too late where the moment is known.
    look = Requeue(min(_cadence(waited), 5)) if case.race else Requeue(_cadence(waited), holder=holding.arn)
    if waited < patience:
        text = f"No successor is on its way; {name(holding)} still serves, so waiting costs nothing."
        return Ruling(text, Verdict.AWAITING_SUCCESSOR, numbers, look, incident=case.opens)
    if case.settings.without_successor is WithoutSuccessor.STOP and not case.race:
        return _stop(case, contender, holding, f"and no successor came within {waited:.0f} s")
    text = (
        f"No successor has come for {waited:.0f} s. {title(holding)} still serves the old revision. "
        "Force a new deployment to end ECS's back-off."
    )
    return Ruling(text, Verdict.NO_SUCCESSOR, numbers, look, escalate=True, incident=case.opens)


def _cadence(waited: float) -> int:
    """Seconds to the next pass: often at first, later still well within a Fargate start (10 to 20 s of
    PROVISIONING, then PENDING), so that no successor is missed."""
    if waited < 60:
        return 2
    return 5 if waited < 300 else 10


def _stop(case: Case, contender: Task, holding: Task, timing_text: str) -> Ruling:
    text = (
        f"Stop {name(holding)}: it holds the lock on which {name(contender)} failed at "
        f"{clock(contender.failed_at)}, {timing_text}."
    )
    action = StopTask(
        case.situation.cluster_arn,
        holding.arn,
        f"Unwedge: holds the storage lock that task {contender.id} of the target deployment needs",
    )
    numbers = {"seconds_since_failure": case.since(contender.failed_at)}
    return Ruling(text, Verdict.STOP_HOLDER, numbers, Requeue(3), incident=case.opens, action=action)
