"""ECS, read: services, tasks, task definitions and service deployments, as values of the model.

Every method raises ReadError for an answer that is none. Task definitions never change, so those once read
are kept.
"""

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from unwedge.model.service import Rollout, Service, Task
from unwedge.model.situation import Failure, ReadFailure
from unwedge.model.task_definition import TaskDefinition
from unwedge.observe import definitions, parse
from unwedge.observe.reads import MOST_PAGES, NOT_THERE, ReadError, read, read_all, understood

if TYPE_CHECKING:
    from types_boto3_ecs import ECSClient

DESCRIBE_AT_MOST = 100  # DescribeTasks takes 100 ARNs
# 1,500 tasks. ECS lists ended ones for about an hour, and each is described to find the few that matter. A
# service of which more have ended is not observed, and a person hears that.
_ENDED_PAGES = 15
_CREATED_TOGETHER = timedelta(minutes=5)
_UNDER_WAY = frozenset({"PENDING", "IN_PROGRESS"})


class EcsReads:
    """The reads of ECS that an observation is made of."""

    def __init__(self, ecs: "ECSClient") -> None:
        self._ecs = ecs
        self._definitions: dict[str, TaskDefinition] = {}
        self._launches: dict[tuple[str, str], str] = {}

    def service(self, cluster: str, name: str) -> Service | None:
        """The service with its deployments and tags; None where there is none."""
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
        if not self._sdk_knows("DeploymentConfiguration", "strategy"):
            why = "this version of boto3 does not show deploymentConfiguration.strategy; use a newer runtime"
            raise ReadError(ReadFailure("ecs:DescribeServices", Failure.REFUSED, "SdkTooOld", why))
        found = answer.get("services", [])
        return understood("ecs:DescribeServices", parse.service, found[0]) if found else None

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

    def rollout(self, cluster: str, name: str, service: Service | None) -> Rollout | None:
        """The newest service deployment. A rollback has a deployment of its own but no service deployment:
        its status stands in the one of the deployment that is taken back, so all are asked for that any
        listed deployment can be of."""
        created = [item.created_at for item in (service.deployments if service else ()) if item.created_at]
        params: dict[str, Any] = {"cluster": cluster, "service": name}
        if created:
            # A deployment and its service deployment are created together; long before is history.
            params["createdAt"] = {"after": min(created) - _CREATED_TOGETHER}
        found = read_all(
            "ecs:ListServiceDeployments", self._ecs.list_service_deployments, "serviceDeployments", **params
        )
        newest = max(found, key=lambda item: item["createdAt"], default=None)
        if newest is None:
            return None
        if newest.get("status") not in _UNDER_WAY:
            return understood("ecs:ListServiceDeployments", parse.rollout, newest)
        call = "ecs:DescribeServiceDeployments"
        arns = [newest["serviceDeploymentArn"]]
        answer = read(call, self._ecs.describe_service_deployments, serviceDeploymentArns=arns)
        seen = self._sdk_knows("ServiceDeployment", "lifecycleHookDetails")
        whole = answer.get("serviceDeployments", [])
        if not whole:
            why = "it does not describe the service deployment that ListServiceDeployments lists"
            raise ReadError(ReadFailure(call, Failure.UNAVAILABLE, "NotTold", why))
        return understood(call, partial(parse.rollout, hooks_seen=seen), dict(whole[0]))

    def protected(self, cluster: str, arns: list[str]) -> tuple[str, ...]:
        """Which of these tasks are under scale-in protection. Raises ReadError for a live task of which ECS
        does not say it."""
        if not arns:
            return ()
        call = "ecs:GetTaskProtection"
        answer = read(call, self._ecs.get_task_protection, cluster=cluster, tasks=arns)
        told = {
            item.get("taskArn"): item.get("protectionEnabled") for item in answer.get("protectedTasks", [])
        }
        untold = [arn for arn in arns if not isinstance(told.get(arn), bool)]
        if untold:
            why = f"it does not say whether task {untold[0].rsplit('/', 1)[-1]} is protected"
            raise ReadError(ReadFailure(call, Failure.UNAVAILABLE, "NotTold", why))
        return tuple(arn for arn in arns if told[arn])

    def _sdk_knows(self, shape: str, member: str) -> bool:
        """Whether the SDK would show this member of an answer: it drops what its model lacks, and the
        Lambda runtime's may be old."""
        return member in getattr(self._ecs.meta.service_model.shape_for(shape), "members", ())
