"""Reading the contender's own log stream: `prefix/container/task-id` of the group in its task definition.

GetLogEvents on the exact stream: FilterLogEvents has a lower quota, which cannot be raised, and would let
lines of other streams in.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from unwedge.decide.lines import divided
from unwedge.model.log import ContainerLog, LogLine, LogStatus
from unwedge.model.service import Task
from unwedge.model.situation import Failure
from unwedge.model.task_definition import ContainerSpec
from unwedge.observe.reads import ReadError, read

if TYPE_CHECKING:
    from types_boto3_logs import CloudWatchLogsClient

LINES_KEPT = 40
CHARACTERS_KEPT = 1000
_PAGES = 4


def read_log(logs: "CloudWatchLogsClient", task: Task, spec: ContainerSpec) -> ContainerLog:
    """The newest lines of one container, or why there are none."""
    return _read(logs, task, spec, _tail)


def read_start(logs: "CloudWatchLogsClient", task: Task, spec: ContainerSpec) -> ContainerLog:
    """The first lines of one container, or why there are none."""
    return _read(logs, task, spec, _head)


def _read(
    logs: "CloudWatchLogsClient",
    task: Task,
    spec: ContainerSpec,
    lines_of: Callable[["CloudWatchLogsClient", str, str], tuple[LogLine, ...]],
) -> ContainerLog:
    stream = f"{spec.log_stream}/{task.id}" if spec.log_stream else None

    def outcome(
        status: LogStatus, detail: str | None = None, lines: tuple[LogLine, ...] = ()
    ) -> ContainerLog:
        return ContainerLog(
            task.arn, spec.name, status, spec.log_driver, spec.log_group, stream, detail, lines
        )

    obstacle = _unsupported(task, spec)
    if obstacle or spec.log_group is None or stream is None:
        return outcome(LogStatus.UNSUPPORTED, obstacle)
    try:
        lines = lines_of(logs, spec.log_group, stream)
    except ReadError as error:
        return outcome(_status(error), f"{error.failure.code}: {error.failure.message}")
    return outcome(LogStatus.READ if lines else LogStatus.EMPTY, lines=lines)


def _unsupported(task: Task, spec: ContainerSpec) -> str | None:
    """Why this container has no log stream that we could read, in words that say what to change."""
    if spec.log_driver != "awslogs":
        return f"its log driver is {spec.log_driver or 'the default'}; use awslogs for this container"
    if spec.log_group is None or spec.log_stream is None:
        return "it has no awslogs-group or no awslogs-stream-prefix; set both"
    region = task.arn.split(":")[3]
    if spec.log_region not in (None, region):
        return f"its log group is in {spec.log_region}, the service in {region}; log to the service's region"
    return None


_BY_FAILURE = {
    Failure.UNAVAILABLE: LogStatus.UNAVAILABLE,
    Failure.DENIED: LogStatus.DENIED,
    Failure.REFUSED: LogStatus.REFUSED,
}


def _status(error: ReadError) -> LogStatus:
    if error.failure.code == "ResourceNotFoundException":
        return LogStatus.MISSING
    return _BY_FAILURE[error.failure.failure]


def _tail(logs: "CloudWatchLogsClient", group: str, stream: str) -> tuple[LogLine, ...]:
    """The newest lines, oldest first. An empty page with a new token is not the end of the stream."""
    params: dict[str, Any] = {
        "logGroupName": group,
        "logStreamName": stream,
        "startFromHead": False,
        "limit": LINES_KEPT,
    }
    for _ in range(_PAGES):
        answer = read("logs:GetLogEvents", logs.get_log_events, **params)
        if answer["events"] or answer["nextBackwardToken"] == params.get("nextToken"):
            return _lines(answer["events"])[-LINES_KEPT:]
        params["nextToken"] = answer["nextBackwardToken"]
    return ()


def _head(logs: "CloudWatchLogsClient", group: str, stream: str) -> tuple[LogLine, ...]:
    """The first lines, oldest first."""
    answer = read(
        "logs:GetLogEvents",
        logs.get_log_events,
        logGroupName=group,
        logStreamName=stream,
        startFromHead=True,
        limit=LINES_KEPT,
    )
    return _lines(answer["events"])[:LINES_KEPT]


def _lines(events: Iterable[Any]) -> tuple[LogLine, ...]:
    """The lines of these events. They are divided before they are cut to length: the lock error may be the
    last line of a long event."""
    return tuple(
        LogLine(datetime.fromtimestamp(event.get("timestamp", 0) / 1000, UTC), line[:CHARACTERS_KEPT])
        for event in events
        for line in divided(event.get("message", ""))
    )
