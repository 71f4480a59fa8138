"""Every gate and every verdict of the decision."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.situations import (
    CLUSTER,
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
    died,
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
from unwedge.decide.decide import decide
from unwedge.model.decision import Decision, IncidentStep, Requeue, StopTask, Verdict
from unwedge.model.incident import RefusedStop, StopState
from unwedge.model.log import LogLine, LogStatus
from unwedge.model.service import Container, Deployment, Health, Rollout
from unwedge.model.settings import Mode, Settings, WithoutSuccessor
from unwedge.model.situation import Failure, OutsideHolder, ReadFailure, Scope, Situation
from unwedge.model.task_definition import ContainerSpec

SETTINGS = Settings()


def verdict(situation: Situation, settings: Settings = SETTINGS) -> Verdict:
    """The verdict, after making sure that only a stop verdict carries an action."""
    decision = decide(situation, settings)
    assert (decision.action is not None) == (decision.verdict is Verdict.STOP_HOLDER)
    assert decision.reasons[-1].gate == decision.gate
    assert decision.reasons[-1].text == decision.sentence
    return decision.verdict


class TestService:
    def test_an_unwatched_cluster_ends_the_decision(self) -> None:
        """Nothing outside the configured clusters is looked at."""
        assert verdict(wedged(), Settings(clusters=("arn:other",))) is Verdict.NOT_WATCHED
        assert verdict(wedged(), Settings(clusters=(CLUSTER,))) is Verdict.STOP_HOLDER

    def test_a_missing_service_closes_its_incident(self) -> None:
        """A deleted service leaves nothing to free."""
        decision = decide(wedged(service=None, incident=incident()), SETTINGS)
        assert (decision.verdict, decision.incident) == (Verdict.SERVICE_GONE, IncidentStep.WITHDRAWN)

    @pytest.mark.parametrize("status", ["DRAINING", "INACTIVE", ""])
    def test_a_service_that_is_not_active_is_left_alone(self, status: str) -> None:
        """Only ACTIVE services are freed."""
        assert verdict(wedged(service=service(status=status))) is Verdict.SERVICE_INACTIVE

    @pytest.mark.parametrize("controller", ["CODE_DEPLOY", "EXTERNAL"])
    def test_a_foreign_deployment_controller_is_not_understood(self, controller: str) -> None:
        """Only rolling deployments by ECS are understood."""
        assert verdict(wedged(service=service(controller=controller))) is Verdict.UNSUPPORTED_DEPLOYMENT

    def test_off_by_tag_and_off_by_default_are_not_watched(self) -> None:
        """The tag wins over the default, both ways."""
        assert verdict(wedged(service=service(tag="off"))) is Verdict.NOT_WATCHED
        off = Settings(default_mode=Mode.OFF)
        assert verdict(wedged(service=service(tag=None)), off) is Verdict.NOT_WATCHED
        assert verdict(wedged(), off) is Verdict.STOP_HOLDER

    @pytest.mark.parametrize(
        ("failure", "expected"),
        [
            (Failure.DENIED, Verdict.CANNOT_OBSERVE),
            (Failure.REFUSED, Verdict.CANNOT_OBSERVE),
            (Failure.UNAVAILABLE, Verdict.AWS_UNAVAILABLE),
        ],
    )
    def test_a_failed_read_is_never_guessed_around(self, failure: Failure, expected: Verdict) -> None:
        """One read without an answer ends the decision, whatever else is known."""
        failed = ReadFailure("ecs:ListTasks", failure, "SomeException", "no")
        decision = decide(wedged(failures=(failed,)), SETTINGS)
        assert decision.verdict is expected
        assert "ecs:ListTasks answered SomeException" in decision.sentence

    def test_denied_reads_say_what_to_grant_and_passing_failures_are_tried_again(self) -> None:
        """A person can fix a denial from the sentence; a passing failure needs nobody."""
        denied = ReadFailure("ecs:ListTasks", Failure.DENIED, "AccessDeniedException", "no")
        assert "Grant" in decide(wedged(failures=(denied,)), SETTINGS).sentence
        passing = denied._replace(failure=Failure.UNAVAILABLE)
        assert decide(wedged(failures=(passing,)), SETTINGS).requeue == Requeue(15)

    def test_a_denied_read_in_an_open_incident_is_escalated_and_tried_again(self) -> None:
        """An incident is not forgotten because a permission is missing."""
        denied = ReadFailure("ecs:ListTasks", Failure.DENIED, "AccessDeniedException", "no")
        decision = decide(wedged(failures=(denied,), incident=incident()), SETTINGS)
        assert decision.escalate
        assert decision.requeue is not None


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

    def test_a_service_that_is_scaled_to_nothing_after_a_stop_is_no_alarm(self) -> None:
        """It is what the escalation tells people to do."""
        scaled = self.after(stopped(holder(), 100), service=service(desired_count=0))
        assert verdict(scaled) is Verdict.WITHDRAWN


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"strategy": "BLUE_GREEN"}, "the strategy BLUE_GREEN"),
        ({"strategy": "LINEAR"}, "the strategy LINEAR"),
        ({"strategy": "CANARY"}, "the strategy CANARY"),
        ({"strategy": "SOMETHING_NEW"}, "the strategy SOMETHING_NEW"),
        ({"scheduling": "DAEMON"}, "the scheduling strategy DAEMON"),
    ],
)
def test_a_service_that_is_not_replaced_task_by_task_is_left_alone(
    changes: dict[str, str], said: str
) -> None:
    """deploymentController ECS does not mean rolling; nor does a DAEMON service surge."""
    decision = decide(wedged(service=replace(service(), **changes)), SETTINGS)  # type: ignore[arg-type]
    assert decision.verdict is Verdict.UNSUPPORTED_DEPLOYMENT
    assert said in decision.sentence


def test_a_lifecycle_hook_that_awaits_an_action_is_somebody_elses_decision() -> None:
    """A PAUSE hook may wait for days; who answers it says how the deployment goes on."""
    waiting = Rollout("arn", "IN_PROGRESS", awaiting="POST_SCALE_UP")
    decision = decide(wedged(rollout=waiting), SETTINGS)
    assert decision.verdict is Verdict.ROLLOUT_PAUSED
    assert decision.action is None
    assert "POST_SCALE_UP" in decision.sentence


def test_the_circuit_breakers_count_is_told() -> None:
    """It says how long there is before a rollback."""
    counted = Rollout("arn", "IN_PROGRESS", failures=2, threshold=3)
    decision = decide(wedged(rollout=counted), SETTINGS)
    assert decision.verdict is Verdict.STOP_HOLDER
    texts = [reason.text for reason in decision.reasons]
    assert any("counted 2 of 3 failed tasks" in text for text in texts)


@pytest.mark.parametrize("mode", ["enforce", "approve"])
def test_a_task_under_protection_is_stopped_by_a_persons_decision_only(mode: str) -> None:
    """StopTask ignores scale-in protection, so we must not."""
    guarded = wedged(service=service(tag=mode), protected=(arn("holder"),))
    decision = decide(guarded, SETTINGS)
    assert decision.verdict is Verdict.APPROVAL_NEEDED
    assert "under scale-in protection" in decision.sentence
    assert decide(wedged(service=service(tag="enforce"), protected=(arn("successor"),)), SETTINGS).action


class TestEvidence:
    @pytest.mark.parametrize("status", [LogStatus.EMPTY, LogStatus.MISSING])
    def test_late_lines_are_waited_for_and_then_not_guessed(self, status: LogStatus) -> None:
        """A minute of patience, then: cannot verify."""
        empty = (log(status=status),)
        early = wedged(holder(), contender(failed=59), successor(), logs=empty)
        late = wedged(holder(), contender(failed=60), successor(), logs=empty)
        assert verdict(early) is Verdict.AWAITING_EVIDENCE
        assert verdict(late) is Verdict.CANNOT_VERIFY

    @pytest.mark.parametrize("status", [LogStatus.DENIED, LogStatus.UNSUPPORTED])
    def test_unreadable_logs_say_what_to_fix_at_once(self, status: LogStatus) -> None:
        """Waiting does not grant a permission or change a log driver."""
        decision = decide(wedged(logs=(log(status=status, detail="because of that"),)), SETTINGS)
        assert decision.verdict is Verdict.CANNOT_VERIFY
        assert decision.requeue == Requeue(30)
        assert "because of that" in decision.sentence

    @pytest.mark.parametrize("mounted", [False, True])
    def test_what_a_sidecar_says_of_the_lock_is_no_evidence(self, mounted: bool) -> None:
        """A forwarder prints others' lines and may end with the same exit code; sharing the mount does not
        make it the one that takes the lock."""
        mounts = definition(NEW_CODE).containers[1].mounts if mounted else ()
        forwarder = ContainerSpec(
            "forwarder", True, False, "awslogs", None, "/ecs/p", "p/forwarder", None, mounts
        )
        code = definition(NEW_CODE)
        code = replace(code, containers=(*code.containers, forwarder))
        failed = contender(containers=(Container("prometheus", 0), Container("forwarder", 1)))
        said = died(failed)._replace(container="forwarder", stream="p/forwarder/contender")
        found = wedged(
            holder(),
            failed,
            successor(),
            logs=(said,),
            task_definitions=(code, definition(OLD_CODE)),
        )
        decision = decide(found, SETTINGS)
        assert decision.evidence is None
        assert not isinstance(decision.action, StopTask)

    def test_an_unverifiable_failure_never_leaves_an_open_incident_without_a_look(self) -> None:
        """And a person is told."""
        lost = wedged(holder(), contender(failed=70), logs=(log(status=LogStatus.EMPTY),))
        assert decide(lost, SETTINGS).requeue is None
        decision = decide(replace(lost, incident=incident()), SETTINGS)
        assert (decision.requeue, decision.escalate) == (Requeue(60), True)

    def test_a_newer_failure_without_lines_does_not_hide_an_older_one_with_evidence(self) -> None:
        """In a fast crash loop the newest failure is always too young for late lines."""
        newest = contender(failed=5, arn=arn("newest"))
        older = contender(failed=35)
        logs = (log(status=LogStatus.EMPTY, task="newest"), died(older))
        found = wedged(holder(), newest, older, successor(), logs=logs)
        decision = decide(found, SETTINGS)
        assert (decision.verdict, decision.contender) == (Verdict.STOP_HOLDER, arn("contender"))

    @pytest.mark.parametrize(("tag", "heard"), [("enforce", True), ("approve", True), ("observe", False)])
    def test_the_locks_text_in_another_form_stops_nothing_and_who_opted_in_hears_of_it(
        self, tag: str, *, heard: bool
    ) -> None:
        """Never "did not fail on the lock" of a task whose last line says that it did."""
        strange = log(f"FATAL {LOCK_LINE}")
        for failed, late in ((20, False), (61, True)):
            task = contender(failed=failed)
            lines = (LogLine(ago(failed), strange.lines[0].text),)
            found = wedged(holder(), task, service=service(tag=tag), logs=(strange._replace(lines=lines),))
            decision = decide(found, SETTINGS)
            assert (decision.verdict, decision.action) == (Verdict.CANNOT_VERIFY, None)
            assert decision.escalate is (late and heard)
            assert "FATAL" in decision.sentence

    def test_patience_is_measured_from_the_oldest_unexplained_failure(self) -> None:
        """A crash loop does not start the patience again with every crash."""
        newest = contender(failed=5, arn=arn("newest"))
        logs = (log(status=LogStatus.EMPTY, task="newest"), log(status=LogStatus.EMPTY))
        found = wedged(holder(), newest, contender(failed=61), successor(), logs=logs)
        decision = decide(found, SETTINGS)
        assert (decision.verdict, decision.requeue) == (Verdict.CANNOT_VERIFY, Requeue(30))

    def test_a_newer_failure_for_another_reason_counts_before_an_older_lock_failure(self) -> None:
        """What the new revision does now is what matters."""
        newest = contender(failed=5, arn=arn("newest"))
        logs = (log("panic", task="newest"), log(LOCK_LINE))
        found = wedged(holder(), newest, contender(failed=35), successor(), logs=logs)
        assert verdict(found) is Verdict.OTHER_FAILURE

    def test_no_readable_container_is_not_verifiable(self) -> None:
        """No log at all proves nothing."""
        assert verdict(wedged(logs=())) is Verdict.CANNOT_VERIFY

    def test_a_log_that_cannot_be_read_now_is_read_later(self) -> None:
        """Throttling passes."""
        assert verdict(wedged(logs=(log(status=LogStatus.UNAVAILABLE),))) is Verdict.AWS_UNAVAILABLE

    def test_another_failure_is_left_alone_and_not_quoted(self) -> None:
        """Its log may hold anything, passwords included."""
        decision = decide(wedged(logs=(log("panic: password=hunter2"),)), SETTINGS)
        assert (decision.verdict, decision.escalate) == (Verdict.OTHER_FAILURE, False)
        assert "no lock line that Unwedge knows" in decision.sentence
        assert "hunter2" not in repr(decision)

    @pytest.mark.parametrize(("code", "hint"), [("InvalidOperationException", True), ("Other", False)])
    def test_the_remedy_of_a_refused_log_group_is_told_only_for_its_own_answer(
        self, code: str, *, hint: bool
    ) -> None:
        """INFREQUENT_ACCESS is one reason to refuse; a permission is none."""
        refused = log(status=LogStatus.REFUSED, detail=f"{code}: no")
        sentence = decide(wedged(logs=(refused,)), SETTINGS).sentence
        assert f"{code}: no" in sentence
        assert ("STANDARD" in sentence) is hint
        assert "grant" not in sentence

    @pytest.mark.parametrize(("tag", "heard"), [("enforce", True), ("approve", True), ("observe", False)])
    def test_who_opted_in_for_an_unknown_program_hears_that_the_mode_does_nothing(
        self, tag: str, *, heard: bool
    ) -> None:
        """VictoriaMetrics says of its lock what no signature knows."""
        said = "fatal error: cannot acquire lock on /storage/flock.lock"
        unknown = tuple(
            replace(item, containers=tuple(replace(spec, data_path=None) for spec in item.containers))
            for item in (definition(NEW_CODE), definition(OLD_CODE))
        )
        found = wedged(service=service(tag=tag), logs=(log(said),), task_definitions=unknown)
        decision = decide(found, SETTINGS)
        assert (decision.verdict, decision.escalate) == (Verdict.OTHER_FAILURE, heard)
        assert (f"mode {tag} does nothing" in decision.sentence) is heard
        assert (said in decision.sentence) is heard

    def test_a_crashed_sidecar_does_not_hide_an_older_failure_whose_lines_are_late(self) -> None:
        """The older task may yet say that it failed on the lock."""
        sidecar = ContainerSpec("router", True, False, "awslogs", None, "/ecs/p", "p/router", None)
        code = definition(NEW_CODE)
        code = replace(code, containers=(*code.containers, sidecar))
        newest = contender(failed=5, arn=arn("newest"), containers=(Container("router", 1),))
        found = wedged(
            holder(),
            newest,
            contender(failed=35),
            successor(),
            logs=(log(status=LogStatus.EMPTY),),
            task_definitions=(code, definition(OLD_CODE)),
            service=service(tag="enforce"),
        )
        decision = decide(found, SETTINGS)
        assert decision.verdict is Verdict.AWAITING_EVIDENCE
        assert decision.requeue

    def test_a_container_that_shares_nothing_did_not_fail_on_a_lock(self) -> None:
        """A crashing sidecar, or a service without a volume: not even its log is looked at."""
        alone = (definition(NEW_CODE, volume=None), definition(OLD_CODE, volume=None))
        found = wedged(service=service(tag="enforce"), logs=(), task_definitions=alone)
        decision = decide(found, SETTINGS)
        assert (decision.verdict, decision.escalate) == (Verdict.OTHER_FAILURE, False)
        assert "shares no volume" in decision.sentence

    def test_a_log_that_was_read_and_has_no_line_explains_nothing(self) -> None:
        """The decision is total, whatever a record may hold."""
        assert verdict(wedged(logs=(log(status=LogStatus.READ),))) is Verdict.AWAITING_EVIDENCE

    def test_a_lock_line_in_another_tasks_stream_is_no_evidence(self) -> None:
        """Evidence is the contender's own words only."""
        assert verdict(wedged(logs=(log(LOCK_LINE, task="somebody-else"),))) is Verdict.CANNOT_VERIFY

    def test_evidence_without_the_whole_situation_asks_for_more(self) -> None:
        """A part of the situation never leads to a stop."""
        part = wedged(contender(), scope=Scope.FAILURE)
        assert verdict(part) is Verdict.READ_MORE


