"""A resource's values after the change, with what is unknown marked, and ids that have a name as symbols."""

from typing import Any

from unwedge_cli.plans.terraform.addresses import Place
from unwedge_cli.plans.terraform.document import Change, Document
from unwedge_cli.plans.terraform.following import End, Trail
from unwedge_cli.plans.values import DEPTH, UNKNOWN, Doubtful, Unknown, listed, mapping

_MOST_BLOCKS = 100
# Arguments that name a thing, beside those that end in _id or _arn.
_NAMING = frozenset({"cluster", "iam_role", "subnets", "security_groups"})
# What an argument is an id of: a reference with a key that is worked out does not name its attribute.
_IDENTIFIES = {
    "file_system_id": ("aws_efs_file_system", "id"),
    "access_point_id": ("aws_efs_access_point", "id"),
    "target_group_arn": ("aws_lb_target_group", "arn"),
    "cluster": ("aws_ecs_cluster", "arn"),
    "task_role_arn": ("aws_iam_role", "arn"),
    "execution_role_arn": ("aws_iam_role", "arn"),
    "registry_arn": ("aws_service_discovery_service", "arn"),
}


def merged(change: Change, document: Document, trail: Trail) -> dict[str, Any]:
    """The values of a resource after the change."""
    expressions = document.expressions(change)
    merging = _Merging(change, trail)
    return merging.block(change.after, change.unknown, expressions or {}, change.address, 0)


class _Merging:
    def __init__(self, change: Change, trail: Trail) -> None:
        self._place = Place(change.module, change.key)
        self._trail = trail

    def block(
        self, after: dict[str, Any], unknown: Any, expressions: Any, address: str, depth: int
    ) -> dict[str, Any]:
        hidden, written = mapping(unknown), mapping(expressions)
        keys = dict.fromkeys([*after, *(key for key, value in hidden.items() if value)])
        return {
            key: self._value(
                key, after.get(key), hidden.get(key), written.get(key), f"{address}.{key}", depth + 1
            )
            for key in keys
        }

    def _value(self, name: str, after: Any, unknown: Any, expression: Any, address: str, depth: int) -> Any:
        if unknown is True or depth > DEPTH:
            return self._symbol(name, expression, address)
        if isinstance(after, dict) or (after is None and isinstance(unknown, dict)):
            return self.block(mapping(after), unknown, expression, address, depth)
        if isinstance(after, list) or (after is None and isinstance(unknown, list)):
            return self._list(name, listed(after), listed(unknown), expression, address, depth)
        return after

    def _list(
        self, name: str, after: list[Any], unknown: list[Any], expression: Any, address: str, depth: int
    ) -> list[Any]:
        made = []
        for number in range(max(len(after), len(unknown))):
            item = after[number] if number < len(after) else None
            hidden = unknown[number] if number < len(unknown) else None
            known = mapping(item).get("name")
            place = f'["{known}"]' if isinstance(known, str) else f"[{number}]"
            written = _block_for(mapping(item), listed(expression)) if mapping(item) else expression
            made.append(self._value(name, item, hidden, written, f"{address}{place}", depth + 1))
        return made

    def _symbol(self, name: str, expression: Any, address: str) -> str | Unknown:
        """What stands for an unknown value: a symbol for what names something, UNKNOWN for all else."""
        if not (name.endswith(("_id", "_arn")) or name in _NAMING):
            return UNKNOWN
        ends = self._trail.ends(expression, self._place)
        if len(ends) == 1:
            found = _named(ends[0], name)
            return found if ends[0].resource or "local." not in found else Doubtful(found)
        return Doubtful(f"${{{address}}}")


def _named(end: End, argument: str) -> str:
    type_, attribute = _IDENTIFIES.get(argument, ("", ""))
    if end.clear:
        return f"${{{end.address}}}"
    if end.resource is not None and end.resource.type == type_ and not end.attribute:
        return f"${{{end.address}.{attribute}}}"
    return Doubtful(f"${{{end.address}#{argument}}}")


def _block_for(item: dict[str, Any], blocks: list[Any]) -> Any:
    """The block of the configuration that an item of a list comes from, if only one fits: sets have another
    order than their blocks, and dynamic blocks are not written."""
    if len(blocks) > _MOST_BLOCKS:
        return None
    fitting = [block for block in blocks if isinstance(block, dict) and _fits(item, block)]
    return fitting[0] if len(fitting) == 1 else None


def _fits(item: dict[str, Any], block: dict[str, Any]) -> bool:
    for key, expression in block.items():
        if not isinstance(expression, dict) or "constant_value" not in expression or item.get(key) is None:
            continue
        if str(expression["constant_value"]) != str(item[key]):
            return False
    return True
