"""The rules: what is said of a service, with which evidence, and what is to be changed in which order."""

from typing import Any

import pytest

from tests.unit.posture.shapes import (
    AT,
    DEFINITION,
    GROUP,
    LOGS,
    audited,
    container,
    definition,
    kinds,
    service,
    shape,
)
from unwedge.model.posture import FindingKind, Outlook, Posture, Severity, StepKind
from unwedge.model.service import Deregistration
from unwedge.model.settings import Mode
from unwedge.posture.audit import audit
from unwedge.posture.facts import Facts, History, Neighbour, TaskSetup
from unwedge.posture.shape import shape_of

BREAKER = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}
OLD_TASK = TaskSetup(
    "arn:aws:ecs:us-east-1:123456789012:task/dev-cluster/" + "a" * 32, "dev-prometheus:7", False
)


def finding(found: Posture, kind: FindingKind) -> Any:
    """The one finding of a kind."""
    (one,) = [item for item in found.findings if item.kind is kind]
    return one


def test_the_real_incident_is_told_before_it_happens() -> None:
    """Program, container, directory and percentages stand in the sentence; the fix is in the order that
    works."""
    found = finding(
        audited(shape({**service(), "availabilityZoneRebalancing": "ENABLED"})), FindingKind.WEDGES
    )
    assert found.severity is Severity.HIGH
    assert (
        "Prometheus in container prometheus locks / of fs-0123456789abcdef0:no-access-point:/"
        in found.sentence
    )
    assert "minimumHealthyPercent 100 keeps 1 and maximumPercent 200 allows 2" in found.sentence
    assert "Without a circuit breaker, ECS keeps trying" in found.sentence
    assert [step.kind for step in found.steps] == [StepKind.REBALANCING_OFF, StepKind.STOP_FIRST]


def test_a_service_that_hands_over_has_no_finding_about_it() -> None:
    """Stop first, on a program that locks: only that Prometheus does not support EFS is left to say."""
    assert kinds(audited(shape(service((0, 100))))) == ["unsupported-store"]


def test_what_shares_nothing_is_left_alone() -> None:
    """Other people's services have no findings."""
    found = audited(shape(service(), definition(volume={"host": {}})))
    assert (found.outlook, found.findings) == (Outlook.NOT_SHARED, ())


@pytest.mark.parametrize(
    ("breaker", "words"),
    [
        ({"enable": True, "rollback": True}, "after 3 failed tasks it would roll back to the old revision"),
        ({"enable": True, "rollback": False}, "after 3 failed tasks it would give up"),
        (
            {"enable": True, "rollback": True, "thresholdConfiguration": {"type": "COUNT", "value": 1}},
            "after 1 failed task it would roll back",
        ),
        ({"enable": False, "rollback": True}, "Without a circuit breaker"),
    ],
)
def test_the_circuit_breaker_is_told_with_its_threshold(breaker: dict[str, Any], words: str) -> None:
    """AWS's own formula where no threshold is configured, and the configured one where it is."""
    described = service(deploymentConfiguration={"deploymentCircuitBreaker": breaker})
    assert words in finding(audited(shape(described)), FindingKind.WEDGES).sentence


def test_a_rollback_that_comes_before_us_is_a_finding_where_we_may_act() -> None:
    """Under observe it changes nothing for Unwedge, so it is not said."""
    found = shape(service(deploymentConfiguration=BREAKER))
    assert "rollback-first" in kinds(audited(found, mode=Mode.ENFORCE))
    assert "rollback-first" not in kinds(audited(found))


def test_two_writers_come_before_everything_else() -> None:
    """What damages data silently is worse than what stands still."""
    jenkins = container(
        image="jenkins/jenkins:lts",
        mountPoints=[{"sourceVolume": "data", "containerPath": "/var/jenkins_home"}],
        logConfiguration={"logDriver": "awsfirelens"},
    )
    found = audited(shape(defined=definition(jenkins)), tasks=(OLD_TASK,))
    assert found.findings[0].kind is FindingKind.DOUBLE_WRITERS
    assert found.worst is Severity.CRITICAL
    assert "no event or log line tells of it" in found.findings[0].sentence


