"""The outlook: what a deployment will do to the store of each container that shares one. Pure."""

import re
from collections.abc import Collection
from dataclasses import replace
from typing import NamedTuple

from unwedge.decide.catalogue.entry import Entry, OnHeld
from unwedge.decide.catalogue.programs import PROGRAMS, program_of
from unwedge.decide.grips import keeps_known_data
from unwedge.decide.lock import Lock, lock_of
from unwedge.model.posture import Outlook
from unwedge.model.service import Task
from unwedge.model.task_definition import ContainerSpec, Mount, Storage
from unwedge.posture.backend import Backend
from unwedge.posture.moves import Moves, moves
from unwedge.posture.shape import ContainerSetup, Shape

# What guards their directory is a process id in a file, which says nothing of another container: both have
# the same, and the second takes the file for a left-over (docker-library/postgres#171).
_IN_ONE_CONTAINER = frozenset({"PostgreSQL"})
_SYSTEM = re.compile(r".*\.sock\Z|/(?:proc|sys|dev|cgroup|etc/localtime|(?:var/)?run)(?:/|\Z)")
# With its locks in Redis, Atlantis takes none on its directory, where it keeps working copies all the same.
_UNLOCKED = frozenset({"Atlantis"})


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
    sharing = [spec for spec in shape.containers if _writable(spec)]
    # What ends before the others start, such as a container that copies files, keeps no store.
    lasting = [spec for spec in sharing if spec.essential or not shape.setup(spec.name).ends_first]
    found = [store for spec in lasting or sharing if (store := _store(shape, first, spec))]
    kept = {
        (mount.storage, mount.volume)
        for store in found
        if keeps_known_data(store.spec) and store.on_held is not OnHeld.SHARES
        for mount in store.spec.mounts
        if mount.storage is not Storage.UNKNOWN
    }
    return [store for store in found if not _beside(store.spec, kept)]


def _beside(spec: ContainerSpec, kept: Collection[tuple[Storage, str]]) -> bool:
    """Whether the container only looks after the store of a program that is known, as a sidecar does: it
    writes to no other volume than that program's."""
    if keeps_known_data(spec) or spec.path_unclear is not None:
        return False
    return all((mount.storage, mount.volume) in kept for mount in _writable(spec))


def _writable(spec: ContainerSpec) -> list[Mount]:
    """The mounts where it can keep a store that another task can write to as well."""
    return [
        mount
        for mount in spec.mounts
        if mount.storage is not Storage.TASK and not mount.read_only and not _is_no_store(mount)
    ]


def _is_no_store(mount: Mount) -> bool:
    """Whether it is a socket or a part of the host's system, as agents mount them."""
    return mount.storage is Storage.HOST and bool(_SYSTEM.match(mount.volume))


def _store(shape: Shape, first: Moves, spec: ContainerSpec) -> Store | None:
    """None where its data lies on a disk of its own, or where it cannot write."""
    setup = shape.setup(spec.name)
    spec = _placed(spec, setup)
    lock = lock_of(_any_task(shape), spec)
    if lock.storage is Storage.TASK or lock.read_only:
        return None
    # An option that only one program has names it where the image does not.
    entry = program_of(spec.image) or next(
        (entry for entry in PROGRAMS if entry.program == setup.program), None
    )
    on_held = _on_held(entry, setup)
    program = entry.program if entry else f"container {spec.name}"
    outlook = _outlook(shape, first, lock, on_held)
    # Without a container that is not essential the task goes on, and the deployment with it.
    ends_alone = on_held is OnHeld.EXITS and not spec.essential
    if setup.backend is not Backend.HERE or ends_alone:
        outlook = _MAYBE.get(outlook, outlook)
    return Store(spec, lock, entry, on_held, program, outlook)


def _placed(spec: ContainerSpec, setup: ContainerSetup) -> ContainerSpec:
    """Without a path, Prometheus keeps its data in its working directory, and as an agent under another name
    than the catalogue's."""
    known = program_of(spec.image)
    bare = spec.overrides_start and spec.data_path is None and spec.path_unclear is None
    if known is None or known.program != "Prometheus" or not bare:
        return spec
    if not setup.agent and spec.working_directory is None:
        return spec
    why = "its command names no data directory, and its mode or its working directory is not the image's"
    return replace(spec, path_unclear=why)


def _any_task(shape: Shape) -> Task:
    """A task of the service, wherever it runs: on one container instance, so that paths of hosts compare."""
    arn = shape.definition.arn if shape.definition else ""
    return Task(f"task/{shape.name}", "", arn, "RUNNING", "RUNNING", container_instance="any")


def _on_held(entry: Entry | None, setup: ContainerSetup) -> OnHeld | None:
    """What the container's program does when another has its directory."""
    if entry is None:
        return None
    if (entry.program == "Prometheus" and setup.lock_off) or entry.program in _IN_ONE_CONTAINER:
        return OnHeld.WRITES
    if setup.backend is Backend.ELSEWHERE:
        return OnHeld.WRITES if entry.program in _UNLOCKED else OnHeld.SHARES
    return entry.on_held


def _outlook(shape: Shape, first: Moves, lock: Lock, on_held: OnHeld | None) -> Outlook:
    several = shape.desired is not None and shape.desired > 1
    # Tasks that are on one store at all times are worse than a deployment that stands still.
    at_once = several and on_held in (OnHeld.EXITS, OnHeld.WRITES)
    if first.starts_first is False and first.stops_first is False and not at_once:
        return Outlook.STUCK
    if on_held is OnHeld.SHARES:
        return Outlook.HANDS_OVER
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
    if several and on_held is not None:
        return bad
    if not first.known:
        return maybe
    if first.starts_first:
        return maybe if first.stops_first else bad
    return Outlook.OVERLAPS
