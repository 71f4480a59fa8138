"""Stopping tasks, and what replaces them."""

from datetime import timedelta

import pytest

from rehearsal.ecs import ApiError, Replacement, StopOfStopped
from rehearsal.programs.scripted import SIGKILL_EXIT_CODE, Script
from tests.support.simulated_ecs import QUICK, START, Stage, main_container, options


def test_a_stopped_task_gets_sigterm_and_ends_gracefully(stage: Stage) -> None:
    """StopTask asks, SIGTERM follows within seconds, the program releases its lock and exits 0."""
    holder = stage.tasks()[0]
    answer = stage.stop(holder, reason="by hand")["task"]
    assert (answer["desiredStatus"], answer["lastStatus"]) == ("STOPPED", "RUNNING")
    stage.until(lambda: not holder.holds_lock, limit=5)
    stage.until(lambda: holder.last_status == "STOPPED", limit=60)
    shown = stage.shown(holder)
    assert (shown["stopCode"], shown["stoppedReason"]) == ("UserInitiated", "by hand")
    assert shown["containers"][0]["exitCode"] == 0
    assert shown["stoppingAt"] <= shown["executionStoppedAt"] <= shown["stoppedAt"]


@pytest.mark.parametrize(("stop_timeout", "expected"), [(None, 30), (25, 25), (120, 120)])
def test_a_program_that_ignores_sigterm_is_killed_after_stop_timeout(
    stop_timeout: int | None, expected: int
) -> None:
    """SIGKILL comes stopTimeout seconds after SIGTERM, 30 by default; the exit code is then 137."""
    stage = Stage({"prometheus": Script(lock="data", ignores_sigterm=True)})
    more = {"stopTimeout": stop_timeout} if stop_timeout else {}
    stage.create(definition=stage.register(main_container(**more)))
    holder = stage.tasks()[0]
    stage.stop(holder)
    stage.until(lambda: holder.last_status == "STOPPING")
    took = stage.until(lambda: not holder.executing)
    assert took == pytest.approx(expected)
    stage.until(lambda: holder.last_status == "STOPPED")
    assert holder.containers[0].exit_code == SIGKILL_EXIT_CODE


def test_sigterm_comes_a_moment_after_the_wish_to_stop() -> None:
    """stop_signal_delay_seconds: until then RUNNING with desiredStatus STOPPED, then STOPPING."""
    stage = Stage(options=options(stop_signal_delay_seconds=(10, 10)))
    stage.create()
    holder = stage.tasks()[0]
    stage.stop(holder)
    stage.forward(9)
    assert (holder.last_status, holder.holds_lock) == ("RUNNING", True)
    stage.forward(1.5)
    assert holder.last_status == "STOPPING"
    stage.forward(1)
    assert not holder.holds_lock


def test_repeated_stops_of_one_task_are_one_stop(stage: Stage) -> None:
    """A task that is stopping already accepts StopTask and nothing changes."""
    holder = stage.tasks()[0]
    stage.stop(holder, reason="first")
    stage.forward(1)
    stage.stop(holder, reason="second")
    assert [(stop.task_arn, stop.reason) for stop in stage.stops()] == [(holder.arn, "first")]
    assert holder.stopped_reason == "first"


@pytest.mark.parametrize("behaviour", list(StopOfStopped))
def test_stop_of_a_stopped_task_answers_either_way(behaviour: StopOfStopped) -> None:
    """AWS does not say whether it succeeds or fails: both can be had."""
    stage = Stage(options=options(stop_of_stopped=behaviour))
    stage.create()
    holder = stage.tasks()[0]
    stage.stop(holder)
    stage.until(lambda: holder.last_status == "STOPPED")
    if behaviour is StopOfStopped.SUCCESS:
        assert stage.stop(holder)["task"]["lastStatus"] == "STOPPED"
    else:
        with pytest.raises(ApiError, match="InvalidParameterException"):
            stage.stop(holder)


def test_an_unknown_task_cannot_be_stopped(stage: Stage) -> None:
    """InvalidParameterException, as AWS answers."""
    with pytest.raises(ApiError) as refusal:
        stage.sim.call("StopTask", {"cluster": "dev-cluster", "task": "0" * 32})
    assert refusal.value.code == "InvalidParameterException"


def test_a_terminated_old_task_comes_back_on_its_own_revision(stage: Stage) -> None:
    """Since November 2025: the replacement has the revision and deployment of the terminated task."""
    stage.deploy()
    stage.forward(5)
    old = stage.tasks(1)[0]
    stage.stop(old)
    stage.forward(5)
    replacement = stage.tasks(1)[1]
    assert replacement.started_by == old.started_by
    assert replacement.alive


def test_a_terminated_old_task_comes_back_on_the_newest_revision_with_the_older_behaviour() -> None:
    """Before November 2025 nothing of the old revision was started again."""
    stage = Stage(options=options(replacement=Replacement.NEWEST_REVISION))
    stage.create()
    stage.deploy()
    stage.forward(100)
    stage.stop(stage.tasks(1)[0])
    assert [item["desiredCount"] for item in stage.described()["deployments"]] == [1, 0]
    stage.until(lambda: stage.service.primary.rollout_state == "COMPLETED", limit=300)
    assert len(stage.tasks(1)) == 1