@pytest.mark.parametrize(
    ("log", "kind"),
    [
        (None, "no-evidence"),
        ({"logDriver": "awsfirelens"}, "no-evidence"),
        ({**LOGS, "options": {**LOGS["options"], "awslogs-stream-prefix": ""}}, "no-evidence"),
        ({**LOGS, "options": {**LOGS["options"], "awslogs-multiline-pattern": "^ts="}}, "log-lines-joined"),
        ({**LOGS, "options": {**LOGS["options"], "max-buffer-size": "4k"}}, "log-lines-dropped"),
    ],
)
def test_a_log_that_leaves_no_evidence_is_told(log: dict[str, Any] | None, kind: str) -> None:
    """Unwedge stops nothing without a line, so its absence is to be known before."""
    assert kind in kinds(audited(shape(defined=definition(container(logConfiguration=log)))))


def test_two_services_on_one_directory_are_named() -> None:
    """Only those on the very directory, not on another one of the file system."""
    here = "/ of fs-0123456789abcdef0:no-access-point:/"
    others = (
        Neighbour("service:b", here),
        Neighbour("service:c", "/c of fs-0123456789abcdef0:no-access-point:/"),
    )
    found = finding(audited(neighbours=others), FindingKind.SHARED_DIRECTORY)
    assert "with service:b: only one of them" in found.sentence
    assert found.severity is Severity.HIGH


def test_a_volume_that_goes_with_the_task_is_told() -> None:
    """Never advise EBS that ECS manages for a service's store."""
    volume = [{"name": "data", "managedEBSVolume": {"roleArn": "arn:aws:iam::123456789012:role/ebs"}}]
    found = audited(
        shape(service(volumeConfigurations=volume), definition(volume={"configuredAtLaunch": True}))
    )
    assert kinds(found) == ["ebs-deleted-with-task"]
    every = [step.text for finding in audited().findings for step in finding.steps]
    assert not any("use" in text.lower() and "managed EBS" in text for text in every)


def test_a_load_balancer_that_keeps_the_old_task_makes_the_gap_longer() -> None:
    """The delay is in the sentence, and whether it was read."""
    described = service((0, 100), loadBalancers=[{"targetGroupArn": GROUP}])
    found = finding(
        audited(shape(described, deregistration=Deregistration(300.0, "access denied"))), FindingKind.LONG_GAP
    )
    assert "for 300 s" in found.sentence
    assert "access denied" in found.sentence
    assert [(step.kind, step.target_group) for step in found.steps] == [(StepKind.DEREGISTRATION, GROUP)]


def test_exec_that_its_task_does_not_have_is_replaced_in_the_order_that_does_not_wedge() -> None:
    """A forced deployment of a 100/200 service is the deadlock itself."""
    found = finding(
        audited(shape(service(enableExecuteCommand=True)), tasks=(OLD_TASK,)), FindingKind.EXEC_NOT_ON_TASKS
    )
    assert [step.kind for step in found.steps] == [StepKind.STOP_FIRST, StepKind.NEW_TASKS]
    safe = audited(shape(service((0, 100), enableExecuteCommand=True)), tasks=(OLD_TASK,))
    assert [step.kind for step in finding(safe, FindingKind.EXEC_NOT_ON_TASKS).steps] == [StepKind.NEW_TASKS]


def test_a_task_of_another_revision_is_drift() -> None:
    """What runs is not what the service says."""
    found = audited(tasks=(OLD_TASK._replace(revision="dev-prometheus:6"),))
    assert "dev-prometheus:6" in finding(found, FindingKind.DRIFT).sentence
    assert DEFINITION.rsplit("/", 1)[-1] in finding(found, FindingKind.DRIFT).sentence
    assert "drift" not in kinds(audited(tasks=(OLD_TASK,)))


def test_tags_that_do_not_reach_tasks_matter_only_to_a_tagged_service() -> None:
    """A service that nobody tagged has no tag to propagate."""
    tagged = service(propagateTags="NONE", tags=[{"key": "unwedge", "value": "enforce"}])
    assert "tags-not-propagated" in kinds(audited(shape(tagged)))
    assert "tags-not-propagated" not in kinds(audited(shape(service(propagateTags="NONE"))))


def test_the_gap_to_expect_comes_from_the_services_own_history() -> None:
    """The median of what was measured; else how long its task took to start; else Fargate's usual."""
    history = audited(history=History(wedges=3, gaps=(20.0, 30.0, 100.0)))
    assert (history.gap, history.gap_seen) == (30.0, 3)
    assert "Unwedge has seen it 3 times in 30 days" in finding(history, FindingKind.WEDGES).sentence
    assert "about 30 s" in finding(history, FindingKind.WEDGES).cost
    task = OLD_TASK._replace(created_at=AT, started_at=AT.replace(minute=27))
    assert (audited(tasks=(task,)).gap, audited().gap) == (60.0, 60.0)
    assert "its running task took 60 s to start" in finding(audited(tasks=(task,)), FindingKind.WEDGES).cost


