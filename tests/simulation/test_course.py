"""The course of an incident as the dashboard tells it, worked out from what the stages really recorded."""

import re
from functools import cache

from rehearsal.ecs import Replacement, SchedulerOptions
from rehearsal.programs.scripted import Script
from tests.support.in_process import Weather, World
from tests.support.markup import Markup
from tests.support.simulated_ecs import AFTER_INIT, HOLDER, INIT, Stage, main_container
from unwedge.model.codec import from_json, to_json
from unwedge.model.decision import Decision
from unwedge.model.settings import Settings
from unwedge.model.situation import Situation
from unwedge.people.view.course import Course, course_of
from unwedge.people.view.timeline import moments, picture
from unwedge.record.rows import Key, Recorded


@cache
def rehearsed(tag: str = "enforce") -> tuple[World, list[Recorded]]:
    """A wedge that recovers, and the decisions of its incident as the ledger has them."""
    options = SchedulerOptions(seed=3, replacement=Replacement.NEWEST_REVISION)
    script = Script(lock="data", shutdown_seconds=2, lines=HOLDER.lines)
    stage = Stage({"prometheus": script}, options)
    world = World(stage, Settings(), Weather(), 3)
    stage.create(tags=[{"key": "unwedge", "value": tag}])
    world.run(60)
    stage.deploy(INIT, main_container(dependsOn=AFTER_INIT))
    world.run(900)
    return world, [entry for entry in _recorded(world) if entry.incident]


def _recorded(world: World) -> list[Recorded]:
    return [
        Recorded(
            Key("service#c/s", f"decision#{to_json(entry.decided_at)}#{entry.id}"),
            from_json(Decision, entry.data["decision"]),
            from_json(Situation, entry.data["situation"]),
            entry.data["incident"],
            entry.data["outcome"],
            entry.data["cause"],
        )
        for entry in world.ledger.entries
    ]


def told(course: Course) -> list[str]:
    """What happened, without task ids."""
    return [" ".join(word for word in moment.about.split() if "(" not in word) for moment in course.moments]


def test_a_recovery_is_told_from_the_failure_to_the_end_of_the_rollout() -> None:
    """The moments that an operator asks for, in order."""
    _, entries = rehearsed()
    about = " | ".join(moment.about for moment in course_of(entries).moments)
    places = [
        about.find(part)
        for part in (
            "Contender ",
            "Evidence read",
            "Stop sent to ",
            "gone",
            "New task ",
            "New task seen healthy",
            "Rollout seen COMPLETED",
            "Recovered",
        )
    ]
    assert -1 not in places, about
    assert places == sorted(places), about


def test_the_gap_in_the_picture_is_the_gap_that_was_measured() -> None:
    """From the end of the old writer to the start of the new one, as the recovered decision has it."""
    _, entries = rehearsed()
    course, measured = course_of(entries), entries[-1].decision.times.gap
    assert course.gone is not None
    assert course.began is not None
    assert measured is not None
    assert abs((course.began - course.gone).total_seconds() - measured) < 0.001
    assert f"gap {measured:.1f} s" in Markup(picture(course)).text


def test_moments_are_dated_by_ecs_where_ecs_dates_them() -> None:
    """The holder's end and the new task's start are the simulator's own times."""
    world, entries = rehearsed()
    course = course_of(entries)
    stop = world.stage.stops()[0]
    task = next(task for task in world.stage.tasks() if task.arn == stop.task_arn)
    assert course.gone == task.execution_stopped_at
    sent = next(moment for moment in course.moments if moment.about.startswith("Stop sent"))
    assert abs((sent.at - stop.at).total_seconds()) < 1


def test_a_wedge_that_is_only_observed_has_one_writer_and_no_end() -> None:
    """Nothing was stopped, so nobody is said to be gone."""
    _, entries = rehearsed("observe")
    course = course_of(entries)
    assert course.gone is None
    assert "the old task writes" in Markup(picture(course)).text
    assert not any(words.startswith("Stop sent") for words in told(course))


def test_each_part_of_a_course_has_a_sound_picture() -> None:
    """Whatever decision is opened, the course up to it is drawn."""
    _, entries = rehearsed()
    for end in range(1, len(entries) + 1):
        course = course_of(entries[:end])
        drawn, listed = Markup(picture(course)), Markup(moments(course))
        assert drawn.faults + listed.faults == []
        labels = re.findall(r'class="uw-dotn">(\d+)(?:-(\d+))?<', str(picture(course)))
        named = [one for first, last in labels for one in range(int(first), int(last or first) + 1)]
        assert named == (list(range(1, len(course.moments) + 1)) if len(course.moments) > 1 else [])
        assert sum(tag == "tr" for tag, _ in listed.elements) == len(course.moments) + 1


def test_a_call_without_an_answer_is_not_said_to_be_none() -> None:
    """It may have taken effect; the next pass tells."""
    _, entries = rehearsed()
    unanswered = [
        entry._replace(outcome={"kind": "unknown"}) if entry.decision.action else entry for entry in entries
    ]
    about = told(course_of(unanswered))
    assert "Sent, and no answer came" in about
    assert not any(words.startswith("Not acted") for words in about)
