"""Rules about what a deployment does to the store: two writers, a deadlock, or nothing at all."""

from collections.abc import Iterator

from unwedge.decide.catalogue.entry import OnHeld
from unwedge.model.posture import Finding, FindingKind, Outlook, Severity, Step, StepKind
from unwedge.model.task_definition import Storage
from unwedge.posture.backend import Backend
from unwedge.posture.course import Course, Store
from unwedge.posture.facts import Facts
from unwedge.posture.rules.steps import own_controller, several, stop_first_cost


def deployments(facts: Facts, course: Course) -> Iterator[Finding]:
    """At most one finding about the outlook, and what keeps the obvious fix from working."""
    yield from _refused(facts, course)
    store = course.worst
    if store is None:
        if course.outlook is Outlook.UNKNOWN:
            yield Finding(FindingKind.NOT_READ, Severity.MEDIUM, _not_read(facts))
        return
    rule = _BY_OUTLOOK.get(course.outlook)
    if rule:
        yield rule(facts, course, store)
    if course.outlook is Outlook.OVERLAPS and store.on_held is OnHeld.WRITES:
        yield _ending(facts, course, store)


def _not_read(facts: Facts) -> str:
    why = " ".join(facts.unread) or "Its task definition is not known."
    return f"It cannot be told what a deployment does to this service's store. {why}"


def _wedges(facts: Facts, course: Course, store: Store) -> Finding:
    if several(facts):
        return Finding(
            FindingKind.SEVERAL_TASKS,
            Severity.HIGH,
            f"{store.writer} locks {store.lock}, and {facts.shape.desired} "
            "tasks of the service share it: one of them runs, the others fail.",
            own_controller(course, facts),
            stop_first_cost(facts),
        )
    seen = facts.history.wedges
    again = f" Unwedge has seen it {seen} time{'s' if seen > 1 else ''} in 30 days." if seen else ""
    return Finding(
        FindingKind.WEDGES,
        Severity.HIGH,
        f"Every deployment deadlocks. {store.writer} locks {store.lock}. ECS "
        f"starts the new task first ({course.moves.why}); it cannot take the lock and exits, and ECS does "
        f"not stop the old task before a new one is healthy.{_breaker(facts)}{again}",
        own_controller(course, facts),
        stop_first_cost(facts),
    )


def _breaker(facts: Facts) -> str:
    breaker = facts.shape.breaker
    if breaker is None or not breaker.enabled:
        return " Without a circuit breaker, ECS keeps trying until somebody stops the old task."
    after = failures(breaker.threshold)
    then = "roll back to the old revision" if breaker.rollback else "give up"
    return f" The circuit breaker may count these failures: after {after} it would {then}."


def failures(threshold: int | None) -> str:
    """So many failed tasks, in words."""
    if not threshold:
        return "enough failed tasks"
    return f"{threshold} failed task{'s' if threshold > 1 else ''}"


def _writes_twice(facts: Facts, course: Course, store: Store) -> Finding:
    how = (
        f"{facts.shape.desired} tasks of the service run on it at all times"
        if several(facts)
        else f"at every deployment the old and the new task run on it together ({course.moves.why})"
    )
    return Finding(
        FindingKind.DOUBLE_WRITERS,
        Severity.CRITICAL,
        f"Two writers. {store.writer} writes to {store.lock} and takes no "
        f"lock, and {how}. This can damage the data, and no event or log line tells of it.{_source(store)}",
        own_controller(course, facts),
        stop_first_cost(facts),
    )


def _source(store: Store) -> str:
    return f" Source: {store.entry.source}." if store.entry else ""


def _may(facts: Facts, course: Course, store: Store) -> Finding:
    both = course.moves.starts_first and course.moves.stops_first
    at_once = several(facts) and store.on_held is not None
    incomplete = bool(both) and store.on_held in (OnHeld.EXITS, OnHeld.WRITES) and not at_once
    what = "write at the same time" if store.on_held is OnHeld.WRITES else "contend for its lock"
    who = "The tasks of the service" if at_once else "At a deployment the old and the new task"
    return Finding(
        FindingKind.FIX_INCOMPLETE if incomplete else FindingKind.MAY_WEDGE,
        Severity.MEDIUM,
        f"{who} may {what}: "
        f"{_why_many(facts, store) if at_once else _why_maybe(course, store)}{_unsure(facts, store)}",
        own_controller(course, facts),
        stop_first_cost(facts),
    )