def test_a_fix_that_ecs_refuses_is_told_before_it_is_tried() -> None:
    """0/100 with Availability Zone rebalancing on."""
    found = audited(shape({**service((0, 100)), "availabilityZoneRebalancing": "ENABLED"}))
    assert finding(found, FindingKind.FIX_REFUSED).steps[0].kind is StepKind.REBALANCING_OFF


def test_what_could_not_be_read_is_a_finding_and_not_an_all_clear() -> None:
    """A service without a known task definition."""
    found = audit(Facts(shape_of(service(), None), AT, unread=("Denied.",)))
    assert (found.outlook, kinds(found)) == (Outlook.UNKNOWN, ["not-read"])
    assert "Denied." in found.findings[0].sentence


def test_other_peoples_text_is_bounded() -> None:
    """A name of a container may be long; what is kept of it is not."""
    found = audited(shape(defined=definition(container(name="x" * 50_000))))
    assert all(len(item.sentence) <= 2000 for item in found.findings)


def test_a_program_that_nobody_knows_is_called_by_its_container() -> None:
    """Once: its name is not said twice."""
    found = finding(audited(shape(defined=definition(container(image="app:1")))), FindingKind.MAY_WEDGE)
    assert "lock: container prometheus writes to" in found.sentence


def test_a_refused_fix_is_no_finding_of_a_service_that_shares_nothing() -> None:
    """Stop first would take down all four of its tasks at once."""
    described = service((50, 100), desiredCount=4, availabilityZoneRebalancing="ENABLED")
    assert kinds(audited(shape(described, definition(volume={"host": {}})))) == []
    nginx = container(image="nginx:1")
    (refused,) = audited(shape(described, definition(nginx))).findings
    assert [step.kind for step in refused.steps] == [StepKind.REBALANCING_OFF]


def test_a_deployment_that_stands_still_is_freed_without_an_outage_where_tasks_may_share() -> None:
    """More room helps there; one writer after the other is for those that cannot."""
    nginx = finding(
        audited(shape(service((100, 150)), definition(container(image="nginx:1")))), FindingKind.STUCK
    )
    assert [step.kind for step in nginx.steps] == [StepKind.ADVICE]
    assert "maximumPercent allow one more task" in nginx.steps[0].text
    known = finding(audited(shape(service((100, 150)))), FindingKind.STUCK)
    assert [step.kind for step in known.steps] == [StepKind.STOP_FIRST]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"deploymentController": {"type": "CODE_DEPLOY"}}, "UpdateService can change the controller"),
        ({"deploymentController": {"type": "EXTERNAL"}}, "before it creates the new one"),
        ({"schedulingStrategy": "DAEMON"}, "on every container instance"),
    ],
)
def test_where_the_percentages_decide_nothing_no_step_starts_a_deployment(
    more: dict[str, Any], words: str
) -> None:
    """A forced deployment would be the deadlock itself."""
    found = audited(shape(service(enableExecuteCommand=True, **more)), tasks=(OLD_TASK,))
    steps = [step for item in found.findings if item.kind.value != "unsupported-store" for step in item.steps]
    assert {step.kind for step in steps} == {StepKind.ADVICE}
    assert all(words in step.text for step in steps)


def test_of_several_tasks_one_is_left_before_new_ones_start() -> None:
    """Two tasks on one lock contend whatever the percentages are."""
    found = audited(shape(service(desiredCount=2, enableExecuteCommand=True)), tasks=(OLD_TASK,))
    assert [step.kind for step in finding(found, FindingKind.EXEC_NOT_ON_TASKS).steps] == [
        StepKind.ONE_TASK,
        StepKind.STOP_FIRST,
        StepKind.NEW_TASKS,
    ]


