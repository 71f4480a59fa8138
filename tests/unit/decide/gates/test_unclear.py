"""Where nobody can say who has the lock."""

from dataclasses import replace

import pytest

from tests.support.situations import ago, arn, contender, died, holder, incident, opened, successor, wedged
from tests.support.verdicts import SETTINGS
from tests.unit.decide.tables import YOUNG
from unwedge.decide.decide import decide
from unwedge.decide.gates.case import Case
from unwedge.decide.gates.unclear import known_of
from unwedge.model.decision import IncidentStep, Requeue, Verdict
from unwedge.model.situation import OutsideHolder, Situation


def two(*started: float, **changes: object) -> Situation:
    """Tasks of which nothing is known, started so many seconds ago, before the contender failed."""
    tasks = [
        replace(YOUNG, arn=arn(f"t{seconds:.0f}"), created_at=ago(900), started_at=ago(seconds))
        for seconds in started
    ]
    return wedged(*tasks, contender(), successor(), **changes)


@pytest.mark.parametrize(("seconds", "unclear"), [(179.9, False), (180, True)])
def test_facts_may_come_for_three_minutes_after_the_last_start_and_then_a_person_is_told(
    seconds: float, unclear: bool
) -> None:
    """The time counts from the youngest: its outcome may decide about the others."""
    decision = decide(two(800, seconds), SETTINGS)
    assert decision.verdict is (Verdict.LOCK_UNCLEAR if unclear else Verdict.SUCCESSOR_STARTED)
    assert decision.escalate is unclear
    assert decision.action is None
    if unclear:
        assert decision.incident is IncidentStep.OPEN
        assert decision.requeue == Requeue(60)
        assert decision.reasons[-1].numbers == {"seconds_undecided": 180.0}


def test_a_task_whose_start_is_not_dated_is_waited_for() -> None:
    """Until the time for silence is over: it may have started just now."""
    undated = replace(two(800, 700), incident=incident())
    tasks = (replace(undated.tasks[0], started_at=None), *undated.tasks[1:])
    decision = decide(replace(undated, tasks=tasks), SETTINGS)
    assert decision.verdict is Verdict.SUCCESSOR_STARTED
    assert not decision.escalate


def test_what_is_known_of_each_that_could_hold_the_lock_is_told() -> None:
    """The contender and the successor could not; a neighbour and what was not read may have it."""
    other = OutsideHolder(arn("other"), "service:prod-prometheus", "fs-0abc:fsap-1:/")
    unread = "ecs:ListTasks: AccessDeniedException"
    made = two(800, 700, outside=(other,), outside_unread=unread)
    assert decide(made, SETTINGS).sentence == (
        "Nobody can say which task holds the lock, so nothing is stopped. task t800 (dev-prometheus:41): it "
        "runs, or is about to. task t700 (dev-prometheus:41): it runs, or is about to. task other of "
        "service:prod-prometheus: its lock is fs-0abc:fsap-1:/. Other services were not all read: "
        "ecs:ListTasks: AccessDeniedException."
    )
    alone = decide(two(800, 700), SETTINGS).sentence
    assert alone.endswith("t700 (dev-prometheus:41): it runs, or is about to.")


def test_without_a_single_task_definition_that_is_said() -> None:
    """There is no table then."""
    made = wedged(holder(), task_definitions=(), logs=())
    assert known_of(Case(made, SETTINGS)) == "No task definition was read."


def test_a_lease_is_told_beside_the_tasks_that_run() -> None:
    """It may be what the attempts fail on."""
    killed = replace(
        holder(),
        last_status="STOPPED",
        desired_status="STOPPED",
        execution_stopped_at=ago(100),
        containers=(holder().containers[1]._replace(exit_code=137),),
    )
    found = known_of(Case(wedged(killed, contender(), logs=(died(contender()),)), SETTINGS))
    assert found == (
        "task holder (dev-prometheus:41): it was killed, and the file system may keep its lock for minutes."
    )


def test_two_that_opened_one_store_are_told_at_once_and_none_is_chosen() -> None:
    """With both names."""
    made = wedged(
        holder(),
        holder(arn=arn("twin")),
        contender(),
        logs=(died(contender()), opened("holder"), opened("twin")),
    )
    decision = decide(made, SETTINGS)
    assert decision.verdict is Verdict.SPLIT_BRAIN
    assert "task holder (dev-prometheus:41), task twin (dev-prometheus:41)" in decision.sentence
    assert decision.requeue == Requeue(30)
    assert decision.reasons[-1].numbers == {"holding": 2}
