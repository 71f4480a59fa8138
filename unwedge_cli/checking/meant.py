"""A plan's services as facts for an audit. Pure."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from unwedge.decide.lock import Lock, relation
from unwedge.model.grip import Relation
from unwedge.model.service import Deregistration
from unwedge.model.settings import Settings
from unwedge.posture.course import course_of
from unwedge.posture.facts import Facts
from unwedge.posture.shape import Shape, shape_of
from unwedge.posture.sharing import neighbours_of, user_of
from unwedge_cli.checking.words import Move
from unwedge_cli.plans import Planned
from unwedge_cli.plans.defaults import DEREGISTRATION_DELAY
from unwedge_cli.plans.values import symbolic

_NOT_THERE = "the target group is not in this plan"


class Meant(NamedTuple):
    """A planned service, its facts, and sentences about what of it was not understood."""

    planned: Planned
    facts: Facts
    notes: tuple[str, ...]


def facts_of(services: Sequence[Planned], now: datetime, settings: Settings) -> Iterator[Meant]:
    """Of each service. Those of one plan are each other's neighbours: equal symbols are equal values."""
    shapes = [_shape(planned) for planned in services]
    users = [user_of(planned.address, shape) for planned, (shape, _) in zip(services, shapes, strict=True)]
    for index, (planned, (shape, notes)) in enumerate(zip(services, shapes, strict=True)):
        others = [user for at, user in enumerate(users) if at != index and shapes[at][0].desired != 0]
        facts = Facts(
            shape,
            now,
            settings.mode_of(shape.mode_tag),
            neighbours=neighbours_of(users[index], others),
            before=_shape(planned.before)[0] if planned.before else None,
            planned=True,
            unread=(*planned.notes, *notes),
        )
        yield Meant(planned, facts, notes)


def _shape(planned: Planned) -> tuple[Shape, tuple[str, ...]]:
    try:
        shape = shape_of(
            planned.service,
            planned.definition,
            unknown=planned.unknown,
            deregistration=_deregistration(planned),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        # The message of such an error may quote a value, so only its kind is told.
        why = f"The service has another shape than ECS documents ({type(error).__name__})."
        return Shape(planned.cluster, planned.name or planned.address, None), (why,)
    notes = () if shape.definition else ("Its task definition is not in this plan.",)
    return shape, notes if not planned.notes else ()


def _deregistration(planned: Planned) -> Deregistration | None:
    groups = [group for group in _groups(planned) if group]
    if not groups:
        return None
    known = [
        Deregistration(float(planned.balancers[group])) for group in groups if group in planned.balancers
    ]
    if len(known) == len(groups):
        return max(known)
    return max([*known, Deregistration(DEREGISTRATION_DELAY, _NOT_THERE)])


def _groups(planned: Planned) -> list[str]:
    items = planned.service.get("loadBalancers")
    return [
        str(item.get("targetGroupArn") or "")
        for item in (items if isinstance(items, list) else [])
        if isinstance(item, dict)
    ]


def move_of(planned: Planned, facts: Facts) -> tuple[Move, tuple[str, str]]:
    """Whether the service's store stays where it is when the plan is applied, and both places."""
    if facts.before is None or planned.before is None:
        return Move.STAYS, ("", "")
    before = [store.lock for store in course_of(facts.before).stores]
    after = [store.lock for store in course_of(facts.shape).stores]
    if not before or not after or facts.before.definition is None:
        return Move.STAYS, ("", "")
    found = {_relation(one, other) for one in before for other in after}
    places = (str(before[0]), str(after[0]))
    if Relation.SAME in found:
        return Move.STAYS, places
    return (Move.MAY_MOVE if Relation.UNKNOWN in found else Move.MOVES), places


def _relation(before: Lock, after: Lock) -> Relation:
    """A symbol stands for a value that is not known: it is equal to itself, and may be equal to another. Of a
    directory that cannot be determined nothing is said: the outlook says it."""
    if not (before.determined and after.determined):
        return Relation.SAME
    found = relation(before, after)
    either = symbolic(str(before)) or symbolic(str(after))
    return Relation.UNKNOWN if found is Relation.DIFFERENT and either else found
