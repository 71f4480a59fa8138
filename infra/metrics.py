"""The metrics of Unwedge as CDK objects, by the names and dimensions that the functions emit them with."""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_

from infra.function import METRICS_NAMESPACE, SERVICE


def count(name: str, label: str | None, period: cdk.Duration) -> cloudwatch.Metric:
    """How often something happened in each period. An alarm's metric has no label."""
    return _metric(name, label, period, "Sum")


def measured(name: str, label: str, period: cdk.Duration, statistic: str) -> cloudwatch.Metric:
    """A statistic (`p50`, `p90`, `Maximum` …) of what was measured in each period."""
    return _metric(name, label, period, statistic)


def counted_by(
    name: str, dimension: str, period: cdk.Duration, *, without: Sequence[str] = ()
) -> cloudwatch.SearchExpression:
    """A count apart by one dimension: a line for each of its values but those in `without`.

    A search, because only what occurred becomes a metric. It finds what was sent in the last two weeks.
    """
    schema = ",".join((METRICS_NAMESPACE, "service", dimension))
    terms = [f'MetricName="{name}"', f'service="{SERVICE}"', *(f'NOT {dimension}="{one}"' for one in without)]
    search = f"SEARCH('{{{schema}}} {' '.join(terms)}', 'Sum', {int(period.to_seconds())})"
    label = f"${{PROP('Dim.{dimension}')}}"
    return cloudwatch.SearchExpression(expression=search, label=label, period=period)


def cold_starts(function: lambda_.IFunction, label: str, period: cdk.Duration) -> cloudwatch.Metric:
    """How often a function started anew. Powertools counts it for each function by its name."""
    return cloudwatch.Metric(
        namespace=METRICS_NAMESPACE,
        metric_name="ColdStart",
        dimensions_map={"function_name": function.function_name, "service": SERVICE},
        label=label,
        period=period,
        statistic="Sum",
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
