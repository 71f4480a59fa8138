"""No wait goes on for ever without a person: the longest silence about an open incident. Pure.

Every gate says for itself how long its own wait may last. This is the net beneath: whatever waits, and
however often one reason to wait takes the place of another, a service that opted in is told about in the end.
"""

from dataclasses import replace

from unwedge.decide.gates.case import Case
from unwedge.model.decision import IncidentStep, Ruling, Verdict

# These tell a person by themselves, or go on in the same pass.
_TELL = frozenset({Verdict.APPROVAL_NEEDED, Verdict.READ_MORE})


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
