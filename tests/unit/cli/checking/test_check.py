"""`unwedge check`: what it prints, and what a shell gets to know."""

import json
from pathlib import Path

import pytest

from tests.support.aws import client_error
from tests.unit.cli.checking.commands import Reads, facts, on_cluster, on_plan, run
from tests.unit.cli.checking.made import ADDRESS, CLUSTER, ENFORCE, SECRET, plan, planned
from tests.unit.posture.shapes import container, definition
from unwedge.posture.facts import History
from unwedge_cli.checking.past import Past
from unwedge_cli.connecting import LedgerError
from unwedge_cli.plans import Plan, Planned, Tool
from unwedge_cli.verbs import check

EXAMPLES = Path(__file__).parents[1] / "plans" / "examples"


@pytest.mark.parametrize(
    ("found", "words", "status"),
    [
        (planned(), (), 1),
        (planned(), ("--fail-on", "critical"), 0),
        (planned(), ("--fail-on", "never"), 0),
        (planned((0, 100)), (), 0),
        (planned((0, 100)), ("--fail-on", "low"), 1),
        (planned()._replace(definition=None), (), 3),
        (planned()._replace(definition=None), ("--fail-on", "medium"), 1),
        (planned()._replace(definition=None), ("--fail-on", "never"), 3),
        (plan(planned((0, 100)), notes=("x.y is not understood.",)), (), 3),
        (plan(planned(), notes=("x.y is not understood.",)), (), 1),
        (plan(planned((0, 100)))._replace(says=("The plan deletes x.y.",)), (), 0),
        (plan(), (), 0),
        (planned(deploys=False), ("--changed",), 0),
    ],
)
def test_the_exit_status_tells_a_pipeline_what_to_do(
    monkeypatch: pytest.MonkeyPatch, found: Plan | Planned, words: tuple[str, ...], status: int
) -> None:
    """A finding comes before what is not known; never is only about findings."""
    for form in ("table", "json", "sarif"):
        assert on_plan(monkeypatch, found, "--format", form, *words).exit_code == status


@pytest.mark.parametrize("words", [(), ("a", "b", "c")])
def test_wrong_usage_is_status_2(words: tuple[str, ...]) -> None:
    """As for every command of click."""
    done = run(*words)
    assert done.exit_code == 2
    assert "Name a CLUSTER, a CLUSTER and a SERVICE, or plans with --plan." in done.output


def test_a_plan_that_cannot_be_read_is_status_2_and_one_sentence(tmp_path: Path) -> None:
    """It must not be taken for a finding."""
    broken = tmp_path / "plan.json"
    broken.write_text("{")
    for path in (broken, tmp_path / "nowhere.json"):
        done = run("--plan", str(path))
        assert done.exit_code == 2
        assert done.output.startswith(f"Error: {path}: ")
        assert "Traceback" not in done.output


