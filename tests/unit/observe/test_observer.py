"""Observation: as few reads as the decision needs, errors as values, nothing guessed."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.support.aws import FakeAws, client_error
from tests.support.looking import SETTINGS, look
from tests.support.situations import (
    CLUSTER,
    NOW,
    SERVICE,
    VOLUME,
    ago,
    arn,
    contender,
    holder,
    incident,
    service,
    stop,
    successor,
)
from unwedge.decide.decide import decide
from unwedge.model.decision import Verdict
from unwedge.model.service import Task
from unwedge.model.settings import Settings
from unwedge.model.situation import Failure, Scope
from unwedge.observe.observer import Observer, QuickCheckResult


def test_a_task_that_ecs_does_not_list_of_the_service_has_no_part_in_it() -> None:
    """Whoever may run a task can write the service's group and deployment on it. A true task that ECS
    does not list yet is looked at again."""
    aws = FakeAws(holder())
    aws.standalone = [contender()]
    situation = look(aws, hint=contender())
    assert [task.arn for task in situation.tasks] == [holder().arn]
    decision = decide(situation, SETTINGS)
    assert (decision.verdict, decision.action) == (Verdict.VERIFYING, None)
    assert decision.requeue


def test_a_wedged_service_is_read_whole_in_eleven_calls() -> None:
    """Two of them are task definitions, read once in the life of a Lambda; one looks for other services."""
    aws = FakeAws(holder(), contender(), successor())
    situation = look(aws, hint=contender())
    assert decide(situation, SETTINGS).verdict is Verdict.STOP_HOLDER
    assert sorted(aws.calls) == sorted(
        [
            "DescribeServices",
            "DescribeTaskDefinition",
            "GetLogEvents",
            "ListTasks",
            "ListTasks",
            "DescribeTasks",
            "DescribeTaskDefinition",
            "ListTasks",
            "ListServiceDeployments",
            "DescribeServiceDeployments",
            "GetTaskProtection",
        ]
    )


def test_how_the_service_is_deployed_is_read() -> None:
    """Its strategy, its scheduling, its hooks, the breaker's count and the holder's protection."""
    aws = FakeAws(holder(), contender(), successor())
    aws.protected = (arn("holder"),)
    aws.rollout_details = {
        "lifecycleStage": "POST_SCALE_UP",
        "lifecycleHookDetails": [{"status": "SUCCEEDED"}, {"status": "AWAITING_ACTION"}],
        "deploymentCircuitBreaker": {"status": "MONITORING", "failureCount": 1, "threshold": 3},
    }
    found = look(aws)
    assert found.protected == (arn("holder"),)
    assert found.rollout is not None
    assert found.rollout[1:] == ("IN_PROGRESS", "POST_SCALE_UP", 1, 3)
    aws.deployed_by = {
        "deploymentConfiguration": {"strategy": "LINEAR"},
        "schedulingStrategy": "DAEMON",
    }
    found = look(aws)
    assert found.service is not None
    assert (found.service.strategy, found.service.scheduling) == ("LINEAR", "DAEMON")


def test_an_sdk_that_drops_what_decides_is_not_believed() -> None:
    """botocore leaves out members that its model lacks, and the Lambda runtime's may be old."""
    aws = FakeAws(holder(), contender(), successor())
    old = SimpleNamespace(shape_for=lambda name: SimpleNamespace(members={}))
    aws.meta = SimpleNamespace(service_model=old)
    assert look(aws).failures[0].code == "SdkTooOld"
    newer = {"DeploymentConfiguration": {"strategy": 1}, "ServiceDeployment": {}}
    old.shape_for = lambda name: SimpleNamespace(members=newer[name])
    aws.rollout_details = {"deploymentConfiguration": {"lifecycleHooks": [{"hookTargetArn": "x"}]}}
    rollout = look(aws).rollout
    assert rollout is not None
    assert rollout.awaiting


def test_a_holder_whose_protection_is_not_told_is_not_decided_about() -> None:
    """GetTaskProtection answers a failure for a task that has just gone."""
    aws = FakeAws(holder(), contender(), successor())
    aws.get_task_protection = lambda **_: {"protectedTasks": [], "failures": [{"arn": arn("holder")}]}  # type: ignore[method-assign]
    assert look(aws).failures[0].code == "NotTold"


def test_a_service_deployment_that_is_listed_and_not_described_is_not_guessed_at() -> None:
    """Its hooks are unseen then, and one may be waiting."""
    aws = FakeAws(holder(), contender(), successor())
    aws.describe_service_deployments = lambda **_: {"serviceDeployments": [], "failures": []}  # type: ignore[method-assign]
    assert look(aws).failures[0].code == "NotTold"


def test_stopping_tasks_are_looked_for() -> None:
    """A stopping task may hold the lock, and it is listed only as STOPPED."""
    going = holder(desired_status="STOPPED", last_status="STOPPING", stopping_at=ago(3))
    aws = FakeAws(going, contender(), successor())
    assert decide(look(aws, hint=contender()), SETTINGS).verdict is Verdict.HOLDER_STOPPING
    assert aws.calls.count("ListTasks") == 3, "wanted, stopping, and of other services"


