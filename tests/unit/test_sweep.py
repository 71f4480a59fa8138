"""The sweep: what no event told of is found, and what is known already ends at the ledger."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest
from aws_lambda_powertools import Logger, Metrics

from tests.support.aws import client_error
from tests.support.controlled import World, event
from tests.support.situations import (
    CLUSTER,
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
    stopped,
    successor,
)
from unwedge.model.service import Health
from unwedge.model.settings import Settings
from unwedge.observe.reads import ReadError
from unwedge.record.ledger import Last
from unwedge.record.reporter import Reporter
from unwedge.signal.signals import Cause, Refusal, Signal, Sweep, parse_signal, sweep_message
from unwedge.sweep import Sweeper

LATER = NOW + timedelta(seconds=300)


class Messages:
    """What a sweep sends."""

    def __init__(self) -> None:
        self.signals: list[Signal] = []
        self.sweeps: list[Sweep] = []

    def schedule(self, signal: Signal, seconds: int) -> None:
        """Remember it."""
        assert seconds == 0
        self.signals.append(signal)

    def sweep(self, sweep: Sweep) -> None:
        """Remember it."""
        self.sweeps.append(sweep)


def swept(world: World, *, settings: Settings | None = None) -> Messages:
    """A whole sweep: the schedule's message, then one for each cluster."""
    messages = Messages()
    sweeper = Sweeper(cast(Any, world.aws), world.ledger, messages, settings or Settings())
    sweeper.sweep(Sweep())
    for one in messages.sweeps:
        sweeper.sweep(one)
    return messages


def found(hint: Any = None) -> Signal:
    """What a sweep sends for a failed task."""
    return Signal(CLUSTER, SERVICE, Cause.SWEEP, hint=hint or contender())


def test_a_wedge_whose_events_were_all_lost_is_found_and_freed() -> None:
    """ECS still shows the contender among the stopped tasks."""
    world = World(holder(), contender(), successor())
    (signal,) = swept(world).signals
    assert (signal.service_name, signal.hint) == (SERVICE, contender(health=signal.hint.health))  # type: ignore[union-attr]
    world.reconcile(signal)
    assert world.aws.stopped == [arn("holder")]


def test_only_the_newest_failure_of_each_revision_is_told() -> None:
    """A crash loop is one finding."""
    older = contender(200, arn=arn("older"))
    other = contender(100, arn=arn("other"), task_definition=OLD_CODE)
    world = World(holder(), older, contender(), other)
    hints = {signal.hint.arn for signal in swept(world).signals if signal.hint}
    assert hints == {arn("contender"), arn("other")}


def test_tasks_that_ended_well_or_by_a_person_are_no_finding() -> None:
    """Only failures are."""
    assert swept(World(holder(), stopped(new_task()), contender(stop_code="UserInitiated"))).signals == []


def test_tasks_that_ecs_ended_for_their_health_are_a_finding() -> None:
    """Their events may be lost as well."""
    ended = contender(stop_code="ServiceSchedulerInitiated", health=Health.UNHEALTHY, failed_health=True)
    (signal,) = swept(World(holder(), ended)).signals
    assert signal.hint == ended


def test_only_configured_clusters_are_swept() -> None:
    """Without ListClusters, which would name others too."""
    world = World()
    assert swept(world, settings=Settings(clusters=(CLUSTER,))).sweeps == [Sweep(CLUSTER)]
    assert "ListClusters" not in world.aws.calls
    assert swept(world).sweeps == [Sweep(CLUSTER)]
    assert "ListClusters" in world.aws.calls


def test_an_open_incident_whose_look_was_lost_is_looked_at_again() -> None:
    """Two minutes after the look was due."""
    world = World(holder(), contender())
    world.reconcile(event())
    assert world.record.incident
    (signal,) = [item for item in swept(world).signals if item.hint is None]
    due = world.record.due
    before = len(world.queue.sent)
    world.reconcile(signal, due + timedelta(seconds=119))
    assert len(world.queue.sent) == before, "a pass may still come"
    world.reconcile(signal, due + timedelta(seconds=120))
    assert len(world.queue.sent) == before + 1


def test_a_waiting_look_with_glances_is_due_when_the_last_glance_is() -> None:
    """A quiet wait of a minute and more is no lost pass."""
    world = World(holder(), contender())
    world.reconcile(event())
    look = world.next_look()
    assert look.quick_check is not None
    assert world.record.due == look.quick_check.until


