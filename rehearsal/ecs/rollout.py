"""Deployments of a service: how they begin, complete, fail and roll back, and the events they send."""

from datetime import datetime

from rehearsal.ecs.events import deployment_state_change, service_action, service_message
from rehearsal.ecs.options import Rollback
from rehearsal.ecs.records import (
    DefinitionRecord,
    DeploymentRecord,
    ServiceDeploymentRecord,
    ServiceRecord,
)
from rehearsal.ecs.service_shapes import breaker_threshold
from rehearsal.ecs.world import World

_BREAKER = "ECS deployment circuit breaker"


class Rollouts:
    """Changes deployments; the scheduler decides when."""

    def __init__(self, world: World) -> None:
        self._world = world

    def begin(
        self, service: ServiceRecord, definition: DefinitionRecord, *, announce: bool = True
    ) -> DeploymentRecord:
        """A new PRIMARY deployment with a service revision and a service deployment of its own."""
        world = self._world
        for running in service.rollouts:
            if running.finished_at is None:
                self._finish(running, "STOPPED", "A newer service deployment replaced it.")
        sources = tuple(item.revision_arn for item in service.deployments if item.status != "INACTIVE")
        deployment = self._new_primary(service, definition, self._new_revision(service, definition), None)
        enabled = service.settings["deploymentConfiguration"]["deploymentCircuitBreaker"]["enable"]
        service.rollouts.append(
            ServiceDeploymentRecord(
                arn=world.arn("service-deployment", f"{service.cluster.name}/{service.name}/{world.token()}"),
                deployment_id=deployment.id,
                source_revisions=sources,
                target_revision=deployment.revision_arn,
                created_at=world.now,
                updated_at=world.now,
                breaker="MONITORING" if enabled else "DISABLED",
            )
        )
        if announce:
            self._announce(service, deployment)
        return deployment

    def _new_revision(self, service: ServiceRecord, definition: DefinitionRecord) -> str:
        world = self._world
        path = f"{service.cluster.name}/{service.name}/{world.revision_id()}"
        arn = world.arn("service-revision", path)
        service.revisions[arn] = {
            "serviceRevisionArn": arn,
            "serviceArn": service.arn,
            "clusterArn": service.cluster.arn,
            "taskDefinition": definition.arn,
            "launchType": "FARGATE",
            "platformVersion": "1.4.0",
            "platformFamily": "Linux",
            "containerImages": [
                {"containerName": item["name"], "image": item["image"]} for item in definition.containers
            ],
            "createdAt": world.now,
        }
        return arn

    def _new_primary(
        self, service: ServiceRecord, definition: DefinitionRecord, revision: str, reason: str | None
    ) -> DeploymentRecord:
        now, deployment_id = self._world.now, self._world.deployment_id()
        for older in service.deployments:
            if older.status == "PRIMARY":
                # it keeps the tasks it has until the new deployment can take over
                older.status, older.updated_at = "ACTIVE", now
                older.target = sum(task.alive for task in service.tasks_of(older))
        deployment = DeploymentRecord(
            id=deployment_id,
            definition=definition,
            revision_arn=revision,
            status="PRIMARY",
            created_at=now,
            updated_at=now,
            began_at=now,
            target=service.desired_count,
            reason=reason or f"ECS deployment {deployment_id} in progress.",
        )
        service.deployments.insert(0, deployment)
        service.steady = False
        return deployment

    def _announce(self, service: ServiceRecord, deployment: DeploymentRecord) -> None:
        self._world.note(
            f"deployment {deployment.id} of revision {deployment.definition.revision} is IN_PROGRESS"
        )
        deployment_state_change(self._world, service, deployment, "SERVICE_DEPLOYMENT_IN_PROGRESS")

    # ends

    def complete(self, service: ServiceRecord) -> None:
        """The PRIMARY deployment runs as wished and the older ones are gone."""
        world, primary = self._world, service.primary
        self.mark_complete(service)
        world.note(f"deployment {primary.id} is COMPLETED")
        service_message(world, service, f"(deployment {primary.id}) deployment completed.")
        deployment_state_change(world, service, primary, "SERVICE_DEPLOYMENT_COMPLETED")

    def mark_complete(self, service: ServiceRecord) -> None:
        """The same without telling anybody."""
        primary = service.primary
        primary.rollout_state, primary.updated_at = "COMPLETED", self._world.now
        primary.reason = f"ECS deployment {primary.id} completed."
        service.completed = (primary.definition, primary.revision_arn)
        service.deployments = [primary]
        rollout = service.rollouts[-1]
        if rollout.deployment_id == primary.id:
            self._finish(rollout, "SUCCESSFUL", None)
            if rollout.breaker == "MONITORING":
                rollout.breaker = "MONITORING_COMPLETE"
        elif rollout.rollback_deployment_id == primary.id:
            self._finish(rollout, "ROLLBACK_SUCCESSFUL", rollout.status_reason)

    def steady(self, service: ServiceRecord) -> None:
        """Say once that the service has reached a steady state."""
        service.steady = True
        service_message(self._world, service, "has reached a steady state.")
        service_action(self._world, service, "INFO", "SERVICE_STEADY_STATE")

    def trip_breaker(self, service: ServiceRecord) -> None:
        """Fail the PRIMARY deployment when the circuit breaker is on and its threshold is reached."""
        settings = service.settings["deploymentConfiguration"]["deploymentCircuitBreaker"]
        primary, rollout = service.primary, service.rollouts[-1]
        if rollout.deployment_id != primary.id or rollout.breaker != "MONITORING":
            return
        rollout.failures = primary.breaker_failures
        if primary.breaker_failures < breaker_threshold(service):
            return
        rollout.breaker = "TRIGGERED"
        self._fail(service, f"{_BREAKER}: tasks failed to start.")
        if settings["rollback"] and service.completed:
            self.roll_back(service, f"{_BREAKER}: rolling back to deploymentId")
        else:
            self._finish(rollout, "STOPPED", f"{_BREAKER}: tasks failed to start.")

    def abort(self, service: ServiceRecord) -> None:
        """StopServiceDeployment with ABORT: no more tasks, no way back."""
        rollout = service.rollouts[-1]
        self._fail(service, "Service deployment stopped by the user.")
        self._finish(rollout, "STOPPED", "Service deployment stopped by the user.")
        rollout.stopped_at = self._world.now

    def stop_and_roll_back(self, service: ServiceRecord) -> None:
        """StopServiceDeployment with ROLLBACK."""
        self._fail(service, "Service deployment stopped by the user.")
        self.roll_back(service, "Service deployment stopped by the user: rolling back to deploymentId")

    def _fail(self, service: ServiceRecord, reason: str) -> None:
        primary = service.primary
        primary.rollout_state, primary.updated_at = "FAILED", self._world.now
        primary.reason, primary.frozen = reason, True
        self._world.note(f"deployment {primary.id} is FAILED: {reason}")
        service_message(self._world, service, f"(deployment {primary.id}) deployment failed: {reason}")
        deployment_state_change(self._world, service, primary, "SERVICE_DEPLOYMENT_FAILED")
        service_action(self._world, service, "ERROR", "SERVICE_DEPLOYMENT_FAILED", reason=reason)

    def roll_back(self, service: ServiceRecord, reason: str) -> None:
        """Make the last completed revision PRIMARY again."""
        assert service.completed is not None
        definition, revision = service.completed
        failed, rollout, now = service.primary, service.rollouts[-1], self._world.now
        old = next((item for item in service.older if item.revision_arn == revision), None)
        if old and self._world.options.rollback is Rollback.REVIVE:
            failed.status, primary = "ACTIVE", old
            primary.status, primary.rollout_state, primary.updated_at = "PRIMARY", "IN_PROGRESS", now
            service.deployments.remove(old)
            service.deployments.insert(0, old)
        else:
            primary = self._new_primary(service, definition, revision, reason)
            if self._world.options.rollback is Rollback.ADOPT:
                for task in service.tasks:
                    if old and task.deployment_id == old.id:
                        task.deployment_id = primary.id
        primary.reason = f"{reason} {primary.id}."
        primary.began_at = now
        primary.target, failed.target = service.desired_count, 0
        rollout.status, rollout.status_reason, rollout.updated_at = (
            "ROLLBACK_IN_PROGRESS",
            primary.reason,
            now,
        )
        rollout.rollback = {"reason": primary.reason, "startedAt": now, "serviceRevisionArn": revision}
        rollout.rollback_deployment_id = primary.id
        service.settings["taskDefinition"] = definition.arn
        self._world.note(f"service {service.name} is rolling back to revision {definition.revision}")
        self._announce(service, primary)

    def _finish(self, rollout: ServiceDeploymentRecord, status: str, reason: str | None) -> None:
        now: datetime = self._world.now
        rollout.status, rollout.status_reason = status, reason
        rollout.finished_at = rollout.updated_at = now
