"""Every sample event against the rules of the synthesised app, and through the parser."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from rehearsal.aws.emulator import Emulator
from rehearsal.clockwork.clock import ScaledClock
from tests.support.template import CLUSTERS, Assembly, synthesised
from unwedge.signal.signals import Refusal, Sweep, parse_signal

EVENTS = Path(__file__).parents[2] / "events"
RULES = (
    "CrashedTasks",
    "UnhealthyTasks",
    "EndedDeployments",
    "CompletedDeployments",
    "Recovered",
    "Deployments",
)


@dataclass(frozen=True)
class Row:
    """One line of the index in events/README.md."""

    file: str
    rules: frozenset[str]
    parsed_as: str

    @property
    def text(self) -> str:
        return (EVENTS / self.file).read_text()

    @property
    def event(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads(self.text)
        return content


def index() -> Iterator[Row]:
    """The index, which is also the documentation."""
    for line in (EVENTS / "README.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if cells[0].endswith(".json"):
            file, _, rule, parsed_as = cells
            yield Row(file, frozenset(rule.split(", ") if rule != "-" else ()), parsed_as)


ROWS = tuple(index())
each_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.file)


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    """One emulator on a free loopback port."""
    with Emulator(clock=ScaledClock(datetime.now(UTC), 1.0)) as running:
        yield running


@pytest.fixture(scope="module")
def shipped() -> Assembly:
    """The app with the settings in cdk.json: every cluster."""
    return synthesised()


@pytest.fixture(scope="module")
def narrowed() -> Assembly:
    """The app for the samples' cluster and another one."""
    return synthesised({"clusters": list(CLUSTERS), "mode": "enforce", "stopsPerIncident": 3})


def matching_rules(emulator: Emulator, assembly: Assembly, event: dict[str, Any]) -> set[str]:
    """Which rules match, as the emulator's TestEventPattern says."""
    client = emulator.client("events")
    return {
        name
        for name, pattern in assembly.rule_patterns().items()
        if client.test_event_pattern(EventPattern=json.dumps(pattern), Event=json.dumps(event))["Result"]
    }


def of_configured_cluster(event: dict[str, Any]) -> bool:
    """Whether an event tells that it comes from one of the clusters. Our own decisions are of no other."""
    if event["source"] == "unwedge":
        return True
    services = tuple(cluster.replace(":cluster/", ":service/") + "/" for cluster in CLUSTERS)
    return event["detail"].get("clusterArn") in CLUSTERS or event["resources"][0].startswith(services)


def test_the_index_lists_every_event_and_every_rule(shipped: Assembly) -> None:
    """A sample nobody expects anything of tests nothing."""
    assert sorted(row.file for row in ROWS) == sorted(path.name for path in EVENTS.glob("*.json"))
    assert {rule for row in ROWS for rule in row.rules} == set(RULES)
    assert not all(row.rules for row in ROWS)
    assert set(shipped.rule_patterns()) == set(RULES)


@each_row
def test_an_event_matches_the_rule_that_the_index_names_and_no_other(
    emulator: Emulator, shipped: Assembly, row: Row
) -> None:
    """What must not wake Unwedge does not match."""
    assert matching_rules(emulator, shipped, row.event) == row.rules


@each_row
def test_a_cluster_filter_keeps_the_events_of_its_own_clusters(
    emulator: Emulator, narrowed: Assembly, row: Row
) -> None:
    """Task events carry the cluster's ARN, deployment events only the service's."""
    kept = row.rules if of_configured_cluster(row.event) else set()
    assert matching_rules(emulator, narrowed, row.event) == kept


@each_row
def test_a_cluster_filter_drops_the_events_of_other_clusters(
    emulator: Emulator, narrowed: Assembly, row: Row
) -> None:
    """A cluster whose name merely begins like a configured one is another cluster."""
    if row.event["source"] == "unwedge":
        pytest.skip("our own decisions are of no other cluster")
    foreign = row.text.replace("dev-metrics-cluster", "dev-metrics-cluster-2")
    assert matching_rules(emulator, narrowed, json.loads(foreign)) == set()


@each_row
def test_an_event_is_parsed_as_the_index_says(row: Row) -> None:
    """Should it reach the queue, by whatever way."""
    signal = parse_signal(row.text)
    assert not isinstance(signal, Sweep)
    assert (signal.code if isinstance(signal, Refusal) else signal.cause.value) == row.parsed_as


@each_row
def test_an_event_that_is_cut_off_anywhere_is_refused_and_never_raises(row: Row) -> None:
    """Half an event is no signal."""
    for length in range(0, len(row.text) - 2, 97):
        assert isinstance(parse_signal(row.text[:length]), Refusal)
