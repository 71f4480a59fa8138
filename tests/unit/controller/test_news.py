"""Failures that are no wedge, decisions that repeat, and reads that give no answer."""

from dataclasses import replace
from datetime import timedelta

from botocore.exceptions import ReadTimeoutError

from tests.support.aws import client_error
from tests.support.controlled import World, event, wedge
from tests.support.situations import (
    CLUSTER,
    LOCK_LINE,
    NEW_CODE,
    NOW,
    OLD,
    SERVICE,
    ago,
    arn,
    contender,
    holder,
    successor,
)
from unwedge.model.incident import StopState
from unwedge.signal.signals import Cause, Signal


class TestOtherFailures:
    def other(self) -> World:
        world = World(holder(), contender(), lines=("panic: out of luck",))
        world.reconcile()
        assert world.record.last.verdict == "other-failure"
        world.aws.calls.clear()
        return world

    def test_the_second_event_of_the_same_crash_costs_no_call(self) -> None:
        """DEPROVISIONING and STOPPED tell of one failure."""
        world = self.other()
        world.reconcile()
        assert world.aws.calls == []
        assert world.notes == ["this failure is explained already"]

    def test_a_crash_loop_is_not_looked_at_on_every_crash(self) -> None:
        """The quiet ends with one pass at the first failure that was passed over."""
        world = self.other()
        again = contender(failed=0, arn=arn("again"))
        for seconds in (40, 80):
            world.reconcile(event(again), NOW + timedelta(seconds=seconds))
        assert world.aws.calls == []
        assert [seconds for _, seconds in world.queue.sent] == [81]
        world.reconcile(world.next_look(), NOW + timedelta(seconds=121))
        assert world.aws.calls

    def test_the_look_after_the_quiet_sees_every_crash_that_was_passed_over(self) -> None:
        """A lock failure among them is not lost."""
        world = self.other()
        for seconds, name in ((40, "first"), (80, "second")):
            world.reconcile(
                event(contender(failed=-seconds, arn=arn(name))), NOW + timedelta(seconds=seconds)
            )
        world.aws.tasks[1:] = [contender(failed=-80, arn=arn("second")), successor()]
        world.aws.lines = (LOCK_LINE,)
        world.reconcile(world.next_look(), NOW + timedelta(seconds=121))
        assert world.aws.stopped == [arn("holder")]

    def test_a_log_read_too_early_is_read_once_more_when_the_task_has_ended(self) -> None:
        """The lock line may come a batch later than the first lines."""
        world = self.other()
        world.aws.lines = ("panic: out of luck", LOCK_LINE)
        world.aws.tasks.append(successor())
        world.reconcile(event(contender(last_status="STOPPED")), NOW + timedelta(seconds=15))
        assert world.aws.stopped == [arn("holder")]

    def test_a_failure_dismissed_does_not_cancel_the_look_for_another(self) -> None:
        """Each failure is explained for itself."""
        world = World(holder(), contender(failed=3), lines=())
        world.reconcile(event(contender(failed=3)))
        pending = world.record.requeue_id
        world.ledger.records[(CLUSTER, SERVICE)] = replace(world.record, last=None)
        world.aws.lines = ("panic",)
        world.reconcile(event(contender(failed=30, arn=arn("older"))))
        assert world.record.requeue_id == pending

    def test_another_revision_is_looked_at_at_once(self) -> None:
        """The quiet is for one task definition."""
        world = self.other()
        fixed = contender(failed=0, arn=arn("fixed"), task_definition=NEW_CODE + "1", deployment_id=OLD)
        world.reconcile(event(fixed), NOW + timedelta(seconds=10))
        assert world.aws.calls


def test_a_deployment_event_without_an_incident_costs_no_call() -> None:
    """Most deployments go well."""
    world = wedge()
    world.reconcile(Signal(CLUSTER, SERVICE, Cause.DEPLOYMENT))
    assert world.aws.calls == []
    assert world.notes == ["no incident is open for this service"]


def test_the_same_decision_again_is_counted_and_not_written_again() -> None:
    """Repeats are counted, not repeated."""
    world = wedge()
    world.aws.tag = "observe"
    world.reconcile()
    for seconds in (30, 60, 90):
        world.reconcile(world.next_look(), NOW + timedelta(seconds=seconds))
    assert len(world.ledger.entries) == 1
    assert world.record.last.repeats == 3


def test_an_unreadable_service_is_recorded_with_what_to_fix() -> None:
    """Denied calls get a clear, recorded outcome."""
    world = wedge()
    world.aws.errors["ListTasks"] = client_error("AccessDeniedException", "ListTasks")
    world.reconcile()
    decision = world.ledger.entries[0].data["decision"]
    assert decision["verdict"] == "cannot-observe"
    assert "ecs:ListTasks answered AccessDeniedException" in decision["sentence"]


def test_late_log_lines_are_looked_for_again_with_the_same_hint() -> None:
    """The wait costs three calls a pass, not eight."""
    world = World(holder(), contender(failed=3), successor(), lines=())
    world.reconcile(event(contender(failed=3)))
    assert world.record.last.verdict == "awaiting-evidence"
    assert world.record.incident is None
    world.aws.lines = ("panic: late",)
    world.aws.calls.clear()
    world.reconcile(world.next_look(), NOW + timedelta(seconds=2))
    assert world.aws.calls == ["DescribeServices", "DescribeTaskDefinition", "GetLogEvents"]
    assert world.record.last.verdict == "other-failure"


def test_the_situation_of_a_decision_is_dated_by_the_signal_handler() -> None:
    """`now` is read once and passed down."""
    world = wedge()
    world.reconcile(now=ago(-5))
    assert world.ledger.entries[0].decided_at == ago(-5)


def test_a_stop_without_an_answer_keeps_its_claim_and_counts() -> None:
    """It may have taken effect: whoever looks next must not think that this stop is still to be had."""
    world = wedge()
    world.aws.errors["StopTask"] = ReadTimeoutError(endpoint_url="ecs")
    world.reconcile()
    assert world.ledger.claims == {arn("holder"): world.record.incident.id}
    assert [item.state for item in world.record.incident.stops] == [StopState.CLAIMED]
    assert world.ledger.account_stops(NOW) == 1
