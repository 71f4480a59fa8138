"""How signals come in: EventBridge rules, a schedule, one queue and its dead-letter queue."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sqs as sqs
from constructs import Construct

TRIES = 5
KEEP = cdk.Duration.days(14)


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
        self.queue = self._queue("Queue", visibility)
        self.passes = self._queue("Passes", visibility)
        self._rule("CrashedTasks", "a container of a service's task failed", crashed_tasks(clusters))
        self._rule(
            "UnhealthyTasks", "a service's task was replaced for its health", unhealthy_tasks(clusters)
        )
        self._rule("EndedDeployments", "a deployment of a service ended", ended_deployments(clusters))

        self.sweep = self._schedule("Sweep", "look for what no event told of", sweep_every)

    def only_from(self, *senders: iam.IRole) -> None:
        """See the function of this name."""
        for queue in (self.queue, self.passes):
            only_from(queue, *senders)

    def _queue(self, construct_id: str, visibility: cdk.Duration) -> sqs.Queue:
        return sqs.Queue(
            self,
            construct_id,
            # A customer key would need a key policy for EventBridge; signals hold no secrets.
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            visibility_timeout=visibility,
            retention_period=KEEP,
            dead_letter_queue=sqs.DeadLetterQueue(queue=self.dead_letters, max_receive_count=TRIES),
        )

    def _rule(self, construct_id: str, description: str, pattern: events.EventPattern) -> None:
        events.Rule(
            self,
            construct_id,
            description=f"Unwedge: {description}",
            event_pattern=pattern,
            targets=[self._target()],
        )

    def _schedule(self, construct_id: str, description: str, every: cdk.Duration) -> events.Rule:
        return events.Rule(
            self,
            construct_id,
            description=f"Unwedge: {description}",
            schedule=events.Schedule.rate(every),
            targets=[self._target()],
        )

    def _target(self) -> targets.SqsQueue:
        return targets.SqsQueue(self.queue, dead_letter_queue=self.dead_letters)


def only_from(queue: sqs.Queue, *senders: iam.IRole) -> None:
    """Let nobody but EventBridge and these roles send to a queue, whatever other policies of the account
    allow. EventBridge is an AWS service, and the queue's policy admits its rules only."""
    queue.add_to_resource_policy(
        iam.PolicyStatement(
            sid="OnlyFromOurs",
            effect=iam.Effect.DENY,
            principals=[iam.AnyPrincipal()],
            actions=["sqs:SendMessage"],
            resources=[queue.queue_arn],
            conditions={
                "ArnNotEquals": {"aws:PrincipalArn": [role.role_arn for role in senders]},
                "Bool": {"aws:PrincipalIsAWSService": "false"},
            },
        )
    )


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
