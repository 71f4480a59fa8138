"""The dashboard from top to bottom: a heading, the present, what is verified, the posture, the newest
decisions, the trends, the raw log."""

from collections.abc import Mapping

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.dashboard.panels import FULL_WIDTH, Row, heading
from infra.dashboard.queries import QUERIES, REPAIRS
from infra.dashboard.raw import raw
from infra.dashboard.saved import SavedQueries
from infra.dashboard.trends import Watched, trends
from infra.function import AssetFunction

# Deployments are rare: a day would mostly be empty.
_TIME_RANGE = cdk.Duration.days(7)
_INTRODUCTION = """# Unwedge
Frees ECS services that are wedged on a storage lock: it stops the task of the old revision that holds the
lock which the new one needs. It acts only for services in mode **enforce**; of the others it says what it
would do. From top to bottom: what is wedged now, which services worked after their newest deployment,
what the next deployment of each will do to its data, the newest decisions, the trends, the raw log."""


def dashboard_name(scope: Construct) -> str:
    """The dashboard's name, known before it is made: it shows the functions that link to it.

    Dashboards of all regions share one list of names.
    """
    stack = cdk.Stack.of(scope)
    return f"{stack.stack_name}-{stack.region}"


class Dashboard(Construct):
    """One page for operators, readable without knowing the code.

    `functions` by the names that the page calls them. One is the `viewer`, which draws what no metric can:
    the open incidents, and the decisions in words. `repairs`: whether the stack may repair services.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        functions: Mapping[str, AssetFunction],
        signals: sqs.IQueue,
        passes: sqs.IQueue,
        dead_letters: sqs.IQueue,
        viewer: lambda_.IFunction,
        repairs: bool,
    ) -> None:
        super().__init__(scope, construct_id)
        log_groups = [function.log_group for function in functions.values()]
        watched = {name: function.function for name, function in functions.items()}
        queries = (*QUERIES, REPAIRS) if repairs else QUERIES
        SavedQueries(self, "Queries", queries=queries, log_groups=log_groups)
        cloudwatch.Dashboard(
            self,
            "Dashboard",
            dashboard_name=dashboard_name(self),
            default_interval=_TIME_RANGE,
            widgets=[
                [heading(_INTRODUCTION, height=3)],
                *_seen_by(viewer),
                *trends(Watched(watched, viewer, signals, passes, dead_letters, repairs)),
                *raw(queries, log_groups),
            ],
        )


def _seen_by(viewer: lambda_.IFunction) -> list[Row]:
    return [
        [_view(viewer, "Now", "now", height=9)],
        [_view(viewer, "Verified", "verified", height=7)],
        [_view(viewer, "Posture", "posture", height=9)],
        [_view(viewer, "Decisions", "decisions", height=14)],
    ]


def _view(viewer: lambda_.IFunction, title: str, view: str, *, height: int) -> cloudwatch.IWidget:
    return cloudwatch.CustomWidget(
        title=title,
        function_arn=viewer.function_arn,
        params={"view": view},
        update_on_refresh=True,
        update_on_resize=True,
        update_on_time_range_change=True,
        width=FULL_WIDTH,
        height=height,
    )
