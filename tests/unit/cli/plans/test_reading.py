"""Where a plan comes from, and what is refused with a sentence."""

import io
import json
import time
from pathlib import Path
from typing import Any

import pytest

from tests.unit.cli.plans.reading import EXAMPLES, change, edited, service
from unwedge_cli.plans import PlanError, read_plan, reading
from unwedge_cli.plans.reading import plan_of

SERVICE = "aws_ecs_service.prometheus"


def refusal(text: str) -> str:
    """The sentence with which a text is refused."""
    with pytest.raises(PlanError) as raised:
        plan_of(text, "plan.json")
    assert str(raised.value).startswith("plan.json: ")
    assert str(raised.value).count("\n") == 0
    return raised.value.problem


def test_a_plan_is_read_from_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in `terraform show -json p | unwedge …`."""
    data = io.BytesIO((EXAMPLES / "incident.json").read_bytes())
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(data))
    plan = read_plan("-")
    assert plan.source == "standard input"
    assert [found.address for found in plan.services] == [SERVICE]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_what_powershell_redirects_is_read(tmp_path: Path, encoding: str) -> None:
    """With a byte order mark, in UTF-16 or UTF-8."""
    path = tmp_path / "plan.json"
    path.write_text((EXAMPLES / "incident.json").read_text(), encoding=encoding)
    assert len(read_plan(path).services) == 1


def test_files_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    """Missing, a folder, binary, or no text."""
    (tmp_path / "saved").write_bytes(b"PK\x03\x04tfplan")
    (tmp_path / "image").write_bytes(b"\x89PNG\xff\xfe\x00")
    for name, words in (
        ("none", "cannot be read"),
        ("", "cannot be read"),
        ("image", "not text"),
        ("saved", "show"),
    ):
        with pytest.raises(PlanError, match=words):
            read_plan(tmp_path / name)
    with pytest.raises(PlanError, match="cannot be read"):
        read_plan(Path("a\0b"))


def test_a_file_that_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before it is decoded."""
    monkeypatch.setattr(reading, "LARGEST_PLAN", 2**20)
    path = tmp_path / "plan.json"
    path.write_bytes(b" " * (2**20 + 1))
    with pytest.raises(PlanError, match="larger than 1 MB"):
        read_plan(path)


def test_a_template_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """CloudFormation takes 1 MB."""
    monkeypatch.setattr(reading, "LARGEST_TEMPLATE", 100)
    assert "more than 10 MB" in refusal(json.dumps({"Resources": {"x" * 100: {}}}))
    assert "at most 10 MB" in refusal("Resources: {}\n" + "#" * 100)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "neither a Terraform plan nor"),
        ("{", "not valid JSON: line 1"),
        ("[]", "neither a Terraform plan nor"),
        ('{"a": ' + "9" * 5000 + "}", "a number that is too long"),
        ("[" * 100_000, "nested too deeply"),
        ('{"format_version": "1.0", "terraform_version": "1.11.4", "values": {}}', "this is a state"),
        ('{"version": 4, "terraform_version": "1.11.4", "resources": []}', "this is a state"),
        ('{"@level":"info"}\n{"@level":"info"}', "the log of `terraform plan -json`"),
        ('{"version": "48.0.0", "artifacts": {}}', "manifest"),
        ('{"format_version": "0.2", "resource_changes": []}', "format_version is not 1.x"),
        ('{"format_version": "2.0", "resource_changes": []}', "format_version is not 1.x"),
        ('{"Resources": []}', "Resources are not an object"),
        ("Terraform used the selected providers", "neither a Terraform plan nor"),
        ("a: [", "nor valid YAML"),
        ("a: " + "[" * 200 + "]" * 200, "nested too deeply"),
        ("- " * 200_000, "nested too deeply"),
        ("Resources: {S: !!python/object/apply:os.system [x]}", "not allowed"),
        ("Resources: {S: !!python/name:os.system x}", "not allowed"),
        ("Resources: {S: &a {x: *a}}", "aliases"),
    ],
)
def test_other_things_are_refused_with_a_sentence(text: str, words: str) -> None:
    """That says what to pass instead, where that is clear."""
    assert words in refusal(text)


def test_aliases_that_multiply_are_refused_in_time() -> None:
    """Ten levels of ten make ten thousand million."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 11)]
    began = time.monotonic()
    assert "aliases" in refusal("\n".join([*lines, "Resources: {S: *a10}"]))
    assert time.monotonic() - began < 20


def test_aliases_that_people_write_are_read() -> None:
    """A template that `aws cloudformation package` expands."""
    text = """
Common: &common {LaunchType: FARGATE, DesiredCount: 1}
Resources:
  S: {Type: "AWS::ECS::Service", Properties: *common}
"""
    (found,) = plan_of(text, "x").services
    assert found.service["desiredCount"] == 1


def test_a_key_that_looks_like_a_number_stays_text() -> None:
    """Account ids in a map, with a leading zero."""
    text = """
Mappings: {Counts: {012345670123: {n: 3}}}
Resources:
  S:
    Type: AWS::ECS::Service
    Properties: {DesiredCount: !FindInMap [Counts, "012345670123", n]}
"""
    assert plan_of(text, "x").services[0].service["desiredCount"] == 3


def test_names_from_a_plan_stay_one_short_line_in_a_note() -> None:
    """Whoever names a resource does not write the report."""

    def long(data: dict[str, Any]) -> None:
        found = change(data, SERVICE)
        found["after"]["task_definition"] = "x\n" * 500
        del found["after_unknown"]["task_definition"]

    notes = service(edited("incident.json", long), SERVICE).notes
    assert all(len(note) < 300 and "\n" not in note for note in notes)
    assert any("does not have the task definition x x" in note for note in notes)


def test_thousands_of_services_are_read_in_time() -> None:
    """Each with the same large task definition, which is read once."""

    def many(data: dict[str, Any]) -> None:
        definition = change(data, "aws_ecs_task_definition.prometheus")["after"]
        containers = json.loads(definition["container_definitions"])
        containers[0]["environment"] = [{"name": f"N{n}", "value": "x"} for n in range(2000)]
        definition["container_definitions"] = json.dumps(containers)
        first = next(item for item in data["resource_changes"] if item["address"] == SERVICE)
        data["resource_changes"] += [{**first, "index": n, "address": f"{SERVICE}[{n}]"} for n in range(3000)]

    began = time.monotonic()
    assert len(edited("incident.json", many).services) == 3001
    assert time.monotonic() - began < 30
