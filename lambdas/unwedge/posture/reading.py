"""The facts of services, read from AWS for an audit: of one service, or of a whole cluster.

A cluster of 1,000 services takes 10 ListServices, 100 DescribeServices and one DescribeTaskDefinition for
each revision that was not read before. Tasks, load balancers and neighbours are looked at only where a
service can write where another task can. What could not be read of one service stands in its facts, and the
others are read all the same.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from unwedge.model.service import Deregistration
from unwedge.model.settings import Settings
from unwedge.observe import parse
from unwedge.observe.balancers import Balancers
from unwedge.observe.reads import NOT_THERE, ReadError, understood
from unwedge.posture.beside import Beside, Surroundings
from unwedge.posture.defined import Definitions
from unwedge.posture.described import DESCRIBE_SERVICES, Read, Services
from unwedge.posture.facts import Facts
from unwedge.posture.running import setup_of
from unwedge.posture.sharing import neighbours_of, user_of

if TYPE_CHECKING:
    from types_boto3_ecs import ECSClient


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
        kept = Definitions(ecs)
        self._services = Services(ecs, kept)
        self._surroundings = Surroundings(ecs, self._services, kept, most, definitions)
        self._balancers = Balancers(balancers)

    def names(self, cluster: str) -> list[str]:
        """The services of a cluster by name, sorted. Raises ReadError, also for a cluster that is missing."""
        return self._services.names(cluster)

    def cluster(self, cluster_arn: str, now: datetime, settings: Settings) -> list[Facts]:
        """Every active service of a cluster, in the order of their names. Raises ReadError where the services
        cannot be listed."""
        found = self._services.all(cluster_arn)
        sharing = [service for service in found if service.shares]
        beside = self._surroundings.of_cluster(cluster_arn, found, sharing) if sharing else Beside({})
        return [self._facts(service, beside, now, settings) for service in found]

    def service(self, cluster_arn: str, name: str, now: datetime, settings: Settings) -> Facts | None:
        """One service; None where there is none that is active. Raises ReadError where it cannot be
        described."""
        found = self.with_answer(cluster_arn, name, now, settings)
        return found[0] if found else None

    def with_answer(
        self, cluster_arn: str, name: str, now: datetime, settings: Settings
    ) -> tuple[Facts, Mapping[str, Any]] | None:
        """The same, with the answer of DescribeServices that it was read from; empty where that could not be
        understood."""
        try:
            answer = self._services.described(cluster_arn, [name])
        except ReadError as error:
            if error.failure.code in NOT_THERE:
                return None
            raise
        found = [service for item in answer if (service := self._services.read(item))]
        if not found:
            return None
        beside = self._surroundings.of_service(cluster_arn, found[0]) if found[0].shares else Beside({})
        return self._facts(found[0], beside, now, settings), found[0].raw or {}

    def _facts(self, service: Read, beside: Beside, now: datetime, settings: Settings) -> Facts:
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

    def _deregistration(self, service: Read) -> Deregistration | None:
        if service.raw is None or not service.shape.balancers:
            return None
        return self._balancers.deregistration(understood(DESCRIBE_SERVICES, parse.service, service.raw))
