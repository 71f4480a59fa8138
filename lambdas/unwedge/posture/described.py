"""The services of a cluster as ECS describes them, with their task definitions."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from unwedge.observe.definitions import objects, text
from unwedge.observe.reads import ReadError, read, read_all, understood
from unwedge.posture.course import course_of
from unwedge.posture.defined import Definitions
from unwedge.posture.shape import Shape, shape_of

if TYPE_CHECKING:
    from types_boto3_ecs import ECSClient

DESCRIBE_SERVICES = "ecs:DescribeServices"
_AT_MOST = 10  # DescribeServices takes ten names
_PAGE = 100  # the most that ListServices answers at a time


class Read(NamedTuple):
    """A service. `raw`: as ECS describes it, None where that could not be read."""

    shape: Shape
    raw: Mapping[str, Any] | None = None
    unread: tuple[str, ...] = ()

    @property
    def revision(self) -> str:
        """The ARN of its task definition; empty where that is not known."""
        return self.shape.definition.arn if self.shape.definition else ""

    @property
    def shares(self) -> bool:
        """Whether it can write where another task can."""
        return bool(course_of(self.shape).stores)


class Services:
    """Reads services. A task definition is read once."""

    def __init__(self, ecs: "ECSClient", definitions: Definitions) -> None:
        self._ecs = ecs
        self._definitions = definitions

    def names(self, cluster: str) -> list[str]:
        """The services of a cluster by name, sorted. Raises ReadError, also for a cluster that is missing."""
        arns = read_all(
            "ecs:ListServices", self._ecs.list_services, "serviceArns", cluster=cluster, maxResults=_PAGE
        )
        return sorted(str(arn).rsplit("/", 1)[-1] for arn in arns)

    def all(self, cluster: str) -> list[Read]:
        """Every active service of a cluster, by name. Raises ReadError where they cannot be listed; one that
        cannot be described is there without a shape."""
        return [
            service
            for part in parts(self.names(cluster))
            for item in self._some(cluster, part)
            if (service := item if isinstance(item, Read) else self.read(item))
        ]

    def _some(self, cluster: str, names: list[str]) -> list[Mapping[str, Any] | Read]:
        """As many services as one call takes; where it is refused, all of them unread."""
        try:
            return [*self.described(cluster, names)]
        except ReadError as error:
            why = f"The service could not be read: {told(error)}"
            return [Read(Shape(cluster, name, None), unread=(why,)) for name in names]

    def described(self, cluster: str, names: list[str]) -> list[Mapping[str, Any]]:
        """In the order of the names, which ECS does not promise."""
        answer = read(
            DESCRIBE_SERVICES, self._ecs.describe_services, cluster=cluster, services=names, include=["TAGS"]
        )
        found = objects(answer.get("services"))
        return sorted(found, key=lambda item: str(item.get("serviceName", "")))

    def read(self, item: Mapping[str, Any]) -> Read | None:
        """A described service; None for one that is not active, or was deleted while it was read."""
        if item.get("status") != "ACTIVE":
            return None
        name, cluster = text(item.get("serviceName")) or "", text(item.get("clusterArn")) or ""
        try:
            shape = understood(DESCRIBE_SERVICES, lambda answer: shape_of(answer, None), item)
        except ReadError as error:
            return Read(Shape(cluster, name, None), unread=(f"The service could not be read: {told(error)}",))
        arn = text(item.get("taskDefinition"))
        if arn is None:
            return Read(shape, item, (_without_definition(shape),))
        try:
            kept = self._definitions.get(arn)
        except ReadError as error:
            return Read(shape, item, (f"Its task definition could not be read: {told(error)}",))
        return Read(replace(shape, definition=kept.definition, setups=kept.setups), item)


def told(error: ReadError) -> str:
    """As the end of a sentence."""
    return f"{str(error).rstrip('. ')}."


def parts(names: Sequence[str]) -> Iterator[list[str]]:
    """As many as DescribeServices takes."""
    for start in range(0, len(names), _AT_MOST):
        yield list(names[start : start + _AT_MOST])


def _without_definition(shape: Shape) -> str:
    how = f" (deployment controller {shape.controller})" if shape.controller else ""
    return f"The service has no task definition of its own{how}: its task sets have them."
