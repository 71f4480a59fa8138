"""Faults of what is read, told and asked for: observing, signals, the pass, the sweep."""

from tests.sabotage.faults.fault import Fault

FAULTS = (
    Fault(
        "accept any stream's line",
        "observe/observer.py",
        "if spec.essential and spec.name in failed]",
        "if spec.log_stream]",
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
        "forget the open incident",
        "controller.py",
        "incident=None if closed else incident",
        "incident=None",
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
        "count the task of an event as the service's own",
        "observe/observer.py",
        "list(dict.fromkeys([*listed[0], *listed[1]]))",
        "list(dict.fromkeys([*listed[0], *(task.arn for task in situation.tasks), *listed[1]]))",
    ),
    Fault(
        "send a quick check until the end of time",
        "controller.py",
        "if quick_check is None or not now < quick_check.until <= now + _LONGEST_QUICK_CHECKS:",
        "if quick_check is None or now >= quick_check.until:",
    ),
    Fault(
        "take a part of a list for the whole",
        "observe/reads.py",
        "    if more:\n",
        "    if more and not items:\n",
    ),
    Fault(
        "take a task for the service's own by what is written on it",
        "observe/neighbours.py",
        "    described = ecs.describe(cluster, others[:_TASKS])\n",
        "    described = [\n        item\n        for item in ecs.describe(cluster, others[:_TASKS])\n"
        '        if item.get("startedBy") != reference.task.deployment_id\n    ]\n',
    ),
    Fault(
        "let passes queue behind events",
        "signal/queue.py",
        "return signal.cause in (Cause.REQUEUED, Cause.ANSWER) or (",
        "return signal.cause is Cause.ANSWER or (",
    ),
)
