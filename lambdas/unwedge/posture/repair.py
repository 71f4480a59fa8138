"""Whether to mend a service's root cause now: a pure decision, in ordered gates, each with its reason.

A repair changes how the next deployment goes. It starts none, stops no task, and reaches only services whose
tag asks for it.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from unwedge.model.posture import Outlook
from unwedge.model.settings import Mode
from unwedge.posture.course import Course, course_of
from unwedge.posture.facts import Facts
from unwedge.posture.shape import REPAIR_TAG

# The one value of the tag that is understood.
STOP_FIRST = "stop-first"
# What there is to mend.
CERTAIN = (Outlook.WEDGES, Outlook.WRITES_TWICE)
# Infrastructure code that puts the old values back is not to be fought: a person hears of it instead.
ONCE_IN = timedelta(days=7)


class Standing(NamedTuple):
    """What stands beside the service itself. `allowed`: the stack may change services of this cluster.
    `paused`: why nothing may be changed now. `incident`: one is open. `repaired_at`: the last repair."""

    allowed: bool
    paused: str | None = None
    incident: bool = False
    repaired_at: datetime | None = None


class Repair(NamedTuple):
    """What to change. `rebalancing_first`: Availability Zone rebalancing has to be turned off before."""

    rebalancing_first: bool
    sentence: str


class NotRepaired(NamedTuple):
    """Why nothing is changed. `told`: people are to hear of it, because somebody asked for the repair."""

    sentence: str
    told: bool = False


def repair_of(facts: Facts, standing: Standing) -> Repair | NotRepaired:
    """The first gate that is closed says why nothing is changed. Total: every path has its sentence."""
    course = course_of(facts.shape)
    for gate in _GATES:
        closed = gate(facts, course, standing)
        if closed is not None:
            return closed
    shape = facts.shape
    serves = " In between, its load balancer has no task for requests." if shape.balancers else ""
    return Repair(
        shape.rebalancing is not False,
        f"Service {shape.name} now stops its old task before it starts a new one: minimumHealthyPercent 0 "
        f"(was {shape.minimum}) and maximumPercent 100 (was {shape.maximum}).{serves} The change "
        "started no deployment.",
    )


def _wanted(facts: Facts, course: Course, standing: Standing) -> NotRepaired | None:
    wanted = facts.shape.repair_tag
    if wanted is None:
        return NotRepaired(f"The service has no tag {REPAIR_TAG}.")
    if wanted != STOP_FIRST:
        text = (
            f"The tag {REPAIR_TAG} says {wanted[:100]!r}; the one value that is understood is {STOP_FIRST}."
        )
        return NotRepaired(text, told=True)
    return None


def _needed(facts: Facts, course: Course, standing: Standing) -> NotRepaired | None:
    if course.outlook in CERTAIN:
        return None
    return NotRepaired(f"There is nothing certain to mend: the outlook is {course.outlook}.")


def _read(facts: Facts, course: Course, standing: Standing) -> NotRepaired | None:
    """What could not be read might be the very reason not to."""
    return NotRepaired(f"Not all was read: {facts.unread[0][:500]}", told=True) if facts.unread else None


def _fits(facts: Facts, course: Course, standing: Standing) -> NotRepaired | None:
    """The fix is for one task of ECS's own rolling deployments."""
    shape = facts.shape
    rolling = (shape.controller, shape.strategy, shape.scheduling) == ("ECS", "ROLLING", "REPLICA")
    if not rolling:
        return NotRepaired("Its deployments are not ECS's own rolling ones.", told=True)
    if shape.desired != 1:
        return NotRepaired(f"Its desired count is {shape.desired}, and the repair is for 1.", told=True)
    if shape.hooks:
        return NotRepaired("Its deployments have lifecycle hooks, which somebody relies on.", told=True)
    return None


def _may(facts: Facts, course: Course, standing: Standing) -> NotRepaired | None:
    if facts.mode is not Mode.ENFORCE:
        return NotRepaired(f"Its mode is {facts.mode}; a repair needs enforce.", told=True)
    if not standing.allowed:
        return NotRepaired("The stack's setting `repairs` does not allow it.", told=True)
    if standing.paused:
        return NotRepaired(f"Paused: {standing.paused}")
    return None


def _quiet(facts: Facts, course: Course, standing: Standing) -> NotRepaired | None:
    """AWS does not say what a change of the percentages does to a deployment in flight."""
    if standing.incident:
        return NotRepaired("An incident of the service is open; it comes first.")
    if not facts.shape.settled:
        return NotRepaired("A deployment is under way, or not all its tasks run.")
    return None


def _not_twice(facts: Facts, course: Course, standing: Standing) -> NotRepaired | None:
    before = standing.repaired_at
    if before is None or facts.at - before >= ONCE_IN:
        return None
    text = (
        f"It was repaired at {before:%Y-%m-%d %H:%M} UTC, and somebody has put the old values back since. "
        "Change the infrastructure code; it is not repaired again before a week is over."
    )
    return NotRepaired(text, told=True)


_GATES: tuple[Callable[[Facts, Course, Standing], NotRepaired | None], ...] = (
    _wanted,
    _needed,
    _read,
    _fits,
    _may,
    _quiet,
    _not_twice,
)
