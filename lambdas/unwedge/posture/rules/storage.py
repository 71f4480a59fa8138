"""Rules about where the store lies."""

from collections.abc import Iterator

from unwedge.decide.catalogue.entry import OnHeld
from unwedge.model.posture import Finding, FindingKind, Severity, Step, StepKind
from unwedge.model.task_definition import Storage
from unwedge.posture.course import Course, Store
from unwedge.posture.facts import Facts

# prometheus.io, "Storage": "NFS filesystems (including AWS's EFS) are not supported."
_WAYS_OUT = (
    "Send the data elsewhere: remote_write to Amazon Managed Service for Prometheus, Mimir, Thanos Receive "
    "or VictoriaMetrics, with agent mode (--agent) in the task. It takes a workspace and a role with "
    "aps:RemoteWrite; a short local write-ahead log is all that the task then keeps.",
    "Or keep blocks in S3 with a Thanos sidecar: the task still needs a local disk for two hours of data, "
    "and a bucket, a store gateway and a querier are to be run.",
    "Or run it on an EC2 instance with an EBS volume that is attached by you. An EBS volume that ECS manages "
    "for a service is no way out: ECS deletes it with the task.",
)


def storage(facts: Facts, course: Course) -> Iterator[Finding]:
    """Shared directories, file systems that the program does not support, and disks that go with the task."""
    for store in course.stores:
        yield from _shared(facts, store)
        yield from _unsupported(store)
    yield from _ebs(facts)


def _shared(facts: Facts, store: Store) -> Iterator[Finding]:
    others = [other for other in facts.neighbours if other.lock == str(store.lock)]
    if not others or store.on_held is OnHeld.SHARES:
        return
    names = ", ".join(other.name for other in others[:5])
    more = f" and {len(others) - 5} more" if len(others) > 5 else ""
    both = store.on_held is OnHeld.WRITES
    result = "both write to it" if both else "only one of them can have it at a time"
    yield Finding(
        FindingKind.SHARED_DIRECTORY,
        Severity.CRITICAL if both else Severity.HIGH,
        f"Container {store.spec.name} shares its directory, {store.lock}, with {names}{more}: {result}.",
        (
            Step(
                StepKind.ADVICE,
                text="Give each service a directory of its own: an EFS access point for each, or another "
                "rootDirectory.",
            ),
        ),
    )


def _unsupported(store: Store) -> Iterator[Finding]:
    if store.program != "Prometheus" or store.lock.storage is not Storage.NETWORK:
        return
    yield Finding(
        FindingKind.UNSUPPORTED_STORE,
        Severity.LOW,
        "Prometheus supports no NFS, EFS included (Prometheus documentation, Storage): a lost connection can "
        "damage its data, whatever the deployments do.",
        tuple(Step(StepKind.ADVICE, text=text) for text in _WAYS_OUT),
    )


def _ebs(facts: Facts) -> Iterator[Finding]:
    """Amazon ECS Developer Guide: EBS volumes of service tasks are always deleted with the task."""
    if not facts.shape.ebs:
        return
    yield Finding(
        FindingKind.EBS_VOLUME,
        Severity.HIGH,
        f"ECS makes the EBS volume {', '.join(facts.shape.ebs)} anew for each task of the service and "
        "deletes it with the task: what is kept there is lost at every deployment.",
        (
            Step(
                StepKind.ADVICE,
                text="Keep on it only what may be lost. For data that has to stay, use EFS or a service that "
                "stores it outside the task.",
            ),
        ),
    )
