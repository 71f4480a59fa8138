"""Crash loops: what ECS shows and when, throttling, the circuit breaker."""

from itertools import pairwise
from typing import Any

import pytest

from rehearsal.ecs import Rollback, SchedulerOptions, Throttling
from rehearsal.programs.scripted import Script
from tests.support.simulated_ecs import BROKEN, HOLDER, Stage, options

BREAKER = {"enable": True, "rollback": True}


def _broken_second_revision(options: SchedulerOptions, **service: Any) -> Stage:
    stage = Stage({"prometheus:1": HOLDER, "prometheus:2": BROKEN}, options)
    stage.create(**service)
    stage.deploy()
    return stage


def _starts(stage: Stage) -> list[float]:
    """Seconds between one failure of revision 2 being shown and the next start."""
    tasks = stage.tasks(2)
    return [(b.created_at - a.stopping_at).total_seconds() for a, b in pairwise(tasks) if a.stopping_at]


def test_a_crash_is_shown_only_after_the_state_lag() -> None:
    """For state_lag_seconds after the container's end ECS still says RUNNING; then everything at once."""
    stage = _broken_second_revision(options(state_lag_seconds=4))
    task = stage.newest()
    stage.until(lambda: task.containers[0].ended_at)
    stage.forward(3.9)
    assert (task.last_status, task.containers[0].exit_code, stage.shown(task)["desiredStatus"]) == (
        "RUNNING",
        None,
        "RUNNING",
    )
    stage.forward(0.2)
    assert (task.last_status, task.containers[0].exit_code) == ("DEPROVISIONING", 2)
    assert task.execution_stopped_at == task.containers[0].ended_at


def test_a_program_that_ends_at_once_may_never_be_seen_running() -> None:
    """AWS does not say whether a container that dies in milliseconds is shown RUNNING: both can be had."""
    for shown, expected in ((True, True), (False, False)):
        stage = _broken_second_revision(options(quick_exit_shows_running=shown))
        stage.forward(120)
        task = stage.tasks(2)[0]
        statuses = [event["lastStatus"] for event in stage.events("ECS Task State Change", task)]
        assert ("RUNNING" in statuses) is expected
        assert (task.started_at is not None) is expected


def test_without_throttling_the_next_task_starts_at_once() -> None:
    """Tasks that reach RUNNING and exit are replaced without delay, for ever, and no event complains."""
    stage = _broken_second_revision(options())
    stage.forward(1000)
    assert set(_starts(stage)) == {1.0}
    assert "SERVICE_TASK_START_IMPAIRED" not in stage.names("ECS Service Action")


def test_backoff_doubles_from_10_seconds_up_to_27_minutes() -> None:
    """The delays between attempts, and SERVICE_TASK_START_IMPAIRED after three failures."""
    stage = _broken_second_revision(options(throttling=Throttling.BACKOFF))
    stage.forward(3 * 3600)
    delays = _starts(stage)
    assert delays[:8] == pytest.approx([10, 20, 40, 80, 160, 320, 640, 1280])
    assert set(delays[8:]) == {27 * 60.0}
    assert stage.names("ECS Service Action") == ["SERVICE_TASK_START_IMPAIRED"]
    assert any("unable to consistently start" in item["message"] for item in stage.described()["events"])


def test_a_new_task_definition_ends_the_backoff() -> None:
    """Reset by a new task definition, and by nothing else that the service does."""
    stage = _broken_second_revision(options(throttling=Throttling.BACKOFF))
    stage.forward(600)
    stage.deploy()
    stage.forward(1)
    assert stage.tasks(3)[0].last_status == "PROVISIONING"


def test_coming_back_to_a_failing_revision_starts_the_backoff_afresh() -> None:
    """The failures before the change of the task definition are forgotten."""
    stage = _broken_second_revision(options(throttling=Throttling.BACKOFF))
    stage.forward(600)
    before = len(stage.tasks(2))
    stage.update(taskDefinition="prometheus:1")
    stage.update(taskDefinition="prometheus:2")
    stage.until(lambda: len(stage.tasks(2)) == before + 2, limit=120)
    assert _starts(stage)[-1] == pytest.approx(10)


