"""Service deployments and service revisions."""

from rehearsal.ecs.api.common import Answer, Params, Parts, missing, page, service_of
from rehearsal.ecs.errors import ApiError, invalid
from rehearsal.ecs.records import ServiceDeploymentRecord, ServiceRecord
from rehearsal.ecs.view import View

_STOPPABLE = frozenset({"PENDING", "IN_PROGRESS"})
_REQUEST_SECONDS = 2.0  # how long a request to stop or to roll back is shown as such


class RolloutOperations:
    """ListServiceDeployments, DescribeServiceDeployments, StopServiceDeployment, DescribeServiceRevisions."""

    def __init__(self, parts: Parts) -> None:
        self._world = parts.world
        self._view: View = parts.view
        self._rollouts = parts.rollouts
        self._scheduler = parts.scheduler

    def list_service_deployments(self, params: Params) -> Answer:
        service = service_of(self._world, params)
        statuses, created = params.get("status"), params.get("createdAt", {})
        found = [
            shape
            for shape in self._view.rollouts(service, brief=True)
            if (not statuses or shape["status"] in statuses)
            and not ("after" in created and shape["createdAt"] < created["after"])
            and not ("before" in created and shape["createdAt"] > created["before"])
        ]
        return page(found, params, "serviceDeployments", 20)

    def describe_service_deployments(self, params: Params) -> Answer:
        found, failures = [], []
        for arn in params["serviceDeploymentArns"]:
            service, _ = self._find(arn)
            shapes = self._view.rollouts(service, brief=False) if service else []
            match = [shape for shape in shapes if shape["serviceDeploymentArn"] == arn]
            found += match
            failures += [] if match else [missing(arn)]
        return {"serviceDeployments": found, "failures": failures}

    def stop_service_deployment(self, params: Params) -> Answer:
        arn = params["serviceDeploymentArn"]
        service, rollout = self._find(arn)
        if service is None or rollout is None:
            raise ApiError("ServiceDeploymentNotFoundException", "Service deployment not found.")
        if rollout.status not in _STOPPABLE or rollout is not service.rollouts[-1]:
            raise ApiError("ConflictException", f"The service deployment is {rollout.status}.")
        roll_back = params.get("stopType", "ROLLBACK") == "ROLLBACK"
        if roll_back and service.completed is None:
            raise invalid("There is no completed service revision to roll back to.")
        rollout.status = "ROLLBACK_REQUESTED" if roll_back else "STOP_REQUESTED"
        rollout.updated_at = self._world.now
        self._world.note(f"service deployment of {service.name} is {rollout.status}")
        self._world.after(_REQUEST_SECONDS, lambda: self._stop(service, rollout, roll_back))
        return {"serviceDeploymentArn": arn}

    def _stop(self, service: ServiceRecord, rollout: ServiceDeploymentRecord, roll_back: bool) -> None:
        if rollout.finished_at is not None or rollout is not service.rollouts[-1]:
            return
        if rollout.rollback is None:
            if roll_back:
                self._rollouts.stop_and_roll_back(service)
            else:
                self._rollouts.abort(service)
        self._scheduler.wake(service)

    def describe_service_revisions(self, params: Params) -> Answer:
        revisions = {
            arn: body for service in self._world.services.values() for arn, body in service.revisions.items()
        }
        wanted = params["serviceRevisionArns"]
        return {
            "serviceRevisions": [revisions[arn] for arn in wanted if arn in revisions],
            "failures": [missing(arn) for arn in wanted if arn not in revisions],
        }

    def _find(self, arn: str) -> tuple[ServiceRecord | None, ServiceDeploymentRecord | None]:
        for service in self._world.services.values():
            for rollout in service.rollouts:
                if rollout.arn == arn:
                    return service, rollout
        return None, None
