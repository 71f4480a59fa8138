"""Named faults: a replacement of source text in one file of the product."""

from typing import NamedTuple


class Fault(NamedTuple):
    """`old` becomes `new`, once, in `file` of lambdas/unwedge; `more` are further such edits."""

    name: str
    file: str
    old: str
    new: str
    more: tuple[tuple[str, str, str], ...] = ()


FAULTS = (
    Fault(
        "drop the claim",
        "act/actor.py",
        "return self._ledger.claim(record, incident, stop, self._budget(record, incident, action, now))",
        "return replace(record, incident=incident)",
    ),
    Fault(
        "skip the re-check", "act/actor.py", "        if changed or taken_back:\n", "        if taken_back:\n"
    ),
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
        "trust the event's task as holder",
        "decide/participants.py",
        "return self.holding[0] if len(self.holding) == 1 else None",
        "return (self.suspects or self.holding or (None,))[0]",
    ),
    Fault(
        "choose between two writers",
        "decide/participants.py",
        "return self.holding[0] if len(self.holding) == 1 else None",
        "return self.holding[0] if self.holding else None",
        (("decide/gates/holder.py", "    if len(participants.holding) > 1:\n", "    if False:\n"),),
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
        "wait in silence",
        "decide/silence.py",
        "open_for < case.settings.silence",
        "True",
    ),
    Fault(
        "match the near miss",
        "decide/signatures.py",
        '_PROMETHEUS_ERROR.fullmatch(said.get("err", ""))',
        '"lock DB directory" in said.get("err", "")',
    ),
    Fault(
        "match a quotation",
        "decide/signatures.py",
        "        return Meaning(Word.UNCLEAR, at)\n",
        "        return Meaning(Word.HELD, at)\n",
    ),
    Fault(
        "let any last line speak for the lock",
        "decide/signatures.py",
        "{Word.HELD, Word.OPENED, Word.BEGAN, Word.FAILED})",
        "{Word.HELD})",
    ),
    Fault(
        "believe a line of another hour",
        "decide/signatures.py",
        "if life is not None and own is not None and not life.covers(own):",
        "if False:",
    ),
    Fault(
        "believe whoever was killed",
        "decide/signatures.py",
        "if exit_codes is not None and code not in signature.exit_codes:",
        "if False:",
    ),
    Fault(
        "let a sidecar speak for the lock",
        "decide/testimony.py",
        "if spec and spec.shares and may_take(spec, definition.containers):",
        "if spec:",
    ),
    Fault(
        "keep a doubtful line from people",
        "decide/gates/evidence.py",
        "    if doubt:\n",
        "    if False:\n",
    ),
    Fault(
        "judge a joined event as one line",
        "decide/lines.py",
        'event.replace("\\r\\n", "\\n").split("\\n")',
        "[event]",
    ),
    Fault(
        "accept any stream's line",
        "observe/observer.py",
        "if spec.essential and spec.name in failed]",
        "if spec.log_stream]",
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
        "count an undetermined lock as equal",
        "decide/lock.py",
        "return Relation.SAME if alike else Relation.UNKNOWN",
        "return Relation.SAME",
    ),
    Fault(
        "replace a healthy holder of the same deployment",
        "decide/gates/holder.py",
        "if holding.health is Health.UNHEALTHY:",
        "if True:",
    ),
    Fault(
        "count an exited container as holding",
        "decide/grips.py",
        'return Grip.CANNOT_HOLD, "it has exited", False',
        'return Grip.MAY_HOLD, "it has exited", False',
    ),
    Fault(
        "forget a holder outside the service",
        "decide/grips.py",
        "        unsure = self.situation.outside or self.situation.outside_unread\n",
        "        unsure = False\n",
    ),
    Fault(
        "believe the start of an earlier life",
        "decide/grips.py",
        "opened(log, task.created_at, until)",
        "opened(log, None, until)",
    ),
    Fault(
        "let whoever is PENDING be the holder",
        "decide/grips.py",
        " or only is None or only.started_at is None or only.started_at > self.contended_at + SKEW:",
        " or only is None:",
    ),
    Fault(
        "take whoever runs for a moment for the holder",
        "decide/grips.py",
        "timedelta(seconds=self.settings.settled)",
        "timedelta(seconds=5)",
    ),
    Fault(
        "never look again",
        "controller.py",
        "        if requeue is None:\n            return None, None\n        quick_check",
        "        if True:\n            return None, None\n        quick_check",
    ),
    Fault(
        "drop the signal on a conflict",
        "controller.py",
        "self._queue.schedule(replace(signal, quick_check=None, tries=signal.tries + 1), _A_MOMENT)",
        "return",
    ),
    Fault(
        "forget the sent state",
        "act/actions.py",
        "        incident = with_state(incident, ends, StopState.SENT)\n",
        "        pass\n",
    ),
    Fault(
        "ignore the kill switch",
        "decide/gates/controls.py",
        "    if held.paused is not None:\n",
        "    if False:\n",
    ),
    Fault(
        "read the kill switch once only",
        "act/actor.py",
        "situation.controls._replace(paused=self._kill_switch.paused())",
        "situation.controls",
    ),
    Fault(
        "ignore that the holder is stopping",
        "decide/gates/holder.py",
        "    if participants.stopping:\n        return _already_stopping",
        "    if False:\n        return _already_stopping",
    ),
    Fault(
        "swallow what cannot be told",
        "act/actor.py",
        "return Outcome(OutcomeKind.UNKNOWN, text), record\n        done = ",
        "return self._carry_out(action, record, now)\n        done = ",
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
        "if case.participants.of_primary(holding) or not case.participants.of_primary(contender):",
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
        "keep the claim of a stop that was not made",
        "act/actor.py",
        "record = self._given_back(action, newest if taken_back else record)",
        "record = newest if taken_back else record",
    ),
    Fault(
        "believe that a stop without an answer was none",
        "act/actor.py",
        "            return Outcome(OutcomeKind.UNKNOWN, text), record\n        done = ",
        "            return Outcome(OutcomeKind.UNKNOWN, text), self._given_back(action, record)\n"
        "        done = ",
    ),
    Fault(
        "forget the open incident",
        "controller.py",
        "incident=None if closed else incident",
        "incident=None",
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
        "scale to 0 before the mark is set",
        "act/actor.py",
        "            if isinstance(action, UpdateService) and action.holder and begun:\n",
        "            if False:\n",
    ),
    Fault(
        "read a service's record without consistency",
        "record/dynamo.py",
        '"state"), ConsistentRead=True\n',
        '"state"), ConsistentRead=False\n',
    ),
    Fault(
        "read the account's count without consistency",
        "record/dynamo.py",
        "TableName=self._table, Key=key, ConsistentRead=True)",
        "TableName=self._table, Key=key)",
    ),
    Fault(
        "forget a day's stops after an hour",
        "record/claims.py",
        "_A_DAY = timedelta(days=1)",
        "_A_DAY = timedelta(hours=1)",
    ),
    Fault(
        "let any yes about a stop go beyond the account's budget",
        "act/actor.py",
        "            and Limit.ACCOUNT_BUDGET in answer.lifts\n",
        "",
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
        "overlook a rollback that began long after its rollout",
        "observe/ecs.py",
        "min(created) - _CREATED_TOGETHER",
        "max(created) - _CREATED_TOGETHER",
        (
            (
                "decide/gates/rollout.py",
                '    if found is None and state != "COMPLETED":\n',
                "    if False:\n",
            ),
        ),
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
        "count budgets in memory",
        "record/claims.py",
        "return replace(record, incident=with_stop(incident, stop), stops=(*others, stop))",
        "return replace(record, incident=with_stop(incident, stop), stops=record.stops)",
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
        "send a stop that was taken back",
        "act/actor.py",
        "        taken_back = _taken_back(record, newest)\n",
        "        taken_back = None\n",
    ),
    Fault(
        "count the stops of the deployment before",
        "decide/gates/case.py",
        'if stop.deployment in ("", self.deployment))',
        "if True)",
    ),
    Fault(
        "sweep no open incidents",
        "sweep.py",
        "        for cluster, name in opened:\n",
        "        for cluster, name in ():\n",
    ),
    Fault(
        "sweep no stopped tasks",
        "sweep.py",
        "        for (name, _), task in newest.items():\n",
        "        for (name, _), task in ():\n",
    ),
    Fault(
        "forget what was done when another pass wrote",
        "controller.py",
        "                if outcome.kind not in TOOK_EFFECT:\n",
        "                if True:\n",
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
        "forget a service once its task is stopped",
        "decide/decide.py",
        "looked_after(case, broken_silence(case, gate(case)))",
        "broken_silence(case, gate(case))",
    ),
    Fault(
        "open an incident for every overlap",
        "decide/gates/case.py",
        "return self.opens if lasted else IncidentStep.KEEP",
        "return self.opens",
    ),
    Fault(
        "follow every copy of a quick check",
        "controller.py",
        "        if not self._ledger.newest_check(*service, chain, quick_check.number, now):\n",
        "        if False:\n",
    ),
    Fault(
        "take no notice of tasks that fail their health checks",
        "signal/signals.py",
        "    if not task.failed and not task.failed_health:\n",
        "    if not task.failed:\n",
    ),
    Fault(
        "take two directories of one volume for one lock",
        "decide/lock.py",
        "    return Relation.SAME if same else Relation.DIFFERENT\n",
        "    return Relation.SAME\n",
    ),
    Fault(
        "count the task of an event as the service's own",
        "observe/observer.py",
        "list(dict.fromkeys([*listed[0], *listed[1]]))",
        "list(dict.fromkeys([*listed[0], *(task.arn for task in situation.tasks), *listed[1]]))",
    ),
    Fault(
        "call people to a service that nobody opted in",
        "decide/decide.py",
        "escalate=ruling.escalate and case.is_ours,",
        "escalate=ruling.escalate,",
    ),
    Fault(
        "send a quick check until the end of time",
        "controller.py",
        "if quick_check is None or not now < quick_check.until <= now + _LONGEST_QUICK_CHECKS:",
        "if quick_check is None or now >= quick_check.until:",
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
    Fault(
        "call a drain over while ECS shows the count of before",
        "record/after.py",
        "if begun and waited < settings.claim_lease:",
        "if begun and waited < 0:",
    ),
    Fault(
        "take a part of a list for the whole",
        "observe/reads.py",
        "    if more:\n",
        "    if more and not items:\n",
    ),
    Fault(
        "take a task for the service's own by its group",
        "observe/neighbours.py",
        "    described = ecs.describe(cluster, others[:_TASKS])\n",
        "    described = [\n        item\n        for item in ecs.describe(cluster, others[:_TASKS])\n"
        '        if item.get("group") != f"service:{situation.service_name}"\n    ]\n',
    ),
    Fault(
        "look at an open incident at every event",
        "record/news.py",
        "        return _spaced(record, now)\n",
        "        return None\n",
    ),
    Fault(
        "let passes queue behind events",
        "signal/queue.py",
        "return signal.cause in (Cause.REQUEUED, Cause.ANSWER) or (",
        "return signal.cause is Cause.ANSWER or (",
    ),
)
