"""What a claim, its release, and another writer in between make of a service's record. Pure."""

from dataclasses import replace
from datetime import timedelta

from unwedge.model.incident import Incident, Rollback, Stop, StopState
from unwedge.record.ledger import ServiceRecord

_A_DAY = timedelta(days=1)


def claimed(record: ServiceRecord, incident: Incident, stop: Stop) -> ServiceRecord:
    """The record with this stop counted, and stops of more than a day ago forgotten."""
    recent = [item for item in record.stops if stop.claimed_at - item.claimed_at < _A_DAY]
    others = (item for item in recent if item.task_arn != stop.task_arn)
    return replace(record, incident=with_stop(incident, stop), stops=(*others, stop))


def released(record: ServiceRecord, incident: Incident, task_arn: str) -> ServiceRecord:
    """The record without the stop of this task."""
    stops = tuple(item for item in record.stops if item.task_arn != task_arn)
    return replace(record, incident=without_stop(incident, task_arn), stops=stops)


def with_stop(incident: Incident, stop: Stop) -> Incident:
    """The incident with this stop counted, or its own earlier claim of the same task renewed."""
    others = tuple(item for item in incident.stops if item.task_arn != stop.task_arn)
    return replace(incident, stops=(*others, stop))


def without_stop(incident: Incident, task_arn: str) -> Incident:
    """The incident without the stop of this task."""
    return replace(incident, stops=tuple(stop for stop in incident.stops if stop.task_arn != task_arn))


def with_state(incident: Incident, task_arn: str, state: StopState) -> Incident:
    """The incident with the stop of this task brought to a state."""
    return replace(
        incident,
        stops=tuple(
            stop._replace(state=state) if stop.task_arn == task_arn else stop for stop in incident.stops
        ),
    )


def on_top_of(theirs: ServiceRecord, ours: ServiceRecord) -> ServiceRecord:
    """What another pass wrote, with what we did to the service since. The earlier next pass counts."""
    sooner = theirs.due is None or (ours.due is not None and ours.due < theirs.due)
    counts = ours if ours.requeue_id and sooner else theirs
    incident = merged(theirs.incident, ours.incident) if ours.incident else theirs.incident
    return replace(theirs, incident=incident, requeue_id=counts.requeue_id, due=counts.due, last=ours.last)


def merged(theirs: Incident | None, ours: Incident) -> Incident | None:
    """The incident as another pass wrote it, with what we did to the service since.

    Theirs where the incident is another one or over by now: what we did is in the decision all the same.
    """
    if theirs is None or theirs.id != ours.id:
        return theirs
    sent = [stop.task_arn for stop in ours.stops if stop.state is StopState.SENT]
    for task_arn in sent:
        theirs = with_state(theirs, task_arn, StopState.SENT)
    begun = theirs.drain
    return replace(
        theirs,
        drain=ours.drain if begun and ours.drain and begun.over_at is None else begun,
        rollback=_rollback_of(theirs, ours),
        refused=max(filter(None, (theirs.refused, ours.refused)), key=lambda item: item.at, default=None),
        seen=tuple(dict.fromkeys((*theirs.seen, *ours.seen))),
    )


def _rollback_of(theirs: Incident, ours: Incident) -> Rollback | None:
    """A rollback that was sent stays; our claim of one that was refused is given back."""
    claimed = theirs.rollback is None or theirs.rollback.state is StopState.CLAIMED
    given_back = ours.rollback is None and ours.refused is not None and ours.refused != theirs.refused
    return ours.rollback if claimed and (ours.rollback or given_back) else theirs.rollback
