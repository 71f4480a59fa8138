"""How sentences name things."""

import pytest

from tests.support.situations import ago, holder
from unwedge.decide.gates.wording import clock, listed, name, title


@pytest.mark.parametrize(
    ("many", "said"),
    [
        (0, ""),
        (1, "a"),
        (6, "a, b, c, d, e, f"),
        (7, "a, b, c, d, e, f, and 1 more"),
        (9, "a, b, c, d, e, f, and 3 more"),
    ],
)
def test_a_list_names_six_and_counts_the_rest(many: int, said: str) -> None:
    """A sentence of forty tasks is read by nobody."""
    assert listed("abcdefghi"[:many]) == said


def test_whole_sentences_are_listed_without_commas() -> None:
    """Each has its own full stop."""
    assert listed(["One.", "Two."], " ") == "One. Two."


def test_a_task_is_named_as_the_console_does() -> None:
    """At the beginning of a sentence too."""
    assert (name(holder()), title(holder())) == (
        "task holder (dev-prometheus:41)",
        "Task holder (dev-prometheus:41)",
    )


def test_a_time_is_in_utc_and_an_unknown_one_is_said_to_be() -> None:
    """Never the reader's own zone."""
    assert clock(ago(0)) == "22:32:00Z"
    assert clock(None) == "an unknown time"
