"""Builds a scenario's services through the ECS API, as their owner's infrastructure code would."""

from collections.abc import Callable, Mapping
from typing import Any

from rehearsal.scenario.listed import LISTED, data_of, image_of
from rehearsal.scenario.model import DescribedService, Revision, Service, Step, StepKind, Volume

MAIN_CONTAINER = "prometheus"
INIT_CONTAINER = "init-config"
ROUTER_CONTAINER = "log-router"
_DATA = "prometheus-data"
_REGION = "us-east-1"

Call = Callable[[str, Mapping[str, Any]], Mapping[str, Any]]


def task_definition(story: DescribedService, revision: int, *, log_driver: str) -> dict[str, Any]:
    """RegisterTaskDefinition parameters of one revision, in the shape of the real incident's service."""
    service = story.service
    containers = [_main_container(story, revision, log_driver)]
    if service.init_container:
        containers.insert(0, _init_container(service, _place(story.revisions[revision - 1])))
    if log_driver == "awsfirelens":
        containers.append(_router_container(service))
    return {
        "family": service.family or service.name,
        "requiresCompatibilities": ["FARGATE"],
        "networkMode": "awsvpc",
        "cpu": "512",
        "memory": "1024",
        "executionRoleArn": f"arn:aws:iam::000000000000:role/{service.name}-execution",
        "taskRoleArn": f"arn:aws:iam::000000000000:role/{service.name}-task",
        "containerDefinitions": containers,
        "volumes": [_volume(story.volume_of(revision))],
    }


def _place(revision: Revision) -> str:
    """Where a revision's main container has its volume."""
    return data_of(LISTED[revision.listed]) if revision.listed else "/prometheus"


def _main_container(story: DescribedService, revision: int, log_driver: str) -> dict[str, Any]:
    service, runs = story.service, story.revisions[revision - 1]
    container: dict[str, Any] = {
        "name": MAIN_CONTAINER,
        "image": "prom/prometheus:v2.53.5",
        "essential": True,
        "user": "65534",
        "command": [
            "--config.file=/prometheus/config/prometheus.yml",
            "--storage.tsdb.path=/prometheus/data",
        ],
        "environment": [{"name": "CONFIGURATION_REVISION", "value": str(revision)}],
        "portMappings": [{"containerPort": 9090, "protocol": "tcp"}],
        "mountPoints": [{"sourceVolume": _DATA, "containerPath": _place(runs)}],
        "logConfiguration": _log_configuration(service, MAIN_CONTAINER, log_driver),
        "stopTimeout": service.stop_timeout,
    }
    if runs.listed:
        container["image"] = image_of(LISTED[runs.listed])
        del container["command"], container["user"], container["portMappings"]
    if service.init_container:
        container["dependsOn"] = [{"containerName": INIT_CONTAINER, "condition": "SUCCESS"}]
    if check := service.health_check:
        container["healthCheck"] = {
            "command": ["CMD-SHELL", "wget -q -O /dev/null http://localhost:9090/-/healthy || exit 1"],
            "interval": check.interval,
            "timeout": check.timeout,
            "retries": check.retries,
            "startPeriod": check.start_period,
        }
    return container


def _init_container(service: Service, place: str) -> dict[str, Any]:
    return {
        "name": INIT_CONTAINER,
        "image": "amazon/aws-cli:2.27.0",
        "essential": False,
        "command": ["s3", "cp", f"s3://{service.name}-config/", f"{place}/config/", "--recursive"],
        "mountPoints": [{"sourceVolume": _DATA, "containerPath": place}],
        "logConfiguration": _log_configuration(service, INIT_CONTAINER, "awslogs"),
    }


def _router_container(service: Service) -> dict[str, Any]:
    return {
        "name": ROUTER_CONTAINER,
        "image": "public.ecr.aws/aws-observability/aws-for-fluent-bit:stable",
        "essential": True,
        "firelensConfiguration": {"type": "fluentbit"},
        "logConfiguration": _log_configuration(service, ROUTER_CONTAINER, "awslogs"),
    }


