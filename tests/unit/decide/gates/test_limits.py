"""What keeps a stop from being made: spent stops, claims, the mode, protection."""

from dataclasses import replace

import pytest

from tests.support.situations import (
    NEW_CODE,
    OLD_CODE,
    ago,
    arn,
    contender,
    holder,
    incident,
    service,
    stop,
    successor,
    wedged,
)
from tests.support.verdicts import SETTINGS, verdict
from unwedge.decide.decide import decide
from unwedge.model.decision import Verdict
from unwedge.model.incident import RefusedStop, Rollback, StopState
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
