"""What ECS fills in where a service does not say: DescribeServices shows it, so a planned service has it too.

Amazon ECS API reference, CreateService and DeploymentConfiguration.
"""

from typing import Any

# Elastic Load Balancing, target group attributes: deregistration_delay.timeout_seconds.
DEREGISTRATION_DELAY = 300
_ZONE_SPREAD = "attribute:ecs.availability-zone"
# What decides whether Availability Zone rebalancing is possible.
_DECIDES_REBALANCING = (
    "schedulingStrategy",
    "deploymentController",
    "deploymentController.type",
    "deploymentConfiguration",
    "deploymentConfiguration.maximumPercent",
    "launchType",
    "loadBalancers",
    "placementStrategy",
    "placementConstraints",
)


def fill_in(service: dict[str, Any], unknown: set[str]) -> None:
    """Add the defaults of everything that is neither set nor unknown."""
    plain = {
        "schedulingStrategy": "REPLICA",
        "deploymentController": {"type": "ECS"},
        "propagateTags": "NONE",
        "enableExecuteCommand": False,
        "enableECSManagedTags": False,
        "deploymentConfiguration": {},
        **{key: [] for key in ("loadBalancers", "serviceRegistries", "placementConstraints")},
        **{key: [] for key in ("placementStrategy", "tags")},
    }
    for key, value in plain.items():
        _default(service, key, value, key, unknown)
    if "deploymentController" in service:
        _default(service["deploymentController"], "type", "ECS", "deploymentController.type", unknown)
    if "deploymentConfiguration" in service:
        _fill_in_deployment(service, unknown)


def _default(place: dict[str, Any], key: str, value: Any, path: str, unknown: set[str]) -> None:
    if path not in unknown:
        place.setdefault(key, value)


def _fill_in_deployment(service: dict[str, Any], unknown: set[str]) -> None:
    deployment, scheduling = service["deploymentConfiguration"], service.get("schedulingStrategy")
    percents = {"maximumPercent": (200, 100), "minimumHealthyPercent": (100, 0)}
    for key, (replica, daemon) in percents.items():
        path = f"deploymentConfiguration.{key}"
        if scheduling is None and key not in deployment:
            unknown.add(path)
        _default(deployment, key, daemon if scheduling == "DAEMON" else replica, path, unknown)
    for key, value in (
        ("strategy", "ROLLING"),
        ("deploymentCircuitBreaker", {"enable": False, "rollback": False}),
    ):
        _default(deployment, key, value, f"deploymentConfiguration.{key}", unknown)


def rebalancing(service: dict[str, Any], unknown: set[str]) -> str | None:
    """What a new service gets that does not set availabilityZoneRebalancing: ENABLED if it is compatible,
    otherwise DISABLED (hashicorp/terraform-provider-aws#43577, by the ECS team); None where that depends on
    something unknown. To be asked of a service with its defaults."""
    deployment, strategies = service.get("deploymentConfiguration", {}), service.get("placementStrategy")
    first = strategies[0] if strategies else {}
    if (
        service.get("schedulingStrategy") == "DAEMON"
        or service.get("launchType") == "EXTERNAL"
        or service.get("deploymentController", {}).get("type", "ECS") != "ECS"
        or deployment.get("maximumPercent", 200) <= 100
        or any("loadBalancerName" in item for item in service.get("loadBalancers", []))
        or any(_ZONE_SPREAD in item.get("expression", "") for item in service.get("placementConstraints", []))
        or (first and (first.get("type"), first.get("field")) != ("spread", _ZONE_SPREAD))
    ):
        return "DISABLED"
    return None if unknown & set(_DECIDES_REBALANCING) else "ENABLED"
