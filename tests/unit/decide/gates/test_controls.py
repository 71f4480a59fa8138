"""Gate 9: kill switch, cooldown, budgets, and a person's answer."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.support.situations import ago, arn, incident, service, wedged
from tests.unit.decide.test_gates import verdict
from unwedge.decide.decide import decide
from unwedge.model.decision import IncidentStep, Requeue, Verdict
from unwedge.model.incident import Approval, Controls
from unwedge.model.settings import Settings
from unwedge.model.situation import Situation

SETTINGS = Settings()


def spent(*seconds: float, account: int = 0, **changes: object) -> Situation:
    """A wedge whose service had stops so many seconds ago."""
    stops = tuple(ago(second) for second in seconds)
    return wedged(controls=Controls(None, stops, account), **changes)


def answered(
    granted: bool = True, seconds: float = 10, holder: str = "holder", tag: str = "approve"
) -> Situation:
    """A wedge about which a person has been asked and has answered."""
    answer = Approval(arn(holder), granted, "ops@example.com", ago(seconds))
    return wedged(service=service(tag=tag), incident=replace(incident(), approval=answer))


def test_controls_that_were_not_read_are_asked_for() -> None:
    """They are read only when everything before speaks for a stop."""
    assert decide(wedged(controls=None), SETTINGS).verdict is Verdict.READ_MORE
    assert decide(wedged(controls=None, logs=()), SETTINGS).verdict is Verdict.CANNOT_VERIFY


def test_paused_means_that_nothing_is_stopped() -> None:
    """The reason is the person's own; the incident is opened and looked at again."""
    decision = decide(wedged(controls=Controls("maintenance until noon")), SETTINGS)
    assert (decision.verdict, decision.incident) == (Verdict.PAUSED, IncidentStep.OPEN)
    assert "maintenance until noon" in decision.sentence
    assert decision.requeue == Requeue(60)


def test_an_empty_reason_pauses_as_well() -> None:
    """Only the word run lets Unwedge run."""
    assert verdict(wedged(controls=Controls(""))) is Verdict.PAUSED


@pytest.mark.parametrize(("seconds", "expected"), [(599, Verdict.COOLING_DOWN), (600, Verdict.STOP_HOLDER)])
def test_a_service_is_left_alone_for_a_while_after_a_stop(seconds: int, expected: Verdict) -> None:
    """The stop of an earlier incident, that is."""
    assert verdict(spent(seconds)) is expected


def test_the_next_look_comes_when_the_cooldown_ends() -> None:
    """At most a minute from now."""
    assert decide(spent(590), SETTINGS).requeue == Requeue(11)
    assert decide(spent(100), SETTINGS).requeue == Requeue(60)


def test_rounds_of_one_incident_follow_each_other_without_a_cooldown() -> None:
    """The incident was opened 40 s ago, the stop came 30 s ago."""
    assert verdict(spent(30, incident=incident())) is Verdict.STOP_HOLDER
    assert verdict(spent(41, incident=incident())) is Verdict.COOLING_DOWN


def test_a_service_that_wedges_again_and_again_is_escalated_with_advice() -> None:
    """Four stops within an hour did not help for long."""
    decision = decide(spent(700, 1400, 2100, 3599), SETTINGS)
    assert (decision.verdict, decision.escalate) == (Verdict.KEEPS_WEDGING, True)
    assert "minimumHealthyPercent 0" in decision.sentence
    assert verdict(spent(700, 1400, 2100, 3600)) is Verdict.STOP_HOLDER


def test_a_service_has_a_budget_of_stops_for_a_day() -> None:
    """Ten, and an old one does not count."""
    day = timedelta(days=1).total_seconds()
    nine = tuple(4000.0 + 100 * n for n in range(9))
    assert verdict(spent(*nine, day - 1)) is Verdict.BUDGET_SPENT
    assert verdict(spent(*nine, day)) is Verdict.STOP_HOLDER


def test_when_many_services_were_stopped_the_rest_ask() -> None:
    """The storm brake; a person's approval of this very stop goes beyond."""
    decision = decide(spent(account=10), SETTINGS)
    assert (decision.verdict, decision.escalate) == (Verdict.APPROVAL_NEEDED, True)
    assert verdict(spent(account=9)) is Verdict.STOP_HOLDER
    approved = answered(tag="enforce")
    assert verdict(replace(approved, controls=Controls(None, (), 10))) is Verdict.STOP_HOLDER


def test_an_approval_lets_approve_mode_act() -> None:
    """And the reasons name who approved."""
    decision = decide(answered(), SETTINGS)
    assert decision.verdict is Verdict.STOP_HOLDER
    assert any("approved by ops@example.com" in reason.text for reason in decision.reasons)


def test_an_approval_lifts_neither_the_kill_switch_nor_a_limit() -> None:
    """It answers one question only."""
    assert verdict(replace(answered(), controls=Controls("stop"))) is Verdict.PAUSED
    assert verdict(replace(answered(), controls=Controls(None, (ago(100),)))) is Verdict.COOLING_DOWN


@pytest.mark.parametrize(
    ("seconds", "expected"), [(899, Verdict.STOP_HOLDER), (900, Verdict.APPROVAL_NEEDED)]
)
def test_an_approval_grows_stale(seconds: int, expected: Verdict) -> None:
    """A yes from long ago is no yes."""
    assert verdict(answered(seconds=seconds)) is expected


def test_an_approval_is_for_one_holder() -> None:
    """Another task was never asked about."""
    assert verdict(answered(holder="another")) is Verdict.APPROVAL_NEEDED


def test_a_rejection_is_respected_and_named() -> None:
    """In approve mode nothing happens after a no."""
    decision = decide(answered(granted=False), SETTINGS)
    assert decision.verdict is Verdict.REJECTED
    assert "rejected by ops@example.com" in decision.sentence


def test_an_approval_does_not_turn_observe_into_enforce() -> None:
    """The tag says what we may do."""
    assert verdict(answered(tag="observe")) is Verdict.WOULD_STOP
