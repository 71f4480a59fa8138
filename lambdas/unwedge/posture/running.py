"""Running tasks as an audit needs them: what they got from their service, and whose they are."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from unwedge.model.service import Task
from unwedge.observe import parse
from unwedge.observe.definitions import objects
from unwedge.observe.reads import read, read_all, read_pages
from unwedge.posture.facts import TaskSetup

if TYPE_CHECKING:
    from types_boto3_ecs import ECSClient

_AT_MOST = 100  # DescribeTasks takes 100 ARNs; a page of ListTasks has as many
_LIST = "ecs:ListTasks"
_SERVICE = "service:"


class Ran(NamedTuple):
    """A running task. `service`: the name of the service that started it, empty for a task of none.
    `owner`: who runs it, for people."""

    task: Task
    service: str
    owner: str
    exec_enabled: bool
    tags: frozenset[str]


# Who runs tasks of one definition, its ARN, and those tasks.
Group = tuple[str, str, Sequence[Ran]]


class Running:
    """The running tasks of a cluster. Every method raises ReadError."""

    def __init__(self, ecs: "ECSClient") -> None:
        self._ecs = ecs

    def of_service(self, cluster: str, name: str) -> list[Ran]:
        """Those of one service."""
        return self._described(
            cluster, read_all(_LIST, self._ecs.list_tasks, "taskArns", cluster=cluster, serviceName=name)
        )

    def of_cluster(self, cluster: str) -> list[Ran]:
        """All; a ReadError with the code TooLong where there are more than can be listed."""
        return self._described(cluster, read_all(_LIST, self._ecs.list_tasks, "taskArns", cluster=cluster))

    def some(self, cluster: str, most: int) -> tuple[list[Ran], str | None]:
        """So many of them, and in a sentence that there are more."""
        pages = -(-most // _AT_MOST)
        arns, more = read_pages(_LIST, self._ecs.list_tasks, "taskArns", pages=pages, cluster=cluster)
        ran = self._described(cluster, arns[:most])
        cut = f"The cluster runs more than {most} tasks; the others were not looked at."
        return ran, cut if more or len(arns) > most else None

    def _described(self, cluster: str, arns: list[str]) -> list[Ran]:
        found: list[Ran] = []
        for start in range(0, len(arns), _AT_MOST):
            answer = read(
                "ecs:DescribeTasks",
                self._ecs.describe_tasks,
                cluster=cluster,
                tasks=arns[start : start + _AT_MOST],
                include=["TAGS"],
            )
            found += [ran for item in objects(answer.get("tasks")) if (ran := _ran(item))]
        return found


def _ran(item: Mapping[str, Any]) -> Ran | None:
    """A task as ECS describes it; None for one that is not running, or not any more."""
    task = parse.task(item)
    if task is None or task.last_status != "RUNNING" or task.desired_status != "RUNNING":
        return None
    group = str(item.get("group") or "")
    # Whoever runs a task may name any group; only ECS's own scheduler starts tasks by a deployment.
    own = group.startswith(_SERVICE) and task.deployment_id.startswith("ecs-svc/")
    service = group.removeprefix(_SERVICE) if own else ""
    owner = f"service {service}" if own else f"task {task.id} ({group or 'no group'})"
    tags = frozenset(str(tag.get("key")) for tag in objects(item.get("tags")))
    return Ran(task, service, owner, item.get("enableExecuteCommand") is True, tags)


def setup_of(ran: Ran) -> TaskSetup:
    """What an audit goes by."""
    task = ran.task
    revision = task.task_definition.rsplit("/", 1)[-1]
    return TaskSetup(task.arn, revision, ran.exec_enabled, ran.tags, task.created_at, task.started_at)


def grouped(ran: Sequence[Ran]) -> list[Group]:
    """Tasks by their owner and definition."""
    found: dict[tuple[str, str], list[Ran]] = {}
    for one in ran:
        found.setdefault((one.owner, one.task.task_definition), []).append(one)
    return [(*key, those) for key, those in found.items()]
