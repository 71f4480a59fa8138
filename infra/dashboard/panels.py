"""Pieces of the dashboard: a graph or numbers, with what they mean and when to worry beside them."""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch

FULL_WIDTH = 24
PERIOD = cdk.Duration.hours(1)
_GRAPH_WIDTH, _TEXT_WIDTH = 8, 4
_HEIGHT = 6

Row = list[cloudwatch.IWidget]


def heading(markdown: str, *, height: int = 1) -> cloudwatch.IWidget:
    """A text over the full width, without a frame."""
    return cloudwatch.TextWidget(
        markdown=markdown,
        width=FULL_WIDTH,
        height=height,
        background=cloudwatch.TextWidgetBackground.TRANSPARENT,
    )


def panel(
    title: str,
    metrics: Sequence[cloudwatch.IMetric],
    *,
    means: str,
    worry: str,
    unit: str | None = None,
    limit: cloudwatch.HorizontalAnnotation | None = None,
) -> Row:
    """Half a row: metrics over time, and their text. `unit` stands at the axis."""
    graph = cloudwatch.GraphWidget(
        title=title,
        left=list(metrics),
        left_y_axis=cloudwatch.YAxisProps(min=0, label=unit, show_units=False),
        left_annotations=[limit] if limit else None,
        width=_GRAPH_WIDTH,
        height=_HEIGHT,
    )
    return [graph, _text(means, worry, _TEXT_WIDTH, _HEIGHT)]


def numbers(title: str, metrics: Sequence[cloudwatch.IMetric], *, means: str, worry: str) -> Row:
    """A full row: one number for the whole time range of each metric, and their text."""
    height, text_width = 4, 6
    values = cloudwatch.SingleValueWidget(
        title=title,
        metrics=list(metrics),
        set_period_to_time_range=True,
        width=FULL_WIDTH - text_width,
        height=height,
    )
    return [values, _text(means, worry, text_width, height)]


def _text(means: str, worry: str, width: int, height: int) -> cloudwatch.IWidget:
    return cloudwatch.TextWidget(markdown=f"{means}\n\n**Worry** {worry}", width=width, height=height)
