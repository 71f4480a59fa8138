"""Changes how a service's next deployment goes: the old task is stopped before the new one starts.

It starts no deployment and stops no task (Amazon ECS API reference, UpdateService: a change of the deployment
configuration starts none).
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from unwedge.observe.reads import code_of

if TYPE_CHECKING:
    from types_boto3_ecs import ECSClient

_REBALANCING = "availabilityZoneRebalancing"
# What a repair is decided by, as DescribeServices shows it. Of deployments their id and state count: ECS
# counts on in them.
_DECISIVE = (
    "status",
    "tags",
    "taskDefinition",
    "desiredCount",
    "runningCount",
    "pendingCount",
    "deploymentController",
    "deploymentConfiguration",
    _REBALANCING,
)


class NothingSent(NamedTuple):
    """Why ECS was asked for nothing."""

    sentence: str


class Repairer:
    """Carries a repair out."""

    def __init__(self, ecs: "ECSClient") -> None:
        self._ecs = ecs

    def stop_first(self, service: Mapping[str, Any], *, rebalancing_first: bool) -> str | NothingSent | None:
        """Change the service that DescribeServices has described, if it still is as it was then: what was
        read since then took a while. Returns None once ECS has taken it, else a sentence about what it
        refused or did not answer.

        Rebalancing goes first and in a call of its own: ECS refuses the percentages while it is on. AWS does
        not say whether UpdateService keeps what a deployment configuration leaves out, so it is sent whole,
        but for what DescribeServices says of settings that are not there.
        """
        changed = self._changed(service)
        if changed:
            return NothingSent(changed)
        configuration = _said(service.get("deploymentConfiguration") or {})
        configuration |= {"minimumHealthyPercent": 0, "maximumPercent": 100}
        changes: list[dict[str, Any]] = [{"deploymentConfiguration": configuration}]
        if rebalancing_first:
            changes.insert(0, {_REBALANCING: "DISABLED"})
        for done, change in enumerate(changes):
            refused = self._update(service, change)
            if refused:
                after = f" {_REBALANCING} is DISABLED now." if done else ""
                return f"{refused}{after}"
        return None

    def _changed(self, service: Mapping[str, Any]) -> str | None:
        try:
            answer = self._ecs.describe_services(
                cluster=service["clusterArn"], services=[service["serviceName"]], include=["TAGS"]
            )
        except (ClientError, BotoCoreError) as error:
            return f"Just before the change the service could not be read: {type(error).__name__}."
        now = dict(answer["services"][0]) if answer.get("services") else {}
        if _decisive(now) == _decisive(service):
            return None
        return "Just before the change the service was not as it had been."

    def _update(self, service: Mapping[str, Any], change: dict[str, Any]) -> str | None:
        what = f"the change of {next(iter(change))}"
        try:
            self._ecs.update_service(cluster=service["clusterArn"], service=service["serviceName"], **change)
        except ClientError as error:
            message = error.response.get("Error", {}).get("Message", "")[:300]
            return f"ECS refused {what}: {code_of(error)}: {message}."
        except BotoCoreError as error:
            return (
                f"ECS did not answer {what}, so it may have taken effect: {type(error).__name__}: "
                f"{str(error)[:300]}."
            )
        return None


def _decisive(service: Mapping[str, Any]) -> list[Any]:
    deployments = [(item.get("id"), item.get("rolloutState")) for item in service.get("deployments", [])]
    return [deployments, *(service.get(name) for name in _DECISIVE)]


def _said(configuration: Mapping[str, Any]) -> dict[str, Any]:
    """Without a zero bake time, empty hooks and alarms without a name, as DescribeServices may show a service
    that has none: they say nothing, and AWS does not say that UpdateService takes them."""
    nothing = {
        "bakeTimeInMinutes": not configuration.get("bakeTimeInMinutes"),
        "lifecycleHooks": not configuration.get("lifecycleHooks"),
        "alarms": not (configuration.get("alarms") or {}).get("alarmNames"),
    }
    return {name: value for name, value in configuration.items() if not nothing.get(name)}
