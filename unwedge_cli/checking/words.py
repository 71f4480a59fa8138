"""What a deployment will do to a service's store, in sentences for whoever is about to start it. Pure."""

from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from unwedge.model.posture import FindingKind, Outlook, Posture
from unwedge.model.settings import Mode
from unwedge.people.wording import lasted
from unwedge.posture.course import Course


class Coming(StrEnum):
    """What a plan does to a service. NEXT: there is no plan, so it is about the next deployment."""

    NEXT = "next"
    CREATES = "creates"
    DEPLOYS = "deploys"
    MAY_DEPLOY = "may-deploy"
    CHANGES = "changes"
    NOTHING = "nothing"


class Move(StrEnum):
    """Whether the coming deployment keeps the store where it is."""

    STAYS = "stays"
    MOVES = "moves"
    MAY_MOVE = "may-move"


class Case(NamedTuple):
    """What the sentences are made of. `moved` has the old place and the new one. `why_gap`: where the number
    of seconds is from."""

    posture: Posture
    course: Course
    coming: Coming
    desired: int | None = 1
    move: Move = Move.STAYS
    moved: tuple[str, str] = ("", "")
    why_gap: str = ""


_BEGINNINGS = {
    Coming.CREATES: "Applying this plan creates the service: in this deployment there is no old task.",
    Coming.DEPLOYS: "Applying this plan deploys the service.",
    Coming.MAY_DEPLOY: "It cannot be told whether applying this plan deploys the service.",
    Coming.CHANGES: "Applying this plan changes the service and starts no deployment of it.",
    Coming.NOTHING: "Applying this plan does not change the service.",
}
# What can be said of a gap only where the old task is stopped for the new one.
_GAPS = frozenset({Outlook.WEDGES, Outlook.MAY_WEDGE, Outlook.OVERLAPS})
_DEADLOCKS = frozenset({Outlook.WEDGES, Outlook.MAY_WEDGE})


def says(case: Case) -> tuple[str, ...]:
    """The sentences in their order."""
    return tuple(_says(case))


def _says(case: Case) -> Iterator[str]:
    if case.coming in _BEGINNINGS:
        yield _BEGINNINGS[case.coming]
    if case.desired == 0:
        yield "It is scaled to 0: no task starts before somebody scales it up."
    if case.posture.outlook is Outlook.NOT_SHARED:
        yield "None of its tasks can write where another task can."
        return
    now = case.coming in (Coming.DEPLOYS, Coming.MAY_DEPLOY)
    if now and case.move is not Move.STAYS:
        yield from _moves(case)
    when = _when(case, now=now and case.move is not Move.MOVES)
    yield from _outlook(case, when)
    yield from _freed(case)
    yield from _gap(case)


def _moves(case: Case) -> Iterator[str]:
    before, after = case.moved
    if case.move is Move.MOVES:
        yield (
            f"The new revision writes to another directory: {after} instead of {before}. In this deployment "
            "the two tasks do not contend. The data in the old directory stays there; the new task starts "
            "without it."
        )
    else:
        yield (
            "It cannot be told whether the new revision writes to the same directory "
            f"({before} before, {after} after). If it does:"
        )


def _when(case: Case, *, now: bool) -> str:
    if now:
        return "The deployment"
    return "The next deployment" if case.coming is Coming.NEXT else "The next deployment of it"


def _outlook(case: Case, when: str) -> Iterator[str]:
    store = case.course.worst
    place = f"the lock on {store.lock}" if store and store.lock.determined else "its lock"
    several = (case.desired or 1) > 1
    if case.posture.outlook is Outlook.WEDGES and several:
        yield f"{case.desired} tasks share {place}: one of them runs, the others fail."
        return
    yield {
        Outlook.WEDGES: (
            f"{when} deadlocks: the new task cannot take {place}, and ECS does not stop the old task."
        ),
        Outlook.MAY_WEDGE: f"{when} may deadlock: the new task may be unable to take {place}.",
        Outlook.WRITES_TWICE: f"{when} has two writers at the same time, and nothing tells of it.",
        Outlook.MAY_WRITE_TWICE: (f"{when} may have two writers at the same time, and nothing tells of it."),
        Outlook.STUCK: f"{when} stands still: ECS can neither start a new task nor stop the old one.",
        Outlook.OVERLAPS: (
            f"{when} stops the old task first. While it ends, a new task may fail once or twice."
        ),
        Outlook.HANDS_OVER: f"{when} does not deadlock: the tasks may share the directory.",
        Outlook.UNKNOWN: f"It cannot be told what {when[0].lower()}{when[1:]} does to its store.",
    }.get(case.posture.outlook, "")


def _freed(case: Case) -> Iterator[str]:
    """What Unwedge does about a deadlock."""
    if case.posture.outlook not in _DEADLOCKS or (case.desired or 1) > 1:
        return
    mode = case.posture.mode
    blind = any(finding.kind is FindingKind.NO_EVIDENCE for finding in case.posture.findings)
    if mode == Mode.OFF:
        yield "The service is in mode off: Unwedge ignores it, and somebody has to stop the old task."
    elif blind:
        yield f"Unwedge cannot free it (mode {mode}): the container leaves no log that Unwedge can read."
    elif mode == Mode.ENFORCE:
        yield "The service is in mode enforce: Unwedge stops the old task."
    elif mode == Mode.APPROVE:
        yield "The service is in mode approve: Unwedge stops the old task when somebody has approved it."
    else:
        yield "The service is in mode observe: Unwedge reports it, and somebody has to stop the old task."


def _gap(case: Case) -> Iterator[str]:
    posture = case.posture
    if posture.gap is None or posture.outlook not in _GAPS or (case.desired or 1) > 1:
        return
    why = f" ({case.why_gap})" if case.why_gap else ""
    begin = "Expect" if posture.outlook is Outlook.OVERLAPS else "From that stop on, expect"
    yield f"{begin} about {lasted(posture.gap)} without a writer{why}."
