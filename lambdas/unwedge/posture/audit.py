"""The audit of one service: every rule asked once, the worst finding first. Pure and total."""

from unwedge.model.posture import Finding, Outlook, Posture, Severity
from unwedge.posture.course import Course, course_of
from unwedge.posture.facts import Facts
from unwedge.posture.gap import gap_of
from unwedge.posture.rules.deployments import deployments
from unwedge.posture.rules.drift import drift
from unwedge.posture.rules.logs import logs
from unwedge.posture.rules.stopping import stopping
from unwedge.posture.rules.storage import storage

RULES = (deployments, storage, stopping, logs, drift)
# The steps to a writer after the other are the same whoever asks for them.
_GAP = frozenset({Outlook.WEDGES, Outlook.MAY_WEDGE, Outlook.OVERLAPS, Outlook.WRITES_TWICE})


def audit(facts: Facts) -> Posture:
    """What is to be known of a service before its next deployment. A service that shares no volume with
    another task has no findings but those about the volumes of its tasks."""
    course = course_of(facts.shape)
    found = [finding for rule in RULES for finding in rule(facts, course)]
    order = list(Severity)
    found.sort(key=lambda finding: order.index(finding.severity))
    gap = gap_of(facts) if course.outlook in _GAP else None
    return Posture(
        facts.shape.cluster,
        facts.shape.name,
        facts.at,
        course.outlook,
        tuple(_bounded(finding) for finding in found),
        program=_program(course),
        mode=facts.mode.value,
        gap=round(gap.seconds, 1) if gap else None,
        gap_seen=gap.seen if gap else 0,
    )


def _program(course: Course) -> str:
    return course.worst.program if course.worst else ""


_MOST = 2000


def _bounded(finding: Finding) -> Finding:
    """Names and paths are other people's text: what is kept and sent of them has a limit."""
    return finding._replace(sentence=finding.sentence[:_MOST], cost=finding.cost[:_MOST])
