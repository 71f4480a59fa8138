"""What heals by itself is no incident, and a deployment that was taken back is told in one line."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.support.situations import (
    NEW,
    NEW_CODE,
    OLD,
    OLD_CODE,
    ago,
    arn,
    contender,
    died,
    holder,
    incident,
    new_task,
    opened,
    service,
    stop,
    stopped,
    successor,
    wedged,
)
from unwedge.decide.decide import decide
from unwedge.model.decision import IncidentStep, Verdict
from unwedge.model.service import Deployment, Health, Task
from unwedge.model.settings import Settings
from unwedge.model.situation import Situation

SETTINGS = Settings()
ENDING = holder(desired_status="STOPPED", last_status="DEACTIVATING", stopping_at=ago(40))


def overlap(old: Task, *others: Task, oldest: float = 20) -> Situation:
    """An ordinary deployment with 0/100: ECS stops the old task, and an attempt came too early. Another
    one failed so many seconds ago."""
    newest = contender()
    first = contender(oldest, arn=arn("first"))
    return wedged(old, first, newest, *others, logs=(died(first), died(newest)))


@pytest.mark.parametrize(
    ("situation", "verdict"),
    [
        pytest.param((ENDING, successor()), Verdict.HOLDER_STOPPING, id="the old task is ending"),
        pytest.param((stopped(holder(), 10), successor()), Verdict.LOCK_FREE, id="it has ended"),
        pytest.param(
            (
                stopped(holder(), 10),
                successor("RUNNING", started_at=ago(1), health=Health.UNKNOWN),
            ),
            Verdict.SUCCESSOR_STARTED,
            id="the next attempt runs",
        ),
    ],
)
def test_an_overlap_that_heals_by_itself_opens_no_incident_and_one_that_lasts_does(
    situation: tuple[Task, ...], verdict: Verdict
) -> None:
    """ECS stops the old task first with 0/100, and starts the new one while it still ends."""
    healing = decide(overlap(*situation, oldest=60), SETTINGS)
    lasting = decide(overlap(*situation, oldest=SETTINGS.release_patience + 5), SETTINGS)

    assert (healing.verdict, healing.incident) == (verdict, IncidentStep.KEEP)
    assert healing.requeue is not None
    assert (lasting.verdict, lasting.incident) == (verdict, IncidentStep.OPEN)


def test_an_open_incident_stays_open_while_the_holder_ends() -> None:
    """It was a wedge before."""
    decision = decide(replace(overlap(ENDING, successor()), incident=incident()), SETTINGS)

    assert (decision.verdict, decision.incident) == (Verdict.HOLDER_STOPPING, IncidentStep.KEEP)


def test_a_failure_that_is_over_is_not_said_to_be_missing() -> None:
    """Its lock line is still at hand; the task that came after it has the lock."""
    failed = contender(60)
    situation = wedged(
        stopped(holder(), 70), failed, new_task(started=30), logs=(died(failed), opened(seconds=29))
    )
    decision = decide(situation, SETTINGS)

    assert (decision.verdict, decision.incident) == (Verdict.HEALTHY, IncidentStep.KEEP)


def taken_back(*tasks: Task, **changes: object) -> Situation:
    """The circuit breaker has returned the service to its old revision; nobody stopped anything."""
    back = service(deployments=(Deployment(OLD, "PRIMARY", OLD_CODE, "COMPLETED", ago(300)),))
    wedge = replace(incident(), deployment=NEW)
    return wedged(holder(), *tasks, **{"service": back, "incident": wedge, "logs": (), **changes})


ONE_LINE = (
    "The deployment whose tasks failed on the lock was taken back, by ECS or by a person, and task holder "
    "(dev-prometheus:41) runs alone and healthy: over without a stop by us."
)


@pytest.mark.parametrize("tasks", [(), (contender(),)], ids=["its tasks are forgotten", "one is still shown"])
def test_a_deployment_that_was_taken_back_is_told_in_one_line(tasks: tuple[Task, ...]) -> None:
    """Not that everything is as it should be."""
    decision = decide(taken_back(*tasks), SETTINGS)

    assert decision.incident is IncidentStep.WITHDRAWN
    assert decision.sentence == ONE_LINE


def test_a_deployment_that_is_still_there_or_was_followed_by_another_was_not_taken_back() -> None:
    """Nor one whose wedge we ended."""
    going = service(
        deployments=(
            Deployment(OLD, "PRIMARY", OLD_CODE, "COMPLETED", ago(300)),
            Deployment(NEW, "ACTIVE", NEW_CODE, "IN_PROGRESS", ago(300)),
        )
    )
    ours = replace(incident(stop("another", 900)), deployment=NEW)
    third = Deployment("ecs-svc/3333", "PRIMARY", NEW_CODE, "COMPLETED", ago(60))
    newer = holder(deployment_id=third.id, task_definition=NEW_CODE, started_at=ago(42))
    alone = taken_back(service=service(deployments=(third,)), logs=(opened(task="holder", seconds=41),))
    superseded = replace(alone, tasks=(newer,))
    followed = decide(superseded, SETTINGS)

    assert ONE_LINE not in decide(taken_back(contender(), service=going), SETTINGS).sentence
    assert ONE_LINE not in decide(taken_back(incident=ours), SETTINGS).sentence
    assert followed.incident is IncidentStep.WITHDRAWN
    assert "taken back" not in followed.sentence


@pytest.mark.parametrize(("before", "stayed"), [(0.1, True), (0.0, False)])
def test_only_a_task_that_was_there_before_the_failure_stayed(before: float, stayed: bool) -> None:
    """One that started at that very moment is not known to be what the attempts failed on."""
    failed_at = ago(200)
    wedge = replace(incident(), opened_at=failed_at, failed_at=failed_at, deployment=NEW)
    there = holder(started_at=failed_at - timedelta(seconds=before))
    made = replace(taken_back(incident=wedge), tasks=(there,), logs=(opened("holder", 199),))
    decision = decide(made, SETTINGS)
    assert decision.incident is IncidentStep.WITHDRAWN
    assert (decision.sentence == ONE_LINE) is stayed
