"""The rolling update: minimumHealthyPercent, maximumPercent, completion."""

from rehearsal.ecs import Note
from rehearsal.programs.scripted import Script
from tests.support.simulated_ecs import HOLDER, INIT, SERVICE, Stage, main_container, options

FREE = Script()  # needs no lock


def _completed(stage: Stage) -> bool:
    return stage.service.primary.rollout_state == "COMPLETED"


def test_a_new_service_completes_its_first_deployment() -> None:
    """CreateService starts desiredCount tasks, and the rollout is COMPLETED once they are healthy."""
    stage = Stage()
    stage.create(running=False, desiredCount=2)
    stage.launcher._choose = lambda spec: FREE
    stage.forward(200)
    assert [task.last_status for task in stage.tasks()] == ["RUNNING", "RUNNING"]
    assert _completed(stage)
    assert stage.rollouts()[0]["status"] == "SUCCESSFUL"


def test_with_100_and_200_the_old_task_runs_until_the_new_one_is_healthy() -> None:
    """The new task starts beside the old one, which the scheduler stops only when the new one is healthy."""
    stage = Stage({"prometheus": FREE})
    stage.create()
    stage.deploy()
    old, new = stage.tasks(1)[0], stage.tasks(2)[0]
    stage.until(lambda: new.health == "HEALTHY")
    stage.until(lambda: old.desired_status == "STOPPED", limit=1)
    assert (old.stop_code, old.executing) == ("ServiceSchedulerInitiated", True)
    assert not _completed(stage)
    stage.until(lambda: _completed(stage), limit=60)
    assert not old.executing
    assert [item["id"] for item in stage.described()["deployments"]] == [new.started_by]


def test_two_revisions_that_need_one_lock_wedge_for_ever_with_100_and_200(stage: Stage) -> None:
    """The incident: the new task cannot take the lock, the old one is not stopped before it is healthy."""
    stage.deploy()
    stage.forward(1800)
    holder = stage.tasks(1)
    assert [task.last_status for task in holder] == ["RUNNING"]
    failed = [task for task in stage.tasks(2) if task.last_status == "STOPPED"]
    assert len(failed) > 20
    assert {task.stop_code for task in failed} == {"EssentialContainerExited"}
    assert stage.service.primary.rollout_state == "IN_PROGRESS"
    assert sum("resource temporarily unavailable" in line.message for line in stage.logs()) > 20


def test_one_stopped_holder_lets_the_waiting_successor_take_the_lock(stage: Stage) -> None:
    """Stopped while the successor is PENDING, the holder is gone before the successor tries: COMPLETED."""
    stage.deploy()
    stage.forward(100)
    stage.until(lambda: stage.newest().last_status == "PENDING")
    stage.stop(stage.tasks(1)[0])
    stage.until(lambda: _completed(stage), limit=120)
    assert [(task.revision, task.holds_lock) for task in stage.tasks() if task.executing] == [(2, True)]


def test_with_early_success_criteria_completed_does_not_mean_that_the_old_task_is_gone() -> None:
    """sourceServiceRevisionCleanup DEFERRED: COMPLETED while the old task is still stopping."""
    stage = Stage({"prometheus": Script(shutdown_seconds=20)})
    stage.create()
    criteria = {"enable": True, "healthyPercent": 100, "sourceServiceRevisionCleanup": "DEFERRED"}
    stage.update(deploymentConfiguration={"earlySuccessCriteria": criteria})
    stage.deploy()
    stage.until(lambda: _completed(stage), limit=300)
    assert stage.tasks(1)[0].executing


def test_with_0_and_100_the_old_task_is_asked_to_stop_first() -> None:
    """The old task gets its stop before the new one starts, and only one is RUNNING or PENDING at a time."""
    stage = Stage()
    stage.create(percent=(0, 100))
    stage.deploy()
    old, new = stage.tasks(1)[0], stage.tasks(2)[0]
    assert old.stopping_at == new.created_at
    stage.until(lambda: _completed(stage), limit=300)
    assert not stage.names("ECS Service Action").count("SERVICE_TASK_START_IMPAIRED")
    assert not [line for line in stage.logs() if "unavailable" in line.message]


def test_with_0_and_100_a_slow_holder_overlaps_and_the_service_heals_by_itself() -> None:
    """The new task starts once the old one has been asked to stop: a lock failure or two, then recovery."""
    scripts = {"prometheus:1": Script(lock="data", shutdown_seconds=45)}
    stage = Stage(scripts, options(provisioning_seconds=(10, 10), pending_seconds=(10, 10)))
    stage.create(percent=(0, 100), definition=stage.register(main_container(stopTimeout=120)))
    stage.deploy()
    stage.until(lambda: _completed(stage), limit=600)
    assert 1 <= len([line for line in stage.logs() if "unavailable" in line.message]) <= 2
    assert not stage.stops()


def test_stopping_tasks_can_count_towards_the_maximum() -> None:
    """With that option the new task waits until the old one's containers have gone."""
    slow = {"prometheus:1": Script(lock="data", shutdown_seconds=25)}
    stage = Stage(slow, options(stopping_counts_towards_maximum=True))
    stage.create(percent=(0, 100))
    stage.deploy()
    old = stage.tasks(1)[0]
    stage.until(lambda: stage.tasks(2), limit=60)
    assert old.execution_stopped_at
    assert stage.tasks(2)[0].created_at > old.execution_stopped_at


