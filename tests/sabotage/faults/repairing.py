"""Faults in what repairs services."""

from tests.sabotage.faults.fault import Fault

FAULTS = (
    Fault(
        "repair while paused",
        "posture/repair.py",
        "    if standing.paused:\n",
        "    if False:\n",
    ),
    Fault(
        "repair what somebody has put back",
        "posture/repair.py",
        "    if before is None or facts.at - before >= ONCE_IN:\n",
        "    if before is None or facts.at >= before:\n",
    ),
    Fault(
        "repair twice at the same time",
        "record/repair_writer.py",
        '"OR (#state IN (:claimed, :withdrawn) AND #at < :lease)"',
        '"OR #state IN (:claimed, :withdrawn)"',
    ),
    Fault(
        "repair a service that has changed while it was read",
        "act/repairer.py",
        "        if _decisive(now) == _decisive(service):",
        "        if now:",
    ),
    Fault(
        "try a refused repair at every audit",
        "record/repair_writer.py",
        "RepairState.WITHDRAWN.value",
        "RepairState.REFUSED.value",
    ),
    Fault(
        "repair without the second look",
        "repairs.py",
        "        still = repair_of(fresh.facts, standing) if fresh else",
        "        still = found if fresh else",
    ),
    Fault(
        "repair while an incident is open",
        "posture/repair.py",
        "    if standing.incident:\n",
        "    if False:\n",
    ),
    Fault(
        "repair a service whose mode is not enforce",
        "posture/repair.py",
        "    if facts.mode is not Mode.ENFORCE:\n",
        "    if facts.mode is Mode.OFF:\n",
    ),
    Fault(
        "ask for a repair while a deployment begins",
        "handlers/auditor.py",
        "            if not request.deployment:\n",
        "            if request:\n",
    ),
    Fault(
        "tell nobody of a repair",
        "record/repair_writer.py",
        "        if repair.state in (RepairState.DONE, RepairState.REFUSED):\n",
        "        if repair.state is RepairState.CLAIMED:\n",
    ),
    Fault(
        "take what a dead invocation left for what was before",
        "repairs.py",
        "        before = left.before if left else _before(facts)\n",
        "        before = _before(facts)\n",
    ),
    Fault(
        "repair beside an invocation that has the claim",
        "repairs.py",
        "        if left and now - left.at < LEASE:\n",
        "        if left and now < left.at:\n",
    ),
)
