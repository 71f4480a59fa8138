"""Logs of a failed container: the right stream, bounded, and why one cannot be read."""

from typing import Any

import pytest
from botocore.exceptions import ConnectTimeoutError

from tests.support.aws import FakeAws, client_error
from tests.support.looking import look
from tests.support.situations import (
    LOCK_LINE,
    contender,
    holder,
    successor,
)
from unwedge.model.log import LogStatus


def test_the_log_is_that_of_the_failed_essential_container() -> None:
    """The init container exited 0 and a sidecar is not essential."""
    situation = look(FakeAws(holder(), contender(), successor()))
    assert [(log.container, log.stream) for log in situation.logs] == [
        ("prometheus", "p/prometheus/contender")
    ]


def test_an_empty_page_with_a_new_token_is_not_the_end_of_a_stream() -> None:
    """CloudWatch Logs answers empty pages."""
    aws = FakeAws(holder(), contender(), successor())
    whole = aws.get_log_events
    pages = iter([{"events": [], "nextBackwardToken": "b/0", "nextForwardToken": "f/0"}])
    aws.get_log_events = lambda **params: next(pages, None) or whole(**params)  # type: ignore[method-assign]
    assert look(aws).logs[0].status is LogStatus.READ


def test_a_stream_that_stays_empty_is_asked_for_a_bounded_number_of_times() -> None:
    """New tokens for ever must not keep a Lambda busy for ever."""
    aws = FakeAws(holder(), contender(), successor())
    asked: list[int] = []

    def empty(**_: Any) -> Any:
        asked.append(1)
        return {"events": [], "nextBackwardToken": f"b/{len(asked)}", "nextForwardToken": "f"}

    aws.get_log_events = empty  # type: ignore[method-assign,assignment]
    assert look(aws).logs[0].status is LogStatus.EMPTY
    assert len(asked) == 4


def test_lines_are_cut_and_only_the_newest_kept() -> None:
    """A situation stays small whatever a program prints."""
    aws = FakeAws(holder(), contender(), lines=tuple("x" * 300_000 for _ in range(90)))
    lines = look(aws, hint=contender()).logs[0].lines
    assert len(lines) == 40
    assert {len(line.text) for line in lines} == {1000}


def test_an_event_of_several_lines_is_divided_before_it_is_cut() -> None:
    """awslogs-datetime-format joins lines; the lock error may be the last of a long event."""
    trace = "\n".join(f"goroutine {number}" for number in range(200))
    aws = FakeAws(holder(), contender(), lines=(f"{trace}\r\n{LOCK_LINE}\n",))
    lines = look(aws, hint=contender()).logs[0].lines
    assert lines[-1].text == LOCK_LINE
    assert len(lines) == 40


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (client_error("ResourceNotFoundException", "GetLogEvents"), LogStatus.MISSING),
        (client_error("AccessDeniedException", "GetLogEvents"), LogStatus.DENIED),
        (client_error("InvalidOperationException", "GetLogEvents"), LogStatus.REFUSED),
        (client_error("ThrottlingException", "GetLogEvents"), LogStatus.UNAVAILABLE),
        (client_error("ServiceUnavailableException", "GetLogEvents", 503), LogStatus.UNAVAILABLE),
        (ConnectTimeoutError(endpoint_url="https://logs"), LogStatus.UNAVAILABLE),
    ],
)
def test_a_log_that_cannot_be_read_says_why(error: Exception, status: LogStatus) -> None:
    """And the answer of AWS is kept for people."""
    aws = FakeAws(holder(), contender(), successor())
    aws.errors["GetLogEvents"] = error
    log = look(aws).logs[0]
    assert log.status is status
    assert log.detail


@pytest.mark.parametrize(
    ("driver", "options", "why"),
    [
        ("awsfirelens", {}, "its log driver is awsfirelens"),
        ("awslogs", {"awslogs-group": "g"}, "no awslogs-stream-prefix"),
        (
            "awslogs",
            {"awslogs-group": "g", "awslogs-stream-prefix": "p", "awslogs-region": "us-east-1"},
            "its log group is in us-east-1, the service in eu-west-1",
        ),
    ],
)
def test_a_log_that_leaves_nothing_to_read_says_what_to_change(
    driver: str, options: dict[str, str], why: str
) -> None:
    """No call is wasted on it."""
    aws = FakeAws(holder(), contender(), successor())
    aws.log_configuration = {"logDriver": driver, "options": options}
    situation = look(aws)
    assert situation.logs[0].status is LogStatus.UNSUPPORTED
    assert why in str(situation.logs[0].detail)
    assert "GetLogEvents" not in aws.calls