class TestHolder:
    def test_a_stopping_holder_is_never_stopped_again(self) -> None:
        """0/100 deployments overlap like this and heal by themselves."""
        going = holder(desired_status="STOPPED", last_status="RUNNING", stopping_at=ago(3))
        assert verdict(wedged(going, contender(), successor())) is Verdict.HOLDER_STOPPING

    def test_two_writers_are_a_split_brain(self) -> None:
        """More than one writer: alarm, never stop."""
        decision = decide(
            wedged(
                holder(),
                holder(arn=arn("twin")),
                contender(),
                logs=(log(LOCK_LINE), opened("holder"), opened("twin")),
            ),
            SETTINGS,
        )
        assert (decision.verdict, decision.escalate) == (Verdict.SPLIT_BRAIN, True)

    def test_two_of_which_nothing_is_known_are_unclear_after_a_while_and_nothing_is_stopped(self) -> None:
        """No age makes a split brain: a program may reach for its lock late."""
        young = holder(arn=arn("twin"), started_at=ago(179))
        assert verdict(wedged(holder(), young, contender())) is Verdict.SUCCESSOR_STARTED
        decision = decide(wedged(holder(), holder(arn=arn("twin")), contender()), SETTINGS)
        assert (decision.verdict, decision.escalate) == (Verdict.LOCK_UNCLEAR, True)
        assert decision.action is None

    def test_a_free_lock_is_left_to_the_next_attempt_and_escalated_when_it_stays_unused(self) -> None:
        """EFS may keep a dead client's lock for minutes."""
        assert verdict(wedged(contender(), successor())) is Verdict.LOCK_FREE
        assert not decide(wedged(contender(failed=300), successor()), SETTINGS).escalate
        assert decide(wedged(contender(failed=301), successor()), SETTINGS).escalate

    def test_where_nobody_held_the_lock_the_attempts_are_counted_and_no_hope_is_made(self) -> None:
        """What was seen, instead of that the next attempt should get it."""
        opened = incident(stop("holder", 62))
        seen = wedged(
            stopped(holder(), 60),
            contender(arn=arn("first"), started_at=ago(50), failed=45),
            contender(failed=20),
            replace(stopped(successor(), 5), arn=arn("scaled-in")),
            successor(),
            incident=opened,
        )
        decision = decide(seen, SETTINGS)
        assert decision.verdict is Verdict.LOCK_FREE
        assert "2 attempts have failed since task holder" in decision.sentence
        assert "EFS may keep the lock of a client that is gone" in decision.sentence
        assert "should get it" not in decision.sentence
        late = decide(replace(seen, incident=replace(opened, opened_at=ago(400))), SETTINGS)
        assert late.escalate
        assert "2 attempts have failed" in late.sentence

    def test_where_the_holder_was_there_when_it_failed_the_next_attempt_should_get_it(self) -> None:
        """The lock was free only after that."""
        seen = wedged(stopped(holder(), 10), contender(failed=20), successor())
        assert "the next attempt should get it" in decide(seen, SETTINGS).sentence

    def test_a_holder_in_another_service_is_named_and_never_stopped(self) -> None:
        """Two services on one volume are for people to part."""
        other = OutsideHolder(arn("other"), "service:prod-prometheus", "fs-0abc:fsap-1:/")
        decision = decide(wedged(contender(), successor(), outside=(other,)), SETTINGS)
        assert decision.verdict is Verdict.LOCK_HELD_ELSEWHERE
        assert "service:prod-prometheus" in decision.sentence

    def test_an_attempt_that_just_started_is_waited_for(self) -> None:
        """It has reached for the lock and the outcome is not known."""
        fresh = new_task(started=3, health=Health.UNKNOWN)
        after = replace(fresh, created_at=ago(10))
        assert verdict(wedged(contender(), after)) is Verdict.SUCCESSOR_STARTED
        assert verdict(wedged(holder(), contender(), fresh)) is Verdict.SUCCESSOR_STARTED


