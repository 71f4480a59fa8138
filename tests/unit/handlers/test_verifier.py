"""The verifier's handler: what is kept, what is put off, and what is nobody's business."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from tests.support.verified import CLUSTER, NOW, SERVICE
from unwedge.handlers import verifier
from unwedge.model.situation import Failure, ReadFailure
from unwedge.model.verification import Check, Part, Result, Verification, VerificationCause
from unwedge.observe.reads import ReadError
from unwedge.verify.requests import Request, message_of
from unwedge.verify.verifier import Looked, NotVerified

DEPLOYED = {
    "source": "aws.ecs",
    "resources": [f"{CLUSTER.replace(':cluster/', ':service/')}/{SERVICE}"],
    "detail": {"eventName": "SERVICE_DEPLOYMENT_COMPLETED"},
}
RECOVERED = {"source": "unwedge", "detail": {"cluster": CLUSTER, "service": SERVICE, "verdict": "recovered"}}


class Context:
    """What Powertools reads of Lambda's context."""

    function_name = memory_limit_in_mb = invoked_function_arn = aws_request_id = "x"


def verification(result: Result = Result.PASS, **changes: Any) -> Verification:
    """One with a single check."""
    made = Verification(
        CLUSTER,
        SERVICE,
        NOW,
        VerificationCause.DEPLOYED,
        "prom:2",
        (Check(Part.LOGS, result, "It says so.", "Mend it."),),
        deployment="ecs-svc/2",
    )
    return made._replace(**changes)


class World:
    """Stands for the verifier, the ledger and the queue."""

    def __init__(self) -> None:
        self.answer: Looked | NotVerified | Exception = Looked(verification())
        self.asked: list[dict[str, Any]] = []
        self.kept: list[Verification] = []
        self.sent: list[dict[str, Any]] = []
        self.taken = False

    def look(self, cluster: str, name: str, cause: VerificationCause, now: datetime, **more: Any) -> Any:
        self.asked.append({"cluster": cluster, "name": name, "cause": cause, "now": now, **more})
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def save(self, made: Verification) -> bool:
        if self.taken:
            return False
        self.kept.append(made)
        return True

    def send_message(self, **params: Any) -> None:
        self.sent.append(params)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """The handler before it, at NOW."""
    made = World()
    for name in ("verifier", "writer"):
        monkeypatch.setattr(verifier, name, lambda: made)
    monkeypatch.setattr(boto3, "client", lambda *_, **__: made)
    monkeypatch.setattr(verifier, "_now", lambda: NOW)
    monkeypatch.setattr(verifier.metrics.provider, "namespace", "Unwedge")
    monkeypatch.setenv("UNWEDGE_CHECKS_URL", "the-queue")
    return made


def bring(*bodies: Any) -> list[str]:
    """Hand the handler a batch; the numbers of those that are to come again."""
    texts = [body if isinstance(body, str) else json.dumps(body) for body in bodies]
    records = [{"messageId": str(number), "body": text} for number, text in enumerate(texts)]
    failed = verifier.handler({"Records": records}, Context())
    return [item["itemIdentifier"] for item in failed["batchItemFailures"]]


def counted(capsys: pytest.CaptureFixture[str]) -> set[str]:
    """The names of the metrics that were printed."""
    printed = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return {name for item in printed if "_aws" in item for name in item}


