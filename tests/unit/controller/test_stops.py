"""Stops from first read to record: limits, claims, crashes, and passes that meet."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from itertools import count
from typing import Any

import pytest

from tests.support.aws import client_error
from tests.support.controlled import SETTINGS, Queue, World, event, wedge
from tests.support.situations import (
    CLUSTER,
    NEW,
    NOW,
    OLD_CODE,
    SERVICE,
    ago,
    arn,
    contender,
    holder,
    incident,
    new_task,
    stop,
    stopped,
    successor,
)
from unwedge.controller import TooManyTriesError
from unwedge.decide.decide import decide
from unwedge.model.codec import from_json
from unwedge.model.decision import Decision
from unwedge.model.incident import Drain, RefusedStop, Rollback, StopState
from unwedge.model.service import Health
from unwedge.model.situation import Situation
from unwedge.record.claims import merged
from unwedge.record.ledger import Last, LedgerConflictError, ServiceRecord
from unwedge.signal.signals import Cause, Signal


def test_a_wedge_is_freed_by_one_stop_that_is_claimed_and_recorded() -> None:
    """The record names the stop, the claim, the evidence and the next pass."""
    world = wedge()
    world.reconcile()
    assert world.aws.stopped == [arn("holder")]
    incident = world.record.incident
    assert [(item.task_arn, item.state) for item in incident.stops] == [(arn("holder"), StopState.SENT)]
    assert world.ledger.claims == {arn("holder"): incident.id}
    assert world.record.requeue_id == world.next_look().requeue_id
    assert len(world.ledger.entries) == 1


def test_a_neighbour_on_the_same_lock_is_looked_for_before_every_stop() -> None:
    """Though the service has a task that looks like the holder: the true one may be theirs."""
    young = holder(created_at=ago(60), started_at=ago(30), health=Health.UNKNOWN)
    for theirs in ([], [holder(arn=arn("theirs"), deployment_id="ecs-svc/theirs")]):
        world = World(young, contender(), successor())
        world.aws.standalone = list(theirs)
        world.reconcile()
        assert world.aws.stopped == ([] if theirs else [young.arn])
        (kept,) = world.ledger.entries
        found = [other["task_arn"] for other in kept.data["situation"]["outside"]]
        assert found == [task.arn for task in theirs]


def test_first_decision_and_recheck_take_sixteen_calls() -> None:
    """Eleven to decide, five to make sure, then the stop."""
    world = wedge()
    world.reconcile()
    assert world.aws.calls.index("StopTask") == 16


def test_a_recorded_decision_is_decided_again_from_its_record() -> None:
    """What the ledger keeps is enough to argue about."""
    world = wedge()
    world.reconcile()
    data = json.loads(json.dumps(dict(world.ledger.entries[0].data)))
    assert decide(from_json(Situation, data["situation"]), SETTINGS) == from_json(Decision, data["decision"])


def _meanwhile(world: World, change: Callable[[ServiceRecord], ServiceRecord]) -> None:
    """Another pass writes its record between the stop and ours."""
    send = world.aws.stop_task

    def stop_task(**params: Any) -> Any:
        answer = send(**params)
        world.ledger.save(change(world.record), None, None)
        return answer

    setattr(world.aws, "stop_task", stop_task)  # noqa: B010 - mypy knows the method


def test_a_stop_is_recorded_even_when_another_look_writes_in_the_meantime() -> None:
    """The other look saw the claim; of the two next looks the earlier one counts, and ours is the last
    decision, so that it is counted as a stop."""
    for due, counts in ((NOW + timedelta(minutes=5), "ours"), (NOW, "theirs")):
        world = wedge()
        last = Last("key", "awaiting-successor", NOW, repeats=5)
        _meanwhile(world, partial(replace, requeue_id="theirs", due=due, last=last))
        world.reconcile()
        assert world.aws.stopped == [arn("holder")]
        (entry,) = world.ledger.entries
        assert entry.data["outcome"]["kind"] == "stopped"
        assert [stop.state for stop in world.record.incident.stops] == [StopState.SENT]
        assert world.record.requeue_id == (world.next_look().requeue_id if counts == "ours" else "theirs")
        assert (world.record.last.verdict, world.record.last.repeats) == ("stop-holder", 0)
        assert world.notes == []


def test_a_stop_is_recorded_even_when_another_look_closed_the_incident() -> None:
    """The decision tells of it, and the incident stays closed."""
    world = wedge()
    _meanwhile(world, lambda record: replace(record, incident=None))
    world.reconcile()
    assert [entry.data["outcome"]["kind"] for entry in world.ledger.entries] == ["stopped"]
    assert world.record.incident is None
    assert world.record.requeue_id == world.next_look().requeue_id


def test_a_stop_is_recorded_whatever_other_looks_write_twice() -> None:
    """Another one closes the incident, and while that is merged a third one writes."""
    world = wedge()
    _meanwhile(world, lambda record: replace(record, incident=None))
    load, loads = world.ledger.load, count(1)

    def busy(cluster: str, name: str) -> ServiceRecord:
        record = load(cluster, name)
        if world.aws.stopped and next(loads) == 2:
            world.ledger.save(record, None, None)
        return record

    setattr(world.ledger, "load", busy)  # noqa: B010 - mypy knows the method
    world.reconcile()
    assert [entry.data["outcome"]["kind"] for entry in world.ledger.entries] == ["stopped"]


def test_a_look_that_did_nothing_starts_over_when_another_one_wrote() -> None:
    """Its decision is of the past."""
    world = World(holder(), contender())
    describe = world.aws.describe_tasks

    def describe_tasks(**params: Any) -> Any:
        world.ledger.save(replace(world.record, requeue_id="theirs"), None, None)
        setattr(world.aws, "describe_tasks", describe)  # noqa: B010
        return describe(**params)

    setattr(world.aws, "describe_tasks", describe_tasks)  # noqa: B010
    with pytest.raises(LedgerConflictError):
        world.reconcile()
    assert world.ledger.entries == []


def test_a_question_that_is_asked_again_is_recorded_again() -> None:
    """People hear of what is recorded; the same question while it waits is counted."""
    world = World(holder(), contender(), successor(), tag="approve")
    world.reconcile()
    for seconds in (30, 60, 901, 930, 1802):
        world.reconcile(replace(world.next_look(), quick_check=None), NOW + timedelta(seconds=seconds))
    asked = [entry.data["decision"]["approval_request"]["asked_at"] for entry in world.ledger.entries]
    assert [at[14:19] for at in asked] == ["32:00", "47:01", "02:02"]


def test_what_we_did_is_merged_into_what_another_look_wrote() -> None:
    """Never back from sent to claimed, and a drain that is over stays over."""
    drain = Drain(1, NOW, StopState.CLAIMED)
    theirs = replace(incident(stop(state=StopState.CLAIMED)), drain=drain, seen=("holder-stopping",))
    ours = replace(
        incident(stop()),
        drain=drain._replace(state=StopState.SENT),
        rollback=Rollback(OLD_CODE, NOW, StopState.SENT),
        refused=RefusedStop(NOW, "denied"),
        seen=("stop-holder",),
    )
    assert merged(theirs, ours) == replace(ours, seen=("holder-stopping", "stop-holder"))
    over = replace(theirs, drain=drain._replace(over_at=NOW))
    after = merged(over, ours)
    assert after is not None
    assert after.drain == over.drain
    assert merged(replace(theirs, id="another"), ours) == replace(theirs, id="another")
    assert merged(None, ours) is None


def test_the_later_refusal_counts_and_a_rollback_that_was_refused_is_given_back() -> None:
    """Whoever looks next waits for no claim that nobody holds, and takes no old refusal for the newest."""
    earlier, later = RefusedStop(ago(60), "earlier"), RefusedStop(NOW, "later")
    claim, sent = (Rollback(OLD_CODE, NOW, state) for state in (StopState.CLAIMED, StopState.SENT))
    cases = {
        (later, claim, earlier, None): (later, None),
        (None, claim, later, None): (later, None),
        (None, claim, None, None): (None, claim),
        (earlier, sent, later, None): (later, sent),
        (None, claim, None, sent): (None, sent),
        (later, claim, earlier, claim): (later, claim),
    }
    for (their_refusal, their_rollback, our_refusal, our_rollback), expected in cases.items():
        theirs = replace(incident(), refused=their_refusal, rollback=their_rollback)
        after = merged(theirs, replace(incident(), refused=our_refusal, rollback=our_rollback))
        assert after is not None
        assert (after.refused, after.rollback) == expected


def test_a_duplicate_of_the_signal_does_not_stop_twice() -> None:
    """The stopped task may still be shown as RUNNING."""
    world = wedge()
    world.reconcile()
    world.reconcile()
    assert world.aws.stopped == [arn("holder")]


def test_two_looks_at_once_stop_once() -> None:
    """The second finds the version moved and starts over."""
    world = wedge()
    other = world.controller()

    def meanwhile() -> None:
        world.aws.before.clear()
        world.reconcile()

    world.aws.before["ListServiceDeployments"] = meanwhile
    with pytest.raises(LedgerConflictError):
        other.reconcile(event(), NOW)
    assert world.aws.stopped == [arn("holder")]


def test_a_rollback_between_decision_and_stop_is_seen_and_the_claim_given_back() -> None:
    """The decisive facts are decided on once more."""
    world = wedge()

    def roll_back() -> None:
        world.aws.tag = "off"

    world.aws.before["ListServiceDeployments"] = roll_back
    world.reconcile()
    assert world.aws.stopped == []
    assert world.ledger.claims == {}
    assert world.record.incident.stops == ()
    assert world.queue.sent[-1][1] == 2


def test_a_crash_between_claim_and_stop_is_taken_over_after_the_lease() -> None:
    """Never at once, never twice."""
    world = wedge()
    world.aws.errors["StopTask"] = KeyboardInterrupt()  # type: ignore[assignment]
    with pytest.raises(KeyboardInterrupt):
        world.reconcile()
    world.aws.errors.clear()
    world.reconcile(now=NOW + timedelta(seconds=39))
    assert world.aws.stopped == []
    world.reconcile(now=NOW + timedelta(seconds=45))
    assert world.aws.stopped == [arn("holder")]
    assert len(world.record.incident.stops) == 1


def test_a_crash_after_the_stop_does_not_stop_again() -> None:
    """The task is shown as stopping when the signal comes back."""
    world = wedge()
    world.aws.before["StopTask"] = lambda: world.aws.tasks.__setitem__(
        0, replace(holder(), desired_status="STOPPED", stopping_at=NOW)
    )
    world.queue.schedule = lambda *_: (_ for _ in ()).throw(KeyboardInterrupt())  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        world.reconcile()
    world.queue = Queue()
    for seconds in (1, 50, 100):
        world.reconcile(now=NOW + timedelta(seconds=seconds))
    assert world.aws.stopped == [arn("holder")]


def test_a_stop_is_recorded_also_when_the_next_look_cannot_be_scheduled() -> None:
    """And the signal comes back for the look."""
    world = wedge()
    world.queue.schedule = lambda *_: (_ for _ in ()).throw(RuntimeError("no queue"))  # type: ignore[method-assign]
    with pytest.raises(RuntimeError, match="no queue"):
        world.reconcile()
    assert world.record.incident.stops[0].state is StopState.SENT
    assert world.ledger.entries[0].data["outcome"]["kind"] == "stopped"
    world.queue = Queue()
    world.aws.tasks[0] = replace(holder(), desired_status="STOPPED", stopping_at=NOW)
    world.reconcile()
    assert world.next_look().requeue_id == world.record.requeue_id


@pytest.mark.parametrize("code", ["InvalidParameterException", "ClientException"])
def test_a_task_that_is_gone_already_needs_no_stop(code: str) -> None:
    """AWS may answer an error or success for it: both mean done."""
    world = wedge()
    world.aws.errors["StopTask"] = client_error(code, "StopTask")
    world.reconcile()
    assert world.record.incident.stops[0].state is StopState.SENT
    assert world.ledger.entries[0].data["outcome"]["kind"] == "already-gone"


def test_a_denied_stop_is_said_and_tried_again_after_a_while() -> None:
    """A person has to grant it; nothing was stopped, so it is not counted and not claimed."""
    world = wedge()
    world.aws.errors["StopTask"] = client_error("AccessDeniedException", "StopTask")
    world.reconcile()
    assert world.ledger.entries[0].data["outcome"]["kind"] == "denied"
    assert (world.ledger.claims, world.record.incident.stops) == ({}, ())
    for seconds in (60, 120, 299):
        world.reconcile(world.next_look(), NOW + timedelta(seconds=seconds))
    assert world.aws.calls.count("StopTask") == 1
    assert world.record.last.verdict == "stop-denied"
    world.aws.errors.clear()
    world.reconcile(world.next_look(), NOW + timedelta(seconds=300))
    assert world.aws.stopped == [arn("holder")]


def test_a_holder_claimed_by_an_earlier_incident_is_said_and_not_stopped() -> None:
    """One stop per holder task, also across incidents, and not in silence."""
    world = wedge()
    world.ledger.claims[arn("holder")] = "an earlier incident"
    world.reconcile()
    world.reconcile(world.next_look(), NOW + timedelta(seconds=60))
    assert world.aws.stopped == []
    assert world.record.last.verdict == "stop-denied"
    assert "stop-denied!" in world.record.incident.seen


def test_a_stop_without_an_answer_is_settled_by_the_next_look() -> None:
    """It may have taken effect."""
    world = wedge()
    world.aws.errors["StopTask"] = client_error("ServerException", "StopTask", 500)
    world.reconcile()
    assert world.record.incident.stops[0].state is StopState.CLAIMED
    world.aws.errors.clear()
    world.aws.tasks[0] = stopped(holder(), 1)
    world.reconcile(world.next_look(), NOW + timedelta(seconds=3))
    assert world.aws.stopped == []


def test_somebody_elses_stop_in_the_same_second_is_not_told_as_ours() -> None:
    """StopTask answers with the earlier reason."""
    world = wedge()
    world.aws.stop_task = lambda **_: {"task": {"stoppedReason": "ops: enough"}}  # type: ignore[method-assign]
    world.reconcile()
    outcome = world.ledger.entries[0].data["outcome"]
    assert outcome["kind"] == "already-gone"
    assert "ops: enough" in outcome["sentence"]


def test_our_own_earlier_reason_is_not_somebody_elses() -> None:
    """A StopTask whose answer was lost has named another contender."""
    world = wedge()
    ours = {"stoppedReason": "Unwedge: holds the storage lock that task another needs"}
    world.aws.stop_task = lambda **_: {"task": ours}  # type: ignore[method-assign]
    world.reconcile()
    assert world.ledger.entries[0].data["outcome"]["kind"] == "stopped"


def test_observe_mode_stops_nothing_and_opens_the_incident() -> None:
    """The same path with the last step not taken."""
    world = wedge()
    world.aws.tag = "observe"
    world.reconcile()
    assert world.aws.stopped == []
    assert world.record.incident is not None
    assert world.record.last.verdict == "would-stop"


def test_a_stop_after_one_that_was_called_off_is_recorded_as_well() -> None:
    """Every decision with an action is kept with what came of it."""
    world = wedge()
    world.aws.before["ListServiceDeployments"] = lambda: setattr(world.aws, "tag", "off")
    world.reconcile()
    world.aws.before.clear()
    world.aws.tag = "enforce"
    world.reconcile(world.next_look(), NOW + timedelta(seconds=2))
    outcomes = [entry.data["outcome"]["kind"] for entry in world.ledger.entries]
    assert outcomes == ["no-longer-true", "stopped"]


def test_a_rollback_that_begins_after_the_claim_is_seen_before_the_stop() -> None:
    """It shows in the service deployment first, and for some seconds nowhere else."""
    world = wedge()
    world.aws.before["DescribeTasks"] = lambda: setattr(
        world.aws, "rollout", "ROLLBACK_REQUESTED" if world.ledger.claims else "IN_PROGRESS"
    )
    world.reconcile()
    assert world.aws.stopped == []
    assert world.ledger.claims == {}
    assert "rollback-in-progress" in world.ledger.entries[0].data["outcome"]["sentence"]


def test_the_switch_is_read_for_the_decision_and_once_more_before_the_stop() -> None:
    """Turned in between, it stops nothing, and the claim is given back."""
    world = wedge()
    world.reconcile()
    assert world.kill_switch.asked == 2
    world = wedge()
    world.aws.before["DescribeTasks"] = lambda: setattr(
        world.kill_switch, "reason", "stop it" if world.ledger.claims else None
    )
    world.reconcile()
    assert world.aws.stopped == []
    assert (world.ledger.claims, world.ledger.account.claimed) == ({}, {})
    assert "paused" in world.ledger.entries[0].data["outcome"]["sentence"]


def test_switch_and_budgets_are_not_read_where_nothing_would_be_stopped() -> None:
    """Most passes end before."""
    world = World(holder(), contender(), lines=("panic",))
    world.reconcile()
    assert world.kill_switch.asked == 0


def test_stops_are_remembered_across_incidents() -> None:
    """For the cooldown and the budgets, in the ledger."""
    world = wedge()
    world.reconcile()
    assert [stop.task_arn for stop in world.record.stops] == [arn("holder")]
    world.ledger.records[(CLUSTER, SERVICE)] = replace(world.record, incident=None, last=None)
    world.aws.tasks[0] = holder(arn=arn("next"))
    world.reconcile(now=NOW + timedelta(seconds=120))
    assert world.record.last.verdict == "cooling-down"


def test_a_budget_spent_by_others_in_the_meantime_holds_at_the_claim() -> None:
    """The count is part of the claim's own condition."""
    world = wedge()
    world.ledger.account_stops = lambda now: 0  # type: ignore[method-assign]
    for number in range(10):
        world.ledger.account = world.ledger.account.with_stop(f"task/{number}", NOW)
    world.reconcile()
    assert world.aws.stopped == []
    assert world.ledger.entries[0].data["outcome"]["kind"] == "budget-spent"
    assert world.record.incident.stops == ()