class TestSides:
    def test_a_contender_of_a_superseded_deployment_waits_for_one_of_the_target(self) -> None:
        """Somebody deployed again in the middle."""
        again = service(
            deployments=(
                Deployment("ecs-svc/3", "PRIMARY", NEW_CODE, "IN_PROGRESS", ago(5)),
                Deployment(NEW, "ACTIVE", NEW_CODE, "IN_PROGRESS", ago(300)),
                Deployment(OLD, "ACTIVE", OLD_CODE, "COMPLETED", ago(90000)),
            )
        )
        assert verdict(wedged(service=again)) is Verdict.STALE_CONTENDER

    def test_within_one_deployment_only_an_unhealthy_holder_is_stopped(self) -> None:
        """Fargate retirement and replacement of an unhealthy task also start the new task first."""
        same = deployed()
        attempt = successor()
        for health in (Health.HEALTHY, Health.UNKNOWN):
            situation = wedged(new_task(5000, health=health), contender(), attempt, service=same)
            assert verdict(situation) is Verdict.HOLDER_HEALTHY
        unhealthy = wedged(new_task(5000, health=Health.UNHEALTHY), contender(), attempt, service=same)
        assert verdict(unhealthy) is Verdict.STOP_HOLDER

    def test_different_file_systems_are_different_locks(self) -> None:
        """Whatever the access points."""
        apart = (definition(NEW_CODE, "fs-0def:fsap-1:/"), definition(OLD_CODE))
        assert verdict(wedged(task_definitions=apart)) is Verdict.DIFFERENT_LOCK

    def test_two_access_points_of_one_file_system_may_begin_anywhere(self) -> None:
        """Nothing is said of them that is not known."""
        apart = (definition(NEW_CODE, "fs-0abc:fsap-2:/"), definition(OLD_CODE))
        assert verdict(wedged(task_definitions=apart)) is Verdict.LOCK_UNDETERMINED

    def test_unknown_volumes_are_not_the_same_volume(self) -> None:
        """What we cannot read we do not guess."""
        assert verdict(wedged(task_definitions=(definition(NEW_CODE),))) is Verdict.LOCK_UNDETERMINED
        bare = (definition(NEW_CODE, None), definition(OLD_CODE, None))
        assert decide(wedged(task_definitions=bare), SETTINGS).action is None


