"""What Describe and List calls answer: visibility, tags, failures, pages, lag."""

from collections.abc import Mapping
from typing import Any

import pytest

from rehearsal.ecs import ApiError
from rehearsal.programs.scripted import Script
from tests.support.simulated_ecs import CLUSTER, SERVICE, Stage, options


def test_a_stopping_task_is_listed_only_with_desired_status_stopped(stage: Stage) -> None:
    """The holder that still has its lock while it stops is invisible to a plain ListTasks."""
    holder = stage.tasks()[0]
    stage.stop(holder)
    assert holder.holds_lock
    assert holder.arn not in stage.listed(serviceName=SERVICE)
    assert stage.listed(serviceName=SERVICE, desiredStatus="STOPPED") == [holder.arn]
    assert stage.listed(desiredStatus="PENDING") == []


def test_a_stopped_task_is_visible_for_an_hour(stage: Stage) -> None:
    """Then it is MISSING."""
    holder = stage.tasks()[0]
    stage.stop(holder)
    stage.until(lambda: holder.last_status == "STOPPED")
    stage.forward(3599)
    assert holder.arn in stage.listed(desiredStatus="STOPPED")
    stage.forward(2)
    assert holder.arn not in stage.listed(desiredStatus="STOPPED")
    answer = stage.sim.call("DescribeTasks", {"cluster": CLUSTER, "tasks": [holder.id]})
    assert answer["tasks"] == []
    assert answer["failures"] == [{"arn": holder.arn, "reason": "MISSING"}]


def test_tasks_are_listed_by_deployment_and_family(stage: Stage) -> None:
    """startedBy is the deployment's id."""
    stage.deploy()
    stage.forward(1)
    old, new = stage.tasks()
    assert stage.listed(startedBy=new.started_by) == [new.arn]
    assert stage.listed(family="prometheus") == [old.arn, new.arn]
    assert stage.listed(family="other") == []
    assert stage.listed(launchType="EC2") == []


def test_lists_come_in_pages() -> None:
    """nextToken leads from page to page; a made-up one is refused."""
    stage = Stage({"prometheus": Script()})
    stage.create(desiredCount=5)
    params: dict[str, Any] = {"cluster": CLUSTER, "maxResults": 2}
    sizes, seen = [], []
    while True:
        answer = stage.sim.call("ListTasks", params)
        sizes.append(len(answer["taskArns"]))
        seen += answer["taskArns"]
        if "nextToken" not in answer:
            break
        params["nextToken"] = answer["nextToken"]
    assert sizes == [2, 2, 1]
    assert seen == [task.arn for task in stage.tasks()]
    with pytest.raises(ApiError, match="Invalid token"):
        stage.listed(nextToken="x")


def test_tags_of_a_service_reach_only_tasks_started_after_propagation_was_set() -> None:
    """propagateTags SERVICE copies the tags at the start of a task."""
    stage = Stage()
    stage.create(tags=[{"key": "unwedge", "value": "enforce"}])
    stage.update(propagateTags="SERVICE")
    stage.deploy()
    stage.forward(1)
    old, new = stage.tasks()
    assert stage.shown(old)["tags"] == []
    assert stage.shown(new)["tags"] == [{"key": "unwedge", "value": "enforce"}]


def test_service_tags_are_shown_only_when_asked_for(stage: Stage) -> None:
    """DescribeServices needs include TAGS; TagResource and UntagResource change them."""
    arn = stage.service.arn
    stage.sim.call("TagResource", {"resourceArn": arn, "tags": [{"key": "unwedge", "value": "off"}]})
    assert "tags" not in stage.described()
    assert stage.described(include=["TAGS"])["tags"] == [{"key": "unwedge", "value": "off"}]
    stage.sim.call("UntagResource", {"resourceArn": arn, "tagKeys": ["unwedge"]})
    assert stage.sim.call("ListTagsForResource", {"resourceArn": arn}) == {"tags": []}


def test_exec_is_only_on_tasks_started_after_it_was_enabled(stage: Stage) -> None:
    """Enabling ECS Exec does not touch running tasks."""
    stage.update(enableExecuteCommand=True)
    stage.update(forceNewDeployment=True)
    stage.forward(60)
    old, new = stage.tasks()[:2]
    assert stage.described()["enableExecuteCommand"] is True
    assert stage.shown(old)["enableExecuteCommand"] is False
    agent = stage.shown(new)["containers"][0]["managedAgents"][0]
    assert agent["name"] == "ExecuteCommandAgent"
    assert agent["lastStatus"] in {"RUNNING", "STOPPED"}