def test_an_escalation_by_the_time_passed_is_recorded() -> None:
    """The same verdict with and without an escalation is not the same decision."""
    world = World(contender(failed=290), successor())
    for seconds in (0, 20):
        world.reconcile(event(contender(failed=290)), NOW + timedelta(seconds=seconds))
    decisions = [entry.data["decision"] for entry in world.ledger.entries]
    assert [(item["verdict"], item["escalate"]) for item in decisions] == [
        ("lock-free", False),
        ("lock-free", True),
    ]


def test_a_revision_found_broken_after_a_stop_is_remembered() -> None:
    """In the ledger, not in the list of tasks."""
    world = wedge()
    world.reconcile()
    world.aws.lines = ("panic: broken",)
    world.aws.tasks = [stopped(holder(), 1), contender(failed=-10, arn=arn("after")), successor()]
    world.reconcile(world.next_look(), NOW + timedelta(seconds=30))
    assert world.record.last.verdict == "new-revision-broken"
    assert world.record.incident.broken == NEW


def test_a_service_whose_task_we_stopped_is_looked_after_when_its_incident_is_closed() -> None:
    """The record of the service tells of the stop; without one nobody looks again."""
    for stops, expected in (
        ((stop(seconds=300),), 60),
        ((stop(seconds=300, state=StopState.CLAIMED),), None),
        ((), None),
    ):
        world = World(new_task())
        world.ledger.save(replace(world.record, stops=stops), None, None)
        world.reconcile(Signal(CLUSTER, SERVICE, Cause.TASK))
        assert world.record.last.verdict == "healthy"
        assert [seconds for _, seconds in world.queue.sent] == ([expected] if expected else [])


def test_signals_that_keep_meeting_other_looks_go_back_to_the_queue_in_the_end() -> None:
    """Something else is wrong then, and the dead-letter queue keeps the signal."""
    world = wedge()
    signal = event()
    for _ in range(5):
        world.controller().postpone(signal)
        signal = world.next_look()
    with pytest.raises(TooManyTriesError, match="met another one 5 times"):
        world.controller().postpone(signal)
