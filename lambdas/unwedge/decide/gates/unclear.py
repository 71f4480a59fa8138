"""Where nobody can say who has the lock, or two have it: what is said, and to whom."""

from unwedge.decide.gates.case import Case, ruled
from unwedge.decide.gates.wording import listed, name
from unwedge.model.decision import Ruling, Verdict


def split_brain(case: Case) -> Ruling:
    """Two programs say that they opened one store. We never choose between them."""
    holding = case.participants.holding
    tasks = listed([name(task) for task in holding])
    text = f"More than one task has opened the same data: {tasks}. Stop all but one by hand, at once."
    ruling = ruled(Verdict.SPLIT_BRAIN, text, again=30, escalate=True, holding=len(holding))
    return ruling


def unclear(case: Case) -> Ruling | None:
    """Nothing has said for long who holds the lock: a person is told, with what is known of each. None while
    facts may still come. Only for gates that found somebody undecided."""
    undecided = case.participants.undecided
    waited = min(case.since(task.started_at) for task in undecided)
    if waited < case.settings.undecided_patience:
        return None
    return ruled(
        Verdict.LOCK_UNCLEAR,
        f"Nobody can say which task holds the lock, so nothing is stopped. {known_of(case)}",
        again=60,
        escalate=True,
        incident=case.opens,
        seconds_undecided=waited,
    )


def known_of(case: Case) -> str:
    """What the table of grips says of each task that could hold the lock, for people."""
    table = case.participants.table
    if table is None:
        return "No task definition was read."
    could = (*case.participants.running, *case.participants.leases)
    told = [f"{name(task)}: {row.fact}." for row in table.now for task in could if task.arn == row.task_arn]
    for other in case.situation.outside:
        told.append(f"task {other.task_arn.rsplit('/', 1)[-1]} of {other.group}: its lock is {other.volume}.")
    text = listed(told, " ")
    if case.situation.outside_unread:
        text += f" Other services were not all read: {case.situation.outside_unread}."
    return text.strip()
