"""The second stop learns from the first how long the holder takes to end."""

from dataclasses import replace

import pytest

from tests.support.situations import (
    ago,
    arn,
    contender,
    died,
    holder,
    incident,
    new_task,
    stop,
    stopped,
    successor,
    wedged,
)
from unwedge.decide.decide import decide
from unwedge.decide.gates.race import Race, race_of
from unwedge.model.decision import IncidentStep, Requeue, Verdict
from unwedge.model.incident import StopState
from unwedge.model.service import Container, Deregistration
from unwedge.model.settings import Fallback, Settings, WithoutSuccessor
from unwedge.model.situation import Situation

SETTINGS = Settings()
SECOND = holder(arn=arn("back"), created_at=ago(160), started_at=ago(120))


def after_a_lost_race(
    ending: float, *, reach: float = 35, age: float | None = 12, state: StopState = StopState.SENT
) -> Situation:
    """The first stop took so long to end its task that the old revision took the lock again.

    Two attempts of the new one reached for the lock `reach` and `reach` + 2 s after their creation; a third
    is so old, if it is there.
    """
    first = contender(180, arn=arn("first"), created_at=ago(181 + reach))
    second = contender(20, created_at=ago(23 + reach))
    coming = () if age is None else (successor("PROVISIONING", created_at=ago(age)),)
    return wedged(
        stopped(holder(), 200 - ending),
        SECOND,
        first,
        second,
        *coming,
        incident=incident(stop("holder", 200, state)),
        logs=(died(first), died(second)),
    )


@pytest.mark.parametrize(
    ("age", "verdict"),
    [
        pytest.param(6, Verdict.AWAITING_SUCCESSOR, id="a replacement could still be ahead of it"),
        pytest.param(7, Verdict.STOP_HOLDER, id="from here on it is ahead of any replacement"),
        pytest.param(13, Verdict.STOP_HOLDER, id="the holder is gone just before it comes"),
        pytest.param(14, Verdict.AWAITING_SUCCESSOR, id="the holder would still be there"),
        pytest.param(None, Verdict.AWAITING_SUCCESSOR, id="none is on its way"),
    ],
)
def test_the_second_stop_comes_when_the_successor_can_win(age: float | None, verdict: Verdict) -> None:
    """35 s to reach for the lock, 20 s to end, 2 s to notice; 2 s of spread, 5 s of what was not seen yet."""
    decision = decide(after_a_lost_race(20, age=age), SETTINGS)

    assert decision.verdict is verdict
    if decision.action is None:
        assert decision.requeue == Requeue(2)  # a whole pass: a quick check would only wait for PENDING
        assert decision.requeue.holder is None


def test_the_sentences_have_what_the_first_stop_taught() -> None:
    """So that a person can follow the wait."""
    known = (
        "the last stop took 20 s to end its task, and attempts reach for the lock 35 to 37 s after ECS "
        "creates them."
    )

    assert decide(after_a_lost_race(20), SETTINGS).sentence.endswith(f"comes late enough: {known}")
    assert decide(after_a_lost_race(20, age=3), SETTINGS).sentence == (
        f"A stop now would not help successor task successor (dev-prometheus:42), so it waits: {known}"
    )


@pytest.mark.parametrize(("ending", "verdict"), [(24, Verdict.STOP_HOLDER), (25, Verdict.STOPS_SPENT)])
def test_a_stop_that_no_successor_can_win_is_not_made(ending: float, verdict: Verdict) -> None:
    """A person hears at once, with the reason, though a stop is left."""
    decision = decide(after_a_lost_race(ending, age=8), SETTINGS)

    assert decision.verdict is verdict
    if verdict is Verdict.STOPS_SPENT:
        assert decision.escalate
        assert decision.sentence == (
            "A stop would be in vain: the old revision would win the race again, since the last stop took 25 "
            "s to end its task, and attempts of either revision reach for the lock 35 to 37 s after ECS "
            "creates them. Scale the service to 0, wait until every task is gone, then back to 1."
        )


def test_with_a_fallback_the_service_is_drained_at_once() -> None:
    """A drain does not race."""
    decision = decide(after_a_lost_race(25), replace(SETTINGS, fallback=Fallback.DRAIN))

    assert decision.verdict is Verdict.DRAIN_SERVICE


