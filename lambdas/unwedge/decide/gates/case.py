"""The case that is put before the gates: a situation, the settings, and who is who."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from unwedge.decide.participants import Participants
from unwedge.decide.signatures import Evidence
from unwedge.model.decision import IncidentStep, Requeue, Ruling, Verdict
from unwedge.model.incident import Approval, ApprovalRequest, StopState
from unwedge.model.service import Task
from unwedge.model.settings import Fallback, Mode, Settings
from unwedge.model.situation import Situation


@dataclass(frozen=True)
class Case:
    """Facts that several gates use, each worked out once."""

    situation: Situation
    settings: Settings

    @cached_property
    def participants(self) -> Participants:
        """Who is who."""
        return Participants(self.situation, self.settings)

    @cached_property
    def evidence(self) -> Evidence | None:
        """A lock line in the suspect's own log stream."""
        return self.participants.evidence

    @cached_property
    def contender(self) -> Task | None:
        """The suspect, once there is evidence that it failed on the lock."""
        return self.participants.suspect if self.evidence else None

    @property
    def parties(self) -> tuple[Task, Task]:
        """Contender and holder. Only for gates behind those that made sure of both."""
        contender, holder = self.contender, self.participants.holder
        assert contender is not None, "gate 3 has passed"
        assert holder is not None, "gate 5 has passed"
        return contender, holder

    @property
    def mode(self) -> Mode:
        """The mode by the service's tag, else the stack's default."""
        service = self.situation.service
        return self.settings.mode_of(service.tag if service else None)

    @property
    def opens(self) -> IncidentStep:
        """Evidence opens an incident where none is open."""
        return IncidentStep.KEEP if self.situation.incident else IncidentStep.OPEN

    @property
    def drains(self) -> bool:
        """Whether the stops are spent and the service may be drained instead, once.

        A drain that was claimed and never seen to take effect is taken over, as the claim of a stop is. The
        claim of the present holder itself is no stop that was spent.
        """
        incident, settings, holder = self.situation.incident, self.settings, self.participants.holder
        if incident is None or holder is None or settings.fallback is not Fallback.DRAIN:
            return False
        begun = incident.drain
        known = begun is not None and (begun.state is StopState.SENT or begun.over_at is not None)
        if known or (begun and self.since(begun.claimed_at) < settings.claim_lease):
            return False
        spent = sum(stop.task_arn != holder.arn for stop in incident.stops)
        return spent >= settings.stops_per_incident

    @property
    def subject(self) -> str:
        """What a stop, or a drain in its place, acts on: the ARN that an approval has to name."""
        service, (_, holder) = self.situation.service, self.parties
        return service.arn if self.drains and service else holder.arn

    def answer_about(self, subject: str) -> Approval | None:
        """A person's answer about this subject, while it is fresh; an old one is no answer."""
        incident = self.situation.incident
        answer = incident.approval if incident else None
        if answer is None or answer.subject != subject:
            return None
        return answer if self.since(answer.at) < self.settings.approval_patience else None

    def approved(self, subject: str) -> bool:
        """Whether a person has approved acting on this subject, not long ago."""
        answer = self.answer_about(subject)
        return answer is not None and answer.granted

    def since(self, moment: datetime | None) -> float:
        """Seconds from a moment to the observation; 0 for a moment unknown or, by clock skew, ahead."""
        if moment is None:
            return 0.0
        return max(0.0, (self.situation.observed_at - moment).total_seconds())


def passed(text: str, **numbers: float) -> Ruling:
    """The gate is open: go on to the next."""
    return Ruling(text, numbers=numbers)


def ruled(
    verdict: Verdict,
    text: str,
    *,
    again: int | None = None,
    escalate: bool = False,
    incident: IncidentStep = IncidentStep.KEEP,
    numbers: dict[str, float] | None = None,
    **more: float,
) -> Ruling:
    """The gate ends the decision. `again`: seconds until the next pass."""
    requeue = Requeue(again) if again else None
    return Ruling(text, verdict, {**(numbers or {}), **more}, requeue, escalate, incident)


def asked(case: Case, subject: str, what: str, *, escalate: bool = False) -> Ruling:
    """Only a person can allow it. A question that expired without an answer is asked again, louder."""
    incident, now = case.situation.incident, case.situation.observed_at
    before = incident.approval_request if incident and incident.approval_request else None
    if before and before.subject == subject and now < before.expires_at:
        request, missed = before, False
    else:
        request = ApprovalRequest(subject, now, now + timedelta(seconds=case.settings.approval_patience))
        missed = before is not None and before.subject == subject
    text = f"{what} needs an approval, until {clock(request.expires_at)}."
    if missed and before:
        text += f" Nobody answered since {clock(before.asked_at)}."
    return Ruling(
        text,
        Verdict.APPROVAL_NEEDED,
        requeue=Requeue(30),
        escalate=escalate or missed,
        incident=case.opens,
        approval_request=request,
    )


def acting(case: Case) -> str:
    """What the action would be, at the beginning of a sentence."""
    _, holder = case.parties
    if case.drains:
        return f"Draining service {case.situation.service_name}, which ends {name(holder)},"
    return f"Stopping {name(holder)}"


def name(task: Task) -> str:
    """A task as people find it in the console: its id and its revision."""
    return f"task {task.id} ({task.revision})"


def title(task: Task) -> str:
    """The same at the beginning of a sentence."""
    return f"Task {task.id} ({task.revision})"


def clock(moment: datetime | None) -> str:
    """A time in UTC for a sentence."""
    return moment.strftime("%H:%M:%SZ") if moment else "an unknown time"
