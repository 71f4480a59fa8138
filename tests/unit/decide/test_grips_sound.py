"""What always holds of the table of grips, whatever the tasks: tried on situations that nobody made up."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tests.support.situations import (
    NEW_CODE,
    OLD_CODE,
    ago,
    arn,
    contender,
    definition,
    died,
    holder,
    log,
    opened,
    stopped,
    wedged,
)
from tests.unit.decide.tables import READ_ONLY, made_of, table, taker
from unwedge.decide.grips import Table
from unwedge.model.grip import Grip, Relation
from unwedge.model.log import ContainerLog
from unwedge.model.service import Container, Task
from unwedge.model.situation import OutsideHolder, Situation

CODES = {
    "this": definition("this"),
    "another": definition("another", "fs-0def:fsap-1:/"),
    "perhaps": definition("perhaps", "fs-0abc:fsap-2:/"),
    "own": definition("own", None),
    "read-only": made_of("read-only", taker(mounts=READ_ONLY)),
    "two": made_of("two", taker(), taker("compactor")),
}
LIVES: tuple[dict[str, object], ...] = (
    {"started_at": ago(900)},
    {"started_at": ago(30)},
    {"last_status": "PENDING", "started_at": None, "containers": ()},
    {"last_status": "PROVISIONING", "started_at": None, "containers": ()},
    {"desired_status": "STOPPED", "stopping_at": ago(5)},
    {"containers": (Container("prometheus", 137), Container("compactor"))},
    {"containers": (Container("prometheus", 0), Container("compactor"))},
    {
        "desired_status": "STOPPED",
        "last_status": "STOPPING",
        "stop_code": "EssentialContainerExited",
        "stopping_at": ago(100),
        "containers": (Container("prometheus", 1), Container("compactor")),
    },
)
ENDS = (2, 22, 60, 200, 400)
CODES_OF_EXIT = (0, 1, 137, None)


@st.composite
def tasks(draw: st.DrawFn) -> Task:
    """A task in some state of its life, on some volume."""
    number, code = draw(st.integers(0, 10**6)), draw(st.sampled_from(sorted(CODES)))
    task = replace(
        holder(), arn=arn(f"task-{number}"), task_definition=code, created_at=ago(draw(st.integers(1, 900)))
    )
    if draw(st.booleans()):
        return replace(task, **draw(st.sampled_from(LIVES)))  # type: ignore[arg-type]
    gone = stopped(task, draw(st.sampled_from(ENDS)))
    reason = draw(st.sampled_from(("EssentialContainerExited", "UserInitiated", "SpotInterruption")))
    exit_code = draw(st.sampled_from(CODES_OF_EXIT))
    return replace(gone, stop_code=reason, containers=(Container("prometheus", exit_code),))


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    """The contender beside up to four tasks, of which some have said something."""
    others = draw(st.lists(tasks(), max_size=4, unique_by=lambda task: task.arn))
    said: list[ContainerLog] = [died(contender())]
    for task in others:
        words = (opened(task.id, 28), opened(task.id, 3), died(task), log(task=task.id), None)
        said += [log_ for log_ in [draw(st.sampled_from(words))] if log_]
    outside = draw(st.sampled_from(((), (OutsideHolder(arn("x"), "service:other", "this"),))))
    known = (*CODES.values(), definition(NEW_CODE), definition(OLD_CODE))
    return wedged(contender(), *others, task_definitions=known, logs=tuple(said), outside=outside)


def could(made: Table) -> set[str]:
    """The tasks that hold the lock by the table, or may."""
    return {row.task_arn for row in made.now if row.grip is not Grip.CANNOT_HOLD}


@given(situations(), st.data(), st.booleans())
def test_what_could_not_be_read_never_narrows_who_could_have_the_lock(
    situation: Situation, data: st.DataObject, contended: bool
) -> None:
    """With fewer task definitions and logs nobody is ruled out who was not ruled out before, then or now."""
    definitions = [item for item in situation.task_definitions if data.draw(st.booleans(), "definition")]
    logs = [item for item in situation.logs if data.draw(st.booleans(), "log")]
    fewer = replace(situation, task_definitions=tuple(definitions), logs=tuple(logs))
    less, more = (table(one, contended=contended) for one in (fewer, situation))
    assert could(less) >= could(more)
    assert set(less.could_then()) >= set(more.could_then())


@given(situations(), st.booleans())
def test_a_neighbour_that_may_be_there_makes_nobody_a_holder(situation: Situation, contended: bool) -> None:
    """Where other services were not read to the end, fewer are known to hold the lock, and none more."""
    doubtful = replace(situation, outside_unread="ecs:ListTasks: AccessDeniedException")
    less, more = (table(one, contended=contended) for one in (doubtful, situation))
    assert set(less.of(Grip.HOLDS)) <= set(more.of(Grip.HOLDS))
    assert could(less) == could(more)


@given(situations(), st.randoms(use_true_random=False), st.booleans())
def test_the_order_in_which_ecs_tells_of_the_tasks_changes_no_row(
    situation: Situation, chance: object, contended: bool
) -> None:
    """The table is a set."""
    shuffled = list(situation.tasks)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    rows = table(situation, contended=contended).now
    assert set(table(replace(situation, tasks=tuple(shuffled)), contended=contended).now) == set(rows)
    assert len({row[:2] for row in rows}) == len(rows)


@given(situations(), st.booleans())
def test_who_holds_the_lock_is_alive_not_asked_to_stop_and_has_no_mere_lease(
    situation: Situation, contended: bool
) -> None:
    """A stop of it would free something; and it is not known to be on another lock, nor did it fail."""
    made = table(situation, contended=contended)
    for task in made.of(Grip.HOLDS):
        assert task.may_hold_lock or task.on_its_way, "ECS shows late that a container runs"
        assert task.desired_status == "RUNNING"
        assert not made.on_another_lock(task)
        assert task.arn != contender().arn
    for row in made.now:
        assert not (row.lease and row.grip is not Grip.MAY_HOLD)
        assert row.relation is not Relation.DIFFERENT or row.grip is Grip.CANNOT_HOLD
        assert row.fact
