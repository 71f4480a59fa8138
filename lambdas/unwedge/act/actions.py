"""What an action is about: whom it ends, what an approval of it names, and what it leaves in the incident."""

from dataclasses import replace
from datetime import datetime

from unwedge.model.decision import Action, StopTask, UpdateService
from unwedge.model.incident import Incident, StopState
from unwedge.record.claims import with_state


def whom_it_ends(action: Action) -> str | None:
    """The task that the action ends: the one that it stops, or the holder that a drain ends."""
    return action.task_arn if isinstance(action, StopTask) else action.holder


def subjects(action: Action) -> tuple[str | None, ...]:
    """What an approval of this action names."""
    if isinstance(action, StopTask):
        return (action.task_arn,)
    return (service_arn(action), action.task_definition)


def service_arn(action: UpdateService) -> str:
    """The ARN of the service that the action changes, in its long format."""
    return f"{action.cluster_arn.replace(':cluster/', ':service/', 1)}/{action.service_name}"


def carried_out(action: Action, incident: Incident, now: datetime) -> Incident:
    """The incident once the action was sent."""
    ends = whom_it_ends(action)
    if ends:
        incident = with_state(incident, ends, StopState.SENT)
    if isinstance(action, StopTask):
        return incident
    if action.task_definition and incident.rollback:
        return replace(incident, rollback=incident.rollback._replace(state=StopState.SENT))
    if action.holder and incident.drain:
        return replace(incident, drain=incident.drain._replace(state=StopState.SENT))
    if incident.drain:
        return replace(incident, drain=incident.drain._replace(over_at=now))
    return incident
