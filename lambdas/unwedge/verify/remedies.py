"""What to change for each cause that keeps ECS Exec from working: in Terraform, in the CDK, on the command
line. Names of arguments are those of the AWS provider's documentation, the CDK's API and the CLI's reference.
"""

from typing import NamedTuple

from unwedge.model.service import Task
from unwedge.verify.causes import ACTIONS, Cause
from unwedge.verify.facts import Facts

# ECS gives a container so long between SIGTERM and SIGKILL unless stopTimeout says otherwise.
_STOP_SECONDS = 30


class _Change(NamedTuple):
    """The same change in three tools. `replaces`: it reaches new tasks only."""

    what: str
    terraform: str
    cdk: str
    cli: str
    replaces: bool = False

    def __str__(self) -> str:
        return f"{self.what} Terraform: {self.terraform}. CDK: {self.cdk}. CLI: {self.cli}."


_SERVICE = "aws ecs update-service --cluster {cluster} --service {service}"
_NEW_DEFINITION = (
    "aws ecs register-task-definition with CHANGED, then " + _SERVICE + " --task-definition FAMILY"
)
_ENABLE = _Change(
    "Enable it on the service, and replace the task.",
    "enable_execute_command = true in aws_ecs_service",
    "enableExecuteCommand: true of the service",
    _SERVICE + " --enable-execute-command --force-new-deployment",
    replaces=True,
)
_IN_ROLE = "an inline policy that allows ACTIONS on *"
_CHANGES = {
    Cause.NOT_ENABLED: _ENABLE,
    Cause.STARTED_BEFORE: _Change(
        "Replace the task: it is enabled on the service already.",
        "force_new_deployment = true in aws_ecs_service",
        "a change of the service's forceNewDeployment, or of its task definition",
        _SERVICE + " --force-new-deployment",
        replaces=True,
    ),
    Cause.PLATFORM_TOO_OLD: _Change(
        "Use platform version 1.4.0 or LATEST.",
        'platform_version = "LATEST" in aws_ecs_service',
        "platformVersion: FargatePlatformVersion.LATEST of the service",
        _SERVICE + " --platform-version LATEST --force-new-deployment",
        replaces=True,
    ),
    Cause.NO_AGENT: _Change(
        "Replace the task; on EC2, update the container agent first (1.50.2 or later).",
        "force_new_deployment = true in aws_ecs_service",
        "a newer machine image of the Auto Scaling group, EcsOptimizedImage.amazonLinux2023()",
        _SERVICE + " --force-new-deployment; on EC2 first aws ecs update-container-agent",
        replaces=True,
    ),
    Cause.READ_ONLY_ROOT: _Change(
        "Let the container write to its root file system: AWS supports ECS Exec with no read-only one.",
        "readonlyRootFilesystem = false in container_definitions",
        "readonlyRootFilesystem: false of the container",
        _NEW_DEFINITION.replace("CHANGED", "readonlyRootFilesystem false"),
        replaces=True,
    ),
    Cause.CREDENTIALS: _Change(
        "Take the credentials out of the container's environment, and give what they were for to the task "
        "role.",
        "no AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in environment and secrets of container_definitions",
        "neither of them in environment and secrets of the container",
        _NEW_DEFINITION.replace("CHANGED", "neither of them in environment and secrets"),
        replaces=True,
    ),
    Cause.NO_TASK_ROLE: _Change(
        "Give the task definition a task role that may use ssmmessages.",
        "task_role_arn in aws_ecs_task_definition",
        "taskRole of the task definition; with enableExecuteCommand the CDK grants what is needed",
        _NEW_DEFINITION.replace("CHANGED", "taskRoleArn"),
        replaces=True,
    ),
    Cause.ROLE_LACKS: _Change(
        "Allow the task role what the agent needs; the agent tries again by itself.",
        "aws_iam_role_policy with ssmmessages:CreateControlChannel, CreateDataChannel, OpenControlChannel "
        "and OpenDataChannel on *",
        "enableExecuteCommand: true of the service grants it",
        "aws iam put-role-policy --role-name ROLE with " + _IN_ROLE.replace("ACTIONS", ", ".join(ACTIONS)),
    ),
    Cause.NO_ROUTE: _Change(
        "Give the subnet a way to Session Manager on port 443: an ssmmessages endpoint, or a NAT gateway.",
        'aws_vpc_endpoint with service_name "com.amazonaws.REGION.ssmmessages" and vpc_endpoint_type '
        '"Interface"',
        "vpc.addInterfaceEndpoint('SsmMessages', {service: InterfaceVpcEndpointAwsService.SSM_MESSAGES})",
        "aws ec2 create-vpc-endpoint --vpc-endpoint-type Interface --service-name "
        "com.amazonaws.REGION.ssmmessages",
    ),
    Cause.ENDPOINT_CLOSED: _Change(
        "Let the task's security group in on port 443 of the endpoint's security group.",
        "aws_vpc_security_group_ingress_rule with from_port and to_port 443",
        "endpoint.connections.allowDefaultPortFrom(service)",
        "aws ec2 authorize-security-group-ingress --protocol tcp --port 443",
    ),
    Cause.AGENT_STOPPED: _Change(
        "Replace the task: an agent that has stopped does not start again.",
        "force_new_deployment = true in aws_ecs_service",
        "a change of the service's forceNewDeployment, or of its task definition",
        _SERVICE + " --force-new-deployment",
        replaces=True,
    ),
    Cause.NO_SHELL: _Change(
        "The checks inside the container need /bin/sh: use an image that has one, or set the tag "
        "unwedge:endpoints to off.",
        "the image in container_definitions, without -distroless",
        "ContainerImage.fromRegistry without -distroless",
        _NEW_DEFINITION.replace("CHANGED", "another image") + "; or aws ecs tag-resource --tags "
        "key=unwedge:endpoints,value=off",
        replaces=True,
    ),
    Cause.ENCRYPTED: _Change(
        "Unwedge opens no sessions that are encrypted with a key of yours; the AWS CLI does. Either check by "
        "hand, or take kmsKeyId out of the cluster's configuration: TLS stays.",
        "no kms_key_id in execute_command_configuration of aws_ecs_cluster",
        "no kmsKey in executeCommandConfiguration of the cluster",
        "aws ecs update-cluster --cluster {cluster} --configuration "
        "executeCommandConfiguration={logging=DEFAULT}",
    ),
    Cause.CALLER_DENIED: _Change(
        "Allow ecs:ExecuteCommand on the cluster and its tasks to whoever calls; for Unwedge "
        "that is the setting "
        "execClusters.",
        "aws_iam_role_policy with ecs:ExecuteCommand",
        "execClusters in cdk.json for Unwedge; grantExecuteCommand is what to write for others",
        "aws iam put-role-policy --role-name ROLE with ecs:ExecuteCommand",
    ),
    Cause.LOGGING_LACKS: _Change(
        "Allow the task role to write where the cluster logs sessions.",
        "aws_iam_role_policy with these actions",
        "executeCommandConfiguration of the cluster grants it to services with enableExecuteCommand",
        "aws iam put-role-policy --role-name ROLE with these actions",
    ),
}
_IN_WORDS = {
    Cause.STARTING: "Verify again in a minute.",
    Cause.UNREACHABLE: "Look at the way from Unwedge to ssmmessages on port 443, a proxy included.",
    Cause.UNTRUSTED: "Look for a proxy that breaks TLS open between Unwedge and ssmmessages.",
    Cause.CLOSED: "Verify again; if it stays, read what aws ecs execute-command says.",
    Cause.TIMED_OUT: "Verify again; if it stays, the container has too little CPU, or its endpoints hang.",
    Cause.UNKNOWN: "Try aws ecs execute-command --debug, and look at what could not be seen here.",
}


