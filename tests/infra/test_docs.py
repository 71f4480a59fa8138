"""What the documentation promises can be used as it stands there."""

import json
import re
import tomllib
from pathlib import Path

import botocore.session
import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
# Where a path in the text may begin: the repository, or the package that ships.
_BASES = (ROOT, ROOT / "lambdas" / "unwedge")
# IAM actions whose names differ from the API's, or whose service is asked by another name.
_SERVICES = {"cloudwatch": "cloudwatch", "logs": "logs", "lambda": "lambda", "dynamodb": "dynamodb"}
_SERVICES |= {"ecs": "ecs", "elasticloadbalancing": "elbv2"}
_SERVICES |= {name: name for name in ("cloudformation", "sns", "ssm", "events", "sqs")}
_NAMED_OTHERWISE = {"lambda:InvokeFunction": "lambda:Invoke"}


def policies(page: Path) -> list[dict[str, object]]:
    """The JSON blocks of a page that are IAM policies."""
    blocks = re.findall(r"```json\n(.*?)```", page.read_text(), flags=re.DOTALL)
    return [parsed for block in blocks if "Statement" in (parsed := json.loads(block))]


def operations(service: str) -> set[str]:
    """The operations of a service's API."""
    return set(botocore.session.get_session().get_service_model(_SERVICES[service]).operation_names)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_policy_of_the_documentation_names_actions_that_exist(page: Path) -> None:
    """A misspelt action would be found out in production."""
    for policy in policies(page):
        statements = policy["Statement"]
        assert isinstance(statements, list)
        for statement in statements:
            for action in _listed(statement["Action"]):
                service, name = _NAMED_OTHERWISE.get(action, action).split(":")
                assert name in operations(service), action


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_policy_of_the_documentation_opens_every_log_table_or_function(page: Path) -> None:
    """People paste policies as they stand."""
    narrow = {"logs:StartQuery", "lambda:InvokeFunction", "dynamodb:Query", "dynamodb:Scan", "sns:Publish"}
    for policy in policies(page):
        statements = policy["Statement"]
        assert isinstance(statements, list)
        for statement in statements:
            actions, resources = _listed(statement["Action"]), _listed(statement["Resource"])
            assert "*" not in resources or narrow.isdisjoint(actions)


def test_the_policies_for_answers_stand_where_operators_look() -> None:
    """One for the command line, one for the dashboard."""
    assert policies(ROOT / "README.md")
    assert policies(ROOT / "docs" / "dashboard.md")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_within_the_repository_leads_somewhere(page: Path) -> None:
    """Files and pictures, and headings where one is named."""
    for address in re.findall(r"\]\((?!https?://)([^)]+)\)", page.read_text()):
        path, _, anchor = address.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), address
        if anchor:
            assert anchor in {_anchor(line) for line in target.read_text().splitlines()}, address


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_path_that_is_named_is_there(page: Path) -> None:
    """A reader who follows it finds the file; one that is named alone is somewhere in the code."""
    files = {path.name for base in ("tests", "lambdas/unwedge") for path in (ROOT / base).rglob("*.py")}
    for name in re.findall(r"`([\w-]+(?:/[\w.-]+)*(?:\.py|/[\w-]+\.yaml|/[\w-]+/))`", page.read_text()):
        path = Path(name)
        alone = len(path.parts) == 1 and name in files
        assert alone or any((base / path).exists() for base in _BASES), name


def test_what_a_name_is_said_to_stand_in_has_it() -> None:
    """`Name` in `file.py`, in the guide for who changes the code."""
    said = re.findall(r"`(\w+)` in\s+`([\w./-]+\.py)`", (ROOT / "CONTRIBUTING.md").read_text())
    assert said
    for name, file in said:
        (path,) = [base / file for base in _BASES if (base / file).exists()]
        assert re.search(rf"^(?:class |def )?{name}\b", path.read_text(), re.MULTILINE), (name, file)


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def _anchor(line: str) -> str:
    """The anchor that a heading gets; nothing for other lines."""
    if not line.startswith("#"):
        return ""
    words = re.sub(r"[^\w\- ]", "", line.lstrip("#").strip().lower())
    return words.replace(" ", "-")


def test_the_readme_draws_the_column_that_the_import_contract_enforces() -> None:
    """A reader looks for a wing where the column says."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = [layer.replace("unwedge.", "").replace(" | ", ", ") for layer in contracts[0]["layers"]]
    assert " > ".join(layers) in " ".join((ROOT / "README.md").read_text().split())
