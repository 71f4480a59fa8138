"""What AWS tells of a service."""

from dataclasses import replace

import pytest

from tests.support.verified import (
    ADDRESS,
    DEFINITION,
    NAME,
    SPEC,
    TASK,
    a_service,
    a_task,
    running,
    working,
)
from unwedge.model.service import Container, Deployment, Health
from unwedge.model.situation import Failure, OutsideHolder, ReadFailure
from unwedge.model.task_definition import TaskDefinition
from unwedge.model.verification import Result
from unwedge.verify.checks.outside import discovery, one_writer, service_status, task_health
from unwedge.verify.facts import Beside, ContainerState, Facts, Registration

ID = TASK.rsplit("/", 1)[-1]
OTHER = TASK.replace("2", "3")
IN_PROGRESS = a_service(deployments=(Deployment("ecs-svc/2", "PRIMARY", DEFINITION, "IN_PROGRESS"),))
FAILED = a_service(deployments=(Deployment("ecs-svc/2", "PRIMARY", DEFINITION, "FAILED"),))
UNCHECKED = TaskDefinition(DEFINITION, (replace(SPEC, health_check=False),))
CLUSTER = "arn:aws:ecs:eu-west-1:123456789012:task/prod"
MAY = OutsideHolder(f"{CLUSTER}/aa", "family:backup", "fs-1:-:/")
SAME = OutsideHolder(f"{CLUSTER}/bb", "service:prom", "/data of fs-1:fsap-1:/")
SITE = replace(SPEC, name="wordpress", image="wordpress:6", data_path=None)
TWO = (running(), running(a_task(OTHER)))


@pytest.mark.parametrize(
    ("facts", "result", "words"),
    [
        (
            working(),
            Result.PASS,
            "1 of 1 tasks running and 0 pending; its deployment of prom:2 is COMPLETED.",
        ),
        (working(service=a_service(status="DRAINING")), Result.FAIL, "is DRAINING"),
        (working(service=FAILED), Result.FAIL, "is FAILED"),
        (working(service=IN_PROGRESS), Result.UNKNOWN, "is IN_PROGRESS"),
        (working(running=0), Result.FAIL, "0 of 1 tasks running"),
        (working(service=a_service(deployments=())), Result.UNKNOWN, "no PRIMARY deployment"),
        (working(pending=1), Result.UNKNOWN, "1 pending"),
    ],
)
def test_the_status_of_the_service(facts: Facts, result: Result, words: str) -> None:
    """Complete, with all its tasks and no others."""
    check = service_status(facts)
    assert (check.result, words in check.evidence) == (result, True)
    assert bool(check.remedy) is (result is not Result.PASS) or not facts.service.deployments


@pytest.mark.parametrize(
    ("facts", "result", "words"),
    [
        (
            working(),
            Result.PASS,
            f"only task {ID} runs. It keeps its data in /data of fs-1:fsap-1:/. No other task",
        ),
        (working(beside=None), Result.UNKNOWN, "Other tasks of the cluster were not looked at."),
        (
            working(beside=Beside((MAY,))),
            Result.UNKNOWN,
            "So may task aa of family:backup: it uses fs-1:-:/.",
        ),
        (working(beside=Beside((MAY, SAME), None, (SAME,))), Result.FAIL, "So does task bb of service:prom."),
        (working(beside=Beside((), "no answer")), Result.UNKNOWN, "were not all looked at: no answer."),
        (working(beside=Beside((SAME,), "no answer", (SAME,))), Result.FAIL, "So does task bb"),
        (working(tasks=TWO), Result.FAIL, "both keep their data in /data of fs-1:fsap-1:/"),
        (
            working(tasks=(TWO[0], running(a_task(OTHER, task_definition="d:1")))),
            Result.UNKNOWN,
            "whether both use one directory is not known",
        ),
        (working(tasks=TWO, spec=SITE), Result.UNKNOWN, "whether both use one directory is not known"),
        (
            working(tasks=TWO, spec=SITE, service=a_service(desired_count=2)),
            Result.SKIPPED,
            "wants 2 tasks, and container wordpress is not known to keep its data under a lock.",
        ),
        (working(tasks=TWO, service=a_service(desired_count=2)), Result.FAIL, "both keep their data in"),
        (working(tasks=()), Result.FAIL, "No task of the service runs"),
        (working(spec=replace(SPEC, mounts=())), Result.SKIPPED, "no volume that other tasks can reach"),
        (working(spec=None), Result.UNKNOWN, "was not read"),
        (
            working(spec=replace(SPEC, path_unclear="a shell works out its data directory")),
            Result.PASS,
            "in a directory that cannot be determined (a shell works out its data directory).",
        ),
    ],
)
def test_exactly_one_task_can_write(facts: Facts, result: Result, words: str) -> None:
    """A stopping task counts as long as its containers run."""
    check = one_writer(facts)
    assert (check.result, words in check.evidence) == (result, True), check