class TestRollout:
    @pytest.mark.parametrize(
        "status",
        [
            "STOPPED",
            "STOP_REQUESTED",
            "ROLLBACK_REQUESTED",
            "ROLLBACK_IN_PROGRESS",
            "ROLLBACK_SUCCESSFUL",
            "ROLLBACK_FAILED",
            "SOMETHING_NEW",
        ],
    )
    def test_a_rollout_that_is_taken_back_makes_us_stand_down(self, status: str) -> None:
        """An unknown status counts as taken back."""
        assert verdict(wedged(rollout=Rollout("arn", status))) is Verdict.ROLLBACK_IN_PROGRESS

    def test_a_rollout_that_ecs_does_not_list_is_no_rollout_forward(self) -> None:
        """Only one that is COMPLETED may be forgotten."""
        assert verdict(wedged(rollout=None)) is Verdict.ROLLOUT_UNKNOWN

    @pytest.mark.parametrize("status", ["PENDING", "IN_PROGRESS", "SUCCESSFUL"])
    def test_a_rollout_that_goes_forward_passes(self, status: str) -> None:
        """These are all the ways forward."""
        assert verdict(wedged(rollout=Rollout("arn", status))) is Verdict.STOP_HOLDER

    def test_a_finished_rollback_does_not_bind_a_completed_deployment(self) -> None:
        """An UNHEALTHY holder of the deployment that was rolled back to blocks its own replacement."""
        same = wedged(
            new_task(5000, health=Health.UNHEALTHY),
            contender(),
            successor(),
            service=deployed(),
            rollout=Rollout("arn", "ROLLBACK_SUCCESSFUL"),
        )
        assert verdict(same) is Verdict.STOP_HOLDER
        assert verdict(replace(same, service=deployed("IN_PROGRESS"))) is Verdict.ROLLBACK_IN_PROGRESS

    def test_standing_down_for_long_is_escalated(self) -> None:
        """Nobody took the rollout back for good."""
        old = wedged(holder(), contender(failed=601), successor(), rollout=Rollout("a", "STOP_REQUESTED"))
        assert decide(old, SETTINGS).escalate

    def test_a_failed_deployment_makes_us_stand_down(self) -> None:
        """The circuit breaker has given up on it."""
        failed = (service().deployments[0]._replace(rollout_state="FAILED"), service().deployments[1])
        assert verdict(wedged(service=service(deployments=failed))) is Verdict.DEPLOYMENT_FAILED

    @pytest.mark.parametrize("count", [2, 3])
    def test_a_desired_count_above_one_is_said_and_nothing_is_stopped(self, count: int) -> None:
        """A store with one lock can run one task."""
        decision = decide(wedged(service=service(desired_count=count)), SETTINGS)
        assert decision.verdict is Verdict.MISCONFIGURED
        assert decision.incident is IncidentStep.OPEN
        assert decision.escalate

    def test_a_service_that_is_scaled_to_0_is_no_wedge(self) -> None:
        """Its last attempts may fail on the lock while the old task ends."""
        scaled = service(desired_count=0)
        decision = decide(wedged(service=scaled), SETTINGS)
        assert decision.verdict is Verdict.SCALED_TO_0
        assert decision.incident is IncidentStep.KEEP
        assert decision.requeue is None
        assert not decision.escalate
        wedge = decide(wedged(service=scaled, incident=incident()), SETTINGS)
        assert (wedge.verdict, wedge.requeue) == (Verdict.SCALED_TO_0, Requeue(60))


