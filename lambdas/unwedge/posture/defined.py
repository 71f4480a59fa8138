"""Task definitions as an audit needs them, read once each: they never change."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from unwedge.model.task_definition import TaskDefinition
from unwedge.observe.definitions import launches
from unwedge.observe.reads import read, understood
from unwedge.posture.shape import ContainerSetup, shape_of

if TYPE_CHECKING:
    from types_boto3_ecs import ECSClient

_CALL = "ecs:DescribeTaskDefinition"


class Defined(NamedTuple):
    """What is kept of a task definition. Containers that start alike have the same mark."""

    definition: TaskDefinition
    setups: tuple[ContainerSetup, ...]


class Definitions:
    """The task definitions read so far. No environment and no command line is kept; the digests that tell
    which containers start alike cover the environment, and stay in memory."""

    def __init__(self, ecs: "ECSClient") -> None:
        self._ecs = ecs
        self._kept: dict[str, Defined] = {}
        self._first: dict[str, str] = {}

    def get(self, arn: str) -> Defined:
        """One of them. Raises ReadError."""
        if arn not in self._kept:
            answer = read(_CALL, self._ecs.describe_task_definition, taskDefinition=arn)
            self._kept[arn] = understood(_CALL, self._defined, answer["taskDefinition"])
        return self._kept[arn]

    def _defined(self, found: Mapping[str, Any]) -> Defined:
        shape, digests = shape_of({}, found), launches(found)
        if shape.definition is None:
            raise ValueError("it is empty")
        revision = shape.definition.arn.rsplit("/", 1)[-1]
        containers = tuple(
            replace(spec, launch=self._first.setdefault(digests[spec.name], f"{revision}/{spec.name}"))
            for spec in shape.containers
        )
        return Defined(replace(shape.definition, containers=containers), shape.setups)
