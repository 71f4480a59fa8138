"""The tasks of services, and who else uses their directories: read from the same cluster."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from unwedge.observe.definitions import text
from unwedge.observe.reads import ReadError
from unwedge.posture.defined import Definitions
from unwedge.posture.described import Read, Services, parts, told
from unwedge.posture.running import Group, Ran, Running, grouped
from unwedge.posture.shape import Shape
from unwedge.posture.sharing import User, user_of

if TYPE_CHECKING:
    from types_boto3_ecs import ECSClient


class Beside(NamedTuple):
    """The running tasks by service, who else uses their directories, and why not all are known."""

    tasks: Mapping[str, Sequence[Ran]]
    others: Sequence[User] = ()
    tasks_unread: str = ""
    others_unread: str | None = None


class Surroundings:
    """Reads what is beside services. `most` and `definitions_most` bound what is read for one service: so
    many other services, as many running tasks, and task definitions. Never raises."""

    def __init__(
        self,
        ecs: "ECSClient",
        services: Services,
        definitions: Definitions,
        most: int,
        definitions_most: int,
    ) -> None:
        self._services, self._definitions = services, definitions
        self._running = Running(ecs)
        self._most, self._definitions_most = most, definitions_most

    def of_cluster(self, cluster: str, found: Sequence[Read], sharing: Sequence[Read]) -> Beside:
        """With all tasks of the cluster, which also finds those of no service; in a cluster with more than
        can be listed, with those of the services that share something."""
        try:
            ran, why_not = self._running.of_cluster(cluster), None
        except ReadError as error:
            why_not = f"The running tasks of the cluster could not be read: {told(error)}"
            if error.failure.code != "TooLong":
                return Beside({}, users_of(sharing, {}), why_not, why_not)
            own = self._of_services(cluster, [service.shape.name for service in sharing])
            return own._replace(others=users_of(sharing, own.tasks), others_unread=why_not)
        tasks = _by_service(ran)
        described = {(f"service {one.shape.name}", one.revision) for one in found}
        more, why_not = self._looked_at([one for one in grouped(ran) if one[:2] not in described])
        hidden = sum(one.raw is None for one in found)
        if hidden:
            why_not = f"{hidden} of the cluster's services could not be described."
        return Beside(tasks, (*users_of(sharing, tasks), *more), others_unread=why_not)

    def _of_services(self, cluster: str, names: Sequence[str]) -> Beside:
        try:
            return Beside({name: self._running.of_service(cluster, name) for name in names})
        except ReadError as error:
            return Beside({}, tasks_unread=f"The running tasks could not be read: {told(error)}")

    def of_service(self, cluster: str, service: Read) -> Beside:
        """With its own tasks, and as many other services and tasks of the cluster as the limits allow. A
        service that waits for the directory of another may run no task at the moment."""
        name = service.shape.name
        own = self._of_services(cluster, [name])
        try:
            ran, cut = self._running.some(cluster, self._most)
            names = [other for other in self._services.names(cluster) if other != name]
            described = [
                item
                for part in parts(names[: self._most])
                for item in self._services.described(cluster, part)
            ]
        except ReadError as error:
            return own._replace(others_unread=f"The rest of the cluster could not be read: {told(error)}")
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
                why = f"The task definition of {owner} could not be read: {told(error)}"
                continue
            users.append(user_of(owner, Shape("", owner, kept.definition, kept.setups), ran))
        return users, why


def users_of(services: Sequence[Read], tasks: Mapping[str, Sequence[Ran]]) -> tuple[User, ...]:
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
