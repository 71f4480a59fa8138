"""SARIF 2.1.0: what the standard demands of a log, checked by hand, and what reviews need of it."""

import json
import re
from pathlib import Path
from typing import Any, cast

import pytest

from tests.unit.cli.checking.commands import Reads
from tests.unit.cli.checking.made import ADDRESS, CLUSTER, ENFORCE, checked, defined, planned
from tests.unit.posture.shapes import AT, service
from unwedge.model.posture import FindingKind, Severity
from unwedge.model.settings import Settings
from unwedge.posture.facts import Facts
from unwedge.posture.shape import shape_of
from unwedge_cli.checking.checkup import Checkup
from unwedge_cli.checking.clusters import check_cluster
from unwedge_cli.checking.past import Past
from unwedge_cli.checking.planned import check_plans
from unwedge_cli.checking.rules import LEVELS, RULES
from unwedge_cli.checking.sarif import sarif
from unwedge_cli.checking.written import Written
from unwedge_cli.plans import Location

EXAMPLES = Path(__file__).parents[1] / "plans" / "examples"
# OASIS, SARIF 2.1.0: the properties of each object that is written here, and which of them it must have
# (sections 3.13 to 3.58). Another one would be a misspelling.
ALLOWED: dict[str, tuple[set[str], set[str]]] = {
    "log": ({"version", "runs"}, {"$schema"}),
    "run": ({"tool"}, {"results", "invocations", "columnKind", "automationDetails"}),
    "driver": ({"name"}, {"version", "rules"}),
    "rule": ({"id"}, {"name", "shortDescription", "fullDescription", "help", "properties"}),
    "result": (
        {"message"},
        {"ruleId", "ruleIndex", "level", "locations", "partialFingerprints", "properties"},
    ),
    "location": (set(), {"physicalLocation", "logicalLocations"}),
    "physical": ({"artifactLocation"}, {"region"}),
    "artifact": ({"uri"}, {"uriBaseId"}),
    "region": ({"startLine"}, set()),
    "logical": (set(), {"name", "fullyQualifiedName", "kind"}),
    "invocation": ({"executionSuccessful"}, {"toolExecutionNotifications"}),
    "notification": ({"message"}, {"level"}),
}


def holds(kind: str, found: dict[str, Any]) -> None:
    """Whether an object has what it must have and nothing that it may not have."""
    needed, more = ALLOWED[kind]
    assert needed <= found.keys() <= needed | more, (kind, found.keys())


def valid(log: dict[str, Any]) -> list[dict[str, Any]]:
    """The results of a log that is one."""
    json.dumps(log, allow_nan=False)
    holds("log", log)
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    holds("run", run)
    assert run["columnKind"] in ("utf16CodeUnits", "unicodeCodePoints")
    assert run["tool"].keys() == {"driver"}
    driver = run["tool"]["driver"]
    holds("driver", driver)
    rules = driver["rules"]
    for rule in rules:
        holds("rule", rule)
        for key in ("shortDescription", "fullDescription", "help"):
            assert rule[key].keys() == {"text"}
            assert rule[key]["text"].endswith(".")
    assert len({rule["id"] for rule in rules}) == len(rules)
    for invocation in run["invocations"]:
        holds("invocation", invocation)
        for notification in invocation.get("toolExecutionNotifications", []):
            holds("notification", notification)
            assert notification["message"].keys() == {"text"}
    for result in run["results"]:
        _result(result, rules)
    results: list[dict[str, Any]] = run["results"]
    return results


def _result(result: dict[str, Any], rules: list[dict[str, Any]]) -> None:
    holds("result", result)
    assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    assert result["level"] in ("none", "note", "warning", "error")
    assert result["message"]["text"]
    assert all(isinstance(value, str) for value in result["partialFingerprints"].values())
    for location in result["locations"]:
        holds("location", location)
        for logical in location.get("logicalLocations", []):
            holds("logical", logical)
        if "physicalLocation" in location:
            holds("physical", location["physicalLocation"])
            artifact = location["physicalLocation"]["artifactLocation"]
            holds("artifact", artifact)
            # RFC 3986: no spaces, and with a base no scheme and no leading slash (3.4.4)
            assert re.fullmatch(r"[\w.~!$&'()*+,;=:@/%-]+", artifact["uri"])
            assert ("uriBaseId" in artifact) != artifact["uri"].startswith(("/", "file:"))
            holds("region", location["physicalLocation"]["region"])
            assert location["physicalLocation"]["region"]["startLine"] >= 1


def log_of(found: Checkup) -> list[dict[str, Any]]:
    """The results of what was checked."""
    return valid(sarif(found))


def test_every_rule_has_a_title_and_a_text_and_every_severity_a_level() -> None:
    """A rule that is new fails here."""
    assert RULES.keys() == set(FindingKind)
    assert LEVELS.keys() == set(Severity)
    assert [RULES[kind][0][-1] for kind in RULES if RULES[kind][0].endswith(".")] == []