def test_another_failure_is_explained_in_three_calls() -> None:
    """The service, the failed task's own definition, its own log."""
    aws = FakeAws(holder(), contender(), lines=("panic: out of luck",))
    situation = look(aws, hint=contender())
    assert decide(situation, SETTINGS).verdict is Verdict.OTHER_FAILURE
    assert aws.calls == ["DescribeServices", "DescribeTaskDefinition", "GetLogEvents"]


def test_an_unwatched_cluster_is_not_called_at_all() -> None:
    """The filter holds before the first call."""
    aws = FakeAws(holder())
    look(aws, settings=Settings(clusters=("arn:other",)))
    assert aws.calls == []


def test_a_service_that_is_off_costs_one_call() -> None:
    """Its tag says so."""
    aws = FakeAws(holder(), contender(), tag="off")
    look(aws, hint=contender())
    assert aws.calls == ["DescribeServices"]


def test_pages_of_tasks_are_followed_and_the_oldest_ended_ones_left_out() -> None:
    """All live tasks, the newest ended ones, and those of our own stops, however old."""
    ended = [contender(failed=100 + n, arn=arn(f"ended-{n:02}")) for n in range(40)]
    ours = contender(failed=3000, arn=arn("ours"), stop_code="UserInitiated")
    aws = FakeAws(holder(), successor(), ours, *ended)
    aws.page = 5
    situation = look(aws, opened=incident(stop("ours", 3000)))
    seen = {task.id for task in situation.tasks}
    assert {"holder", "successor", "ours", "ended-00", "ended-19"} <= seen
    assert "ended-20" not in seen


def test_a_list_of_more_ended_tasks_than_a_pass_reads_is_no_answer() -> None:
    """Some would be missing, perhaps a holder that is stopping: a person is told."""
    ended = (contender(failed=n, arn=arn(f"ended-{n}")) for n in range(1, 40))
    aws = FakeAws(holder(), successor(), *ended)
    situation = look(aws, opened=incident())
    (failure,) = situation.failures
    assert (failure.call, failure.code) == ("ecs:ListTasks", "TooLong")
    assert "more than 15 pages" in failure.message
    assert "DescribeTasks" not in aws.calls
    decision = decide(situation, Settings())
    assert (decision.action, decision.escalate) == (None, True)


@pytest.mark.parametrize(
    "operation",
    ["DescribeServices", "ListTasks", "DescribeTasks", "DescribeTaskDefinition", "ListServiceDeployments"],
)
@pytest.mark.parametrize(
    ("code", "failure"),
    [
        ("AccessDeniedException", Failure.DENIED),
        ("ThrottlingException", Failure.UNAVAILABLE),
        ("ServerException", Failure.UNAVAILABLE),
        ("InvalidParameterException", Failure.REFUSED),
    ],
)
def test_every_failed_read_becomes_part_of_the_situation(operation: str, code: str, failure: Failure) -> None:
    """And the decision ends at it, whatever else was read."""
    aws = FakeAws(holder(), contender(), successor())
    aws.errors[operation] = client_error(code, operation)
    situation = look(aws, hint=contender())
    assert [(item.call, item.failure) for item in situation.failures] == [(f"ecs:{operation}", failure)]
    expected = Verdict.AWS_UNAVAILABLE if failure is Failure.UNAVAILABLE else Verdict.CANNOT_OBSERVE
    assert decide(situation, SETTINGS).verdict is expected


@pytest.mark.parametrize("code", ["ServiceNotFoundException", "ClusterNotFoundException"])
def test_a_deleted_service_or_cluster_is_gone_and_no_error(code: str) -> None:
    """It is a fact about the service."""
    aws = FakeAws()
    aws.errors["DescribeServices"] = client_error(code, "DescribeServices")
    assert decide(look(aws), SETTINGS).verdict is Verdict.SERVICE_GONE


@pytest.mark.parametrize(
    "written",
    [{"group": "service:prod"}, {"group": f"service:{SERVICE}", "startedBy": contender().deployment_id}],
    ids=["another service", "whoever says that it is of this one"],
)
def test_a_holder_of_another_service_is_found_where_the_own_tasks_explain_nothing(
    written: dict[str, str],
) -> None:
    """By its volume identity, whatever is written on it: ECS does not list it with the service."""
    aws = FakeAws(contender(), successor())
    other = holder(arn=arn("other"))
    own = aws.list_tasks
    shown = aws.describe_tasks

    def list_tasks(**params: Any) -> Any:
        return own(**params) if "serviceName" in params else {"taskArns": [other.arn]}

    def describe_tasks(tasks: list[str], **params: Any) -> Any:
        if tasks != [other.arn]:
            return shown(tasks=tasks, **params)
        return {
            "tasks": [
                {
                    "taskArn": other.arn,
                    **written,
                    "lastStatus": "RUNNING",
                    "taskDefinitionArn": "arn:other-code",
                }
            ]
        }

    aws.list_tasks = list_tasks  # type: ignore[method-assign, assignment]
    aws.describe_tasks = describe_tasks  # type: ignore[method-assign]
    situation = look(aws)
    assert [(item.group, item.volume) for item in situation.outside] == [(written["group"], f"/ of {VOLUME}")]
    assert decide(situation, SETTINGS).verdict is Verdict.LOCK_HELD_ELSEWHERE


