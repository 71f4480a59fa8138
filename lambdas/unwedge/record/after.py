"""What a decision leaves behind: the incident, the last decision, the entry in the ledger. Pure."""

import hashlib
from dataclasses import replace

from unwedge.model.codec import to_json
from unwedge.model.decision import Decision, IncidentStep, Verdict
from unwedge.model.incident import Drain, Incident, Stop, StopState
from unwedge.model.outcome import Outcome
from unwedge.model.settings import Settings
from unwedge.model.situation import Situation
from unwedge.record.bounded import fitting
from unwedge.record.ledger import Entry, Last
from unwedge.record.private import without_lines
from unwedge.record.versions import KEY, VERSION
from unwedge.signal.signals import Signal


def incident_after(decision: Decision, situation: Situation, settings: Settings) -> Incident | None:
    """The incident as the decision leaves it: opened, kept, or closed (then still returned, to be filed)."""
    incident = situation.incident
    contender = situation.task(decision.contender) if decision.contender else None
    if decision.incident is IncidentStep.OPEN and contender and contender.failed_at:
        moment = situation.observed_at
        seed = f"{situation.cluster_arn}/{situation.service_name}/{contender.arn}"
        return Incident(
            id=f"{moment:%Y%m%dT%H%M%SZ}-{hashlib.sha256(seed.encode()).hexdigest()[:8]}",
            opened_at=moment,
            contender=contender.arn,
            failed_at=contender.failed_at,
            evidence=decision.evidence or "",
            container=decision.container or "",
            deployment=contender.deployment_id,
            approval_request=decision.approval_request,
            seen=_marks(decision, ()),
        )
    if incident is None:
        return None
    broken = decision.blamed if decision.blamed and incident.stops else incident.broken
    return replace(
        incident,
        broken=broken,
        stops=tuple(_as_seen(stop, situation) for stop in incident.stops),
        approval_request=decision.approval_request or incident.approval_request,
        drain=_drain_after(decision, situation, incident, settings),
        seen=_marks(decision, incident.seen),
    )


def _as_seen(stop: Stop, situation: Situation) -> Stop:
    """A claim whose task is seen to stop since was sent, though its answer or the record of it was lost."""
    task = situation.task(stop.task_arn)
    unheard = task is not None and stop.took_effect_unheard(task.stopping_at)
    return stop._replace(state=StopState.SENT) if unheard else stop


def _drain_after(
    decision: Decision, situation: Situation, incident: Incident, settings: Settings
) -> Drain | None:
    """A drain that we sent, and that somebody else has ended by scaling the service up, is over. One that we
    claimed and that never took effect has not been: a later 0 is somebody else's. Until the claim's lease is
    over, ECS may still show the count of before."""
    begun, service = incident.draining, situation.service
    waited = (situation.observed_at - begun.claimed_at).total_seconds() if begun else 0
    if begun and waited < settings.claim_lease:
        return begun
    ours = decision.verdict in (Verdict.DRAIN_SERVICE, Verdict.DRAINING, Verdict.RESTORE_SERVICE)
    if begun is None or ours or service is None or not service.desired_count:
        return incident.drain
    return begun._replace(over_at=situation.observed_at) if begun.state is StopState.SENT else None


def _marks(decision: Decision, seen: tuple[str, ...]) -> tuple[str, ...]:
    """The verdicts that an incident has seen, in order, each once; an escalated one also with a "!"."""
    marks = [decision.verdict.value, *([f"{decision.verdict.value}!"] if decision.escalate else [])]
    return tuple(dict.fromkeys((*seen, *marks)))


def last_after(
    decision: Decision, situation: Situation, outcome: Outcome, signal: Signal, previous: Last | None
) -> Last:
    """The last decision for the record; the same decision again counts up instead of being written again.

    The next contender of the same holder changes nothing. A decision with an action is never a repeat: each
    is kept with what came of it.
    """
    # A question that is asked again is a new one: people have to hear of it. While it waits it is one.
    about: object = decision.approval_request.asked_at if decision.approval_request else decision.escalate
    parts = (decision.verdict, decision.holder, about, outcome.kind)
    key = "|".join(str(part) for part in parts)
    hint = signal.hint
    task = decision.contender or (hint.arn if hint else None)
    seen = situation.task(task) if task else None
    again = previous is not None and previous.key == key and decision.action is None
    repeats = previous.repeats + 1 if previous and again else 0
    definition = seen.task_definition if seen else None
    return Last(
        key,
        decision.verdict.value,
        situation.observed_at,
        task,
        definition,
        repeats,
        ended=seen is not None and seen.last_status == "STOPPED",
        sentence=decision.sentence,
        mode=decision.mode,
        escalated=decision.escalate,
    )


def entry_for(
    decision: Decision,
    situation: Situation,
    outcome: Outcome,
    signal: Signal,
    settings: Settings,
    incident: Incident | None,
) -> Entry:
    """The decision with all that it was made from, as the ledger keeps it. `incident`: as it leaves it. The
    lines of a failure that is no incident, and that nobody is told of, are not kept."""
    ours = incident or situation.incident or decision.escalate
    kept = fitting(situation if ours else without_lines(situation), decision, settings)
    data = {
        KEY: VERSION,
        "decision": to_json(kept.decision),
        "situation": to_json(kept.situation),
        "settings": to_json(settings),
        "outcome": to_json(outcome),
        "cause": signal.cause.value,
        "incident": incident.id if incident else None,
        **({} if kept.whole else {"shortened": True}),
    }
    digest = hashlib.sha256(repr((signal, situation.observed_at)).encode()).hexdigest()[:12]
    return Entry(digest, situation.observed_at, data)