def test_the_table_says_what_happens_what_was_found_and_what_to_change(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """For somebody who is about to apply it."""
    done = on_plan(monkeypatch, planned(described={"tags": ENFORCE}))
    lines = done.output.splitlines()
    assert lines[0] == f"{ADDRESS}: wedges (Prometheus, mode enforce)"
    assert lines[1] == "  Applying this plan deploys the service."
    assert "  The service is in mode enforce: Unwedge stops the old task." in lines
    assert any(line.startswith("  HIGH  wedges             Every deployment deadlocks.") for line in lines)
    assert "  To change it (terraform):" in lines
    assert "  deployment_maximum_percent         = 100" in lines
    assert lines[-1] == "1 service of plan.json checked: 1 high, 1 low."


def test_services_that_share_nothing_are_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Most services of most plans."""
    web = definition(container(mountPoints=[]))
    found = [planned(address=f"aws_ecs_service.web{number}", task=web) for number in range(3)]
    done = on_plan(monkeypatch, plan(*found, planned((0, 100))))
    assert "3 services share no volume that another task can write to." in done.output
    assert "web0" not in done.output
    assert done.output.endswith("4 services of plan.json checked: 1 low.\n")


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ((), 'resource "aws_ecs_service" "prometheus" {'),
        (("--fix", "cli"), "bash -euo pipefail <<'UNWEDGE'"),
        (("--fix", "cdk-typescript"), "import { aws_ecs as ecs } from 'aws-cdk-lib';"),
        (("--fix", "cdk-python"), "from aws_cdk import aws_ecs as ecs"),
    ],
)
def test_the_remedy_is_in_the_language_that_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], line: str
) -> None:
    """And begins at the left edge: the last line of a heredoc has to."""
    assert line in on_plan(monkeypatch, planned(), *words).output.splitlines()


def test_a_template_and_a_cluster_have_a_language_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was written is changed where it was written."""
    made = plan(planned(address="PrometheusService"))._replace(tool=Tool.CLOUDFORMATION)
    template = on_plan(monkeypatch, made)
    assert "To change it (cdk-typescript):" in template.output
    cluster = on_cluster(monkeypatch, Reads(facts()), "dev-cluster")
    assert "To change it (cli):" in cluster.output


def test_names_that_a_plan_does_not_know_do_not_get_into_a_command(monkeypatch: pytest.MonkeyPatch) -> None:
    """The script asks for them."""
    unnamed = planned()._replace(cluster="${aws_ecs_cluster.dev.id}", name="${local.name}")
    output = on_plan(monkeypatch, unnamed, "--fix", "cli").output
    assert "${CLUSTER:?not set}" in output
    assert "${aws_ecs_cluster" not in output


def test_json_has_everything_that_docs_pipelines_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its shape is a promise."""
    done = on_plan(monkeypatch, planned(described={"tags": ENFORCE}), "--format", "json")
    data = json.loads(done.output)
    (found,) = data.pop("services")
    assert data == {
        "version": 1,
        "source": "plan.json",
        "kind": "plan",
        "failOn": "high",
        "status": 1,
        "complete": True,
        "notes": [],
    }
    first, second = found.pop("findings")
    assert len(found.pop("says")) == 4
    assert found == {
        "service": "dev-prometheus",
        "cluster": CLUSTER,
        "address": ADDRESS,
        "outlook": "wedges",
        "coming": "deploys",
        "program": "Prometheus",
        "mode": "enforce",
        "gapSeconds": 60.0,
        "gapMeasured": 0,
        "complete": True,
        "notes": [],
    }
    assert (first["rule"], first["severity"]) == ("wedges", "high")
    assert "deployment_maximum_percent" in first["remedy"]
    assert first["remedyLanguage"] == "terraform"
    assert (second["rule"], second["cost"]) == ("unsupported-store", None)


def test_what_no_tool_can_do_is_advice_and_no_script(monkeypatch: pytest.MonkeyPatch) -> None:
    """A script of comments is none."""
    twins = plan(planned((0, 100)), planned((0, 100), address="aws_ecs_service.other"))
    output = on_plan(monkeypatch, twins, "--fix", "cli").output
    assert "  Advice:  Give each service a directory of its own" in output
    assert "To change it" not in output


@pytest.mark.parametrize("form", ["table", "json", "sarif"])
@pytest.mark.parametrize("fix", ["terraform", "cdk-python", "cdk-typescript", "cli"])
def test_no_value_of_an_environment_is_printed(monkeypatch: pytest.MonkeyPatch, form: str, fix: str) -> None:
    """Plans hold secrets in plain text, and logs of pipelines are read by many."""
    odd = planned()._replace(definition={"containerDefinitions": [{"environment": SECRET}]}, address="a.odd")
    done = on_plan(monkeypatch, plan(planned(), odd), "--format", form, "--fix", fix)
    assert done.exit_code == 1
    assert SECRET not in done.output


def test_what_a_plan_does_beside_its_services_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    """In every form, and it makes the answer no less complete."""
    found = plan(planned((0, 100)))._replace(says=("The plan deletes x.y.",))
    for form in ("table", "json", "sarif"):
        output = on_plan(monkeypatch, found, "--format", form).output
        assert "The plan deletes x.y." in output
        assert "Not everything could be read" not in output


def test_control_characters_of_a_plan_reach_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names are other people's text."""
    hostile = plan(planned(address="a.\x1b[2Jb\u202e", notes=("\x1b]0;x",)), notes=("\x07",))._replace(
        says=("\x1b[0m",)
    )
    for form in ("table", "json", "sarif"):
        output = on_plan(monkeypatch, hostile, "--format", form).output
        assert not {"\x1b", "\u202e", "\x07"} & set(output)


def test_the_name_of_a_file_reaches_no_terminal_as_it_is() -> None:
    """pre-commit passes names that are in a pull request."""
    output = run("--plan", "a\x1b[2J\u202e.json").output
    assert output == "Error: a\\x1b[2J\\u202e.json: it cannot be read: No such file or directory.\n"


def test_several_plans_are_checked_together() -> None:
    """As a shell's `*` and pre-commit name them."""
    paths = [str(EXAMPLES / name) for name in ("settings-only.json", "incident.json")]
    done = run("--plan", *paths, "--format", "json")
    data = json.loads(done.output)
    assert [found["address"] for found in data["services"]] == [
        "aws_ecs_service.prometheus",
        "aws_ecs_service.server",
    ]
    assert data["source"] == ", ".join(paths)
    assert done.exit_code == 1


def test_plans_of_two_tools_have_remedies_in_the_language_of_each() -> None:
    """One is no reason to paste Terraform into the other."""
    paths = [str(EXAMPLES / name) for name in ("incident.json", "conditions.yaml")]
    services = json.loads(run("--plan", *paths, "--format", "json").output)["services"]
    languages = {
        (found["address"].startswith("aws_"), finding["remedyLanguage"])
        for found in services
        for finding in found["findings"]
        if finding["remedyLanguage"]
    }
    assert languages == {(True, "terraform"), (False, "cdk-typescript")}


def test_a_plan_comes_from_standard_input_too() -> None:
    """At the end of a pipe."""
    text = (EXAMPLES / "incident.json").read_text()
    done = run("--plan", "-", stdin=text)
    assert done.exit_code == 1
    assert "of standard input checked" in done.output


def test_the_ledger_of_a_stack_gives_the_history(monkeypatch: pytest.MonkeyPatch) -> None:
    """And one that cannot be read is no finding."""
    past = Past({("dev-cluster", "dev-prometheus"): History(2, (77.0,))})
    monkeypatch.setattr(check, "past_of", lambda stack, now: past)
    for done in (
        on_plan(monkeypatch, planned(), "--stack", "Unwedge"),
        on_cluster(monkeypatch, Reads(facts()), "dev-cluster", "--stack", "Unwedge"),
    ):
        assert (
            "about 77 s without a writer (the median of 1 hand-over that Unwedge has measured)" in done.output
        )
        assert "Unwedge has seen it 2 times in 30 days." in done.output

    def fail(stack: str, now: object) -> Past:
        raise LedgerError("Stack Unwedge has no output LedgerTable.") from client_error("X", "Y")

    monkeypatch.setattr(check, "past_of", fail)
    assert on_plan(monkeypatch, planned(), "--stack", "Unwedge").exit_code == 2


def test_the_default_mode_is_that_of_the_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    """For services without a tag only."""
    done = on_plan(monkeypatch, planned(), "--default-mode", "enforce")
    assert "The service is in mode enforce" in done.output
