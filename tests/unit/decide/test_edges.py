"""Edges of the decision: exactly at a patience, two of a kind, and what only one of two facts says."""

from dataclasses import replace

import pytest

from tests.support.situations import (
    LOCK_LINE,
    NEW,
    NEW_CODE,
    OLD_CODE,
    VOLUME,
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
from tests.support.verdicts import verdict
from tests.unit.decide.gates.test_handover import BACK, DRAIN, SENT, broken, draining
from unwedge.decide.decide import decide
from unwedge.decide.signatures import find_evidence, prometheus_reports_held_lock
from unwedge.model.decision import Requeue, Verdict
from unwedge.model.incident import ApprovalRequest, Controls, RefusedStop, Rollback, StopState
from unwedge.model.log import LogLine, LogStatus
from unwedge.model.service import Health, Rollout, Task
from unwedge.model.settings import Mode, Settings, settings_from
from unwedge.model.situation import OutsideHolder, Situation
from unwedge.model.task_definition import Mount, TaskDefinition

SETTINGS = Settings()


def after(*tasks: Task, stops: int = 1, seconds: float = 300, **changes: object) -> Situation:
    """After one or two stops, long enough ago for the lines of a failure to have come."""
    sent = [stop("holder", seconds), stop("second", seconds - 50)][:stops]
    opened = replace(incident(*sent), opened_at=ago(seconds + 10), failed_at=ago(seconds + 20))
    return wedged(*tasks, incident=opened, logs=changes.pop("logs", ()), **changes)


def second(seconds: float) -> Task:
    """The second holder that we stopped, ended so many seconds ago."""
    return stopped(holder(arn=arn("second")), seconds)


class TestTwoStops:
    def test_the_gap_is_counted_from_the_last_writer_that_ended(self) -> None:
        """Between the two the old revision wrote."""
        done = after(stopped(holder(), 280), second(200), new_task(started=150), stops=2, service=deployed())
        assert decide(done, SETTINGS).times.gap == 50

    def test_the_alarm_waits_from_the_last_writer_that_ended(self) -> None:
        """Somebody wrote until a minute ago."""
        coming = after(stopped(holder(), 280), second(60), successor(), stops=2)
        assert verdict(coming) is Verdict.VERIFYING

    def test_a_rollback_waits_from_the_last_writer_that_ended(self) -> None:
        """The same."""
        opened = replace(incident(stop("holder", 300), stop("second", 90)), previous=OLD_CODE)
        tasks = (stopped(holder(), 280), second(50), contender(failed=20), successor("PROVISIONING"))
        logs = (log("level=error msg=config"),)
        assert decide(wedged(*tasks, incident=opened, logs=logs), BACK).action is None
        later = replace(wedged(*tasks, incident=opened, logs=logs), observed_at=ago(-10))
        assert decide(later, BACK).verdict is Verdict.ROLL_BACK

    def test_a_cooldown_is_counted_from_the_last_stop(self) -> None:
        """Not from the first."""
        assert verdict(wedged(controls=Controls(None, (ago(2000), ago(599))))) is Verdict.COOLING_DOWN
        decision = decide(wedged(controls=Controls(None, (ago(599.5),))), SETTINGS)
        assert decision.requeue == Requeue(1)

    def test_a_new_task_that_lived_between_two_stops_had_its_chance(self) -> None:
        """Counted from the first stop."""
        tried = new_task(
            started=280, arn=arn("tried"), desired_status="STOPPED", execution_stopped_at=ago(155)
        )
        situation = after(
            holder(arn=arn("third"), started_at=ago(100)),
            tried,
            contender(failed=20),
            stops=2,
            logs=(log(LOCK_LINE),),
        )
        assert verdict(situation) is Verdict.NEW_REVISION_BROKEN

    @pytest.mark.parametrize(
        "other",
        [{"deployment_id": "ecs-svc/old"}, {"started_at": ago(300)}, {"execution_stopped_at": ago(261)}],
    )
    def test_what_was_no_chance_of_the_new_revision_does_not_count(self, other: dict[str, object]) -> None:
        """Another deployment's task, one started with the stop, one that ended within moments."""
        times: dict[str, object] = {
            "started": 280,
            "desired_status": "STOPPED",
            "execution_stopped_at": ago(155),
        }
        tried = new_task(arn=arn("tried"), **{**times, **other})  # type: ignore[arg-type]
        back = holder(arn=arn("third"), started_at=ago(100))
        situation = after(back, tried, contender(failed=20), successor(), logs=(log(LOCK_LINE),))
        assert verdict(situation) is Verdict.STOP_HOLDER


class TestExactly:
    @pytest.mark.parametrize(("seconds", "late"), [(180, False), (181, True)])
    def test_a_release_is_late_after_its_patience(self, seconds: int, late: bool) -> None:
        """Stopping by itself, and told by us."""
        going = holder(desired_status="STOPPED", last_status="STOPPING", stopping_at=ago(seconds))
        assert decide(wedged(going, contender()), SETTINGS).escalate is late
        assert decide(after(going), SETTINGS).escalate is late
        told = after(holder(), seconds=seconds)
        assert decide(told, SETTINGS).escalate is late

    @pytest.mark.parametrize(("seconds", "late"), [(180, False), (181, True)])
    def test_a_claimed_holder_that_stays_is_late_after_the_same_time(self, seconds: int, late: bool) -> None:
        """With a contender beside it."""
        claimed = incident(stop("holder", seconds))
        failing = contender(failed=20)
        decision = decide(wedged(holder(), failing, incident=claimed), SETTINGS)
        assert (decision.verdict, decision.escalate) == (Verdict.HOLDER_STOPPING, late)

    @pytest.mark.parametrize(("seconds", "late"), [(600, False), (601, True)])
    def test_a_recovery_and_a_stand_down_are_late_after_theirs(self, seconds: int, late: bool) -> None:
        """Then a person should look."""
        starting = after(new_task(started=100, health=Health.UNKNOWN), seconds=seconds, logs=(opened(),))
        assert decide(starting, SETTINGS).escalate is late
        back = wedged(holder(), contender(failed=seconds), rollout=Rollout("x", "STOPPED"))
        assert decide(back, SETTINGS).escalate is late

    @pytest.mark.parametrize(("seconds", "again"), [(599, 15), (600, 60)])
    def test_an_incident_that_stays_quiet_is_looked_at_less_often(self, seconds: int, again: int) -> None:
        """No failure, and not done either."""
        opened = replace(incident(), opened_at=ago(seconds))
        quiet = wedged(holder(), incident=opened, logs=())
        assert decide(quiet, SETTINGS).requeue == Requeue(again)

    @pytest.mark.parametrize(("seconds", "expected"), [(180, Verdict.VERIFYING), (181, Verdict.NOTHING_RUNS)])
    def test_nobody_writing_is_an_alarm_after_its_patience(self, seconds: int, expected: Verdict) -> None:
        """Although another task is on its way."""
        assert verdict(after(stopped(holder(), seconds), successor())) is expected

    def test_right_after_the_last_writer_ecs_may_be_starting_the_next(self) -> None:
        """Ten seconds, and a pass then."""
        decision = decide(after(stopped(holder(), 9)), SETTINGS)
        assert (decision.verdict, decision.requeue) == (Verdict.VERIFYING, Requeue(10))
        assert verdict(after(stopped(holder(), 10))) is Verdict.NOTHING_RUNS


class TestArrived:
    @pytest.mark.parametrize(
        "other",
        [
            holder(desired_status="STOPPED", last_status="STOPPING", stopping_at=ago(5)),
            new_task(started=5, arn=arn("young"), health=Health.UNKNOWN),
        ],
    )
    def test_with_another_task_about_it_is_no_recovery_yet(self, other: Task) -> None:
        """It may hold the lock, or be about to."""
        assert verdict(after(new_task(started=100), other, service=deployed())) is not Verdict.RECOVERED

    def test_a_task_of_another_revision_is_no_recovery(self) -> None:
        """Whatever ECS calls the rollout."""
        assert verdict(after(holder(arn=arn("back")), service=deployed())) is Verdict.VERIFYING

    def test_without_a_health_check_a_task_has_to_be_up_for_a_while(self) -> None:
        """And never UNHEALTHY; one without a start is none that is up."""
        definitions = (definition(NEW_CODE, health_check=False), definition(OLD_CODE))
        ripe = after(
            new_task(started=40, health=Health.UNKNOWN),
            service=deployed(),
            task_definitions=definitions,
            logs=(opened(),),
        )
        assert verdict(ripe) is Verdict.RECOVERED
        for task in (new_task(100, health=Health.UNHEALTHY), new_task(39, health=Health.UNKNOWN)):
            assert verdict(replace(ripe, tasks=(task,))) is Verdict.VERIFYING
        assert verdict(replace(ripe, tasks=(new_task(started_at=None),))) is Verdict.VERIFYING

    def test_a_rollback_that_was_never_sent_is_not_told(self) -> None:
        """The new revision runs after all."""
        claimed = replace(incident(stop()), rollback=Rollback(OLD_CODE, ago(100), StopState.CLAIMED))
        done = wedged(new_task(), incident=claimed, service=deployed(), logs=(opened(),))
        decision = decide(done, SETTINGS)
        assert decision.verdict is Verdict.RECOVERED
        assert "previous revision" not in decision.sentence

    def test_a_task_that_reaches_for_the_lock_is_no_silence(self) -> None:
        """In an incident without a stop by us."""
        trying = new_task(started=3, health=Health.UNKNOWN)
        decision = decide(wedged(trying, stopped(holder(), 60), incident=incident(), logs=()), SETTINGS)
        assert decision.verdict is Verdict.VERIFYING


class TestHandover:
    def test_just_restored_and_shown_is_looked_at_like_any_other(self) -> None:
        """The new task is what matters now."""
        situation = draining(60, SENT, new_task(started=5, health=Health.UNKNOWN), desired=1, over=10)
        assert decide(situation, DRAIN).verdict is not Verdict.DRAINING

    def test_just_restored_and_not_shown_is_looked_at_in_five_seconds(self) -> None:
        """With the seconds among the reasons."""
        decision = decide(draining(60, SENT, stopped(holder()), over=10), DRAIN)
        assert decision.requeue == Requeue(5)
        assert decision.reasons[-1].numbers == {"seconds_since_restored": 10}

    def test_a_refusal_at_the_moment_of_the_drain_is_about_it(self) -> None:
        """Both are stamped with the look's time."""
        decision = decide(draining(60, SENT, stopped(holder()), refused=RefusedStop(ago(60), "no")), DRAIN)
        assert (decision.escalate, decision.requeue) == (True, Requeue(15))

    def test_a_failure_on_the_lock_is_no_reason_to_roll_back(self) -> None:
        """EFS may keep a dead client's lock for minutes."""
        assert decide(broken(logs=(log(LOCK_LINE),)), BACK).action is None

    def test_what_runs_the_same_revision_already_is_not_rolled_back_to_it(self) -> None:
        """There is nothing to go back to."""
        tasks = (stopped(holder(), 70), contender(failed=20))
        assert decide(broken(*tasks, previous=NEW_CODE), BACK).action is None

    def test_a_rollback_without_last_words_says_so(self) -> None:
        """The revision is known as broken from before."""
        tasks = (stopped(holder(), 200), contender(failed=20))
        decision = decide(broken(*tasks, idle=200, broken=NEW, logs=(log(status=LogStatus.EMPTY),)), BACK)
        assert decision.verdict is Verdict.ROLL_BACK
        assert decision.sentence.endswith("no line was read.")

    def test_a_claimed_rollback_still_listens_to_the_broken_revision(self) -> None:
        """It has not been sent."""
        claimed = broken(broken=NEW, rollback=Rollback(OLD_CODE, ago(50), StopState.CLAIMED))
        assert "error loading config" in decide(claimed, BACK).sentence

    @pytest.mark.parametrize(
        "situation",
        [
            broken(stopped(holder(), 200), idle=200, broken=NEW, controls=Controls("paused")),
            broken(stopped(holder(), 200), idle=200, broken=NEW, tag="observe"),
            broken(stopped(holder(), 200), idle=200, broken=NEW, refused=RefusedStop(ago(9), "denied")),
        ],
    )
    def test_an_alarm_that_may_not_act_is_looked_at_every_minute(self, situation: Situation) -> None:
        """The reason why is in its sentence."""
        decision = decide(situation, BACK)
        assert (decision.verdict, decision.requeue) == (Verdict.NOTHING_RUNS, Requeue(60))

    def test_a_question_about_another_task_gives_way_before_it_expires(self) -> None:
        """Nobody may answer it any more."""
        other = ApprovalRequest(arn("other"), ago(10), ago(-890))
        asking = wedged(service=service(tag="approve"), incident=replace(incident(), approval_request=other))
        request = decide(asking, SETTINGS).approval_request
        assert request is not None
        assert request.subject == arn("holder")


class TestEvidence:
    def test_one_denied_log_of_two_cannot_be_waited_for(self) -> None:
        """Its line may be the one that tells."""
        two = (log(status=LogStatus.EMPTY), log(status=LogStatus.DENIED, detail="no"))
        decision = decide(wedged(logs=two), SETTINGS)
        assert decision.verdict is Verdict.CANNOT_VERIFY
        read = (log(), log(status=LogStatus.DENIED, detail="no"))
        assert "was denied" in decide(wedged(logs=read), SETTINGS).sentence

    @pytest.mark.parametrize(
        ("failed", "expected"), [(59, Verdict.AWAITING_EVIDENCE), (60, Verdict.OTHER_FAILURE)]
    )
    def test_one_missing_log_of_two_is_waited_for(self, failed: int, expected: Verdict) -> None:
        """Within the patience."""
        two = (log("level=info msg=hello"), log(status=LogStatus.EMPTY))
        assert verdict(wedged(holder(), contender(failed=failed), logs=two)) is expected

    def test_a_stopping_task_runs_still(self) -> None:
        """It is not said that nothing runs."""
        going = holder(desired_status="STOPPED", last_status="STOPPING", stopping_at=ago(5))
        situation = wedged(going, contender(), incident=incident(), logs=(log("level=error msg=config"),))
        assert "No task of the service runs" not in decide(situation, SETTINGS).sentence
        alone = wedged(contender(), incident=incident(), logs=(log("level=error msg=config"),))
        assert "No task of the service runs" in decide(alone, SETTINGS).sentence

    def test_the_newest_of_two_lock_lines_is_the_evidence(self) -> None:
        """Whatever their order."""
        older, newer = LogLine(ago(9), LOCK_LINE), LogLine(ago(5), LOCK_LINE)
        for lines in ((older, newer), (newer, older)):
            found = find_evidence([log()._replace(lines=lines, group=None, stream=None)])
            assert found is not None
            assert (found.line, found.group, found.stream) == (newer, "", "")

    def test_text_behind_the_pairs_is_no_logfmt(self) -> None:
        """The whole line counts."""
        assert prometheus_reports_held_lock(LOCK_LINE)
        assert not prometheus_reports_held_lock(f'{LOCK_LINE} "and then')


class TestVolumes:
    def test_only_the_volume_of_the_data_directory_counts(self) -> None:
        """Another container's volume is nothing to the lock."""
        (init, main) = definition(NEW_CODE).containers
        more = TaskDefinition(NEW_CODE, (replace(init, mounts=(Mount("/config", "fs-0other:x:/"),)), main))
        assert verdict(wedged(task_definitions=(more, definition(OLD_CODE)))) is Verdict.STOP_HOLDER

    def test_a_line_of_a_container_that_the_definition_does_not_name_is_no_evidence(self) -> None:
        """Nobody knows what it mounts."""
        strange = log(LOCK_LINE)._replace(container="renamed")
        assert decide(wedged(logs=(strange,)), SETTINGS).action is None

    @pytest.mark.parametrize("known", [NEW_CODE, OLD_CODE])
    def test_one_unknown_definition_of_two_shares_no_volume(self, known: str) -> None:
        """What was not read is not guessed."""
        assert decide(wedged(task_definitions=(definition(known),)), SETTINGS).action is None

    def test_another_volume_and_a_holder_outside_names_the_one_outside(self) -> None:
        """It explains the lock."""
        outside = (OutsideHolder(arn("foreign"), "service:other", VOLUME),)
        other = (definition(NEW_CODE), definition(OLD_CODE, volume="fs-0other:x:/"))
        assert verdict(wedged(task_definitions=other, outside=outside)) is Verdict.LOCK_HELD_ELSEWHERE

    def test_only_the_health_check_of_an_essential_container_counts(self) -> None:
        """ECS goes by those."""
        side = definition(NEW_CODE, health_check=False)
        checked = TaskDefinition(
            NEW_CODE, (replace(side.containers[0], health_check=True), side.containers[1])
        )
        assert not checked.health_checked
        assert definition(NEW_CODE).health_checked


def test_a_rollback_that_ended_is_history_only_within_one_deployment() -> None:
    """Between two it tells who is going where."""
    done = service(
        deployments=tuple(item._replace(rollout_state="COMPLETED") for item in service().deployments)
    )
    assert (
        verdict(wedged(service=done, rollout=Rollout("x", "ROLLBACK_SUCCESSFUL")))
        is Verdict.ROLLBACK_IN_PROGRESS
    )


def test_a_service_that_nobody_watches_says_by_what() -> None:
    """Its tag, or the stack."""
    assert "by its tag" in decide(wedged(service=service(tag="off")), SETTINGS).sentence
    off = decide(wedged(service=service(tag=None)), Settings(default_mode=Mode.OFF))
    assert "by the stack's default mode" in off.sentence


def test_a_task_ended_at_the_first_time_that_ecs_tells() -> None:
    """Containers, then the request to stop, then the end."""
    task = contender(execution_stopped_at=None, stopping_at=ago(9), stopped_at=ago(5))
    assert task.failed_at == ago(9)
    assert replace(task, stopping_at=None).failed_at == ago(5)


def test_every_setting_reaches_its_field() -> None:
    """One is the least."""
    names = {
        "UNWEDGE_STOPS_PER_INCIDENT": "stops_per_incident",
        "UNWEDGE_EVIDENCE_PATIENCE_SECONDS": "evidence_patience",
        "UNWEDGE_COOLDOWN_SECONDS": "cooldown",
        "UNWEDGE_STOPS_PER_SERVICE_DAY": "stops_per_service_day",
        "UNWEDGE_STOPS_PER_ACCOUNT_HOUR": "stops_per_account_hour",
        "UNWEDGE_SUCCESSOR_PATIENCE_SECONDS": "successor_patience",
        "UNWEDGE_APPROVAL_VALIDITY_SECONDS": "approval_validity",
    }
    settings = settings_from(dict.fromkeys(names, "1"))
    assert {getattr(settings, field) for field in names.values()} == {1}
    words = {
        "UNWEDGE_DEFAULT_MODE": "approve", "UNWEDGE_CLUSTERS": "a,b", "UNWEDGE_WITHOUT_SUCCESSOR": "stop",
        "UNWEDGE_FALLBACK": "drain", "UNWEDGE_WHEN_BROKEN": "rollback",
    }  # fmt: skip
    told = settings_from(words)
    assert [told.default_mode, told.without_successor, told.fallback, told.when_broken] == [
        "approve", "stop", "drain", "rollback",
    ]  # fmt: skip
    assert told.clusters == ("a", "b")


def test_when_nothing_is_on_its_way_a_failure_on_the_lock_is_no_broken_revision() -> None:
    """The alarm stays an alarm: EFS may still keep the lock."""
    tasks = (stopped(holder(), 200), contender(failed=20))
    decision = decide(broken(*tasks, idle=200, logs=(log(LOCK_LINE),)), BACK)
    assert (decision.verdict, decision.action) == (Verdict.NOTHING_RUNS, None)


def test_the_newest_lock_line_counts_whatever_the_container_is_called() -> None:
    """Two essential containers may both die of it."""
    older = log()._replace(container="z", lines=(LogLine(ago(9), LOCK_LINE),))
    newer = log()._replace(container="a", lines=(LogLine(ago(5), LOCK_LINE),))
    found = find_evidence([older, newer])
    assert found is not None
    assert found.container == "a"
