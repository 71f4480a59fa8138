"""Rules about the difference between what a service says and what its tasks have."""

from collections.abc import Iterator

from unwedge.model.posture import Finding, FindingKind, Outlook, Severity, Step, StepKind
from unwedge.posture.course import Course
from unwedge.posture.facts import Facts, TaskSetup
from unwedge.posture.rules.steps import safely


def drift(facts: Facts, course: Course) -> Iterator[Finding]:
    """Settings that only reach tasks started after them."""
    if course.outlook is Outlook.NOT_SHARED:
        return
    without = [task for task in facts.tasks if not task.exec_enabled]
    if facts.shape.exec_enabled and without:
        yield Finding(
            FindingKind.EXEC_NOT_ON_TASKS,
            Severity.LOW,
            f"ECS Exec is enabled on the service, and {_tasks(without)} started before: it does not work "
            "there.",
            safely(facts, course, Step(StepKind.NEW_TASKS)),
        )
    yield from _tags(facts)
    old = [task for task in facts.tasks if facts.shape.revision and task.revision != facts.shape.revision]
    if old:
        yield Finding(
            FindingKind.DRIFT,
            Severity.LOW,
            f"{_tasks(old).capitalize()} of revision {old[0].revision} still runs, and the service is to run "
            f"{facts.shape.revision}.",
        )


def _tags(facts: Facts) -> Iterator[Finding]:
    if facts.shape.mode_tag is None or facts.shape.propagates_tags is not False:
        return
    yield Finding(
        FindingKind.TAGS_NOT_PROPAGATED,
        Severity.LOW,
        "The service's tags do not reach its tasks (propagateTags is not set). Unwedge goes by the service's "
        "tags; policies and costs that go by the tags of tasks do not see them.",
        (Step(StepKind.PROPAGATE_TAGS),),
        "Only tasks that start afterwards get them.",
    )


def _tasks(tasks: list[TaskSetup]) -> str:
    first = f"task {tasks[0].arn.rsplit('/', 1)[-1]}"
    return first if len(tasks) == 1 else f"{first} and {len(tasks) - 1} more"
