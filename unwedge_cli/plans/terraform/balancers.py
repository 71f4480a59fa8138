"""How long target groups of a plan drain a task that is to be stopped."""

from typing import Any

from unwedge_cli.plans.defaults import DEREGISTRATION_DELAY
from unwedge_cli.plans.terraform.document import Change, Document
from unwedge_cli.plans.values import mappings

_TYPES = ("aws_lb_target_group", "aws_alb_target_group")


class Balancers:
    """The target groups of a plan."""

    def __init__(self, document: Document) -> None:
        self._known = {name: change for change in document.of_type(*_TYPES) for name in _names(change)}

    def delays(self, service: dict[str, Any]) -> dict[str, int]:
        """Seconds by target group, as a service names it, of those that the plan knows."""
        found = {}
        for item in mappings(service.get("loadBalancers")):
            name = item.get("targetGroupArn")
            change = self._known.get(name) if isinstance(name, str) else None
            if isinstance(name, str) and change is not None and (delay := _delay(change)) is not None:
                found[name] = delay
        return found


def _names(change: Change) -> list[str]:
    arns = [values.get("arn") for values in (change.after, change.before)]
    return [f"${{{change.address}.arn}}", *(arn for arn in arns if isinstance(arn, str))]


def _delay(change: Change) -> int | None:
    if change.unknown.get("deregistration_delay") is True:
        return None
    value = change.after.get("deregistration_delay")
    if value is None:
        return DEREGISTRATION_DELAY
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else None
