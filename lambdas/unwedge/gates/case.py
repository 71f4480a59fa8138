"""The case that is put before the gates: a situation, the policy, and who is who."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from unwedge.decision import IncidentStep, LookAgain, Ruling, Verdict
from unwedge.policy import Mode, Policy
from unwedge.roles import Roles
from unwedge.signatures import Evidence, find_evidence
from unwedge.situation import Approval, Situation, Task


@dataclass(frozen=True)
class Case:
    """Facts that several gates use, each worked out once."""

    situation: Situation
    policy: Policy

    @cached_property
    def roles(self) -> Roles:
        """Who is who."""
        return Roles(self.situation, self.policy)

    @cached_property
    def evidence(self) -> Evidence | None:
        """A lock line in the suspect's own log stream."""
        suspect = self.roles.suspect
        return find_evidence(self.situation.logs_of(suspect)) if suspect else None

    @cached_property
    def contender(self) -> Task | None:
        """The suspect, once there is evidence that it failed on the lock."""
        return self.roles.suspect if self.evidence else None

    @property
    def parties(self) -> tuple[Task, Task]:
        """Contender and holder. Only for gates behind those that made sure of both."""
        contender, holder = self.contender, self.roles.holder
        assert contender is not None, "gate 3 has passed"
        assert holder is not None, "gate 4 has passed"
        return contender, holder

    @property
    def mode(self) -> Mode:
        """The mode by the service's tag, else the stack's default."""
        service = self.situation.service
        return self.policy.mode_of(service.tag if service else None)

    @property
    def opens(self) -> IncidentStep:
        """Evidence opens an incident where none is open."""
        return IncidentStep.KEEP if self.situation.incident else IncidentStep.OPEN

    @property
    def approved(self) -> bool:
        """Whether a person has approved stopping the present holder, not long ago."""
        answer = self.answer
        return answer is not None and answer.granted

    @property
    def answer(self) -> Approval | None:
        """The answer about the present holder, while it is fresh; an old one is no answer."""
        incident, holder = self.situation.incident, self.roles.holder
        answer = incident.approval if incident else None
        if answer is None or holder is None or answer.holder != holder.arn:
            return None
        return answer if self.since(answer.at) < self.policy.approval_patience else None

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
    """The gate ends the decision. `again`: seconds until the next look."""
    look_again = LookAgain(again) if again else None
    return Ruling(text, verdict, {**(numbers or {}), **more}, look_again, escalate, incident)


def name(task: Task) -> str:
    """A task as people find it in the console: its id and its revision."""
    return f"task {task.id} ({task.revision})"


def title(task: Task) -> str:
    """The same at the beginning of a sentence."""
    return f"Task {task.id} ({task.revision})"


def clock(moment: datetime | None) -> str:
    """A time in UTC for a sentence."""
    return moment.strftime("%H:%M:%SZ") if moment else "an unknown time"