def _log_configuration(service: Service, container: str, driver: str) -> dict[str, Any]:
    if driver == "awsfirelens":
        return {"logDriver": driver, "options": {"Name": "firehose", "region": _REGION}}
    options = {
        "awslogs-group": f"/ecs/{service.name}/prometheus",
        "awslogs-region": _REGION,
        "awslogs-stream-prefix": "prometheus" if container == MAIN_CONTAINER else "setup",
    }
    return {"logDriver": driver, "options": options}


def _volume(volume: Volume) -> dict[str, Any]:
    efs: dict[str, Any] = {
        "fileSystemId": volume.file_system,
        "rootDirectory": volume.root_directory,
        "transitEncryption": "ENABLED",
    }
    if volume.access_point:
        efs["authorizationConfig"] = {"accessPointId": volume.access_point, "iam": "ENABLED"}
    return {"name": _DATA, "efsVolumeConfiguration": efs}


def create(
    call: Call,
    create_service: Callable[[Mapping[str, Any]], object],
    story: DescribedService,
    *,
    log_driver: str,
    registry: str | None = None,
) -> None:
    """Create the cluster if need be, register revision 1, and create the service by ``create_service``.
    ``registry`` is the ARN of its Cloud Map service."""
    service = story.service
    call("CreateCluster", {"clusterName": service.cluster})
    definition = _register(call, story, 1, log_driver)
    create_service(
        {
            "cluster": service.cluster,
            "serviceName": service.name,
            "taskDefinition": definition,
            "desiredCount": service.desired_count,
            "launchType": "FARGATE",
            "enableExecuteCommand": True,
            "serviceRegistries": [{"registryArn": registry}] if registry else [],
            "deploymentConfiguration": {
                "minimumHealthyPercent": service.minimum_healthy_percent,
                "maximumPercent": service.maximum_percent,
                "deploymentCircuitBreaker": {
                    "enable": service.circuit_breaker.enable,
                    "rollback": service.circuit_breaker.rollback,
                },
            },
            "networkConfiguration": {
                "awsvpcConfiguration": {"subnets": ["subnet-0a1b2c3d"], "securityGroups": ["sg-0a1b2c3d"]}
            },
            "tags": [{"key": key, "value": value} for key, value in service.tags.items()],
        },
    )


def _register(call: Call, story: DescribedService, revision: int, log_driver: str) -> str:
    answer = call("RegisterTaskDefinition", task_definition(story, revision, log_driver=log_driver))
    arn: str = answer["taskDefinition"]["taskDefinitionArn"]
    return arn


def api_step(call: Call, story: DescribedService, step: Step, *, log_driver: str) -> str:
    """Do one of the steps that are plain API calls; returns what the operator did, in words."""
    service = story.service
    target = {"cluster": service.cluster, "service": service.name}
    match step.do:
        case StepKind.DEPLOY:
            assert step.revision is not None
            definition = _register(call, story, step.revision, log_driver)
            call("UpdateService", {**target, "taskDefinition": definition})
            return f"deploys revision {step.revision} of {service.name}"
        case StepKind.FORCE_DEPLOYMENT:
            call("UpdateService", {**target, "forceNewDeployment": True})
            return f"forces a new deployment of {service.name}"
        case StepKind.SCALE:
            call("UpdateService", {**target, "desiredCount": step.desired_count})
            return f"asks for {step.desired_count} task(s) of {service.name}"
        case StepKind.TAG:
            arn = call("DescribeServices", {"cluster": service.cluster, "services": [service.name]})[
                "services"
            ][0]["serviceArn"]
            tags = [{"key": key, "value": value} for key, value in (step.tags or {}).items()]
            call("TagResource", {"resourceArn": arn, "tags": tags})
            return f"tags {service.name}: " + ", ".join(f"{tag['key']}={tag['value']}" for tag in tags)
        case StepKind.ROLL_BACK:
            listed = call("ListServiceDeployments", target)["serviceDeployments"]
            call(
                "StopServiceDeployment",
                {"serviceDeploymentArn": listed[0]["serviceDeploymentArn"], "stopType": "ROLLBACK"},
            )
            return f"rolls the deployment of {service.name} back"
        case _:
            raise ValueError(f"{step.do} is not an API call")
