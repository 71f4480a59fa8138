"""Properties of CloudFormation's ECS resources, in the shape of the API."""

from collections.abc import Iterator
from typing import Any

from unwedge_cli.plans.defaults import rebalancing
from unwedge_cli.plans.shapes import API, Shaped, definition_members, service_members, shaped
from unwedge_cli.plans.values import symbolic

# Where CloudFormation has another name than the API.
_RENAMED = {"Cluster": "ClusterArn", "PlacementStrategies": "PlacementStrategy", "Role": "RoleArn"}
_ONLY_CLOUDFORMATION = ("ForceNewDeployment", "TaskDefinition", "Tags")


def service_shape(properties: dict[str, Any], name: str) -> Shaped:
    """A service in the shape of the API, without defaults."""
    data = {
        _RENAMED.get(key, key): value for key, value in properties.items() if key not in _ONLY_CLOUDFORMATION
    }
    data.setdefault("ClusterArn", "default")
    data["Tags"] = properties.get("Tags", [])
    return shaped(data, service_members(), API, name)


def not_set(service: dict[str, Any], unknown: set[str]) -> Iterator[str]:
    """What is not set and depends on whether the service exists: a template does not say."""
    name = "availabilityZoneRebalancing"
    if name not in service and name not in unknown:
        if rebalancing(service, unknown) == "DISABLED":
            service[name] = "DISABLED"  # a service that cannot have it never has it
        else:
            unknown.add(name)
    if service.get("schedulingStrategy") != "DAEMON" and not {"desiredCount"} & (service.keys() | unknown):
        unknown.add("desiredCount")
        yield "DesiredCount is not set: a new service runs 1 task, and an existing one keeps its number."
    if not service.get("launchType") and not service.get("capacityProviderStrategy"):
        unknown.add("launchType")


def definition_shape(properties: dict[str, Any], name: str) -> Shaped:
    """A task definition in the shape of the API."""
    data = {key: value for key, value in properties.items() if key != "Tags"}
    if isinstance(data.get("Volumes"), list):
        data["Volumes"] = [_volume(item) for item in data["Volumes"]]
    found = shaped(data, definition_members(), API, name)
    # Without a family CloudFormation names it after the stack and the logical id.
    family = known(found.value.get("family")) or name
    found.value["taskDefinitionArn"] = f"arn:aws:ecs:::task-definition/{family}:planned"
    for key, value in (("containerDefinitions", []), ("volumes", []), ("networkMode", "bridge")):
        if key not in found.unknown:
            found.value.setdefault(key, value)
    return found


def _volume(volume: Any) -> Any:
    """A volume without any configuration is the task's own, as DescribeTaskDefinition shows it."""
    if isinstance(volume, dict) and volume.keys() <= {"Name"}:
        return {**volume, "Host": {}}
    return volume


def known(value: Any) -> str:
    """A string that is no symbol; empty otherwise."""
    return value if isinstance(value, str) and not symbolic(value) else ""