def _why_many(facts: Facts, store: Store) -> str:
    place = f"{store.writer} writes to {store.lock}, and {facts.shape.desired} tasks of the service run"
    if store.on_held is OnHeld.WAITS:
        return f"{place}: one of them can have it, and the others wait."
    return f"{place} at all times."


def _unsure(facts: Facts, store: Store) -> str:
    """What keeps the outlook from being certain, where the sentence does not say so yet."""
    if facts.shape.setup(store.spec.name).backend is Backend.UNCLEAR:
        return (
            " It may keep its data in a database elsewhere instead: what decides that is in a file or in a "
            "secret, or is not known."
        )
    if store.lock.determined and store.lock.storage in (Storage.HOST, Storage.DOCKER):
        return (
            " That is on a container instance: tasks on different ones share it only where it is a network's "
            "file system."
        )
    return ""


def _why_maybe(course: Course, store: Store) -> str:
    place = f"{store.writer} writes to {store.lock}"
    if not course.moves.known:
        return f"{place}, and {course.moves.why}."
    if course.moves.starts_first and course.moves.stops_first:
        return (
            f"{place}. ECS may stop the old task first, and may start the new one first as well "
            f"({course.moves.why}). Only maximumPercent 100 makes it stop the old one first."
        )
    if store.on_held is OnHeld.EXITS and not store.spec.essential:
        return (
            f"{place}, and ECS starts the new task first ({course.moves.why}). Where it cannot take the lock "
            "it ends, and as it is not essential, the task goes on without it: the deployment completes, and "
            "the program no longer runs."
        )
    if store.on_held is OnHeld.WAITS:
        return (
            f"{place}, and waits while another has it. ECS starts the new task first ({course.moves.why}): "
            "if its health check needs the store, it is replaced again and again."
        )
    if store.on_held is None:
        return (
            f"{place}, ECS starts the new task first ({course.moves.why}), and this image is not in the "
            "catalogue. If the program takes a lock, the deployment deadlocks; if it takes none, both tasks "
            "write."
        )
    return f"{place}, and ECS starts the new task first ({course.moves.why})."


def _for_many(facts: Facts, store: Store) -> bool:
    """Whether several tasks may use the store, so that nothing is gained by stopping one first."""
    return store.on_held is OnHeld.SHARES or (store.on_held is None and several(facts))


def _stuck(facts: Facts, course: Course, store: Store) -> Finding:
    text = (
        f"Deployments stand still: {course.moves.why}, so ECS can neither start a new task nor stop the old "
        "one."
    )
    if _for_many(facts, store):
        # To stop first would take a service down for nothing.
        more = "Let maximumPercent allow one more task, such as 200: several tasks may use this volume."
        return Finding(FindingKind.STUCK, Severity.HIGH, text, (Step(StepKind.ADVICE, text=more),))
    return Finding(
        FindingKind.STUCK,
        Severity.HIGH,
        text,
        own_controller(course, facts),
        stop_first_cost(facts),
    )


def _ending(facts: Facts, course: Course, store: Store) -> Finding:
    text = (
        "ECS may start the new task as soon as the old one has been asked to stop "
        "(aws/containers-roadmap#959). For a program without a lock, scale the service to 0, wait until the "
        "task is STOPPED, deploy, and scale it to 1 again."
    )
    return Finding(
        FindingKind.FIX_INCOMPLETE,
        Severity.LOW,
        f"{store.writer} takes no lock. The old task is stopped first, but "
        "while it ends the new one may already write.",
        (Step(StepKind.ADVICE, text=text),),
    )


def _refused(facts: Facts, course: Course) -> Iterator[Finding]:
    """ECS's own rule: Availability Zone rebalancing needs room for one more task."""
    shape = facts.shape
    if course.stores and shape.rebalancing and shape.maximum is not None and shape.maximum <= 100:
        yield Finding(
            FindingKind.FIX_REFUSED,
            Severity.HIGH,
            f"ECS refuses maximumPercent {shape.maximum} while Availability Zone rebalancing is on.",
            (Step(StepKind.REBALANCING_OFF),)
            if _for_many(facts, course.stores[0])
            else own_controller(course, facts),
        )


_BY_OUTLOOK = {
    Outlook.WRITES_TWICE: _writes_twice,
    Outlook.WEDGES: _wedges,
    Outlook.STUCK: _stuck,
    Outlook.MAY_WRITE_TWICE: _may,
    Outlook.MAY_WEDGE: _may,
}
