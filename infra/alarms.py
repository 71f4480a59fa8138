"""The alarms, each with a description that says what to do."""

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.dashboard import count

PERIOD = cdk.Duration.minutes(1)


class Alarms(Construct):
    """Raised at the first occurrence; silence is good, but for the sweep."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        function: lambda_.IFunction,
        approver: lambda_.IFunction,
        dead_letters: sqs.IQueue,
        sweep_every: cdk.Duration,
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
            "ApproverErrors",
            approver.metric_errors(period=PERIOD),
            "A person's answer could not be taken. Read the newest errors in the approver's log group, then "
            "answer again: nothing was stopped that the answer did not say.",
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

        self._alarm(
            "SweepsFailed",
            count("SweepsFailed", None, PERIOD),
            "AWS did not let a sweep read a cluster. Find `sweep failed` in the remediator's log group: it "
            "names the call and the answer. Until then lost events are not made up for.",
        )
        self._sweep_alarm(sweep_every)

    def _sweep_alarm(self, every: cdk.Duration) -> None:
        """The one alarm that rings on silence."""
        cloudwatch.Alarm(
            self,
            "NoSweep",
            metric=count("Sweeps", None, every),
            threshold=1,
            comparison_operator=cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
            evaluation_periods=3,
            treat_missing_data=cloudwatch.TreatMissingData.BREACHING,
            alarm_description="No sweep has ended for three times its interval, so Unwedge may not run at "
            "all. See that the rule for sweeps is enabled, that the queue's messages do not grow old, and "
            "what the remediator's log group says last.",
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