def test_the_old_revision_can_win_the_race_for_the_lock() -> None:
    """Stopped with no successor on its way, the old revision's replacement may reach the free lock first."""
    stage = Stage(options=options(replacement_delay_seconds=1))
    stage.create()
    stage.deploy()
    stage.until(lambda: stage.newest().last_status == "PENDING")
    contender = stage.newest()
    stage.until(lambda: contender.executing)
    stage.stop(stage.tasks(1)[0])  # the contender has just started: it fails before the holder is gone
    stage.until(lambda: any(task.holds_lock for task in stage.tasks(1)[1:]), limit=120)
    stage.forward(300)
    assert [task.revision for task in stage.tasks() if task.holds_lock] == [1]
    assert stage.service.primary.rollout_state == "IN_PROGRESS"


def test_a_task_stopped_before_its_containers_start_never_runs_them(stage: Stage) -> None:
    """A task that is still PROVISIONING or PENDING goes straight to DEPROVISIONING, without exit codes."""
    stage.deploy()
    stage.forward(20)
    contender = stage.newest()
    assert contender.last_status == "PENDING"
    stage.stop(contender)
    assert contender.last_status == "DEPROVISIONING"
    stage.until(lambda: contender.last_status == "STOPPED")
    assert contender.containers[0].program is None
    assert "exitCode" not in stage.shown(contender)["containers"][0]


def test_retirement_starts_the_replacement_first() -> None:
    """Fargate retirement within 100/200 starts a task beside the retiring one: a deadlock of its own."""
    stage = Stage()
    stage.create()
    holder = stage.tasks()[0]
    stage.sim.retire_task(holder.arn)
    stage.forward(300)
    assert holder.holds_lock
    contenders = stage.tasks()[1:]
    assert len(contenders) > 3
    assert {task.started_by for task in contenders} == {holder.started_by}
    assert {task.revision for task in contenders} == {1}


def test_retirement_stops_the_old_task_once_its_replacement_is_healthy() -> None:
    """Without a lock between them retirement just works."""
    stage = Stage({"prometheus": Script()})
    stage.create()
    old = stage.tasks()[0]
    stage.sim.retire_task(old.arn)
    stage.until(lambda: old.last_status == "STOPPED", limit=300)
    assert old.stop_code == "ServiceSchedulerInitiated"
    assert stage.newest().health == "HEALTHY"


def test_retirement_has_a_deadline() -> None:
    """AWS stops a retiring task in the end, replaced or not."""
    stage = Stage()
    stage.create()
    holder = stage.tasks()[0]
    stage.sim.retire_task(holder.arn, deadline_seconds=400)
    stage.forward(399)
    assert holder.alive
    stage.forward(60)
    assert holder.stop_code == "TerminationNotice"
    stage.until(lambda: stage.newest().holds_lock, limit=120)


def test_an_unhealthy_task_is_replaced_start_first_within_its_deployment(stage: Stage) -> None:
    """The replacement starts beside the unhealthy holder, in the same deployment, and fails on its lock."""
    holder = stage.tasks()[0]
    stage.sim.make_unhealthy(holder.arn)
    stage.forward(200)
    assert (holder.health, holder.holds_lock, holder.alive) == ("UNHEALTHY", True, True)
    assert stage.shown(holder)["containers"][0]["healthStatus"] == "UNHEALTHY"
    failed = [task for task in stage.tasks()[1:] if task.stop_code == "EssentialContainerExited"]
    assert failed
    assert {task.started_by for task in failed} == {stage.service.primary.id}
    stage.until(lambda: stage.newest().last_status == "PENDING")
    stage.stop(holder)
    stage.until(lambda: stage.service.steady, limit=120)
    assert stage.newest().holds_lock


def test_an_unhealthy_task_goes_once_its_replacement_is_healthy() -> None:
    """Start first, then stop."""
    stage = Stage({"prometheus": Script()})
    stage.create()
    sick = stage.tasks()[0]
    stage.sim.make_unhealthy(sick.arn)
    stage.until(lambda: sick.desired_status == "STOPPED", limit=200)
    assert stage.newest().health == "HEALTHY"
    assert sick.stopped_reason == "Task failed container health checks"


def test_an_unhealthy_task_makes_room_first_when_the_maximum_allows_no_other() -> None:
    """With maximumPercent 100 the scheduler stops the unhealthy task, then starts the replacement."""
    stage = Stage()
    stage.create(percent=(0, 100))
    sick = stage.tasks()[0]
    stage.sim.make_unhealthy(sick.arn)
    assert sick.desired_status == "STOPPED"
    stage.until(lambda: stage.newest().holds_lock, limit=120)


def test_start_times_are_drawn_from_their_ranges() -> None:
    """PROVISIONING, PENDING and DEPROVISIONING last as long as the options say."""
    stage = Stage(options=QUICK)
    stage.create()
    stage.deploy()
    contender = stage.newest()
    stage.until(lambda: contender.last_status == "STOPPED", limit=120)
    assert contender.pull_started_at == START + timedelta(seconds=1 + 15)
    assert contender.pull_stopped_at == START + timedelta(seconds=1 + 15 + 20)
    assert contender.stopped_at
    assert contender.stopping_at
    assert 13 <= (contender.stopped_at - contender.stopping_at).total_seconds() <= 25


def test_nothing_starts_any_more_once_all_is_shut_down() -> None:
    """Whoever asks for the present afterwards, ECS does not replace what was killed."""
    stage = Stage()
    stage.create()
    stage.sim.shut_down()
    started = len(stage.tasks())
    stage.sim.advance(stage.sim.now + timedelta(seconds=600))
    assert len(stage.tasks()) == started
