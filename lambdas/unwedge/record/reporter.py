"""Record: decision, situation and outcome to the ledger; one structured log line; metrics."""

import hashlib
from dataclasses import replace
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit, single_metric

from unwedge.model.codec import to_json
from unwedge.model.decision import Decision, IncidentStep, Verdict
from unwedge.model.outcome import Outcome, OutcomeKind
from unwedge.model.settings import Policy
from unwedge.model.situation import Drain, Incident, Situation, StopState
from unwedge.observe.reads import ReadError
from unwedge.record.ledger import Entry, Last, ServiceRecord
from unwedge.signal.signals import Refusal, Signal, Sweep, Swept

_COUNTED = {
    Verdict.WOULD_STOP: "WouldStop",
    Verdict.RECOVERED: "Recovered",
    Verdict.NOTHING_RUNS: "NothingRuns",
    Verdict.CANNOT_VERIFY: "CannotVerify",
}

_UPDATES = {
    Verdict.DRAIN_SERVICE: "Drains",
    Verdict.RESTORE_SERVICE: "Restores",
    Verdict.ROLL_BACK: "Rollbacks",
}


def incident_after(decision: Decision, situation: Situation) -> Incident | None:
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
            request=decision.request,
            seen=_marks(decision, ()),
        )
    if incident is None:
        return None
    primary = situation.service.primary if situation.service else None
    said = decision.verdict in (Verdict.NEW_REVISION_BROKEN, Verdict.ROLL_BACK)
    broke = said and incident.stops and primary is not None
    broken = primary.id if broke and primary else incident.broken
    return replace(
        incident,
        broken=broken,
        request=decision.request or incident.request,
        drain=_drain_after(decision, situation, incident),
        seen=_marks(decision, incident.seen),
    )


def _drain_after(decision: Decision, situation: Situation, incident: Incident) -> Drain | None:
    """A drain that we sent, and that somebody else has ended by scaling the service up, is over."""
    begun, service = incident.draining, situation.service
    ours = decision.verdict in (Verdict.DRAINING, Verdict.RESTORE_SERVICE)
    if begun is None or begun.state is not StopState.SENT or ours or service is None:
        return incident.drain
    return begun._replace(over_at=situation.observed_at) if service.desired_count else begun


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
    about: object = decision.request.asked_at if decision.request else decision.escalate
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
    policy: Policy,
    incident: Incident | None,
) -> Entry:
    """The decision with all that it was made from, as the ledger keeps it. `incident`: as it leaves it."""
    data = {
        "decision": to_json(decision),
        "situation": to_json(situation),
        "policy": to_json(policy),
        "outcome": to_json(outcome),
        "cause": signal.cause.value,
        "incident": incident.id if incident else None,
    }
    digest = hashlib.sha256(repr((signal, situation.observed_at)).encode()).hexdigest()[:12]
    return Entry(digest, situation.observed_at, data)


