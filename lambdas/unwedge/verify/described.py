"""What a verification needs of ECS's answers beyond the model: a service's settings, a task's agents, what a
task definition says that ECS Exec depends on. Pure."""

from collections.abc import Mapping
from typing import Any

from unwedge.model.service import Service
from unwedge.observe import parse
from unwedge.observe.definitions import objects, text
from unwedge.observe.reads import understood
from unwedge.verify.facts import Agent, ContainerState, ExecSetup, RunningTask

Json = Mapping[str, Any]
_CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")


def one_at_a_time(service: Json) -> bool:
    """Whether a deployment stops the old task before it starts the new one."""
    settings = service.get("deploymentConfiguration") or {}
    return settings.get("maximumPercent") == 100 and settings.get("minimumHealthyPercent") == 0


def registries(service: Json) -> tuple[str, ...]:
    """The ARNs of the Cloud Map services that ECS registers the tasks with."""
    return tuple(
        found
        for item in objects(service.get("serviceRegistries"))
        if (found := text(item.get("registryArn")))
    )


def tag(service: Json, name: str) -> str | None:
    """The value of a tag of the service."""
    return next((item.get("value") for item in objects(service.get("tags")) if item.get("key") == name), None)


def exec_setup(definition: Json, container: str) -> ExecSetup:
    """What a task definition says that ECS Exec depends on. Of the environment only names are looked at."""
    found = next(
        (item for item in objects(definition.get("containerDefinitions")) if item.get("name") == container),
        {},
    )
    names = {item.get("name") for key in ("environment", "secrets") for item in objects(found.get(key))}
    linux = found.get("linuxParameters") or {}
    return ExecSetup(
        text(definition.get("taskRoleArn")),
        read_only_root=found.get("readonlyRootFilesystem") is True,
        credentials=tuple(name for name in _CREDENTIALS if name in names),
        init_process=linux.get("initProcessEnabled") is True,
        pid_mode=text(definition.get("pidMode")),
    )


def parsed(service: Json) -> Service:
    """The service in the model's words. Raises ReadError."""
    return understood("ecs:DescribeServices", parse.service, service)


def running_task(data: Json) -> RunningTask | None:
    task = parse.task(data)
    if task is None:
        return None
    details = {
        str(item.get("name")): text(item.get("value"))
        for attachment in objects(data.get("attachments"))
        if attachment.get("type") == "ElasticNetworkInterface"
        for item in objects(attachment.get("details"))
    }
    return RunningTask(
        task,
        exec_enabled=data.get("enableExecuteCommand") is True,
        containers=tuple(_container(item) for item in objects(data.get("containers"))),
        launch_type=text(data.get("launchType")) or "",
        platform_version=text(data.get("platformVersion")) or "",
        address=details.get("privateIPv4Address"),
        subnet=details.get("subnetId"),
    )


def _container(data: Json) -> ContainerState:
    agents = [
        Agent(
            text(item.get("lastStatus")) or "",
            text(item.get("reason")) or "",
            parse.moment(item.get("lastStartedAt")),
        )
        for item in objects(data.get("managedAgents"))
        if item.get("name") == "ExecuteCommandAgent"
    ]
    return ContainerState(
        text(data.get("name")) or "",
        text(data.get("lastStatus")) or "",
        text(data.get("healthStatus")) or "",
        agents[0] if agents else None,
    )
