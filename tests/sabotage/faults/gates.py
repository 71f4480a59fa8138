"""Faults of the gates."""

from tests.sabotage.faults.fault import Fault

FAULTS = (
    Fault(
        "ignore the rollback", "decide/gates/rollout.py", 'if state == "FAILED" or backwards:', "if False:"
    ),
    Fault(
        "ignore desired count",
        "decide/gates/rollout.py",
        "    if count == 1:\n",
        "    if count >= 0:\n",
    ),
    Fault(
        "act on a blue/green deployment",
        "decide/gates/service.py",
        'if found.strategy != "ROLLING":',
        "if False:",
    ),
    Fault(
        "go past a lifecycle hook that awaits an action",
        "decide/gates/rollout.py",
        "if found and found.awaiting:",
        "if False:",
    ),
    Fault(
        "stop a protected task without asking",
        "decide/gates/limits.py",
        "ask = [limit for limit in case.limits if limit is not Limit.ACCOUNT_BUDGET]",
        "ask = [limit for limit in case.limits if limit is Limit.MODE]",
    ),
    Fault(
        "keep a doubtful line from people",
        "decide/gates/evidence.py",
        "    if doubt:\n",
        "    if False:\n",
    ),
    Fault(
        "forget the stops of an incident",
        "decide/gates/limits.py",
        "spent, allowed = len(case.stops_for_deployment), case.settings.stops_per_incident",
        "spent, allowed = 0, case.settings.stops_per_incident",
    ),
    Fault(
        "ignore the mode",
        "decide/gates/limits.py",
        "if case.mode in (Mode.APPROVE, Mode.ENFORCE):",
        "if case.mode is not Mode.OFF:",
    ),
    Fault(
        "replace a healthy holder of the same deployment",
        "decide/gates/holder.py",
        "if holding.health is Health.UNHEALTHY:",
        "if True:",
    ),
    Fault(
        "ignore the kill switch",
        "decide/gates/controls.py",
        "    if held.paused is not None:\n",
        "    if False:\n",
    ),
    Fault(
        "ignore that the holder is stopping",
        "decide/gates/holder.py",
        "    if participants.stopping:\n        return _already_stopping",
        "    if False:\n        return _already_stopping",
    ),
    Fault(
        "act on anybody's old claim",
        "decide/gates/limits.py",
        "if stop.state is StopState.SENT or waited < lease:",
        "if False:",
    ),
    Fault(
        "never escalate a lack of successors",
        "decide/gates/timing.py",
        "return Ruling(text, Verdict.NO_SUCCESSOR, numbers, look, escalate=True, incident=case.opens)",
        "return Ruling(text, Verdict.NO_SUCCESSOR, numbers, look, incident=case.opens)",
    ),
    Fault(
        "stop the primary",
        "decide/gates/holder.py",
        "if not case.participants.of_primary(contender):",
        "if False:",
        (
            (
                "decide/participants.py",
                "        if self.of_primary(holder):\n            return not",
                "        if True:\n            return False and not",
            ),
        ),
    ),
    Fault(
        "ignore an unreadable answer",
        "decide/gates/service.py",
        "    if situation.failures:\n",
        "    if False:\n",
    ),
    Fault(
        "ignore the account's budget",
        "decide/gates/controls.py",
        "    if ruling is None or ruling.verdict is None:\n",
        "    if True:\n",
    ),
    Fault(
        "never scale up again after a drain",
        "decide/gates/health.py",
        "ruling = unfinished(case) or _scaled_to_nothing(case)",
        "ruling = _scaled_to_nothing(case)",
    ),
    Fault(
        "scale up a service that somebody else scaled to 0",
        "decide/gates/handover.py",
        "    if begun.mark and service.drain_mark != begun.mark:\n",
        "    if False:\n",
    ),
    Fault(
        "leave a drained service at 0 while paused",
        "decide/gates/handover.py",
        "    return _drained(case, begun, waited)\n",
        "    return None if case.situation.controls is None else _drained(case, begun, waited)\n",
    ),
    Fault(
        "bring a drained service back before its tasks are gone",
        "decide/gates/handover.py",
        "    if left and waited < case.drain_patience:\n",
        "    if False:\n",
    ),
    Fault(
        "take a claim that was never sent for a stop that was spent",
        "decide/gates/case.py",
        "sum(holder is None or stop.task_arn != holder.arn for stop in self.stops_for_deployment)",
        "len(self.stops_for_deployment)",
    ),
    Fault(
        "drain without the option",
        "decide/gates/case.py",
        "if holder is None or settings.fallback is not Fallback.DRAIN:",
        "if holder is None:",
    ),
    Fault(
        "roll back without the option",
        "decide/gates/handover.py",
        "if case.settings.when_broken is not WhenBroken.ROLLBACK or incident is None or not incident.stops:",
        "if incident is None or not incident.stops:",
    ),
    Fault(
        "roll back while something runs",
        "decide/gates/handover.py",
        "    if case.participants.running:\n",
        "    if False:\n",
    ),
    Fault(
        "take an approval for any task",
        "decide/gates/case.py",
        "if answer is None or answer.subject != subject or ",
        "if answer is None or ",
    ),
    Fault(
        "take an approval whatever its age",
        "decide/gates/case.py",
        "return answer if self.situation.observed_at < until else None",
        "return answer",
    ),
    Fault(
        "take an approval for another deployment",
        "decide/gates/case.py",
        'answer.deployment not in ("", self.deployment)',
        "False",
    ),
    Fault(
        "go beyond a limit that the question did not name",
        "decide/gates/case.py",
        "if limit not in answer.lifts:",
        "if False:",
    ),
    Fault(
        "count the stops of the deployment before",
        "decide/gates/case.py",
        'if stop.deployment in ("", self.deployment))',
        "if True)",
    ),
    Fault(
        "ignore the cooldown",
        "decide/gates/controls.py",
        "    if passed_ >= cooldown:\n",
        "    if True:\n",
    ),
    Fault(
        "stop again what wins every race",
        "decide/gates/limits.py",
        "    if spent >= allowed or case.cannot_be_won:\n",
        "    if spent >= allowed:\n",
    ),
    Fault(
        "open an incident for every overlap",
        "decide/gates/case.py",
        "return self.opens if lasted else IncidentStep.KEEP",
        "return self.opens",
    ),
    Fault(
        "be silent for as long as a load balancer may be slow",
        "decide/gates/case.py",
        "return min(patience + (known.seconds if known else 0.0), max(patience, self.settings.silence))",
        "return patience + (known.seconds if known else 0.0)",
    ),
    Fault(
        "give a rollback of our own stops of its own",
        "decide/gates/case.py",
        "if way and contender and contender.task_definition == way.task_definition:",
        "if way and contender is None:",
    ),
)
