"""Gate 2: what is well, and what comes after a stop."""

from dataclasses import replace

import pytest

from tests.support.situations import (
    LOCK_LINE,
    NEW,
    NEW_CODE,
    OLD,
    OLD_CODE,
    ago,
    arn,
    contender,
    definition,
    deployed,
    holder,
    incident,
    log,
    new_task,
    opened,
    service,
    stop,
    stopped,
    successor,
    wedged,
)
from tests.support.verdicts import SETTINGS, verdict
from unwedge.decide.decide import decide
from unwedge.model.decision import IncidentStep, Requeue, StopTask, Verdict
from unwedge.model.incident import Rollback, StopState
from unwedge.model.service import Deployment, Health
from unwedge.model.situation import Scope, Situation


class TestHealth:
    def test_part_of_a_situation_asks_for_more(self) -> None:
        """The service alone is not enough to say anything."""
        assert verdict(wedged(scope=Scope.SERVICE, tasks=())) is Verdict.READ_MORE

    def test_a_lock_line_that_is_ahead_of_ecs_is_looked_at_again(self) -> None:
        """Describe calls may lag behind the event; an old line is history."""
        fresh = wedged(holder(), logs=(log(LOCK_LINE),))
        assert verdict(fresh) is Verdict.VERIFYING
        assert verdict(replace(fresh, observed_at=ago(-39))) is Verdict.HEALTHY

    def test_no_failed_task_is_healthy(self) -> None:
        """Without a failure there is nothing to explain."""
        assert verdict(wedged(holder(), logs=())) is Verdict.HEALTHY

    @pytest.mark.parametrize(
        "code", ["UserInitiated", "ServiceSchedulerInitiated", "TaskFailedToStart", None]
    )
    def test_only_an_exited_essential_container_is_a_failure(self, code: str | None) -> None:
        """Tasks that somebody stopped are no contenders."""
        stopped_by = contender(stop_code=code)
        assert verdict(wedged(holder(), stopped_by, successor(), logs=())) is Verdict.HEALTHY

    def test_a_failure_from_before_the_holder_started_is_over(self) -> None:
        """An old contender does not get a new holder stopped."""
        newer = wedged(
            holder(started_at=ago(30)), contender(failed=40), successor(), logs=(opened("holder"),)
        )
        assert verdict(newer) is Verdict.HEALTHY

    def test_an_old_revision_task_failing_beside_the_target_is_as_it_should_be(self) -> None:
        """The target holds the lock: nothing is stopped for the past."""
        past = contender(deployment_id=OLD, task_definition=OLD_CODE)
        logs = (log(LOCK_LINE), opened())
        there = wedged(new_task(), past, incident=incident(), logs=logs)
        assert decide(there, SETTINGS).incident is IncidentStep.KEEP
        decision = decide(replace(there, service=deployed()), SETTINGS)
        assert (decision.verdict, decision.incident) == (Verdict.TARGET_HOLDS_LOCK, IncidentStep.WITHDRAWN)

    def test_after_a_rollback_under_a_new_deployment_id_the_old_task_counts_as_the_target(self) -> None:
        """The running task has the target's task definition, the contender has not."""
        rolled_back = service(
            deployments=(
                Deployment("ecs-svc/3", "PRIMARY", OLD_CODE, "IN_PROGRESS", ago(5)),
                Deployment(NEW, "ACTIVE", NEW_CODE, "FAILED", ago(300)),
            )
        )
        assert verdict(wedged(service=rolled_back)) is Verdict.TARGET_HOLDS_LOCK

    def test_an_incident_that_ended_by_itself_is_withdrawn(self) -> None:
        """Nobody stopped anything, and the target runs alone."""
        decision = decide(
            wedged(new_task(), service=deployed(), incident=incident(), logs=(opened(),)), SETTINGS
        )
        assert (decision.verdict, decision.incident) == (Verdict.WITHDRAWN, IncidentStep.WITHDRAWN)

    def test_a_deployment_that_was_given_up_for_the_task_before_it_is_told_as_that(self) -> None:
        """Only where that task was there first, the deployment is gone, and we stopped nothing."""
        kept = service(deployments=(Deployment(OLD, "PRIMARY", OLD_CODE, "COMPLETED", ago(90000)),))
        opened_ = replace(incident(), deployment=NEW)
        story = "was taken back, by ECS or by a person"

        def told(**changes: object) -> str:
            made = {"service": kept, "incident": opened_, **changes}
            tasks = made.pop("tasks", (holder(),))
            decision = decide(wedged(*tasks, **made), SETTINGS)  # type: ignore[misc]
            return decision.sentence

        assert story in told()
        assert story in told(tasks=(holder(), contender()))
        assert story not in told(tasks=(holder(started_at=opened_.failed_at),))
        assert story not in told(incident=replace(opened_, deployment=""))
        adopted = replace(kept, deployments=(Deployment("ecs-svc/9", "PRIMARY", OLD_CODE, "COMPLETED"),))
        assert story not in told(incident=replace(opened_, deployment=OLD), service=adopted)
        assert story in told(service=adopted)
        going = replace(kept, deployments=(Deployment(OLD, "PRIMARY", OLD_CODE, "IN_PROGRESS", ago(9)),))
        assert story not in told(tasks=(holder(), contender()), service=going)
        assert story not in told(incident=replace(opened_, deployment=OLD))
        both = replace(
            kept, deployments=(*kept.deployments, Deployment(NEW, "ACTIVE", NEW_CODE, "COMPLETED"))
        )
        assert story not in told(service=both)

    def test_an_incident_that_is_open_for_long_calls_a_person_and_is_looked_at_less_often(self) -> None:
        """Nothing fails any more, and the rollout does not end."""
        going = deployed("IN_PROGRESS")
        for seconds, late in ((599, False), (600, True)):
            old = replace(incident(), opened_at=ago(seconds))
            decision = decide(wedged(new_task(), incident=old, service=going, logs=(opened(),)), SETTINGS)
            assert decision.verdict is Verdict.VERIFYING
            assert decision.escalate is late
            assert decision.requeue == Requeue(60 if late else 15)
            assert ("a person should look" in decision.sentence) is late
            assert decision.reasons[-1].numbers == {"seconds_open": float(seconds)}

    def test_an_incident_is_not_over_while_another_task_is_stopping(self) -> None:
        """It may still have the lock."""
        stopping = holder(desired_status="STOPPED", last_status="DEACTIVATING", stopping_at=ago(5))
        found = wedged(new_task(), stopping, incident=incident(), service=deployed(), logs=(opened(),))
        assert verdict(found) is not Verdict.WITHDRAWN
        assert verdict(replace(found, tasks=found.tasks[:1])) is Verdict.WITHDRAWN

    def test_an_incident_whose_deployment_failed_is_withdrawn(self) -> None:
        """A circuit breaker without rollback: nobody tries any more."""
        failed = (service().deployments[0]._replace(rollout_state="FAILED"), service().deployments[1])
        over = wedged(holder(), service=service(deployments=failed), incident=incident())
        assert verdict(over) is Verdict.WITHDRAWN

    def test_a_target_task_under_another_deployment_id_ends_an_incident(self) -> None:
        """After a rollback the running task may keep its old deployment id."""
        rolled_back = service(
            deployments=(Deployment("ecs-svc/3", "PRIMARY", OLD_CODE, "COMPLETED", ago(5)),)
        )
        assert verdict(wedged(holder(), service=rolled_back, incident=incident())) is Verdict.WITHDRAWN

    def test_two_writers_in_an_incident_are_a_split_brain_also_without_a_stop(self) -> None:
        """Prometheus's own unlock can let two in."""
        logs = (opened("holder"), opened("new"))
        assert verdict(wedged(holder(), new_task(), incident=incident(), logs=logs)) is Verdict.SPLIT_BRAIN

    def test_an_incident_with_no_task_at_all_is_an_alarm(self) -> None:
        """Also when it was not our stop that ended the last one."""
        assert verdict(wedged(stopped(holder(), 60), incident=incident())) is Verdict.NOTHING_RUNS

    def test_an_incident_of_a_service_scaled_to_nothing_is_withdrawn(self) -> None:
        """There is nothing to free."""
        gone = wedged(stopped(holder()), service=service(desired_count=0), incident=incident())
        assert verdict(gone) is Verdict.WITHDRAWN


