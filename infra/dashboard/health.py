"""Trends of Unwedge itself: its signals and sweeps, its queue, its functions, its notifications."""

from collections.abc import Mapping

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs

from infra.dashboard.panels import PERIOD, Row, panel
from infra.function import TIMEOUT
from infra.metrics import cold_starts, count

Functions = Mapping[str, lambda_.IFunction]


def signals() -> Row:
    """What came in."""
    return panel(
        "Signals",
        [
            count("Signals", "Received", PERIOD),
            count("Decisions", "Decisions", PERIOD),
            count("SignalsRefused", "Refused", PERIOD),
            count("SignalsFailed", "Failed", PERIOD),
        ],
        means="Events, sweeps and own looks. Fewer decisions than signals is right: equal ones count once.",
        worry="when any failed: it is retried five times, then it is a dead letter.",
    )


def sweeps() -> Row:
    """The looks at everything."""
    return panel(
        "Sweeps",
        [count("Sweeps", "Ended", PERIOD), count("SweepsFailed", "Failed", PERIOD)],
        means="Looks at all clusters for what no event told of, every few minutes.",
        worry="when none ended for an hour: Unwedge may not run. Failed: AWS refused to be read; the raw log "
        "names the call.",
    )


def queue_age(signals: sqs.IQueue, passes: sqs.IQueue) -> Row:
    """How long signals and scheduled passes wait."""
    queues = {"Signals": signals, "Scheduled passes": passes}
    return panel(
        "Age of the oldest message",
        [
            queue.metric_approximate_age_of_oldest_message(label=label, period=PERIOD, statistic="Maximum")
            for label, queue in queues.items()
        ],
        means="How long a message has waited in its queue. A pass is scheduled up to 15 minutes ahead, and "
        "waits in its queue until then.",
        worry="signals above 10 minutes, or passes above 20: they fail, or come faster than the remediator "
        "works.",
        unit="s",
    )


def dead_letters(dead_letters: sqs.IQueue) -> Row:
    """Signals that were given up."""
    kept = dead_letters.metric_approximate_number_of_messages_visible(
        label="Dead letters", period=PERIOD, statistic="Maximum"
    )
    return panel(
        "Dead letters",
        [kept],
        means="Signals that nobody decided on, kept for two weeks.",
        worry="above 0: find the cause among the errors below, mend it, then purge the queue: the next "
        "sweep finds what still matters.",
    )


def errors(functions: Functions) -> Row:
    """Crashes and throttles of each function."""
    metrics = [
        metric
        for name, function in functions.items()
        for metric in (
            function.metric_errors(label=f"{name}: errors", period=PERIOD),
            function.metric_throttles(label=f"{name}: throttles", period=PERIOD),
        )
    ]
    return panel(
        "Errors and throttles",
        metrics,
        means="Invocations that crashed or timed out, and those that Lambda had no room for.",
        worry="above 0 for errors. Throttles mean that the account's concurrency is used up; signals wait.",
    )


def durations(functions: Functions) -> Row:
    """The slowest invocation of each function."""
    metrics = [
        function.metric_duration(label=name, period=PERIOD, statistic="Maximum")
        for name, function in functions.items()
    ]
    limit = TIMEOUT.to_milliseconds()
    return panel(
        "Slowest invocation",
        metrics,
        means="A batch of signals takes seconds at most, nearly all of it AWS calls.",
        worry="near the line: the function is ended there, and its signals come again minutes later.",
        unit="ms",
        limit=cloudwatch.HorizontalAnnotation(value=limit, label="time out"),
    )


def cold_starts_of(functions: Functions) -> Row:
    """Cold starts of each function."""
    return panel(
        "Cold starts",
        [cold_starts(function, name, PERIOD) for name, function in functions.items()],
        means="New execution environments. Each adds about a second to the first signal, which is harmless.",
        worry="about steady ones in an hour without incidents: the function may crash at its start.",
    )


def notifications() -> Row:
    """What people were told, and what they said."""
    return panel(
        "Notifications to people, and their answers",
        [
            count("Notifications", "Sent", PERIOD),
            count("NotificationsRefused", "Refused", PERIOD),
            count("NotificationsFailed", "Failed", PERIOD),
            count("Answers", "Answers", PERIOD),
        ],
        means="Messages to the topic; answers and changes of the kill switch that came back.",
        worry="when any are refused, for nobody hears of those. Failed ones are tried again for a day, and "
        "later ones wait behind them.",
    )