@pytest.mark.parametrize(
    "verdict", ["healthy", "recovered", "withdrawn", "target-holds-lock", "fails-health-checks"]
)
@pytest.mark.parametrize(("age", "known"), [(121, True), (120, False)])
def test_a_failure_that_an_earlier_decision_saw_is_no_news(verdict: str, age: int, known: bool) -> None:
    """It has to be old enough for that decision to have seen it."""
    world = World(new_task(), contender(age))
    record = replace(world.record, last=Last("key", verdict, NOW))
    world.ledger.save(record, None, None)
    world.reconcile(found(contender(age)), LATER)
    assert (world.aws.calls == []) is known


@pytest.mark.parametrize("verdict", ["awaiting-evidence", "cannot-verify", "aws-unavailable", "would-stop"])
def test_a_failure_that_no_decision_settled_is_looked_at_again(verdict: str) -> None:
    """The look that should have settled it may be lost."""
    world = World(holder(), contender(300), successor())
    world.ledger.save(replace(world.record, last=Last("key", verdict, ago(200))), None, None)
    world.reconcile(found(contender(300)), NOW)
    assert world.aws.stopped == [arn("holder")]


def test_a_failure_that_is_explained_is_not_read_twice() -> None:
    """The same task, seen STOPPED."""
    world = World(holder(), contender(), lines=("level=error msg=config",))
    ended = contender(last_status="STOPPED", stopped_at=ago(1))
    world.reconcile(event(ended))
    calls = len(world.aws.calls)
    world.reconcile(found(ended), LATER)
    assert len(world.aws.calls) == calls
    assert world.notes[-1] == "this failure is explained already"


def test_a_sweep_for_an_incident_that_has_closed_ends_at_the_ledger() -> None:
    """The index may be a moment behind."""
    world = World(new_task())
    world.reconcile(Signal(CLUSTER, SERVICE, Cause.SWEEP), NOW)
    assert (world.aws.calls, world.notes) == ([], ["no incident is open for this service"])


def test_an_open_incident_without_any_look_is_looked_at() -> None:
    """Whatever has become of it."""
    world = World(holder(), contender(), successor())
    world.ledger.save(replace(world.record, incident=incident()), None, None)
    (signal,) = [item for item in swept(world).signals if item.hint is None]
    world.reconcile(signal, NOW)
    assert world.aws.stopped == [arn("holder")]


def test_a_cluster_that_cannot_be_read_is_an_error_that_names_the_call() -> None:
    """The handler records it, and the next sweep comes by itself."""
    world = World()
    world.aws.errors["ListTasks"] = client_error("AccessDeniedException", "ListTasks")
    with pytest.raises(ReadError, match="ecs:ListTasks: AccessDenied"):
        swept(world)


def test_sweeps_come_from_the_schedule_and_from_our_own_messages() -> None:
    """And from nothing else."""
    assert parse_signal('{"source": "aws.events", "detail-type": "Scheduled Event"}') == Sweep()
    assert parse_signal(sweep_message(Sweep(CLUSTER))) == Sweep(CLUSTER)
    for body in ('{"unwedge-sweep": 5}', '{"unwedge-sweep": "arn:aws:s3:::x"}', '{"source": "aws.events"}'):
        assert isinstance(parse_signal(body), Refusal)
    assert NEW_CODE != OLD_CODE


def test_a_sweep_that_reads_a_part_of_a_cluster_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    """Sixty pages; what was read leads to signals all the same, and the alarm on failed sweeps rings."""
    world = World(*(contender(100 + number, arn=arn(f"ended-{number}")) for number in range(121)))
    swept_ = Sweeper(cast(Any, world.aws), world.ledger, Messages(), Settings()).sweep(Sweep(CLUSTER))
    assert (swept_.tasks, swept_.signals, swept_.cut) == (120, 1, True)
    metrics = Metrics(namespace="Test", service="test")
    Reporter(Logger(service="test"), metrics).swept(Sweep(CLUSTER), swept_)
    metrics.flush_metrics()
    told = capsys.readouterr().out.replace(" ", "")
    assert '"SweepsFailed":[1.0]' in told
    assert '"Sweeps":[1.0]' in told
    world.aws.tasks.pop()
    assert not Sweeper(cast(Any, world.aws), world.ledger, Messages(), Settings()).sweep(Sweep(CLUSTER)).cut
