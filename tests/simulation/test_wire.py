"""The HTTP server, seen through a real AWS SDK."""

import http.client
import json
import threading
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from rehearsal.clockwork.clock import ScaledClock
from rehearsal.ecs import ApiError, StopCalled
from rehearsal.ecs.wire import EcsServer
from tests.support.simulated_ecs import CLUSTER, SERVICE, Stage, main_container


@pytest.fixture
def server(stage: Stage) -> Iterator[EcsServer]:
    """A server in front of the incident's service; the test moves the time."""
    with EcsServer(stage.sim) as made:
        yield made
        assert made.failures == []


@pytest.fixture
def ecs(server: EcsServer) -> Iterator[Any]:
    """A boto3 client that talks to it."""
    client = boto3.Session("AKIATEST", "secret", region_name="us-east-1").client(
        "ecs",
        endpoint_url=server.endpoint,
        config=Config(retries={"mode": "standard", "total_max_attempts": 1}),
    )
    yield client
    client.close()


def _code(refusal: pytest.ExceptionInfo[ClientError]) -> str:
    return str(refusal.value.response["Error"]["Code"])


def test_a_sdk_can_use_every_operation(ecs: Any, stage: Stage) -> None:
    """Each answer is parsed by botocore; the whole story of a service runs over the wire."""
    ecs.create_cluster(clusterName="second")
    assert len(ecs.list_clusters()["clusterArns"]) == 2
    assert ecs.describe_clusters(clusters=["second"])["clusters"][0]["status"] == "ACTIVE"
    definition = ecs.register_task_definition(family="web", containerDefinitions=[main_container()])
    arn = definition["taskDefinition"]["taskDefinitionArn"]
    assert ecs.describe_task_definition(taskDefinition="web:1")["taskDefinition"]["taskDefinitionArn"] == arn
    assert arn in ecs.list_task_definitions()["taskDefinitionArns"]
    target = {"cluster": "second", "service": "web"}
    ecs.create_service(
        cluster="second",
        serviceName="web",
        taskDefinition=arn,
        desiredCount=1,
        networkConfiguration={"awsvpcConfiguration": {"subnets": ["subnet-1"]}},
        tags=[{"key": "unwedge", "value": "enforce"}],
    )
    ecs.update_service(**target, forceNewDeployment=True, enableExecuteCommand=True)
    stage.forward(60)
    service = ecs.describe_services(cluster="second", services=["web"], include=["TAGS"])["services"][0]
    assert (service["tags"][0]["value"], len(service["deployments"])) == ("enforce", 2)
    assert ecs.list_services(cluster="second")["serviceArns"] == [service["serviceArn"]]
    tasks = ecs.list_tasks(cluster="second", serviceName="web")["taskArns"]
    assert ecs.describe_tasks(cluster="second", tasks=tasks, include=["TAGS"])["tasks"][0]["createdAt"].tzinfo
    assert ecs.stop_task(cluster="second", task=tasks[0])["task"]["desiredStatus"] == "STOPPED"
    rollout = ecs.list_service_deployments(**target)["serviceDeployments"][0]
    described = ecs.describe_service_deployments(serviceDeploymentArns=[rollout["serviceDeploymentArn"]])
    assert described["serviceDeployments"][0]["status"] == "IN_PROGRESS"
    revision = described["serviceDeployments"][0]["targetServiceRevision"]["arn"]
    assert ecs.describe_service_revisions(serviceRevisionArns=[revision])["serviceRevisions"]
    ecs.stop_service_deployment(serviceDeploymentArn=rollout["serviceDeploymentArn"], stopType="ABORT")
    ecs.tag_resource(resourceArn=service["serviceArn"], tags=[{"key": "a", "value": "b"}])
    ecs.untag_resource(resourceArn=service["serviceArn"], tagKeys=["unwedge"])
    assert ecs.list_tags_for_resource(resourceArn=service["serviceArn"])["tags"] == [
        {"key": "a", "value": "b"}
    ]
    assert ecs.delete_service(**target, force=True)["service"]["status"] == "DRAINING"


def test_times_arrive_as_datetimes(ecs: Any, stage: Stage) -> None:
    """Epoch seconds on the wire, aware datetimes in the SDK, equal to the simulator's own."""
    task = ecs.describe_tasks(cluster=CLUSTER, tasks=[stage.tasks()[0].arn])["tasks"][0]
    assert task["startedAt"].astimezone(UTC) == stage.tasks()[0].started_at


def test_time_filters_are_understood(ecs: Any, stage: Stage) -> None:
    """createdAt of ListServiceDeployments travels as epoch seconds."""
    stage.deploy()
    after = {"after": stage.sim.now - timedelta(hours=1)}
    found = ecs.list_service_deployments(cluster=CLUSTER, service=SERVICE, createdAt=after)
    assert len(found["serviceDeployments"]) == 1


def test_paginators_work(ecs: Any, stage: Stage) -> None:
    """nextToken through botocore's own paginator."""
    stage.deploy()
    stage.forward(1)
    pages = ecs.get_paginator("list_tasks").paginate(cluster=CLUSTER, PaginationConfig={"PageSize": 1})
    assert [len(page["taskArns"]) for page in pages] == [1, 1]