def test_a_task_that_is_stopping_still_counts_as_a_writer() -> None:
    """And one that has stopped does not."""
    stopping = a_task(OTHER, desired_status="STOPPED", last_status="DEACTIVATING")
    assert one_writer(working(tasks=(running(), running(stopping)))).result is Result.FAIL
    gone = replace(stopping, containers=(Container("prometheus", 0, "STOPPED"),))
    assert one_writer(working(tasks=(running(), running(gone)))).result is Result.PASS


@pytest.mark.parametrize(
    ("facts", "result", "words"),
    [
        (working(), Result.PASS, "is RUNNING and HEALTHY."),
        (working(tasks=(running(a_task(health=Health.UNHEALTHY)),)), Result.FAIL, "and UNHEALTHY"),
        (working(tasks=(running(a_task(health=Health.UNKNOWN)),)), Result.UNKNOWN, "no result yet"),
        (
            working(tasks=(running(a_task(health=Health.UNKNOWN)),), definition=UNCHECKED),
            Result.PASS,
            "No essential container has a health check",
        ),
        (working(tasks=()), Result.FAIL, "No task of the service runs"),
        (
            working(tasks=(running(a_task(deployment_id="ecs-svc/1", task_definition="d/prom:1")),)),
            Result.FAIL,
            "runs prom:1, and the deployment is of prom:2",
        ),
        (
            working(tasks=(running(containers=(ContainerState("prometheus", "STOPPED", "UNKNOWN"),)),)),
            Result.FAIL,
            "container prometheus does not run",
        ),
    ],
)
def test_the_health_of_the_task(facts: Facts, result: Result, words: str) -> None:
    """As far as ECS can tell."""
    check = task_health(facts)
    assert (check.result, words in check.evidence) == (result, True), check


@pytest.mark.parametrize(
    ("facts", "result", "words"),
    [
        (working(), Result.PASS, f"{NAME} has the address {ADDRESS} of task {ID}, and no other."),
        (working(registries=()), Result.SKIPPED, "not registered with Cloud Map"),
        (working(registration=Registration(NAME, {})), Result.FAIL, "It has no address."),
        (
            working(registration=Registration(NAME, {"old": "10.0.9.9"}, whole=False)),
            Result.UNKNOWN,
            "has more than 1 addresses, and no more are read",
        ),
        (
            working(registration=Registration(NAME, {ID: "10.0.9.9"})),
            Result.FAIL,
            f"does not have the address {ADDRESS}",
        ),
        (
            working(registration=Registration(NAME, {ID: ADDRESS, "old": "10.0.9.9"})),
            Result.FAIL,
            "besides 10.0.9.9 of a task that is gone",
        ),
        (
            working(
                registration=ReadFailure("servicediscovery:ListInstances", Failure.DENIED, "AccessDenied", "")
            ),
            Result.UNKNOWN,
            "servicediscovery:ListInstances answered AccessDenied",
        ),
        (working(tasks=()), Result.UNKNOWN, "no running task"),
    ],
)
def test_the_registration_in_cloud_map(facts: Facts, result: Result, words: str) -> None:
    """The right address, and no stale one beside it."""
    check = discovery(facts)
    assert (check.result, words in check.evidence) == (result, True), check
