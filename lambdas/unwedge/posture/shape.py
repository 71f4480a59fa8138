"""The shape of a service: what its deployments depend on, as ECS describes it or as a plan will make it.

A value that is not known is None, and its name in the ECS API stands in `unknown`. Pure.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from unwedge.decide.catalogue.programs import PROGRAMS, program_of
from unwedge.model.service import Deregistration
from unwedge.model.task_definition import ContainerSpec, TaskDefinition
from unwedge.observe.definitions import objects, task_definition, text
from unwedge.posture.backend import Backend, backend_of

Json = Mapping[str, Any]
# Amazon ECS API reference, DeploymentConfiguration: for REPLICA services with the ECS controller.
_MAXIMUM, _MINIMUM = 200, 100
# Amazon ECS Developer Guide, "deployment circuit breaker": half the desired count, within these bounds.
_LEAST_FAILURES, _MOST_FAILURES = 3, 200
_MOST = 2**31
# The tag with which a service asks for its root cause to be mended.
REPAIR_TAG = "unwedge-repair"
_LOCK_OFF = re.compile(r"--storage\.(?:tsdb|agent)\.no-lockfile(?:=true)?(?![\w.=-])")
_AGENT = re.compile(r"--(?:agent|enable-feature[=\s][\w,-]*\bagent)(?![\w.-])")
# What ECS waits for before it starts the containers that depend on one, where that one has to end first.
_ENDED = frozenset({"COMPLETE", "SUCCESS"})


class Breaker(NamedTuple):
    """The deployment circuit breaker. `threshold`: how many failures end the deployment; None where that
    depends on something unknown, or where it is never reached by one service's tasks."""

    enabled: bool
    rollback: bool = False
    threshold: int | None = None


class ContainerSetup(NamedTuple):
    """What a definition says of a container beyond the model. `stop_timeout` and `log_buffer` (bytes) are
    None where they are not set. `lock_off`: its command line tells Prometheus to take no lock; `agent`: to
    run as an agent. `backend`: where its program keeps its data. `program`: the one whose option names the
    data directory, where the image is not known. `ends_first`: others start only when it has ended. No
    variable is kept."""

    name: str
    stop_timeout: int | None = None
    log_mode: str | None = None
    log_buffer: str | None = None
    log_joins: bool = False
    lock_off: bool = False
    agent: bool = False
    backend: Backend = Backend.HERE
    program: str = ""
    ends_first: bool = False


@dataclass(frozen=True, slots=True)
class Shape:
    """A service. `desired`, `minimum` and `maximum` are desiredCount, minimumHealthyPercent and
    maximumPercent. `ebs`: names of the volumes that ECS makes anew for each task. `settled`: it has one
    deployment, which is COMPLETED, and all its tasks run."""

    cluster: str
    name: str
    definition: TaskDefinition | None
    setups: tuple[ContainerSetup, ...] = ()
    desired: int | None = None
    minimum: int | None = None
    maximum: int | None = None
    rebalancing: bool | None = None
    strategy: str | None = None
    controller: str | None = None
    scheduling: str | None = None
    fargate: bool | None = None
    breaker: Breaker | None = None
    hooks: tuple[str, ...] = ()
    balancers: tuple[str, ...] = ()
    deregistration: Deregistration | None = None
    exec_enabled: bool | None = None
    propagates_tags: bool | None = None
    ebs: tuple[str, ...] = ()
    mode_tag: str | None = None
    repair_tag: str | None = None
    settled: bool = False
    unknown: frozenset[str] = frozenset()

    @property
    def family(self) -> str:
        """The task definition's family."""
        arn = self.definition.arn if self.definition else ""
        return arn.rsplit("/", 1)[-1].partition(":")[0]

    @property
    def revision(self) -> str:
        """Family and revision."""
        return self.definition.arn.rsplit("/", 1)[-1] if self.definition else ""

    def setup(self, name: str) -> ContainerSetup:
        """What the definition says of a container beyond the model."""
        return next((setup for setup in self.setups if setup.name == name), ContainerSetup(name))

    @property
    def containers(self) -> tuple[ContainerSpec, ...]:
        """The containers of its task definition."""
        return self.definition.containers if self.definition else ()


