"""What the command prints: the same text on every terminal, and one line each when piped."""

import io

from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from unwedge_cli.printing import columns, duration, plain, say

LONG = "word " * 60


def console(width: int, terminal: bool) -> Console:
    """A console that keeps what it is told."""
    return Console(
        file=io.StringIO(), width=width, force_terminal=terminal, highlight=False, markup=False, emoji=False
    )


def printed(into: Console) -> str:
    """What was printed."""
    assert isinstance(into.file, io.StringIO)
    return into.file.getvalue()


@given(st.text())
def test_any_text_becomes_printable_and_stays_one_line(text: str) -> None:
    """Whatever a log line holds."""
    shown = plain(text)
    assert shown == "" or shown.isprintable()
    assert len(shown.splitlines()) <= 1


@given(st.text(alphabet=st.characters(codec="ascii", min_codepoint=32, max_codepoint=126)))
def test_ordinary_text_is_shown_as_it_is(text: str) -> None:
    """Brackets, colons and backslashes included."""
    assert plain(text) == text
    piped = console(40, terminal=False)
    say(piped, text)
    assert printed(piped) == f"{text}\n"


def test_piped_rows_are_one_line_each_and_have_no_trailing_space() -> None:
    """For grep and for editors."""
    piped = console(40, terminal=False)
    columns(piped, [["a", "long name", LONG], ["bcd", "x", "short "]])
    assert printed(piped) == f"  a    long name  {LONG.rstrip()}\n  bcd  x          short\n"


def test_on_a_terminal_the_last_column_wraps_under_itself() -> None:
    """Nothing is cut."""
    narrow = console(60, terminal=True)
    columns(narrow, [["label", LONG]])
    lines = printed(narrow).splitlines()
    assert len(lines) > 5
    assert all(len(line) <= 60 for line in lines)
    assert all(line.startswith(" " * 9) for line in lines[1:])
    assert "".join(lines).split() == ["label", *LONG.split()]


def test_lengths_of_time_have_the_unit_that_fits() -> None:
    """Seconds up to two minutes, then minutes, hours, days."""
    assert [duration(seconds) for seconds in (0, 119, 120, 7200, 200000)] == [
        "0 s",
        "119 s",
        "2 min",
        "2 h",
        "2 d",
    ]
