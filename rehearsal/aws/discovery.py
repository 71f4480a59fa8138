"""Cloud Map as ECS keeps it: the running tasks of a service are registered with their addresses."""

from collections.abc import Iterable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from rehearsal.aws.emulator import Emulator
from rehearsal.ecs.records import TaskRecord
from rehearsal.programs.sessions.image import Image

_VPC = "vpc-0a1b2c3d"
_GONE = frozenset({"STOPPED", "DEPROVISIONING", "STOPPING", "DEACTIVATING"})


class Discovery:
    """Makes Cloud Map services in the emulator and registers tasks with them; `image` resolves their
    names inside the tasks. `failures` collects what went wrong."""

    def __init__(self, emulator: Emulator, image: Image) -> None:
        self._client: Any = emulator.client("servicediscovery")
        self._image = image
        self._services: dict[str, tuple[str, str]] = {}
        self._addresses: dict[str, dict[str, str]] = {}
        self.failures: list[str] = []

    def make(self, service: str, dns_name: str) -> str:
        """A Cloud Map service with this DNS name for an ECS service; its ARN."""
        name, _, namespace = dns_name.partition(".")
        created = self._client.create_service(
            Name=name,
            NamespaceId=self._namespace(namespace),
            DnsConfig={"RoutingPolicy": "MULTIVALUE", "DnsRecords": [{"Type": "A", "TTL": 10}]},
        )["Service"]
        self._services[service] = (created["Id"], dns_name)
        self._addresses[service] = {}
        arn: str = created["Arn"]
        return arn

    def _namespace(self, name: str) -> str:
        found = [item for item in self._client.list_namespaces()["Namespaces"] if item["Name"] == name]
        if not found:
            self._client.create_private_dns_namespace(Name=name, Vpc=_VPC)
            found = [item for item in self._client.list_namespaces()["Namespaces"] if item["Name"] == name]
        namespace: str = found[0]["Id"]
        return namespace

    def running(self, tasks: Iterable[TaskRecord]) -> None:
        """Register what runs already."""
        for task in tasks:
            if task.last_status == "RUNNING":
                self._register(task.service, task.id, task.address)

    def observe(self, event: Mapping[str, Any]) -> None:
        """Follow a task's state, by an event of ECS."""
        detail: dict[str, Any] = event.get("detail", {})
        service = str(detail.get("group", "")).removeprefix("service:")
        if service not in self._services or "taskArn" not in detail:
            return
        task = str(detail["taskArn"]).rsplit("/", 1)[-1]
        if detail.get("desiredStatus") == "STOPPED" or detail.get("lastStatus") in _GONE:
            self._deregister(service, task)
        elif detail.get("lastStatus") == "RUNNING":
            address = next(
                (
                    item["value"]
                    for attachment in detail.get("attachments", [])
                    for item in attachment.get("details", [])
                    if item.get("name") == "privateIPv4Address"
                ),
                None,
            )
            if address:
                self._register(service, task, address)

    def _register(self, service: str, task: str, address: str) -> None:
        if service not in self._services or task in self._addresses[service]:
            return
        self._addresses[service][task] = address
        self._tell(
            self._client.register_instance,
            service,
            InstanceId=task,
            Attributes={"AWS_INSTANCE_IPV4": address},
        )

    def _deregister(self, service: str, task: str) -> None:
        if self._addresses[service].pop(task, None):
            self._tell(self._client.deregister_instance, service, InstanceId=task)

    def _tell(self, call: Any, service: str, **params: Any) -> None:
        try:
            call(ServiceId=self._services[service][0], **params)
        except ClientError as error:
            self.failures.append(f"Cloud Map: {error}")
        names = {
            name: address
            for known, (_, name) in self._services.items()
            for address in self._addresses[known].values()
        }
        self._image.resolve(names)