class TestLimits:
    def test_a_holder_gets_one_stop(self) -> None:
        """Claimed and fresh: wait. Claimed and abandoned: take over. Sent: never again."""
        for state, seconds, expected in (
            (StopState.CLAIMED, 44, Verdict.HOLDER_STOPPING),
            (StopState.CLAIMED, 45, Verdict.STOP_HOLDER),
        ):
            claimed = incident(stop("holder", seconds, state))
            situation = wedged(holder(), contender(failed=5), successor(), incident=claimed)
            assert verdict(situation) is expected, (state, seconds)
        sent = incident(stop("holder", 100, StopState.SENT))
        again = wedged(holder(), contender(failed=5), successor(), incident=sent)
        assert verdict(again) is Verdict.HOLDER_STOPPING

    def test_a_refused_stop_is_said_with_its_reason_and_tried_again_later(self) -> None:
        """It changed nothing, and the permission may have been granted since."""
        for seconds, expected in ((299, Verdict.STOP_DENIED), (300, Verdict.STOP_HOLDER)):
            refused = replace(incident(), refused=RefusedStop(ago(seconds), "Grant it."))
            decision = decide(wedged(incident=refused), SETTINGS)
            assert decision.verdict is expected
        assert (
            "Grant it."
            in decide(
                wedged(incident=replace(refused, refused=RefusedStop(ago(1), "Grant it."))), SETTINGS
            ).sentence
        )

    def test_an_incident_gets_the_settings_number_of_stops(self) -> None:
        """Then people are told how to end the race."""
        spent = incident(stop("first", 500), stop("second", 200))
        situation = wedged(holder(started_at=ago(150)), contender(failed=5), successor(), incident=spent)
        decision = decide(situation, SETTINGS)
        assert (decision.verdict, decision.escalate) == (Verdict.STOPS_SPENT, True)
        assert verdict(situation, Settings(stops_per_incident=3)) is Verdict.STOP_HOLDER