def test_an_old_revision_is_not_throttled_by_the_failures_of_the_new_one() -> None:
    """The replacement of a terminated old task starts at once, while the new revision backs off."""
    stage = _broken_second_revision(options(throttling=Throttling.BACKOFF))
    stage.forward(600)
    stage.stop(stage.tasks(1)[0])
    stage.forward(3)
    assert stage.tasks(1)[1].alive


def test_failed_tasks_are_counted_in_the_deployment(stage: Stage) -> None:
    """deployments[].failedTasks."""
    stage.deploy()
    stage.until(lambda: len([t for t in stage.tasks(2) if t.last_status == "STOPPED"]) == 4)
    primary = stage.described()["deployments"][0]
    assert primary["failedTasks"] == len([task for task in stage.tasks(2) if task.stop_code])


def test_the_circuit_breaker_rolls_back_after_three_failures() -> None:
    """Threshold 3 for one task: FAILED, the old revision PRIMARY under a new id, its task kept."""
    stage = _broken_second_revision(options(), breaker=BREAKER)
    old, failed = stage.tasks(1)[0], stage.service.primary
    stage.until(lambda: stage.service.primary is not failed, limit=600)
    assert len(stage.tasks(2)) == 3
    assert failed.rollout_state == "FAILED"
    assert stage.rollouts()[0]["status"] == "ROLLBACK_IN_PROGRESS"
    stage.forward(600)
    primary = stage.service.primary
    assert primary.id not in {old.started_by, failed.id}
    assert primary.definition.revision == 1
    assert (primary.rollout_state, old.alive, old.deployment_id) == ("COMPLETED", True, primary.id)
    assert len(stage.tasks(2)) == 3
    assert [item["status"] for item in stage.rollouts()] == ["ROLLBACK_SUCCESSFUL", "SUCCESSFUL"]


def test_a_rollback_sends_the_events_that_aws_sends() -> None:
    """IN_PROGRESS, FAILED, IN_PROGRESS of the rollback, COMPLETED; and the ERROR service action."""
    stage = _broken_second_revision(options(), breaker=BREAKER)
    stage.forward(600)
    assert stage.names("ECS Deployment State Change") == [
        "SERVICE_DEPLOYMENT_IN_PROGRESS",
        "SERVICE_DEPLOYMENT_FAILED",
        "SERVICE_DEPLOYMENT_IN_PROGRESS",
        "SERVICE_DEPLOYMENT_COMPLETED",
    ]
    failed = stage.events("ECS Deployment State Change")[1]
    assert failed["eventType"] == "ERROR"
    assert failed["reason"] == "ECS deployment circuit breaker: tasks failed to start."
    assert "SERVICE_DEPLOYMENT_FAILED" in stage.names("ECS Service Action")


def test_a_rollback_may_revive_the_old_deployment_or_replace_its_tasks() -> None:
    """What AWS does with the old tasks is not documented: REVIVE keeps the old id, REPLACE wedges."""
    revived = _broken_second_revision(options(rollback=Rollback.REVIVE), breaker=BREAKER)
    before = revived.service.deployments[1].id
    revived.forward(600)
    assert revived.service.primary.id == before
    assert revived.rollouts()[0]["status"] == "ROLLBACK_SUCCESSFUL"
    replaced = _broken_second_revision(options(rollback=Rollback.REPLACE), breaker=BREAKER)
    replaced.forward(600)
    assert replaced.service.primary.rollout_state == "IN_PROGRESS"
    assert replaced.tasks(1)[0].holds_lock
    assert len(replaced.tasks(1)) > 2


def test_the_circuit_breaker_without_rollback_only_gives_up() -> None:
    """FAILED stays PRIMARY, nothing more is started, the old task runs on."""
    stage = _broken_second_revision(options(), breaker={"enable": True, "rollback": False})
    stage.forward(1200)
    primary = stage.service.primary
    assert (primary.definition.revision, primary.rollout_state) == (2, "FAILED")
    assert len(stage.tasks(2)) == 3
    assert stage.tasks(1)[0].alive
    assert stage.rollouts()[0]["status"] == "STOPPED"


