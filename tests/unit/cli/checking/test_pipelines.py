"""The examples of docs/pipelines.md and the hook: they parse, and their commands are ones."""

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from click.testing import CliRunner

from tests.unit.cli.checking.commands import on_plan
from tests.unit.cli.checking.made import planned
from unwedge.model.posture import FindingKind, Outlook
from unwedge_cli.checking.words import Coming
from unwedge_cli.main import main
from unwedge_cli.verbs import check

ROOT = Path(__file__).parents[4]
PAGE = (ROOT / "docs" / "pipelines.md").read_text()
HOOKS = ROOT / ".pre-commit-hooks.yaml"
TEMPLATE = ROOT / "tests" / "unit" / "cli" / "plans" / "examples" / "incident.json"
_REDIRECT = re.compile(r"\s(?:>|\|\|?|&&)\s.*$")


def blocks(language: str, page: str = PAGE) -> list[str]:
    """The fenced blocks of a page."""
    return re.findall(rf"```{language}\n(.*?)```", page, flags=re.DOTALL)


def commands(text: str) -> Iterator[list[str]]:
    """The arguments of every `unwedge check` in a text."""
    for found in re.finditer(r"unwedge check ([^\n'`]*)", text):
        words = _REDIRECT.sub("", found[1])
        yield shlex.split(words.split("#")[0])


def workflow() -> dict[str, Any]:
    """The workflow for GitHub Actions."""
    found: dict[str, Any] = yaml.safe_load(blocks("yaml")[0])
    return found


def parses(words: list[str], tmp_path: Path) -> click.Context:
    """The command line as click understands it, without running it."""
    words = [str(tmp_path) if word == "." else word for word in words]
    if words[-1] == "--plan":  # pre-commit puts the files there
        words.append("plan.json")
    return check.check.make_context("check", list(words))


@pytest.mark.parametrize("page", ["docs/pipelines.md", "README.md", "docs/posture.md"])
def test_every_command_of_the_documents_is_one(page: str, tmp_path: Path) -> None:
    """With options that exist."""
    found = list(commands((ROOT / page).read_text()))
    assert found
    for words in found:
        assert parses(words, tmp_path).params["form"] in ("table", "sarif", "json")


def test_the_workflow_checks_what_it_planned_and_uploads_what_it_checked(tmp_path: Path) -> None:
    """Names of files agree from step to step."""
    steps = workflow()["jobs"]["plan"]["steps"]
    runs = {step["name"]: step["run"] for step in steps if "run" in step}
    assert "terraform show -json plan.tfplan > plan.json" in runs["Plan"]
    (review,) = commands(runs["Check for code review"])
    assert parses(review, tmp_path).params["plan"] == "plan.json"
    assert parses(review, tmp_path).params["fail_on"] == "never"
    upload = next(step for step in steps if "upload-sarif" in step.get("uses", ""))
    assert f"> {upload['with']['sarif_file']} " in runs["Check for code review"]
    (gate,) = commands(runs["Check"])
    assert parses(gate, tmp_path).params["fail_on"] == "high"
    assert workflow()["permissions"]["security-events"] == "write"
    wrapper = next(step for step in steps if "setup-terraform" in step.get("uses", ""))
    assert wrapper["with"]["terraform_wrapper"] is False  # else its output is no JSON


def test_the_workflow_installs_what_the_command_needs() -> None:
    """The files are there, and the package names no dependencies itself."""
    runs = [step.get("run", "") for step in workflow()["jobs"]["plan"]["steps"]]
    install = next(run for run in runs if "pip install" in run)
    for name in re.findall(r"-r \.unwedge/(\S+)", install):
        assert (ROOT / name).exists()


def test_the_hook_takes_the_files_that_it_is_given() -> None:
    """pre-commit puts their names after the entry."""
    (hook,) = yaml.safe_load(HOOKS.read_text())
    assert {"id", "name", "entry", "language"} <= hook.keys()
    program, *words = shlex.split(hook["entry"])
    assert program == "unwedge"
    done = CliRunner().invoke(main, [*words, str(TEMPLATE), str(TEMPLATE)])
    assert done.exit_code == 1
    assert "2 services of" in done.output
    assert re.search(hook["files"], "cdk.out/Prometheus.template.json")
    assert not re.search(hook["files"], "package.json")


def test_the_hook_and_the_lock_file_have_the_same_versions() -> None:
    """pre-commit reads no requirements file."""
    (hook,) = yaml.safe_load(HOOKS.read_text())
    locked = (ROOT / "requirements" / "cli.txt").read_text()
    wanted = {
        line
        for line in (ROOT / "requirements" / "cli.in").read_text().splitlines()
        if line and not line.startswith(("#", "-c"))
    }
    assert {pin.partition("==")[0] for pin in hook["additional_dependencies"]} == wanted
    for pin in hook["additional_dependencies"]:
        assert re.search(rf"^{re.escape(pin)} ", locked, re.MULTILINE), pin


def test_the_lock_file_of_the_command_agrees_with_that_of_the_repository() -> None:
    """What is tested is what pipelines install."""
    pins = [
        set(re.findall(r"^([\w.-]+==\S+) ", (ROOT / "requirements" / name).read_text(), re.MULTILINE))
        for name in ("cli.txt", "dev.txt")
    ]
    assert pins[0]
    assert pins[0] <= pins[1]


def test_the_configurations_of_pre_commit_name_the_hook_and_a_command(tmp_path: Path) -> None:
    """One for templates, one for an app that is synthesised first."""
    (hook,) = yaml.safe_load(HOOKS.read_text())
    ours, local = (yaml.safe_load(block)["repos"][0]["hooks"][0] for block in blocks("yaml")[1:])
    assert ours["id"] == hook["id"]
    assert local["pass_filenames"] is False
    (words,) = commands(local["entry"].rstrip("'"))
    assert parses(words, tmp_path).params["fix"] == "cdk-python"


def test_the_json_of_the_page_has_the_fields_that_the_command_prints(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is promised that is not there, and the other way round."""
    shown = json.loads(blocks("json")[0])
    printed = json.loads(on_plan(monkeypatch, planned(), "--format", "json").output)
    assert shown.keys() == printed.keys()
    assert shown["services"][0].keys() == printed["services"][0].keys()
    assert shown["services"][0]["findings"][0].keys() == printed["services"][0]["findings"][0].keys()


def test_the_page_has_every_value_of_the_json() -> None:
    """Whoever writes a tool goes by it."""
    for value in (*Outlook, *Coming):
        assert f"`{value.value}`" in PAGE, value
    posture = (ROOT / "docs" / "posture.md").read_text()
    assert [kind for kind in FindingKind if f"`{kind.value}`" not in posture] == []


def test_the_page_has_every_option() -> None:
    """And no other."""
    options = {name for param in check.check.params for name in param.opts if name.startswith("--")}
    shown = set(re.findall(r"^\| `(--[\w-]+)", PAGE, re.MULTILINE))
    assert options - {"--plan"} == shown
