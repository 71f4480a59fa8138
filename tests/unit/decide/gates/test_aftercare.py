"""What goes wrong a short while after a stop of ours is told, though the incident is closed."""

from dataclasses import replace
from typing import Any

import pytest

from tests.support.situations import (
    NEW_CODE,
    OLD,
    OLD_CODE,
    ago,
    contender,
    definition,
    deployed,
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
from unwedge.decide.decide import decide
from unwedge.model.decision import IncidentStep, Requeue, Verdict
from unwedge.model.log import LogStatus
from unwedge.model.service import Task
from unwedge.model.settings import Settings
from unwedge.model.situation import Scope, Situation

SETTINGS = Settings()
LONG_AGO = SETTINGS.aftercare


def recovered(*tasks: Task, since: float = 300, **changes: Any) -> Situation:
    """No incident is open any more; we stopped a task so many seconds ago."""
    return replace(wedged(*tasks, **{"service": deployed(), "logs": (), **changes}), stopped_at=ago(since))


def test_a_service_that_recovered_is_looked_at_for_half_an_hour() -> None:
    """Once a minute; nobody hears of it while all is well."""
    running = new_task(started=200)
    soon, late = (decide(recovered(running, since=since), SETTINGS) for since in (300, LONG_AGO))

    assert (soon.verdict, soon.requeue, soon.escalate) == (Verdict.HEALTHY, Requeue(60), False)
    assert (late.verdict, late.requeue) == (Verdict.HEALTHY, None)


def test_that_nothing_runs_any_more_is_an_alarm() -> None:
    """Somebody killed the task, or ECS lost it: no event of a failure tells of that."""
    gone = stopped(new_task(started=280), 40)
    decision = decide(recovered(gone), SETTINGS)

    assert decision.verdict is Verdict.NOTHING_RUNS
    assert decision.escalate
    assert decision.requeue == Requeue(15)
    assert decide(recovered(gone, since=LONG_AGO), SETTINGS).verdict is Verdict.HEALTHY


@pytest.mark.parametrize(
    ("tasks", "changes"),
    [
        pytest.param((stopped(new_task(started=280), 40), successor()), {}, id="the next is on its way"),
        pytest.param(
            (stopped(new_task(started=280), 40),), {"service": service(desired_count=0)}, id="none is wanted"
        ),
    ],
)
def test_a_service_that_has_or_wants_nothing_is_no_alarm(
    tasks: tuple[Task, ...], changes: dict[str, Any]
) -> None:
    """It is on its way, or somebody scaled it down."""
    assert decide(recovered(*tasks, **changes), SETTINGS).verdict is Verdict.HEALTHY


def test_between_two_tasks_a_moment_passes() -> None:
    """ECS starts the next one within seconds."""
    decision = decide(recovered(stopped(new_task(started=280), 3)), SETTINGS)

    assert (decision.verdict, decision.requeue) == (Verdict.VERIFYING, Requeue(SETTINGS.settle))


def test_a_crash_for_another_reason_is_told() -> None:
    """It may be what our stop led to; long after, or without one, it is its owner's business."""
    crashed = contender()
    said = (log("panic: out of luck"),)
    soon, late = (decide(recovered(crashed, since=since, logs=said), SETTINGS) for since in (300, LONG_AGO))

    assert (soon.verdict, soon.escalate, soon.requeue) == (Verdict.OTHER_FAILURE, True, Requeue(60))
    assert soon.sentence.endswith("Unwedge stopped a task of this service at 22:27:00Z.")
    assert soon.incident is IncidentStep.KEEP
    assert "panic" not in soon.sentence
    assert (late.verdict, late.escalate) == (Verdict.OTHER_FAILURE, False)


LAST_WORDS = {
    Verdict.RECOVERED: wedged(
        new_task(started=100),
        service=deployed(),
        incident=incident(stop("holder", 130)),
        logs=(opened(seconds=99),),
    ),
    Verdict.TARGET_HOLDS_LOCK: recovered(
        new_task(started=100),
        contender(deployment_id=OLD, task_definition=OLD_CODE),
        logs=(opened(seconds=99),),
    ),
    Verdict.OTHER_FAILURE: recovered(
        new_task(started=100),
        contender(),
        task_definitions=(definition(NEW_CODE, None), definition(OLD_CODE, None)),
    ),
    Verdict.CANNOT_VERIFY: recovered(
        contender(90), logs=(log(status=LogStatus.UNSUPPORTED, detail="no driver"),)
    ),
}


@pytest.mark.parametrize("verdict", LAST_WORDS)
def test_no_last_word_ends_the_aftercare(verdict: Verdict) -> None:
    """Whatever a pass says in between, the next one comes, until half an hour is over."""
    soon = decide(replace(LAST_WORDS[verdict], stopped_at=ago(130)), SETTINGS)
    late = decide(replace(LAST_WORDS[verdict], stopped_at=ago(LONG_AGO)), SETTINGS)

    assert (soon.verdict, soon.requeue) == (verdict, Requeue(60))
    assert (late.verdict, late.requeue) == (verdict, None)


def test_a_crash_that_can_be_no_lock_is_told_as_well() -> None:
    """What ended the task shares no volume: said, with our stop."""
    decision = decide(replace(LAST_WORDS[Verdict.OTHER_FAILURE], stopped_at=ago(300)), SETTINGS)

    assert decision.escalate
    assert decision.sentence.endswith("Unwedge stopped a task of this service at 22:27:00Z.")


def test_one_failure_dismissed_leaves_the_pass_that_is_coming() -> None:
    """A part of the situation was read; the scheduled pass may be due in seconds."""
    part = replace(LAST_WORDS[Verdict.OTHER_FAILURE], stopped_at=ago(300), scope=Scope.FAILURE)

    assert decide(part, SETTINGS).requeue is None


def test_a_service_that_is_scaled_to_0_or_gone_is_not_looked_at_again() -> None:
    """That is its owner's last word, and nothing comes after it."""
    failed = contender(20)
    scaled = recovered(new_task(), failed, service=service(desired_count=0), logs=(died(failed),))
    gone = recovered(service=None)
    for situation, verdict in ((scaled, Verdict.SCALED_TO_0), (gone, Verdict.SERVICE_GONE)):
        decision = decide(situation, SETTINGS)
        assert (decision.verdict, decision.requeue) == (verdict, None)


def test_in_an_open_incident_a_crash_for_another_reason_is_the_incidents_own_matter() -> None:
    """It has its own passes and its own words; the stop was in another one."""
    words = (log("level=error msg=config"),)
    made = wedged(holder(), contender(), incident=incident(), logs=words, stopped_at=ago(300))
    decision = decide(made, SETTINGS)
    assert (decision.verdict, decision.requeue) == (Verdict.NEW_REVISION_BROKEN, Requeue(60))
    assert "Unwedge stopped a task" not in decision.sentence


def test_a_pass_that_comes_sooner_anyway_is_not_put_off_for_the_aftercare() -> None:
    """A line in a form that is not known may be followed by one that is."""
    unclear = log("opening storage failed: lock DB directory: resource temporarily unavailable")
    decision = decide(recovered(new_task(), contender(20), logs=(unclear,)), SETTINGS)
    assert (decision.verdict, decision.requeue) == (Verdict.CANNOT_VERIFY, Requeue(15))
