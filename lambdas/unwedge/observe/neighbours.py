"""Tasks of other services that may hold the contended lock: looked for before every stop."""

from collections.abc import Collection
from typing import Any, NamedTuple

from unwedge.decide.grips import Reference, takers
from unwedge.decide.lock import lock_of, relation
from unwedge.model.grip import Relation
from unwedge.model.situation import OutsideHolder
from unwedge.model.task_definition import Storage
from unwedge.observe import parse
from unwedge.observe.cluster import ClusterReads
from unwedge.observe.reads import ReadError

_TASKS = 400
_DEFINITIONS = 60


class Neighbours(NamedTuple):
    """Who else may hold the lock, and why not all of them are known, if they are not. `same`: those of them
    whose lock is known to be the same."""

    found: tuple[OutsideHolder, ...] = ()
    unread: str | None = None
    same: tuple[OutsideHolder, ...] = ()


def neighbours_of(ecs: ClusterReads, cluster: str, own: Collection[str], reference: Reference) -> Neighbours:
    """The running tasks of the cluster that are none of the service's own ARNs and whose lock may be the
    reference's.

    Only of the same cluster: what mounts the file system from elsewhere ECS does not tell. Never raises.
    """
    if reference.lock.storage is Storage.TASK:
        return Neighbours()
    try:
        return _read(ecs, cluster, own, reference)
    except ReadError as error:
        return Neighbours(unread=str(error)[:300])


def _read(ecs: ClusterReads, cluster: str, own: Collection[str], reference: Reference) -> Neighbours:
    arns = ecs.list_tasks(cluster, None, "RUNNING")
    others = [arn for arn in arns if arn not in own]
    described = ecs.describe(cluster, others[:_TASKS])
    # Also one that has the service's group and is not listed with it: whoever runs a task names its group.
    names = list(dict.fromkeys(str(item.get("taskDefinitionArn", "")) for item in described))
    found = [
        sharing
        for item in described
        if item.get("taskDefinitionArn") in names[:_DEFINITIONS]
        and (sharing := _sharing(ecs, item, reference))
    ]
    unread = None
    if len(others) > _TASKS or len(names) > _DEFINITIONS:
        unread = f"the cluster runs {len(others)} other tasks of {len(names)} task definitions"
    same = tuple(outside for outside, known in found if known is Relation.SAME)
    return Neighbours(tuple(outside for outside, _ in found), unread, same)


def _sharing(
    ecs: ClusterReads, item: dict[str, Any], reference: Reference
) -> tuple[OutsideHolder, Relation] | None:
    task = parse.task(item)
    if task is None or task.last_status == "PROVISIONING":
        return None
    for spec in takers(ecs.definition(task.task_definition).containers, reference.spec.name):
        if not spec.shares:
            continue
        lock = lock_of(task, spec)
        known = relation(lock, reference.lock)
        if not lock.read_only and _may_be(known, spec.data_path is not None):
            return OutsideHolder(task.arn, str(item.get("group") or "no service"), str(lock)), known
    return None


def _may_be(found: Relation, named: bool) -> bool:
    """A lock that cannot be told apart counts where the program is one that takes locks: a web server that
    mounts another access point of the same file system is no suspect."""
    return found is Relation.SAME or (found is Relation.UNKNOWN and named)
