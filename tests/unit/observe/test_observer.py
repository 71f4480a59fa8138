"""Observation: as few reads as the decision needs, errors as values, nothing guessed."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest
from botocore.exceptions import ConnectTimeoutError

from tests.support.aws import FakeAws, api_definition, client_error
from tests.support.situations import (
    CLUSTER,
    LOCK_LINE,
    NEW_CODE,
    NOW,
    OLD_CODE,
    SERVICE,
    VOLUME,
    ago,
    arn,
    contender,
    holder,
    incident,
    new_task,
    service,
    stop,
    successor,
)
from unwedge.decide.decide import decide
from unwedge.model.decision import Verdict
from unwedge.model.incident import Controls, Incident
from unwedge.model.log import LogStatus
from unwedge.model.service import Task
from unwedge.model.settings import Settings
from unwedge.model.situation import Failure, Scope, Situation
from unwedge.observe import definitions, parse
from unwedge.observe.observer import Observer, QuickCheckResult

SETTINGS = Settings()


def look(
    aws: FakeAws, hint: Task | None = None, opened: Incident | None = None, settings: Settings = SETTINGS
) -> Situation:
    """Observe as the controller does: closer and closer until the decision has enough."""
    observer = Observer(cast(Any, aws), cast(Any, aws), settings)
    situation = observer.service(CLUSTER, SERVICE, opened, NOW)
    while decide(situation, settings).verdict is Verdict.READ_MORE:
        if situation.scope is Scope.FULL:
            return replace(situation, controls=Controls(None))
        situation = observer.read_more(situation, hint)
    return situation


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


def test_the_log_is_that_of_the_failed_essential_container() -> None:
    """The init container exited 0 and a sidecar is not essential."""
    situation = look(FakeAws(holder(), contender(), successor()))
    assert [(log.container, log.stream) for log in situation.logs] == [
        ("prometheus", "p/prometheus/contender")
    ]


def test_an_empty_page_with_a_new_token_is_not_the_end_of_a_stream() -> None:
    """CloudWatch Logs answers empty pages."""
    aws = FakeAws(holder(), contender(), successor())
    whole = aws.get_log_events
    pages = iter([{"events": [], "nextBackwardToken": "b/0", "nextForwardToken": "f/0"}])
    aws.get_log_events = lambda **params: next(pages, None) or whole(**params)  # type: ignore[method-assign]
    assert look(aws).logs[0].status is LogStatus.READ


def test_a_stream_that_stays_empty_is_asked_for_a_bounded_number_of_times() -> None:
    """New tokens for ever must not keep a Lambda busy for ever."""
    aws = FakeAws(holder(), contender(), successor())
    asked: list[int] = []

    def empty(**_: Any) -> Any:
        asked.append(1)
        return {"events": [], "nextBackwardToken": f"b/{len(asked)}", "nextForwardToken": "f"}

    aws.get_log_events = empty  # type: ignore[method-assign,assignment]
    assert look(aws).logs[0].status is LogStatus.EMPTY
    assert len(asked) == 4


def test_lines_are_cut_and_only_the_newest_kept() -> None:
    """A situation stays small whatever a program prints."""
    aws = FakeAws(holder(), contender(), lines=tuple("x" * 300_000 for _ in range(90)))
    lines = look(aws, hint=contender()).logs[0].lines
    assert len(lines) == 40
    assert {len(line.text) for line in lines} == {1000}


def test_an_event_of_several_lines_is_divided_before_it_is_cut() -> None:
    """awslogs-datetime-format joins lines; the lock error may be the last of a long event."""
    trace = "\n".join(f"goroutine {number}" for number in range(200))
    aws = FakeAws(holder(), contender(), lines=(f"{trace}\r\n{LOCK_LINE}\n",))
    lines = look(aws, hint=contender()).logs[0].lines
    assert lines[-1].text == LOCK_LINE
    assert len(lines) == 40


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (client_error("ResourceNotFoundException", "GetLogEvents"), LogStatus.MISSING),
        (client_error("AccessDeniedException", "GetLogEvents"), LogStatus.DENIED),
        (client_error("InvalidOperationException", "GetLogEvents"), LogStatus.REFUSED),
        (client_error("ThrottlingException", "GetLogEvents"), LogStatus.UNAVAILABLE),
        (client_error("ServiceUnavailableException", "GetLogEvents", 503), LogStatus.UNAVAILABLE),
        (ConnectTimeoutError(endpoint_url="https://logs"), LogStatus.UNAVAILABLE),
    ],
)
def test_a_log_that_cannot_be_read_says_why(error: Exception, status: LogStatus) -> None:
    """And the answer of AWS is kept for people."""
    aws = FakeAws(holder(), contender(), successor())
    aws.errors["GetLogEvents"] = error
    log = look(aws).logs[0]
    assert log.status is status
    assert log.detail


@pytest.mark.parametrize(
    ("driver", "options", "why"),
    [
        ("awsfirelens", {}, "its log driver is awsfirelens"),
        ("awslogs", {"awslogs-group": "g"}, "no awslogs-stream-prefix"),
        (
            "awslogs",
            {"awslogs-group": "g", "awslogs-stream-prefix": "p", "awslogs-region": "us-east-1"},
            "its log group is in us-east-1, the service in eu-west-1",
        ),
    ],
)
def test_a_log_that_leaves_nothing_to_read_says_what_to_change(
    driver: str, options: dict[str, str], why: str
) -> None:
    """No call is wasted on it."""
    aws = FakeAws(holder(), contender(), successor())
    aws.log_configuration = {"logDriver": driver, "options": options}
    situation = look(aws)
    assert situation.logs[0].status is LogStatus.UNSUPPORTED
    assert why in str(situation.logs[0].detail)
    assert "GetLogEvents" not in aws.calls


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


def test_a_holder_of_another_service_is_found_where_the_own_tasks_explain_nothing() -> None:
    """By its volume identity."""
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
                    "group": "service:prod",
                    "lastStatus": "RUNNING",
                    "taskDefinitionArn": "arn:other-code",
                }
            ]
        }

    aws.list_tasks = list_tasks  # type: ignore[method-assign, assignment]
    aws.describe_tasks = describe_tasks  # type: ignore[method-assign]
    situation = look(aws)
    assert [(item.group, item.volume) for item in situation.outside] == [("service:prod", f"/ of {VOLUME}")]
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


class TestParse:
    def test_neither_environment_nor_command_line_is_kept(self) -> None:
        """Only the data directory is taken from the command."""
        parsed = definitions.task_definition(api_definition(NEW_CODE))
        assert "never kept" not in repr(parsed)
        assert "config.file" not in repr(parsed)
        spec = parsed.spec("prometheus")
        assert spec is not None
        assert spec.data_path == "/prometheus"

    def test_the_volume_identity_is_file_system_access_point_and_root(self) -> None:
        """One lock file needs all three alike."""
        one, other = (definitions.task_definition(api_definition(code)) for code in (NEW_CODE, OLD_CODE))
        apart = definitions.task_definition(api_definition(NEW_CODE, "fsap-2"))
        volumes = [
            {mount.volume for spec in item.containers for mount in spec.mounts} for item in (one, other)
        ]
        assert volumes == [{VOLUME}, {VOLUME}]
        assert {mount.volume for spec in apart.containers for mount in spec.mounts} == {"fs-0abc:fsap-2:/"}

    @pytest.mark.parametrize("task", [holder(), contender(), new_task(), successor()])
    def test_a_task_reads_back_as_it_was_shown(self, task: Task) -> None:
        """API shape in, model out."""
        from tests.support.aws import api_task

        assert parse.task(api_task(task)) == task


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
