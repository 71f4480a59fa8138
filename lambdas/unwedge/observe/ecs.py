"""ECS, read: services, their deployments and the protection of tasks, beside what `cluster` reads.

Every method raises ReadError for an answer that is none.
"""

from datetime import timedelta
from functools import partial
from typing import Any

from unwedge.model.service import Rollout, Service
from unwedge.model.situation import Failure, ReadFailure
from unwedge.observe import parse
from unwedge.observe.cluster import ClusterReads
from unwedge.observe.reads import ReadError, read, read_all, understood

_CREATED_TOGETHER = timedelta(minutes=5)
_UNDER_WAY = frozenset({"PENDING", "IN_PROGRESS"})


class EcsReads(ClusterReads):
    """The reads of ECS that an observation is made of."""

    def service(self, cluster: str, name: str) -> Service | None:
        """The service with its deployments and tags; None where there is none."""
        found = self.described_service(cluster, name)
        if found is None:
            return None
        if not self._sdk_knows("DeploymentConfiguration", "strategy"):
            why = "this version of boto3 does not show deploymentConfiguration.strategy; use a newer runtime"
            raise ReadError(ReadFailure("ecs:DescribeServices", Failure.REFUSED, "SdkTooOld", why))
        return understood("ecs:DescribeServices", parse.service, found)

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
