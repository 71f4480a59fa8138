"""How signals come in: EventBridge rules, a schedule, one queue and its dead-letter queue."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.work_queue import KEEP, filled_by, only_from, work_queue


class Signals(Construct):
    """Crashed service tasks and ended deployments in one queue, the passes that we schedule in another: a
    storm of the former delays no pass at an open incident."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        clusters: tuple[str, ...],
        visibility: cdk.Duration,
        sweep_every: cdk.Duration,
    ) -> None:
        super().__init__(scope, construct_id)
        self.dead_letters = sqs.Queue(
            self,
            "DeadLetters",
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=KEEP,
        )
        self.queue, self.passes = (
            work_queue(self, name, visibility=visibility, dead_letters=self.dead_letters)
            for name in ("Queue", "Passes")
        )
        for name, description, pattern in (
            ("CrashedTasks", "a container of a service's task failed", crashed_tasks(clusters)),
            ("UnhealthyTasks", "a service's task was replaced for its health", unhealthy_tasks(clusters)),
            ("EndedDeployments", "a deployment of a service ended", ended_deployments(clusters)),
        ):
            filled_by(self, name, description, self.queue, self.dead_letters, pattern=pattern)
        self.sweep = filled_by(
            self,
            "Sweep",
            "look for what no event told of",
            self.queue,
            self.dead_letters,
            schedule=events.Schedule.rate(sweep_every),
        )

    def only_from(self, *senders: iam.IRole) -> None:
        """See the function of this name."""
        for queue in (self.queue, self.passes):
            only_from(queue, *senders)


def crashed_tasks(clusters: tuple[str, ...]) -> events.EventPattern:
    """Tasks of services that end because an essential container exited with an error.

    On Fargate the DEPROVISIONING event already carries the stop code and the exit codes, some 13 to 25 s
    before STOPPED. EventBridge flattens arrays of objects when it matches, so a task whose containers
    exited with 0 and with 1 matches too; the function looks again.
    """
    detail: dict[str, Any] = {
        "group": [{"prefix": "service:"}],
        "desiredStatus": ["STOPPED"],
        "lastStatus": ["DEPROVISIONING", "STOPPED"],
        "stopCode": ["EssentialContainerExited"],
        "containers": {"exitCode": [{"anything-but": [0]}]},
    }
    if clusters:
        detail["clusterArn"] = list(clusters)
    return events.EventPattern(source=["aws.ecs"], detail_type=["ECS Task State Change"], detail=detail)


def unhealthy_tasks(clusters: tuple[str, ...]) -> events.EventPattern:
    """Tasks that the scheduler ended because their health checks failed, each told of once.

    The stop code is the same as for a scale-in. The task's health tells them apart, or, for the checks of a
    load balancer, AWS's own words.
    """
    detail: dict[str, Any] = {
        "group": [{"prefix": "service:"}],
        "desiredStatus": ["STOPPED"],
        "lastStatus": ["STOPPED"],
        "stopCode": ["ServiceSchedulerInitiated"],
        "$or": [{"healthStatus": ["UNHEALTHY"]}, {"stoppedReason": [{"wildcard": "*health checks*"}]}],
    }
    if clusters:
        detail["clusterArn"] = list(clusters)
    return events.EventPattern(source=["aws.ecs"], detail_type=["ECS Task State Change"], detail=detail)


def ended_deployments(clusters: tuple[str, ...]) -> events.EventPattern:
    """Deployments that completed or failed: time to verify an incident."""
    return _deployments(clusters, ["SERVICE_DEPLOYMENT_COMPLETED", "SERVICE_DEPLOYMENT_FAILED"])


def completed_deployments(clusters: tuple[str, ...]) -> events.EventPattern:
    """Deployments that completed: time to verify the service."""
    return _deployments(clusters, ["SERVICE_DEPLOYMENT_COMPLETED"])


def changed_deployments(clusters: tuple[str, ...]) -> events.EventPattern:
    """Deployments that began, completed or failed: time to say what is expected of one, and to stop."""
    begun = "SERVICE_DEPLOYMENT_IN_PROGRESS"
    return _deployments(clusters, [begun, "SERVICE_DEPLOYMENT_COMPLETED", "SERVICE_DEPLOYMENT_FAILED"])


def _deployments(clusters: tuple[str, ...], names: list[str]) -> events.EventPattern:
    """Deployments of services by what became of them.

    The detail of these events has no cluster ARN, so the filter goes by the service ARN in `resources`.
    """
    services = [cluster.replace(":cluster/", ":service/", 1) for cluster in clusters]
    prefixes = [events.Match.prefix(f"{service}/") for service in services]
    return events.EventPattern(
        source=["aws.ecs"],
        detail_type=["ECS Deployment State Change"],
        detail={"eventName": names},
        resources=events.Match.any_of(*prefixes) if prefixes else None,
    )
