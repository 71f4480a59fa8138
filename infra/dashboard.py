"""The CloudWatch dashboard: what Unwedge did, how fast, and its newest decisions in words."""

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.function import METRICS_NAMESPACE, SERVICE

FULL_WIDTH = 24
HALF_WIDTH = 12
NEWEST_DECISIONS = (
    "fields @timestamp, cluster, service, verdict, sentence, mode, outcome, seconds_to_stop, gap_seconds",
    'filter message = "decision"',
    "sort @timestamp desc",
    "limit 50",
)
_INTRODUCTION = """# Unwedge
Frees ECS services that are wedged on a storage lock. **Stops** are tasks it stopped, **would stop** those it
would have stopped in enforce mode, **escalations** services that need a person: find their sentence in the
newest decisions below. Signals in the dead-letter queue were not decided on."""


def count(name: str, label: str | None, period: cdk.Duration) -> cloudwatch.Metric:
    """How often something happened in each period. An alarm's metric has no label."""
    return _metric(name, label, period, "Sum")


class Dashboard(Construct):
    """One page for operators, readable without knowing the code."""

    def __init__(
        self, scope: Construct, construct_id: str, *, log_group: logs.ILogGroup, dead_letters: sqs.IQueue
    ) -> None:
        super().__init__(scope, construct_id)
        self.dashboard = cloudwatch.Dashboard(
            self,
            "Dashboard",
            default_interval=cdk.Duration.days(1),
            widgets=[
                [cloudwatch.TextWidget(markdown=_INTRODUCTION, width=FULL_WIDTH, height=3)],
                [_totals(dead_letters)],
                [_activity(), _times()],
                [_newest_decisions(log_group)],
            ],
        )

    @property
    def name(self) -> str:
        """The name that CloudFormation gave the dashboard."""
        resource = self.dashboard.node.default_child
        assert isinstance(resource, cloudwatch.CfnDashboard)
        return resource.ref


def _totals(dead_letters: sqs.IQueue) -> cloudwatch.IWidget:
    day = cdk.Duration.days(1)
    return cloudwatch.SingleValueWidget(
        title="In the time range",
        metrics=[
            count("Decisions", "Decisions", day),
            count("Stops", "Stops", day),
            count("WouldStop", "Would stop", day),
            count("Recovered", "Recovered", day),
            count("Escalations", "Escalations", day),
            count("CannotVerify", "Cannot verify", day),
            count("NothingRuns", "Nothing runs", day),
            dead_letters.metric_approximate_number_of_messages_visible(
                label="Dead letters", period=cdk.Duration.minutes(5), statistic="Maximum"
            ),
        ],
        set_period_to_time_range=True,
        width=FULL_WIDTH,
        height=4,
    )


def _activity() -> cloudwatch.IWidget:
    period = cdk.Duration.minutes(5)
    return cloudwatch.GraphWidget(
        title="Signals and what came of them",
        left=[
            count("Signals", "Signals", period),
            count("SignalsRefused", "Signals refused", period),
            count("Decisions", "Decisions", period),
        ],
        right=[
            count("Stops", "Stops", period),
            count("Recovered", "Recovered", period),
            count("Escalations", "Escalations", period),
        ],
        left_y_axis=cloudwatch.YAxisProps(min=0, show_units=False),
        right_y_axis=cloudwatch.YAxisProps(min=0, show_units=False),
        width=HALF_WIDTH,
        height=7,
    )


def _times() -> cloudwatch.IWidget:
    period = cdk.Duration.minutes(5)
    return cloudwatch.GraphWidget(
        title="Seconds, the slowest in each five minutes",
        left=[
            _metric("SecondsToDetect", "Failure to decision", period, "Maximum"),
            _metric("SecondsToStop", "Failure to stop", period, "Maximum"),
            _metric("SecondsToRecover", "Failure to recovery", period, "Maximum"),
            _metric("GapSeconds", "Gap without a writer", period, "Maximum"),
        ],
        left_y_axis=cloudwatch.YAxisProps(min=0, label="s", show_units=False),
        width=HALF_WIDTH,
        height=7,
    )


def _newest_decisions(log_group: logs.ILogGroup) -> cloudwatch.IWidget:
    return cloudwatch.LogQueryWidget(
        title="Newest decisions",
        log_group_names=[log_group.log_group_name],
        query_lines=list(NEWEST_DECISIONS),
        view=cloudwatch.LogQueryVisualizationType.TABLE,
        width=FULL_WIDTH,
        height=9,
    )


def _metric(name: str, label: str | None, period: cdk.Duration, statistic: str) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace=METRICS_NAMESPACE,
        metric_name=name,
        dimensions_map={"service": SERVICE},
        label=label,
        period=period,
        statistic=statistic,
    )
