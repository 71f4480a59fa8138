"""Repairs of a service in the simulated ECS: what is changed, when nothing is, and what the next deployment "
"does."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from rehearsal.programs.scripted import Script
from tests.support.in_process import EcsClient
from tests.support.kill_switch import FakeKillSwitch
from tests.support.simulated_ecs import CLUSTER, SERVICE, Stage, main_container
from unwedge.act.repairer import Repairer
from unwedge.model.settings import Mode
from unwedge.posture.facts import Facts
from unwedge.posture.repair import NotRepaired
from unwedge.posture.shape import shape_of
from unwedge.record.repairs import LEASE, Repaired, RepairState
from unwedge.repairs import Busy, Fresh, Mender

TAGS = [{"key": "unwedge", "value": "enforce"}, {"key": "unwedge-repair", "value": "stop-first"}]


class Kept:
    """Repairs in memory; tests/contract/test_repairs.py has those in DynamoDB."""

    def __init__(self) -> None:
        self.made: list[Repaired] = []

    def newest_of(self, cluster_arn: str, service_name: str) -> Repaired | None:
        """The last one."""
        return self.made[-1] if self.made else None

    def claim(self, repair: Repaired, after: timedelta) -> bool:
        """Always, but while a claim stands or within the time after one that was carried out."""
        last = self.newest_of("", "")
        if (
            last
            and last.state is not RepairState.WITHDRAWN
            and repair.at - last.at < self._holds(last, after)
        ):
            return False
        self.made.append(repair)
        return True

    def _holds(self, last: Repaired, after: timedelta) -> timedelta:
        return LEASE if last.state is RepairState.CLAIMED else after

    def conclude(self, repair: Repaired) -> None:
        """In place of the claim."""
        self.made[-1] = repair


class Mending:
    """The incident's service, and what mends it. `between`: what happens after the claim."""

    def __init__(
        self, *, tags: list[dict[str, str]] | None = None, percent: tuple[int, int] = (100, 200)
    ) -> None:
        self.stage = Stage(choose=lambda spec: Script(lock="store"))
        breaker = {"enable": True, "rollback": True}
        self.stage.create(
            tags=TAGS if tags is None else tags,
            percent=percent,
            breaker=breaker,
            availabilityZoneRebalancing="ENABLED",
            definition=self.stage.register(main_container()),
        )
        self.stage.forward(120)
        self.switch, self.kept = FakeKillSwitch(), Kept()
        self.client: Any = EcsClient(self.stage)
        self.open_incident = False
        self.between: Callable[[], None] = lambda: None
        self.after_look: Callable[[], None] = lambda: None
        self.looks = 0

    def facts(self) -> tuple[Facts, dict[str, Any]]:
        """The service as it is now."""
        described = self.stage.described(include=["TAGS"])
        arn = described["taskDefinition"]
        told = self.stage.sim.call("DescribeTaskDefinition", {"taskDefinition": arn})["taskDefinition"]
        return Facts(shape_of(described, told), self.stage.sim.now, Mode.ENFORCE), described

    def mend(self) -> Repaired | NotRepaired | Busy:
        """Mend it now."""
        mender = Mender(
            Repairer(self.client),
            self.kept,  # type: ignore[arg-type]
            self.switch,
            allowed=lambda cluster: cluster.endswith(f"/{CLUSTER}"),
            incident=lambda cluster, name: self.open_incident,
            again=self._again,
        )
        return mender.mend(self.facts()[0], self.stage.sim.now)

    def _again(self, cluster: str, name: str, now: datetime) -> Fresh | None:
        self.between()
        self.looks += 1
        fresh = Fresh(*self.facts())
        self.after_look()
        return fresh

    @property
    def configuration(self) -> dict[str, Any]:
        """Its deployment configuration as ECS shows it."""
        found: dict[str, Any] = self.stage.described()["deploymentConfiguration"]
        return found

    @property
    def updates(self) -> list[dict[str, Any]]:
        """The changes that ECS was asked for, in order."""
        calls = self.stage.sim.api_call_list
        return [dict(call.params) for call in calls if call.operation == "UpdateService"]


def test_a_repair_changes_the_percentages_and_nothing_else() -> None:
    """Rebalancing first, in a call of its own; the circuit breaker stays; no deployment starts, no task "
    "stops."""
    mending = Mending()
    tasks, deployments = mending.stage.listed(), mending.stage.described()["deployments"]
    done = mending.mend()
    assert isinstance(done, Repaired)
    assert done.state is RepairState.DONE
    assert '"maximumPercent": 200' in done.before
    assert [sorted(set(update) - {"cluster", "service"}) for update in mending.updates] == [
        ["availabilityZoneRebalancing"],
        ["deploymentConfiguration"],
    ]
    assert (mending.configuration["minimumHealthyPercent"], mending.configuration["maximumPercent"]) == (
        0,
        100,
    )
    assert mending.configuration["deploymentCircuitBreaker"] == {"enable": True, "rollback": True}
    mending.stage.forward(300)
    assert mending.stage.listed() == tasks
    assert [item["id"] for item in mending.stage.described()["deployments"]] == [
        item["id"] for item in deployments
    ]


