"""Facts that several gates use."""

from dataclasses import replace

import pytest

from tests.support.situations import (
    NEW,
    NEW_CODE,
    OLD_CODE,
    ago,
    arn,
    contender,
    holder,
    incident,
    new_task,
    service,
    stop,
    successor,
    wedged,
)
from unwedge.decide.gates.case import Case
from unwedge.model.decision import IncidentStep
from unwedge.model.incident import Drain, Incident, Rollback, StopState
from unwedge.model.service import Task
from unwedge.model.settings import Fallback, Mode, Settings

UNTAGGED = service(tag=None)
SETTINGS = Settings()
SENT, CLAIMED = StopState.SENT, StopState.CLAIMED


def case(*tasks: Task, settings: Settings = SETTINGS, **changes: object) -> Case:
    """A case of the wedge with these changes."""
    return Case(wedged(*tasks, **changes), settings)


@pytest.mark.parametrize(
    ("touched", "ours"),
    [
        (incident(), False),
        (incident(stop()), True),
        (replace(incident(), drain=Drain(1, ago(60), SENT)), True),
        (replace(incident(), rollback=Rollback(OLD_CODE, ago(60), SENT)), True),
    ],
)
def test_a_service_that_nobody_tagged_is_ours_once_we_have_changed_it(touched: Incident, ours: bool) -> None:
    """By a stop, a drain or a way back: then its people hear of what is left to do."""
    assert case(service=UNTAGGED, incident=touched).is_ours is ours


def test_an_overlap_opens_an_incident_only_after_it_lasted_longer_than_any_stop() -> None:
    """Counted from the first failed attempt of the deployment; a task of it that ended otherwise is none."""
    patience = Settings().release_patience
    at_the_limit = contender(failed=patience)
    assert case(holder(), at_the_limit).opens_late is IncidentStep.KEEP
    beyond = contender(failed=patience + 1)
    assert case(holder(), beyond).opens_late is IncidentStep.OPEN
    ended = new_task(
        arn=arn("scaled-in"), desired_status="STOPPED", last_status="STOPPED", stopping_at=ago(900)
    )
    assert case(holder(), contender(failed=20), ended).opens_late is IncidentStep.KEEP


def test_a_drain_is_not_begun_twice_and_a_lost_claim_is_taken_over() -> None:
    """Sent or over: no more. Claimed: after its lease."""
    spent = incident(stop("first", 500), stop("second", 200))
    drains = Settings(fallback=Fallback.DRAIN)
    for drain, expected in (
        (None, True),
        (Drain(1, ago(44), CLAIMED), False),
        (Drain(1, ago(45), CLAIMED), True),
        (Drain(1, ago(45), SENT), False),
        (Drain(1, ago(45), CLAIMED, ago(5)), False),
    ):
        opened = replace(spent, drain=drain)
        assert case(incident=opened, settings=drains).drains is expected, drain
    assert not case(incident=spent).drains
    nobody = case(contender(), incident=spent, settings=drains)
    assert not nobody.drains


def test_why_a_stop_would_be_in_vain_is_said_only_where_one_is_left() -> None:
    """And only where the race cannot be won."""
    slow = new_task(
        arn=arn("first"),
        deployment_id="ecs-svc/1",
        task_definition=OLD_CODE,
        desired_status="STOPPED",
        last_status="STOPPED",
        execution_stopped_at=ago(100),
        containers=(),
    )
    lost = incident(stop("first", 500))
    tried = replace(contender(failed=20), created_at=ago(50))
    hopeless = case(holder(started_at=ago(90)), tried, successor(), slow, incident=lost)
    assert hopeless.race is not None
    assert hopeless.race.hopeless
    assert hopeless.in_vain is not None
    assert "the last stop took 400 s" in hopeless.in_vain
    assert hopeless.cannot_be_won
    both = case(
        holder(started_at=ago(90)),
        tried,
        successor(),
        slow,
        incident=incident(stop("first", 500), stop("second", 90)),
    )
    assert both.stops_are_spent
    assert both.in_vain is None
    won = replace(slow, execution_stopped_at=ago(485))
    open_race = case(
        holder(started_at=ago(90)),
        replace(tried, created_at=ago(120), started_at=ago(21)),
        successor(),
        won,
        incident=lost,
    )
    assert open_race.race is not None
    assert not open_race.race.hopeless
    assert open_race.in_vain is None


def test_the_mode_of_a_service_is_its_tags_and_else_the_default() -> None:
    """A tag that we do not know allows watching only."""
    assert case(service=UNTAGGED, settings=Settings(default_mode=Mode.APPROVE)).mode is Mode.APPROVE
    assert case(service=service(tag="perhaps")).mode is Mode.OBSERVE
    assert case().deployment == NEW
    assert NEW_CODE.endswith(":42")


def test_without_a_contender_no_overlap_has_lasted() -> None:
    """There is nothing to open an incident for."""
    assert case(holder(), logs=()).opens_late is IncidentStep.KEEP
