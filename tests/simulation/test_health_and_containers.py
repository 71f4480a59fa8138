"""Health checks, and the order in which containers start and end."""

from typing import Any

import pytest

from rehearsal.programs.scripted import Script, init_container
from tests.support.simulated_ecs import AFTER_INIT, INIT, Stage, main_container


def _bare_container(**more: Any) -> dict[str, Any]:
    container = main_container(**more)
    del container["healthCheck"]
    return container


def test_a_task_without_a_health_check_counts_as_healthy_after_40_seconds() -> None:
    """RUNNING for 40 s, and the rollout completes; its health stays UNKNOWN."""
    stage = Stage()
    stage.create(running=False, definition=stage.register(_bare_container()))
    stage.until(lambda: stage.newest().last_status == "RUNNING")
    took = stage.until(lambda: stage.service.primary.rollout_state == "COMPLETED")
    assert took == pytest.approx(40)
    assert stage.shown(stage.newest())["healthStatus"] == "UNKNOWN"


def test_the_first_good_check_after_one_interval_makes_a_task_healthy() -> None:
    """A success counts at once, within startPeriod too."""
    stage = Stage()
    stage.create(running=False)
    stage.until(lambda: stage.newest().last_status == "RUNNING")
    assert stage.until(lambda: stage.newest().health == "HEALTHY") == pytest.approx(30)


def test_failed_checks_count_only_after_the_start_period() -> None:
    """interval 30, retries 3, startPeriod 60: the checks at 90, 120 and 150 s make it UNHEALTHY."""
    stage = Stage({"prometheus": Script(healthy_after=10_000)})
    stage.create(running=False)
    stage.until(lambda: stage.newest().last_status == "RUNNING")
    sick = stage.newest()
    assert stage.until(lambda: sick.health == "UNHEALTHY") == pytest.approx(150)


def test_a_running_task_turns_unhealthy_and_its_event_says_so() -> None:
    """Three failed checks in a row; the event carries healthStatus with a higher version."""
    stage = Stage({"prometheus": Script(lock="data", unhealthy_after=100)})
    stage.create()
    holder = stage.tasks()[0]
    stage.until(lambda: holder.health == "UNHEALTHY", limit=300)
    event = stage.events("ECS Task State Change", holder)[-1]
    assert (event["healthStatus"], event["lastStatus"]) == ("UNHEALTHY", "RUNNING")


def test_one_good_check_forgets_the_failures() -> None:
    """Only consecutive failures make a task unhealthy."""
    stage = Stage()
    stage.create()
    container = stage.tasks()[0].containers[0]
    container.failed_checks = 2
    stage.forward(31)
    assert container.failed_checks == 0


def test_the_main_container_waits_for_the_success_of_the_init_container() -> None:
    """dependsOn SUCCESS: PENDING until the init container has exited 0; that one is not essential."""
    stage = Stage({"init-config": init_container(12)})
    stage.create(running=False, definition=stage.register(INIT, main_container(dependsOn=AFTER_INIT)))
    stage.forward(35 + 11)
    task = stage.newest()
    assert (task.last_status, task.containers[1].program) == ("PENDING", None)
    stage.forward(2)
    assert task.last_status == "RUNNING"
    stage.forward(30)
    shown = {item["name"]: item for item in stage.shown(task)["containers"]}
    assert shown["init-config"]["exitCode"] == 0
    assert "exitCode" not in shown["prometheus"]
    assert task.alive


def test_a_failed_init_container_fails_the_task_before_its_main_container_starts() -> None:
    """A dependency that can never be satisfied: TaskFailedToStart, and the main container never runs."""
    stage = Stage({"init-config": Script(exit_after=1, exit_code=3)})
    stage.create(running=False, definition=stage.register(INIT, main_container(dependsOn=AFTER_INIT)))
    stage.until(lambda: stage.tasks())
    task = stage.newest()
    stage.until(lambda: task.last_status == "STOPPED")
    assert (task.stop_code, task.started_at) == ("TaskFailedToStart", None)
    assert task.containers[0].exit_code == 3
    assert task.containers[1].program is None