def test_the_deployment_after_a_repair_does_not_deadlock() -> None:
    """That is what it is for."""
    mending = Mending()
    assert isinstance(mending.mend(), Repaired)
    mending.stage.deploy(main_container(user="65534"))
    mending.stage.forward(600)
    assert mending.stage.service.primary.rollout_state == "COMPLETED"
    assert mending.stage.service.primary.definition.revision == 2


def test_a_repair_is_made_once() -> None:
    """Whoever puts the old values back is told, and not fought."""
    mending = Mending()
    assert isinstance(mending.mend(), Repaired)
    mending.stage.update(deploymentConfiguration={"minimumHealthyPercent": 100, "maximumPercent": 200})
    again = mending.mend()
    assert isinstance(again, NotRepaired)
    assert "somebody has put the old values back" in again.sentence
    assert mending.configuration["maximumPercent"] == 200


def _paused(mending: Mending) -> None:
    mending.switch.reason = "somebody paused it"


def _deploys(mending: Mending) -> None:
    mending.stage.deploy(main_container(user="65534"))


def _opens(mending: Mending) -> None:
    mending.open_incident = True


def _untags(mending: Mending) -> None:
    mending.stage.service.tags.pop("unwedge-repair")


@pytest.mark.parametrize("happens", [_paused, _deploys, _opens, _untags])
def test_what_happens_after_the_claim_counts(happens: Callable[[Mending], None]) -> None:
    """The second look closes the gate that the first one found open, and the claim is given back."""
    mending = Mending()
    mending.between = lambda: happens(mending)
    found = mending.mend()
    assert isinstance(found, NotRepaired)
    assert found.sentence.startswith("Not repaired after a second look")
    assert [update for update in mending.updates if "deploymentConfiguration" in update] == []
    assert mending.kept.made[-1].state is RepairState.WITHDRAWN


def _takes_back(mending: Mending) -> None:
    mending.stage.update(deploymentConfiguration={"minimumHealthyPercent": 50, "maximumPercent": 200})


@pytest.mark.parametrize("happens", [_deploys, _untags, _takes_back])
def test_what_happens_while_the_second_look_is_read_counts_too(happens: Callable[[Mending], None]) -> None:
    """The service is described once more just before the change: reading what is beside it takes a while."""
    mending = Mending()
    mending.after_look = lambda: happens(mending)
    before = len(mending.updates)
    found = mending.mend()
    assert isinstance(found, NotRepaired)
    assert "not as it had been" in found.sentence
    assert not any(
        update.get("deploymentConfiguration", {}).get("maximumPercent") == 100
        or "availabilityZoneRebalancing" in update
        for update in mending.updates[before:]
    )
    assert mending.kept.made[-1].state is RepairState.WITHDRAWN


@pytest.mark.parametrize("happens", [_paused, _deploys, _opens, _untags])
def test_a_closed_gate_claims_nothing(happens: Callable[[Mending], None]) -> None:
    """Nor is the service read a second time."""
    mending = Mending()
    happens(mending)
    assert isinstance(mending.mend(), NotRepaired)
    assert (mending.kept.made, mending.looks) == ([], 0)


def test_what_ecs_refuses_is_told_with_what_was_changed_before() -> None:
    """The first of two calls may have taken effect."""
    mending = Mending()
    real = mending.client

    class Refusing:
        describe_services = staticmethod(real.describe_services)

        def update_service(self, **params: Any) -> Any:
            if "deploymentConfiguration" in params:
                error = {"Error": {"Code": "AccessDeniedException", "Message": "not allowed"}}
                raise ClientError(error, "UpdateService")  # type: ignore[arg-type]
            return real.update_service(**params)

    mending.client = Refusing()
    done = mending.mend()
    assert isinstance(done, Repaired)
    assert done.state is RepairState.REFUSED
    assert "AccessDeniedException: not allowed" in done.sentence
    assert "availabilityZoneRebalancing is DISABLED now" in done.sentence
    assert mending.configuration["maximumPercent"] == 200
    assert done.service_name == SERVICE
    mending.stage.update(availabilityZoneRebalancing="ENABLED")
    mending.stage.forward(3600)
    assert isinstance(mending.mend(), NotRepaired)
    assert mending.stage.described()["availabilityZoneRebalancing"] == "ENABLED"


class DiedError(Exception):
    """The invocation ends here."""