class TestMode:
    @pytest.mark.parametrize(
        ("tag", "expected"),
        [
            ("enforce", Verdict.STOP_HOLDER),
            (" Enforce ", Verdict.STOP_HOLDER),
            ("observe", Verdict.WOULD_STOP),
            ("approve", Verdict.APPROVAL_NEEDED),
            ("enfroce", Verdict.WOULD_STOP),
            ("", Verdict.WOULD_STOP),
            (None, Verdict.WOULD_STOP),
        ],
    )
    def test_only_enforce_acts(self, tag: str | None, expected: Verdict) -> None:
        """A misspelt tag is observed, never enforced."""
        assert verdict(wedged(service=service(tag=tag))) is expected

    def test_an_untagged_service_follows_the_stacks_default(self) -> None:
        """The default can be enforce."""
        enforce = Settings(default_mode=Mode.ENFORCE)
        assert verdict(wedged(service=service(tag=None)), enforce) is Verdict.STOP_HOLDER
        assert verdict(wedged(service=service(tag="enfroce")), enforce) is Verdict.WOULD_STOP


class TestTiming:
    def test_a_pending_successor_is_the_moment(self) -> None:
        """The action names the holder and opens the incident."""
        decision = decide(wedged(), SETTINGS)
        assert isinstance(decision.action, StopTask)
        assert decision.action.task_arn == arn("holder")
        assert decision.incident is IncidentStep.OPEN
        assert decision.evidence == LOCK_LINE
        assert decision.times.to_stop == 20

    def test_a_provisioning_successor_is_waited_for_closely(self) -> None:
        """Two seconds: PENDING must not be missed."""
        decision = decide(wedged(holder(), contender(), successor("PROVISIONING")), SETTINGS)
        assert decision.verdict is Verdict.AWAITING_SUCCESSOR
        assert decision.requeue == Requeue(2, arn("holder"))

    def test_a_successor_that_stays_provisioning_is_none(self) -> None:
        """The patience without a successor goes on."""
        stuck = successor("PROVISIONING", created_at=ago(300))
        assert verdict(wedged(holder(), contender(failed=1800), stuck)) is Verdict.NO_SUCCESSOR

    @pytest.mark.parametrize(("waited", "cadence"), [(59, 2), (60, 5), (299, 5), (300, 10), (1799, 10)])
    def test_without_a_successor_the_looks_become_rarer(self, waited: int, cadence: int) -> None:
        """Waiting costs nothing while the holder serves."""
        decision = decide(wedged(holder(), contender(failed=waited)), SETTINGS)
        assert decision.verdict is Verdict.AWAITING_SUCCESSOR
        assert decision.requeue == Requeue(cadence, arn("holder"))

    def test_when_patience_ends_the_policy_says_what_comes(self) -> None:
        """Escalate by default; stop where the operator chose that."""
        long = wedged(holder(), contender(failed=1800))
        decision = decide(long, SETTINGS)
        assert (decision.verdict, decision.escalate) == (Verdict.NO_SUCCESSOR, True)
        assert verdict(long, Settings(without_successor=WithoutSuccessor.STOP)) is Verdict.STOP_HOLDER

    def test_a_task_of_another_deployment_on_its_way_is_no_successor(self) -> None:
        """An old-revision replacement must not be taken for the successor."""
        replacement = successor(deployment_id=OLD, task_definition=OLD_CODE)
        assert verdict(wedged(holder(), contender(), replacement)) is Verdict.AWAITING_SUCCESSOR


def test_every_verdict_is_reached_by_some_test() -> None:
    """A verdict that no test names is a verdict nobody has seen."""
    source = "".join(path.read_text() for path in sorted(Path(__file__).parent.rglob("test_*.py")))
    unseen = [item.name for item in Verdict if f"Verdict.{item.name}" not in source]
    assert unseen == []


def test_a_decision_is_a_plain_value() -> None:
    """The same situation gives an equal decision."""
    first: Decision = decide(wedged(), SETTINGS)
    assert first == decide(wedged(), SETTINGS)
