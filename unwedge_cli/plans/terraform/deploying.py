"""Whether applying a plan starts a deployment of a service."""

from typing import Any, Final

from unwedge_cli.plans.terraform.definitions import Used
from unwedge_cli.plans.terraform.document import Change
from unwedge_cli.plans.values import mapping

# Amazon ECS API reference, UpdateService: "this parameter triggers a new service deployment". A test holds
# these to botocore's copy of it.
TRIGGERS: Final = {
    "network_configuration": "networkConfiguration",
    "platform_version": "platformVersion",
    "load_balancer": "loadBalancers",
    "service_registries": "serviceRegistries",
    "service_connect_configuration": "serviceConnectConfiguration",
    "volume_configuration": "volumeConfigurations",
    "vpc_lattice_configurations": "vpcLatticeConfigurations",
    "task_definition": "taskDefinition",
}
_TAGS = frozenset({"tags", "tags_all"})


def deploys(change: Change, used: Used) -> bool | None:
    """True for a service that is made, and where ECS gets other values of what it deploys for."""
    if change.made:
        return True
    if "update" not in change.actions:
        return False
    answers = [_differs(change, key) for key in TRIGGERS if key != "task_definition"]
    if change.before.get("task_definition") or change.unknown.get("task_definition"):
        answers.append(used.new)
    if (change.after.keys() | change.unknown.keys()) - _TAGS:
        answers.append(_forced(change))
    if True in answers:
        return True
    return None if None in answers else False


def _forced(change: Change) -> bool | None:
    """The provider sends force_new_deployment with every change but that of tags."""
    if change.unknown.get("force_new_deployment") is True:
        return None
    if change.after.get("force_new_deployment") is not True:
        return False
    keys = (change.after.keys() | change.before.keys() | change.unknown.keys()) - _TAGS
    answers = [_differs(change, key) for key in keys]
    if True in answers:
        return True
    return None if None in answers else False


def _differs(change: Change, key: str) -> bool | None:
    """Whether an argument gets another value; None where that is known only afterwards."""
    if _plain(change.before.get(key)) != _plain(_without(change.after.get(key), change.unknown.get(key))):
        return True if not _any(change.unknown.get(key)) else None
    return None if _any(change.unknown.get(key)) else False


def _without(value: Any, unknown: Any) -> Any:
    return None if unknown is True else value


def _plain(value: Any) -> Any:
    """A value in which nothing, empty and false are one, as they are to the provider; sets have no order."""
    if isinstance(value, dict):
        kept = {key: plain for key, item in value.items() if (plain := _plain(item)) is not None}
        return kept or None
    if isinstance(value, list):
        items = [plain for item in value if (plain := _plain(item)) is not None]
        return sorted(items, key=repr) or None
    return None if value in ("", False, 0) else value


def _any(unknown: Any) -> bool:
    if isinstance(unknown, list):
        return any(_any(item) for item in unknown)
    return unknown is True or any(_any(item) for item in mapping(unknown).values())
