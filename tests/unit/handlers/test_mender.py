"""The mender's handler: what is looked at, what is kept and told, and what comes again."""

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.support.postures import CLUSTER, NOW, SERVICE
from tests.unit.handlers.test_auditor import metrics_of
from tests.unit.handlers.test_verifier import Context
from tests.unit.posture.shapes import shape
from unwedge.handlers import mender
from unwedge.model.settings import Mode, Settings
from unwedge.model.situation import Failure, ReadFailure
from unwedge.observe.reads import ReadError
from unwedge.posture.facts import Facts
from unwedge.posture.repair import NotRepaired
from unwedge.posture.repair_requests import RepairRequest, message_of
from unwedge.record.repairs import Answer, Repaired, RepairState
from unwedge.repairs import Busy

ASKED = message_of(RepairRequest(CLUSTER, SERVICE))
ASKING = replace(shape(), repair_tag="stop-first")
DONE = Repaired(CLUSTER, SERVICE, NOW, RepairState.DONE, "{}", "It now stops its old task first.")


class World:
    """Stands for the reads, the ledger and Mender."""

    def __init__(self) -> None:
        self.facts: Facts | None = Facts(ASKING, NOW, Mode.ENFORCE)
        self.outcome: Repaired | NotRepaired | Busy | Exception = DONE
        self.failure: Exception | None = None
        self.mended: list[Facts] = []
        self.answers: list[tuple[str, str, Answer]] = []

    def service(self, cluster_arn: str, name: str, *_: Any) -> Facts | None:
        assert (cluster_arn, name) == (CLUSTER, SERVICE)
        if self.failure:
            raise self.failure
        return self.facts

    def mend(self, facts: Facts, now: Any) -> Any:
        self.mended.append(facts)
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome

    def keep_answer(self, cluster_arn: str, name: str, answer: Answer) -> None:
        self.answers.append((cluster_arn, name, answer))


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """The handler before it, at NOW."""
    made = World()
    for name in ("mender", "reads", "repairs"):
        monkeypatch.setattr(mender, name, lambda: made)
    monkeypatch.setattr(mender, "settings", lambda: Settings(clusters=(CLUSTER,)))
    monkeypatch.setattr(mender, "_now", lambda: NOW)
    monkeypatch.setattr(mender.metrics.provider, "namespace", "Unwedge")
    return made


def bring(*bodies: str) -> list[str]:
    """Hand the handler a batch; the numbers of those that are to come again."""
    records = [{"messageId": str(number), "body": text} for number, text in enumerate(bodies)]
    failed = mender.handler({"Records": records}, Context())
    return [item["itemIdentifier"] for item in failed["batchItemFailures"]]


def lines(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    """What was logged, and why."""
    return [(item.message, str(vars(item).get("why"))) for item in caplog.records]


def test_a_repair_is_one_line_and_one_count(
    world: World, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """What people hear of it, the ledger's stream brings."""
    assert bring(ASKED) == []
    assert lines(caplog) == [("service_repaired", DONE.sentence)]
    assert metrics_of(capsys)["Repairs"] == [1.0]
    assert world.answers == []


def test_what_ecs_refuses_is_a_warning(
    world: World, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """And another count."""
    world.outcome = DONE._replace(state=RepairState.REFUSED, sentence="ECS refused it.")
    assert bring(ASKED) == []
    assert lines(caplog) == [("repair_refused", "ECS refused it.")]
    assert set(metrics_of(capsys)) >= {"RepairsRefused"}


@pytest.mark.parametrize(("told", "line"), [(True, "repair_refused"), (False, "not_repaired")])
def test_why_a_service_is_not_repaired_is_logged_and_kept_for_its_page(
    world: World, told: bool, line: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Whether a person has to change something or not."""
    world.outcome = NotRepaired("Its desired count is 2.", told=told)
    assert bring(ASKED) == []
    assert world.answers == [(CLUSTER, SERVICE, Answer(NOW, "Its desired count is 2.", told))]
    assert lines(caplog) == [(line, "Its desired count is 2.")]


@pytest.mark.parametrize(
    "facts",
    [
        None,
        Facts(ASKING, NOW, Mode.OFF),
        Facts(shape(), NOW, Mode.ENFORCE),
    ],
)
def test_of_a_service_that_is_gone_off_or_asks_no_more_nothing_is_kept(
    world: World, facts: Facts | None, caplog: pytest.LogCaptureFixture
) -> None:
    """Nor is its name logged."""
    world.facts, world.outcome = facts, NotRepaired("No.", told=True)
    assert bring(ASKED) == []
    assert world.answers == []
    assert [item for item in caplog.records if SERVICE in str(vars(item))] == []


def test_another_cluster_is_not_looked_at(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever put the message there."""
    monkeypatch.setattr(mender, "settings", lambda: Settings(clusters=(f"{CLUSTER}-2",)))
    assert bring(ASKED) == []
    assert world.mended == []


def test_while_another_invocation_is_at_it_the_message_comes_again(world: World) -> None:
    """By then it has said what came of it, or has died."""
    world.outcome = Busy("It is being repaired.")
    assert bring(ASKED) == ["0"]
    assert world.answers == []


@pytest.mark.parametrize(
    ("failure", "again"), [(Failure.UNAVAILABLE, ["0"]), (Failure.DENIED, []), (Failure.REFUSED, [])]
)
def test_a_read_that_may_pass_is_tried_again_and_a_denied_one_is_kept_as_the_answer(
    world: World, failure: Failure, again: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing ends without one or the other."""
    world.failure = ReadError(ReadFailure("ecs:DescribeServices", failure, "Code", "why"))
    assert bring(ASKED) == again
    assert [answer.told for _, _, answer in world.answers] == [True] * (1 - len(again))
    assert "RepairsFailed" in metrics_of(capsys)


def test_what_nobody_foresaw_comes_again(world: World) -> None:
    """The dead-letter queue has it at last."""
    world.outcome = RuntimeError("no")
    assert bring(ASKED) == ["0"]


@pytest.mark.parametrize(
    "body",
    [
        "{",
        "[]",
        "{}",
        '{"unwedge-repair": 7}',
        json.dumps({"unwedge-repair": {"cluster_arn": CLUSTER, "service_name": "../x"}}),
        json.dumps({"unwedge-repair": {"cluster_arn": "x", "service_name": SERVICE}}),
    ],
)
def test_what_is_no_request_is_refused_once(world: World, body: str) -> None:
    """And reads nothing."""
    assert bring(body) == []
    assert world.mended == []
