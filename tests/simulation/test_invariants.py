"""What holds whatever is done to a service, in any order, with any options."""

from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from rehearsal.ecs import EcsEvent, Observation, Replacement, Rollback, SchedulerOptions, Throttling
from rehearsal.ecs.model import encode, operation
from rehearsal.programs.scripted import Script
from tests.support.simulated_ecs import BROKEN, CLUSTER, HOLDER, SERVICE, Stage

FREE = Script()
SLOW = Script(shutdown_seconds=50)
ORDER = ["PROVISIONING", "PENDING", "RUNNING", "STOPPING", "DEPROVISIONING", "STOPPED"]

OPTIONS = st.builds(
    SchedulerOptions,
    replacement=st.sampled_from(Replacement),
    throttling=st.sampled_from(Throttling),
    rollback=st.sampled_from(Rollback),
    quick_exit_shows_running=st.booleans(),
    failures_count_towards_breaker=st.booleans(),
    stopping_counts_towards_maximum=st.booleans(),
    describe_lag_seconds=st.sampled_from([0.0, 3.0]),
    seed=st.integers(0, 1000),
)
DEEDS = st.lists(
    st.one_of(
        st.tuples(st.just("wait"), st.integers(0, 400)),
        st.tuples(st.sampled_from(["deploy", "force", "abort", "roll-back"]), st.just(0)),
        st.tuples(st.just("scale"), st.integers(0, 3)),
        st.tuples(st.sampled_from(["stop", "retire", "sicken"]), st.integers(0, 5)),
    ),
    max_size=12,
)


def _do(stage: Stage, deed: str, number: int) -> None:
    alive = [task for task in stage.tasks() if task.alive]
    match deed:
        case "wait":
            stage.forward(number)
        case "deploy":
            stage.deploy()
        case "force":
            stage.update(forceNewDeployment=True)
        case "scale":
            stage.update(desiredCount=number)
        case "abort" | "roll-back":
            rollout = stage.service.rollouts[-1]
            if rollout.status == "IN_PROGRESS" and stage.service.completed:
                kind = "ABORT" if deed == "abort" else "ROLLBACK"
                params = {"serviceDeploymentArn": rollout.arn, "stopType": kind}
                stage.sim.call("StopServiceDeployment", params)
        case _ if alive:
            task = alive[number % len(alive)]
            if deed == "stop":
                stage.stop(task)
            elif deed == "retire":
                stage.sim.retire_task(task.arn)
            else:
                stage.sim.make_unhealthy(task.arn)


def _read_everything(stage: Stage) -> None:
    """Every answer fits botocore's model of the operation."""
    rollouts = [rollout.arn for rollout in stage.service.rollouts]
    reads: dict[str, dict[str, Any]] = {
        "DescribeServices": {"cluster": CLUSTER, "services": [SERVICE], "include": ["TAGS"]},
        "DescribeClusters": {"clusters": [CLUSTER]},
        "ListServiceDeployments": {"cluster": CLUSTER, "service": SERVICE},
        "DescribeServiceDeployments": {"serviceDeploymentArns": rollouts},
        "DescribeServiceRevisions": {"serviceRevisionArns": list(stage.service.revisions)},
        "DescribeTaskDefinition": {"taskDefinition": "prometheus"},
    }
    if stage.tasks():
        arns = [task.arn for task in stage.tasks()][-100:]
        reads["DescribeTasks"] = {"cluster": CLUSTER, "tasks": arns, "include": ["TAGS"]}
    for name, params in reads.items():
        encode(operation(name).output_shape, stage.sim.call(name, params))


def _never_start_too_many(stage: Stage, item: Observation) -> None:
    """A task starts only where maximumPercent leaves room; more can be there only after scaling in."""
    detail = item.event["detail"] if isinstance(item, EcsEvent) else {}
    # later versions with this status tell of a task that is stopped before it left PROVISIONING
    if detail.get("lastStatus") == "PROVISIONING" and detail["version"] == 1:
        alive = sum(task.alive for task in stage.service.tasks)
        assert alive <= stage.service.maximum


def _check(stage: Stage) -> None:
    service = stage.service
    assert [item.status for item in service.deployments].count("PRIMARY") == 1
    for task in stage.tasks():
        events = stage.events("ECS Task State Change", task)
        versions = [event["version"] for event in events]
        assert versions == sorted(set(versions))
        steps = [ORDER.index(event["lastStatus"]) for event in events]
        assert steps == sorted(steps)
        wishes = [event["desiredStatus"] for event in events]
        assert wishes == sorted(wishes)  # RUNNING before STOPPED, never back
    times = [item.at for item in stage.seen if isinstance(item, EcsEvent)]
    assert times == sorted(times)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    options=OPTIONS,
    script=st.sampled_from([HOLDER, FREE, BROKEN, SLOW]),
    percent=st.sampled_from([(100, 200), (0, 100), (50, 100), (0, 200), (50, 150)]),
    desired=st.integers(1, 3),
    breaker=st.booleans(),
    deeds=DEEDS,
)
@example(
    options=SchedulerOptions(seed=0),
    script=HOLDER,
    percent=(0, 200),
    desired=1,
    breaker=False,
    deeds=[("deploy", 0), ("sicken", 0), ("scale", 0)],
)
def test_a_service_stays_consistent_whatever_is_done_to_it(
    options: SchedulerOptions,
    script: Script,
    percent: tuple[int, int],
    desired: int,
    breaker: bool,
    deeds: list[tuple[str, int]],
) -> None:
    """One PRIMARY, never more tasks than maximumPercent, all goes forward, valid answers."""
    stage = Stage({"prometheus:1": FREE, "prometheus": script}, options)
    stage.create(percent=percent, desiredCount=desired, breaker={"enable": breaker, "rollback": True})
    stage.sim.subscribe(lambda item: _never_start_too_many(stage, item))
    for deed, number in deeds:
        _do(stage, deed, number)
        _check(stage)
        _read_everything(stage)
    stage.forward(600)
    _check(stage)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    options=OPTIONS,
    percent=st.sampled_from([(100, 200), (0, 100), (50, 100), (0, 200), (50, 150)]),
    deeds=DEEDS,
)
def test_a_sound_service_always_becomes_steady_again(
    options: SchedulerOptions, percent: tuple[int, int], deeds: list[tuple[str, int]]
) -> None:
    """With programs that need no lock, every disturbance ends: desiredCount tasks, all of the PRIMARY one."""
    stage = Stage({"prometheus": FREE}, options)
    stage.create(percent=percent, desiredCount=2)
    for deed, number in deeds:
        if deed != "abort":
            _do(stage, deed, number)
    stage.forward(2400)
    service = stage.service
    alive = [task for task in stage.tasks() if task.alive]
    if service.primary.rollout_state != "FAILED" and service.maximum > service.minimum_healthy:
        assert service.primary.rollout_state == "COMPLETED"
        assert len(alive) == service.desired_count
        assert {task.deployment_id for task in alive} <= {service.primary.id}