@pytest.mark.parametrize("name", sorted(path.name for path in EXAMPLES.iterdir() if path.is_file()))
def test_each_example_makes_a_valid_log(name: str) -> None:
    """Terraform and templates, with notes and without findings."""
    path = str(EXAMPLES / name)
    found = check_plans([path], None, AT, Settings(), Past())
    results = log_of(found)
    assert len(results) == sum(len(service.posture.findings) for service in found.services)
    assert all("physicalLocation" in result["locations"][0] for result in results)


def test_a_result_says_what_the_plan_does_and_what_to_change() -> None:
    """In a review nobody sees the table."""
    first, second = log_of(checked(planned(described={"tags": ENFORCE})))
    assert (first["ruleId"], first["level"]) == ("wedges", "error")
    text = first["message"]["text"]
    assert text.startswith(f"{ADDRESS}: Every deployment deadlocks.")
    assert "Applying this plan deploys the service." in text
    assert "Unwedge stops the old task." in text
    assert "Cost of the change: Every deployment then has a gap" in text
    assert "deployment_maximum_percent" in first["properties"]["remedy"]
    assert (second["ruleId"], second["level"]) == ("unsupported-store", "note")
    assert "Applying this plan" not in second["message"]["text"]


def test_a_finding_keeps_its_fingerprint_when_its_numbers_change() -> None:
    """Else a review would show it as a new one."""
    (first, *_), (again, *_) = (
        log_of(checked(planned(percent, described=described)))
        for percent, described in (((100, 200), {}), ((100, 300), {"tags": ENFORCE}))
    )
    assert first["message"] != again["message"]
    assert first["partialFingerprints"] == again["partialFingerprints"]
    prints = [
        result["partialFingerprints"]["unwedgeFinding/v1"]
        for result in log_of(checked(planned(), planned(address="aws_ecs_service.other")))
    ]
    assert len(set(prints)) == len(prints)


def test_places_without_a_file_are_named_by_their_address() -> None:
    """Standard input and clusters have no lines."""
    (result, *_) = log_of(checked(planned()))
    assert result["locations"] == [
        {"logicalLocations": [{"name": ADDRESS, "fullyQualifiedName": ADDRESS, "kind": "resource"}]}
    ]


def test_a_file_below_here_is_named_from_here_and_another_one_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reviews know only what is in the repository."""
    monkeypatch.chdir(tmp_path)
    for file, uri in (
        ("a b/plan.json", "a%20b/plan.json"),
        (str(tmp_path / "plan.json"), "plan.json"),
        ("../plan.json", (tmp_path.parent / "plan.json").as_uri()),
    ):
        (result, *_) = log_of(checked(planned(location=Location(file, 7))))
        place = result["locations"][0]["physicalLocation"]
        assert place["artifactLocation"]["uri"] == uri
        assert place["region"] == {"startLine": 7}


def test_names_that_are_no_text_break_no_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """JSON may hold half a character, and a file's name any bytes."""
    monkeypatch.chdir(tmp_path)
    found = planned(address="aws_ecs_service.\ud800", location=Location("a\udcff.json", 1))
    (result, *_) = log_of(checked(found))
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "a%FF.json"


def test_what_was_not_understood_is_a_notification() -> None:
    """And no result: nothing was found."""
    log = sarif(checked(planned((0, 100), notes=("Odd.",)), notes=("Nested is not understood.",)))
    valid(log)
    notes = log["runs"][0]["invocations"][0]["toolExecutionNotifications"]
    assert [note["message"]["text"] for note in notes] == ["Nested is not understood.", f"{ADDRESS}: Odd."]


def test_findings_stand_at_the_block_of_their_resource(tmp_path: Path) -> None:
    """A plan has no lines that people wrote."""
    (tmp_path / "main.tf").write_text('locals {}\n\nresource "aws_ecs_service" "prometheus" {\n}\n')
    module = tmp_path / "modules" / "store"
    module.mkdir(parents=True)
    (module / "main.tf").write_text(
        'resource "aws_ecs_service" "prometheus" {}\n  resource aws_ecs_service this{}'
    )
    fetched = tmp_path / ".terraform" / "modules"
    fetched.mkdir(parents=True)
    (fetched / "main.tf").write_text('resource "aws_ecs_service" "this" {}\n')
    written = Written(tmp_path)
    root, inner = str(tmp_path / "main.tf"), str(module / "main.tf")
    assert written.of("aws_ecs_service.prometheus") == Location(root, 3)
    assert written.of('aws_ecs_service.prometheus["a.b"]') == Location(root, 3)
    assert written.of('module.x["y"].aws_ecs_service.this[0]') == Location(inner, 2)
    # In two files: nobody can tell which.
    assert written.of("module.x.aws_ecs_service.prometheus") is None
    assert written.of("aws_ecs_service.this") is None
    assert written.of("LogicalId") is None


def test_a_service_of_a_cluster_is_named_with_its_cluster() -> None:
    """The same name may be in another one."""
    facts = Facts(shape_of(service(), defined()), AT)
    (result, *_) = log_of(check_cluster(cast(Any, Reads(facts)), CLUSTER, None, AT, Settings(), Past()))
    (place,) = result["locations"][0]["logicalLocations"]
    assert place["fullyQualifiedName"] == "dev-cluster/dev-prometheus"
