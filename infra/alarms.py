"""The alarms, each with a description that says what to do."""

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.dashboard import count

PERIOD = cdk.Duration.minutes(1)


class Alarms(Construct):
    """Raised at the first occurrence; silence is good."""

    def __init__(
        self, scope: Construct, construct_id: str, *, function: lambda_.IFunction, dead_letters: sqs.IQueue
    ) -> None:
        super().__init__(scope, construct_id)
        self._alarm(
            "DeadLetters",
            dead_letters.metric_approximate_number_of_messages_visible(period=PERIOD, statistic="Maximum"),
            "Signals were not decided on. Read the newest errors in the remediator's log group, mend the "
            "cause, then redrive the dead-letter queue: a late signal does no harm.",
        )
        self._alarm(
            "Errors",
            function.metric_errors(period=PERIOD),
            "The remediator crashed or timed out. Its log group has the error; signals are retried and end "
            "in the dead-letter queue after five tries.",
        )
        self._alarm(
            "SignalsFailed",
            count("SignalsFailed", None, PERIOD),
            "A signal could not be handled and was given back to the queue. Find `signal not handled` in the "
            "remediator's log group: a wrong setting or a denied call on the ledger or the queue are likely.",
        )
        self._alarm(
            "NothingRuns",
            count("NothingRuns", None, PERIOD),
            "No task of a service runs any more. Find the service among the newest decisions on the "
            "dashboard and look at its stopped tasks and events in ECS now.",
        )
        self._alarm(
            "Escalations",
            count("Escalations", None, PERIOD),
            "Unwedge gave up on a service and needs a person. The newest decisions on the dashboard name the "
            "service and say why, with the task that holds the lock.",
        )

    def _alarm(self, construct_id: str, metric: cloudwatch.IMetric, description: str) -> None:
        cloudwatch.Alarm(
            self,
            construct_id,
            metric=metric,
            threshold=1,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            evaluation_periods=1,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
            alarm_description=description,
        )