def shape_of(
    service: Json,
    definition: Json | None,
    *,
    unknown: Collection[str] = (),
    deregistration: Deregistration | None = None,
) -> Shape:
    """The shape of a service as DescribeServices (with its tags) and DescribeTaskDefinition describe it.
    `unknown` has dotted names, such as deploymentConfiguration.maximumPercent, whose value cannot be known.

    Raises KeyError, TypeError or ValueError for what is no such answer.
    """
    service, hidden = _object(service), frozenset(unknown)
    definition = None if definition is None else _object(definition)
    settings = _object(service.get("deploymentConfiguration"))
    tags = {item.get("key"): item.get("value") for item in objects(service.get("tags"))}
    scheduling = _known("schedulingStrategy", hidden, text(service.get("schedulingStrategy")) or "REPLICA")
    desired = _known("desiredCount", hidden, _whole(service.get("desiredCount")))
    daemon = scheduling == "DAEMON"
    return Shape(
        cluster=text(service.get("clusterArn")) or "",
        name=text(service.get("serviceName")) or "",
        definition=task_definition(definition) if definition else None,
        setups=_setups(definition or {}),
        desired=desired,
        minimum=_percent("minimumHealthyPercent", settings, hidden, 0 if daemon else _MINIMUM),
        maximum=_percent("maximumPercent", settings, hidden, 100 if daemon else _MAXIMUM),
        rebalancing=_known(
            "availabilityZoneRebalancing", hidden, _rebalancing(service.get("availabilityZoneRebalancing"))
        ),
        strategy=_known(
            "deploymentConfiguration.strategy", hidden, text(settings.get("strategy")) or "ROLLING"
        ),
        controller=_known(
            "deploymentController",
            hidden,
            text(_object(service.get("deploymentController")).get("type")) or "ECS",
        ),
        scheduling=scheduling,
        fargate=_known("launchType", hidden, _fargate(service)),
        breaker=_known(
            "deploymentConfiguration.deploymentCircuitBreaker", hidden, _breaker(settings, desired)
        ),
        hooks=tuple(
            text(hook.get("targetType")) or text(hook.get("hookTargetArn")) or "a hook"
            for hook in objects(settings.get("lifecycleHooks"))
        ),
        balancers=tuple(
            found
            for item in objects(service.get("loadBalancers"))
            if (found := text(item.get("targetGroupArn")) or text(item.get("loadBalancerName")))
        ),
        deregistration=deregistration,
        exec_enabled=_known("enableExecuteCommand", hidden, service.get("enableExecuteCommand") is True),
        propagates_tags=_known(
            "propagateTags", hidden, service.get("propagateTags") in ("SERVICE", "TASK_DEFINITION")
        ),
        ebs=_ebs(service),
        mode_tag=text(tags.get("unwedge")),
        repair_tag=text(tags.get(REPAIR_TAG)),
        settled=_settled(service),
        unknown=hidden,
    )


def _object(value: object) -> Json:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise TypeError(f"an object is expected, not {type(value).__name__}")
    return value


def _known(name: str, unknown: frozenset[str], value: Any) -> Any:
    """None for a value whose name is unknown, or the name of what contains it or of a part of it."""
    hides = any(f"{name}.".startswith(f"{one}.") or one.startswith(f"{name}.") for one in unknown)
    return None if hides else value


def _whole(value: object) -> int | None:
    """A whole number of a size that ECS knows."""
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if abs(value) <= _MOST else None


def _percent(name: str, settings: Json, unknown: frozenset[str], default: int) -> int | None:
    """The default where it is not set; what is no number is not known."""
    found = settings.get(name)
    value = _known(f"deploymentConfiguration.{name}", unknown, default if found is None else _whole(found))
    return None if value is None else int(value)


def _rebalancing(value: object) -> bool | None:
    return {"ENABLED": True, "DISABLED": False}.get(str(value))


