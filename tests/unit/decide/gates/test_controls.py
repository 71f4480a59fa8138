"""Gate 9: kill switch, cooldown, budgets, and a person's answer."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.support.situations import NEW, NOW, ago, arn, incident, service, stop, wedged
from tests.support.verdicts import verdict
from unwedge.decide.decide import decide
from unwedge.model.decision import IncidentStep, Requeue, Verdict
from unwedge.model.incident import Approval, Controls, Limit
from unwedge.model.settings import Settings
from unwedge.model.situation import Situation

SETTINGS = Settings()


def spent(*seconds: float, account: int = 0, **changes: object) -> Situation:
    """A wedge whose service had stops so many seconds ago."""
    stops = tuple(ago(second) for second in seconds)
    return wedged(controls=Controls(None, stops, account), **changes)


def answered(
    granted: bool = True,
    seconds: float = 10,
    holder: str = "holder",
    tag: str = "approve",
    **terms: object,
) -> Situation:
    """A wedge about which a person has been asked and has answered."""
    answer = Approval(arn(holder), granted, "ops@example.com", ago(seconds))._replace(**terms)  # type: ignore[arg-type]
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
    """The storm brake; a person's approval of this very stop goes beyond, where the question named it."""
    decision = decide(spent(account=10), SETTINGS)
    assert (decision.verdict, decision.escalate) == (Verdict.APPROVAL_NEEDED, True)
    assert verdict(spent(account=9)) is Verdict.STOP_HOLDER
    storm = Controls(None, (), 10)
    assert decision.approval_request is not None
    assert decision.approval_request.lifts == (Limit.ACCOUNT_BUDGET,)
    assert "goes beyond the account's stops for an hour" in decision.sentence
    assert verdict(replace(answered(tag="enforce"), controls=storm)) is Verdict.APPROVAL_NEEDED
    beyond = answered(tag="enforce", lifts=(Limit.ACCOUNT_BUDGET,))
    assert verdict(replace(beyond, controls=storm)) is Verdict.STOP_HOLDER
    both = answered(tag="approve", lifts=(Limit.MODE, Limit.ACCOUNT_BUDGET))
    assert verdict(replace(both, controls=storm)) is Verdict.STOP_HOLDER


def test_an_approval_holds_for_its_deployment_until_the_time_that_its_question_named() -> None:
    """ECS backs off for up to 27 minutes between two attempts; the next deployment is another question."""
    until = NOW + timedelta(seconds=1)
    assert verdict(answered(at=ago(7000), valid_until=until)) is Verdict.STOP_HOLDER
    assert verdict(answered(at=ago(7000), valid_until=NOW)) is Verdict.APPROVAL_NEEDED
    assert verdict(answered(deployment=NEW, valid_until=until)) is Verdict.STOP_HOLDER
    assert verdict(answered(deployment="ecs-svc/3", valid_until=until)) is Verdict.APPROVAL_NEEDED
    assert verdict(answered(granted=False, at=ago(899), valid_until=until)) is Verdict.REJECTED
    assert verdict(answered(granted=False, at=ago(901), valid_until=until)) is Verdict.APPROVAL_NEEDED


def test_a_question_names_what_it_is_about() -> None:
    """The deployment, how long a yes holds, and what it lifts."""
    question = decide(wedged(service=service(tag="approve")), SETTINGS)
    request = question.approval_request
    assert request is not None
    assert (request.deployment, request.lifts) == (NEW, (Limit.MODE,))
    assert request.valid_until == NOW + timedelta(seconds=900 + 7200)
    assert "It holds for this deployment of dev-prometheus:42 until 00:47:00Z" in question.sentence


def test_another_deployment_has_its_own_stops() -> None:
    """Two stops did not help the revision before; the fix is not that revision."""
    two = tuple(stop(name, 100)._replace(deployment=NEW) for name in ("one", "two"))
    assert verdict(wedged(incident=incident(*two))) is Verdict.STOPS_SPENT
    others = tuple(item._replace(deployment="ecs-svc/3") for item in two)
    assert verdict(wedged(incident=incident(*others))) is Verdict.STOP_HOLDER


def test_an_approval_lets_approve_mode_act() -> None:
    """And the reasons name who approved."""
    decision = decide(answered(), SETTINGS)
    assert decision.verdict is Verdict.STOP_HOLDER
    assert any("approved by ops@example.com" in reason.text for reason in decision.reasons)


def test_an_approval_lifts_neither_the_kill_switch_nor_a_limit() -> None:
    """It answers one question only."""
    assert verdict(replace(answered(), controls=Controls("stop"))) is Verdict.PAUSED
    assert verdict(replace(answered(), controls=Controls(None, (ago(100),)))) is Verdict.COOLING_DOWN


def test_an_approved_stop_beyond_the_accounts_budget_is_counted_like_any_other() -> None:
    """The gate says what is spent, with its numbers."""
    yes = Approval(arn("holder"), True, "ops", ago(5), lifts=(Limit.ACCOUNT_BUDGET,))
    found = wedged(incident=replace(incident(), approval=yes), controls=Controls(None, (), 10))
    decision = decide(found, SETTINGS)
    assert decision.verdict is Verdict.STOP_HOLDER
    (controls,) = [reason for reason in decision.reasons if reason.gate == 9]
    assert controls.numbers["account_stops"] == 10
    assert controls.numbers["service_stops"] == 0


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


@pytest.mark.parametrize(
    ("situation", "asks"),
    [
        (spent(account=9), False),
        (spent(account=10), True),
        (spent(3500, account=4), False),
        (spent(3500, account=5), True),
        (spent(3601, account=9), False),
        (spent(3601, account=10), True),
    ],
)
def test_half_of_the_accounts_stops_are_kept_for_services_that_had_none(
    situation: Situation, asks: bool
) -> None:
    """Three services that wedge again and again would else spend all ten of an hour."""
    decision = decide(situation, SETTINGS)
    assert (decision.verdict is Verdict.APPROVAL_NEEDED) is asks
    again = "what is left is for services that had none" in decision.sentence
    assert again is (asks and situation == spent(3500, account=5))


def test_the_only_stop_of_an_hour_is_anybodys() -> None:
    """Half of it, rounded up."""
    one = Settings(stops_per_account_hour=1)
    assert (one.account_allowance([], NOW), one.account_allowance([ago(60)], NOW)) == (1, 1)
    three = Settings(stops_per_account_hour=3)
    assert (three.account_allowance([], NOW), three.account_allowance([ago(60)], NOW)) == (3, 2)
