"""ECS services of a plan, as DescribeServices would show them."""

from typing import Any, NamedTuple

from unwedge_cli.plans.defaults import fill_in, rebalancing
from unwedge_cli.plans.shapes import BLOCKS, Shaped, service_members, shaped
from unwedge_cli.plans.terraform.document import Change, Document
from unwedge_cli.plans.terraform.following import Trail
from unwedge_cli.plans.terraform.merging import merged
from unwedge_cli.plans.values import UNKNOWN, Unknown, mapping, mappings

# Where Terraform has another name than the API.
_RENAMED = {
    "name": "service_name",
    "cluster": "cluster_arn",
    "ordered_placement_strategy": "placement_strategy",
    "iam_role": "role_arn",
}
# Arguments that say what Terraform does, and not what the service is.
_TERRAFORMS = frozenset(
    {
        *("id", "arn", "region", "timeouts", "triggers", "force_delete", "force_new_deployment", "tags_all"),
        *("wait_for_steady_state", "sigint_rollback", "task_definition"),
    }
)
_IN_DEPLOYMENT = {
    "deployment_maximum_percent": "maximum_percent",
    "deployment_minimum_healthy_percent": "minimum_healthy_percent",
    "deployment_circuit_breaker": "deployment_circuit_breaker",
    "alarms": "alarms",
}
# What the provider or ECS works out where it is not set, and what it then is.
_WORKED_OUT = ("cluster", "launch_type", "platform_version", "iam_role", "availability_zone_rebalancing")


class Described(NamedTuple):
    """A service in the shape of the API, with its defaults."""

    value: dict[str, Any]
    unknown: frozenset[str]
    notes: tuple[str, ...]


def described(change: Change, document: Document, trail: Trail) -> Described:
    """A service after the change."""
    values = merged(change, document, trail)
    written = document.expressions(change)
    for key in _WORKED_OUT if written is not None else ():
        if key not in mapping(written) and change.unknown.get(key) is True:
            values[key] = None
    if change.made and values.get("cluster") is None:
        values["cluster"] = "default"
    found = _shaped(values, change)
    unknown = set(found.unknown)
    fill_in(found.value, unknown)
    if found.value.get("schedulingStrategy") == "REPLICA" and "desiredCount" not in unknown:
        found.value.setdefault("desiredCount", 0)  # the provider's own default
    _rebalance(found.value, unknown, change)
    if not found.value.get("launchType") and not found.value.get("capacityProviderStrategy"):
        unknown.add("launchType")  # the cluster's default strategy decides
    return Described(found.value, frozenset(unknown), tuple(found.notes))


def described_before(change: Change) -> Described:
    """A service as it is."""
    found = _shaped(change.before, change)
    unknown = set(found.unknown)
    fill_in(found.value, unknown)
    if "availabilityZoneRebalancing" not in found.value:
        unknown.add("availabilityZoneRebalancing")
    return Described(found.value, frozenset(unknown), tuple(found.notes))


def _rebalance(service: dict[str, Any], unknown: set[str], change: Change) -> None:
    """What is not set is ECS's default for a new service, and stays as it is for others."""
    name = "availabilityZoneRebalancing"
    if name in service or name in unknown:
        return
    before = change.before.get("availability_zone_rebalancing")
    value = rebalancing(service, unknown) if change.made else before or None
    if isinstance(value, str):
        service[name] = value
    else:
        unknown.add(name)


def _shaped(values: dict[str, Any], change: Change) -> Shaped:
    data = {_RENAMED.get(key, key): value for key, value in values.items() if key not in _TERRAFORMS}
    data["deployment_configuration"] = _deployment(data)
    data["network_configuration"] = _network(data.get("network_configuration"))
    if isinstance(data.get("load_balancer"), list):
        data["load_balancer"] = [_balancer(item) for item in data["load_balancer"]]
    data["tags"] = _tags(values)
    return shaped(data, service_members(), BLOCKS, change.address)


def _deployment(data: dict[str, Any]) -> Any:
    """The block, and what the provider keeps beside it. Takes that out of the data."""
    block = data.get("deployment_configuration")
    inner = {name: data.pop(key, None) for key, name in _IN_DEPLOYMENT.items()}
    if data.get("scheduling_strategy") == "DAEMON":
        # The provider does not send maximumPercent for these, nor its default of 100 for the other.
        inner["maximum_percent"] = None
        if inner["minimum_healthy_percent"] == 100:
            inner["minimum_healthy_percent"] = None
    if isinstance(block, Unknown):
        return {**inner, "strategy": UNKNOWN, "lifecycle_hook": UNKNOWN}
    found = mappings(block)
    return {**inner, **(found[0] if found else mapping(block))}


def _network(block: Any) -> Any:
    found = mappings(block)
    if not found:
        return block if isinstance(block, Unknown) else None
    public = found[0].get("assign_public_ip")
    if isinstance(public, bool):
        public = "ENABLED" if public else "DISABLED"
    return {"awsvpc_configuration": {**found[0], "assign_public_ip": public}}


def _balancer(block: Any) -> Any:
    """A Classic Load Balancer is named by `elb_name`."""
    if not isinstance(block, dict):
        return block
    return {("load_balancer_name" if key == "elb_name" else key): value for key, value in block.items()}


def _tags(values: dict[str, Any]) -> Any:
    """All tags, with the provider's default ones, where the plan knows them."""
    tags = values.get("tags_all")
    if not isinstance(tags, dict):
        tags = values.get("tags")
    if isinstance(tags, dict):
        return [{"key": key, "value": value} for key, value in tags.items()]
    return tags if isinstance(tags, Unknown) else []
