"""Output for people: columns that wrap on a terminal and stay one line each when piped; nothing interpreted.

What is shown comes from logs and from AWS, so control characters and bidirectional marks are written out
and markup stays text.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from unwedge.people.view.words import duration

__all__ = [
    "Cell",
    "columns",
    "duration",
    "make_console",
    "moment",
    "number",
    "plain",
    "print_json",
    "say",
    "task",
]
_NARROWEST = 30

# A cell is its text, or its text and a style.
Cell = str | tuple[str, str]


def make_console() -> Console:
    """Colours and wrapping on a terminal only; no markup, no emoji codes, no guesses at highlighting."""
    return Console(highlight=False, markup=False, emoji=False)


def plain(value: object) -> str:
    """Any value as text that cannot do anything to a terminal."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in str(value)
    )


def say(console: Console, text: str, style: str = "") -> None:
    """One line, never cut."""
    console.print(Text(plain(text), style=style), soft_wrap=True)


def columns(console: Console, rows: Sequence[Sequence[Cell]], indent: int = 2) -> None:
    """Rows in aligned columns. The last column has the rest of the line and wraps under itself."""
    texts = [[_cell(cell) for cell in row] for row in rows]
    count = max((len(row) for row in texts), default=0)
    widths = [
        max((row[i].cell_len for row in texts if i < len(row)), default=0) for i in range(max(count - 1, 0))
    ]
    for row in texts:
        head = Text(" " * indent)
        for cell, width in zip(row[:-1], widths, strict=False):
            cell.pad_right(width - cell.cell_len + 2)
            head.append_text(cell)
        _hang(console, head, row[-1])


def _cell(cell: Cell) -> Text:
    text, style = cell if isinstance(cell, tuple) else (cell, "")
    return Text(plain(text), style=style)


def _hang(console: Console, head: Text, told: Text) -> None:
    room = console.width - head.cell_len
    wrapped = console.is_terminal and room >= _NARROWEST
    for number, line in enumerate(told.wrap(console, room) if wrapped else [told]):
        line.rstrip()
        left = head if number == 0 else Text(" " * head.cell_len)
        whole = Text.assemble(left, line)
        whole.rstrip()
        console.print(whole, soft_wrap=True)


def print_json(data: Any) -> None:
    """For machines. ASCII only, so that nothing in it can do anything to a terminal either."""
    click.echo(json.dumps(data, indent=2))


def task(arn: object) -> str:
    """A task as people find it in the console: its id."""
    return str(arn).rsplit("/", 1)[-1] if arn else "-"


def moment(at: datetime | None) -> str:
    """A time in UTC, to the second."""
    return at.strftime("%Y-%m-%d %H:%M:%SZ") if at else "-"


def number(value: object) -> str:
    """A number without needless digits."""
    return f"{value:.6g}" if isinstance(value, float) else str(value)
