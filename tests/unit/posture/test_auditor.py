"""Auditing: what is kept, what is closed, and when a deadlock is expected."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, cast

import pytest

from tests.unit.posture import shapes
from unwedge.model.posture import FindingKind, Outlook, Posture
from unwedge.model.settings import Mode, Settings
from unwedge.posture.auditor import Audited, Auditor, NotAudited
from unwedge.posture.facts import Facts, TaskSetup
from unwedge.posture.requests import Cluster, Service
from unwedge.record.posture_writer import Saved, merged
from unwedge.record.postures import Expected, KeptPosture, PostureRow
from unwedge.record.rows import Decided, Page
from unwedge.record.wedged import Wedged

NOW, CLUSTER = shapes.AT, shapes.CLUSTER
NAME = "dev-prometheus"
BEGAN = NOW - timedelta(seconds=5)
OLD_TASK = TaskSetup("task/1", "dev-prometheus:6", False, created_at=NOW - timedelta(days=3))


def facts(name: str = NAME, **changes: Any) -> Facts:
    """A service that wedges, in mode enforce, whose old task runs."""
    shape = replace(shapes.shape(), name=name)
    made = Facts(shape, NOW, Mode.ENFORCE, tasks=(OLD_TASK,))
    return replace(made, **changes)


def alone(name: str = NAME, **changes: Any) -> Facts:
    """One whose task shares no volume."""
    found = facts(name, **changes)
    apart = shapes.shape(defined=shapes.definition(shapes.container(mountPoints=[])))
    return replace(found, shape=replace(apart, name=name))


class World:
    """Stands for the reads, the ledger and ECS's list of clusters."""

    def __init__(self) -> None:
        self.services: dict[str, Facts] = {}
        self.kept: dict[str, KeptPosture] = {}
        self.saved: list[tuple[str, frozenset[FindingKind], Wedged]] = []
        self.closed: list[str] = []
        self.told: list[Expected] = []
        self.rows: list[Decided] = []
        self.settings = Settings()

    def auditor(self) -> Auditor:
        fake = cast(Any, self)
        return Auditor(fake, fake, fake, fake, fake, self.settings, acts=True)

    def list_clusters(self, **_: Any) -> Any:
        return {"clusterArns": [CLUSTER]}

    def cluster(self, arn: str, now: datetime, settings: Settings) -> list[Facts]:
        return [self.services[name] for name in sorted(self.services)]

    def service(self, arn: str, name: str, now: datetime, settings: Settings) -> Facts | None:
        return self.services.get(name)

    def one_of_each(self) -> tuple[list[PostureRow], int]:
        return [PostureRow(CLUSTER, name, NOW, Outlook.WEDGES) for name in self.kept], 0

    def newest_of(self, arn: str, name: str) -> KeptPosture | None:
        return self.kept.get(name)

    def save(self, posture: Posture, wedged: Wedged, *, unproven: frozenset[FindingKind]) -> Saved:
        name = posture.service_name
        self.saved.append((name, unproven, wedged))
        self.kept[name] = merged(self.kept.get(name), posture, wedged, unproven)
        return Saved(self.kept[name])

    def close(self, arn: str, name: str, at: datetime) -> bool:
        self.closed.append(name)
        return self.kept.pop(name, None) is not None

    def expect(self, expected: Expected) -> bool:
        new = expected.deployment not in [one.deployment for one in self.told]
        self.told += [expected] if new else []
        return new

    def decisions(self, since: datetime, until: datetime, wanted: str, most: int) -> Page:
        return Page(self.rows, None, 0)


@pytest.fixture
def world() -> World:
    """With one service that wedges."""
    made = World()
    made.services[NAME] = facts()
    return made


def begun(world: World, **changes: Any) -> Audited | NotAudited:
    """A deployment of the service began."""
    world.services[NAME] = facts(**changes)
    return world.auditor().service(Service(CLUSTER, NAME, "ecs-svc/2", BEGAN), NOW)


@pytest.mark.parametrize("mode", [Mode.ENFORCE, Mode.APPROVE])
def test_a_deployment_of_a_watched_service_that_wedges_is_expected_to_once(world: World, mode: Mode) -> None:
    """However often the event comes."""
    made = begun(world, mode=mode)
    assert isinstance(made, Audited)
    assert made.expected is not None
    assert (made.expected.deployment, made.expected.mode) == ("ecs-svc/2", mode.value)
    again = begun(world, mode=mode)
    assert isinstance(again, Audited)
    assert again.expected is None


@pytest.mark.parametrize(
    "changes",
    [
        {"mode": Mode.OBSERVE},
        {"tasks": ()},
        {"tasks": (OLD_TASK._replace(created_at=NOW),)},
        {"tasks": (OLD_TASK._replace(created_at=None),)},
        {"shape": replace(shapes.shape(), minimum=0, maximum=100)},
        {"shape": replace(shapes.shape(), desired=0)},
        {"shape": replace(shapes.shape(), maximum=None)},
    ],
)
def test_nothing_is_expected_where_it_is_not_certain_or_nobody_wants_it_watched(
    world: World, changes: dict[str, Any]
) -> None:
    """Untagged under observe, no old task, other settings: it is in the table, and nobody is told."""
    made = begun(world, **changes)
    assert isinstance(made, Audited)
    assert world.told == []


