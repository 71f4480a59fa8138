"""The EventBridge events: fields, order, versions."""

import json
import re
from datetime import datetime

from rehearsal.ecs import EcsEvent
from tests.support.simulated_ecs import AFTER_INIT, INIT, Stage, main_container


def _failed_contender(stage: Stage) -> Stage:
    stage.deploy(INIT, main_container(dependsOn=AFTER_INIT))
    stage.until(lambda: any(task.last_status == "STOPPED" for task in stage.tasks(2)))
    return stage


def test_the_first_event_of_a_crash_already_says_everything(stage: Stage) -> None:
    """DEPROVISIONING carries desiredStatus STOPPED, stop code and exit codes; STOPPED is 13 to 25 s later."""
    task = _failed_contender(stage).tasks(2)[0]
    first, last = stage.events("ECS Task State Change", task)[-2:]
    for event, status in ((first, "DEPROVISIONING"), (last, "STOPPED")):
        assert (event["lastStatus"], event["desiredStatus"]) == (status, "STOPPED")
        assert event["stopCode"] == "EssentialContainerExited"
        assert event["stoppedReason"] == "Essential container in task exited"
        assert {item["name"]: item["exitCode"] for item in event["containers"]} == {
            "init-config": 0,
            "prometheus": 1,
        }
    assert "stoppedAt" not in first
    moments = [datetime.fromisoformat(item["updatedAt"]) for item in (first, last)]
    assert 13 <= (moments[1] - moments[0]).total_seconds() <= 25


def test_versions_count_the_changes_of_a_task(stage: Stage) -> None:
    """1, 2, 3 …: an event that comes twice has the same version twice."""
    task = _failed_contender(stage).tasks(2)[0]
    events = stage.events("ECS Task State Change", task)
    assert [event["version"] for event in events] == list(range(1, len(events) + 1))
    assert [event["lastStatus"] for event in events if event["lastStatus"] != "RUNNING"] == [
        "PROVISIONING",
        "PENDING",
        "DEPROVISIONING",
        "STOPPED",
    ]


def test_a_task_event_has_the_fields_of_captured_ones(stage: Stage) -> None:
    """Group, startedBy, launch type, attachments, containers with runtime ids; ISO times; plain JSON."""
    stage.update(enableExecuteCommand=True)
    task = _failed_contender(stage).tasks(2)[0]
    envelope = next(
        item.event
        for item in reversed(stage.seen)
        if isinstance(item, EcsEvent) and task.arn in str(item.event)
    )
    assert json.loads(json.dumps(envelope)) == envelope
    assert (envelope["source"], envelope["detail-type"]) == ("aws.ecs", "ECS Task State Change")
    assert envelope["resources"] == [task.arn]
    detail = envelope["detail"]
    assert detail["group"] == "service:dev-prometheus"
    assert re.fullmatch(r"ecs-svc/\d{19}", detail["startedBy"])
    assert (detail["launchType"], detail["platformVersion"]) == ("FARGATE", "1.4.0")
    assert detail["enableExecuteCommand"] is True
    assert detail["attachments"][0]["type"] == "eni"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", detail["executionStoppedAt"])
    for container in detail["containers"]:
        assert container["runtimeId"].startswith(task.id)
        assert container["networkInterfaces"][0]["privateIpv4Address"]
        assert container["managedAgents"][0]["status"] == "STOPPED"
        assert "lastStatus" not in container["managedAgents"][0]
    assert "tags" not in detail


def test_the_api_calls_the_state_of_an_agent_last_status(stage: Stage) -> None:
    """The same field has another name in DescribeTasks."""
    stage.update(enableExecuteCommand=True, forceNewDeployment=True)
    stage.forward(60)
    agents = stage.shown(stage.newest())["containers"][0]["managedAgents"]
    assert all("lastStatus" in agent and "status" not in agent for agent in agents)


def test_a_deployment_event_names_the_service_as_its_resource(stage: Stage) -> None:
    """resources is the service's ARN, and the detail has no clusterArn to filter on."""
    stage.deploy()
    envelope = next(
        item.event
        for item in stage.seen
        if isinstance(item, EcsEvent) and item.event["detail-type"] == "ECS Deployment State Change"
    )
    assert envelope["resources"] == [stage.service.arn]
    assert set(envelope["detail"]) == {"eventType", "eventName", "deploymentId", "updatedAt", "reason"}
    assert envelope["detail"]["deploymentId"] == stage.service.primary.id


def test_a_service_action_has_a_cluster_and_no_version() -> None:
    """SERVICE_STEADY_STATE after the deployment completed."""
    stage = Stage()
    stage.create(running=False)
    stage.forward(200)
    assert stage.names("ECS Deployment State Change")[-1] == "SERVICE_DEPLOYMENT_COMPLETED"
    (action,) = stage.events("ECS Service Action")
    assert (action["eventType"], action["eventName"]) == ("INFO", "SERVICE_STEADY_STATE")
    assert action["clusterArn"] == stage.service.cluster.arn
    assert "version" not in action


def test_a_user_stop_is_announced_before_the_containers_end(stage: Stage) -> None:
    """desiredStatus STOPPED while still RUNNING, then STOPPING, DEPROVISIONING, STOPPED."""
    holder = stage.tasks()[0]
    stage.stop(holder)
    stage.until(lambda: holder.last_status == "STOPPED")
    events = stage.events("ECS Task State Change", holder)
    assert [event["lastStatus"] for event in events] == ["RUNNING", "STOPPING", "DEPROVISIONING", "STOPPED"]
    assert {event["desiredStatus"] for event in events} == {"STOPPED"}
    assert {event["stopCode"] for event in events} == {"UserInitiated"}
