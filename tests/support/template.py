"""A synthesised app in tests: its template, read with the CDK's own assertions, and its checks."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, cast

from aws_cdk.assertions import Match, Template

from rehearsal.aws.deploy import CdkApp, synthesise

CLUSTERS = (
    "arn:aws:ecs:eu-west-1:123456789012:cluster/dev-metrics-cluster",
    "arn:aws:ecs:eu-west-1:123456789012:cluster/other-cluster",
)


@dataclass
class Assembly:
    """One synthesised app: its template and the report of its checks."""

    folder: Path

    @property
    def template_file(self) -> Path:
        return self.folder / "Unwedge.template.json"

    @property
    def template(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads(self.template_file.read_text())
        return content

    @property
    def report(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads((self.folder / "validation-report.json").read_text())
        return content

    @cached_property
    def checks(self) -> Template:
        """The template as the CDK's own assertions read it."""
        return Template.from_string(self.template_file.read_text())

    def resources(self, kind: str, within: str = "") -> dict[str, dict[str, Any]]:
        """Resources of one CloudFormation type by logical id; of all constructs, or of those within one."""
        wanted = {"Metadata": {"aws:cdk:path": Match.string_like_regexp(f"/{within}/")}} if within else None
        return cast(dict[str, dict[str, Any]], dict(self.checks.find_resources(kind, wanted)))

    def properties(self, kind: str) -> Iterator[dict[str, Any]]:
        """The properties of each resource of one type."""
        for resource in self.resources(kind).values():
            yield resource["Properties"]

    def one(self, kind: str, within: str = "") -> dict[str, Any]:
        """The properties of the only resource of a type."""
        (found,) = self.resources(kind, within).values()
        properties: dict[str, Any] = found["Properties"]
        return properties

    def rule_patterns(self) -> dict[str, dict[str, Any]]:
        """Event patterns of the rules by the id that the rule has in the app (CrashedTasks …)."""
        rules = self.resources("AWS::Events::Rule").values()
        patterns = {_construct_id(rule): rule["Properties"].get("EventPattern") for rule in rules}
        return {name: pattern for name, pattern in patterns.items() if pattern}

    def source(self, construct_id: str) -> dict[str, Any]:
        """The properties of the mapping that feeds a function."""
        return self.one("AWS::Lambda::EventSourceMapping", construct_id)

    def sources(self) -> list[dict[str, Any]]:
        """The properties of the mappings that bring the remediator its queues' messages."""
        found = self.resources("AWS::Lambda::EventSourceMapping", "Remediator").values()
        return [resource["Properties"] for resource in found]

    def function(self, construct_id: str = "Remediator") -> dict[str, Any]:
        """The properties of one of the functions, by the construct that it belongs to."""
        return self.one("AWS::Lambda::Function", construct_id)

    def allowed(self, construct_id: str = "") -> Iterator[dict[str, Any]]:
        """Every statement of a role's settings, with actions and resources as lists; of all roles, or of the
        one of a construct."""
        for resource in self.resources("AWS::IAM::Policy", construct_id).values():
            for statement in resource["Properties"]["PolicyDocument"]["Statement"]:
                yield {
                    **statement,
                    "Action": _as_list(statement["Action"]),
                    "Resource": _as_list(statement["Resource"]),
                }


def synthesised(settings: Mapping[str, object] | None = None) -> Assembly:
    """The app with these settings in place of those in cdk.json; kept from an earlier run when unchanged."""
    context = (("unwedge", json.dumps(settings)),) if settings else ()
    return Assembly(synthesise(CdkApp(context=context)))


def arn_text(value: object) -> str:
    """An ARN with its parameters as `<AWS::Region>`; a reference to a resource as `<logical id>`."""
    if isinstance(value, str):
        return value
    assert isinstance(value, dict)
    if "Fn::GetAtt" in value:
        return f"<{value['Fn::GetAtt'][0]}>"
    if "Ref" in value:
        return f"<{value['Ref']}>"
    return "".join(arn_text(part) for part in value["Fn::Join"][1])


def _construct_id(resource: Mapping[str, Any]) -> str:
    path: str = resource["Metadata"]["aws:cdk:path"]
    return path.split("/")[-2]


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
