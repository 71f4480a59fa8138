"""Gate 1: is this a service that we may and can watch?"""

from unwedge.decide.gates.case import Case, passed, ruled
from unwedge.model.decision import IncidentStep, Ruling, Verdict
from unwedge.model.service import Service
from unwedge.model.settings import Mode
from unwedge.model.situation import Failure

_ADVICE = {
    "logs": "Grant the remediator's role logs:GetLogEvents on the service's log group.",
    "ecs": "Grant the remediator's role this action; the stack's own policy allows it in the configured "
    "clusters.",
}


def service(case: Case) -> Ruling:
    """Missing, inactive, foreign, unreadable or switched-off services end here."""
    situation, settings = case.situation, case.settings
    if not settings.watches(situation.cluster_arn):
        text = f"Cluster {situation.cluster_arn} is not among the configured ones."
        left_at_0 = situation.incident is not None and situation.incident.draining is not None
        if left_at_0:
            text += (
                f" Service {situation.service_name} was scaled to 0 by Unwedge: scale it to 1 by hand now."
            )
        return ruled(Verdict.NOT_WATCHED, text, escalate=left_at_0, incident=IncidentStep.WITHDRAWN)
    if situation.failures:
        return _unreadable(case)
    found = situation.service
    if found is None:
        text = f"Service {situation.service_name} does not exist (any more)."
        return ruled(Verdict.SERVICE_GONE, text, incident=IncidentStep.WITHDRAWN)
    if found.status != "ACTIVE":
        text = f"Service {situation.service_name} is {found.status}, not ACTIVE."
        return ruled(Verdict.SERVICE_INACTIVE, text, incident=IncidentStep.WITHDRAWN)
    other = _other_way(found)
    if other:
        text = (
            f"Service {situation.service_name} {other}; only rolling deployments of a REPLICA service by ECS "
            "itself are understood."
        )
        return ruled(Verdict.UNSUPPORTED_DEPLOYMENT, text, incident=IncidentStep.WITHDRAWN)
    if case.mode is Mode.OFF and not (situation.incident and situation.incident.draining):
        source = "its tag unwedge=off" if found.tag else "the stack's default mode"
        text = f"Service {situation.service_name} is not watched, by {source}."
        return ruled(Verdict.NOT_WATCHED, text, incident=IncidentStep.WITHDRAWN)
    return passed(_mode_text(case))


def _other_way(found: Service) -> str | None:
    """How the service is deployed, where it is not ECS that replaces task by task."""
    if found.controller != "ECS":
        return f"is deployed by {found.controller}"
    if found.strategy != "ROLLING":
        return f"is deployed by the strategy {found.strategy}"
    return f"has the scheduling strategy {found.scheduling}" if found.scheduling != "REPLICA" else None


def _mode_text(case: Case) -> str:
    service = case.situation.service
    tag = service.tag if service else None
    if tag is None:
        return f"Watched in the stack's default mode, {case.mode}."
    known = tag.strip().lower() in {mode.value for mode in Mode}
    if known:
        return f"Watched in mode {case.mode}, by its tag."
    return f"Its tag unwedge={tag[:40]!r} is no mode we know, so it is only observed."


def _unreadable(case: Case) -> Ruling:
    failure = case.situation.failures[0]
    answer = f"{failure.call} answered {failure.code}: {failure.message}"
    if failure.failure is Failure.UNAVAILABLE:
        text = f"AWS cannot be read just now. {answer}"
        return ruled(Verdict.AWS_UNAVAILABLE, text, again=15, failures=len(case.situation.failures))
    advice = _ADVICE.get(failure.call.split(":")[0], "") if failure.failure is Failure.DENIED else ""
    text = f"The service cannot be observed, so nothing is done. {answer} {advice}".strip()
    # An open incident is worth another try: somebody may be fixing the permission right now.
    again = 300 if case.situation.incident else None
    return ruled(Verdict.CANNOT_OBSERVE, text, again=again, escalate=True)
