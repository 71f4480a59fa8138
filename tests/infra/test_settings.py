"""Wrong settings stop the synthesis with a sentence; right ones arrive typed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra.settings import PROGRAMS, Settings, SettingsError
from unwedge.decide.catalogue.programs import needs_allowance
from unwedge.people.advice import RUNBOOK

ROOT = Path(__file__).parents[2]
CLUSTER = "arn:aws:ecs:eu-west-1:123456789012:cluster/dev-metrics-cluster"


def settings(**context: object) -> Settings:
    """Settings from a CDK context whose `unwedge` key has these values."""
    return Settings.from_context({"unwedge": context}.get)


def test_what_cdk_json_ships_is_what_the_settings_default_to() -> None:
    """The file documents the defaults, so it may not drift from them."""
    context = json.loads((ROOT / "cdk.json").read_text())["context"]
    assert Settings.from_context(context.get) == Settings()


def test_without_any_context_the_stack_only_observes() -> None:
    """Out of the box nothing is stopped."""
    assert Settings.from_context(lambda key: None).mode == "observe"


@pytest.mark.parametrize(
    ("given", "updates"),
    [({}, False), ({"fallback": "drain"}, True), ({"whenBroken": "rollback"}, True)],
)
def test_draining_and_rolling_back_each_allow_services_to_be_updated(
    given: dict[str, object], updates: bool
) -> None:
    """Nothing else does; the permission hangs on it."""
    assert settings(**given).updates_services is updates


def test_one_setting_on_the_command_line_overrides_the_file() -> None:
    """`-c unwedge.mode=approve` and `-c unwedge.stopsPerIncident=3`, which arrive as text."""
    context = {"unwedge": {"mode": "off"}, "unwedge.mode": "approve", "unwedge.stopsPerIncident": "3"}
    found = Settings.from_context(context.get)
    assert (found.mode, found.stops_per_incident) == ("approve", 3)


def test_all_settings_may_come_as_json_text() -> None:
    """`-c unwedge='{…}'` arrives as text too."""
    found = Settings.from_context({"unwedge": json.dumps({"clusters": [CLUSTER]})}.get)
    assert found.clusters == (CLUSTER,)


@pytest.mark.parametrize(
    ("key", "value", "allowed"),
    [
        ("mode", "sometimes", "observe, approve, enforce, off"),
        ("mode", None, "observe, approve, enforce, off"),
        ("clusters", ["dev-metrics-cluster"], "ECS cluster ARNs"),
        ("clusters", [CLUSTER.replace(":cluster/", ":service/")], "ECS cluster ARNs"),
        ("clusters", [f"{CLUSTER},{CLUSTER}"], "ECS cluster ARNs"),
        ("clusters", 7, "a list of ECS cluster ARNs"),
        ("stopsPerIncident", 0, "a whole number from 1 to 5"),
        ("stopsPerIncident", 6, "a whole number from 1 to 5"),
        ("stopsPerIncident", "2", "a whole number from 1 to 5"),
        ("stopsPerIncident", True, "a whole number from 1 to 5"),
        ("evidencePatienceSeconds", 1.5, "a whole number from 1 to 900"),
        ("approvalValiditySeconds", 0, "a whole number from 1 to 86400"),
        ("successorPatienceSeconds", -1, "a whole number from 1 to 21600"),
        ("withoutSuccessor", "shrug", "escalate, stop"),
        ("mod", "enforce", "only the keys mode, clusters"),
        ("fallback", "hope", "escalate, drain"),
        ("whenBroken", "drain", "escalate, rollback"),
        ("sweepMinutes", 0, "a whole number from 1 to 60"),
        ("sweepMinutes", 61, "a whole number from 1 to 60"),
        ("auditHours", -1, "a whole number from 0 to 168"),
        ("auditHours", 169, "a whole number from 0 to 168"),
        ("repairs", "yes", "true or false"),
        ("repairs", 1, "true or false"),
        ("repairs", True, "true only together with the ARNs of clusters"),
        ("runbook", None, "an https:// address"),
        ("runbook", "docs/runbook.md", "an https:// address"),
        ("runbook", "http://wiki.example.com/unwedge", "an https:// address"),
        ("runbook", "https://", "an https:// address"),
        ("runbook", "https://wiki.example.com/a b", "an https:// address"),
        ("runbook", 'https://wiki.example.com/"', "an https:// address"),
        ("runbook", "https://wiki.example.com/'", "an https:// address"),
        ("runbook", "https://wiki.example.com/<x>", "an https:// address"),
        ("runbook", "https://wiki.example.com/\n", "an https:// address"),
        ("runbook", "https://wiki.example.com/page#section", "an https:// address"),
        ("runbook", f"https://wiki.example.com/{'x' * 126}", "an https:// address"),
    ],
)
def test_a_wrong_value_is_refused_in_one_sentence(key: str, value: object, allowed: str) -> None:
    """It names the key, the value and what is allowed."""
    with pytest.raises(SettingsError) as refused:
        settings(**{key: value})
    assert f'"unwedge.{key}"' in str(refused.value)
    assert allowed in str(refused.value)
    assert json.dumps(value[0] if isinstance(value, list) else value) in str(refused.value)


def test_the_runbook_may_be_anywhere_on_the_web_and_is_else_named_as_in_the_repository() -> None:
    """An address, also on the command line, or nothing."""
    address = f"https://wiki.example.com/{'x' * 125}"
    assert settings(runbook=address).runbook_address == address
    assert Settings.from_context({"unwedge.runbook": address}.get).runbook == address
    assert (settings(runbook="").runbook_address, settings().runbook_address) == (RUNBOOK, RUNBOOK)


def test_settings_that_are_no_object_are_refused() -> None:
    """`-c unwedge=enforce` is a likely slip."""
    with pytest.raises(SettingsError, match=r'"unwedge" in cdk\.json is "enforce"; allowed: an object'):
        Settings.from_context({"unwedge": "enforce"}.get)


def test_synthesis_fails_with_that_one_sentence(tmp_path: Path) -> None:
    """A person sees the sentence and no traceback."""
    context = json.dumps({"unwedge": {"stopsPerIncident": 9}})
    environment = {**os.environ, "CDK_CONTEXT_JSON": context, "CDK_OUTDIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "app.py"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    sentence = 'Context "unwedge.stopsPerIncident" in cdk.json is 9; allowed: a whole number from 1 to 5.'
    assert (done.returncode, done.stderr.strip()) == (1, sentence)
    assert list(tmp_path.iterdir()) == []


def test_enforcing_by_default_needs_named_clusters() -> None:
    """Otherwise tasks of every service of the region would be stopped that nobody has tagged."""
    with pytest.raises(SettingsError, match="together with the ARNs of clusters"):
        Settings.from_context({"unwedge": {"mode": "enforce"}}.get)
    cluster = "arn:aws:ecs:eu-west-1:123456789012:cluster/dev"
    found = Settings.from_context({"unwedge": {"mode": "enforce", "clusters": [cluster]}}.get)
    assert found.mode == "enforce"


def test_all_clusters_are_meant_only_in_so_many_words() -> None:
    """Neither an empty list nor a list with the word in it, and it is no place for enforce by default."""
    everywhere = Settings.from_context({"unwedge.clusters": "all"}.get)
    assert (everywhere.clusters, everywhere.acts) == ((), True)
    assert not Settings.from_context({"unwedge": {"clusters": []}}.get).acts
    with pytest.raises(SettingsError, match="ECS cluster ARNs"):
        Settings.from_context({"unwedge": {"clusters": ["all"]}}.get)
    with pytest.raises(SettingsError, match="enforce only together with"):
        Settings.from_context({"unwedge": {"clusters": "all", "mode": "enforce"}}.get)


def test_the_programs_to_allow_are_those_of_the_catalogue() -> None:
    """Whatever the letters' case; one that needs no allowance, or cannot get one, is refused."""
    assert set(PROGRAMS) == set(needs_allowance())
    context = {"unwedge.signatures": '["qdrant", "IPFS Kubo"]'}
    assert Settings.from_context(context.get).signatures == ("Qdrant", "IPFS Kubo")
    assert Settings.from_context({"unwedge.signatures": "Atlantis"}.get).signatures == ("Atlantis",)
    for wrong in ('["Neo4j"]', '["Prometheus"]', "7", "[7]"):
        with pytest.raises(SettingsError):
            Settings.from_context({"unwedge.signatures": wrong}.get)


@pytest.mark.parametrize("clusters", [[CLUSTER], "all"])
def test_repairs_are_allowed_where_it_was_said_where(clusters: object) -> None:
    """As everything else that changes a service; also on the command line, where it is text."""
    context = {"unwedge": {"clusters": clusters}, "unwedge.repairs": "true"}
    assert Settings.from_context(context.get).repairs
    assert not settings(clusters=clusters).repairs
