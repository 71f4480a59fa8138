"""Gate 1: which services are looked at."""

from dataclasses import replace

import pytest

from tests.support.situations import (
    CLUSTER,
    incident,
    service,
    wedged,
)
from tests.support.verdicts import SETTINGS, verdict
from unwedge.decide.decide import decide
from unwedge.model.decision import IncidentStep, Requeue, Verdict
from unwedge.model.settings import Mode, Settings
from unwedge.model.situation import Failure, ReadFailure


class TestService:
    def test_an_unwatched_cluster_ends_the_decision(self) -> None:
        """Nothing outside the configured clusters is looked at."""
        assert verdict(wedged(), Settings(clusters=("arn:other",))) is Verdict.NOT_WATCHED
        assert verdict(wedged(), Settings(clusters=(CLUSTER,))) is Verdict.STOP_HOLDER

    def test_a_missing_service_closes_its_incident(self) -> None:
        """A deleted service leaves nothing to free."""
        decision = decide(wedged(service=None, incident=incident()), SETTINGS)
        assert (decision.verdict, decision.incident) == (Verdict.SERVICE_GONE, IncidentStep.WITHDRAWN)

    @pytest.mark.parametrize("status", ["DRAINING", "INACTIVE", ""])
    def test_a_service_that_is_not_active_is_left_alone(self, status: str) -> None:
        """Only ACTIVE services are freed."""
        assert verdict(wedged(service=service(status=status))) is Verdict.SERVICE_INACTIVE

    @pytest.mark.parametrize("controller", ["CODE_DEPLOY", "EXTERNAL"])
    def test_a_foreign_deployment_controller_is_not_understood(self, controller: str) -> None:
        """Only rolling deployments by ECS are understood."""
        assert verdict(wedged(service=service(controller=controller))) is Verdict.UNSUPPORTED_DEPLOYMENT

    def test_off_by_tag_and_off_by_default_are_not_watched(self) -> None:
        """The tag wins over the default, both ways."""
        assert verdict(wedged(service=service(tag="off"))) is Verdict.NOT_WATCHED
        off = Settings(default_mode=Mode.OFF)
        assert verdict(wedged(service=service(tag=None)), off) is Verdict.NOT_WATCHED
        assert verdict(wedged(), off) is Verdict.STOP_HOLDER

    @pytest.mark.parametrize(
        ("failure", "expected"),
        [
            (Failure.DENIED, Verdict.CANNOT_OBSERVE),
            (Failure.REFUSED, Verdict.CANNOT_OBSERVE),
            (Failure.UNAVAILABLE, Verdict.AWS_UNAVAILABLE),
        ],
    )
    def test_a_failed_read_is_never_guessed_around(self, failure: Failure, expected: Verdict) -> None:
        """One read without an answer ends the decision, whatever else is known."""
        failed = ReadFailure("ecs:ListTasks", failure, "SomeException", "no")
        decision = decide(wedged(failures=(failed,)), SETTINGS)
        assert decision.verdict is expected
        assert "ecs:ListTasks answered SomeException" in decision.sentence

    def test_denied_reads_say_what_to_grant_and_passing_failures_are_tried_again(self) -> None:
        """A person can fix a denial from the sentence; a passing failure needs nobody."""
        denied = ReadFailure("ecs:ListTasks", Failure.DENIED, "AccessDeniedException", "no")
        assert "Grant" in decide(wedged(failures=(denied,)), SETTINGS).sentence
        passing = denied._replace(failure=Failure.UNAVAILABLE)
        assert decide(wedged(failures=(passing,)), SETTINGS).requeue == Requeue(15)

    def test_a_denied_read_in_an_open_incident_is_escalated_and_tried_again(self) -> None:
        """An incident is not forgotten because a permission is missing."""
        denied = ReadFailure("ecs:ListTasks", Failure.DENIED, "AccessDeniedException", "no")
        decision = decide(wedged(failures=(denied,), incident=incident()), SETTINGS)
        assert decision.escalate
        assert decision.requeue is not None


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"strategy": "BLUE_GREEN"}, "the strategy BLUE_GREEN"),
        ({"strategy": "LINEAR"}, "the strategy LINEAR"),
        ({"strategy": "CANARY"}, "the strategy CANARY"),
        ({"strategy": "SOMETHING_NEW"}, "the strategy SOMETHING_NEW"),
        ({"scheduling": "DAEMON"}, "the scheduling strategy DAEMON"),
    ],
)
def test_a_service_that_is_not_replaced_task_by_task_is_left_alone(
    changes: dict[str, str], said: str
) -> None:
    """deploymentController ECS does not mean rolling; nor does a DAEMON service surge."""
    decision = decide(wedged(service=replace(service(), **changes)), SETTINGS)  # type: ignore[arg-type]
    assert decision.verdict is Verdict.UNSUPPORTED_DEPLOYMENT
    assert said in decision.sentence
