"""Queues of work: what fills them, who may, and the function that works them off."""

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct, IDependable

TRIES = 5
KEEP = cdk.Duration.days(14)


def work_queue(
    scope: Construct, construct_id: str, *, visibility: cdk.Duration, dead_letters: sqs.IQueue
) -> sqs.Queue:
    """A queue that gives up a message after so many tries and keeps it as a dead letter."""
    return sqs.Queue(
        scope,
        construct_id,
        # A customer key would need a key policy for EventBridge; messages hold no secrets.
        encryption=sqs.QueueEncryption.SQS_MANAGED,
        enforce_ssl=True,
        visibility_timeout=visibility,
        retention_period=KEEP,
        dead_letter_queue=sqs.DeadLetterQueue(queue=dead_letters, max_receive_count=TRIES),
    )


def patience(timeout: cdk.Duration) -> cdk.Duration:
    """How long a message is hidden while a function with this timeout is at it: six times as long, as AWS
    asks for (AWS Lambda, "Using Lambda with Amazon SQS")."""
    return cdk.Duration.seconds(6 * timeout.to_seconds())


def filled_by(
    scope: Construct,
    construct_id: str,
    description: str,
    queue: sqs.IQueue,
    dead_letters: sqs.IQueue,
    *,
    pattern: events.EventPattern | None = None,
    schedule: events.Schedule | None = None,
) -> events.Rule:
    """A rule that brings events, or the schedule, into a queue."""
    return events.Rule(
        scope,
        construct_id,
        description=f"Unwedge: {description}",
        event_pattern=pattern,
        schedule=schedule,
        targets=[targets.SqsQueue(queue, dead_letter_queue=dead_letters)],
    )


def worked_off_by(
    scope: Construct,
    construct_id: str,
    function: lambda_.IFunction,
    queue: sqs.IQueue,
    policy: IDependable,
    *,
    concurrency: int,
    batch: int = 1,
) -> None:
    """Give a queue's messages to a function, whose policy lets it read them."""
    source = lambda_.EventSourceMapping(
        scope,
        construct_id,
        target=function,
        event_source_arn=queue.queue_arn,
        batch_size=batch,
        report_batch_item_failures=True,
        max_concurrency=concurrency,
    )
    # Lambda refuses a mapping whose role cannot read the queue yet.
    source.node.add_dependency(policy)


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