@pytest.mark.parametrize(
    ("event", "cause"), [(DEPLOYED, VerificationCause.DEPLOYED), (RECOVERED, VerificationCause.RECOVERED)]
)
def test_a_completed_deployment_and_a_recovery_are_verified(
    world: World,
    event: dict[str, Any],
    cause: VerificationCause,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Kept, logged with every check, and counted."""
    assert bring(event) == []
    (asked,) = world.asked
    assert (asked["cluster"], asked["name"], asked["cause"], asked["last"]) == (
        CLUSTER,
        SERVICE,
        cause,
        False,
    )
    assert len(world.kept) == 1
    (line,) = [item for item in caplog.records if item.message == "service_verified"]
    assert vars(line)["checks"] == [
        {"part": "Logs", "result": "PASS", "evidence": "It says so.", "remedy": "Mend it."}
    ]
    assert {"Verifications", "SecondsToVerify"} < counted(capsys)


def test_a_failed_check_is_counted_apart(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """The trend on the dashboard."""
    world.answer = Looked(verification(Result.FAIL))
    bring(DEPLOYED)
    assert "VerificationsFailed" in counted(capsys)


def test_what_has_only_just_started_is_looked_at_again_and_at_last_kept_as_it_is(world: World) -> None:
    """Twenty seconds later, for three minutes at most."""
    world.answer = Looked(verification(Result.UNKNOWN), "its tasks do not all run yet")
    assert bring(DEPLOYED) == []
    assert world.kept == []
    (sent,) = world.sent
    assert (sent["QueueUrl"], sent["DelaySeconds"]) == ("the-queue", 20)
    later = Request(CLUSTER, SERVICE, VerificationCause.DEPLOYED, NOW - timedelta(seconds=170))
    bring(message_of(later))
    assert len(world.sent) == 2
    bring(message_of(later._replace(first_at=NOW - timedelta(seconds=180))))
    assert len(world.sent) == 2
    assert [asked["last"] for asked in world.asked] == [False, False, True]
    assert world.asked[-1]["waited"] == 180
    assert len(world.kept) == 1


def test_what_the_other_event_of_a_deployment_has_brought_is_not_counted_again(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is looked for all the same: only then is it known to be the same."""
    world.taken = True
    bring(RECOVERED)
    assert len(world.asked) == 1
    assert world.kept == []
    assert "Verifications" not in counted(capsys)


def test_a_service_that_is_none_of_ours_leaves_nothing_but_a_line(world: World) -> None:
    """No item, no metric."""
    world.answer = NotVerified("Service x is not watched: its mode is off.")
    assert bring(DEPLOYED) == []
    assert (world.kept, world.sent) == ([], [])


@pytest.mark.parametrize(
    ("failure", "again"), [(Failure.UNAVAILABLE, ["0"]), (Failure.DENIED, []), (Failure.REFUSED, [])]
)
def test_a_read_that_may_pass_is_tried_again_and_a_denied_one_is_told(
    world: World,
    failure: Failure,
    again: list[str],
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """An alarm rings for either."""
    world.answer = ReadError(ReadFailure("ecs:DescribeServices", failure, "Code", "why"))
    assert bring(DEPLOYED) == again
    assert "VerificationsNotMade" in counted(capsys)
    assert any(vars(item).get("why") == "ecs:DescribeServices: Code: why" for item in caplog.records)


def test_what_nobody_foresaw_comes_again_and_keeps_the_others(world: World) -> None:
    """The batch's other messages are done."""
    world.answer = RuntimeError("no")
    assert bring(DEPLOYED, "{") == ["0"]


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[]",
        "null",
        {},
        {"detail": {}},
        {"source": "aws.ecs", "detail": {}, "resources": "x"},
        {"source": "aws.ecs", "detail": {}, "resources": [7, "arn:aws:ecs:x"]},
        {"source": "unwedge", "detail": {"cluster": CLUSTER, "service": "../x"}},
        {"unwedge-verify": {"cluster_arn": "x", "service_name": "y", "cause": "asked"}},
        {"unwedge-verify": {"cluster_arn": CLUSTER, "service_name": "y", "cause": "because"}},
        {"unwedge-verify": None},
        "[" * 2000,
    ],
)
def test_what_is_no_request_is_refused_and_not_retried(world: World, body: Any) -> None:
    """Recorded in one line."""
    assert bring(body) == []
    assert world.asked == []


def test_a_person_asks_by_a_direct_call_and_gets_the_checks(world: World) -> None:
    """As `unwedge verify` prints them; kept like the others."""
    found = verifier.handler({"cluster_arn": CLUSTER, "service_name": SERVICE}, Context())
    assert found["checks"][0]["part"] == "Logs"
    assert world.asked[0]["last"] is True
    assert len(world.kept) == 1
    assert "error" in verifier.handler({"cluster_arn": "x", "service_name": "y"}, Context())
    assert "error" in verifier.handler("what", Context())
    world.answer = ReadError(ReadFailure("ecs:DescribeServices", Failure.DENIED, "AccessDenied", "no"))
    assert (
        "AccessDenied"
        in verifier.handler({"cluster_arn": CLUSTER, "service_name": SERVICE}, Context())["error"]
    )


def test_the_button_shows_the_checks_or_why_there_are_none(world: World) -> None:
    """In the pop-up that it opened."""
    event = {"cluster_arn": CLUSTER, "service_name": SERVICE, "widgetContext": {"theme": "dark"}}
    assert "It says so." in verifier.handler(event, Context())
    world.answer = NotVerified("There is no service prom.")
    assert "There is no service prom." in verifier.handler(event, Context())


def test_the_time_of_a_message_from_long_ago_is_no_error(world: World) -> None:
    """It was looked at long enough."""
    old = Request(CLUSTER, SERVICE, VerificationCause.DEPLOYED, datetime(1, 1, 2, tzinfo=UTC))
    assert bring(message_of(old)) == []
    assert world.asked[0]["last"] is True
