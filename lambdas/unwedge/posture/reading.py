"""The facts of services, read from AWS for an audit: of one service, or of a whole cluster.

A cluster of 1,000 services takes 10 ListServices, 100 DescribeServices and one DescribeTaskDefinition for
each revision that was not read before. Tasks, load balancers and neighbours are looked at only where a
service can write where another task can. What could not be read of one service stands in its facts, and the
others are read all the same.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from unwedge.model.service import Deregistration
from unwedge.model.settings import Settings
from unwedge.observe import parse
from unwedge.observe.balancers import Balancers
from unwedge.observe.definitions import objects, text
from unwedge.observe.reads import NOT_THERE, ReadError, read, read_all, understood
from unwedge.posture.course import course_of
from unwedge.posture.defined import Definitions
from unwedge.posture.facts import Facts
from unwedge.posture.running import Group, Ran, Running, grouped, setup_of
from unwedge.posture.shape import Shape, shape_of
from unwedge.posture.sharing import User, neighbours_of, user_of

if TYPE_CHECKING:
    from types_boto3_ecs import ECSClient

_SERVICES = 10  # DescribeServices takes ten names
_PAGE = 100  # the most that ListServices answers at a time
_CALL = "ecs:DescribeServices"


class _Read(NamedTuple):
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


class _Beside(NamedTuple):
    """The running tasks by service, who else uses their directories, and why not all are known."""

    tasks: Mapping[str, Sequence[Ran]]
    others: Sequence[User] = ()
    tasks_unread: str = ""
    others_unread: str | None = None


class PostureReads:
    """Reads facts. `balancers` makes a client of Elastic Load Balancing, for the few services that need it.
    `most` and `definitions`: among how many services, as many running tasks, and task definitions the
    neighbours of one service are looked for."""

    def __init__(
        self,
        ecs: "ECSClient",
        balancers: Callable[[], Any],
        *,
        most: int = 400,
        definitions: int = 60,
    ) -> None:
        self._ecs = ecs
        self._balancers = Balancers(balancers)
        self._definitions = Definitions(ecs)
        self._running = Running(ecs)
        self._most, self._definitions_most = most, definitions

    def names(self, cluster: str) -> list[str]:
        """The services of a cluster by name, sorted. Raises ReadError, also for a cluster that is missing."""
        arns = read_all(
            "ecs:ListServices", self._ecs.list_services, "serviceArns", cluster=cluster, maxResults=_PAGE
        )
        return sorted(str(arn).rsplit("/", 1)[-1] for arn in arns)

    def cluster(self, cluster_arn: str, now: datetime, settings: Settings) -> list[Facts]:
        """Every active service of a cluster, in the order of their names. Raises ReadError where the services
        cannot be listed."""
        found = [
            service
            for part in _parts(self.names(cluster_arn))
            for item in self._some(cluster_arn, part)
            if (service := item if isinstance(item, _Read) else self._read(item))
        ]
        sharing = [service for service in found if service.shares]
        beside = self._of_cluster(cluster_arn, found, sharing) if sharing else _Beside({})
        return [self._facts(service, beside, now, settings) for service in found]

    def service(self, cluster_arn: str, name: str, now: datetime, settings: Settings) -> Facts | None:
        """One service; None where there is none that is active. Raises ReadError where it cannot be
        described."""
        try:
            answer = self._described(cluster_arn, [name])
        except ReadError as error:
            if error.failure.code in NOT_THERE:
                return None
            raise
        found = [service for item in answer if (service := self._read(item))]
        if not found:
            return None
        beside = self._of_service(cluster_arn, found[0]) if found[0].shares else _Beside({})
        return self._facts(found[0], beside, now, settings)

    def _some(self, cluster: str, names: list[str]) -> list[Mapping[str, Any] | _Read]:
        """As many services as one call takes; where it is refused, all of them unread."""
        try:
            return [*self._described(cluster, names)]
        except ReadError as error:
            why = f"The service could not be read: {_told(error)}"
            return [_Read(Shape(cluster, name, None), unread=(why,)) for name in names]

    def _described(self, cluster: str, names: list[str]) -> list[Mapping[str, Any]]:
        """In the order of the names, which ECS does not promise."""
        answer = read(_CALL, self._ecs.describe_services, cluster=cluster, services=names, include=["TAGS"])
        found = objects(answer.get("services"))
        return sorted(found, key=lambda item: str(item.get("serviceName", "")))

    def _read(self, item: Mapping[str, Any]) -> _Read | None:
        """A described service; None for one that is not active, or was deleted while it was read."""
        if item.get("status") != "ACTIVE":
            return None
        name, cluster = text(item.get("serviceName")) or "", text(item.get("clusterArn")) or ""
        try:
            shape = understood(_CALL, lambda answer: shape_of(answer, None), item)
        except ReadError as error:
            return _Read(
                Shape(cluster, name, None), unread=(f"The service could not be read: {_told(error)}",)
            )
        arn = text(item.get("taskDefinition"))
        if arn is None:
            return _Read(shape, item, (_without_definition(shape),))
        try:
            kept = self._definitions.get(arn)
        except ReadError as error:
            return _Read(shape, item, (f"Its task definition could not be read: {_told(error)}",))
        return _Read(replace(shape, definition=kept.definition, setups=kept.setups), item)

    def _of_cluster(self, cluster: str, found: Sequence[_Read], sharing: Sequence[_Read]) -> _Beside:
        """With all tasks of the cluster, which also finds those of no service; in a cluster with more than
        can be listed, with those of the services that share something."""
        try:
            ran, why_not = self._running.of_cluster(cluster), None
        except ReadError as error:
            why_not = f"The running tasks of the cluster could not be read: {_told(error)}"
            if error.failure.code != "TooLong":
                return _Beside({}, _users(sharing, {}), why_not, why_not)
            own = self._of_services(cluster, [service.shape.name for service in sharing])
            return own._replace(others=_users(sharing, own.tasks), others_unread=why_not)
        tasks = _by_service(ran)
        described = {(f"service {one.shape.name}", one.revision) for one in found}
        more, why_not = self._looked_at([one for one in grouped(ran) if one[:2] not in described])
        return _Beside(tasks, (*_users(sharing, tasks), *more), others_unread=why_not)

    def _of_services(self, cluster: str, names: Sequence[str]) -> _Beside:
        try:
            return _Beside({name: self._running.of_service(cluster, name) for name in names})
        except ReadError as error:
            return _Beside({}, tasks_unread=f"The running tasks could not be read: {_told(error)}")

    def _of_service(self, cluster: str, service: _Read) -> _Beside:
        """With its own tasks, and as many other services and tasks of the cluster as the limits allow. A
        service that waits for the directory of another may run no task at the moment."""
        name = service.shape.name
        own = self._of_services(cluster, [name])
        try:
            ran, cut = self._running.some(cluster, self._most)
            names = [other for other in self.names(cluster) if other != name]
            described = [
                item for part in _parts(names[: self._most]) for item in self._described(cluster, part)
            ]
        except ReadError as error:
            return own._replace(others_unread=f"The rest of the cluster could not be read: {_told(error)}")
        if len(names) > self._most:
            cut = f"Of the {len(names)} other services of the cluster, {self._most} were looked at."
        tasks = _by_service(ran)
        wanted: dict[tuple[str, str], Sequence[Ran]] = {
            (f"service {other}", arn): tasks.get(other, [])
            for item in described
            if (other := str(item.get("serviceName"))) in tasks or item.get("desiredCount") != 0
            if item.get("status") == "ACTIVE" and (arn := text(item.get("taskDefinition")))
        }
        mine = {one.task.arn for one in own.tasks.get(name, ())}
        for owner, arn, those in grouped([one for one in ran if one.task.arn not in mine]):
            if owner != f"service {name}":
                wanted.setdefault((owner, arn), those)
        others, why_not = self._looked_at([(*key, those) for key, those in wanted.items()])
        return own._replace(others=others, others_unread=cut or why_not)

    def _looked_at(self, candidates: Sequence[Group]) -> tuple[list[User], str | None]:
        """Where these write. A definition is read once for all that have it."""
        wanted = list(dict.fromkeys(arn for _, arn, _ in candidates))
        users, why = [], None
        if len(wanted) > self._definitions_most:
            why = (
                f"Of the {len(wanted)} task definitions of the rest of the cluster, {self._definitions_most} "
                "were looked at."
            )
        for owner, arn, ran in candidates:
            if arn not in wanted[: self._definitions_most]:
                continue
            try:
                kept = self._definitions.get(arn)
            except ReadError as error:
                why = f"The task definition of {owner} could not be read: {_told(error)}"
                continue
            users.append(user_of(owner, Shape("", owner, kept.definition, kept.setups), ran))
        return users, why

    def _facts(self, service: _Read, beside: _Beside, now: datetime, settings: Settings) -> Facts:
        shape, mode = service.shape, settings.mode_of(service.shape.mode_tag)
        if not service.shares:
            return Facts(shape, now, mode, unread=service.unread)
        tasks = beside.tasks.get(shape.name, ())
        own = user_of(f"service {shape.name}", shape, tasks)
        late = (beside.tasks_unread,) if beside.tasks_unread else ()
        return Facts(
            replace(shape, deregistration=self._deregistration(service)),
            now,
            mode,
            tasks=tuple(setup_of(one) for one in tasks),
            neighbours=neighbours_of(own, beside.others),
            unread=(*service.unread, *late),
            others_unread=beside.others_unread,
        )

    def _deregistration(self, service: _Read) -> Deregistration | None:
        if service.raw is None or not service.shape.balancers:
            return None
        return self._balancers.deregistration(understood(_CALL, parse.service, service.raw))


def _told(error: ReadError) -> str:
    """As the end of a sentence."""
    return f"{str(error).rstrip('. ')}."


def _parts(names: Sequence[str]) -> Iterator[list[str]]:
    """As many as DescribeServices takes."""
    for start in range(0, len(names), _SERVICES):
        yield list(names[start : start + _SERVICES])


def _users(services: Sequence[_Read], tasks: Mapping[str, Sequence[Ran]]) -> tuple[User, ...]:
    """The services that use a directory: one that is scaled to 0 uses none."""
    return tuple(
        user_of(f"service {shape.name}", shape, tasks.get(shape.name, ()))
        for shape in (service.shape for service in services)
        if shape.desired != 0 or tasks.get(shape.name)
    )


def _by_service(ran: Sequence[Ran]) -> dict[str, list[Ran]]:
    found: dict[str, list[Ran]] = {}
    for one in ran:
        if one.service:
            found.setdefault(one.service, []).append(one)
    return found


def _without_definition(shape: Shape) -> str:
    how = f" (deployment controller {shape.controller})" if shape.controller else ""
    return f"The service has no task definition of its own{how}: its task sets have them."
