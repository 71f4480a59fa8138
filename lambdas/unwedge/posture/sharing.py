"""Who uses whose directory: the stores of services and tasks, compared. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from unwedge.decide.lock import Lock, lock_of, relation
from unwedge.model.grip import Relation
from unwedge.model.task_definition import Storage
from unwedge.posture.course import Store, course_of
from unwedge.posture.facts import Neighbour
from unwedge.posture.running import Ran
from unwedge.posture.shape import Shape


class Used(NamedTuple):
    """A directory that somebody uses. `told`: what to call it."""

    told: str
    lock: Lock

    @property
    def key(self) -> tuple[str, ...]:
        """Locks with different keys are never known to be the same."""
        if not self.lock.determined:
            return ("alike", self.lock.launch)
        volume = self.lock.volume or ""
        if self.lock.storage is Storage.NETWORK:
            return (self.lock.storage, volume.split(":", 1)[0])
        return (self.lock.storage, volume)


class User(NamedTuple):
    """A service, or the tasks of none that run one definition."""

    name: str
    used: tuple[Used, ...]


def user_of(name: str, shape: Shape, ran: Sequence[Ran] = ()) -> User:
    """Where a service or a task writes. Of a program that nobody knows it is not told where."""
    stores = [store for store in course_of(shape).stores if store.on_held is not None]
    return User(name, tuple(used for store in stores for used in _used(store, ran)))


def neighbours_of(user: User, others: Iterable[User]) -> tuple[Neighbour, ...]:
    """The others that are known to use a directory of this one, each once for each directory."""
    mine: dict[tuple[str, ...], list[Used]] = {}
    for used in user.used:
        mine.setdefault(used.key, []).append(used)
    found = (
        Neighbour(other.name, own.told)
        for other in others
        if other.name != user.name
        for theirs in other.used
        for own in mine.get(theirs.key, ())
        if relation(own.lock, theirs.lock) is Relation.SAME
    )
    return tuple(dict.fromkeys(found))


def _used(store: Store, ran: Sequence[Ran]) -> Iterator[Used]:
    """A path on a host is the same only on the same host: it takes running tasks to tell."""
    if not store.lock.determined or store.lock.storage is Storage.NETWORK:
        yield Used(str(store.lock), store.lock)
        return
    for lock in {lock_of(one.task, store.spec) for one in ran}:
        if lock.determined:
            yield Used(str(store.lock), lock)
