"""The case that is put before the gates: a situation, the settings, and who is who."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from unwedge.decide.gates.race import Race, race_of
from unwedge.decide.participants import Participants
from unwedge.decide.signatures import Evidence, Trigger
from unwedge.model.decision import IncidentStep, Requeue, Ruling, Verdict
from unwedge.model.incident import Approval, Limit, Stop, StopState
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
    def unproven(self) -> str | None:
        """The program whose lock line no run has proven and the operator has not allowed: it is never a
        reason to stop anything."""
        found = self.evidence
        if found is None or found.trigger is Trigger.SAFE or self.settings.allows(found.program):
            return None
        return found.program

    @property
    def hears(self) -> bool:
        """Whether the service opted in to acting, so that its people are told what keeps us from it."""
        return self.mode in (Mode.ENFORCE, Mode.APPROVE)

    @property
    def is_ours(self) -> bool:
        """Whether its people may be called: it is tagged, or acted on by default, or we have changed it. A
        service that nobody opted in is shown and never escalated: any of them can print a lock line."""
        service, incident = self.situation.service, self.situation.incident
        if service is None or self.hears or self.situation.stopped_at is not None:
            return True  # of a service that cannot be read nobody knows the tag
        touched = incident is not None and bool(incident.stops or incident.drain or incident.rollback)
        return touched or service.tag is not None

    @property
    def opens(self) -> IncidentStep:
        """Evidence opens an incident where none is open."""
        return IncidentStep.KEEP if self.situation.incident else IncidentStep.OPEN

    @property
    def aftercare(self) -> bool:
        """Whether we stopped a task of this service a short while ago: what goes wrong now is told, though
        the incident is closed, since "recovered" was the last word."""
        stopped_at = self.situation.stopped_at
        return stopped_at is not None and self.since(stopped_at) < self.settings.aftercare

    @property
    def release_patience(self) -> float:
        """How long a task that was asked to stop may take, in seconds: a load balancer may keep it first."""
        return self._deregistered_after(self.settings.release_patience)

    @property
    def drain_patience(self) -> float:
        """How long the tasks of a service that was scaled to 0 may take, likewise."""
        return self._deregistered_after(self.settings.drain_patience)

    def _deregistered_after(self, patience: float) -> float:
        """A delay of up to an hour is no reason to be silent, or at 0, for longer than any other wait."""
        known = self.situation.deregistration
        return min(patience + (known.seconds if known else 0.0), max(patience, self.settings.silence))

    @property
    def opens_late(self) -> IncidentStep:
        """For what heals by itself within a stop's time, as an ordinary 0/100 deployment does whose old task
        takes long to end: no incident before it has lasted longer."""
        oldest = min((task.failed_at for task in self._attempts if task.failed_at), default=None)
        lasted = self.since(oldest) > self.release_patience
        return self.opens if lasted else IncidentStep.KEEP

    @property
    def _attempts(self) -> list[Task]:
        """The contender's failure and those of its deployment that ECS still shows."""
        found = self.contender
        return [
            task
            for task in self.situation.tasks
            if found and task.failed and task.deployment_id == found.deployment_id
        ]

    @property
    def drains(self) -> bool:
        """Whether the stops are spent and the service may be drained instead, once.

        A drain that was claimed and never seen to take effect is taken over, as the claim of a stop is.
        """
        incident, settings, holder = self.situation.incident, self.settings, self.participants.holder
        if holder is None or settings.fallback is not Fallback.DRAIN:
            return False
        begun = incident.drain if incident else None
        known = begun is not None and (begun.state is StopState.SENT or begun.over_at is not None)
        if known or (begun and self.since(begun.claimed_at) < settings.claim_lease):
            return False
        return self.stops_are_spent or self.cannot_be_won

    @property
    def stops_are_spent(self) -> bool:
        """Whether no stop is left; the claim of the present holder itself is none that was spent."""
        holder = self.participants.holder
        spent = sum(holder is None or stop.task_arn != holder.arn for stop in self.stops_for_deployment)
        return spent >= self.settings.stops_per_incident

    @cached_property
    def race(self) -> Race | None:
        """What the stops of this incident have taught about the next one."""
        return race_of(self.situation, self.contender)

    @property
    def cannot_be_won(self) -> bool:
        """Whether another stop would only hand the lock to the old revision again."""
        return self.race is not None and self.race.hopeless

    @property
    def in_vain(self) -> str | None:
        """Why a stop that is left would not help, as a clause; None where none is left or it may help."""
        race = None if self.stops_are_spent else self.race
        return race.in_vain if race and race.hopeless else None

    @property
    def stops_for_deployment(self) -> tuple[Stop, ...]:
        """The incident's stops for the contender's deployment: a new one has its own, unless our rollback
        made it: we would stop what took the lock meanwhile for a deployment that nobody else wanted."""
        incident, contender = self.situation.incident, self.contender
        stops = incident.stops if incident else ()
        way = incident.rollback if incident else None
        if way and contender and contender.task_definition == way.task_definition:
            return stops
        return tuple(stop for stop in stops if stop.deployment in ("", self.deployment))

    @property
    def subject(self) -> str:
        """What a stop, or a drain in its place, acts on: the ARN that an approval has to name."""
        service, (_, holder) = self.situation.service, self.parties
        return service.arn if self.drains and service else holder.arn

    def answer_about(self, subject: str, limit: Limit) -> Approval | None:
        """A person's answer about this subject, deployment and limit, while it holds. After a no it is
        asked again sooner: people change their minds."""
        incident = self.situation.incident
        answer = incident.approval if incident else None
        if answer is None or answer.subject != subject or answer.deployment not in ("", self.deployment):
            return None
        until = answer.at + timedelta(seconds=self.settings.approval_patience)
        if answer.granted:
            if limit not in answer.lifts:
                return None
            until = answer.valid_until or until
        return answer if self.situation.observed_at < until else None

    @property
    def deployment(self) -> str:
        """The deployment that acting would help: the contender's."""
        suspect = self.participants.suspect
        return suspect.deployment_id if suspect else ""

    @property
    def account_allowance(self) -> int:
        """Below how many stops of the account within an hour this service may have one more."""
        held = self.situation.controls
        return self.settings.account_allowance(held.service_stops if held else (), self.situation.observed_at)

    @property
    def limits(self) -> tuple[Limit, ...]:
        """The limits that hold now and that a person's approval can lift."""
        held, holder = self.situation.controls, self.participants.holder
        found = []
        if self.mode is Mode.APPROVE:
            found.append(Limit.MODE)
        if holder and holder.arn in self.situation.protected:
            found.append(Limit.PROTECTION)
        if held and held.account_stops >= self.account_allowance:
            found.append(Limit.ACCOUNT_BUDGET)
        return tuple(found)

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