def test_tasks_that_ran_may_not_count_towards_the_breaker() -> None:
    """AWS does not say whether tasks that ran and then exited count: with the option off it never trips."""
    stage = _broken_second_revision(options(failures_count_towards_breaker=False), breaker=BREAKER)
    stage.forward(1200)
    assert len(stage.tasks(2)) > 10
    assert stage.service.primary.rollout_state == "IN_PROGRESS"


def test_tasks_that_never_ran_always_count_towards_the_breaker() -> None:
    """Failing before RUNNING is what the breaker is documented for."""
    chosen = options(failures_count_towards_breaker=False, quick_exit_shows_running=False)
    stage = _broken_second_revision(chosen, breaker=BREAKER)
    stage.forward(600)
    assert stage.rollouts()[0]["status"] == "ROLLBACK_SUCCESSFUL"


def test_the_breaker_shows_its_count_and_threshold() -> None:
    """DescribeServiceDeployments: deploymentCircuitBreaker."""
    stage = _broken_second_revision(options(), breaker=BREAKER)
    stage.until(lambda: stage.service.primary.breaker_failures == 2)
    arn = stage.rollouts()[0]["serviceDeploymentArn"]
    found = stage.sim.call("DescribeServiceDeployments", {"serviceDeploymentArns": [arn, arn + "x"]})
    assert found["serviceDeployments"][0]["deploymentCircuitBreaker"] == {
        "status": "MONITORING",
        "failureCount": 2,
        "threshold": 3,
    }
    assert found["failures"][0]["reason"] == "MISSING"


def test_an_operator_can_roll_a_deployment_back(stage: Stage) -> None:
    """StopServiceDeployment ROLLBACK: requested, in progress, successful; the old revision serves on."""
    stage.deploy()
    stage.forward(100)
    arn = stage.rollouts()[0]["serviceDeploymentArn"]
    stage.sim.call("StopServiceDeployment", {"serviceDeploymentArn": arn, "stopType": "ROLLBACK"})
    assert stage.rollouts()[0]["status"] == "ROLLBACK_REQUESTED"
    stage.forward(3)
    assert stage.rollouts()[0]["status"] == "ROLLBACK_IN_PROGRESS"
    stage.forward(120)
    assert stage.rollouts()[0]["status"] == "ROLLBACK_SUCCESSFUL"
    assert stage.tasks(1)[0].alive
    assert not [task for task in stage.tasks(2) if task.alive]


def test_an_operator_can_abort_a_deployment(stage: Stage) -> None:
    """StopServiceDeployment ABORT: STOPPED, no more attempts, and the old task runs on."""
    stage.deploy()
    stage.forward(100)
    arn = stage.rollouts()[0]["serviceDeploymentArn"]
    stage.sim.call("StopServiceDeployment", {"serviceDeploymentArn": arn, "stopType": "ABORT"})
    assert stage.rollouts()[0]["status"] == "STOP_REQUESTED"
    stage.forward(3)
    count = len(stage.tasks(2))
    stage.forward(300)
    assert (stage.rollouts()[0]["status"], len(stage.tasks(2))) == ("STOPPED", count)
    assert stage.tasks(1)[0].alive


def test_a_dead_clients_lock_can_stay_taken() -> None:
    """EFS does not document how long it keeps the lock of a client that died: ours can outlive it."""
    stubborn = Script(lock="data", ignores_sigterm=True)
    stage = Stage({"prometheus:1": stubborn})
    stage.launcher.locks.held_after_death_seconds = 300
    stage.create()
    stage.deploy()
    stage.stop(stage.tasks(1)[0])
    stage.forward(120)
    assert not any(task.holds_lock for task in stage.tasks())
    stage.until(lambda: any(task.holds_lock for task in stage.tasks()), limit=600)