def remedy(cause: Cause, facts: Facts) -> str:
    """What to change, for people. A change that replaces the task says what that does to a service like
    this one."""
    change = _CHANGES.get(cause)
    if change is None:
        return _IN_WORDS[cause]
    cluster, name = facts.service.arn.split("/")[-2:]
    text = str(change).replace("{cluster}", cluster).replace("{service}", name)
    return f"{text} {_replacing(facts)}" if change.replaces else text


def _replacing(facts: Facts) -> str:
    """What a forced deployment does to a service whose tasks share one lock, and the order that avoids it."""
    shares = facts.spec is not None and facts.spec.shares
    if not shares:
        return ""
    gap = _gap(facts.task.task if facts.task else None)
    if facts.one_at_a_time:
        return f"The old task is stopped before the new one starts: expect about {gap} s without a writer."
    return (
        "A forced deployment starts the new task beside the old one, which is the very deadlock that Unwedge "
        "is for. To avoid it, first set maximumPercent to 100 and minimumHealthyPercent to 0 (and "
        "availabilityZoneRebalancing to DISABLED), then force the deployment: the old task is stopped first, "
        f"and for about {gap} s nobody writes."
    )


def _gap(task: Task | None) -> int:
    """Seconds from the old task's SIGTERM to the new one running, as this task took to start."""
    took = 60.0
    if task and task.created_at and task.started_at:
        took = max(0.0, (task.started_at - task.created_at).total_seconds())
    return round(_STOP_SECONDS + took)