def test_two_tasks_are_replaced_one_after_the_other_with_50_and_100() -> None:
    """minimumHealthyPercent is rounded up: of two tasks one stays healthy all the time."""
    stage = Stage({"prometheus": FREE})
    stage.create(percent=(50, 100), desiredCount=2)
    stage.deploy()
    healthy = []
    while not _completed(stage):
        healthy.append(sum(t.health == "HEALTHY" and t.executing for t in stage.tasks()))
        due = stage.sim.next_due()
        assert due is not None
        stage.sim.advance(due)
    assert min(healthy) == 1
    assert sorted(task.revision for task in stage.tasks() if task.executing) == [2, 2]


def test_scaling_starts_no_deployment() -> None:
    """Changing desiredCount keeps the deployment; to 0 and back to 1 stops everything and starts one task."""
    stage = Stage()
    stage.create()
    first = stage.service.primary.id
    stage.update(desiredCount=0)
    stage.until(lambda: not stage.service.tasks, limit=120)
    stage.update(desiredCount=1)
    stage.until(lambda: stage.newest().holds_lock, limit=120)
    assert stage.service.primary.id == first
    assert [task.started_by for task in stage.tasks()] == [first, first]
    assert len(stage.rollouts()) == 1


def test_changing_the_deployment_configuration_starts_no_deployment(stage: Stage) -> None:
    """Percentages and circuit breaker are settings of the service, not of its revision."""
    stage.update(deploymentConfiguration={"minimumHealthyPercent": 0, "maximumPercent": 200})
    stage.update(enableExecuteCommand=True)
    assert len(stage.service.deployments) == 1
    assert stage.described()["deploymentConfiguration"]["minimumHealthyPercent"] == 0


def test_a_forced_deployment_replaces_the_tasks_of_the_same_revision(stage: Stage) -> None:
    """forceNewDeployment makes a new PRIMARY deployment; old and new task have the same task definition."""
    before = stage.service.primary.id
    stage.update(forceNewDeployment=True)
    assert stage.service.primary.id != before
    assert [item.status for item in stage.service.deployments] == ["PRIMARY", "ACTIVE"]
    stage.forward(1)
    assert len({task.definition.arn for task in stage.tasks()}) == 1


def test_a_third_deployment_keeps_the_healthy_task_of_the_first(stage: Stage) -> None:
    """A deployment that never got healthy gives its place to the newest one; the holder stays."""
    stage.deploy()
    stage.forward(100)
    stage.deploy()
    stage.forward(100)
    assert stage.tasks(1)[0].alive
    assert not [task for task in stage.tasks(2) if task.alive]
    assert [task for task in stage.tasks(3) if task.alive]


def test_a_deleted_service_drains_and_becomes_inactive(stage: Stage) -> None:
    """DeleteService with force stops the tasks; DescribeServices then says INACTIVE."""
    stage.sim.call("DeleteService", {"cluster": "dev-cluster", "service": SERVICE, "force": True})
    assert stage.described()["status"] == "DRAINING"
    stage.until(lambda: stage.described()["status"] == "INACTIVE", limit=120)
    assert stage.described()["deployments"] == []


def test_pending_count_may_leave_provisioning_tasks_out() -> None:
    """AWS does not say whether pendingCount counts PROVISIONING tasks: both can be had."""
    counts = []
    for included in (True, False):
        stage = Stage(options=options(pending_count_includes_provisioning=included))
        stage.create()
        stage.deploy()
        stage.forward(1)
        counts.append(stage.described()["pendingCount"])
    assert counts == [1, 0]


def test_notes_tell_the_story_in_order(stage: Stage) -> None:
    """Every step of a task is one plain sentence, with its task, in order of time."""
    stage.deploy(INIT, main_container(dependsOn=[{"containerName": "init-config", "condition": "SUCCESS"}]))
    stage.forward(120)
    notes = [item for item in stage.seen if isinstance(item, Note)]
    assert [note.at for note in notes] == sorted(note.at for note in notes)
    told = " | ".join(note.text for note in notes)
    for words in (
        "PROVISIONING -> PENDING",
        "container init-config ended with exit code 0",
        "-> DEPROVISIONING",
    ):
        assert words in told


def test_a_warm_service_has_its_lock_and_tells_nothing_of_its_past() -> None:
    """create_running_service: RUNNING and HEALTHY since yesterday, init container done, no event sent."""
    stage = Stage({"prometheus": HOLDER})
    after = [{"containerName": "init-config", "condition": "SUCCESS"}]
    stage.create(definition=stage.register(INIT, main_container(dependsOn=after)))
    task = stage.tasks()[0]
    shown = stage.shown(task)
    assert (shown["lastStatus"], shown["healthStatus"], task.holds_lock) == ("RUNNING", "HEALTHY", True)
    assert shown["containers"][0]["exitCode"] == 0
    assert stage.events("ECS Task State Change") == []
    assert stage.described()["deployments"][0]["rolloutState"] == "COMPLETED"
