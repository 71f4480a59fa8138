"""Every gate and every verdict of the decision."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.situations import (
    NEW,
    ago,
    arn,
    contender,
    died,
    holder,
    incident,
    log,
    new_task,
    opened,
    service,
    stop,
    stopped,
    successor,
    wedged,
)
from tests.support.verdicts import SETTINGS
from unwedge.decide.decide import _shown, decide
from unwedge.model.decision import Decision, Verdict
from unwedge.model.grip import Grip, GripRow, Relation
from unwedge.model.settings import Mode, Settings
from unwedge.model.situation import Failure, ReadFailure, Situation


def test_every_verdict_is_reached_by_some_test() -> None:
    """A verdict that no test names is a verdict nobody has seen."""
    source = "".join(path.read_text() for path in sorted(Path(__file__).parent.rglob("test_*.py")))
    unseen = [item.name for item in Verdict if f"Verdict.{item.name}" not in source]
    assert unseen == []


def test_a_decision_is_a_plain_value() -> None:
    """The same situation gives an equal decision."""
    first: Decision = decide(wedged(), SETTINGS)
    assert first == decide(wedged(), SETTINGS)


MISCONFIGURED = wedged(service=service(desired_count=3, tag=None))


@pytest.mark.parametrize(
    ("situation", "settings", "told"),
    [
        pytest.param(MISCONFIGURED, SETTINGS, False, id="nobody opted it in"),
        pytest.param(wedged(service=service(desired_count=3, tag="observe")), SETTINGS, True, id="tagged"),
        pytest.param(MISCONFIGURED, Settings(default_mode=Mode.ENFORCE), True, id="by default"),
        pytest.param(
            replace(MISCONFIGURED, incident=incident(stop())), SETTINGS, True, id="we stopped a task"
        ),
        pytest.param(replace(MISCONFIGURED, stopped_at=ago(60)), SETTINGS, True, id="in another incident"),
        pytest.param(
            wedged(service=None, failures=(ReadFailure("ecs:DescribeServices", Failure.DENIED, "x", "y"),)),
            SETTINGS,
            True,
            id="nobody knows, since it cannot be read",
        ),
    ],
)
def test_a_service_that_nobody_opted_in_is_shown_and_not_escalated(
    situation: Situation, settings: Settings, told: bool
) -> None:
    """Whoever may write a log line could else call people to a service of which they have not heard."""
    assert decide(situation, settings).escalate is told


def test_a_decision_shows_forty_rows_of_who_may_have_the_lock_and_leaves_out_those_who_cannot() -> None:
    """Up to forty in the order in which ECS told of them; of more, those that may have it come first."""
    for many, first in ((37, "ended-00"), (38, "holder")):
        ended = tuple(contender(failed=3000 + n, arn=arn(f"ended-{n:02}")) for n in range(many))
        decision = decide(wedged(*ended, holder(), contender(), successor()), SETTINGS)
        shown = [row.task_arn for row in decision.grips]
        assert (len(shown), shown[0]) == (40, arn(first))
        assert arn("holder") in shown


def test_of_many_rows_who_has_the_lock_comes_before_who_may_have_it_and_these_before_the_rest() -> None:
    """In whatever order ECS told of them."""
    rows = [
        GripRow(arn(f"{grip.value}-{number:02}"), "prometheus", grip, "a fact", Relation.SAME)
        for grip, many in ((Grip.CANNOT_HOLD, 30), (Grip.MAY_HOLD, 20), (Grip.HOLDS, 1))
        for number in range(many)
    ]
    shown = [row.grip for row in _shown(tuple(rows))]
    assert shown == [Grip.HOLDS, *[Grip.MAY_HOLD] * 20, *[Grip.CANNOT_HOLD] * 19]


def test_a_deployment_whose_task_failed_on_the_lock_is_not_blamed_for_another_reason() -> None:
    """It is one that had the lock for long before, so we stop for it no more; who was blamed stays blamed."""
    ended = stopped(new_task(190, arn=arn("ended")), 60)
    back, failed = holder(arn=arn("back"), started_at=ago(35)), contender(failed=5)
    blamed = replace(incident(stop("holder", 200)), broken="ecs-svc/earlier")
    made = wedged(back, ended, failed, successor(), incident=blamed, logs=(died(failed), opened("back")))
    decision = decide(made, SETTINGS)
    assert (decision.verdict, decision.blamed) == (Verdict.NEW_REVISION_BROKEN, "ecs-svc/earlier")


def test_a_deployment_whose_task_failed_for_another_reason_is_blamed() -> None:
    """After our stop, with the lock free for it."""
    failed = contender(failed=20)
    made = wedged(
        stopped(holder(), 60),
        failed,
        successor(),
        incident=incident(stop("holder", 65)),
        logs=(log("level=error msg=config", task="contender"),),
    )
    decision = decide(made, SETTINGS)
    assert (decision.verdict, decision.blamed) == (Verdict.NEW_REVISION_BROKEN, NEW)
