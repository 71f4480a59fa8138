"""Faults of what the gates build on: participants, grips, the lock, evidence."""

from tests.sabotage.faults.fault import Fault

FAULTS = (
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
        "wait in silence",
        "decide/silence.py",
        "open_for < case.settings.silence",
        "True",
    ),
    Fault(
        "match the near miss",
        "decide/catalogue/time_series.py",
        '_PROMETHEUS_ERROR.fullmatch(said.get("err", ""))',
        '"lock DB directory" in said.get("err", "")',
    ),
    Fault(
        "match a quotation",
        "decide/catalogue/time_series.py",
        "        return Meaning(Word.UNCLEAR, at)\n",
        "        return Meaning(Word.HELD, at)\n",
    ),
    Fault(
        "let any last line speak for the lock",
        "decide/signatures.py",
        "_WEIGHTY = frozenset({Word.HELD, Word.OPENED, Word.BEGAN, Word.FAILED})",
        "_WEIGHTY = frozenset({Word.HELD})",
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
        "judge a joined event as one line",
        "decide/lines.py",
        'event.replace("\\r\\n", "\\n").split("\\n")',
        "[event]",
    ),
    Fault(
        "count an undetermined lock as equal",
        "decide/lock.py",
        "return Relation.SAME if alike else Relation.UNKNOWN",
        "return Relation.SAME",
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
        "opened(log, task.created_at, until, images)",
        "opened(log, None, until, images)",
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
        "forget a service once its task is stopped",
        "decide/decide.py",
        "looked_after(case, broken_silence(case, gate(case)))",
        "broken_silence(case, gate(case))",
    ),
    Fault(
        "take two directories of one volume for one lock",
        "decide/lock.py",
        "    return Relation.SAME if same else Relation.DIFFERENT\n",
        "    return Relation.SAME\n",
    ),
    Fault(
        "call people to a service that nobody opted in",
        "decide/decide.py",
        "escalate=ruling.escalate and case.is_ours,",
        "escalate=ruling.escalate,",
    ),
)
