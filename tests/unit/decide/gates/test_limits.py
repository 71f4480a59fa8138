"""What keeps a stop from being made: spent stops, claims, the mode, protection."""

from dataclasses import replace

import pytest

from tests.support.situations import (
    NEW_CODE,
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
from tests.support.verdicts import SETTINGS, verdict
from unwedge.decide.decide import decide
from unwedge.decide.gates.case import Case
from unwedge.decide.gates.limits import mode
from unwedge.model.decision import IncidentStep, Requeue, Verdict
from unwedge.model.incident import Approval, Controls, Limit, RefusedStop, Rollback, StopState
from unwedge.model.service import Container
from unwedge.model.settings import Mode, Settings


class TestLimits:
    def test_a_holder_gets_one_stop(self) -> None:
        """Claimed and fresh: wait. Claimed and abandoned: take over. Sent: never again."""
        for state, seconds, expected in (
            (StopState.CLAIMED, 44, Verdict.HOLDER_STOPPING),
            (StopState.CLAIMED, 45, Verdict.STOP_HOLDER),
        ):
            claimed = incident(stop("holder", seconds, state))
            situation = wedged(holder(), contender(failed=5), successor(), incident=claimed)
            assert verdict(situation) is expected, (state, seconds)
        sent = incident(stop("holder", 100, StopState.SENT))
        again = wedged(holder(), contender(failed=5), successor(), incident=sent)
        assert verdict(again) is Verdict.HOLDER_STOPPING

    def test_a_refused_stop_is_said_with_its_reason_and_tried_again_later(self) -> None:
        """It changed nothing, and the permission may have been granted since."""
        for seconds, expected in ((299, Verdict.STOP_DENIED), (300, Verdict.STOP_HOLDER)):
            refused = replace(incident(), refused=RefusedStop(ago(seconds), "Grant it."))
            decision = decide(wedged(incident=refused), SETTINGS)
            assert decision.verdict is expected
        assert (
            "Grant it."
            in decide(
                wedged(incident=replace(refused, refused=RefusedStop(ago(1), "Grant it."))), SETTINGS
            ).sentence
        )

    def test_an_incident_gets_the_settings_number_of_stops(self) -> None:
        """Then people are told how to end the race."""
        spent = incident(stop("first", 500), stop("second", 200))
        situation = wedged(holder(started_at=ago(150)), contender(failed=5), successor(), incident=spent)
        decision = decide(situation, SETTINGS)
        assert (decision.verdict, decision.escalate) == (Verdict.STOPS_SPENT, True)
        assert verdict(situation, Settings(stops_per_incident=3)) is Verdict.STOP_HOLDER

    def test_a_deployment_of_our_own_has_no_stops_of_its_own(self) -> None:
        """We sent the service back, and a task of the revision before took the lock meanwhile: to stop it
        would be for a deployment that nobody but us asked for. Somebody else's deployment has its own."""
        spent = (stop("first", 500), stop("second", 200))
        earlier = incident(*(one._replace(deployment="ecs-svc/earlier") for one in spent))
        back = replace(earlier, rollback=Rollback(NEW_CODE, ago(100), StopState.SENT))
        parties = (holder(started_at=ago(150)), contender(failed=5), successor())
        assert verdict(wedged(*parties, incident=back)) is Verdict.STOPS_SPENT
        other = replace(earlier, rollback=Rollback(OLD_CODE, ago(100), StopState.SENT))
        for case in (earlier, other):
            assert verdict(wedged(*parties, incident=case)) is Verdict.STOP_HOLDER

    @pytest.mark.parametrize(("lived", "broken"), [(119, False), (120, True)])
    def test_a_revision_that_kept_the_lock_for_two_minutes_had_its_chance(
        self, lived: int, broken: bool
    ) -> None:
        """By the second, with the time in the record."""
        ended = stopped(new_task(60 + lived, arn=arn("ended")), 60)
        back = holder(arn=arn("back"), started_at=ago(35))
        since = incident(stop("holder", 300))
        failed = contender(failed=5)
        found = wedged(back, ended, failed, successor(), incident=since, logs=(died(failed), opened("back")))
        decision = decide(found, SETTINGS)
        assert (decision.verdict is Verdict.NEW_REVISION_BROKEN) is broken
        assert (decision.verdict is Verdict.STOP_HOLDER) is not broken
        if broken:
            assert decision.requeue == Requeue(60)
            assert decision.reasons[-1].numbers == {"seconds_lived": 120}


class TestMode:
    @pytest.mark.parametrize(
        ("tag", "expected"),
        [
            ("enforce", Verdict.STOP_HOLDER),
            (" Enforce ", Verdict.STOP_HOLDER),
            ("observe", Verdict.WOULD_STOP),
            ("approve", Verdict.APPROVAL_NEEDED),
            ("enfroce", Verdict.WOULD_STOP),
            ("", Verdict.WOULD_STOP),
            (None, Verdict.WOULD_STOP),
        ],
    )
    def test_only_enforce_acts(self, tag: str | None, expected: Verdict) -> None:
        """A misspelt tag is observed, never enforced."""
        assert verdict(wedged(service=service(tag=tag))) is expected

    def test_an_untagged_service_follows_the_stacks_default(self) -> None:
        """The default can be enforce."""
        enforce = Settings(default_mode=Mode.ENFORCE)
        assert verdict(wedged(service=service(tag=None)), enforce) is Verdict.STOP_HOLDER
        assert verdict(wedged(service=service(tag="enfroce")), enforce) is Verdict.WOULD_STOP


@pytest.mark.parametrize("mode", ["enforce", "approve"])
def test_a_task_under_protection_is_stopped_by_a_persons_decision_only(mode: str) -> None:
    """StopTask ignores scale-in protection, so we must not."""
    guarded = wedged(service=service(tag=mode), protected=(arn("holder"),))
    decision = decide(guarded, SETTINGS)
    assert decision.verdict is Verdict.APPROVAL_NEEDED
    assert "under scale-in protection" in decision.sentence
    assert decide(wedged(service=service(tag="enforce"), protected=(arn("successor"),)), SETTINGS).action


@pytest.mark.parametrize(
    ("lifts", "expected"),
    [
        ((Limit.MODE,), Verdict.APPROVAL_NEEDED),
        ((Limit.PROTECTION,), Verdict.APPROVAL_NEEDED),
        ((Limit.MODE, Limit.PROTECTION), Verdict.STOP_HOLDER),
    ],
)
def test_a_yes_has_to_lift_every_limit_that_holds(lifts: tuple[Limit, ...], expected: Verdict) -> None:
    """The task has come under protection since the question was asked."""
    yes = Approval(arn("holder"), True, "ops", ago(5), lifts=lifts)
    guarded = wedged(
        service=service(tag="approve"),
        protected=(arn("holder"),),
        incident=replace(incident(), approval=yes),
    )
    assert verdict(guarded) is expected


def test_a_no_is_a_no_and_is_said_with_its_name() -> None:
    """Asked again after its time, and nobody is called."""
    no = Approval(arn("holder"), False, "ops", ago(5))
    decision = decide(
        wedged(service=service(tag="approve"), incident=replace(incident(), approval=no)), SETTINGS
    )
    assert (decision.verdict, decision.escalate) == (Verdict.REJECTED, False)
    assert decision.requeue == Requeue(300)
    assert decision.incident is IncidentStep.KEEP
    assert "was rejected by ops at 22:31:55Z" in decision.sentence


def test_a_task_of_the_deployment_that_still_runs_has_not_lost_its_chance() -> None:
    """It had the lock for long after our stop, and is being stopped with a sidecar that takes its time: it
    may keep it until it is gone."""
    leaving = new_task(
        250,
        arn=arn("leaving"),
        desired_status="STOPPED",
        last_status="STOPPING",
        stopping_at=ago(60),
        containers=(Container("prometheus", 0), Container("sidecar")),
    )
    since = incident(stop("holder", 300))
    failed = contender(failed=5)
    back = holder(arn=arn("back"), started_at=ago(35), created_at=ago(50))
    made = wedged(leaving, back, failed, successor(), incident=since, logs=(died(failed), opened("back")))
    assert decide(made, SETTINGS).verdict is Verdict.STOP_HOLDER
    gone = replace(leaving, last_status="STOPPED", execution_stopped_at=ago(60))
    ended = replace(made, tasks=(gone, *made.tasks[1:]))
    assert decide(ended, SETTINGS).verdict is Verdict.NEW_REVISION_BROKEN


@pytest.mark.parametrize(
    ("tag", "lifts"),
    [("approve", (Limit.MODE,)), ("enforce", (Limit.PROTECTION,))],
    ids=["mode", "protected"],
)
def test_a_yes_to_the_question_of_this_gate_is_not_asked_for_more(tag: str, lifts: tuple[Limit, ...]) -> None:
    """The account's budget is spent too, and another gate has asked about that before."""
    made = wedged(
        service=service(tag=tag),
        protected=(arn("holder"),) if Limit.PROTECTION in lifts else (),
        incident=replace(incident(), approval=Approval(arn("holder"), True, "ops", ago(5), lifts=lifts)),
        controls=Controls(None, (), SETTINGS.stops_per_account_hour),
    )
    ruling = mode(Case(made, SETTINGS))
    assert ruling.verdict is None
    assert "was approved by ops" in ruling.text