def test_a_missing_service_is_a_failure_entry_in_describe_and_an_error_elsewhere(stage: Stage) -> None:
    """failures[] with MISSING; ServiceNotFoundException from ListTasks and UpdateService."""
    answer = stage.sim.call("DescribeServices", {"cluster": CLUSTER, "services": ["none", SERVICE]})
    assert [item["serviceName"] for item in answer["services"]] == [SERVICE]
    assert answer["failures"] == [
        {"arn": f"arn:aws:ecs:us-east-1:000000000000:service/{CLUSTER}/none", "reason": "MISSING"}
    ]
    for operation, key in (("ListTasks", "serviceName"), ("UpdateService", "service")):
        with pytest.raises(ApiError) as refusal:
            stage.sim.call(operation, {"cluster": CLUSTER, key: "none"})
        assert refusal.value.code == "ServiceNotFoundException"


@pytest.mark.parametrize(
    ("operation", "params", "code"),
    [
        ("ListTasks", {"cluster": "none"}, "ClusterNotFoundException"),
        ("DescribeServices", {"cluster": CLUSTER, "services": ["s"] * 11}, "InvalidParameterException"),
        ("DescribeTasks", {"cluster": CLUSTER, "tasks": []}, "InvalidParameterException"),
        ("DescribeTasks", {"cluster": CLUSTER}, "InvalidParameterException"),
        ("DescribeTasks", {"cluster": CLUSTER, "tasks": "x"}, "InvalidParameterException"),
        ("ListTasks", {"cluster": CLUSTER, "desiredStatus": "GONE"}, "InvalidParameterException"),
        ("ListTasks", {"cluster": CLUSTER, "maxResults": 101}, "InvalidParameterException"),
        ("DescribeTaskDefinition", {"taskDefinition": "none:1"}, "ClientException"),
        ("MakeCoffee", {}, "UnknownOperationException"),
        ("RunTask", {"taskDefinition": "t"}, "UnsupportedFeatureException"),
    ],
)
def test_bad_calls_are_refused_with_the_code_of_aws(
    stage: Stage, operation: str, params: Mapping[str, Any], code: str
) -> None:
    """Validated against botocore's model, then by ECS's own rules."""
    with pytest.raises(ApiError) as refusal:
        stage.sim.call(operation, params)
    assert refusal.value.code == code
    assert stage.sim.api_call_list[-1].error == code


def test_a_maximum_of_100_needs_rebalancing_off() -> None:
    """availabilityZoneRebalancing is ENABLED on new services, and then refuses maximumPercent 100."""
    stage = Stage()
    with pytest.raises(ApiError, match="availabilityZoneRebalancing"):
        stage.create(running=False, percent=(0, 100))
    stage.create(running=False)
    lean = {"minimumHealthyPercent": 0, "maximumPercent": 100}
    with pytest.raises(ApiError, match="availabilityZoneRebalancing"):
        stage.update(deploymentConfiguration=lean)
    stage.update(deploymentConfiguration=lean, availabilityZoneRebalancing="DISABLED")
    assert stage.described()["deploymentConfiguration"]["maximumPercent"] == 100


def test_revisions_of_a_service_are_described(stage: Stage) -> None:
    """The target revision of a service deployment leads to its task definition."""
    stage.deploy()
    target = stage.rollouts()[0]["targetServiceRevisionArn"]
    answer = stage.sim.call("DescribeServiceRevisions", {"serviceRevisionArns": [target, target + "0"]})
    assert answer["serviceRevisions"][0]["taskDefinition"].endswith("prometheus:2")
    assert answer["failures"][0]["reason"] == "MISSING"


def test_service_deployments_are_filtered_by_status(stage: Stage) -> None:
    """ListServiceDeployments with status."""
    stage.deploy()
    params = {"cluster": CLUSTER, "service": SERVICE, "status": ["SUCCESSFUL"]}
    found = stage.sim.call("ListServiceDeployments", params)["serviceDeployments"]
    assert [item["status"] for item in found] == ["SUCCESSFUL"]


def test_answers_can_be_as_old_as_the_describe_lag() -> None:
    """Eventual consistency: for that long Describe and List show what was; StopTask acts on what is."""
    stage = Stage(options=options(describe_lag_seconds=5))
    stage.create()
    stage.forward(10)
    holder = stage.tasks()[0]
    stage.stop(holder)
    stage.deploy()
    stage.forward(4.5)
    assert stage.listed() == [holder.arn]
    assert stage.shown(holder)["desiredStatus"] == "RUNNING"
    assert len(stage.described()["deployments"]) == 1
    stage.forward(1)
    assert holder.arn not in stage.listed()
    assert stage.shown(holder)["desiredStatus"] == "STOPPED"
    assert len(stage.described()["deployments"]) == 2


def test_answers_are_copies(stage: Stage) -> None:
    """Changing an answer changes nothing in the simulator."""
    stage.described()["deployments"].clear()
    stage.described()["deploymentConfiguration"]["maximumPercent"] = 1
    assert stage.described()["deploymentConfiguration"]["maximumPercent"] == 200
    assert stage.described()["deployments"]