def _fargate(service: Json) -> bool | None:
    launch = text(service.get("launchType"))
    if launch:
        return launch == "FARGATE"
    providers = {item.get("capacityProvider") for item in objects(service.get("capacityProviderStrategy"))}
    return providers <= {"FARGATE", "FARGATE_SPOT"} if providers else None


def _breaker(settings: Json, desired: int | None) -> Breaker:
    found = _object(settings.get("deploymentCircuitBreaker"))
    if found.get("enable") is not True:
        return Breaker(enabled=False)
    return Breaker(True, found.get("rollback") is True, _threshold(found, desired))


def _threshold(breaker: Json, desired: int | None) -> int | None:
    wanted = _object(breaker.get("thresholdConfiguration"))
    kind, value = wanted.get("type"), _whole(wanted.get("value"))
    if kind == "COUNT" and value:
        return value
    if desired is None:
        return None
    share = -(-desired * (value or 50) // 100)
    if kind == "UNBOUNDED_PERCENT":
        return max(1, share)
    return min(max(_LEAST_FAILURES, share), _MOST_FAILURES)


def _ebs(service: Json) -> tuple[str, ...]:
    """Volumes that ECS makes for each task: of the service in plans, of its deployments in answers."""
    deployments = [item for item in objects(service.get("deployments")) if item.get("status") == "PRIMARY"]
    return tuple(
        name
        for place in (service, *deployments)
        for item in objects(place.get("volumeConfigurations"))
        if item.get("managedEBSVolume") and (name := text(item.get("name")))
    )


def _settled(service: Json) -> bool:
    deployments = objects(service.get("deployments"))
    counts = {service.get(key) for key in ("desiredCount", "runningCount")}
    one = len(deployments) == 1 and deployments[0].get("rolloutState") == "COMPLETED"
    return one and len(counts) == 1 and service.get("pendingCount") == 0


def _setups(definition: Json) -> tuple[ContainerSetup, ...]:
    containers = objects(definition.get("containerDefinitions"))
    waited_for = {
        text(other.get("containerName"))
        for item in containers
        for other in objects(item.get("dependsOn"))
        if other.get("condition") in _ENDED
    }
    return tuple(_setup(item, ends_first=text(item.get("name")) in waited_for) for item in containers)


def _setup(data: Json, *, ends_first: bool) -> ContainerSetup:
    log = data.get("logConfiguration")
    log = log if isinstance(log, Mapping) else {}
    options = log.get("options")
    options = options if isinstance(options, Mapping) else {}
    words = [item for key in ("entryPoint", "command") for item in _words(data.get(key))]
    known = program_of(text(data.get("image")) or "")
    return ContainerSetup(
        text(data.get("name")) or "",
        stop_timeout=_whole(data.get("stopTimeout")),
        log_mode=text(options.get("mode")),
        log_buffer=text(options.get("max-buffer-size")),
        log_joins=any(key in options for key in ("awslogs-multiline-pattern", "awslogs-datetime-format")),
        lock_off=any(_LOCK_OFF.search(word) for word in words),
        agent=any(_AGENT.search(word) for word in words),
        backend=_backend(data, known.program, words) if known else Backend.HERE,
        program=known.program if known else _program_by_option(words),
        ends_first=ends_first,
    )


def _backend(data: Json, program: str, words: list[str]) -> Backend:
    named = {key: objects(data.get(key)) for key in ("environment", "secrets", "mountPoints")}
    return backend_of(
        program,
        {name: item.get("value") for item in named["environment"] if (name := text(item.get("name")))},
        {name for item in named["secrets"] if (name := text(item.get("name")))},
        words,
        {path for item in named["mountPoints"] if (path := text(item.get("containerPath")))},
    )


def _program_by_option(words: list[str]) -> str:
    """The program that alone has an option of the command line."""
    parts = {part.partition("=")[0].strip("\"'") for word in words for part in word.split()}
    return next((entry.program for entry in PROGRAMS if parts & set(entry.flags)), "")


def _words(value: object) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list | tuple) else []
