"""Record: decision, situation and outcome to the ledger; one structured log line; metrics."""

from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit, single_metric

from unwedge.model.codec import to_json
from unwedge.model.decision import Decision, IncidentStep, Verdict
from unwedge.model.incident import Incident
from unwedge.model.outcome import Outcome, OutcomeKind
from unwedge.model.situation import Situation
from unwedge.observe.reads import ReadError
from unwedge.record.ledger import ServiceRecord
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
        self._logger.info(
            "decision_recorded", extra=_line(decision, situation, outcome, incident, signal, repeats)
        )
        self._count_incident(decision, situation.incident, repeats)
        if repeats:
            return
        self._count("Decisions")
        self._count_by("Decisions", "verdict", decision.verdict.value)
        self._measure(decision, outcome)

    def _count_incident(self, decision: Decision, before: Incident | None, repeats: int) -> None:
        """Counts that mean services, not passes: once per incident, else once per row of equal decisions."""
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

    def ignored(self, signal: Signal, why: str) -> None:
        """A signal that needs no pass: recorded in one line."""
        self._logger.info("signal_ignored", extra={**_about(signal), "why": why})

    def refused(self, refusal: Refusal, message_id: str) -> None:
        """Input that is no signal for us: recorded and acknowledged."""
        self._logger.warning(
            "signal_refused",
            extra={"refusal": refusal.code, "detail": refusal.detail, "message_id": message_id},
        )
        self._count("SignalsRefused")
        self._count_by("SignalsRefused", "refusal", refusal.code)

    def answered(self) -> None:
        """Counts what a person answered or turned, whatever came of it."""
        self._count("Answers")

    def kill_switch_changed(self, change: str, by: str, reason: str) -> None:
        """A person paused Unwedge, or let it run again."""
        self._logger.info("kill_switch_changed", extra={"change": change, "by": by, "reason": reason})

    def swept(self, sweep: Sweep, swept: Swept) -> None:
        """A sweep that came to its end: one line and a count. One that did not read all raises an alarm."""
        about = {"cluster": sweep.cluster_arn, **swept._asdict()}
        self._logger.info("sweep_ended", extra=about)
        self._count("Sweeps")
        if swept.cut:
            self._logger.warning(
                "sweep_failed", extra={**about, "why": "more tasks have stopped than one sweep reads"}
            )
            self._count("SweepsFailed")

    def not_swept(self, sweep: Sweep, error: ReadError) -> None:
        """A sweep that AWS did not let happen. The next one comes by itself, so this one is not retried."""
        self._logger.warning("sweep_failed", extra={"cluster": sweep.cluster_arn, "why": str(error)})
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
        "request": to_json(decision.approval_request),
        "outcome": outcome.kind.value,
        "outcome_sentence": outcome.sentence,
        "holder": decision.holder,
        "contender": decision.contender,
        "successor": decision.successor,
        "evidence": decision.evidence,
        "incident_id": incident.id if incident else None,
        "incident_step": decision.incident.value,
        "reasons": to_json(decision.reasons),
        "requeue_after_seconds": decision.requeue.seconds if decision.requeue else None,
        "seconds_to_detect": times.to_detect,
        "seconds_to_stop": times.to_stop,
        "seconds_to_recover": times.to_recover,
        "gap_seconds": times.gap,
        "escalated": decision.escalate,
        "repeats": repeats,
        "observed_at": to_json(situation.observed_at),
    }
