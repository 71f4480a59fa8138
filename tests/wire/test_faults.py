"""Faults at the API, in AWS's own formats, for every call that the deployed app makes."""

from dataclasses import dataclass, replace

import pytest

from rehearsal.aws.deployed_app import DeployedApp
from rehearsal.ecs.launching import ContainerSpec
from rehearsal.programs.scripted import Script
from rehearsal.programs.scripts import script_for
from rehearsal.scenario.model import ProgramKind, Revision
from tests.infra.aws_calls import actions_called
from tests.support.fault_proxy import Interceptor
from tests.support.faults import Fault, FaultKind
from tests.wire.world import ManyServices, a_world, metric_sum, quick_retries

# Every operation of an incident. A test holds this list against what the app really calls.
OPERATIONS = (
    "ecs:DescribeServices",
    "ecs:ListTasks",
    "ecs:DescribeTasks",
    "ecs:DescribeTaskDefinition",
    "ecs:ListServiceDeployments",
    "ecs:DescribeServiceDeployments",
    "ecs:GetTaskProtection",
    "ecs:StopTask",
    "logs:GetLogEvents",
    "dynamodb:GetItem",
    "dynamodb:TransactWriteItems",
    "sqs:SendMessage",
    "ssm:GetParameter",
    "ecs:UpdateService",
)
# What only a sweep calls. Its operations in the code's own words are parts of TransactWriteItems.
SWEEPING = ("dynamodb:Query", "ecs:ListClusters")
# What only a drain calls, around UpdateService. Their faults are in tests/unit/act.
MARKING = {"ecs:TagResource", "ecs:UntagResource"}
# What only services behind a load balancer need, which those of the emulator are not: see tests/unit/observe.
BALANCING = {"elasticloadbalancing:DescribeTargetGroupAttributes"}
# What telling calls, beside GetItem. Its faults are in test_notifications.
NOTIFYING = ("sns:Publish", "events:PutEvents", "dynamodb:PutItem")
# What only a verification calls. Its faults are in tests/simulation/test_verification.py.
VERIFYING = {"ecs:ExecuteCommand"}
# What only an audit calls. Its faults are in tests/simulation/test_check.py and tests/unit/handlers.
AUDITING = {"ecs:ListServices", "dynamodb:UpdateItem"}
_PARTS = {"dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"}
SCHEDULED = {"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}}
# The SDK tries four times; this outlives it, so that the app itself has to cope.
BEYOND_THE_SDK = 4
WITHIN_THE_SDK = 2
LONG = 900.0


@dataclass(frozen=True)
class Case:
    """One service of a world, and what goes wrong about it. `again`: the same case came up before in the same
    app, whose ledger knows the service and its tasks, so that it needs another name."""

    operation: str
    kind: FaultKind
    times: int | None
    again: bool = False

    @property
    def about(self) -> str:
        """What the body of its calls names: the kill switch is the same for all services."""
        return "" if self.operation.startswith("ssm") else self.name

    @property
    def name(self) -> str:
        """The service's name, in no other's."""
        often = "always" if self.times is None else f"x{self.times}"
        end = "again-end" if self.again else "end"
        return f"{self.operation.replace(':', '-').lower()}-{self.kind.value}-{often}-{end}"


def _direct(spec: ContainerSpec, revision: Revision) -> Script:
    """The service whose UpdateService is to fail needs one: its revision 2 breaks once it has the lock, and
    the service goes back."""
    broken = spec.revision == 2 and "updateservice" in spec.service
    return script_for(spec, replace(revision, program=ProgramKind.BROKEN_STORE) if broken else revision)


def _matrix(*faults: tuple[FaultKind, int | None]) -> list[Case]:
    return [Case(operation, kind, times) for operation in OPERATIONS for kind, times in faults]


def _wedge(world: ManyServices, interceptor: Interceptor, cases: list[Case]) -> dict[Case, Fault]:
    faults = {
        case: interceptor.inject(
            Fault(operation=case.operation, kind=case.kind, about=case.about, times=case.times)
        )
        for case in cases
    }
    for case in cases:
        world.deploy(case.name)
    return faults


def _check_all_recover(deployed: DeployedApp, interceptor: Interceptor, cases: list[Case]) -> None:
    names = [case.name for case in cases]
    with a_world(deployed, names, _direct) as world:
        faults = _wedge(world, interceptor, cases)

        def settled(name: str) -> bool:
            right = 1 if "updateservice" in name else 2
            return world.recovered(name, right) and "recovered" in world.verdicts(name)

        world.until(lambda: all(map(settled, names)), LONG)
        assert all(map(settled, names)), world.summary()
        assert [case.name for case, fault in faults.items() if not fault.fired] == []
        stops = {name: world.stops(name) for name in names}
        # the SDK may send one stop twice; a slow one may lose the race to the old revision, once
        assert {name: tasks for name, tasks in stops.items() if not 1 <= len(set(tasks)) <= 2} == {}
        assert world.until(lambda: world.queued() == 0, LONG), "the queue does not drain"
        assert world.dead_letters == 0
        assert not interceptor.failures
        assert not world.wiring.problems


def test_the_list_of_operations_is_what_an_incident_calls(
    deployed: DeployedApp, interceptor: Interceptor
) -> None:
    """A new call of the app must get its faults too."""
    interceptor.calls.clear()
    with a_world(deployed, ["plain-incident"]) as world:
        world.deploy("plain-incident")
        assert world.until(lambda: "recovered" in world.verdicts("plain-incident"), LONG)

        assert world.until(lambda: set(NOTIFYING) <= set(interceptor.counts()), LONG)

    # A sweep may come in between, the verification comes afterwards, and the audits beside.
    called = set(interceptor.counts()) - {*SWEEPING, *VERIFYING, *AUDITING}
    assert called == {*OPERATIONS, *NOTIFYING} - {"ecs:UpdateService"}
    acting, telling = (actions_called(f"handlers/{name}.py") for name in ("remediator", "notifier"))
    assert acting - _PARTS - MARKING - BALANCING == {*OPERATIONS, *SWEEPING} - {"dynamodb:TransactWriteItems"}
    assert telling == {"dynamodb:GetItem", *NOTIFYING}


@pytest.mark.parametrize("operation", SWEEPING)
@pytest.mark.parametrize(
    ("kind", "times"),
    [
        (FaultKind.THROTTLED, BEYOND_THE_SDK),
        pytest.param(FaultKind.SERVER_ERROR, BEYOND_THE_SDK, marks=pytest.mark.all_scenarios),
        pytest.param(FaultKind.DROPPED, BEYOND_THE_SDK, marks=pytest.mark.all_scenarios),
        (FaultKind.DENIED, 1),
    ],
)
def test_a_sweep_that_cannot_read_is_lost_to_nobody_and_the_next_one_comes_through(
    operation: str, kind: FaultKind, times: int, deployed: DeployedApp, interceptor: Interceptor
) -> None:
    """It is counted as failed, or comes back by the queue; nothing dies of it."""
    with a_world(deployed, ["swept"]) as world, quick_retries(deployed):
        failed = metric_sum(deployed, "SweepsFailed") + metric_sum(deployed, "SignalsFailed")
        fault = interceptor.inject(Fault(operation=operation, kind=kind, about="", times=times))
        world.send(SCHEDULED)
        assert world.until(lambda: fault.fired == times, LONG)
        interceptor.lift()
        if (
            kind is FaultKind.DENIED
        ):  # the others are retried by the SDK, here for as long as a function lives
            counted = ("SweepsFailed", "SignalsFailed")
            assert world.until(lambda: sum(metric_sum(deployed, name) for name in counted) > failed, LONG)
        swept = metric_sum(deployed, "Sweeps")
        world.send(SCHEDULED)
        # the sweep itself, and the one of each cluster
        assert world.until(lambda: metric_sum(deployed, "Sweeps") >= swept + 2, LONG)
        assert world.until(lambda: world.queued() == 0, LONG), "the queue does not drain"
        assert world.dead_letters == 0


# Alternating, so that every operation and both kinds come up in one short world.
EVERYDAY = [
    Case(operation, (FaultKind.THROTTLED, FaultKind.SERVER_ERROR)[number % 2], BEYOND_THE_SDK)
    for number, operation in enumerate(OPERATIONS)
]


@pytest.mark.all_scenarios
def test_an_incident_recovers_whatever_call_is_throttled_or_fails_longer_than_the_sdk_retries(
    deployed: DeployedApp, interceptor: Interceptor
) -> None:
    """Each ends in recovery; no holder is stopped twice, the queue drains and no signal is lost."""
    _check_all_recover(deployed, interceptor, EVERYDAY)


@pytest.mark.all_scenarios
@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("kind", "times"),
    [
        (FaultKind.THROTTLED, WITHIN_THE_SDK),
        (FaultKind.THROTTLED, BEYOND_THE_SDK),
        (FaultKind.SERVER_ERROR, WITHIN_THE_SDK),
        (FaultKind.SERVER_ERROR, BEYOND_THE_SDK),
        (FaultKind.DROPPED, BEYOND_THE_SDK),
        (FaultKind.ANSWER_LOST, 1),
        (FaultKind.ANSWER_LOST, BEYOND_THE_SDK),
        (FaultKind.TIMED_OUT, 1),
        (FaultKind.DENIED, 2),
    ],
)
def test_an_incident_recovers_whatever_call_fails_for_a_while_and_however(
    kind: FaultKind, times: int, deployed: DeployedApp, interceptor: Interceptor
) -> None:
    """Throttled, failing, cut off, answered too late though carried out, or denied and repaired."""
    cases = [replace(case, again=case in EVERYDAY) for case in _matrix((kind, times))]
    _check_all_recover(deployed, interceptor, cases)


