"""The saved queries of Logs Insights: where to dig when the page ends."""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.dashboard.queries import Query


class SavedQueries(Construct):
    """The queries in the list of Logs Insights, in a folder named after the stack: names are unique there."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        queries: Sequence[Query],
        log_groups: Sequence[logs.ILogGroup],
    ) -> None:
        super().__init__(scope, construct_id)
        folder = cdk.Stack.of(self).stack_name
        for query in queries:
            # The construct of the CDK takes commands apart; this one takes the text that the widget has.
            logs.CfnQueryDefinition(
                self,
                query.name.title().replace(" ", ""),
                name=f"{folder}/{query.name}",
                query_string=query.text,
                log_group_names=[group.log_group_name for group in log_groups],
            )