class DiesAfter:
    """ECS that takes so many changes, and then the invocation that asks for them dies."""

    def __init__(self, real: Any, calls: int) -> None:
        self._real, self._left = real, calls
        self.describe_services = real.describe_services

    def update_service(self, **params: Any) -> Any:
        """The change takes effect; nobody hears of it."""
        if self._left:
            self._real.update_service(**params)
            self._left -= 1
        if not self._left:
            raise DiedError


def died(changes: int) -> Mending:
    """A service of which an invocation has made so many of the two changes."""
    mending = Mending()
    real = mending.client
    mending.client = DiesAfter(real, changes)
    with pytest.raises(DiedError):
        mending.mend()
    mending.client = real
    return mending


@pytest.mark.parametrize("changes", [0, 1, 2])
def test_whoever_comes_while_a_claim_is_fresh_waits_and_then_brings_it_to_its_end(changes: int) -> None:
    """Whatever the invocation that died had changed: the service is repaired, what stood before is kept, and
    people hear of it once."""
    mending = died(changes)
    assert isinstance(mending.mend(), Busy)
    mending.stage.forward(LEASE.total_seconds() + 1)
    done = mending.mend()
    assert isinstance(done, Repaired)
    assert done.state is RepairState.DONE
    assert '"maximumPercent": 200, "availabilityZoneRebalancing": "ENABLED"' in done.before
    assert (mending.configuration["minimumHealthyPercent"], mending.configuration["maximumPercent"]) == (
        0,
        100,
    )
    assert isinstance(mending.mend(), NotRepaired)


@pytest.mark.parametrize("happens", [_paused, _deploys, _opens, _untags])
def test_what_was_begun_and_may_not_be_finished_is_said(happens: Callable[[Mending], None]) -> None:
    """Rebalancing is off by then, and nobody else would say so."""
    mending = died(1)
    mending.stage.forward(LEASE.total_seconds() + 1)
    happens(mending)
    found = mending.mend()
    assert isinstance(found, Repaired)
    assert found.state is RepairState.REFUSED
    assert "availabilityZoneRebalancing may have been turned off" in found.sentence
    assert mending.configuration["maximumPercent"] == 200


def test_a_change_that_ecs_did_not_answer_and_made_is_not_made_again() -> None:
    """Taken for refused, it would come back within the week against whoever takes it back."""
    mending = Mending()
    real = mending.client

    class Silent:
        describe_services = staticmethod(real.describe_services)

        def update_service(self, **params: Any) -> Any:
            real.update_service(**params)
            if "deploymentConfiguration" in params:
                raise ReadTimeoutError(endpoint_url="https://ecs.us-east-1.amazonaws.com")

    mending.client = Silent()
    done = mending.mend()
    assert isinstance(done, Repaired)
    assert done.state is RepairState.DONE
    mending.client = real
    mending.stage.update(deploymentConfiguration={"minimumHealthyPercent": 100, "maximumPercent": 200})
    mending.stage.forward(LEASE.total_seconds() + 1)
    assert isinstance(mending.mend(), NotRepaired)
    assert mending.configuration["maximumPercent"] == 200


def test_all_that_a_configuration_says_is_sent_and_nothing_that_it_does_not_say() -> None:
    """As DescribeServices shows a service of today: the parts that are there, and those that are not."""
    breaker = {
        "enable": True,
        "rollback": True,
        "resetOnHealthyTask": False,
        "thresholdConfiguration": {"type": "COUNT", "value": 5},
    }
    alarms = {"alarmNames": ["errors"], "enable": True, "rollback": True}
    early = {"enable": True, "healthyPercent": 100, "sourceServiceRevisionCleanup": "BLOCKING"}
    there = {
        "deploymentCircuitBreaker": breaker,
        "alarms": alarms,
        "strategy": "ROLLING",
        "earlySuccessCriteria": early,
    }
    described = {"clusterArn": CLUSTER, "serviceName": SERVICE}
    sent: list[dict[str, Any]] = []

    class Taking:
        shown: dict[str, Any] = {}  # noqa: RUF012

        def describe_services(self, **params: Any) -> Any:
            return {"services": [self.shown]}

        def update_service(self, **params: Any) -> Any:
            sent.append(params["deploymentConfiguration"])

    empty = {"bakeTimeInMinutes": 0, "lifecycleHooks": []}
    none = {"alarmNames": [], "enable": False, "rollback": False}
    percent = {"minimumHealthyPercent": 100, "maximumPercent": 200}
    taking: Any = Taking()
    for shown in ({**there, **empty, **percent}, {**empty, "alarms": none, **percent}):
        repairer = Repairer(taking)
        taking.shown = {**described, "deploymentConfiguration": shown}
        assert (
            repairer.stop_first({**described, "deploymentConfiguration": shown}, rebalancing_first=False)
            is None
        )
    after = {"minimumHealthyPercent": 0, "maximumPercent": 100}
    assert sent == [{**there, **after}, after]