@pytest.mark.parametrize(
    ("image", "path", "words"),
    [
        (
            "mysql:8",
            "/var/lib/mysql",
            "2 tasks of the service run: one of them can have it, and the others wait",
        ),
        ("prom/prometheus", "/prometheus", "tasks on different ones share it only where it is a network's"),
    ],
)
def test_several_tasks_that_may_contend_are_not_said_to_start_first(
    image: str, path: str, words: str
) -> None:
    """With 50/100 ECS stops one first, and it is no help."""
    one = container(image=image, mountPoints=[{"sourceVolume": "data", "containerPath": path}])
    volume = {"host": {"sourcePath": "/mnt/efs"}} if "prom" in image else None
    found = audited(shape(service((50, 100), desiredCount=2), definition(one, volume=volume)))
    sentence = finding(found, FindingKind.MAY_WEDGE).sentence
    assert words in sentence
    assert "starts the new task first" not in sentence


def test_a_database_that_a_file_decides_is_told() -> None:
    """The reader can look into the file, and the audit cannot."""
    grafana = container(
        image="grafana/grafana",
        mountPoints=[{"sourceVolume": "data", "containerPath": "/var/lib/grafana"}],
        environment=[{"name": "GF_PATHS_CONFIG", "value": "/etc/mine.ini"}],
    )
    found = audited(shape(defined=definition(grafana)))
    assert "It may keep its data in a database elsewhere" in finding(found, FindingKind.MAY_WEDGE).sentence


def test_what_a_gap_means_to_a_load_balancer_is_told() -> None:
    """Nobody serves while nobody writes."""
    behind = audited(shape(service(loadBalancers=[{"targetGroupArn": GROUP}])))
    assert "its load balancer has no task for requests" in finding(behind, FindingKind.WEDGES).cost
    assert "load balancer" not in finding(audited(), FindingKind.WEDGES).cost


def test_a_gap_on_container_instances_is_not_called_one_of_fargate() -> None:
    """Nothing was measured there."""
    assert "Fargate" not in finding(audited(shape(service(launchType="EC2"))), FindingKind.WEDGES).cost


def test_a_program_that_is_not_essential_ends_alone() -> None:
    """The deployment completes, so it is no deadlock, and worse to notice."""
    web = container(name="web", image="app:1", mountPoints=[])
    found = finding(
        audited(shape(defined=definition(web, container(essential=False)))), FindingKind.MAY_WEDGE
    )
    assert "the task goes on without it" in found.sentence
    assert [step.kind for step in found.steps] == [StepKind.STOP_FIRST]


@pytest.mark.parametrize(
    ("launch", "given", "wanted", "words"),
    [
        (
            "FARGATE",
            None,
            120,
            "30 s after SIGTERM, and Prometheus may need 600 s to write its data. Fargate",
        ),
        ("FARGATE", 119, 120, "119 s after SIGTERM"),
        ("EC2", 120, 600, "120 s after SIGTERM, and Prometheus may need 600 s to write its data."),
    ],
)
def test_a_stop_timeout_shorter_than_the_data_needs_is_told(
    launch: str, given: int | None, wanted: int, words: str
) -> None:
    """Up to what Fargate allows; the deployment that it takes comes behind what makes one safe."""
    defined = definition(container(stopTimeout=given))
    found = finding(audited(shape(service(launchType=launch), defined)), FindingKind.STOP_TIMEOUT_SHORT)
    assert words in found.sentence
    assert [step.kind for step in found.steps] == [StepKind.STOP_FIRST, StepKind.STOP_TIMEOUT]
    assert found.steps[-1].seconds == wanted


def test_all_the_time_that_fargate_allows_is_enough() -> None:
    """There is no more to be had."""
    assert "stop-timeout-short" not in kinds(audited())


@pytest.mark.parametrize(
    "log", [None, {**LOGS, "options": {**LOGS["options"], "awslogs-multiline-pattern": "^ts="}}]
)
def test_a_new_log_driver_is_deployed_behind_what_makes_a_deployment_safe(log: dict[str, Any] | None) -> None:
    """Registering a task definition and deploying it at 100/200 is the deadlock itself."""
    starts_first = audited(shape(defined=definition(container(logConfiguration=log))))
    told = [item for item in starts_first.findings if item.kind.value in ("no-evidence", "log-lines-joined")]
    assert [step.kind for step in told[0].steps] == [StepKind.STOP_FIRST, StepKind.AWSLOGS]
    code_deploy = service(deploymentController={"type": "CODE_DEPLOY"})
    by_hand = audited(shape(code_deploy, definition(container(logConfiguration=log))))
    told = [item for item in by_hand.findings if item.kind.value in ("no-evidence", "log-lines-joined")]
    assert [step.kind for step in told[0].steps] == [StepKind.ADVICE]
