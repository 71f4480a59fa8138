"""The lock: which place of which storage a container's program locks, and whether two are the same.

A lock identity is a volume identity and the directory inside it. It is worked out from the longest mount
around the data directory, whatever its kind. What cannot be worked out is undetermined, with the reason, and
is the same as another only where everything that decides it is equal in both. Pure.
"""

from posixpath import normpath
from typing import NamedTuple

from unwedge.decide.catalogue.programs import default_data_path, program_of
from unwedge.model.grip import Relation
from unwedge.model.service import Task
from unwedge.model.task_definition import ContainerSpec, Mount, Storage

_NO_ACCESS_POINT = "no-access-point"


class Lock(NamedTuple):
    """Where a container's program takes its lock.

    `directory` is the place inside `volume`; both are None where it is undetermined, and `why` says why.
    `owner` is the task or the container instance that alone can see it; None where others can.
    """

    storage: Storage
    volume: str | None
    directory: str | None
    owner: str | None = None
    read_only: bool = False
    why: str = ""
    launch: str = ""

    @property
    def determined(self) -> bool:
        """Whether the place is known."""
        return self.directory is not None

    def __str__(self) -> str:
        if not self.determined:
            return f"a directory that cannot be determined ({self.why})"
        if self.storage is Storage.TASK:
            return f"{self.directory} on a disk of its own"
        return f"{self.directory} of {self.volume}"


def lock_of(task: Task, spec: ContainerSpec) -> Lock:
    """The lock that this container of this task takes."""
    path, why = _data_path(spec)
    if path is None:
        shared = any(mount.storage is not Storage.TASK for mount in spec.mounts)
        if not shared:
            return Lock(Storage.TASK, task.id, "its data", task.id)
        return Lock(Storage.UNKNOWN, None, None, why=why, launch=spec.launch)
    mount = _around(path, spec)
    if mount is None:
        return Lock(Storage.TASK, task.id, path, task.id)
    inside = normpath("/" + path.removeprefix(mount.container_path.rstrip("/")).lstrip("/"))
    return _on(mount, inside, task, spec)


def relation(one: Lock, other: Lock) -> Relation:
    """Whether two locks, of two different tasks, are the same."""
    if Storage.TASK in (one.storage, other.storage):
        return Relation.DIFFERENT
    if one.storage is not other.storage:
        return Relation.UNKNOWN  # a host's path may lie on the network's file system
    if one.storage is Storage.UNKNOWN:
        alike = bool(one.launch) and one.launch == other.launch
        return Relation.SAME if alike else Relation.UNKNOWN
    if one.storage is Storage.NETWORK:
        return _on_the_network(one, other)
    if one.owner != other.owner:
        return Relation.UNKNOWN if one.storage is Storage.HOST else Relation.DIFFERENT
    return Relation.SAME if _place(one) == _place(other) else Relation.DIFFERENT


# file system, access point, root directory
_PARTS = 3


def _place(lock: Lock) -> str:
    """The volume and the place inside it. On a host the paths of two mounts may meet."""
    return normpath(f"{lock.volume}/{lock.directory}")


def _on_the_network(one: Lock, other: Lock) -> Relation:
    """Of one access point, or of none, paths can be compared; two access points may begin anywhere."""
    if _place(one) == _place(other):
        return Relation.SAME
    parts = [(lock.volume or "").split(":", 2) for lock in (one, other)]
    if any(len(part) != _PARTS for part in parts):
        return Relation.UNKNOWN
    (system, point, root), (other_system, other_point, other_root) = parts
    if system != other_system:
        return Relation.DIFFERENT
    if point != other_point:
        return Relation.UNKNOWN
    paths = (f"{root}/{one.directory}", f"{other_root}/{other.directory}")
    same = normpath("/" + paths[0].lstrip("/")) == normpath("/" + paths[1].lstrip("/"))
    return Relation.SAME if same else Relation.DIFFERENT


def _data_path(spec: ContainerSpec) -> tuple[str | None, str]:
    """The data directory in the container, or why it cannot be told."""
    if spec.path_unclear:
        return None, spec.path_unclear
    path = spec.data_path
    if path is None:
        path = default_data_path(spec.image, overrides_start=spec.overrides_start)
        if path is None:
            known = program_of(spec.image)
            unknown = f"where {known.program} then keeps it" if known else f"the image {spec.image!r}"
            return None, f"its command names no data directory, and {unknown} is not known"
    if not path.startswith("/"):
        if not (spec.working_directory or "").startswith("/"):
            return None, f"its data directory {path!r} is relative to a working directory that is not known"
        path = f"{spec.working_directory}/{path}"
    return normpath(path), ""


def _around(path: str, spec: ContainerSpec) -> Mount | None:
    """The longest mount around a path; None where the path is on the container's own disk."""
    around = [
        mount
        for mount in spec.mounts
        if mount.container_path and f"{path}/".startswith(mount.container_path.rstrip("/") + "/")
    ]
    return max(around, key=lambda mount: len(mount.container_path.rstrip("/")), default=None)


def _on(mount: Mount, inside: str, task: Task, spec: ContainerSpec) -> Lock:
    if mount.storage is Storage.UNKNOWN:
        why = f"the volume at {mount.container_path} has a configuration that Unwedge does not know"
        return Lock(Storage.UNKNOWN, None, None, why=why, launch=spec.launch)
    if mount.storage is Storage.NETWORK:
        return Lock(Storage.NETWORK, mount.volume, inside, None, mount.read_only)
    if mount.storage is Storage.TASK:
        return Lock(Storage.TASK, task.id, inside, task.id, mount.read_only)
    owner = task.container_instance
    if owner is None:
        why = f"the volume at {mount.container_path} belongs to a container instance that is not known"
        return Lock(Storage.UNKNOWN, None, None, why=why)
    return Lock(mount.storage, mount.volume, inside, owner, mount.read_only)