@pytest.mark.parametrize(
    "situation",
    [
        pytest.param(after_a_lost_race(10), id="the holder was gone soon, and lost by chance"),
        pytest.param(after_a_lost_race(25, state=StopState.CLAIMED), id="its call's outcome is unknown"),
        pytest.param(
            replace(after_a_lost_race(25), tasks=(SECOND, contender(20), successor())),
            id="ECS has forgotten it",
        ),
        pytest.param(
            replace(
                after_a_lost_race(25),
                tasks=(stopped(holder(), 175), SECOND, contender(20, started_at=None), successor()),
            ),
            id="no attempt has a start",
        ),
    ],
)
def test_what_is_not_known_changes_nothing(situation: Situation) -> None:
    """Then a successor that is PENDING is what a stop waits for, as at the first one."""
    pending = replace(situation, tasks=(*situation.tasks, successor(arn=arn("pending"))))

    assert decide(pending, SETTINGS).verdict is Verdict.STOP_HOLDER


@pytest.mark.parametrize("without", WithoutSuccessor)
def test_where_no_attempt_comes_any_more_a_person_hears_of_it(without: WithoutSuccessor) -> None:
    """Even where a stop without a successor is allowed: the old revision would be first again."""
    last = contender(1850, created_at=ago(1886), started_at=ago(1851))
    back = replace(SECOND, created_at=ago(1960), started_at=ago(1920))
    situation = wedged(
        stopped(holder(), 1980), back, last, incident=incident(stop("holder", 2000)), logs=(died(last),)
    )
    decision = decide(situation, replace(SETTINGS, without_successor=without))

    assert decision.verdict is Verdict.NO_SUCCESSOR
    assert decision.escalate
    assert decision.requeue == Requeue(5)


@pytest.mark.parametrize(
    ("ending", "verdict"), [(10, Verdict.STOP_HOLDER), (10.5, Verdict.AWAITING_SUCCESSOR)]
)
def test_a_holder_that_is_gone_within_ten_seconds_loses_only_by_chance(
    ending: float, verdict: Verdict
) -> None:
    """An attempt that is PENDING is late enough for it, however young."""
    found = after_a_lost_race(ending, age=None)
    young = replace(found, tasks=(*found.tasks, successor(created_at=ago(3))))

    assert decide(young, SETTINGS).verdict is verdict


def test_the_longest_ending_counts() -> None:
    """Two stops of one incident: the next may take as long as the longer of them."""
    found = after_a_lost_race(12)
    earlier = stopped(holder(arn=arn("earlier")), 900)
    stops = incident(stop("earlier", 920), stop("holder", 200))
    twice = replace(found, tasks=(*found.tasks, earlier), incident=stops)

    sentence = decide(twice, replace(SETTINGS, stops_per_incident=3)).sentence
    assert "the last stop took 20 s to end its task" in sentence


def test_one_time_is_not_said_as_a_range() -> None:
    """With one attempt there is nothing between."""
    assert Race(20, 35, 35, "", seen=True).seconds == "35 s"
    assert Race(20, 35, 36, "", seen=True).seconds == "35 to 36 s"


def test_a_successor_without_a_time_of_creation_is_not_counted_on() -> None:
    """ECS always dates it; an event may not."""
    assert not Race(5, 60, 60, "", seen=True).won_by(successor(created_at=None), ago(0))
    assert new_task().created_at is not None


