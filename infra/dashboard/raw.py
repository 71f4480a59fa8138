"""The raw log on the page: tables that Logs Insights makes of the functions' structured lines."""

from collections.abc import Iterable, Sequence

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_logs as logs

from infra.dashboard.panels import Row, heading
from infra.dashboard.queries import Query

_HEADING = """## Raw
The functions' own log lines. More queries are saved in Logs Insights, *Saved and sample queries*, folder
**{folder}**: all decisions of one service, notifications to people, what needed no pass, sweeps."""


def raw(queries: Iterable[Query], log_groups: Sequence[logs.ILogGroup]) -> list[Row]:
    """All rows of this part of the page. Widgets that do not fit beside the ones before them begin a row."""
    folder = log_groups[0].stack.stack_name
    tables: Row = [_table(query, log_groups) for query in queries if query.width]
    return [[heading(_HEADING.format(folder=folder), height=2)], tables]


def _table(query: Query, log_groups: Sequence[logs.ILogGroup]) -> cloudwatch.IWidget:
    return cloudwatch.LogQueryWidget(
        title=query.name,
        log_group_names=[group.log_group_name for group in log_groups],
        query_lines=list(query.commands),
        view=cloudwatch.LogQueryVisualizationType.TABLE,
        width=query.width,
        height=query.height,
    )