def test_errors_have_the_codes_of_aws(ecs: Any) -> None:
    """As exceptions that the SDK knows by name."""
    with pytest.raises(ecs.exceptions.ClusterNotFoundException):
        ecs.list_tasks(cluster="none")
    with pytest.raises(ecs.exceptions.ServiceNotFoundException):
        ecs.list_tasks(cluster=CLUSTER, serviceName="none")
    with pytest.raises(ecs.exceptions.InvalidParameterException):
        ecs.stop_task(cluster=CLUSTER, task="0" * 32)
    with pytest.raises(ecs.exceptions.ClientException):
        ecs.describe_task_definition(taskDefinition="none")
    with pytest.raises(ecs.exceptions.UnsupportedFeatureException):
        ecs.list_account_settings()
    missing = ecs.describe_services(cluster=CLUSTER, services=["none"])
    assert missing["failures"][0]["reason"] == "MISSING"


def _post(server: EcsServer, target: str, body: bytes) -> tuple[int, dict[str, Any]]:
    host, port = server.endpoint.removeprefix("http://").split(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=5)
    connection.request("POST", "/", body, {"X-Amz-Target": target})
    answer = connection.getresponse()
    found = answer.status, json.loads(answer.read())
    connection.close()
    return found


PREFIX = "AmazonEC2ContainerServiceV20141113"


@pytest.mark.parametrize(
    ("target", "body", "code"),
    [
        (f"{PREFIX}.MakeCoffee", b"{}", "UnknownOperationException"),
        ("DynamoDB_20120810.GetItem", b"{}", "UnknownOperationException"),
        ("", b"{}", "UnknownOperationException"),
        (f"{PREFIX}.ListTasks", b"{", "SerializationException"),
        (f"{PREFIX}.ListTasks", b"[]", "SerializationException"),
        (f"{PREFIX}.ListTasks", b'{"clusters": "x"}', "InvalidParameterException"),
        (f"{PREFIX}.ListTasks", b'{"cluster": 5}', "InvalidParameterException"),
        (f"{PREFIX}.DescribeTasks", b"{}", "InvalidParameterException"),
    ],
)
def test_what_the_model_does_not_know_is_refused(
    server: EcsServer, target: str, body: bytes, code: str
) -> None:
    """Raw requests that no SDK would send: status 400 and a __type, never a crash."""
    status, answer = _post(server, target, body)
    assert (status, answer["__type"]) == (400, code)


def test_a_hook_may_refuse_a_call_before_the_simulator_sees_it(
    server: EcsServer, ecs: Any, stage: Stage
) -> None:
    """For faults and authorisation; refused calls are remembered with their code."""

    def deny(operation: str, params: Mapping[str, Any], headers: Mapping[str, str]) -> ApiError | None:
        assert "AKIATEST" in headers["Authorization"]
        return ApiError("AccessDeniedException", "no") if operation == "StopTask" else None

    server.before_call = deny
    with pytest.raises(ClientError) as refusal:
        ecs.stop_task(cluster=CLUSTER, task=stage.tasks()[0].arn)
    assert _code(refusal) == "AccessDeniedException"
    assert stage.stops() == []
    assert ecs.list_tasks(cluster=CLUSTER)["taskArns"]
    assert (stage.sim.api_call_list[-2].error, stage.sim.api_calls["StopTask"]) == (
        "AccessDeniedException",
        1,
    )


def test_the_caller_of_a_stop_is_known(ecs: Any, stage: Stage) -> None:
    """StopCalled carries the access key id that signed the request."""
    ecs.stop_task(cluster=CLUSTER, task=stage.tasks()[0].arn, reason="why")
    stop = stage.stops()[0]
    assert isinstance(stop, StopCalled)
    assert (stop.caller, stop.reason) == ("AKIATEST", "why")


def test_many_clients_at_once_see_one_consistent_state(ecs: Any, stage: Stage) -> None:
    """The server is threaded, the core is not: concurrent stops of one task are one stop."""
    arn = stage.tasks()[0].arn
    threads = [threading.Thread(target=lambda: ecs.stop_task(cluster=CLUSTER, task=arn)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(stage.stops()) == 1
    assert stage.sim.api_calls["StopTask"] == 8


def test_with_a_clock_the_server_lets_time_pass_by_itself() -> None:
    """A driving thread keeps the core at the clock's present: 500 times as fast, the contender soon fails."""
    stage = Stage()
    stage.create()
    stage.deploy()
    failed = threading.Event()
    stage.sim.subscribe(lambda item: failed.set() if "EssentialContainerExited" in str(item) else None)
    with EcsServer(stage.sim, clock=ScaledClock(stage.sim.now, 500)) as server:
        assert failed.wait(10)
        answer = server.call("ListTasks", {"cluster": CLUSTER, "desiredStatus": "STOPPED"})
        assert answer["taskArns"]
        assert server.failures == []
    assert datetime.now(UTC) > stage.sim.now