@pytest.mark.all_scenarios
def test_a_denied_call_is_visible_stops_nothing_and_a_sweep_finds_what_died_of_it(
    deployed: DeployedApp, interceptor: Interceptor
) -> None:
    """A missing permission shows as an escalated decision or as dead letters. With the permission back, the
    next sweep leads to decisions, without the dead letters."""
    # a switch that cannot be read pauses every service, these too: that is for a test of its own
    cases = [case for case in _matrix((FaultKind.DENIED, None)) if case.about]
    names = [case.name for case in cases]
    lethal = [case.name for case in cases if case.operation.startswith("dynamodb")]
    # without its next look a stop can still be made: the look after it comes from the queue's retry
    mute = [case.name for case in cases if case.operation.startswith("sqs")]
    # before a service can go back, its holder was stopped as it should be
    late = [case.name for case in cases if case.operation == "ecs:UpdateService"]
    with a_world(deployed, names, _direct) as world, quick_retries(deployed):
        faults = _wedge(world, interceptor, cases)

        def visible(name: str) -> bool:
            if name in lethal:
                return name in world.peek_dead_letters()
            if name in mute:
                return any("SendMessage" in error for error in world.errors)
            # without its log a failure is no incident yet: said, and counted, but nobody is called
            told = world.about(name)
            if name in late:
                return any(d.verdict == "roll-back" and d.line["outcome"] == "denied" for d in told)
            return any(d.line["escalated"] or d.verdict == "cannot-verify" for d in told)

        assert world.until(lambda: all(map(visible, names)), LONG), world.summary()
        assert [case.name for case, fault in faults.items() if not fault.fired] == []
        others = [name for name in names if name not in (*mute, *late)]
        assert {name: stops for name in others if (stops := world.stops(name))} == {}

        interceptor.lift()
        before = {name: len(world.about(name)) for name in lethal}
        assert world.give_up_dead_letters() >= len(lethal)
        world.send(SCHEDULED)
        decided = world.until(lambda: all(len(world.about(name)) > before[name] for name in lethal), LONG)
        assert decided, world.summary()
        assert world.until(lambda: all(map(world.recovered, lethal)), LONG), world.summary()