class TestAftermath:
    """After a stop: exactly one writer, on the target, healthy, rollout done."""

    def after(self, *tasks: object, **changes: object) -> Situation:
        changes.setdefault("service", deployed())
        changes.setdefault("incident", incident(stop()))
        changes.setdefault("logs", (log(LOCK_LINE), *(opened(task) for task in ("new", "twin", "back"))))
        return wedged(*tasks, **changes)  # type: ignore[arg-type]

    def test_one_healthy_writer_on_the_target_and_a_completed_rollout_is_recovery(self) -> None:
        """Recovery closes the incident with measured times."""
        decision = decide(self.after(new_task(100), stopped(holder(), 110)), SETTINGS)
        assert (decision.verdict, decision.incident) == (Verdict.RECOVERED, IncidentStep.RECOVERED)
        assert decision.times.to_recover == 45
        assert decision.times.gap == 10
        assert decision.times.to_detect == 5
        assert decision.times.to_stop == 15

    @pytest.mark.parametrize(
        ("state", "health"),
        [
            ("IN_PROGRESS", Health.HEALTHY),
            ("COMPLETED", Health.UNKNOWN),
            ("COMPLETED", Health.UNHEALTHY),
        ],
    )
    def test_an_unfinished_recovery_is_looked_at_again(self, state: str, health: Health) -> None:
        """Not COMPLETED or not healthy is not recovered."""
        unfinished = self.after(new_task(health=health), stopped(holder()), service=deployed(state))
        decision = decide(unfinished, SETTINGS)
        assert decision.verdict is Verdict.VERIFYING
        assert decision.requeue is not None

    def test_without_a_health_check_forty_seconds_running_count_as_healthy(self) -> None:
        """ECS counts a task without a health check as healthy after 40 s."""
        plain = (definition(NEW_CODE, health_check=False),)
        young = self.after(new_task(39, health=Health.UNKNOWN), task_definitions=plain)
        old = self.after(new_task(40, health=Health.UNKNOWN), task_definitions=plain)
        assert verdict(young) is Verdict.VERIFYING
        assert verdict(old) is Verdict.RECOVERED

    def test_two_writers_are_a_split_brain_and_nothing_is_stopped(self) -> None:
        """We never choose between writers."""
        decision = decide(self.after(new_task(), new_task(arn=arn("twin"))), SETTINGS)
        assert decision.verdict is Verdict.SPLIT_BRAIN
        assert decision.escalate

    def test_a_holder_on_its_way_down_is_waited_for(self) -> None:
        """It may hold the lock until its containers have ended."""
        going = holder(desired_status="STOPPED", last_status="STOPPING", stopping_at=ago(20))
        assert verdict(self.after(going, successor())) is Verdict.HOLDER_STOPPING
        stuck = self.after(replace(going, stopping_at=ago(181)), successor())
        assert decide(stuck, SETTINGS).escalate

    def test_a_stop_that_ecs_does_not_show_yet_is_not_sent_again(self) -> None:
        """Describe calls may answer stale."""
        assert verdict(self.after(holder(), successor(), service=service())) is Verdict.HOLDER_STOPPING

    def test_a_successor_on_its_way_is_the_expected_gap(self) -> None:
        """Between the holder's end and the successor's start nothing runs, and that is no alarm."""
        assert verdict(self.after(stopped(holder(), 10), successor())) is Verdict.VERIFYING

    def test_nothing_running_and_nothing_coming_is_an_alarm_at_once(self) -> None:
        """The service is down: a person must know."""
        decision = decide(self.after(stopped(holder(), 11)), SETTINGS)
        assert (decision.verdict, decision.escalate) == (Verdict.NOTHING_RUNS, True)
        assert verdict(self.after(stopped(holder(), 9))) is Verdict.VERIFYING

    def test_an_old_revision_that_took_the_lock_again_is_looked_at_until_the_next_attempt(self) -> None:
        """The race may be lost; the next contender starts the next round."""
        back = holder(arn=arn("back"), started_at=ago(25), health=Health.HEALTHY)
        assert verdict(self.after(back, stopped(holder()), service=service())) is Verdict.VERIFYING

    def test_the_next_round_stops_the_old_revision_again(self) -> None:
        """A new contender after our stop, within the budget."""
        back = holder(arn=arn("back"), started_at=ago(28))
        next_round = self.after(back, contender(failed=5), successor(), service=service())
        decision = decide(next_round, SETTINGS)
        assert isinstance(decision.action, StopTask)
        assert decision.action.task_arn == arn("back")

    def test_a_contender_that_failed_during_the_holders_shutdown_is_no_next_round(self) -> None:
        """The holder is still stopping: the lock is about to be free."""
        going = holder(desired_status="STOPPED", last_status="STOPPING", stopping_at=ago(20))
        assert verdict(self.after(going, contender(failed=5))) is Verdict.HOLDER_STOPPING

    def test_a_new_revision_that_fails_for_another_reason_ends_our_interventions(self) -> None:
        """Stop intervening and escalate."""
        other = log('level=error err="opening storage failed: no space left on device"')
        back = holder(arn=arn("back"), started_at=ago(28))
        decision = decide(
            self.after(back, contender(failed=15), successor(), logs=(other,), service=service()), SETTINGS
        )
        assert (decision.verdict, decision.escalate) == (Verdict.NEW_REVISION_BROKEN, True)

    def test_first_lines_of_a_start_do_not_pass_for_a_broken_revision(self) -> None:
        """The awslogs driver sends lines in batches; the lock line may be in the next one."""
        some = log('level=info msg="Starting Prometheus Server"')
        back = holder(arn=arn("back"), started_at=ago(28))
        early = self.after(back, contender(failed=14), successor(), logs=(some,), service=service())
        assert verdict(early) is Verdict.AWAITING_EVIDENCE

    def test_a_target_task_that_had_the_lock_and_ended_ends_our_interventions(self) -> None:
        """Whatever ended it: another stop would hand the lock to a revision that does not keep it."""
        back = holder(arn=arn("back"), started_at=ago(35))
        for code in ("ServiceSchedulerInitiated", "EssentialContainerExited"):
            ended = stopped(new_task(190, arn=arn("ended")), 60)
            ended = replace(ended, stop_code=code)
            found = self.after(
                back,
                ended,
                contender(failed=5),
                successor(),
                service=service(),
                incident=incident(stop("holder", 200)),
            )
            decision = decide(found, SETTINGS)
            assert (decision.verdict, decision.escalate) == (Verdict.NEW_REVISION_BROKEN, True)
        brief = replace(ended, execution_stopped_at=ago(189))
        assert (
            verdict(replace(found, tasks=(*found.tasks[:1], brief, *found.tasks[2:]))) is Verdict.STOP_HOLDER
        )

    def test_a_revision_once_found_broken_gets_no_further_stop(self) -> None:
        """Also when the task that showed it has long left the list; another deployment has its own chance."""
        found = self.after(
            holder(arn=arn("back"), started_at=ago(28)), contender(failed=5), successor(), service=service()
        )
        opened = found.incident
        assert opened is not None
        broken = replace(found, incident=replace(opened, broken=NEW))
        assert verdict(broken) is Verdict.NEW_REVISION_BROKEN
        assert verdict(replace(found, incident=replace(opened, broken=OLD))) is Verdict.STOP_HOLDER

    def test_a_recovery_that_does_not_come_is_escalated(self) -> None:
        """Looked at less often then, and never given up silently."""
        for health, service_ in ((Health.UNHEALTHY, deployed()), (Health.HEALTHY, deployed("IN_PROGRESS"))):
            late = self.after(
                new_task(health=health), service=service_, incident=incident(stop("holder", 601))
            )
            decision = decide(late, SETTINGS)
            assert (decision.verdict, decision.escalate) == (Verdict.VERIFYING, True)
            assert decision.requeue == Requeue(60)

    def test_tasks_that_start_and_never_run_are_an_alarm_too(self) -> None:
        """After our stop the gap must not last, whatever is always about to start."""
        gone = stopped(holder(), 181)
        decision = decide(self.after(gone, successor("PROVISIONING")), SETTINGS)
        assert (decision.verdict, decision.escalate) == (Verdict.NOTHING_RUNS, True)
        assert verdict(self.after(stopped(holder(), 179), successor("PROVISIONING"))) is Verdict.VERIFYING

    def test_that_the_service_is_back_on_its_old_revision_is_said_only_once_we_sent_it_back(self) -> None:
        """A claim alone has changed nothing."""
        for state, said in ((StopState.SENT, True), (StopState.CLAIMED, False)):
            way = replace(incident(stop()), rollback=Rollback(NEW_CODE, ago(60), state))
            decision = decide(self.after(new_task(100), stopped(holder(), 110), incident=way), SETTINGS)
            assert decision.verdict is Verdict.RECOVERED
            assert ("back on its previous revision" in decision.sentence) is said

    def test_a_task_that_runs_and_says_nothing_yet_is_no_alarm_however_long_the_gap(self) -> None:
        """It may have the lock; a person hears after the time for silence."""
        quiet = new_task(8, health=Health.UNKNOWN)
        found = self.after(quiet, stopped(holder(), 400), logs=(), service=deployed("IN_PROGRESS"))
        assert verdict(found) is not Verdict.NOTHING_RUNS

    def test_between_two_tasks_there_is_no_alarm_for_a_few_seconds(self) -> None:
        """ECS needs them to start the next one."""
        for seconds, expected in ((9, Verdict.VERIFYING), (10, Verdict.NOTHING_RUNS)):
            decision = decide(self.after(stopped(holder(), seconds)), SETTINGS)
            assert decision.verdict is expected
            if expected is Verdict.VERIFYING:
                assert (decision.sentence, decision.requeue) == ("Between two tasks.", Requeue(10))
        failed = self.after(stopped(holder(), 9), service=deployed("FAILED"))
        assert verdict(failed) is Verdict.VERIFYING

    def test_a_service_that_is_scaled_to_nothing_after_a_stop_is_no_alarm(self) -> None:
        """It is what the escalation tells people to do."""
        scaled = self.after(stopped(holder(), 100), service=service(desired_count=0))
        assert verdict(scaled) is Verdict.WITHDRAWN
