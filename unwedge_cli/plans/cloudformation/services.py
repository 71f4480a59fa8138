"""The ECS services of a CloudFormation template."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from unwedge_cli.plans.cloudformation.intrinsics import Intrinsics, Kept
from unwedge_cli.plans.cloudformation.shape import definition_shape, known, not_set, service_shape
from unwedge_cli.plans.cloudformation.template import Template
from unwedge_cli.plans.defaults import DEREGISTRATION_DELAY, fill_in
from unwedge_cli.plans.planned import Location, Plan, Planned, Tool
from unwedge_cli.plans.scaled import range_note
from unwedge_cli.plans.shapes import Shaped
from unwedge_cli.plans.values import hides, mapping, mappings, named, symbolic

_SERVICE, _DEFINITION = "AWS::ECS::Service", "AWS::ECS::TaskDefinition"
_GROUP, _TARGET = "AWS::ElasticLoadBalancingV2::TargetGroup", "AWS::ApplicationAutoScaling::ScalableTarget"
_NOT_UNDERSTOOD = {
    "AWS::CloudFormation::Stack": "a nested stack; pass its own template",
    "AWS::CloudFormation::Macro": "a macro",
    "AWS::ECS::TaskSet": "a task set",
    "AWS::ECS::ExpressGatewayService": "an ECS Express Mode service",
    "AWS::Serverless::Application": "a nested application",
}
_SYMBOL = re.compile(r"\$\{([^${}.]+)\}")


def template_plan(template: Template, source: str) -> Plan:
    """The services of a template. Raises PlanError."""
    reader = _Reader(template, source)
    return Plan(Tool.CLOUDFORMATION, source, tuple(reader.services()), tuple(reader.notes()))


class _Worked(NamedTuple):
    """A resource's properties, and sentences about what could not be worked out."""

    properties: dict[str, Any]
    notes: tuple[str, ...]


class _Reader:
    def __init__(self, template: Template, source: str) -> None:
        self._template, self._source = template, source
        self._kept = Kept()
        self._worked: dict[str, _Worked] = {}
        self._definitions: dict[str, Shaped] = {}
        self._types: dict[str, list[str]] = {}
        for name, resource in template.section("Resources").items():
            kind = mapping(resource).get("Type")
            if isinstance(kind, str) and self._condition(resource) is not False:
                self._types.setdefault(kind, []).append(name)
        self._groups = {name: _delay(self._work(name).properties) for name in self._types.get(_GROUP, ())}
        self._targets = [_target(name, self._work(name).properties) for name in self._types.get(_TARGET, ())]

    def services(self) -> Iterator[Planned]:
        """Every service, but for those that a condition leaves out."""
        for name in self._types.get(_SERVICE, ()):
            yield self._service(name)

    def _resource(self, name: str) -> dict[str, Any]:
        return mapping(self._template.section("Resources").get(name))

    def _condition(self, resource: dict[str, Any]) -> bool | None:
        """Whether a resource is made; None where that cannot be told."""
        if "Condition" not in resource:
            return True
        return Intrinsics(self._template, self._kept).condition(resource["Condition"])

    def _work(self, name: str) -> _Worked:
        if name not in self._worked:
            intrinsics = Intrinsics(self._template, self._kept)
            resource = self._resource(name)
            properties = mapping(intrinsics.value(resource.get("Properties")))
            notes = [*intrinsics.notes, *_defaults(intrinsics)]
            if self._condition(resource) is None:
                condition = named(resource["Condition"])
                notes.append(f"{named(name)} is made only if {condition} holds, which cannot be told.")
            self._worked[name] = _Worked(properties, tuple(notes))
        return self._worked[name]

    def _service(self, name: str) -> Planned:
        """One service, with the task definition that it uses."""
        properties, worked = self._work(name)
        found = service_shape(properties, name)
        unknown = set(found.unknown)
        fill_in(found.value, unknown)
        notes = [*found.notes, *not_set(found.value, unknown)]
        definition, more = self._definition(properties.get("TaskDefinition"))
        if definition is None:
            unknown.add("taskDefinition")
        else:
            found.value["taskDefinition"] = definition.value["taskDefinitionArn"]
            unknown |= definition.unknown
        service_name = known(found.value.get("serviceName"))
        notes += [*more, *self._scaling(name, service_name), *worked]
        line = self._template.lines.get(name)
        return Planned(
            address=name,
            name=service_name,
            cluster=found.value.get("clusterArn", ""),
            service=found.value,
            definition=definition.value if definition else None,
            unknown=frozenset(unknown),
            balancers=self._balancers(found.value),
            notes=tuple(dict.fromkeys(notes)),
            location=Location(self._source, line) if line is not None else None,
        )

    def _definition(self, wanted: Any) -> tuple[Shaped | None, tuple[str, ...]]:
        """The task definition that a service names, and sentences about it."""
        symbol = _SYMBOL.fullmatch(wanted) if isinstance(wanted, str) else None
        name = symbol[1] if symbol else ""
        if self._resource(name).get("Type") != _DEFINITION:
            if isinstance(wanted, str) and not symbolic(wanted):
                return None, (f"The template does not have the task definition {named(wanted)}.",)
            return None, ("The template does not say which task definition the service uses.",)
        properties, notes = self._work(name)
        if name not in self._definitions:
            self._definitions[name] = definition_shape(properties, name)
        found = self._definitions[name]
        return found, (*found.notes, *notes)

    def _balancers(self, service: dict[str, Any]) -> dict[str, int]:
        """Deregistration delays of the template's target groups that a service names."""
        found = {}
        for item in mappings(service.get("loadBalancers")):
            name = item.get("targetGroupArn", "")
            symbol = _SYMBOL.fullmatch(name)
            delay = self._groups.get(symbol[1]) if symbol else None
            if delay is not None:
                found[name] = delay
        return found

    def _scaling(self, service: str, name: str) -> list[str]:
        """What automatic scaling may do to a service."""
        ends = {f"${{{service}.Name}}", *([name] if name else ())}
        return [note for resource, note in self._targets if note and resource.rsplit("/", 1)[-1] in ends]

    def notes(self) -> Iterator[str]:
        """What of the template is not understood."""
        for kind, what in _NOT_UNDERSTOOD.items():
            for name in self._types.get(kind, ()):
                yield f"{named(name)} is not understood: it is {what}."
        for name in self._template.section("Resources"):
            if name.startswith("Fn::"):
                yield f"{named(name)} is not understood: the resources that it makes are not read."


def _delay(properties: dict[str, Any]) -> int | None:
    """Seconds that a target group drains; None where that cannot be told."""
    attributes = properties.get("TargetGroupAttributes", [])
    if not isinstance(attributes, list) or hides(attributes):
        return None
    for item in mappings(attributes):
        if item.get("Key") == "deregistration_delay.timeout_seconds":
            return _whole(item.get("Value"))
    return DEREGISTRATION_DELAY


def _target(name: str, properties: dict[str, Any]) -> tuple[str, str | None]:
    """What a target of automatic scaling scales, and a sentence about it."""
    bounds = [_whole(properties.get(f"{side}Capacity")) for side in ("Min", "Max")]
    return str(properties.get("ResourceId")), range_note(name, *bounds)


def _whole(value: Any) -> int | None:
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _defaults(intrinsics: Intrinsics) -> Iterator[str]:
    if intrinsics.defaults:
        names = ", ".join(named(name) for name in list(intrinsics.defaults)[:20])
        yield f"These parameters are taken to have their default values: {names}."