def test_an_event_that_comes_late_or_without_its_time_tells_nothing(world: World) -> None:
    """The deployment has shown by then what it does."""
    for began in (None, NOW - timedelta(minutes=11)):
        world.auditor().service(Service(CLUSTER, NAME, "ecs-svc/2", began), NOW)
    world.auditor().service(Service(CLUSTER, NAME), NOW)
    assert world.told == []


def test_of_services_that_are_not_ours_nothing_is_kept(world: World) -> None:
    """Mode off, no shared volume, no such service, a cluster that is not watched."""
    world.services = {"off": facts("off", mode=Mode.OFF), "alone": alone("alone")}
    for name in ("off", "alone", "none"):
        made = world.auditor().service(Service(CLUSTER, name, "ecs-svc/2", BEGAN), NOW)
        assert isinstance(made, NotAudited)
    world.settings = Settings(clusters=("arn:aws:ecs:us-east-1:123456789012:cluster/other",))
    world.services[NAME] = facts()
    assert isinstance(world.auditor().service(Service(CLUSTER, NAME), NOW), NotAudited)
    assert (world.saved, world.told, world.kept) == ([], [], {})


def test_what_is_gone_or_shares_nothing_any_more_closes_all(world: World) -> None:
    """Found in the list of what is kept, and asked for by name before it counts as gone."""
    world.services["was"] = facts("was")
    world.auditor().cluster(Cluster(CLUSTER), NOW, lambda: False)
    assert set(world.kept) == {NAME, "was"}
    del world.services["was"]
    world.services[NAME] = alone()
    world.auditor().cluster(Cluster(CLUSTER), NOW + timedelta(days=1), lambda: False)
    assert set(world.closed) == {NAME, "was"}
    assert world.kept == {}


def test_a_service_that_could_not_be_read_closes_nothing(world: World) -> None:
    """Nor does one whose neighbours were not all looked at, of those."""
    world.settings = Settings(default_mode=Mode.OFF)
    world.auditor().service(Service(CLUSTER, NAME), NOW)
    before = {opened.kind for opened in world.kept[NAME].opened}
    unread = facts(shape=replace(shapes.shape(), definition=None), mode=Mode.OFF, unread=("It was denied.",))
    world.services[NAME] = unread
    world.auditor().service(Service(CLUSTER, NAME), NOW + timedelta(days=1))
    assert world.closed == []
    assert before <= {opened.kind for opened in world.kept[NAME].opened}
    assert world.saved[-1][1] == frozenset(FindingKind)
    world.services[NAME] = facts(others_unread="There are too many.")
    world.auditor().service(Service(CLUSTER, NAME), NOW + timedelta(days=2))
    assert world.saved[-1][1] == {FindingKind.SHARED_DIRECTORY}


def test_a_service_of_which_nothing_is_known_and_nothing_could_be_read_is_not_kept(world: World) -> None:
    """It may be none that shares anything."""
    world.services[NAME] = facts(shape=replace(shapes.shape(), definition=None), unread=("It was denied.",))
    made = world.auditor().service(Service(CLUSTER, NAME), NOW)
    assert isinstance(made, NotAudited)
    assert "It was denied." in made.sentence
    assert world.saved == []


def test_an_audit_goes_on_where_time_ran_out_and_leaves_none_out(world: World) -> None:
    """One service at least each time, so that it comes to an end."""
    world.services = {name: facts(name) for name in ("a", "b", "c")}
    wanted, rounds = Cluster(CLUSTER), 0
    while wanted:
        found = world.auditor().cluster(wanted, NOW, lambda: True)
        wanted, rounds = cast(Cluster, found.left), rounds + 1
        assert rounds < 10
    assert [name for name, _, _ in world.saved] == ["a", "b", "c"]
    assert world.closed == []


def test_all_clusters_are_those_of_the_settings_or_of_the_region(world: World) -> None:
    """ListClusters is needless where they are named."""
    assert world.auditor().clusters() == [CLUSTER]
    world.settings = Settings(clusters=("x",))
    assert world.auditor().clusters() == ["x"]


def _asking(tag: str | None = "stop-first", percent: tuple[int, int] = (100, 200)) -> Facts:
    shape = shapes.shape(shapes.service(percent))
    return facts(shape=replace(shape, repair_tag=tag))


@pytest.mark.parametrize(
    ("found", "repair"),
    [
        (_asking(), True),
        (_asking("a misspelt value"), True),  # a person has to hear of it
        (_asking(None), False),
        (_asking(percent=(0, 100)), False),
        (_asking(percent=(0, 200)), False),
    ],
)
def test_a_repair_is_asked_for_where_the_tag_is_set_and_what_goes_wrong_is_certain(
    world: World, found: Facts, repair: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And where this audit is the newest one."""
    world.services[NAME] = found
    made = world.auditor().service(Service(CLUSTER, NAME), NOW)
    assert isinstance(made, Audited)
    assert made.repair is repair
    monkeypatch.setattr(world, "save", lambda *_, **__: None)
    overtaken = world.auditor().service(Service(CLUSTER, NAME), NOW)
    assert isinstance(overtaken, Audited)
    assert not overtaken.repair