def test_a_sidecar_is_stopped_when_the_essential_container_exits() -> None:
    """The sidecar gets SIGTERM; DEPROVISIONING comes when it has ended too, with both exit codes."""
    sidecar = {"name": "sidecar", "image": "sidecar", "essential": False}
    scripts = {"sidecar": Script(shutdown_seconds=7), "prometheus": Script(exit_after=60, exit_code=4)}
    stage = Stage(scripts)
    stage.create(running=False, definition=stage.register(main_container(), sidecar))
    stage.until(lambda: stage.tasks())
    task = stage.newest()
    stage.until(lambda: task.last_status == "DEPROVISIONING")
    assert {item.name: item.exit_code for item in task.containers} == {"prometheus": 4, "sidecar": 0}
    statuses = [event["lastStatus"] for event in stage.events("ECS Task State Change", task)]
    assert statuses[-3:] == ["RUNNING", "STOPPING", "DEPROVISIONING"]


def test_a_container_that_is_not_essential_may_end_without_ending_the_task() -> None:
    """A sidecar's crash shows in its exit code only."""
    sidecar = {"name": "sidecar", "image": "sidecar", "essential": False}
    stage = Stage({"sidecar": Script(exit_after=5, exit_code=1)})
    stage.create(running=False, definition=stage.register(main_container(), sidecar))
    stage.forward(120)
    task = stage.newest()
    assert task.alive
    assert stage.shown(task)["containers"][1]["exitCode"] == 1


def test_a_container_can_wait_for_the_health_of_another() -> None:
    """dependsOn HEALTHY: started after the other's first good check."""
    late = {
        "name": "late",
        "image": "late",
        "dependsOn": [{"containerName": "prometheus", "condition": "HEALTHY"}],
    }
    stage = Stage({"late": Script()})
    stage.create(running=False, definition=stage.register(main_container(), late))
    stage.forward(35 + 29)
    assert stage.newest().containers[1].program is None
    stage.forward(2)
    assert stage.newest().containers[1].program is not None


def test_lines_go_to_the_stream_of_their_own_container_and_task(stage: Stage) -> None:
    """Group from the options, stream ``prefix/container/task-id``, at the time they were printed."""
    stage.deploy()
    stage.forward(60)
    contender = stage.tasks(2)[0]
    line = next(item for item in stage.logs() if item.task_arn == contender.arn)
    assert line.log_group == "/ecs/dev/prometheus"
    assert line.log_stream == f"prometheus/prometheus/{contender.id}"
    assert line.at == contender.containers[0].ended_at


def test_lines_of_another_log_driver_have_no_stream() -> None:
    """FireLens leaves nothing in CloudWatch Logs that we could rely on."""
    stage = Stage()
    stage.create(definition=stage.register(main_container(logConfiguration={"logDriver": "awsfirelens"})))
    assert stage.logs()
    assert {(line.log_group, line.log_stream) for line in stage.logs()} == {(None, None)}


def test_different_access_points_are_different_volumes() -> None:
    """A launcher sees the volume identity: file system, access point and root directory."""
    stage = Stage()
    efs = {
        "fileSystemId": "fs-12345678",
        "rootDirectory": "/",
        "transitEncryption": "ENABLED",
        "authorizationConfig": {"accessPointId": "fsap-1", "iam": "ENABLED"},
    }
    other = stage.register(volumes=[{"name": "data", "efsVolumeConfiguration": efs}])
    stage.create()
    stage.update(taskDefinition=other)
    stage.forward(60)
    identities = [spec.volume for spec, _ in stage.launcher.launched]
    assert [str(item) for item in identities] == [
        "fs-12345678:no-access-point:/",
        "fs-12345678:fsap-1:/",
    ]
