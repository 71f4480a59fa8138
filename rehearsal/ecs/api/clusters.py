"""Clusters, task definitions and tags."""

from typing import Any

from rehearsal.ecs.api.common import (
    Answer,
    Params,
    Parts,
    definition_of,
    last,
    missing,
    page,
    tags_from,
)
from rehearsal.ecs.errors import ApiError, invalid, refused
from rehearsal.ecs.records import ClusterRecord, DefinitionRecord
from rehearsal.ecs.shapes import cluster_shape, definition_shape, tag_list

_LONGEST_STOP_TIMEOUT = 120
_NOT_IN_BODY = frozenset({"tags"})


class ClusterOperations:
    """CreateCluster, DescribeClusters, ListClusters and the tag operations."""

    def __init__(self, parts: Parts) -> None:
        self._world = parts.world

    def create_cluster(self, params: Params) -> Answer:
        name = params.get("clusterName", "default")
        cluster = self._world.clusters.get(name)
        if cluster is None:
            cluster = ClusterRecord(
                name, self._world.arn("cluster", name), tags_from(params), params.get("configuration")
            )
            self._world.clusters[name] = cluster
        return {"cluster": self._shape(cluster)}

    def describe_clusters(self, params: Params) -> Answer:
        found, failures = [], []
        for name in params.get("clusters", ["default"]):
            cluster = self._world.clusters.get(last(name))
            if cluster:
                wanted = "CONFIGURATIONS" in params.get("include", []) and cluster.configuration
                more = {"configuration": cluster.configuration} if wanted else {}
                found.append({**self._shape(cluster), **more})
            else:
                failures.append(missing(self._world.arn("cluster", last(name))))
        return {"clusters": found, "failures": failures}

    def list_clusters(self, params: Params) -> Answer:
        return page([item.arn for item in self._world.clusters.values()], params, "clusterArns", 100)

    def _shape(self, cluster: ClusterRecord) -> Answer:
        services = [item for item in self._world.services.values() if item.cluster is cluster]
        tasks = [task for service in services for task in service.tasks if task.desired_status == "RUNNING"]
        running = sum(task.last_status == "RUNNING" for task in tasks)
        return cluster_shape(
            cluster,
            active_services=sum(item.status == "ACTIVE" for item in services),
            running=running,
            pending=len(tasks) - running,
        )

    def tag_resource(self, params: Params) -> Answer:
        self._tags(params["resourceArn"]).update(tags_from(params))
        return {}

    def untag_resource(self, params: Params) -> Answer:
        tags = self._tags(params["resourceArn"])
        for key in params["tagKeys"]:
            tags.pop(key, None)
        return {}

    def list_tags_for_resource(self, params: Params) -> Answer:
        return {"tags": tag_list(self._tags(params["resourceArn"]))}

    def _tags(self, arn: str) -> dict[str, str]:
        world = self._world
        holders: list[Any] = [*world.clusters.values(), *world.services.values(), *world.tasks.values()]
        holders += [definition for family in world.definitions.values() for definition in family]
        for holder in holders:
            if holder.arn == arn:
                tags: dict[str, str] = holder.tags
                return tags
        if not arn.startswith("arn:"):
            raise invalid("Invalid resourceArn.")
        raise ApiError("ResourceNotFoundException", f"The specified resource {arn} could not be found.")


class DefinitionOperations:
    """RegisterTaskDefinition, DescribeTaskDefinition, ListTaskDefinitions."""

    def __init__(self, parts: Parts) -> None:
        self._world = parts.world

    def register_task_definition(self, params: Params) -> Answer:
        _check_containers(params["containerDefinitions"])
        family = self._world.definitions.setdefault(params["family"], [])
        revision = len(family) + 1
        arn = self._world.arn("task-definition", f"{params['family']}:{revision}")
        body = {key: value for key, value in params.items() if key not in _NOT_IN_BODY}
        body |= {
            "taskDefinitionArn": arn,
            "revision": revision,
            "status": "ACTIVE",
            "compatibilities": ["EC2", "FARGATE"],
            "registeredAt": self._world.now,
            "volumes": list(params.get("volumes", [])),
            "containerDefinitions": [
                {"essential": True, "cpu": 0, "environment": [], "mountPoints": [], "volumesFrom": [], **item}
                for item in params["containerDefinitions"]
            ],
        }
        definition = DefinitionRecord(arn, params["family"], revision, body, tags_from(params))
        family.append(definition)
        return {"taskDefinition": definition_shape(definition), "tags": tag_list(definition.tags)}

    def describe_task_definition(self, params: Params) -> Answer:
        definition = definition_of(self._world, params["taskDefinition"])
        if definition is None:
            raise refused("Unable to describe task definition.")
        answer: Answer = {"taskDefinition": definition_shape(definition)}
        if "TAGS" in params.get("include", []):
            answer["tags"] = tag_list(definition.tags)
        return answer

    def list_task_definitions(self, params: Params) -> Answer:
        wanted = params.get("familyPrefix")
        found = [
            item.arn
            for name, family in self._world.definitions.items()
            if wanted in (None, name)
            for item in family
        ]
        return page(found, params, "taskDefinitionArns", 100)


def _check_containers(containers: list[dict[str, Any]]) -> None:
    if not containers:
        raise refused("Container list cannot be empty.")
    names = [item.get("name") for item in containers]
    if len(set(names)) != len(names) or None in names:
        raise refused("Every container needs a name of its own.")
    if not any(item.get("essential", True) for item in containers):
        raise refused("At least one container should be marked as essential.")
    for item in containers:
        if not item.get("image"):
            raise refused("Container.image should not be null or empty.")
        if item.get("stopTimeout", 0) > _LONGEST_STOP_TIMEOUT:
            raise refused(f"stopTimeout on Fargate is at most {_LONGEST_STOP_TIMEOUT} seconds.")
        if any(wish["containerName"] not in names for wish in item.get("dependsOn", [])):
            raise refused(f"Container {item['name']} depends on one that does not exist.")
