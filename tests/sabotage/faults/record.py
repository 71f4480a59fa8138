"""Faults of what acts and of what is kept."""

from tests.sabotage.faults.fault import Fault

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
        "forget the sent state",
        "act/actions.py",
        "        incident = with_state(incident, ends, StopState.SENT)\n",
        "        pass\n",
    ),
    Fault(
        "read the kill switch once only",
        "act/actor.py",
        "situation.controls._replace(paused=self._kill_switch.paused())",
        "situation.controls",
    ),
    Fault(
        "swallow what cannot be told",
        "act/actor.py",
        "return Outcome(OutcomeKind.UNKNOWN, text), record\n        done = ",
        "return self._carry_out(action, record, now)\n        done = ",
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
        "count budgets in memory",
        "record/claims.py",
        "return replace(record, incident=with_stop(incident, stop), stops=(*others, stop))",
        "return replace(record, incident=with_stop(incident, stop), stops=record.stops)",
    ),
    Fault(
        "send a stop that was taken back",
        "act/actor.py",
        "        taken_back = _taken_back(record, newest)\n",
        "        taken_back = None\n",
    ),
    Fault(
        "call a drain over while ECS shows the count of before",
        "record/after.py",
        "if begun and waited < settings.claim_lease:",
        "if begun and waited < 0:",
    ),
    Fault(
        "look at an open incident at every event",
        "record/news.py",
        "        return _spaced(record, now)\n",
        "        return None\n",
    ),
)
