"""Where the deployment goes."""

from dataclasses import replace

import pytest

from tests.support.situations import (
    contender,
    deployed,
    holder,
    incident,
    new_task,
    service,
    successor,
    wedged,
)
from tests.support.verdicts import SETTINGS, verdict
from unwedge.decide.decide import decide
from unwedge.model.decision import IncidentStep, Requeue, Verdict
from unwedge.model.service import Health, Rollout


class TestRollout:
    @pytest.mark.parametrize(
        "status",
        [
            "STOPPED",
            "STOP_REQUESTED",
            "ROLLBACK_REQUESTED",
            "ROLLBACK_IN_PROGRESS",
            "ROLLBACK_SUCCESSFUL",
            "ROLLBACK_FAILED",
            "SOMETHING_NEW",
        ],
    )
    def test_a_rollout_that_is_taken_back_makes_us_stand_down(self, status: str) -> None:
        """An unknown status counts as taken back."""
        assert verdict(wedged(rollout=Rollout("arn", status))) is Verdict.ROLLBACK_IN_PROGRESS

    def test_a_rollout_that_ecs_does_not_list_is_no_rollout_forward(self) -> None:
        """Only one that is COMPLETED may be forgotten."""
        assert verdict(wedged(rollout=None)) is Verdict.ROLLOUT_UNKNOWN

    @pytest.mark.parametrize("status", ["PENDING", "IN_PROGRESS", "SUCCESSFUL"])
    def test_a_rollout_that_goes_forward_passes(self, status: str) -> None:
        """These are all the ways forward."""
        assert verdict(wedged(rollout=Rollout("arn", status))) is Verdict.STOP_HOLDER

    def test_a_finished_rollback_does_not_bind_a_completed_deployment(self) -> None:
        """An UNHEALTHY holder of the deployment that was rolled back to blocks its own replacement."""
        same = wedged(
            new_task(5000, health=Health.UNHEALTHY),
            contender(),
            successor(),
            service=deployed(),
            rollout=Rollout("arn", "ROLLBACK_SUCCESSFUL"),
        )
        assert verdict(same) is Verdict.STOP_HOLDER
        assert verdict(replace(same, service=deployed("IN_PROGRESS"))) is Verdict.ROLLBACK_IN_PROGRESS

    def test_standing_down_for_long_is_escalated(self) -> None:
        """Nobody took the rollout back for good."""
        old = wedged(holder(), contender(failed=601), successor(), rollout=Rollout("a", "STOP_REQUESTED"))
        assert decide(old, SETTINGS).escalate

    def test_a_failed_deployment_makes_us_stand_down(self) -> None:
        """The circuit breaker has given up on it."""
        failed = (service().deployments[0]._replace(rollout_state="FAILED"), service().deployments[1])
        assert verdict(wedged(service=service(deployments=failed))) is Verdict.DEPLOYMENT_FAILED

    @pytest.mark.parametrize("count", [2, 3])
    def test_a_desired_count_above_one_is_said_and_nothing_is_stopped(self, count: int) -> None:
        """A store with one lock can run one task."""
        decision = decide(wedged(service=service(desired_count=count)), SETTINGS)
        assert decision.verdict is Verdict.MISCONFIGURED
        assert decision.incident is IncidentStep.OPEN
        assert decision.escalate

    def test_a_service_that_is_scaled_to_0_is_no_wedge(self) -> None:
        """Its last attempts may fail on the lock while the old task ends."""
        scaled = service(desired_count=0)
        decision = decide(wedged(service=scaled), SETTINGS)
        assert decision.verdict is Verdict.SCALED_TO_0
        assert decision.incident is IncidentStep.KEEP
        assert decision.requeue is None
        assert not decision.escalate
        wedge = decide(wedged(service=scaled, incident=incident()), SETTINGS)
        assert (wedge.verdict, wedge.requeue) == (Verdict.SCALED_TO_0, Requeue(60))


def test_a_lifecycle_hook_that_awaits_an_action_is_somebody_elses_decision() -> None:
    """A PAUSE hook may wait for days; who answers it says how the deployment goes on."""
    waiting = Rollout("arn", "IN_PROGRESS", awaiting="POST_SCALE_UP")
    decision = decide(wedged(rollout=waiting), SETTINGS)
    assert decision.verdict is Verdict.ROLLOUT_PAUSED
    assert decision.action is None
    assert "POST_SCALE_UP" in decision.sentence


def test_the_circuit_breakers_count_is_told() -> None:
    """It says how long there is before a rollback."""
    counted = Rollout("arn", "IN_PROGRESS", failures=2, threshold=3)
    decision = decide(wedged(rollout=counted), SETTINGS)
    assert decision.verdict is Verdict.STOP_HOLDER
    texts = [reason.text for reason in decision.reasons]
    assert any("counted 2 of 3 failed tasks" in text for text in texts)


def test_the_circuit_breakers_count_is_in_the_record() -> None:
    """For who asks how near the rollback was."""
    counted = Rollout("arn", "IN_PROGRESS", failures=2, threshold=3)
    numbers = [reason.numbers for reason in decide(wedged(rollout=counted), SETTINGS).reasons]
    assert {"breaker_failures": 2, "breaker_threshold": 3} in numbers


def test_a_failed_deployment_that_is_also_taken_back_is_told_as_taken_back() -> None:
    """A FAILED one whose rollback is under way is not over yet."""
    failed = (service().deployments[0]._replace(rollout_state="FAILED"), service().deployments[1])
    for status, expected in (
        ("ROLLBACK_IN_PROGRESS", Verdict.ROLLBACK_IN_PROGRESS),
        ("IN_PROGRESS", Verdict.DEPLOYMENT_FAILED),
    ):
        made = wedged(service=service(deployments=failed), rollout=Rollout("arn", status))
        assert verdict(made) is expected


def test_a_desired_count_is_in_the_record() -> None:
    """Whether it is right or not."""
    for count in (1, 2):
        decision = decide(wedged(service=service(desired_count=count)), SETTINGS)
        assert {"desired_count": count} in [reason.numbers for reason in decision.reasons]
