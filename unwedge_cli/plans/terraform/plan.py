"""The ECS services of a Terraform or OpenTofu plan."""

from collections.abc import Iterator
from typing import Any

from unwedge_cli.plans.planned import Plan, Planned, Tool
from unwedge_cli.plans.terraform.balancers import Balancers
from unwedge_cli.plans.terraform.definitions import Definitions
from unwedge_cli.plans.terraform.deploying import deploys
from unwedge_cli.plans.terraform.document import Change, Document, document
from unwedge_cli.plans.terraform.following import Trail
from unwedge_cli.plans.terraform.scaling import SERVICE, scaling_notes
from unwedge_cli.plans.terraform.services import described, described_before
from unwedge_cli.plans.values import mapping, mappings, named

_NOT_UNDERSTOOD = (
    "awscc_ecs_service",
    "aws_ecs_task_set",
    "awscc_ecs_task_set",
    "aws_ecs_express_gateway_service",
)


def terraform_plan(data: dict[str, Any], source: str) -> Plan:
    """The services of a plan's JSON. Raises PlanError."""
    found = document(data, source)
    reader = _Reader(found)
    changes = found.of_type(SERVICE)
    services = [reader.service(change) for change in changes if not change.gone]
    scaling, unplaced = scaling_notes(found, services)
    noted = [
        service._replace(notes=(*service.notes, *scaling.get(service.address, ()))) for service in services
    ]
    return Plan(Tool.TERRAFORM, source, tuple(noted), (*_notes(found), *unplaced), tuple(_deleted(found)))


class _Reader:
    def __init__(self, document: Document) -> None:
        self._document = document
        self._trail = Trail(document)
        self._definitions = Definitions(document, self._trail)
        self._balancers = Balancers(document)

    def service(self, change: Change) -> Planned:
        """One service, with the task definition that it uses."""
        found = described(change, self._document, self._trail)
        used = self._definitions.after(change)
        definition = self._definitions.described(used)
        unknown, notes = found.unknown, [*_replaced(change), *found.notes]
        if definition is None:
            unknown |= {"taskDefinition"}
        else:
            found.value["taskDefinition"] = definition.value["taskDefinitionArn"]
            unknown |= definition.unknown
        notes += [note for note in (used.note, *(definition.notes if definition else ())) if note]
        return Planned(
            address=change.address,
            name=_text(found.value.get("serviceName")),
            cluster=_text(found.value.get("clusterArn")),
            service=found.value,
            definition=definition.value if definition else None,
            before=self._before(change),
            deploys=deploys(change, used),
            unknown=unknown,
            balancers=self._balancers.delays(found.value),
            notes=tuple(dict.fromkeys(notes)),
        )

    def _before(self, change: Change) -> Planned | None:
        """The service as it is, unless the plan makes the first one."""
        if not change.before:
            return None
        found = described_before(change)
        definition = self._definitions.described(self._definitions.before(change))
        arn = change.before.get("task_definition")
        if isinstance(arn, str):
            found.value["taskDefinition"] = arn
        unknown = found.unknown | (definition.unknown if definition else {"taskDefinition"})
        return Planned(
            address=change.previous or change.address,
            name=_text(found.value.get("serviceName")),
            cluster=_text(found.value.get("clusterArn")),
            service=found.value,
            definition=definition.value if definition else None,
            unknown=unknown,
            balancers=self._balancers.delays(found.value),
        )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _replaced(change: Change) -> Iterator[str]:
    if change.actions == ("create", "delete"):
        yield "Terraform replaces the service: it creates the new one, and then deletes the old one."
    elif change.actions == ("delete", "create"):
        yield "Terraform replaces the service: it deletes the old one, and then creates the new one."


def _deleted(document: Document) -> Iterator[str]:
    for change in document.of_type(SERVICE):
        if change.gone:
            done = "deletes" if "delete" in change.actions else "forgets"
            yield f"The plan {done} {named(change.address)}."


def _notes(document: Document) -> Iterator[str]:
    """What the plan says of itself, and resources that are not understood."""
    if document.data.get("errored") is True:
        yield "Planning ended with an error, so the plan is not complete."
    elif document.data.get("complete") is False:
        yield "The plan is not complete: another one follows after it has been applied."
    for change in document.of_type(*_NOT_UNDERSTOOD):
        if not change.gone:
            yield f"{named(change.address)} is not understood: only aws_ecs_service is read."
    for deferred in mappings(document.data.get("deferred_changes")):
        resource = mapping(deferred.get("resource_change"))
        if resource.get("type") in (SERVICE, *_NOT_UNDERSTOOD):
            yield f"The change of {named(resource.get('address'))} is deferred to a later plan."
