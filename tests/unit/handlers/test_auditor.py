"""The auditor's handler: what is audited, what is handed on, and what comes again."""

import json
from typing import Any

import boto3
import pytest

from tests.support.postures import CLUSTER, NOW, SERVICE, expected, kept, posture, row
from tests.unit.handlers import test_verifier
from tests.unit.posture.test_requests import deployment
from unwedge.handlers import auditor
from unwedge.model.posture import FindingKind, Severity
from unwedge.model.situation import Failure, ReadFailure
from unwedge.observe.reads import ReadError
from unwedge.posture.auditor import Audited, ClusterAudited, NotAudited
from unwedge.posture.repair_requests import RepairRequest
from unwedge.posture.repair_requests import message_of as repair_message
from unwedge.posture.requests import Cluster, Service, message_of
from unwedge.record.posture_writer import Saved
from unwedge.record.postures import FindingRow, KeptPosture, PostureRow

TICK = {"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}}
AUDITED = Audited(posture(), Saved(kept(), (FindingKind.WEDGES,), (FindingKind.DRIFT,)), expected())
NONE_OF_OURS = NotAudited(CLUSTER, SERVICE, "No task of it can write where another one can.")
DENIED = ReadError(ReadFailure("ecs:DescribeServices", Failure.DENIED, "AccessDenied", "no"))


class Context(test_verifier.Context):
    """With time left."""

    left = 100_000

    def get_remaining_time_in_millis(self) -> int:
        return self.left


class World:
    """Stands for the auditor, the ledger and the queue."""

    def __init__(self) -> None:
        self.answer: Audited | NotAudited | Exception = AUDITED
        self.left: Cluster | None = None
        self.asked: list[Any] = []
        self.sent: list[str] = []
        self.repairs: list[str] = []
        self.over: list[str] = []
        self.late: list[bool] = []

    def clusters(self) -> list[str]:
        return [CLUSTER, f"{CLUSTER}-2"]

    def cluster(self, wanted: Cluster, now: Any, late: Any) -> ClusterAudited:
        self.asked.append(wanted)
        self.late.append(late())
        return ClusterAudited([AUDITED, NONE_OF_OURS], self.left)

    def service(self, wanted: Service, now: Any) -> Audited | NotAudited:
        self.asked.append(wanted)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def ended(self, cluster: str, name: str, deployment: str, at: Any) -> bool:
        self.over.append(deployment)
        return True

    def one_of_each(self) -> tuple[list[PostureRow], int]:
        return [row(), row("x", worst=Severity.CRITICAL), row("y", worst=None)], 0

    def newest_of(self, *_: Any) -> KeptPosture | None:
        return kept()

    def findings_of(self, *_: Any) -> list[FindingRow]:
        return []

    def send_message(self, **params: Any) -> None:
        kept = {"the-queue": self.sent, "the-menders-queue": self.repairs}
        kept[params["QueueUrl"]].append(params["MessageBody"])


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """The handler before it, at NOW."""
    made = World()
    for name in ("auditor", "writer", "postures"):
        monkeypatch.setattr(auditor, name, lambda: made)
    monkeypatch.setattr(boto3, "client", lambda *_, **__: made)
    monkeypatch.setattr(auditor, "_now", lambda: NOW)
    monkeypatch.setattr(auditor.metrics.provider, "namespace", "Unwedge")
    monkeypatch.setenv("UNWEDGE_AUDITS_URL", "the-queue")
    return made


def bring(*bodies: Any, context: Context | None = None) -> list[str]:
    """Hand the handler a batch; the numbers of those that are to come again."""
    texts = [body if isinstance(body, str) else json.dumps(body) for body in bodies]
    records = [{"messageId": str(number), "body": text} for number, text in enumerate(texts)]
    failed = auditor.handler({"Records": records}, context or Context())
    return [item["itemIdentifier"] for item in failed["batchItemFailures"]]


def metrics_of(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """The metrics that were printed, by name."""
    printed = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return {name: value for item in printed if "_aws" in item for name, value in item.items()}


def test_the_schedule_hands_on_one_message_for_each_cluster_and_counts_the_risks(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    """So that no audit takes long."""
    assert bring(TICK) == []
    assert world.sent == [message_of(Cluster(CLUSTER)), message_of(Cluster(f"{CLUSTER}-2"))]
    counted = metrics_of(capsys)
    assert (counted["ServicesCritical"], counted["ServicesHigh"]) == ([1.0], [1.0])


def test_a_cluster_that_is_not_done_goes_on_with_the_next_service(world: World) -> None:
    """In a message of its own, when little time is left."""
    context = Context()
    bring(message_of(Cluster(CLUSTER)), context=context)
    assert world.sent == []
    world.left, context.left = Cluster(CLUSTER, "m"), 20_000
    bring(message_of(Cluster(CLUSTER)), context=context)
    assert world.sent == [message_of(Cluster(CLUSTER, "m"))]
    assert world.late == [False, True]


def test_a_deployment_that_begins_is_audited_counted_and_logged(
    world: World, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """With what opened and closed."""
    assert bring(deployment()) == []
    assert world.asked == [Service(CLUSTER, SERVICE, "ecs-svc/2", NOW)]
    assert {"Audits", "FindingsOpened", "FindingsClosed", "DeadlocksExpected"} < set(metrics_of(capsys))
    (line,) = [item for item in caplog.records if item.message == "service_audited"]
    assert (vars(line)["opened"], vars(line)["closed"]) == ("wedges", "drift")


def test_a_deployment_that_ends_ends_what_was_expected_and_reads_nothing(world: World) -> None:
    """Every service of the account deploys; only a few are ours."""
    bring(deployment("SERVICE_DEPLOYMENT_COMPLETED"))
    assert (world.over, world.asked) == (["ecs-svc/2"], [])


def test_a_service_that_is_none_of_ours_leaves_no_trace(
    world: World, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """No metric and no line with its name."""
    world.answer = NONE_OF_OURS
    assert bring(deployment()) == []
    assert "Audits" not in metrics_of(capsys)
    assert [item for item in caplog.records if SERVICE in str(vars(item))] == []


@pytest.mark.parametrize(
    ("failure", "again"), [(Failure.UNAVAILABLE, ["0"]), (Failure.DENIED, []), (Failure.REFUSED, [])]
)
def test_a_read_that_may_pass_is_tried_again_and_a_denied_one_is_told(
    world: World, failure: Failure, again: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """An alarm rings for either."""
    world.answer = ReadError(ReadFailure("ecs:DescribeServices", failure, "Code", "why"))
    assert bring(deployment()) == again
    assert "AuditsFailed" in metrics_of(capsys)


def test_what_nobody_foresaw_comes_again_and_what_is_no_request_does_not(world: World) -> None:
    """The batch's other messages are done."""
    world.answer = RuntimeError("no")
    assert bring(deployment(), "{", TICK) == ["0"]
    assert len(world.sent) == 2


def test_a_person_gets_the_page_or_why_there_is_none(world: World) -> None:
    """In the pop-up of the button."""
    asked = {"cluster_arn": CLUSTER, "service_name": SERVICE, "widgetContext": {}}
    assert "The fix" in auditor.handler(asked, Context())
    world.answer = Audited(posture())  # a newer one is kept
    assert "The fix" in auditor.handler(asked, Context())
    world.answer = NONE_OF_OURS
    assert "No task of it can write" in auditor.handler(asked, Context())
    world.answer = DENIED
    assert "AccessDenied" in auditor.handler(asked, Context())
    assert "no such service" in auditor.handler({**asked, "service_name": "../x"}, Context())
    assert "2 clusters are being audited" in auditor.handler(
        {"everything": True, "widgetContext": {}}, Context()
    )


def test_a_program_gets_json(world: World) -> None:
    """The posture, the number of clusters, or an error."""
    asked = {"cluster_arn": CLUSTER, "service_name": SERVICE}
    assert auditor.handler(asked, Context())["outlook"] == "wedges"
    assert auditor.handler({"everything": True}, Context()) == {"clusters": 2}
    world.answer = NONE_OF_OURS
    assert "error" in auditor.handler(asked, Context())
    assert "error" in auditor.handler({}, Context())
    assert "error" in auditor.handler("what", Context())


def test_a_service_that_asks_for_a_repair_is_handed_on_where_something_repairs(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After an audit on the schedule, a recovery, or for a person; not while a deployment begins."""
    asking = AUDITED._replace(repair=True)
    recovered = {"source": "unwedge", "detail": {"cluster": CLUSTER, "service": SERVICE}}
    person = {"cluster_arn": CLUSTER, "service_name": SERVICE}
    world.answer = asking
    monkeypatch.setattr(
        world, "cluster", lambda *_: ClusterAudited([asking, AUDITED, NONE_OF_OURS]), raising=True
    )
    bring(message_of(Cluster(CLUSTER)), recovered)
    assert world.repairs == []
    monkeypatch.setenv("UNWEDGE_REPAIRS_URL", "the-menders-queue")
    wanted = repair_message(RepairRequest(CLUSTER, SERVICE))
    bring(message_of(Cluster(CLUSTER)))
    assert world.repairs == [wanted]
    bring(recovered)
    assert world.repairs == [wanted] * 2
    auditor.handler(person, Context())
    assert world.repairs == [wanted] * 3
    bring(deployment())
    world.answer = AUDITED
    bring(recovered)
    assert world.repairs == [wanted] * 3
