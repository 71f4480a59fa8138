"""The trends, row by row: first the services, then Unwedge itself."""

from typing import NamedTuple

from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs

from infra.dashboard import health, outcomes
from infra.dashboard.panels import Row, heading


class Watched(NamedTuple):
    """What is watched of Unwedge itself. `functions` by the names that the page calls them; one of them is
    the `viewer`. `repairs`: whether services may be repaired."""

    functions: health.Functions
    viewer: lambda_.IFunction
    signals: sqs.IQueue
    passes: sqs.IQueue
    dead_letters: sqs.IQueue
    repairs: bool


def trends(watched: Watched) -> list[Row]:
    """All rows of this part of the page."""
    functions = watched.functions
    # The viewer counts nothing: a metric for each time that somebody looks would only cost money.
    counting = {name: function for name, function in functions.items() if function is not watched.viewer}
    return [
        [heading("## Trends")],
        outcomes.totals(),
        [*outcomes.incidents(), *outcomes.without_a_stop()],
        outcomes.times(),
        [*outcomes.time_to("SecondsToDetect"), *outcomes.time_to("SecondsToStop")],
        [*outcomes.time_to("SecondsToRecover"), *outcomes.time_to("GapSeconds")],
        [*outcomes.refused_decisions(), *outcomes.refused_signals()],
        [*health.signals(), *health.sweeps()],
        [*health.queue_age(watched.signals, watched.passes), *health.dead_letters(watched.dead_letters)],
        [*health.errors(functions), *health.durations(functions)],
        [*health.cold_starts_of(counting), *health.notifications()],
        [*outcomes.verifications(), *outcomes.time_to_verify()],
        [*outcomes.audits(), *outcomes.risks()],
        *([outcomes.repairs()] if watched.repairs else []),
    ]
