"""Act: the only place with AWS writes on the user's resources.

Claim first (conditional write), then check the decisive facts once more, then act. Safe to crash at any
line: an unsent claim is taken over after its lease, a sent stop is never repeated, and a service that was
scaled to 0 is scaled up again by whoever looks next.
"""

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from unwedge.act.actions import carried_out, service_arn, subjects, whom_it_ends
from unwedge.act.kill_switch import KillSwitch
from unwedge.decide.decide import decide
from unwedge.model.decision import Action, Decision, StopTask, UpdateService
from unwedge.model.incident import Drain, Incident, Limit, RefusedStop, Rollback, Stop, StopState
from unwedge.model.outcome import NOTHING, Outcome, OutcomeKind
from unwedge.model.service import DRAIN_TAG
from unwedge.model.settings import Settings
from unwedge.model.situation import Failure, Situation
from unwedge.observe.observer import Observer
from unwedge.observe.reads import ReadError, classify, code_of
from unwedge.record.ledger import AlreadyClaimedError, BudgetSpentError, Ledger, ServiceRecord

if TYPE_CHECKING:
    from types_boto3_ecs import ECSClient
    from types_boto3_ecs.type_defs import TagTypeDef

_NO_LIMIT = 1_000_000
# What ECS answers for a task that has stopped already or is unknown: there is nothing left to stop.
_GONE = frozenset({"InvalidParameterException", "ClientException", "ResourceNotFoundException"})


