"""From when to when a container can have said its last words."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.support.situations import NOW, ago, contender
from unwedge.decide.life import LAST_WORDS, Life, last_life
from unwedge.model.service import Task


def gone(**times: object) -> Task:
    """A task of which ECS dates only this."""
    unknown = dict.fromkeys(("created_at", "started_at", "stopping_at", "execution_stopped_at", "stopped_at"))
    return replace(contender(), **{**unknown, **times})  # type: ignore[arg-type]


class TestCovers:
    LIFE = Life(ago(60), ago(20))

    @pytest.mark.parametrize(
        ("seconds", "inside"), [(65.1, False), (65, True), (40, True), (15, True), (14.9, False)]
    )
    def test_two_clocks_may_differ_by_five_seconds_at_both_ends(self, seconds: float, inside: bool) -> None:
        """The moment itself is within."""
        assert self.LIFE.covers(ago(seconds)) is inside


class TestSince:
    def test_last_words_are_at_most_a_minute_old(self) -> None:
        """Older lines are of an earlier life of the container, or of something else."""
        assert timedelta(seconds=60) == LAST_WORDS
        assert last_life(gone(created_at=ago(900), stopping_at=ago(20)), NOW).since == ago(80)

    def test_nothing_was_said_before_the_task_was_created(self) -> None:
        """A stream may be older than that."""
        assert last_life(gone(created_at=ago(50), stopping_at=ago(20)), NOW).since == ago(50)

    def test_a_task_whose_creation_is_not_dated_has_the_minute(self) -> None:
        """Before its end as well as ECS dates it, and before the observation where ECS does not."""
        assert last_life(gone(stopping_at=ago(20)), NOW).since == ago(80)
        assert last_life(gone(execution_stopped_at=ago(30)), NOW).since == ago(90)
        assert last_life(gone(stopped_at=ago(10)), NOW).since == ago(70)
        assert last_life(gone(), NOW) == Life(ago(60), NOW)


class TestUntil:
    """Another container of the task may have ended later than the one that ended the task."""

    def test_the_end_of_all_containers_counts_and_else_the_tasks(self) -> None:
        """As well as ECS dates it."""
        began = ago(50)
        assert last_life(gone(stopping_at=began, execution_stopped_at=ago(20)), NOW).until == ago(20)
        assert last_life(gone(stopping_at=began, stopped_at=ago(10)), NOW).until == ago(10)
        both = gone(stopping_at=began, execution_stopped_at=ago(20), stopped_at=ago(10))
        assert last_life(both, NOW).until == ago(20)
        assert last_life(gone(stopping_at=began), NOW).until == began

    def test_it_is_never_before_the_task_began_to_stop(self) -> None:
        """Whatever the order in which ECS writes its times."""
        assert last_life(gone(stopping_at=ago(20), execution_stopped_at=ago(21)), NOW).until == ago(20)
