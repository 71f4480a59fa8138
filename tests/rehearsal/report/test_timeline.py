"""The timeline is readable: ordered, short names, repeats counted."""

from datetime import UTC, datetime, timedelta

from rich.console import Console

from rehearsal.report.entries import Entry, Party, TaskNames, Weight
from rehearsal.report.timeline import Timeline

START = datetime(2026, 1, 1, 12, tzinfo=UTC)
TASK = "arn:aws:ecs:us-east-1:000000000000:task/cluster/3f2a0000000000000000000000000000"


def _entry(seconds: float, text: str, weight: Weight = Weight.NORMAL) -> Entry:
    return Entry(at=START + timedelta(seconds=seconds), party=Party.ECS, text=text, weight=weight)


def _printed(*entries: Entry, width: int = 100) -> list[str]:
    console = Console(width=width, record=True, quiet=False, file=open("/dev/null", "w"))  # noqa: SIM115, PTH123
    timeline = Timeline(START, console=console, speed=1.0)
    for entry in entries:
        timeline.add(entry)
    timeline.flush(START + timedelta(hours=1), everything=True)
    return console.export_text().splitlines()


def test_entries_are_printed_in_order_of_time_whatever_order_they_came_in() -> None:
    """Log polling is later than everything else."""
    lines = _printed(_entry(2, "second"), _entry(1, "first"))

    assert [line.split()[-1] for line in lines] == ["first", "second"]


def test_an_entry_is_held_back_until_nothing_earlier_can_come() -> None:
    """With speed 10, a moment of real time is ten times as long."""
    timeline = Timeline(START, console=None, speed=10.0)
    timeline.add(_entry(1, "one"))

    timeline.flush(START + timedelta(seconds=2))
    assert timeline.entries == []
    timeline.flush(START + timedelta(seconds=8))
    assert [entry.text for entry in timeline.entries] == ["one"]


def test_repeats_are_told_twice_and_then_at_every_doubling() -> None:
    """A crash loop must not drown the rest; all entries stay for the machines."""
    lines = _printed(*[_entry(n, f"task {n:04x} (rev 2) PENDING after {n} s") for n in range(1, 10)])

    assert len(lines) == 4
    assert lines[-1].endswith("(time 8 of this)")


def test_a_major_entry_lets_repeats_be_told_afresh() -> None:
    """What comes after a stop is a new scene."""
    again = [_entry(n, "the same") for n in range(1, 5)]
    lines = _printed(*again, _entry(5, "stop", Weight.MAJOR), _entry(6, "the same"))

    assert [line.split("ECS")[1].strip() for line in lines[-2:]] == ["stop", "the same"]


def test_long_lines_wrap_under_their_own_column() -> None:
    """Within the width, without trailing spaces."""
    lines = _printed(_entry(1, "word " * 40), width=80)

    assert len(lines) > 2
    assert all(len(line) <= 80 and line == line.rstrip() for line in lines)
    assert lines[1].startswith(" " * 31 + "word")


def test_tasks_have_one_short_name_however_they_are_written() -> None:
    """By ARN, by id, with or without the word task and the revision."""
    names = TaskNames("prometheus")
    names.learn(TASK, "prometheus", 2)
    identifier = TASK.rsplit("/", 1)[-1]

    for text in (TASK, identifier, f"Task {identifier} (prometheus:2)", f"task {identifier} (revision 2)"):
        assert names.shorten(f"{text} is up") == "task 3f2a (rev 2) is up"


def test_a_task_of_another_service_is_named_with_it() -> None:
    """Nobody may take it for one of the deployed service."""
    names = TaskNames("prometheus")
    names.learn(TASK, "blue", 1)

    assert names.label(TASK) == "task 3f2a (blue rev 1)"


def test_two_tasks_never_share_a_short_name() -> None:
    """Then the second one is a digit longer."""
    names = TaskNames("prometheus")
    first, second = "3f2a0" + "0" * 27, "3f2a1" + "0" * 27

    assert names.label(first) != names.label(second)