class Reporter:
    """The structured log line and the metrics of every decision and every refusal."""

    def __init__(self, logger: Logger, metrics: Metrics) -> None:
        self._logger = logger
        self._metrics = metrics

    def decided(
        self,
        decision: Decision,
        situation: Situation,
        outcome: Outcome,
        record: ServiceRecord,
        incident: Incident | None,
        signal: Signal,
    ) -> None:
        """One line per decision; metrics count a decision once, however often it repeats."""
        repeats = record.last.repeats if record.last else 0
        self._logger.info("decision", extra=_line(decision, situation, outcome, incident, signal, repeats))
        self._count_incident(decision, situation.incident, repeats)
        if repeats:
            return
        self._count("Decisions")
        self._count_by("Decisions", "verdict", decision.verdict.value)
        self._measure(decision, outcome)

    def _count_incident(self, decision: Decision, before: Incident | None, repeats: int) -> None:
        """Counts that mean services, not looks: once per incident, else once per row of equal decisions."""
        verdict = decision.verdict.value
        known = verdict in before.seen if before else repeats > 0
        told = f"{verdict}!" in before.seen if before else repeats > 0
        if decision.incident is IncidentStep.OPEN:
            self._count("Wedged")
        if decision.verdict in _COUNTED and not known:
            self._count(_COUNTED[decision.verdict])
        # That nothing runs is counted above and has an alarm of its own: one trouble rings once.
        if decision.escalate and not told and decision.verdict is not Verdict.NOTHING_RUNS:
            self._count("Escalations")

    def noted(self, signal: Signal, note: str) -> None:
        """A signal that needs no look: recorded in one line."""
        self._logger.info("signal noted", extra={**_about(signal), "note": note})

    def refused(self, refusal: Refusal, message_id: str) -> None:
        """Input that is no signal for us: recorded and acknowledged."""
        self._logger.warning(
            "signal refused",
            extra={"refusal": refusal.code, "detail": refusal.detail, "message_id": message_id},
        )
        self._count("SignalsRefused")
        self._count_by("SignalsRefused", "refusal", refusal.code)

    def answered(self) -> None:
        """Counts what a person answered or turned, whatever came of it."""
        self._count("Answers")

    def turned(self, turn: str, by: str, reason: str) -> None:
        """A person turned the kill switch."""
        self._logger.info("switch turned", extra={"turn": turn, "by": by, "reason": reason})

    def swept(self, sweep: Sweep, swept: Swept) -> None:
        """A sweep that came to its end: one line, and a count whose absence raises an alarm."""
        self._logger.info("sweep", extra={"cluster": sweep.cluster_arn, **swept._asdict()})
        self._count("Sweeps")

    def not_swept(self, sweep: Sweep, error: ReadError) -> None:
        """A sweep that AWS did not let happen. The next one comes by itself, so this one is not retried."""
        self._logger.warning("sweep failed", extra={"cluster": sweep.cluster_arn, "why": str(error)})
        self._count("SweepsFailed")

    def failed(self) -> None:
        """Counts a signal that could not be handled and goes back to the queue."""
        self._count("SignalsFailed")

    def received(self) -> None:
        """Counts a signal, whatever becomes of it."""
        self._count("Signals")

    def _measure(self, decision: Decision, outcome: Outcome) -> None:
        if outcome.kind is OutcomeKind.UPDATED and decision.verdict in _UPDATES:
            self._count(_UPDATES[decision.verdict])
        if outcome.kind is OutcomeKind.STOPPED:
            self._count("Stops")
            self._seconds("SecondsToDetect", decision.times.to_detect)
            self._seconds("SecondsToStop", decision.times.to_stop)
        if decision.verdict is Verdict.RECOVERED:
            self._seconds("SecondsToRecover", decision.times.to_recover)
            self._seconds("GapSeconds", decision.times.gap)

    def _count_by(self, name: str, dimension: str, value: str) -> None:
        """The same count once more, apart by one dimension."""
        with single_metric(
            name=name,
            unit=MetricUnit.Count,
            value=1,
            namespace=self._metrics.namespace,
            default_dimensions={"service": self._metrics.service or "unwedge"},
        ) as metric:
            metric.add_dimension(dimension, value)

    def _count(self, name: str) -> None:
        self._metrics.add_metric(name=name, unit=MetricUnit.Count, value=1)

    def _seconds(self, name: str, value: float | None) -> None:
        if value is not None:
            self._metrics.add_metric(name=name, unit=MetricUnit.Seconds, value=value)


def _about(signal: Signal) -> dict[str, Any]:
    return {"cluster": signal.cluster_arn, "service": signal.service_name, "signal": signal.cause.value}


def _line(
    decision: Decision,
    situation: Situation,
    outcome: Outcome,
    incident: Incident | None,
    signal: Signal,
    repeats: int,
) -> dict[str, Any]:
    times = decision.times
    return {
        **_about(signal),
        "verdict": decision.verdict.value,
        "gate": decision.gate,
        "sentence": decision.sentence,
        "mode": decision.mode,
        "action": to_json(decision.action),
        "request": to_json(decision.request),
        "outcome": outcome.kind.value,
        "outcome_sentence": outcome.sentence,
        "holder": decision.holder,
        "contender": decision.contender,
        "successor": decision.successor,
        "evidence": decision.evidence,
        "incident_id": incident.id if incident else None,
        "incident_step": decision.incident.value,
        "reasons": to_json(decision.reasons),
        "look_again_in_seconds": decision.look_again.seconds if decision.look_again else None,
        "seconds_to_detect": times.to_detect,
        "seconds_to_stop": times.to_stop,
        "seconds_to_recover": times.to_recover,
        "gap_seconds": times.gap,
        "escalated": decision.escalate,
        "repeats": repeats,
        "observed_at": to_json(situation.observed_at),
    }