class TestGlance:
    def quick_check(self, *tasks: Task) -> tuple[QuickCheckResult, list[str]]:
        aws = FakeAws(*tasks)
        observer = Observer(cast(Any, aws), cast(Any, aws), SETTINGS)
        return observer.quick_check(CLUSTER, SERVICE, arn("holder")), aws.calls

    def test_a_lonely_holder_costs_one_call(self) -> None:
        """Nothing is on its way."""
        assert self.quick_check(holder(), contender()) == (QuickCheckResult.UNCHANGED, ["ListTasks"])

    def test_a_provisioning_successor_costs_two(self) -> None:
        """It has not reached PENDING."""
        assert self.quick_check(holder(), successor("PROVISIONING")) == (
            QuickCheckResult.COMING,
            ["ListTasks", "DescribeTasks"],
        )

    @pytest.mark.parametrize("tasks", [(holder(), successor()), (), (holder(desired_status="STOPPED"),)])
    def test_anything_else_is_worth_a_full_look(self, tasks: tuple[Task, ...]) -> None:
        """A PENDING successor, or a holder that is not wanted any more."""
        assert self.quick_check(*tasks)[0] is QuickCheckResult.CHANGED

    def test_an_error_is_a_change(self) -> None:
        """The full pass says what is wrong."""
        aws = FakeAws(holder())
        aws.errors["ListTasks"] = client_error("ThrottlingException", "ListTasks")
        observer = Observer(cast(Any, aws), cast(Any, aws), SETTINGS)
        assert observer.quick_check(CLUSTER, SERVICE, arn("holder")) is QuickCheckResult.CHANGED


def test_the_recheck_reads_the_decisive_facts_in_four_calls() -> None:
    """The service, the tasks that matter, and the rollout."""
    aws = FakeAws(holder(), contender(), successor())
    situation = look(aws)
    aws.calls.clear()
    aws.tasks[0] = replace(holder(), desired_status="STOPPED", stopping_at=ago(0))
    observer = Observer(cast(Any, aws), cast(Any, aws), SETTINGS)
    fresh = observer.refresh(situation, (arn("holder"), arn("successor")), NOW)
    assert aws.calls == [
        "DescribeServices",
        "DescribeTasks",
        "ListServiceDeployments",
        "DescribeServiceDeployments",
    ]
    assert decide(fresh, SETTINGS).verdict is Verdict.HOLDER_STOPPING
    assert situation.scope is Scope.FULL


def test_the_rollout_of_a_deployment_that_is_taken_back_is_asked_for_too() -> None:
    """A rollback's own deployment is young; its status stands in the older one's service deployment."""
    aws = FakeAws(holder(), contender(), successor())
    asked: list[Any] = []
    real = aws.list_service_deployments

    def remembered(**params: Any) -> Any:
        asked.append(params["createdAt"]["after"])
        return real(**params)

    aws.list_service_deployments = remembered  # type: ignore[method-assign]
    look(aws, hint=contender())
    oldest = min(item.created_at for item in service().deployments if item.created_at)
    assert asked
    assert all(after <= oldest for after in asked)


def test_every_page_of_service_deployments_is_read() -> None:
    """The newest may stand on any of them."""
    aws = FakeAws(holder(), contender(), successor())

    def pages(**params: Any) -> Any:
        if "nextToken" not in params:
            old = {"serviceDeploymentArn": "old", "status": "SUCCESSFUL", "createdAt": ago(9000)}
            return {"serviceDeployments": [old], "nextToken": "more"}
        new = {"serviceDeploymentArn": "new", "status": "ROLLBACK_IN_PROGRESS", "createdAt": ago(9)}
        return {"serviceDeployments": [new]}

    aws.list_service_deployments = pages  # type: ignore[method-assign]
    assert decide(look(aws, hint=contender()), SETTINGS).verdict is Verdict.ROLLBACK_IN_PROGRESS


def test_an_answer_that_is_not_understood_is_recorded_like_a_call_that_failed() -> None:
    """Neither a crash loop nor a guess."""
    aws = FakeAws(holder(), contender(), successor())
    aws.describe_services = lambda **_: {"services": [{"status": ["ACTIVE"], "tags": 5}]}  # type: ignore[method-assign]
    decision = decide(look(aws), SETTINGS)
    assert decision.verdict is Verdict.CANNOT_OBSERVE
    assert "AnswerNotUnderstood" in decision.sentence
