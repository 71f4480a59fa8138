"""Services."""

import copy
from typing import Any

from rehearsal.ecs.api.common import (
    Answer,
    Params,
    Parts,
    cluster_of,
    existing_definition,
    find_service,
    last,
    missing,
    page,
    service_of,
    tags_from,
)
from rehearsal.ecs.errors import ApiError, invalid
from rehearsal.ecs.records import ServiceRecord
from rehearsal.ecs.service_shapes import service_shape
from rehearsal.ecs.shapes import tag_list

_MOST_SERVICES = 10
_UPDATED_AS_GIVEN = (
    "networkConfiguration",
    "platformVersion",
    "propagateTags",
    "enableECSManagedTags",
    "enableExecuteCommand",
    "healthCheckGracePeriodSeconds",
    "availabilityZoneRebalancing",
    "serviceRegistries",
)
# Changing one of these replaces the tasks; desiredCount and deploymentConfiguration do not.
_STARTS_DEPLOYMENT = ("networkConfiguration", "platformVersion", "serviceRegistries")
_DEPLOYMENT_DEFAULTS: dict[str, Any] = {
    "deploymentCircuitBreaker": {"enable": False, "rollback": False},
    "maximumPercent": 200,
    "minimumHealthyPercent": 100,
    "strategy": "ROLLING",
    "bakeTimeInMinutes": 0,
}


class ServiceOperations:
    """CreateService, UpdateService, DeleteService, DescribeServices, ListServices."""

    def __init__(self, parts: Parts) -> None:
        self._world = parts.world
        self._view = parts.view
        self._scheduler = parts.scheduler
        self._rollouts = parts.rollouts

    def create_service(self, params: Params) -> Answer:
        service = self.register(params)
        self._rollouts.begin(service, existing_definition(self._world, service.settings["taskDefinition"]))
        self._scheduler.wake(service)
        return {"service": self._shape(service, tags=True)}

    def register(self, params: Params, *, rebalancing: str = "ENABLED") -> ServiceRecord:
        """A service without a deployment yet; ``rebalancing`` is what it has when ``params`` say nothing."""
        cluster = cluster_of(self._world, params)
        name = params["serviceName"]
        existing = find_service(self._world, cluster, name)
        if existing and existing.status != "INACTIVE":
            raise invalid("Creation of service was not idempotent.")
        if "taskDefinition" not in params:
            raise invalid("TaskDefinition can not be blank.")
        definition = existing_definition(self._world, params["taskDefinition"])
        settings = {key: copy.deepcopy(value) for key, value in params.items() if key != "tags"}
        settings["taskDefinition"] = definition.arn
        settings["deploymentConfiguration"] = _configuration(_DEPLOYMENT_DEFAULTS, params)
        settings.setdefault("availabilityZoneRebalancing", rebalancing)
        _check_rebalancing(settings)
        service = ServiceRecord(
            name=name,
            arn=self._world.arn("service", f"{cluster.name}/{name}"),
            cluster=cluster,
            settings=settings,
            desired_count=params.get("desiredCount", 0),
            created_at=self._world.now,
            tags=tags_from(params),
        )
        self._world.services[self._world.service_key(cluster, name)] = service
        return service

    def update_service(self, params: Params) -> Answer:
        service = self._active(params)
        settings = {**service.settings}
        settings["deploymentConfiguration"] = _configuration(settings["deploymentConfiguration"], params)
        settings |= {key: copy.deepcopy(params[key]) for key in _UPDATED_AS_GIVEN if key in params}
        _check_rebalancing(settings)
        primary = service.primary
        definition = primary.definition
        if "taskDefinition" in params:
            definition = existing_definition(self._world, params["taskDefinition"])
        settings["taskDefinition"] = definition.arn
        replaces = any(settings.get(key) != service.settings.get(key) for key in _STARTS_DEPLOYMENT)
        service.settings = settings
        service.desired_count = params.get("desiredCount", service.desired_count)
        if params.get("forceNewDeployment") or definition is not primary.definition or replaces:
            if definition is not primary.definition:
                service.start_failures.clear()  # a new task definition ends the throttling
            self._rollouts.begin(service, definition)
        elif not primary.frozen:
            primary.target = service.desired_count
        self._scheduler.wake(service)
        return {"service": self._shape(service, tags=True)}

    def delete_service(self, params: Params) -> Answer:
        service = self._active(params)
        if service.desired_count and not params.get("force"):
            raise invalid("The service cannot be stopped while it is scaled above 0.")
        service.status, service.desired_count = "DRAINING", 0
        for deployment in service.deployments:
            deployment.target = 0
        self._scheduler.wake(service)
        return {"service": self._shape(service, tags=True)}

    def describe_services(self, params: Params) -> Answer:
        cluster = cluster_of(self._world, params)
        if len(params["services"]) > _MOST_SERVICES:
            raise invalid(f"services can have at most {_MOST_SERVICES} items.")
        found, failures = [], []
        for name in params["services"]:
            service = find_service(self._world, cluster, name)
            shape = self._view.service(service) if service else None
            if service is None or shape is None:
                failures.append(missing(self._world.arn("service", f"{cluster.name}/{last(name)}")))
            else:
                tags = {"tags": tag_list(service.tags)} if "TAGS" in params.get("include", []) else {}
                found.append({**shape, **tags})
        return {"services": found, "failures": failures}

    def list_services(self, params: Params) -> Answer:
        cluster = cluster_of(self._world, params)
        found = [
            item.arn
            for item in self._world.services.values()
            if item.cluster is cluster and item.status == "ACTIVE"
        ]
        return page(found, params, "serviceArns", 10)

    def _active(self, params: Params) -> ServiceRecord:
        service = service_of(self._world, params)
        if service.status != "ACTIVE":
            raise ApiError("ServiceNotActiveException", "Service was not ACTIVE.")
        return service

    def _shape(self, service: ServiceRecord, *, tags: bool) -> Answer:
        shape = service_shape(service, self._world.options)
        return {**shape, "tags": tag_list(service.tags)} if tags else shape


def _configuration(before: dict[str, Any], params: Params) -> dict[str, Any]:
    merged = {**copy.deepcopy(before), **copy.deepcopy(params.get("deploymentConfiguration", {}))}
    if merged["maximumPercent"] < max(100, merged["minimumHealthyPercent"]):
        raise invalid("maximumPercent must be at least 100 and not below minimumHealthyPercent.")
    if merged["minimumHealthyPercent"] >= 100 >= merged["maximumPercent"]:
        raise invalid(
            "Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block deployments."
        )
    return merged


def _check_rebalancing(settings: dict[str, Any]) -> None:
    """AZ rebalancing starts a task before it stops one: it refuses a maximumPercent that forbids that."""
    if (
        settings["availabilityZoneRebalancing"] == "ENABLED"
        and settings["deploymentConfiguration"]["maximumPercent"] <= 100
    ):
        raise invalid("availabilityZoneRebalancing requires a maximumPercent above 100.")
