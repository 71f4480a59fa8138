"""The remediator's handler: partial failures, refusals, and what comes back to the queue."""

import json
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.aws import client_error
from tests.support.situations import CLUSTER, SERVICE
from tests.unit.signal.test_signals import task_event
from unwedge.handlers import remediator
from unwedge.model.situation import Failure, ReadFailure
from unwedge.observe.reads import ReadError
from unwedge.record.ledger import LedgerConflictError
from unwedge.signal.signals import Signal, Sweep, Swept

QUEUE_ARN = "arn:aws:sqs:eu-west-1:123456789012:passes"


class Context:
    """What Powertools reads of a Lambda context."""

    function_name = "remediator"
    memory_limit_in_mb = 256
    invoked_function_arn = "arn:aws:lambda:eu-west-1:123456789012:function:remediator"
    aws_request_id = "request"
    remaining = 60_000

    def get_remaining_time_in_millis(self) -> int:
        """How long Lambda lets the function run."""
        return self.remaining


class StubController:
    """Handles every signal as a test plans it."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.handled: list[Signal] = []
        self.postponed: list[Signal] = []

    def reconcile(self, signal: Signal, now: object) -> None:
        """Remember, and raise what is planned."""
        self.handled.append(signal)
        if self.error:
            raise self.error

    def postpone(self, signal: Signal) -> None:
        """Remember."""
        self.postponed.append(signal)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Invoke the handler with some bodies and a stub controller."""
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Unwedge")
    monkeypatch.setattr(remediator.metrics.provider, "namespace", "Unwedge")

    def invoke(controller: StubController, *bodies: str, sweeper: Any = None) -> Any:
        parts = SimpleNamespace(controller=controller, sweeper=sweeper)
        monkeypatch.setattr(remediator, "parts", lambda: parts)
        records = [{"messageId": f"m{number}", "body": body} for number, body in enumerate(bodies)]
        return remediator.handler({"Records": records}, Context())

    return invoke


EVENT = json.dumps(task_event())


def test_a_signal_is_handled_and_acknowledged(run: Any) -> None:
    """Nothing comes back to the queue."""
    controller = StubController()
    assert run(controller, EVENT) == {"batchItemFailures": []}
    assert [(signal.cluster_arn, signal.service_name) for signal in controller.handled] == [
        (CLUSTER, SERVICE)
    ]


def test_only_what_fails_comes_back(
    run: Any, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    """Refused input is recorded and acknowledged; a failure is said with its trace."""
    controller = StubController(RuntimeError("ledger is out"))
    assert run(controller, "no json", EVENT) == {"batchItemFailures": [{"itemIdentifier": "m1"}]}
    assert {"signal_refused", "signal_failed"} <= set(caplog.messages)
    printed = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    metrics = next(line for line in printed if "Signals" in line)
    assert metrics["Signals"] == [1.0, 1.0]
    assert metrics["SignalsRefused"] == [1.0]
    assert metrics["SignalsFailed"] == [1.0]


def test_a_conflict_is_postponed_for_a_moment_and_not_for_the_visibility_timeout(run: Any) -> None:
    """Two looks at once are normal."""
    controller = StubController(LedgerConflictError(SERVICE))
    assert run(controller, EVENT) == {"batchItemFailures": []}
    assert controller.postponed == controller.handled


SCHEDULED = json.dumps({"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}})


class StubSweeper:
    """Sweeps as a test plans it."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.swept: list[Sweep] = []

    def sweep(self, sweep: Sweep) -> Swept:
        """Remember, and raise what is planned."""
        self.swept.append(sweep)
        if self.error:
            raise self.error
        return Swept(clusters=1)


def test_the_schedule_starts_a_sweep_that_is_counted(run: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """An alarm watches for the count to be missing."""
    sweeper = StubSweeper()
    assert run(StubController(), SCHEDULED, sweeper=sweeper) == {"batchItemFailures": []}
    assert sweeper.swept == [Sweep()]
    assert '"Sweeps":[1.0]' in capsys.readouterr().out.replace(" ", "")


def test_a_sweep_that_aws_does_not_allow_is_said_and_not_retried(
    run: Any, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    """The next one comes in minutes by itself."""
    failure = ReadFailure("ecs:ListTasks", Failure.DENIED, "AccessDeniedException", "no")
    assert run(StubController(), SCHEDULED, sweeper=StubSweeper(ReadError(failure))) == {
        "batchItemFailures": []
    }
    assert "sweep_failed" in caplog.messages
    assert '"SweepsFailed":[1.0]' in capsys.readouterr().out.replace(" ", "")


def test_what_does_not_fit_into_the_time_left_goes_back_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not after the visibility timeout, which is minutes; the first one is always begun."""
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Unwedge")
    monkeypatch.setattr(remediator.metrics.provider, "namespace", "Unwedge")
    context, controller, sent = Context(), StubController(), list[str]()

    def send_back(body: str, queue_arn: str) -> None:
        assert queue_arn == QUEUE_ARN
        if len(sent) == 1:
            raise client_error("ThrottlingException", "SendMessage")
        sent.append(body)

    queues = SimpleNamespace(send_back=send_back)
    monkeypatch.setattr(
        remediator, "parts", lambda: SimpleNamespace(controller=controller, sweeper=None, queues=queues)
    )
    context.remaining = 9_000
    records = [{"messageId": f"m{number}", "body": EVENT, "eventSourceARN": QUEUE_ARN} for number in range(3)]
    answer = remediator.handler({"Records": records}, context)
    assert len(controller.handled) == 1
    assert sent == [EVENT]
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m2"}]}


@pytest.mark.parametrize(
    ("queue_arn", "handled"),
    [
        ("arn:aws:sqs:eu-west-1:123456789012:signals", 1),
        ("arn:aws:sqs:eu-central-1:123456789012:signals", 0),
        ("arn:aws:sqs:eu-west-1:999999999999:signals", 0),
    ],
)
def test_events_of_another_account_or_region_are_refused(
    monkeypatch: pytest.MonkeyPatch, queue_arn: str, handled: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """A central bus brings them; one line says so, and nobody is called."""
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Unwedge")
    monkeypatch.setattr(remediator.metrics.provider, "namespace", "Unwedge")
    controller = StubController()
    monkeypatch.setattr(remediator, "parts", lambda: SimpleNamespace(controller=controller))
    message = {"messageId": "m", "body": EVENT, "eventSourceARN": queue_arn}
    assert remediator.handler({"Records": [message]}, Context()) == {"batchItemFailures": []}
    assert len(controller.handled) == handled
    assert ("foreign-account" in capsys.readouterr().out) is (handled == 0)