class Actor:
    """Carries a decision's one action out."""

    def __init__(
        self,
        ecs: "ECSClient",
        observer: Observer,
        ledger: Ledger,
        settings: Settings,
        kill_switch: KillSwitch,
    ) -> None:
        self._ecs = ecs
        self._observer = observer
        self._ledger = ledger
        self._settings = settings
        self._kill_switch = kill_switch

    def act(
        self, decision: Decision, situation: Situation, record: ServiceRecord, now: datetime
    ) -> tuple[Outcome, ServiceRecord]:
        """Do what the decision asks for. Returns what came of it and the record as it now is.

        record.incident is the incident that the decision opened or kept. AWS errors of ECS become outcomes;
        LedgerConflictError escapes, to be retried with a fresh pass.
        """
        action, incident = decision.action, record.incident
        if action is None or incident is None:
            return NOTHING, record
        try:
            record = self._claim(decision, situation, record, incident, now)
        except BudgetSpentError as spent:
            return Outcome(OutcomeKind.BUDGET_SPENT, f"Not acted: {spent}."), record
        except AlreadyClaimedError as conflict:
            why = f"{conflict}. It does not get a second stop: stop it by hand if it should go."
            refused = replace(incident, refused=RefusedStop(now, why))
            return Outcome(OutcomeKind.CLAIMED_ELSEWHERE, why), replace(record, incident=refused)
        changed = self._changed(decision, situation, now)
        newest = self._ledger.load(situation.cluster_arn, situation.service_name)
        taken_back = _taken_back(record, newest)
        if changed or taken_back:
            # An answer was written meanwhile: what is given back must not overwrite it.
            record = self._given_back(action, newest if taken_back else record)
            return Outcome(OutcomeKind.NO_LONGER_TRUE, taken_back or changed or ""), record
        return self._carry_out(action, record, now)

    def _claim(
        self,
        decision: Decision,
        situation: Situation,
        record: ServiceRecord,
        incident: Incident,
        now: datetime,
    ) -> ServiceRecord:
        """Written before anything is done, so that whoever looks next knows what may have happened."""
        action = decision.action
        assert action is not None
        ends = whom_it_ends(action)
        if ends is None:
            # A rollback is noted; scaling up again needs no note, and the write keeps two from it at once.
            way = action.task_definition if isinstance(action, UpdateService) else None
            if way:
                incident = replace(incident, rollback=Rollback(way, now, StopState.CLAIMED))
            return self._ledger.save(replace(record, incident=incident), None, None)
        holder, service = situation.task(ends), situation.service
        previous = incident.previous or (holder.task_definition if holder else None)
        incident = replace(incident, previous=previous)
        if isinstance(action, UpdateService):
            count = service.desired_count if service else 1
            mark = f"{incident.id}/{now:%Y%m%dT%H%M%S.%fZ}"
            incident = replace(incident, drain=Drain(count, now, StopState.CLAIMED, mark=mark))
        contender = situation.task(decision.contender or "")
        stop = Stop(ends, now, StopState.CLAIMED, contender.deployment_id if contender else "")
        return self._ledger.claim(record, incident, stop, self._budget(record, incident, action, now))

    def _given_back(self, action: Action, record: ServiceRecord) -> ServiceRecord:
        """The record without a claim that was not used."""
        incident, ends = _incident(record), whom_it_ends(action)
        if isinstance(action, UpdateService) and action.holder:
            incident = replace(incident, drain=None)
        if isinstance(action, UpdateService) and action.task_definition:
            incident = replace(incident, rollback=None)
        if ends is None:
            return replace(record, incident=incident)
        return self._ledger.release(record, incident, ends)

    def _budget(self, record: ServiceRecord, incident: Incident, action: Action, now: datetime) -> int:
        """The account's stops for the hour; a person's approval of this very action goes beyond, where the
        question said so."""
        answer = incident.approval
        approved = (
            answer is not None
            and answer.granted
            and answer.subject in subjects(action)
            and Limit.ACCOUNT_BUDGET in answer.lifts
        )
        earlier = (stop.claimed_at for stop in record.stops)
        return _NO_LIMIT if approved else self._settings.account_allowance(earlier, now)

    def _changed(self, decision: Decision, situation: Situation, now: datetime) -> str | None:
        """Decide once more on fresh decisive facts; a sentence when the answer is not the same any more."""
        decisive = (decision.holder, decision.contender, decision.successor)
        try:
            fresh = self._observer.refresh(situation, tuple(arn for arn in decisive if arn), now)
        except ReadError as error:
            return f"Not acted: the re-check could not be made ({error})."
        if situation.controls:
            fresh = replace(fresh, controls=situation.controls._replace(paused=self._kill_switch.paused()))
        again = decide(fresh, self._settings)
        if again.action == decision.action:
            return None
        return f"Not acted: on the re-check {again.verdict}: {again.sentence}"

    def _carry_out(
        self, action: Action, record: ServiceRecord, now: datetime
    ) -> tuple[Outcome, ServiceRecord]:
        call = "StopTask" if isinstance(action, StopTask) else "UpdateService"
        begun = _incident(record).drain
        try:
            if isinstance(action, UpdateService) and action.holder and begun:
                call = "TagResource"
                tag: TagTypeDef = {"key": DRAIN_TAG, "value": begun.mark}
                self._ecs.tag_resource(resourceArn=service_arn(action), tags=[tag])
                call = "UpdateService"
            earlier = self._call(action)
        except ClientError as error:
            return self._refused(action, record, call, error, now)
        except BotoCoreError as error:
            # It may have taken effect. The next pass sees whether it did; the claim is kept meanwhile.
            text = f"{call} gave no answer ({type(error).__name__}); the next pass tells."
            return Outcome(OutcomeKind.UNKNOWN, text), record
        done = replace(record, incident=carried_out(action, _incident(record), now))
        if earlier:
            text = f"Somebody else had stopped the task just before; ECS gives the reason: {earlier[:200]!r}."
            return Outcome(OutcomeKind.ALREADY_GONE, text), done
        if isinstance(action, StopTask):
            return Outcome(OutcomeKind.STOPPED, f"StopTask was sent to {action.task_arn}."), done
        if action.task_definition:
            what = f"was sent back to {action.task_definition.rsplit('/', 1)[-1]}"
        else:
            what = f"was scaled to {action.desired_count}{self._unmarked(action)}"
        return Outcome(OutcomeKind.UPDATED, f"Service {action.service_name} {what}."), done

    def _call(self, action: Action) -> str | None:
        """Do it. The reason of somebody else's stop, where ECS answers that the task was stopping already."""
        if isinstance(action, StopTask):
            answer = self._ecs.stop_task(cluster=action.cluster_arn, task=action.task_arn, reason=action.text)
            told = (answer.get("task") or {}).get("stoppedReason") or ""
            # Every reason that we give begins with our name.
            return told if told and told.partition(":")[0] != action.text.partition(":")[0] else None
        if action.task_definition:
            self._ecs.update_service(
                cluster=action.cluster_arn,
                service=action.service_name,
                taskDefinition=action.task_definition,
            )
        else:
            count = action.desired_count or 0
            self._ecs.update_service(
                cluster=action.cluster_arn, service=action.service_name, desiredCount=count
            )
        return None

    def _unmarked(self, action: UpdateService) -> str:
        """Take our tag off a service that is scaled up again. A tag that stays names a drain that is over, so
        it is not believed again."""
        if action.holder:
            return ""
        try:
            self._ecs.untag_resource(resourceArn=service_arn(action), tagKeys=[DRAIN_TAG])
        except (BotoCoreError, ClientError):
            return f"; its tag {DRAIN_TAG} could not be removed and means nothing any more"
        return ""

    def _refused(
        self, action: Action, record: ServiceRecord, call: str, error: ClientError, now: datetime
    ) -> tuple[Outcome, ServiceRecord]:
        code, failure = code_of(error), classify(error)
        stops = isinstance(action, StopTask)
        resource = "tasks" if stops else "services"
        if stops and code in _GONE:
            text = f"The task needs no stop any more (StopTask answered {code})."
            gone = replace(record, incident=carried_out(action, _incident(record), now))
            return Outcome(OutcomeKind.ALREADY_GONE, text), gone
        if failure is Failure.UNAVAILABLE:
            text = f"{call} answered {code}; the next pass tells whether it took effect."
            return Outcome(OutcomeKind.UNKNOWN, text), record
        # Nothing was done, so the claim is given back; the limits wait before another try.
        why = f"{call} answered {code}."
        if failure is Failure.DENIED:
            why += (
                f" Grant the remediator's role ecs:{call} on {resource} of this cluster (the stack's setting "
                "`clusters` names where it may act, or says all), or do it by hand."
            )
        record = self._given_back(action, record)
        refused = replace(_incident(record), refused=RefusedStop(now, why))
        return Outcome(OutcomeKind.DENIED, why), replace(record, incident=refused)


def _incident(record: ServiceRecord) -> Incident:
    assert record.incident is not None, "a claim keeps the incident"
    return record.incident


def _taken_back(ours: ServiceRecord, newest: ServiceRecord) -> str | None:
    """Whether a person has said no since the decision: the last word counts until the call is sent."""
    answer = newest.incident.approval if newest.incident else None
    if answer is None or answer.granted or (ours.incident and ours.incident.approval == answer):
        return None
    return f"Not acted: {answer.by} said no at {answer.at:%H:%M:%SZ}."
