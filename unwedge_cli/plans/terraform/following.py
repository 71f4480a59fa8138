"""From an expression to the resources that its value comes from: through variables, outputs and arguments.

A plan's JSON names what an expression refers to, not how. It does not have locals, nor the contents of
dynamic blocks: there the trail ends.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from unwedge_cli.plans.terraform.addresses import Place, Reference, above, indexed, parts, references, within
from unwedge_cli.plans.terraform.document import Change, Document
from unwedge_cli.plans.values import listed, mapping

_STEPS = 500
# Attributes by which one thing has two names.
_SAME = {
    "aws_ecs_cluster": {"id": "arn"},
    "aws_ecs_service": {"id": "arn"},
    "aws_lb_target_group": {"id": "arn"},
    "aws_alb_target_group": {"id": "arn"},
    "aws_iam_role": {"id": "name"},
}


class End(NamedTuple):
    """Where a trail ends. `resource`: the instance, and `attribute` which of its attributes, both joined with
    dots in `address`. Without a resource it is a local value, a module, or a resource that the plan does not
    have; `module` is the instance in which it stands. `clear`: the value is that of the end, unchanged as far
    as can be told."""

    address: str
    module: str
    resource: Change | None = None
    attribute: str = ""
    clear: bool = True


class Trail:
    """Follows expressions, for a bounded number of steps each."""

    def __init__(self, document: Document) -> None:
        self._document = document

    def ends(self, expression: Any, place: Place) -> list[End]:
        """Where the value of an expression comes from; empty for constants, and for what is not written."""
        self._left = _STEPS
        found = {end.address: end for end in self._from(expression, place)}
        clear = len(found) == 1
        return [end._replace(clear=end.clear and clear) for end in found.values()]

    def _from(self, expression: Any, place: Place) -> Iterator[End]:
        words = listed(mapping(expression).get("references"))
        found, keyed = references(words)
        for reference in found:
            self._left -= 1
            if self._left < 0:
                return
            yield from self._one(reference, place, keyed)

    def _one(self, reference: Reference, place: Place, keyed: bool) -> Iterator[End]:
        if reference.kind == "var":
            yield from self._variable(reference, place)
        elif reference.kind == "local":
            name = ".".join(("local", reference.name, *reference.rest))
            key = reference.key if reference.key is not None else place.key if keyed else None
            yield End(indexed(_joined(place.module, name), key), place.module)
        elif reference.kind == "module":
            yield from self._module(reference, place, keyed)
        else:
            yield from self._resource(reference, place, keyed)

    def _variable(self, reference: Reference, place: Place) -> Iterator[End]:
        if not parts(place.module):
            return  # a variable of the root: known, or asked for
        parent, name, key = above(place.module)
        expression = mapping(self._document.call(parent, name).get("expressions")).get(reference.name)
        for end in self._from(expression, Place(parent, key)):
            yield end._replace(clear=end.clear and not reference.rest)

    def _module(self, reference: Reference, place: Place, keyed: bool) -> Iterator[End]:
        wanted = {within(place.module, reference.name, reference.key)}
        if reference.key is None and keyed:
            wanted.add(within(place.module, reference.name, place.key))
        for module in sorted(wanted):
            if not self._document.has_module(module):
                continue
            if not reference.rest:
                yield End(module, module, clear=False)
                continue
            outputs = mapping(self._document.configured(module).get("outputs"))
            output = mapping(mapping(outputs.get(reference.rest[0])).get("expression"))
            for end in self._from(output, Place(module)):
                yield end._replace(clear=end.clear and len(reference.rest) == 1)

    def _resource(self, reference: Reference, place: Place, keyed: bool) -> Iterator[End]:
        instances = self._document.instances(place.module, reference.kind, reference.type, reference.name)
        attribute = ".".join(reference.rest)
        chosen = _chosen(instances, reference, place, keyed)
        for change in chosen:
            expression = mapping(self._document.expressions(change)).get(attribute) if attribute else None
            if mapping(expression).get("references"):
                yield from self._from(expression, Place(change.module, change.key))
            else:
                same = _SAME.get(change.type, {}).get(attribute, attribute)
                yield End(_joined(change.address, same), change.module, change, same, clear=bool(attribute))
        if not instances:
            data = "data." if reference.kind == "data" else ""
            own = indexed(f"{data}{reference.type}.{reference.name}", reference.key)
            address = _joined(_joined(place.module, own), attribute)
            yield End(address, place.module, clear=bool(attribute))


def _chosen(instances: list[Change], reference: Reference, place: Place, keyed: bool) -> list[Change]:
    """The instances that a reference may mean: the one that it names, the one with its own key, or all."""
    if reference.key is not None:
        return [change for change in instances if change.key == reference.key]
    if keyed:
        same = [change for change in instances if change.key == place.key]
        return same or instances
    return instances


def _joined(first: str, second: str) -> str:
    return f"{first}.{second}" if first and second else first or second
