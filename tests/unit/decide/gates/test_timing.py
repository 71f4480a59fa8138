"""When to stop the holder."""

import pytest

from tests.support.situations import (
    LOCK_LINE,
    OLD,
    OLD_CODE,
    ago,
    arn,
    contender,
    holder,
    successor,
    wedged,
)
from tests.support.verdicts import SETTINGS, verdict
from unwedge.decide.decide import decide
from unwedge.model.decision import IncidentStep, Requeue, StopTask, Verdict
from unwedge.model.settings import Settings, WithoutSuccessor


class TestTiming:
    def test_a_pending_successor_is_the_moment(self) -> None:
        """The action names the holder and opens the incident."""
        decision = decide(wedged(), SETTINGS)
        assert isinstance(decision.action, StopTask)
        assert decision.action.task_arn == arn("holder")
        assert decision.incident is IncidentStep.OPEN
        assert decision.evidence == LOCK_LINE
        assert decision.times.to_stop == 20

    def test_a_provisioning_successor_is_waited_for_closely(self) -> None:
        """Two seconds: PENDING must not be missed."""
        decision = decide(wedged(holder(), contender(), successor("PROVISIONING")), SETTINGS)
        assert decision.verdict is Verdict.AWAITING_SUCCESSOR
        assert decision.requeue == Requeue(2, arn("holder"))

    def test_a_successor_that_stays_provisioning_is_none(self) -> None:
        """The patience without a successor goes on."""
        stuck = successor("PROVISIONING", created_at=ago(300))
        assert verdict(wedged(holder(), contender(failed=1800), stuck)) is Verdict.NO_SUCCESSOR

    @pytest.mark.parametrize(("waited", "cadence"), [(59, 2), (60, 5), (299, 5), (300, 10), (1799, 10)])
    def test_without_a_successor_the_looks_become_rarer(self, waited: int, cadence: int) -> None:
        """Waiting costs nothing while the holder serves."""
        decision = decide(wedged(holder(), contender(failed=waited)), SETTINGS)
        assert decision.verdict is Verdict.AWAITING_SUCCESSOR
        assert decision.requeue == Requeue(cadence, arn("holder"))

    def test_when_patience_ends_the_policy_says_what_comes(self) -> None:
        """Escalate by default; stop where the operator chose that."""
        long = wedged(holder(), contender(failed=1800))
        decision = decide(long, SETTINGS)
        assert (decision.verdict, decision.escalate) == (Verdict.NO_SUCCESSOR, True)
        assert verdict(long, Settings(without_successor=WithoutSuccessor.STOP)) is Verdict.STOP_HOLDER

    def test_a_task_of_another_deployment_on_its_way_is_no_successor(self) -> None:
        """An old-revision replacement must not be taken for the successor."""
        replacement = successor(deployment_id=OLD, task_definition=OLD_CODE)
        assert verdict(wedged(holder(), contender(), replacement)) is Verdict.AWAITING_SUCCESSOR
