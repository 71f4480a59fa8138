"""No wait goes on for ever without a person: the longest silence about an open incident. Pure.

Every gate says for itself how long its own wait may last. This is the net beneath: whatever waits, and
however often one reason to wait takes the place of another, a service that opted in is told about in the end.
"""

from dataclasses import replace

from unwedge.decide.gates.case import Case
from unwedge.decide.gates.wording import clock
from unwedge.model.decision import IncidentStep, Requeue, Ruling, Verdict
from unwedge.model.situation import Scope

# These tell a person by themselves, or go on in the same pass.
_TELL = frozenset({Verdict.APPROVAL_NEEDED, Verdict.READ_MORE})


# Nothing else is coming after these, unless an event does.
_LAST_WORDS = frozenset(
    {
        Verdict.HEALTHY,
        Verdict.RECOVERED,
        Verdict.WITHDRAWN,
        Verdict.TARGET_HOLDS_LOCK,
        Verdict.OTHER_FAILURE,
        Verdict.CANNOT_VERIFY,
        Verdict.FAILS_HEALTH_CHECKS,
    }
)


def looked_after(case: Case, ruling: Ruling) -> Ruling:
    """For a while after a stop of ours the ruling is not the last one; a crash for another reason, which else
    is its owner's business, is told. In an open incident none of these is the last one anyway."""
    if not case.aftercare or ruling.verdict not in _LAST_WORDS:
        return ruling
    if ruling.verdict is Verdict.OTHER_FAILURE:
        text = f"{ruling.text} Unwedge stopped a task of this service at {clock(case.situation.stopped_at)}."
        ruling = replace(ruling, text=text, escalate=True)
    # One failure dismissed must not take the place of the pass that is coming.
    if ruling.requeue or case.situation.scope is Scope.FAILURE:
        return ruling
    return replace(ruling, requeue=Requeue(60))


def broken_silence(case: Case, ruling: Ruling) -> Ruling:
    """The ruling, escalated where the incident has been open for too long without an end."""
    incident = case.situation.incident
    if incident is None or ruling.verdict is None or ruling.verdict in _TELL:
        return ruling
    if ruling.escalate or ruling.action:
        return ruling
    # Of a service that cannot be read nobody knows the mode: it may have opted in.
    hears = case.situation.service is None or case.hears
    open_for = case.since(incident.opened_at)
    if not hears or ruling.incident is not IncidentStep.KEEP or open_for < case.settings.silence:
        return ruling
    text = f"{ruling.text} The incident is open for {open_for // 60:.0f} min: a person should look."
    numbers = {**ruling.numbers, "seconds_open": open_for}
    return replace(ruling, text=text, numbers=numbers, escalate=True)