class TestBehindALoadBalancer:
    """Its deregistration delay is known before the first stop."""

    @staticmethod
    def situation(delay: Deregistration | None, age: float = 12) -> Situation:
        """Attempts reach for the lock 34 to 36 s after their creation; one is on its way."""
        first = contender(60, arn=arn("first"), created_at=ago(97))
        second = contender(20, created_at=ago(55))
        coming = successor("PENDING", created_at=ago(age))
        found = wedged(holder(), first, second, coming, logs=(died(first), died(second)))
        return replace(found, deregistration=delay)

    def test_a_stop_that_cannot_win_is_not_made(self) -> None:
        """ECS sends SIGTERM after the delay; until then attempts of both revisions fail in turn."""
        decision = decide(self.situation(Deregistration(300)), SETTINGS)
        assert (decision.verdict, decision.action) == (Verdict.STOPS_SPENT, None)
        assert decision.escalate
        assert decision.incident is IncidentStep.OPEN
        assert decision.sentence.startswith(
            "A stop would be in vain: the old revision would win the race, since a load balancer keeps a "
            "task for 300 s before it is sent SIGTERM, and attempts of either revision reach for the lock 34 "
            "to 36 s after ECS creates them. "
        )

    def test_with_a_fallback_the_service_is_drained_at_once(self) -> None:
        """Nothing else is left, and the sentence does not speak of stops that were never made."""
        decision = decide(self.situation(Deregistration(300)), replace(SETTINGS, fallback=Fallback.DRAIN))
        assert decision.verdict is Verdict.DRAIN_SERVICE
        assert ": the old revision would win the race, since a load balancer keeps" in decision.sentence
        (limits,) = [reason for reason in decision.reasons if reason.text.endswith("drain the service.")]
        assert limits.text.startswith("A stop would be in vain: the old revision would win the race, ")

    def test_a_delay_that_is_assumed_is_said_to_be(self) -> None:
        """With the reason, so that somebody can grant the call."""
        why = "elasticloadbalancing:DescribeTargetGroupAttributes: AccessDenied: no"
        said = decide(self.situation(Deregistration(300, why)), SETTINGS).sentence
        assert f"SIGTERM, AWS's default ({why}), and attempts" in said

    @pytest.mark.parametrize(("age", "verdict"), [(6, Verdict.AWAITING_SUCCESSOR), (12, Verdict.STOP_HOLDER)])
    def test_a_short_delay_is_waited_for(self, age: float, verdict: Verdict) -> None:
        """The stop comes so late that no replacement is ahead, and so early that the holder is gone."""
        decision = decide(self.situation(Deregistration(15), age), SETTINGS)
        assert decision.verdict is verdict
        assert decision.incident is IncidentStep.OPEN  # the first stop, or the wait for it

    @pytest.mark.parametrize("delay", [None, Deregistration(0), Deregistration(10)])
    def test_none_to_speak_of_changes_nothing(self, delay: Deregistration | None) -> None:
        """As for any first stop."""
        assert decide(self.situation(delay, 1), SETTINGS).verdict is Verdict.STOP_HOLDER

    def test_what_the_last_stop_took_is_known_better(self) -> None:
        """Connections may have been closed long before the delay was over."""
        found = replace(after_a_lost_race(20), deregistration=Deregistration(300))
        decision = decide(found, SETTINGS)
        assert decision.verdict is Verdict.STOP_HOLDER
        assert "the last stop took 20 s to end its task" in decision.sentence

    def test_a_task_that_is_asked_to_stop_has_longer(self) -> None:
        """It is nothing to call people for before the delay is over."""
        leaving = holder(desired_status="STOPPED", stopping_at=ago(200))
        found = wedged(leaving, contender(20), successor())
        assert decide(found, SETTINGS).escalate
        assert not decide(replace(found, deregistration=Deregistration(300)), SETTINGS).escalate

    @pytest.mark.parametrize(("stopping", "told"), [(900, False), (901, True)])
    def test_the_longest_delay_is_no_reason_for_silence(self, stopping: float, told: bool) -> None:
        """It may be set to an hour; a wedged service that opted in is silent for no longer than the rest."""
        leaving = holder(desired_status="STOPPED", stopping_at=ago(stopping))
        found = wedged(leaving, contender(20), successor())
        decision = decide(replace(found, deregistration=Deregistration(3600)), SETTINGS)
        assert decision.escalate is told


def test_a_stopped_task_that_is_still_being_drained_has_taught_nothing_yet() -> None:
    """What ECS dates is when it began to stop; the balancer's delay is still all that is known."""
    draining = replace(
        stopped(holder(), 20),
        last_status="DEACTIVATING",
        execution_stopped_at=None,
        stopped_at=None,
        containers=(Container("prometheus"),),
    )
    failed = contender(20, created_at=ago(55))
    made = wedged(draining, failed, incident=incident(stop("holder", 24)), deregistration=Deregistration(300))
    known = race_of(made, failed)
    assert known is not None
    assert (known.ending, known.seen) == (300, False)


def test_without_a_stop_and_without_a_balancer_nothing_says_that_a_holder_ends_slowly() -> None:
    """Nor without anybody who waits for it."""
    failed = contender(20, created_at=ago(55))
    assert race_of(wedged(holder(), failed), failed) is None
    assert race_of(after_a_lost_race(20), None) is None
    assert race_of(after_a_lost_race(20), failed) is not None
