"""The outlook: what a deployment will do to the store of each container that shares one. Pure."""

from typing import NamedTuple

from unwedge.decide.catalogue.entry import Entry, OnHeld
from unwedge.decide.catalogue.programs import program_of
from unwedge.decide.grips import may_take
from unwedge.decide.lock import Lock, lock_of
from unwedge.model.posture import Outlook
from unwedge.model.service import Task
from unwedge.model.task_definition import ContainerSpec, Storage
from unwedge.posture.moves import Moves, moves
from unwedge.posture.shape import Shape

# Programs that keep nothing in their directory when these variables name a database elsewhere.
_ELSEWHERE = {
    "Grafana with SQLite": frozenset({"GF_DATABASE_URL", "GF_DATABASE_HOST", "GF_DATABASE_TYPE"}),
    "Uptime Kuma": frozenset({"UPTIME_KUMA_DB_HOSTNAME", "UPTIME_KUMA_DB_TYPE"}),
}


class Store(NamedTuple):
    """A container that can write where another task's can. `on_held` is None where nobody knows its program;
    `program` is what to call it."""

    spec: ContainerSpec
    lock: Lock
    entry: Entry | None
    on_held: OnHeld | None
    program: str
    outlook: Outlook

    @property
    def writer(self) -> str:
        """Its program and its container, for a sentence."""
        container = f"container {self.spec.name}"
        return container if self.program == container else f"{self.program} in {container}"

    @property
    def locks(self) -> bool:
        """Whether its program is known to end when it cannot take its lock."""
        return self.on_held is OnHeld.EXITS


class Course(NamedTuple):
    """How a deployment goes. `stores`: the worst first."""

    outlook: Outlook
    moves: Moves
    stores: tuple[Store, ...] = ()

    @property
    def worst(self) -> Store | None:
        """The store that decides the outlook."""
        return self.stores[0] if self.stores else None


def course_of(shape: Shape) -> Course:
    """What a deployment of this service does to its stores."""
    first = moves(shape)
    if shape.definition is None:
        return Course(Outlook.UNKNOWN, first)
    order = list(Outlook)
    found = sorted(_stores(shape, first), key=lambda store: order.index(store.outlook))
    return Course(found[0].outlook if found else Outlook.NOT_SHARED, first, tuple(found))


def _stores(shape: Shape, first: Moves) -> list[Store]:
    sharing = [spec for spec in shape.containers if spec.shares and may_take(spec, shape.containers)]
    # What ends before the others start, such as a container that copies files, keeps no store.
    lasting = [spec for spec in sharing if spec.essential or program_of(spec.image)]
    found = []
    for spec in lasting or sharing:
        lock = lock_of(_any_task(shape), spec)
        if lock.storage is Storage.TASK or lock.read_only:
            continue
        entry = program_of(spec.image)
        on_held = _on_held(shape, spec, entry)
        program = entry.program if entry else "Prometheus" if spec.data_path else f"container {spec.name}"
        found.append(Store(spec, lock, entry, on_held, program, _outlook(shape, first, lock, on_held)))
    return found


def _any_task(shape: Shape) -> Task:
    """A task of the service, wherever it runs: on one container instance, so that paths of hosts compare."""
    arn = shape.definition.arn if shape.definition else ""
    return Task(f"task/{shape.name}", "", arn, "RUNNING", "RUNNING", container_instance="any")


def _on_held(shape: Shape, spec: ContainerSpec, entry: Entry | None) -> OnHeld | None:
    """What the container's program does when another has its directory."""
    setup = shape.setup(spec.name)
    if entry is None:
        # A command line that names a data directory the way Prometheus does is Prometheus's.
        return (OnHeld.WRITES if setup.lock_off else OnHeld.EXITS) if spec.data_path else None
    if entry.program == "Prometheus" and setup.lock_off:
        return OnHeld.WRITES
    elsewhere = _ELSEWHERE.get(entry.program, frozenset()) & setup.variables
    if elsewhere and (setup.database or "").lower() not in ("sqlite3", "sqlite"):
        return OnHeld.SHARES
    return entry.on_held


def _outlook(shape: Shape, first: Moves, lock: Lock, on_held: OnHeld | None) -> Outlook:
    if first.starts_first is False and first.stops_first is False:
        return Outlook.STUCK
    if on_held is OnHeld.SHARES:
        return Outlook.HANDS_OVER
    several = shape.desired is not None and shape.desired > 1
    if several and on_held is None:
        return Outlook.HANDS_OVER  # several tasks on one volume are what it is made for
    found = _certain(first, on_held, several=several)
    # A path on a host is shared only by tasks on the same host, and what cannot be worked out may be apart.
    return found if lock.determined and lock.storage is Storage.NETWORK else _MAYBE.get(found, found)


_MAYBE = {Outlook.WEDGES: Outlook.MAY_WEDGE, Outlook.WRITES_TWICE: Outlook.MAY_WRITE_TWICE}


def _certain(first: Moves, on_held: OnHeld | None, *, several: bool) -> Outlook:
    """The outlook where the two tasks are known to use one directory."""
    bad, maybe = {
        OnHeld.EXITS: (Outlook.WEDGES, Outlook.MAY_WEDGE),
        OnHeld.WRITES: (Outlook.WRITES_TWICE, Outlook.MAY_WRITE_TWICE),
    }.get(on_held or OnHeld.WAITS, (Outlook.MAY_WEDGE, Outlook.MAY_WEDGE))
    if several and on_held in (OnHeld.EXITS, OnHeld.WRITES):
        return bad
    if not first.known:
        return maybe
    if first.starts_first:
        return maybe if first.stops_first else bad
    return Outlook.OVERLAPS
