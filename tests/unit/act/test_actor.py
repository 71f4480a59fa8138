"""Drain and rollback carried out: claimed, re-checked, recorded, and undone after a crash at any line."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest
from aws_lambda_powertools import Logger, Metrics
from botocore.exceptions import ConnectTimeoutError

from tests.support.aws import client_error
from tests.support.controlled import World, event
from tests.support.situations import (
    CLUSTER,
    NEW,
    NEW_CODE,
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
from unwedge.act.actor import Actor
from unwedge.controller import Controller
from unwedge.model.decision import Verdict
from unwedge.model.incident import Approval, Drain, Incident, Limit, Stop, StopState
from unwedge.model.service import DRAIN_TAG, Task
from unwedge.model.settings import Fallback, Settings, WhenBroken
from unwedge.observe.observer import Observer
from unwedge.people.advice import ADVICE, advice
from unwedge.people.notification.notification import Kind, decision_of, notification_of
from unwedge.record.reporter import Reporter
from unwedge.signal.signals import Cause, Signal

SETTINGS = Settings(fallback=Fallback.DRAIN, when_broken=WhenBroken.ROLLBACK)
LOOK = Signal(CLUSTER, SERVICE, Cause.ANSWER)  # never needless


class Handover(World):
    """A service whose stops are spent, with both options on."""

    def __init__(self, opened: Incident, *tasks: Task, **aws: Any) -> None:
        super().__init__(*tasks, **aws)
        record = self.ledger.load(CLUSTER, SERVICE)
        self.ledger.save(replace(record, incident=opened), None, None)

    def controller(self) -> Controller:
        """With both options on."""
        ecs = cast(Any, self.aws)
        observer = Observer(ecs, ecs, SETTINGS)
        reporter = Reporter(Logger(service="test", level="CRITICAL"), Metrics(namespace="T", service="t"))
        actor = Actor(ecs, observer, self.ledger, SETTINGS, self.kill_switch)
        return Controller(observer, actor, self.ledger, self.queue, reporter, SETTINGS, self.kill_switch)

    def reconcile(self, signal: Signal | None = None, now: Any = NOW) -> None:
        """A pass that nothing makes needless."""
        super().reconcile(signal or LOOK, now)


def spent() -> Handover:
    """Two stops, and a third task of the old revision has the lock."""
    third = holder(arn=arn("third"), started_at=ago(28))
    return Handover(incident(stop("holder", 38), stop("second", 33)), third, contender(failed=5))


def drained(*tasks: Task, state: StopState = StopState.SENT, seconds: float = 60) -> Handover:
    """Scaled to 0 by us; these tasks are left."""
    opened = replace(incident(stop(), stop("third", seconds)), drain=Drain(1, ago(seconds), state))
    world = Handover(opened, *tasks)
    world.aws.desired_count = 0
    return world


def broken(**aws: Any) -> Handover:
    """Nothing runs, and the new revision dies of its configuration."""
    opened = replace(incident(stop("holder", 80)), previous=OLD_CODE)
    tasks = (stopped(holder(), 70), contender(failed=20), successor("PROVISIONING"))
    return Handover(opened, *tasks, lines=('level=error msg="error loading config"',), **aws)


def test_a_drain_is_claimed_sent_and_counted_as_a_stop_of_the_service() -> None:
    """The holder has had its one stop, and the budgets know."""
    world = spent()
    world.reconcile()
    assert world.aws.updates == [{"desiredCount": 0}]
    begun = world.record.incident.drain
    assert begun._replace(mark="") == Drain(1, NOW, StopState.SENT)
    assert world.aws.tags == {DRAIN_TAG: begun.mark}
    assert world.aws.calls[-2:] == ["TagResource", "UpdateService"], "marked before, so never unmarked"
    assert arn("third") in world.ledger.claims
    assert [item.task_arn for item in world.record.stops] == [arn("third")]
    assert world.ledger.account_stops(NOW) == 1
    assert world.record.incident.previous == OLD_CODE


def test_a_whole_drain_ends_with_the_service_at_its_count_again() -> None:
    """Claim, wait, restore, recover: four passes."""
    world = spent()
    world.reconcile()
    world.reconcile(world.next_look(), NOW + timedelta(seconds=5))
    assert world.aws.updates == [{"desiredCount": 0}], "the old task still runs"
    world.aws.tasks = [stopped(holder(arn=arn("third")), 1)]
    world.reconcile(world.next_look(), NOW + timedelta(seconds=10))
    assert world.aws.updates == [{"desiredCount": 0}, {"desiredCount": 1}]
    assert world.record.incident.drain.over_at == NOW + timedelta(seconds=10)
    assert world.aws.tags == {}


def test_a_0_of_somebody_else_after_a_claim_that_was_never_sent_stays() -> None:
    """The mark is set before the call, so without it the call was not ours."""
    world = spent()
    world.aws.errors["TagResource"] = ConnectTimeoutError(endpoint_url="ecs")
    world.reconcile()
    assert (world.aws.updates, world.record.incident.drain.state) == ([], StopState.CLAIMED)
    world.aws.errors.clear()
    world.aws.desired_count, world.aws.tasks = 0, []
    for seconds in (10, 44, 50, 300):
        world.reconcile(now=NOW + timedelta(seconds=seconds))
    assert world.aws.updates == []
    assert world.record.incident is None


def test_a_claim_that_never_took_effect_is_forgotten_before_somebody_scales_to_0() -> None:
    """Marked, and the Lambda died before the call; paused since, so that the claim is not taken over."""
    world = spent()
    world.aws.errors["UpdateService"] = ConnectTimeoutError(endpoint_url="ecs")
    world.reconcile()
    assert DRAIN_TAG in world.aws.tags
    world.aws.errors.clear()
    world.kill_switch.reason = "maintenance"
    world.reconcile(now=NOW + timedelta(seconds=50))
    assert world.record.incident.drain is None
    world.aws.desired_count, world.aws.tasks = 0, []
    world.reconcile(now=NOW + timedelta(seconds=60))
    assert world.aws.updates == []


def test_whoever_takes_the_mark_off_keeps_the_service_at_0_and_is_told_so_once() -> None:
    """Ours by the ledger, not ours any more by what stands on the service: a person decides."""
    world = spent()
    world.reconcile()
    world.aws.tasks = [stopped(holder(arn=arn("third")), 1)]
    world.aws.tags.clear()
    world.reconcile(now=NOW + timedelta(seconds=50))
    assert world.aws.updates == [{"desiredCount": 0}]
    assert world.record.incident is None
    said = world.ledger.entries[-1].data["decision"]
    assert (said["escalate"], said["verdict"]) == (True, "withdrawn")
    assert "scale it to 1 by hand" in said["sentence"]
    (told,) = filter(
        None, [notification_of(decision_of("service", "decision", world.ledger.entries[-1].data))]
    )
    assert (told.kind, advice(told)) == (Kind.ESCALATION, ADVICE[Verdict.WITHDRAWN])


def test_a_mark_that_ecs_shows_late_is_waited_for() -> None:
    """DescribeServices may be behind."""
    world = spent()
    world.reconcile()
    world.aws.tasks = [stopped(holder(arn=arn("third")), 1)]
    hidden, world.aws.tags = world.aws.tags, {}
    world.reconcile(now=NOW + timedelta(seconds=10))
    assert world.record.incident.drain.over_at is None
    world.aws.tags = hidden
    world.reconcile(now=NOW + timedelta(seconds=20))
    assert world.aws.updates == [{"desiredCount": 0}, {"desiredCount": 1}]


def test_a_mark_that_cannot_be_set_keeps_the_service_running_and_names_the_permission() -> None:
    """Without it nobody could tell whose 0 it is."""
    world = spent()
    world.aws.errors["TagResource"] = client_error("AccessDeniedException", "TagResource")
    world.reconcile()
    assert (world.aws.updates, world.record.incident.drain) == ([], None)
    assert "ecs:TagResource on services" in world.record.incident.refused.why


def test_a_mark_that_cannot_be_taken_off_is_said_and_believed_by_nobody() -> None:
    """The service is up again, which counts."""
    world = spent()
    world.aws.errors["UntagResource"] = client_error("AccessDeniedException", "UntagResource")
    world.reconcile()
    world.aws.tasks = [stopped(holder(arn=arn("third")), 1)]
    world.reconcile(now=NOW + timedelta(seconds=10))
    assert world.aws.updates == [{"desiredCount": 0}, {"desiredCount": 1}]
    assert "could not be removed" in world.ledger.entries[-1].data["outcome"]["sentence"]
    world.aws.desired_count, world.aws.tasks = 0, []
    world.reconcile(now=NOW + timedelta(seconds=120))
    assert len(world.aws.updates) == 2, "a 0 of somebody else"


@pytest.mark.parametrize("where", ["UpdateService", "before the call"])
def test_a_lambda_that_dies_in_a_drain_leaves_it_to_the_next_look(where: str) -> None:
    """Whether or not the call took effect."""
    world = spent()

    class DiedError(BaseException):
        """The Lambda is gone."""

    def die() -> None:
        world.aws.before.clear()
        if where == "UpdateService":
            world.aws.desired_count = 0
            world.aws.updates.append({"desiredCount": 0})
        raise DiedError

    world.aws.before["UpdateService"] = die
    with pytest.raises(DiedError):
        world.reconcile()
    later = NOW + timedelta(seconds=50)
    if where == "UpdateService":
        world.aws.tasks = [stopped(holder(arn=arn("third")), -20)]
        world.reconcile(now=later)
        assert world.aws.updates == [{"desiredCount": 0}, {"desiredCount": 1}]
    else:
        world.reconcile(now=later)
        assert world.aws.updates == [{"desiredCount": 0}]


def test_a_drain_that_is_no_longer_right_at_the_re_check_is_given_back() -> None:
    """Paused between decision and call."""
    world = spent()
    reasons = iter([None, "paused just now"])
    world.kill_switch.paused = lambda: next(reasons)  # type: ignore[method-assign]
    world.reconcile()
    assert world.aws.updates == []
    assert world.record.incident.drain is None
    assert (world.ledger.claims, world.ledger.account_stops(NOW)) == ({}, 0)


def test_a_drain_that_is_denied_is_given_back_and_the_advice_names_the_permission() -> None:
    """Nothing was done."""
    world = spent()
    world.aws.errors["UpdateService"] = client_error("AccessDeniedException", "UpdateService")
    world.reconcile()
    opened = world.record.incident
    assert (opened.drain, world.ledger.claims) == (None, {})
    assert "ecs:UpdateService" in opened.refused.why


def test_a_paused_unwedge_still_restores_what_it_scaled_down() -> None:
    """To undo our own change is not to act on the service."""
    world = drained(stopped(holder(arn=arn("third")), 10))
    world.kill_switch.reason = "maintenance"
    world.reconcile()
    assert world.aws.updates == [{"desiredCount": 1}]


def test_restoring_that_gets_no_answer_is_tried_again_until_the_count_shows() -> None:
    """Scaling to 1 twice is scaling to 1."""
    world = drained(stopped(holder(arn=arn("third")), 10))
    world.aws.errors["UpdateService"] = client_error("ServerException", "UpdateService", 500)
    world.reconcile()
    assert world.record.incident.drain.over_at is None
    world.aws.errors.clear()
    world.reconcile(now=NOW + timedelta(seconds=5))
    assert world.aws.updates == [{"desiredCount": 1}]


def test_a_drain_is_not_over_because_ecs_still_shows_the_count_of_before() -> None:
    """DescribeServices is behind UpdateService, and this look sees no task: the service is scaled up again
    all the same."""
    world = drained(stopped(holder(arn=arn("third")), 5), seconds=10)
    world.aws.desired_count = 1
    world.aws.errors["DescribeTasks"] = client_error("ServerException", "DescribeTasks", 500)
    world.reconcile()
    assert world.record.last.verdict == "aws-unavailable"
    assert world.record.incident.drain.over_at is None
    world.aws.errors.clear()
    world.aws.desired_count = 0
    world.reconcile(now=NOW + timedelta(seconds=5))
    assert world.aws.updates == [{"desiredCount": 1}]


def test_a_service_that_somebody_else_scaled_up_is_left_to_them() -> None:
    """And when they scale it to 0 later, that is their wish."""
    world = drained(new_task(started=50), stopped(holder(arn=arn("third")), 55))
    world.aws.desired_count = 1
    world.reconcile()
    assert world.aws.updates == []
    assert world.record.incident.drain.over_at == NOW
    world.aws.desired_count, world.aws.tasks = 0, []
    world.reconcile(now=NOW + timedelta(seconds=300))
    assert world.aws.updates == []
    assert world.record.incident is None


def test_a_broken_revision_is_rolled_back_once() -> None:
    """Claimed, re-checked, sent; the next pass sends nothing more."""
    world = broken()
    world.reconcile()
    assert world.aws.updates == [{"taskDefinition": OLD_CODE}]
    sent = world.record.incident
    assert (sent.rollback.state, sent.broken) == (StopState.SENT, NEW)
    world.reconcile(now=NOW + timedelta(seconds=60))
    assert world.aws.updates == [{"taskDefinition": OLD_CODE}]


def test_a_rollback_somebody_else_began_after_the_claim_is_left_to_them() -> None:
    """The re-check reads the service deployment."""
    world = broken()
    world.aws.rollout = "ROLLBACK_IN_PROGRESS"
    world.reconcile()
    assert world.aws.updates == []
    assert world.record.incident.rollback is None


def test_a_denied_rollback_is_escalated_with_the_permission() -> None:
    """And not tried again for a while."""
    world = broken()
    world.aws.errors["UpdateService"] = client_error("AccessDeniedException", "UpdateService")
    world.reconcile()
    assert world.record.incident.rollback is None
    assert "ecs:UpdateService" in world.record.incident.refused.why
    world.aws.errors.clear()
    world.reconcile(now=NOW + timedelta(seconds=60))
    assert world.aws.updates == []


def test_the_first_stop_remembers_what_ran_before() -> None:
    """A rollback goes back to it, however long ECS keeps showing the task."""
    world = World(holder(), contender(), successor())
    world.reconcile(event())
    assert world.record.incident.previous == OLD_CODE
    assert NEW_CODE != OLD_CODE


@pytest.mark.parametrize(
    ("lifts", "stopped_tasks"),
    [((Limit.MODE,), []), ((Limit.MODE, Limit.ACCOUNT_BUDGET), [arn("holder")])],
)
def test_a_yes_goes_beyond_the_account_s_budget_only_where_its_question_said_so(
    lifts: tuple[Limit, ...], stopped_tasks: list[str]
) -> None:
    """Another service took the hour's last stop after the decision, and before the claim."""
    answer = Approval(arn("holder"), granted=True, by="ops@example.com", at=ago(10), lifts=lifts)
    world = World(holder(), contender(), successor(), tag="approve")
    opened = replace(incident(), approval=answer)
    world.ledger.save(replace(world.record, incident=opened), None, None)
    for number in range(10):
        world.ledger.account = world.ledger.account.with_stop(arn(f"other{number}"), ago(60))
    world.ledger.account_stops = lambda now: 9  # type: ignore[method-assign]
    world.reconcile()
    assert world.aws.stopped == stopped_tasks


@pytest.mark.parametrize(("others", "stopped_tasks"), [(4, [arn("holder")]), (5, [])])
def test_a_service_with_a_stop_in_the_hour_may_claim_half_of_the_accounts_only(
    others: int, stopped_tasks: list[str]
) -> None:
    """Others took theirs after the decision, and before the claim."""
    world = World(holder(), contender(), successor())
    earlier = Stop(arn("earlier"), ago(1200), StopState.SENT)
    world.ledger.save(replace(world.record, stops=(earlier,)), None, None)
    for number in range(others):
        world.ledger.account = world.ledger.account.with_stop(arn(f"other{number}"), ago(60))
    world.ledger.account_stops = lambda now: 0  # type: ignore[method-assign]
    world.reconcile()
    assert world.aws.stopped == stopped_tasks
