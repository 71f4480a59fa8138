"""Services and tasks of a cluster and their task definitions, read from ECS.

Every method raises ReadError for an answer that is none. Task definitions never change, so those once read
are kept.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from unwedge.model.service import Task
from unwedge.model.task_definition import TaskDefinition
from unwedge.observe import definitions, parse
from unwedge.observe.reads import MOST_PAGES, NOT_THERE, ReadError, read, read_all, understood

if TYPE_CHECKING:
    from types_boto3_ecs import ECSClient

DESCRIBE_AT_MOST = 100  # DescribeTasks takes 100 ARNs
# 1,500 tasks. ECS lists ended ones for about an hour, and each is described to find the few that matter. A
# service of which more have ended is not observed, and a person hears that.
_ENDED_PAGES = 15


class ClusterReads:
    """The reads that an observation and a verification share."""

    def __init__(self, ecs: "ECSClient") -> None:
        self._ecs = ecs
        self._definitions: dict[str, TaskDefinition] = {}
        self._launches: dict[tuple[str, str], str] = {}

    def described_service(self, cluster: str, name: str) -> Mapping[str, Any] | None:
        """A service as ECS describes it, with its tags; None where there is none."""
        try:
            answer = read(
                "ecs:DescribeServices",
                self._ecs.describe_services,
                cluster=cluster,
                services=[name],
                include=["TAGS"],
            )
        except ReadError as error:
            if error.failure.code in NOT_THERE:
                return None
            raise
        found = answer.get("services", [])
        return dict(found[0]) if found else None

    def list_tasks(self, cluster: str, service: str | None, desired: str) -> list[str]:
        """The ARNs of a service's tasks, or of the whole cluster's, with this desiredStatus."""
        params: dict[str, Any] = {"cluster": cluster, "desiredStatus": desired}
        if service:
            params["serviceName"] = service
        pages = _ENDED_PAGES if service and desired == "STOPPED" else MOST_PAGES
        return read_all("ecs:ListTasks", self._ecs.list_tasks, "taskArns", pages=pages, **params)

    def describe(self, cluster: str, arns: list[str]) -> list[dict[str, Any]]:
        """Tasks as ECS describes them, a hundred at a time."""
        found: list[dict[str, Any]] = []
        for start in range(0, len(arns), DESCRIBE_AT_MOST):
            part = arns[start : start + DESCRIBE_AT_MOST]
            answer = read("ecs:DescribeTasks", self._ecs.describe_tasks, cluster=cluster, tasks=part)
            found += [dict(item) for item in answer.get("tasks", [])]
        return found

    def tasks(self, cluster: str, arns: list[str]) -> list[Task]:
        """The same in the model's words."""
        return [task for item in self.describe(cluster, arns) if (task := parse.task(item))]

    def definition(self, arn: str) -> TaskDefinition:
        """A task definition, read once."""
        if arn not in self._definitions:
            call = "ecs:DescribeTaskDefinition"
            answer = read(call, self._ecs.describe_task_definition, taskDefinition=arn)
            found = answer["taskDefinition"]
            self._definitions[arn] = understood(call, definitions.task_definition, found)
            for name, digest in definitions.launches(found).items():
                self._launches[arn, name] = digest
        return self._definitions[arn]

    def compared(self, found: tuple[TaskDefinition, ...]) -> tuple[TaskDefinition, ...]:
        """These definitions with the containers marked that start alike. A mark names the first that does:
        the digests behind it cover the environment and are not kept."""
        first: dict[str, str] = {}
        marked = []
        for definition in found:
            specs = []
            for spec in definition.containers:
                digest = self._launches.get((definition.arn, spec.name))
                name = f"{definition.arn.rsplit('/', 1)[-1]}/{spec.name}"
                specs.append(replace(spec, launch=first.setdefault(digest, name) if digest else ""))
            marked.append(replace(definition, containers=tuple(specs)))
        return tuple(marked)
